"""Which system to take: cross-validated over the queries, and no more than the queries can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.statistics import compare
from retrieval.errors import EvaluationError

FOLDS = 5
LEVEL = 0.05
Complexity = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The system that the queries speak for.

    `chosen` is the simplest that is not told apart from what tuning would gain; `best` has the highest mean over all
    queries. `cross_validated` is the mean that "take what was best on the other folds" reaches on queries it had not
    seen, `picks` says in how many of the `folds` each system was taken. `p` belongs to the difference
    `cross_validated - mean of chosen`. `enough` tells that the chosen one is simpler than the best one.
    """

    chosen: str
    best: str
    cross_validated: float
    difference: float
    p: float
    folds: int
    picks: Mapping[str, int]
    enough: bool
    explanation: str

    def to_dict(self) -> dict[str, Any]:
        """Return the choice as JSON-ready values."""
        return {**asdict(self), "picks": dict(self.picks)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Choice:
        """Return the choice that `to_dict` wrote."""
        return cls(**row)


def choose(
    values: Mapping[str, Mapping[str, float]],
    complexity: Complexity | None = None,
    *,
    measure: str = "the measure",
    folds: int = FOLDS,
    seed: int = 0,
) -> Choice:
    """Choose among systems by their values a query; a larger value is better.

    `values` has the same queries for every system; `complexity` orders the systems from the simplest (the order of
    `values` where it is left out), and of equally simple ones the one with the highest mean stands for all. The best
    system of the other folds is taken on each fold, so that its mean there is an honest estimate of what tuning gains
    (Stone: "Cross-validatory choice and assessment of statistical predictions", JRSS B 36, 1974, pages 111-133). The
    simplest system from which these held-out values do not differ (paired randomisation test, p < 0.05) is chosen.
    Raises EvaluationError for fewer queries than two a fold, or systems with different queries.
    """
    matrix, queries = _matrix(values, folds)
    labels = list(values)
    held_out = np.empty(len(queries))
    picks: dict[str, int] = {}
    order = _simplest_first(labels, complexity)
    for own in np.array_split(np.random.default_rng(seed).permutation(len(queries)), folds):
        others = np.setdiff1d(np.arange(len(queries)), own)
        means = matrix[:, others].mean(axis=1)
        pick = max(order, key=lambda row: means[row])  # the simplest among equals: `order` begins with it
        held_out[own] = matrix[pick, own]
        picks[labels[pick]] = picks.get(labels[pick], 0) + 1
    tuned = dict(zip(queries, held_out.tolist(), strict=True))
    means = matrix.mean(axis=1)
    best = max(order, key=lambda row: means[row])
    chosen, difference, p = best, float(held_out.mean() - means[best]), 1.0
    for row in _standing_for_their_level(order, labels, complexity, means):
        found = compare(tuned, values[labels[row]], seed=seed)
        if found.difference <= 0 or found.p >= LEVEL:
            chosen, difference, p = row, found.difference, found.p
            break
    enough = bool(means[chosen] < means[best])
    figures = _Figures(
        labels[chosen], labels[best], float(means[chosen]), float(means[best]), difference, p, len(queries), measure
    )
    return Choice(
        chosen=labels[chosen],
        best=labels[best],
        cross_validated=float(held_out.mean()),
        difference=difference,
        p=p,
        folds=folds,
        picks=picks,
        enough=enough,
        explanation=_explain(figures, enough, len(labels), simplest=chosen == order[0]),
    )


def _matrix(values: Mapping[str, Mapping[str, float]], folds: int) -> tuple[NDArray[np.float64], list[str]]:
    if not values:
        raise EvaluationError("there is no system to choose from; compare some first")
    queries = list(next(iter(values.values())))
    for label, own in values.items():
        if own.keys() != set(queries):
            raise EvaluationError(
                f"{label} was measured on other queries than {next(iter(values))}; measure both again"
            )
    if folds < 2 or len(queries) < 2 * folds:
        raise EvaluationError(
            f"{len(queries)} queries are too few for {folds} folds; at least {2 * max(folds, 2)} are needed to tune"
        )
    return np.array([[own[query] for query in queries] for own in values.values()]), queries


def _simplest_first(labels: list[str], complexity: Complexity | None) -> list[int]:
    if complexity is None:
        return list(range(len(labels)))
    return sorted(range(len(labels)), key=lambda row: complexity[labels[row]])


def _standing_for_their_level(
    order: list[int], labels: list[str], complexity: Complexity | None, means: NDArray[np.float64]
) -> list[int]:
    """Return the best system of each level of complexity, simplest level first."""
    if complexity is None:
        return order
    levels: dict[tuple[int, int], int] = {}
    for row in order:
        level = complexity[labels[row]]
        if level not in levels or means[row] > means[levels[level]]:
            levels[level] = row
    return list(levels.values())


@dataclass(frozen=True, slots=True)
class _Figures:
    chosen: str
    best: str
    chosen_mean: float
    best_mean: float
    difference: float
    p: float
    queries: int
    measure: str


def _explain(found: _Figures, enough: bool, systems: int, *, simplest: bool) -> str:
    name = "BM25" if found.chosen == "bm25" else found.chosen
    if systems == 1:
        return f"{found.chosen} was the only system, so there was nothing to choose."
    if enough:
        gain = (
            f"tuning among the {systems} systems gains {found.difference:.3f} on queries it had not seen, which "
            f"{found.queries} queries cannot tell from chance (p = {found.p:.3f})"
            if found.difference > 0
            else f"tuning among the {systems} systems gains nothing on queries it had not seen"
        )
        return (
            f"{name} is enough: {found.best} has the highest {found.measure} ({found.best_mean:.3f} against "
            f"{found.chosen_mean:.3f}), but {gain}."
        )
    if simplest:
        return (
            f"{name} is enough: it is the simplest of the {systems} systems, and none has a higher {found.measure} "
            f"({found.chosen_mean:.3f})."
        )
    return (
        f"Take {name}: it has the highest {found.measure} ({found.chosen_mean:.3f}), and every simpler system falls "
        f"behind by more than chance explains on {found.queries} queries."
    )
