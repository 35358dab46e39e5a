"""What one search carries through its stages: its clock, its timings, its reranker, and what was missing."""

from __future__ import annotations

import time
from dataclasses import dataclass

from retrieval.errors import ModelUnavailable
from retrieval.protocols import Scorer
from retrieval.records import Degraded


@dataclass(frozen=True, slots=True)
class Reranker:
    """What one search reranks with, or why there is nothing; neither where it does not rerank."""

    scorer: Scorer | None = None
    error: ModelUnavailable | None = None

    @property
    def key(self) -> tuple[str, float] | None:
        """What tells rankings by different models, and by different shares of theirs, apart."""
        return None if self.scorer is None else (self.scorer.id, self.scorer.weight)


class SearchState:
    """The state of one search: clock, timings, and what was missing."""

    def __init__(self, budget_ms: int) -> None:
        self._began = time.perf_counter()
        self._budget = budget_ms / 1000
        self.timings: dict[str, float] = {}
        self.degraded: list[Degraded] = []
        self.transient = False

    def left(self) -> float | None:
        """Return the seconds left, None without a limit."""
        return self._began + self._budget - time.perf_counter() if self._budget else None

    def pause(self, seconds: float) -> None:
        """Leave time that was spent waiting for a model to load out of the budget."""
        self._began += seconds

    def note(self, what: str, why: str, fallback: str, transient: bool = False) -> None:
        self.degraded.append(Degraded(what, why, fallback))
        self.transient = self.transient or transient
