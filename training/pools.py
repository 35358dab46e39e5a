"""What the first stage of serving finds for queries to learn from, and beside it what single legs find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.candidates import Scored, fuse, legs_of, plainly, score
from retrieval.fusion import order
from retrieval.heads import Head, head_of
from retrieval.legs import BM25, DENSE_LEGS
from retrieval.loading import LoadedBuild
from retrieval.models import ModelSource
from retrieval.ordering import Ranking
from retrieval.outcome import Request
from retrieval.protocols import Progress
from retrieval.reading import read
from retrieval.settings import Settings
from retrieval.shelf import look
from training.mentions import Wording
from training.records import Candidate, LearningQuery, Pool

STAGE = "pools"
HYBRID = Request("", "hybrid", understand=True)
"""How serving asks its first stage when it reranks."""
LEG_DEPTH = 50


@dataclass(frozen=True, slots=True)
class MiningPool:
    """A pool with what mining needs beside it.

    `more` are the heads of the words' and the vectors' legs that the pool's head does not hold, ids ascending; `known`
    all products of the query's grades that the catalogue holds, found or not, ids ascending. `cosines` has the best
    cosine (title or chunk) of every product of the three, and is empty for a build without vectors. `meaning` is the
    text that the encoder reads of the query; `wordings` are its terms with other spellings and synonyms, where it was
    understood.
    """

    pool: Pool
    more: tuple[Candidate, ...]
    known: tuple[Candidate, ...]
    meaning: str
    cosines: Mapping[str, float] = field(default_factory=dict)
    wordings: tuple[Wording, ...] = ()

    @property
    def query(self) -> LearningQuery:
        """Return the query."""
        return self.pool.query

    def found(self) -> tuple[Candidate, ...]:
        """Return every product that a leg found: the head in its order, then the others."""
        return self.pool.candidates + self.more


def pools(
    build: LoadedBuild,
    models: ModelSource,
    settings: Settings,
    queries: Sequence[LearningQuery],
    depth: int | None = None,
    progress: Progress | None = None,
    *,
    request: Request = HYBRID,
) -> list[Pool]:
    """Return for each query what serving's first stage finds, `depth` products deep (`rerank_depth` by default).

    No product is put in that the first stage did not find. Raises ModelUnavailable or IndexStoreError where what the
    request's mode needs is missing.
    """
    reader = _PoolReader(build, models, settings, request, depth or settings.rerank_depth)
    return [reader.pool(query) for query in _told(queries, progress)]


def mining_pools(
    build: LoadedBuild,
    models: ModelSource,
    settings: Settings,
    queries: Sequence[LearningQuery],
    depth: int | None = None,
    progress: Progress | None = None,
    *,
    request: Request = HYBRID,
    leg_depth: int = LEG_DEPTH,
) -> list[MiningPool]:
    """Return the pools with the first `leg_depth` products of words and of vectors alone, and the known products.

    Raises as `pools` does.
    """
    reader = _PoolReader(build, models, settings, request, depth or settings.rerank_depth)
    return [reader.mining_pool(query, leg_depth) for query in _told(queries, progress)]


def _told(queries: Sequence[LearningQuery], progress: Progress | None) -> Iterable[LearningQuery]:
    for done, query in enumerate(queries):
        if progress:
            progress(STAGE, done, len(queries))
        yield query
    if progress:
        progress(STAGE, len(queries), len(queries))


class _PoolReader:
    """Asks one build; every passage is held once, however many pools it stands in."""

    def __init__(
        self, build: LoadedBuild, models: ModelSource, settings: Settings, request: Request, depth: int
    ) -> None:
        self._build, self._models, self._settings = build, models, settings
        self._request, self._depth = request, depth
        self._shelf = request.shelf or look(None)
        self._passages: dict[str, str] = {}
        self._positions = {str(name): position for position, name in enumerate(build.columns.ids)}

    def pool(self, query: LearningQuery) -> Pool:
        """Return what the first stage finds for a query."""
        scored, ranking = self._first_stage(query)
        head = head_of(self._build, scored.reading.text, ranking, self._depth)
        return Pool(query, head.query, self._read(head))

    def mining_pool(self, query: LearningQuery, leg_depth: int) -> MiningPool:
        """Return a query's pool with what mining needs."""
        scored, ranking = self._first_stage(query)
        head = ranking.ordering[: self._depth]
        held, found = set(head.tolist()), set(ranking.ordering.tolist())
        more = self._by_id((self._leg_heads(ranking, leg_depth) & found) - held)
        known = self._by_id({self._positions[name] for name in query.grades if name in self._positions})
        # All three at once: each is a look-up in the store.
        ordering = np.concatenate((head, more, known))
        texts = head_of(self._build, scored.reading.text, replace(ranking, ordering=ordering), len(ordering))
        read_of = self._read(texts)
        cosines, understood = _cosines(scored), scored.reading.understood
        return MiningPool(
            Pool(query, texts.query, read_of[: len(head)]),
            read_of[len(head) : len(head) + len(more)],
            read_of[len(head) + len(more) :],
            scored.reading.meaning,
            {} if cosines is None else {self._id(p): float(cosines[p]) for p in dict.fromkeys(ordering.tolist())},
            () if understood is None else (*understood.spellings, *understood.beside),
        )

    def _first_stage(self, query: LearningQuery) -> tuple[Scored, Ranking]:
        request = replace(self._request, query=query.text)
        if request.understand:
            reading = read(
                self._build, request.query, self._shelf.synonyms, dropped=request.dropped, features=request.features
            )
        else:
            reading = plainly(self._build, request.query)
        legs = legs_of(request.mode, request.fusion)
        scored = score(self._build, self._models, reading, legs)
        return scored, fuse(scored, legs, fusion=request.fusion, alpha=request.alpha, rrf_k=self._settings.rrf_k)

    def _leg_heads(self, ranking: Ranking, leg_depth: int) -> set[int]:
        heads: set[int] = set()
        for leg, scores in ranking.leg_scores.items():
            if leg == BM25 or leg in DENSE_LEGS:
                found = np.flatnonzero(scores > -np.inf)
                heads.update(order(scores, self._build.columns.id_rank, found)[:leg_depth].tolist())
        return heads

    def _by_id(self, positions: set[int]) -> NDArray[np.int64]:
        return np.array(sorted(positions, key=self._id), dtype=np.int64)

    def _id(self, position: int) -> str:
        return str(self._build.columns.ids[position])

    def _read(self, head: Head) -> tuple[Candidate, ...]:
        rows = zip(head.ids, head.passages, head.first.tolist(), head.ranks, strict=True)
        return tuple(
            Candidate(name, self._passages.setdefault(text, text), first, ranks) for name, text, first, ranks in rows
        )


def _cosines(scored: Scored) -> NDArray[np.float32] | None:
    """Return each product's best cosine of title and chunks, None where no vectors were scored."""
    found = [scored.legs[leg].scores[leg] for leg in DENSE_LEGS if leg in scored.legs]
    return np.maximum.reduce(found) if found else None
