"""Bulk rankings for evaluation and training: no page, collapsing, cut-off, rules, cache or time budget.

A query that is understood keeps to its own bounds.

Every leg of a query is scored once (`score`) and may then be fused in many ways (`fuse`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.heads import Head, head_of, rerank_head
from retrieval.legs import BM25, DENSE_CHUNK, DENSE_LEGS, DENSE_TITLE, NGRAM, Legs, chunk_leg, keyword_leg, title_leg
from retrieval.loading import LoadedBuild, Vectors
from retrieval.models import ModelSource
from retrieval.ordering import Ranking
from retrieval.outcome import Request
from retrieval.protocols import Encoder, KeywordIndex
from retrieval.query.understand import EVERYTHING
from retrieval.reading import Reading, read
from retrieval.records import Degraded, Fusion, Mode
from retrieval.settings import Settings
from retrieval.shelf import look

Alpha = float | Literal["rule"]
ENCODE = "encode"
UNDERSTAND = "understand"
_BACKEND = f"{BM25}/"


@dataclass(frozen=True, slots=True)
class Scored:
    """The legs of one query, by the names they were asked for, and the milliseconds of each, `encode`, `understand`."""

    reading: Reading
    legs: Mapping[str, Legs]
    milliseconds: Mapping[str, float]

    def milliseconds_of(self, legs: Sequence[str]) -> float:
        """Return how long these legs took one after the other, with the encoding that the dense ones need."""
        parts = [*legs, ENCODE] if any(leg in DENSE_LEGS for leg in legs) else legs
        return sum(self.milliseconds[part] for part in (*parts, UNDERSTAND))


def backend_leg(backend: str) -> str:
    """Return the name of the words' leg by one keyword backend; `bm25` is the leg by the configured one."""
    return _BACKEND + backend


def plainly(build: LoadedBuild, query: str) -> Reading:
    """Return a query that is searched as it was typed."""
    return Reading(build, " ".join(query.split()), None, EVERYTHING)


def score(build: LoadedBuild, models: ModelSource, query: str | Reading, legs: Sequence[str]) -> Scored:
    """Score a query, as typed or read, by legs: `bm25`, `backend_leg(...)`, `ngram`, `dense_title`, `dense_chunk`.

    Raises ModelUnavailable or IndexStoreError where what a leg needs is missing.
    """
    reading = plainly(build, query) if isinstance(query, str) else query
    found: dict[str, Legs] = {}
    milliseconds: dict[str, float] = {UNDERSTAND: reading.milliseconds}
    work: dict[str, Callable[[], Legs]] = {}
    for leg in legs:
        if leg not in DENSE_LEGS:
            index = _keyword_index(build, leg)
            if leg == NGRAM:
                work[leg] = lambda index=index: keyword_leg(index, reading.spelt, NGRAM)  # type: ignore[misc]
            else:
                work[leg] = lambda index=index: Legs({BM25: reading.words(index)})  # type: ignore[misc]
    if any(leg in DENSE_LEGS for leg in legs):
        encoder, vectors = _dense_parts(build, models)
        began = time.perf_counter()
        vector = encoder.encode([reading.meaning], query=True)[0]
        milliseconds[ENCODE] = (time.perf_counter() - began) * 1000
        for name, scoring in ((DENSE_TITLE, title_leg), (DENSE_CHUNK, chunk_leg)):
            if name in legs:
                work[name] = lambda scoring=scoring: scoring(vectors, vector, -math.inf)  # type: ignore[misc]
    for leg in legs:
        began = time.perf_counter()
        found[leg] = work[leg]()
        milliseconds[leg] = (time.perf_counter() - began) * 1000
    for part in reading.missing:
        raise IndexStoreError(f"{part.what}: {part.why}")
    return Scored(reading, found, milliseconds)


def _keyword_index(build: LoadedBuild, leg: str) -> KeywordIndex:
    if leg == BM25:
        return _configured(build)
    return build.backend(NGRAM if leg == NGRAM else leg.removeprefix(_BACKEND))


def _dense_parts(build: LoadedBuild, models: ModelSource) -> tuple[Encoder, Vectors]:
    """Return the encoder that made a build's vectors, and those; raise ModelUnavailable or IndexStoreError."""
    record, vectors = build.manifest.encoder, build.vectors()
    if record is None or vectors is None:
        raise ModelUnavailable(
            f"{build.manifest.name!r} has no vectors ({build.manifest.why or 'keyword-only build'}); "
            "build it with an encoder, or run mode bm25."
        )
    encoder = models.encoder(record.source)
    if encoder.id != record.id:
        raise ModelUnavailable(f"the index was built with {record.id} but {encoder.id} lies there; rebuild it.")
    return encoder, vectors


