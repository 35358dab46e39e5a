"""A comparison as tables and series for charts: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evaluation.comparison import Comparison, Result
from evaluation.silver.recipe import VERSION
from ui.formats import milliseconds

Table = Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Point:
    """A system in a chart: its mean `y` with its interval at `x`, in the colour of its group."""

    ranking: str
    group: str
    x: float
    y: float
    low: float
    high: float


MOST_COLOURS = 10
"""More colours than this nobody tells apart in a legend."""


def p_text(p: float) -> str:
    """Return a p-value as it is read: `0.030`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float) -> str:
    """Return a difference with its sign, `+0.040` or `−0.125`; what rounds to nothing has none."""
    text = f"{abs(value):.3f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def made_from_catalogue(found: Comparison) -> bool:
    """Return whether every query is a silver one, which their ids tell even where the set is gone or was uploaded."""
    return all(query.query_id.startswith(f"{VERSION}-") for query in found.queries)


def ordered(found: Comparison, measure: str) -> list[Result]:
    """Return the results, best mean first, equals in their own order."""
    return sorted(found.results, key=lambda result: -result.means[measure].value)


def means(found: Comparison, measure: str) -> Table:
    """Return a row a system, best first: its mean with interval, and how it stands against the baseline."""
    rows = ordered(found, measure)
    table: dict[str, Sequence[object]] = {
        "Ranking": [row.label for row in rows],
        measure: [round(row.means[measure].value, 4) for row in rows],
        "95% interval": [f"{row.means[measure].low:.3f} – {row.means[measure].high:.3f}" for row in rows],
    }
    if len(rows) > 1:
        against = [row.against.get(measure) for row in rows]
        table["Against the baseline"] = [
            "baseline" if a is None else f"{signed(a.difference)} ({signed(a.low)} to {signed(a.high)})"
            for a in against
        ]
        table["p"] = ["" if a is None else p_text(a.adjusted) for a in against]
        table["Wins / ties / losses"] = ["" if a is None else f"{a.wins} / {a.ties} / {a.losses}" for a in against]
    table["Judged only"] = [round(row.condensed[measure], 4) for row in rows]
    table["Judged@10"] = [f"{100 * row.judged:.0f}%" for row in rows]
    if any(row.latency for row in rows):
        table["Median time"] = [milliseconds(row.latency.p50) if row.latency else "" for row in rows]
        table["95% below"] = [milliseconds(row.latency.p95) if row.latency else "" for row in rows]
    return table


def groups(found: Comparison, by: Literal["type", "words"], measure: str, labels: Sequence[str]) -> Table | None:
    """Return a row a group of queries with each system's mean, None where there are no such groups."""
    rows = [group for group in found.groups if group.by == by]
    if not rows:
        return None
    first = "Type of query" if by == "type" else "Words in the query"
    return {
        first: [group.name for group in rows],
        "Queries": [len(group.queries) for group in rows],
        **{label: [round(group.means[label][measure], 3) for group in rows] for label in labels},
    }


def latency_points(found: Comparison, measure: str) -> list[Point]:
    """Return quality and median milliseconds of each system that was timed, none for fewer than two."""
    timed = [(row, row.latency.p50) for row in found.results if row.latency is not None]
    by_mode = len(timed) > MOST_COLOURS
    points = [
        _point(row, measure, round(spent, 3), row.system.mode if by_mode and row.system else row.label)
        for row, spent in timed
    ]
    return points if len(points) > 1 else []


def sweeps(found: Comparison, measure: str) -> list[Point]:
    """Return the mean at each alpha, a line for each kind of ranking of which three or more alphas were tried."""
    lines: dict[str, dict[float, Point]] = {}
    for row in found.results:
        if row.system is not None and isinstance(row.system.alpha, int | float):
            kind = replace(row.system, alpha=None, name="").spec
            alpha = float(row.system.alpha)
            lines.setdefault(kind, {})[alpha] = _point(row, measure, alpha, kind)
    return [point for line in lines.values() if len(line) > 2 for _, point in sorted(line.items())]


def _point(row: Result, measure: str, x: float, group: str) -> Point:
    mean = row.means[measure]
    return Point(row.label, group, x, round(mean.value, 4), round(mean.low, 4), round(mean.high, 4))


def right_products(grades: Mapping[str, int], relevant: int) -> list[str]:
    """Return the ids that answer a query, best grade first, then by id."""
    return sorted((i for i, grade in grades.items() if grade >= relevant), key=lambda i: (-grades[i], i))


def unshown(grades: Mapping[str, int], relevant: int, rankings: Sequence[Sequence[str]], depth: int) -> list[str]:
    """Return the right products that none of the rankings has among its first `depth`."""
    seen = {product_id for ranking in rankings for product_id in ranking[:depth]}
    return [product_id for product_id in right_products(grades, relevant) if product_id not in seen]
