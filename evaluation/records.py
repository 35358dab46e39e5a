"""The records that pass between loaders, measures, comparisons and reports: plain, frozen, ids are strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Qrels = Mapping[str, Mapping[str, int]]
"""Grade (0 and up) by product id by query id; a product that is not there was not judged."""
Ranked = Sequence[tuple[str, float]]
"""Product ids with their scores, scores strictly falling, no product twice."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a set; `type` is what kind of query it is, where the set says so; `details` are its other keys."""

    query_id: str
    text: str
    type: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """What one system ranked.

    `ranked` has an entry a query that was asked; one without results may be left out. `milliseconds` says how long each
    query took, where that was measured.
    """

    name: str
    ranked: Mapping[str, Ranked]
    milliseconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scores:
    """What one run is worth: value by query id by measure name, an entry for every query that was judged."""

    run: str
    values: Mapping[str, Mapping[str, float]]

    def mean(self, measure: str) -> float:
        """Return the mean over the queries, 0 where there is none."""
        values = self.values[measure].values()
        return sum(values) / len(values) if values else 0.0
