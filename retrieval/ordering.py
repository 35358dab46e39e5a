"""From the legs of a search to one ordering of its hits (pure functions)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns
from retrieval.fusion import order, ranks, resolve_alpha, rrf, weighted_sum
from retrieval.legs import DENSE_LEGS, KEYWORD_LEGS, Legs
from retrieval.protocols import FloatArray, IntArray
from retrieval.records import Fusion, Sort

# Ratings by so many shoppers weigh as much as the catalogue's mean.
RATING_PRIOR = 10.0


@dataclass(frozen=True, slots=True)
class Ranking:
    """The hits of a search by falling relevance, before other sorts, collapsing and paging.

    `ordering` holds positions; `fused` one score a position; `leg_ranks` and `leg_scores` one entry a position by leg.
    """

    ordering: NDArray[np.int64]
    fused: NDArray[np.float64]
    leg_ranks: Mapping[str, IntArray]
    leg_scores: Mapping[str, FloatArray]
    best_chunk: IntArray | None


def rank(
    legs: Legs,
    id_rank: IntArray,
    *,
    query: str,
    fusion: Fusion,
    alpha: float | Literal["rule"],
    rrf_k: int,
    weights: Mapping[str, float] | None = None,
    raised: FloatArray | None = None,
) -> Ranking:
    """Fuse the legs into one ranking of every product that any leg finds.

    `weights` multiply each leg's reciprocal rank; `raised` says by how much of itself a product's score is raised.
    """
    names = list(legs.scores)
    leg_ranks = {name: ranks(legs.scores[name], id_rank) for name in names}
    if len(names) == 1:
        fused = legs.scores[names[0]].astype(np.float64)
    elif fusion == "rrf":
        fused = rrf(
            [leg_ranks[name] for name in names], rrf_k, None if weights is None else [weights[name] for name in names]
        )
    else:
        fused = weighted_sum(
            [legs.scores[name] for name in names if name in KEYWORD_LEGS],
            [legs.scores[name] for name in names if name in DENSE_LEGS],
            resolve_alpha(alpha, query),
        )
    if legs.named is not None:
        fused = np.where(legs.named & np.isneginf(fused), 0.0, fused)
    if raised is not None:
        # -inf stays what it is, and what scores below nothing is not lowered further.
        fused = np.where(fused > 0, fused * (1 + raised), fused)
    found = np.flatnonzero(legs.found(len(id_rank)))
    return Ranking(order(fused, id_rank, found), fused, leg_ranks, dict(legs.scores), legs.best_chunk)


def shrunk_rating(columns: Columns) -> NDArray[np.float64]:
    """Return each product's rating drawn towards the catalogue's mean as if RATING_PRIOR more had given the mean.

    NaN where nobody rated. A product whose count is unknown counts as rated once.
    """
    rated = ~np.isnan(columns.rating)
    if not rated.any():
        return np.full(len(columns), np.nan)
    count = np.maximum(columns.rating_count, 1).astype(np.float64)
    rating = columns.rating.astype(np.float64)
    mean = float(np.average(rating[rated], weights=count[rated]))
    return (rating * count + mean * RATING_PRIOR) / (count + RATING_PRIOR)


def sort_hits(ordering: NDArray[np.int64], columns: Columns, sort: Sort) -> NDArray[np.int64]:
    """Return the hits sorted; equal ones stay in order of relevance, unknown values come last."""
    if sort == "relevance":
        return ordering
    key: NDArray[np.float64]
    if sort == "rating":
        key = -shrunk_rating(columns)
    elif sort == "sales":
        key = np.where(columns.sales >= 0, -columns.sales.astype(np.float64), np.nan)
    else:
        key = columns.price if sort == "price_asc" else -columns.price
    # NumPy sorts NaN behind every number, which is where unknown values belong in each of these orders.
    return ordering[np.argsort(key[ordering], kind="stable")]


def collapse(ordering: NDArray[np.int64], group: IntArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first hit of every group, in order, and how many hits each stands for."""
    groups = group[ordering]
    places = np.arange(len(groups))
    first = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    # Written backwards, so that each group's first place is what remains.
    first[groups[::-1]] = places[::-1]
    stands = first[groups] == places
    return ordering[stands], np.bincount(groups, minlength=len(first))[groups[stands]]
