"""Bulk rankings for evaluation and training: no page, collapsing, cut-off, rules, cache or time budget."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.legs import BM25, NGRAM, Legs, dense_legs, keyword_leg
from retrieval.loading import LoadedBuild
from retrieval.models import ModelSource
from retrieval.ordering import Ranking, rank
from retrieval.outcome import Request
from retrieval.protocols import KeywordIndex
from retrieval.records import Degraded, Mode
from retrieval.rerank import passage, reorder, score_passages
from retrieval.settings import Settings


def legs(build: LoadedBuild, models: ModelSource, query: str, mode: Mode, fusion: str = "rrf") -> Legs:
    """Return every leg of a mode; raise ModelUnavailable or IndexStoreError where one is missing."""
    if mode == "bm25":
        return keyword_leg(_configured(build), query, BM25)
    record, vectors = build.manifest.encoder, build.vectors()
    if record is None or vectors is None:
        raise ModelUnavailable(
            f"{build.manifest.name!r} has no vectors ({build.manifest.why or 'keyword-only build'}); "
            "build it with an encoder, or run mode bm25."
        )
    encoder = models.encoder(record.source)
    if encoder.id != record.id:
        raise ModelUnavailable(f"the index was built with {record.id} but {encoder.id} lies there; rebuild it.")
    dense = dense_legs(vectors, encoder.encode([query], query=True)[0], -math.inf)
    if mode == "dense":
        return dense
    words = keyword_leg(_configured(build), query, BM25)
    if fusion == "rrf":
        words = words.beside(keyword_leg(build.ngram(), query, NGRAM))
    return words.beside(dense)


def available(build: LoadedBuild, models: ModelSource, mode: Mode) -> tuple[Mode, tuple[Degraded, ...]]:
    """Return the mode of which every part is there, and what is missing where that is not the mode asked for."""
    missing: list[Degraded] = []
    if mode != "bm25":
        try:
            legs(build, models, "probe", "dense")
        except (ModelUnavailable, IndexStoreError) as error:
            return "bm25", (Degraded("vectors", str(error), "bm25"),)
    if mode == "rerank":
        try:
            models.scorer()
        except ModelUnavailable as error:
            mode = "hybrid"
            missing.append(Degraded("reranker", str(error), mode))
    return mode, tuple(missing)


def _configured(build: LoadedBuild) -> KeywordIndex:
    index, missing = build.keyword()
    if missing:
        raise IndexStoreError("; ".join(f"{d.what}: {d.why}" for d in missing))
    return index


def ranked(build: LoadedBuild, models: ModelSource, settings: Settings, request: Request) -> Ranking:
    """Return the fused ranking of a request, before any reranking."""
    found = legs(build, models, request.query, request.mode, request.fusion)
    return rank(
        found,
        build.columns.id_rank,
        query=request.query,
        fusion=request.fusion,
        alpha=request.alpha,
        rrf_k=settings.rrf_k,
    )


def run(
    build: LoadedBuild, models: ModelSource, settings: Settings, request: Request, top_k: int
) -> list[tuple[str, float]]:
    """Return (product id, score) of the best `top_k`, scores strictly falling."""
    ranking = ranked(build, models, settings, request)
    ordering = ranking.ordering
    scores = ranking.fused[ordering]
    if request.mode == "rerank":
        head = ordering[: settings.rerank_depth]
        if ranking.best_chunk is None or not len(head):
            chunks = []
        else:
            chunks = build.store.chunks([int(row) for row in ranking.best_chunk[head]])
        read = score_passages(models.scorer(), request.query, [passage(c.title, c.text) for c in chunks])
        ordering = reorder(ordering, read, build.columns.id_rank)
        tail = scores[len(read) :]
        # The head's logits are lifted above the tail's fused scores: one scale, the order unchanged.
        lift = (tail.max(initial=0.0) + 1.0 - read.min(initial=0.0)) if len(read) else 0.0
        scores = np.concatenate((np.sort(read.astype(np.float64))[::-1] + lift, tail))
    chosen = ordering[:top_k]
    return list(zip((str(build.columns.ids[i]) for i in chosen), strictly_falling(scores[: len(chosen)]), strict=True))


def strictly_falling(scores: NDArray[np.float64]) -> list[float]:
    """Return the scores with each one that is not below its predecessor lowered by the least step."""
    result: list[float] = []
    for score in scores.tolist():
        result.append(score if not result or score < result[-1] else float(np.nextafter(result[-1], -np.inf)))
    return result