def fuse(
    scored: Scored, legs: Sequence[str], *, fusion: Fusion, alpha: Alpha, rrf_k: int, weigh: bool = True
) -> Ranking:
    """Fuse some of the legs that were scored into one ranking; the legs stay as they are.

    An understood query's reciprocal ranks are weighed by its intent, unless `weigh` is False.
    """
    together = Legs()
    for leg in legs:
        together = together.beside(scored.legs[leg])
    reading = scored.reading
    ranking = reading.rank(reading.bounded(together), fusion=fusion, alpha=alpha, rrf_k=rrf_k, weigh=weigh)
    return replace(ranking, ordering=reading.arranged(ranking.ordering, ranking.fused))


def legs_of(mode: Mode, fusion: Fusion = "rrf") -> tuple[str, ...]:
    """Return the legs that the engine uses in a mode."""
    if mode == "bm25":
        return (BM25,)
    if mode == "dense":
        return DENSE_LEGS
    return (BM25, NGRAM, *DENSE_LEGS) if fusion == "rrf" else (BM25, *DENSE_LEGS)


def available(build: LoadedBuild, models: ModelSource, mode: Mode) -> tuple[Mode, tuple[Degraded, ...]]:
    """Return the mode of which every part is there, and what is missing where that is not the mode asked for."""
    missing: list[Degraded] = []
    if mode != "bm25":
        try:
            score(build, models, "probe", DENSE_LEGS)
        except (ModelUnavailable, IndexStoreError) as error:
            return "bm25", (Degraded("vectors", str(error), "bm25"),)
    if mode == "rerank":
        try:
            models.scorer(build.manifest.name)
        except ModelUnavailable as error:
            mode = "hybrid"
            missing.append(Degraded("reranker", str(error), mode))
    return mode, tuple(missing)


def _configured(build: LoadedBuild) -> KeywordIndex:
    index, missing = build.keyword()
    if missing:
        raise IndexStoreError("; ".join(f"{d.what}: {d.why}" for d in missing))
    return index


def rerank(
    build: LoadedBuild, models: ModelSource, settings: Settings, reading: Reading, ranking: Ranking
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ordering with its head read by the cross-encoder, and its scores in that order, falling.

    The cross-encoder has the share in the head's order that its weight says, the first stage the rest.
    """
    ordering = ranking.ordering
    head = head_of(build, reading.text, ranking, settings.rerank_depth)
    done = rerank_head(models.scorer(build.manifest.name), head)
    blended, tail = done.blended, ranking.fused[ordering][len(done.blended) :]
    # The head's scores are lifted above the tail's fused ones: one scale, the order unchanged.
    lift = (tail.max(initial=0.0) + 1.0 - blended.min(initial=0.0)) if len(blended) else 0.0
    scores = np.concatenate((np.sort(blended)[::-1] + lift, tail))
    return reading.arranged(done.ordering(ordering, build.columns.id_rank), ranking.fused), scores


def pool(build: LoadedBuild, models: ModelSource, settings: Settings, request: Request, depth: int) -> Head:
    """Return the first `depth` products of a request's first stage, and the texts that a cross-encoder reads of them.

    The first stage of mode `rerank` is that of `hybrid`. Raises ModelUnavailable or IndexStoreError where a leg is
    missing.
    """
    reading = _reading(build, request)
    return head_of(build, reading.text, _first_stage(build, models, settings, request, reading), depth)


def _reading(build: LoadedBuild, request: Request) -> Reading:
    if not request.understand:
        return plainly(build, request.query)
    shelf = request.shelf or look(None)
    return read(build, request.query, shelf.synonyms, dropped=request.dropped, features=request.features)


def _first_stage(
    build: LoadedBuild, models: ModelSource, settings: Settings, request: Request, reading: Reading
) -> Ranking:
    legs = legs_of(request.mode, request.fusion)
    scored = score(build, models, reading, legs)
    return fuse(scored, legs, fusion=request.fusion, alpha=request.alpha, rrf_k=settings.rrf_k)


def run(
    build: LoadedBuild, models: ModelSource, settings: Settings, request: Request, top_k: int
) -> list[tuple[str, float]]:
    """Return (product id, score) of the best `top_k`, scores strictly falling."""
    reading = _reading(build, request)
    ranking = _first_stage(build, models, settings, request, reading)
    ordering, scores = ranking.ordering, ranking.fused[ranking.ordering]
    if request.mode == "rerank":
        ordering, scores = rerank(build, models, settings, reading, ranking)
    chosen = ordering[:top_k]
    return list(zip((str(build.columns.ids[i]) for i in chosen), strictly_falling(scores[: len(chosen)]), strict=True))


def strictly_falling(scores: NDArray[np.float64]) -> list[float]:
    """Return the scores with each one that is not below its predecessor lowered by the least step."""
    result: list[float] = []
    for score in scores.tolist():
        result.append(score if not result or score < result[-1] else float(np.nextafter(result[-1], -np.inf)))
    return result
