"""Fusing the legs of a search into one score a product (pure functions).

A leg is one float32 score a product position, -inf where the leg did not find the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.protocols import FloatArray, IntArray

SHORT_QUERY_WORDS = 5


def order(scores: NDArray[np.floating], id_rank: IntArray, positions: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return `positions` sorted by falling score, ties by rising product id.

    `scores` and `id_rank` have one entry a product position.
    """
    chosen = scores[positions]
    rough = np.argsort(-chosen)
    falling = chosen[rough]
    # Two unstable sorts of one number a product are several times faster than one stable sort by two: first the scores,
    # then the number of the run of equal scores above the id's place.
    run = np.zeros(len(falling), dtype=np.int64)
    np.cumsum(falling[1:] != falling[:-1], out=run[1:])
    return positions[rough[np.argsort(run << 32 | id_rank[positions][rough])]].astype(np.int64)


def ranks(leg: FloatArray, id_rank: IntArray) -> IntArray:
    """Return the rank from 1 of every product in a leg, 0 where the leg did not find it."""
    found = order(leg, id_rank, np.flatnonzero(leg > -np.inf))
    result = np.zeros(len(leg), dtype=np.int32)
    result[found] = np.arange(1, len(found) + 1, dtype=np.int32)
    return result


def rrf(leg_ranks: Sequence[IntArray], k: int = 60, weights: Sequence[float] | None = None) -> NDArray[np.float64]:
    """Return reciprocal rank fusion, sum of weight / (k + rank) over the legs that found a product.

    Cormack, Clarke, Buettcher: "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
    SIGIR 2009, page 758. Without `weights` every leg weighs 1.
    """
    fused = np.zeros(len(leg_ranks[0]), dtype=np.float64)
    for leg, weight in zip(leg_ranks, weights or [1.0] * len(leg_ranks), strict=True):
        fused += np.where(leg > 0, weight / (k + leg), 0.0)
    return fused


def min_max(leg: FloatArray) -> NDArray[np.float64]:
    """Return the leg's scores scaled to 0-1 over the products it found, 0 for the others; 1 where all are equal."""
    found = leg > -np.inf
    scaled = np.zeros(len(leg), dtype=np.float64)
    if found.any():
        low, high = float(leg[found].min()), float(leg[found].max())
        scaled[found] = (leg[found] - low) / (high - low) if high > low else 1.0
    return scaled


def weighted_sum(keyword: Sequence[FloatArray], dense: Sequence[FloatArray], alpha: float) -> NDArray[np.float64]:
    """Return alpha * mean of the keyword legs + (1 - alpha) * mean of the dense legs, each min-max scaled."""
    fused = np.zeros(len((*keyword, *dense)[0]), dtype=np.float64)
    for legs, weight in ((keyword, alpha), (dense, 1 - alpha)):
        for leg in legs:
            fused += weight / len(legs) * min_max(leg)
    return fused


def resolve_alpha(alpha: float | Literal["rule"], query: str) -> float:
    """Return the weight of BM25: the number itself, or by rule 0.7 for queries under 5 words and else 0.3."""
    if alpha == "rule":
        return 0.7 if len(query.split()) < SHORT_QUERY_WORDS else 0.3
    return float(alpha)


def max_pool(row_scores: FloatArray, starts: IntArray, owners: IntArray) -> tuple[FloatArray, IntArray]:
    """Return each product's best row score and that row's number.

    Product `i` owns the rows from `starts[i]` to `starts[i + 1]` (the last to the end), at least one; `owners` says the
    same by row. Among equal rows the first counts.
    """
    if not len(starts):
        return np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int32)
    best = np.maximum.reduceat(row_scores, starts).astype(np.float32)
    at_best = np.flatnonzero(row_scores == best[owners]).astype(np.int32)
    rows = np.empty(len(starts), dtype=np.int32)
    # Written backwards, so that the first of equal rows is what remains.
    rows[owners[at_best][::-1]] = at_best[::-1]
    return best, rows
