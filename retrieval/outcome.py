"""What goes into the stages of a search and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.protocols import FloatArray, IntArray
from retrieval.query.records import Understood
from retrieval.query.understand import EVERYTHING, Features
from retrieval.records import Degraded, FacetValue, Filters, Fusion, Mode, Sort
from retrieval.rules import Plan
from retrieval.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Ask:
    """One search as it is stated: page `page` (from 1) of `top_k` hits.

    `mode` None leaves the choice to the engine; `alpha` (weight of BM25, 0-1, or `rule`) belongs to `weighted` fusion,
    None is the settings' one. With `understand` the query is read first, but for what was taken back by its key in
    `dropped`; `cutoff` lets a search say that nothing fits, `rules` lets the shop's rules take part.
    """

    query: str
    mode: Mode | None = None
    top_k: int = 10
    page: int = 1
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    fusion: Fusion = "rrf"
    alpha: float | Literal["rule"] | None = None
    collapse: bool = False
    understand: bool = True
    dropped: tuple[str, ...] = ()
    cutoff: bool = True
    rules: bool = True
    passages: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """Every parameter of a search except the page, none of them left open."""

    query: str
    mode: Mode
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    fusion: Fusion = "rrf"
    alpha: float | Literal["rule"] = 0.5
    collapse: bool = False
    understand: bool = False
    dropped: tuple[str, ...] = ()
    cutoff: bool = False
    rules: bool = False
    shelf: Shelf | None = None
    features: Features = EVERYTHING

    def key(self) -> tuple[object, ...]:
        """Return the parameters as a key of the result cache."""
        chosen = self.filters
        attributes = tuple(sorted((key, tuple(values)) for key, values in chosen.attributes.items()))
        bounds = tuple(
            getattr(chosen, name)
            for name in (
                "categories",
                "brands",
                "min_price",
                "max_price",
                "min_rating",
                "min_rating_count",
                "include_unpriced",
                "include_unrated",
            )
        )
        alpha = self.alpha if self.fusion == "weighted" else None
        reading = (self.understand, self.dropped, self.cutoff, self.rules, self.features)
        shelf = None if self.shelf is None else self.shelf.key()
        return (
            self.query,
            self.mode,
            bounds,
            attributes,
            self.sort,
            self.fusion,
            alpha,
            self.collapse,
            reading,
            shelf,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """All hits of a search in their order; pages are slices of it.

    Arrays have one entry a hit; `reranked` maps a position to its cross-encoder score, `blended` to what orders it now:
    that score alone, or with the first stage's. `transient` says that something was missing that may be there for the
    next search (a model still loading, a stage out of time). `named` are the positions that the query names; with
    `no_good_match` the hits are only the nearest things.
    """

    mode_used: Mode
    degraded: tuple[Degraded, ...]
    ordering: NDArray[np.int64]
    group_sizes: NDArray[np.int64]
    fused: NDArray[np.float64]
    leg_ranks: Mapping[str, IntArray]
    leg_scores: Mapping[str, FloatArray]
    best_chunk: IntArray | None
    reranked: Mapping[int, float]
    facets: Mapping[str, tuple[FacetValue, ...]]
    timings_ms: Mapping[str, float]
    alpha: float | None
    estimated: bool
    transient: bool
    understood: Understood | None = None
    named: tuple[int, ...] = ()
    no_good_match: bool = False
    plan: Plan | None = None
    blended: Mapping[int, float] = field(default_factory=dict)

    def rerank_score(self, place: int) -> float | None:
        """Return the cross-encoder's score of the hit at `place`, None where it was not read."""
        return self.reranked.get(int(self.ordering[place]))

    def size(self) -> int:
        """Return about how many bytes the outcome holds."""
        arrays: list[NDArray[Any]] = [
            self.ordering,
            self.group_sizes,
            self.fused,
            *self.leg_ranks.values(),
            *self.leg_scores.values(),
        ]
        if self.best_chunk is not None:
            arrays.append(self.best_chunk)
        return sum(array.nbytes for array in arrays) + 10_000
