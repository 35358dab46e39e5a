"""The head of a ranking as a cross-encoder reads it: one function for searches, evaluation and training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.loading import LoadedBuild
from retrieval.ordering import Ranking
from retrieval.protocols import IntArray, Scorer
from retrieval.rerank import QUERY_WORDS, clip, passage, reorder, score_passages, title_of
from retrieval.support import blend_supported


@dataclass(frozen=True, slots=True)
class Head:
    """The first products of a query in the first stage's order; every part but `query` has one entry a product.

    `query` and `passages` are the texts that the cross-encoder reads, clipped. `first` is the first stage's score, and
    `ranks` its rank (from 1) by leg, without the legs that did not find the product.
    """

    query: str
    positions: NDArray[np.int64]
    ids: tuple[str, ...]
    passages: tuple[str, ...]
    first: NDArray[np.float64]
    ranks: tuple[Mapping[str, int], ...]

    def titles(self) -> list[str]:
        """Return the titles of the passages."""
        return [title_of(text) for text in self.passages]


def head_of(build: LoadedBuild, query: str, ranking: Ranking, depth: int) -> Head:
    """Return the first `depth` products of a ranking with their best chunks; `query` is the text to read beside them.

    Raises IndexStoreError as the store does.
    """
    positions = ranking.ordering[:depth]
    if ranking.best_chunk is None:
        rows = [build.store.chunk_rows(int(position))[0] for position in positions]
    else:
        rows = [int(row) for row in ranking.best_chunk[positions]]
    return Head(
        query=clip(query, QUERY_WORDS),
        positions=positions,
        ids=tuple(str(build.columns.ids[position]) for position in positions),
        passages=tuple(passage(chunk.title, chunk.text) for chunk in build.store.chunks(rows)),
        first=ranking.fused[positions].astype(np.float64),
        ranks=tuple(
            {name: int(ranks[position]) for name, ranks in ranking.leg_ranks.items() if ranks[position] > 0}
            for position in positions
        ),
    )


@dataclass(frozen=True, slots=True)
class Reranked:
    """A head that was read, in its old order: `scores` are the cross-encoder's, `blended` is what orders it now."""

    positions: NDArray[np.int64]
    scores: NDArray[np.float64]
    blended: NDArray[np.float64]

    def ordering(self, whole: NDArray[np.int64], id_rank: IntArray) -> NDArray[np.int64]:
        """Return the ordering that the head was taken from with the head in its new order, ties by rising id."""
        return reorder(whole, self.blended, id_rank)


def rerank_head(scorer: Scorer, head: Head) -> Reranked:
    """Have a cross-encoder read a head, with the share in its order that its weight says; raise ModelUnavailable."""
    scores = score_passages(scorer, head.query, head.passages)
    blended = blend_supported(scores, head.titles(), head.first, scorer.weight)
    return Reranked(head.positions, scores.astype(np.float64), blended)
