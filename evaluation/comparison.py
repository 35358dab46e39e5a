"""Systems side by side on the same judged queries: means, differences, what they lose, and how long they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from evaluation.measures import DEFAULT, canonical, score
from evaluation.records import Qrels, Query, Run
from evaluation.statistics import compare as paired
from evaluation.statistics import holm, interval
from evaluation.systems import System
from evaluation.tuning import FOLDS, Choice, choose
from retrieval.errors import EvaluationError

KEPT = 20
"""Products of each ranking that a comparison keeps a query."""
EQUAL = 1e-9
JUDGED = "Judged@10"
MOST_DRAWN = 10_000_000
"""Queries that are drawn for one interval or p-value: 10,000 sets of up to 1,000 queries, fewer sets of larger ones."""
LENGTHS = (("1-2", 1, 2), ("3-4", 3, 4), ("5+", 5, None))
"""Words of a query: name, fewest, most."""
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the queries with its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Against:
    """A system against the baseline: mean difference with its interval, p-value, and how many queries it wins.

    `p` is the paired randomisation test's, `adjusted` the same corrected for all the systems compared (Holm).
    """

    difference: float
    low: float
    high: float
    p: float
    adjusted: float
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a query: the median, and what 95% of the queries stay below."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one system is worth; all by measure.

    `condensed` are the means with products that nobody judged taken out of the ranking. `judged` is the share of the
    first ten that were judged. `system` and `latency` are None where a run came from a file; `against` is empty for the
    baseline.
    """

    label: str
    means: Mapping[str, Mean]
    condensed: Mapping[str, float]
    judged: float
    against: Mapping[str, Against] = field(default_factory=dict)
    latency: Latency | None = None
    system: System | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Queries of one type or length (in words), and the systems' means over them: value by measure by label."""

    by: Literal["type", "words"]
    name: str
    queries: tuple[str, ...]
    means: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Duel:
    """One system against another, query by query: (query id, difference), largest difference first."""

    wins: tuple[tuple[str, float], ...]
    ties: tuple[tuple[str, float], ...]
    losses: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that was measured; JSON-ready by `to_dict`.

    `measures[0]` is the one that decides. `values` is value by query by measure by label, `ranked` the first product
    ids by query by label, `grades` the judgements, grade by product by query. `notes` say what was left out and why.
    """

    measures: tuple[str, ...]
    baseline: str
    relevant: int
    seed: int
    queries: tuple[Query, ...]
    results: tuple[Result, ...]
    values: Mapping[str, Mapping[str, Mapping[str, float]]]
    ranked: Mapping[str, Mapping[str, tuple[str, ...]]]
    grades: Mapping[str, Mapping[str, int]]
    groups: tuple[Group, ...] = ()
    choice: Choice | None = None
    notes: tuple[str, ...] = ()

    @property
    def primary(self) -> str:
        """The measure that decides."""
        return self.measures[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """The systems' labels, in the order in which they were given."""
        return tuple(result.label for result in self.results)

    def result(self, label: str) -> Result:
        """Return a system's result; raise EvaluationError where there is no such system."""
        for result in self.results:
            if result.label == label:
                return result
        raise EvaluationError(f"there is no system {label!r} in this comparison; it has {', '.join(self.labels)}")

    def query(self, query_id: str) -> Query:
        """Return a query; raise EvaluationError where there is none of that id."""
        for query in self.queries:
            if query.query_id == query_id:
                return query
        raise EvaluationError(f"there is no query {query_id!r} in this comparison")

    @property
    def best(self) -> Result:
        """The system with the highest mean of the deciding measure, the first among equals."""
        return max(self.results, key=lambda result: result.means[self.primary].value)

    def duel(self, label: str, other: str | None = None, measure: str | None = None) -> Duel:
        """Return the queries that a system wins, ties and loses against another one (the baseline)."""
        name = measure or self.primary
        ours, theirs = (
            self.values[self.result(label).label][name],
            self.values[self.result(other or self.baseline).label][name],
        )
        differences = sorted(
            ((query, ours[query] - theirs[query]) for query in ours), key=lambda found: (-abs(found[1]), found[0])
        )
        return Duel(
            wins=tuple(found for found in differences if found[1] > EQUAL),
            ties=tuple(found for found in differences if abs(found[1]) <= EQUAL),
            losses=tuple(found for found in differences if found[1] < -EQUAL),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return {
            "format": FORMAT,
            "measures": list(self.measures),
            "baseline": self.baseline,
            "relevant": self.relevant,
            "seed": self.seed,
            "queries": [{"query_id": q.query_id, "text": q.text, "type": q.type} for q in self.queries],
            "results": [_result_dict(result) for result in self.results],
            "values": {label: {m: dict(own) for m, own in rows.items()} for label, rows in self.values.items()},
            "ranked": {label: {q: list(ids) for q, ids in rows.items()} for label, rows in self.ranked.items()},
            "grades": {query: dict(own) for query, own in self.grades.items()},
            "groups": [
                {**asdict(g), "queries": list(g.queries), "means": {k: dict(v) for k, v in g.means.items()}}
                for g in self.groups
            ],
            "choice": self.choice.to_dict() if self.choice else None,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Comparison:
        """Return the comparison that `to_dict` wrote; raise EvaluationError for a damaged or foreign one."""
        if row.get("format") != FORMAT:
            raise EvaluationError(
                f"a comparison of format {row.get('format')!r}, this version reads {FORMAT}; run it again"
            )
        try:
            return cls._from_row(row)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise EvaluationError(f"the comparison is damaged ({error!r}); delete it and run it again") from error

    @classmethod
    def _from_row(cls, row: Mapping[str, Any]) -> Comparison:
        return cls(
            measures=tuple(row["measures"]),
            baseline=row["baseline"],
            relevant=row["relevant"],
            seed=row["seed"],
            queries=tuple(Query(q["query_id"], q["text"], q["type"]) for q in row["queries"]),
            results=tuple(_result(result) for result in row["results"]),
            values=row["values"],
            ranked={label: {q: tuple(ids) for q, ids in rows.items()} for label, rows in row["ranked"].items()},
            grades=row["grades"],
            groups=tuple(Group(g["by"], g["name"], tuple(g["queries"]), g["means"]) for g in row["groups"]),
            choice=Choice.from_dict(row["choice"]) if row["choice"] else None,
            notes=tuple(row["notes"]),
        )


def _result_dict(result: Result) -> dict[str, Any]:
    return {
        "label": result.label,
        "means": {name: asdict(mean) for name, mean in result.means.items()},
        "condensed": dict(result.condensed),
        "judged": result.judged,
        "against": {name: asdict(found) for name, found in result.against.items()},
        "latency": asdict(result.latency) if result.latency else None,
        "system": result.system.to_dict() if result.system else None,
    }


def _result(row: Mapping[str, Any]) -> Result:
    return Result(
        label=row["label"],
        means={name: Mean(**mean) for name, mean in row["means"].items()},
        condensed=row["condensed"],
        judged=row["judged"],
        against={name: Against(**found) for name, found in row["against"].items()},
        latency=Latency(**row["latency"]) if row["latency"] else None,
        system=System.from_dict(row["system"]) if row["system"] else None,
    )


def compare(
    runs: Sequence[Run],
    queries: Sequence[Query],
    qrels: Qrels,
    *,
    baseline: str | None = None,
    measures: Sequence[str] = DEFAULT,
    relevant: int = 1,
    seed: int = 0,
    systems: Sequence[System] = (),
    notes: Sequence[str] = (),
) -> Comparison:
    """Measure runs on the same judged queries and set them beside the baseline (the first run where none is named).

    Measured are the queries that are given and judged; without any given, all that are judged. One without results
    scores 0. `measures` are names as `evaluation.measures` knows them, of which the first decides; `relevant` is the
    grade from which a product counts in the binary ones. Intervals are 95% bootstrap ones; p-values are of the paired
    randomisation test, corrected (Holm) for the number of systems set against the baseline, measure by measure.
    `systems` say what made the runs, by label. Raises EvaluationError where no query is left, names come twice, or a
    run cannot be measured.
    """
    names = [run.name for run in runs]
    if not runs or len(set(names)) < len(names) or not measures:
        raise EvaluationError(
            f"a comparison needs a measure and runs of different names; it got {', '.join(names) or 'none'}"
        )
    baseline = baseline or names[0]
    if baseline not in names:
        raise EvaluationError(f"the baseline {baseline!r} is none of the runs; choose one of {', '.join(names)}")
    asked = tuple(query for query in queries if query.query_id in qrels) if queries else _unnamed(qrels)
    if not asked:
        raise EvaluationError("none of the queries was judged; the ids of queries and judgements must be the same")
    own = {query.query_id: qrels[query.query_id] for query in asked}
    measures = tuple(name for name in dict.fromkeys(map(canonical, measures)) if name != JUDGED) or DEFAULT[:1]
    values, condensed, judged = {}, {}, {}
    for run in runs:
        asked_run = Run(run.name, {q: run.ranked[q] for q in own if q in run.ranked}, run.milliseconds)
        scores = score(asked_run, own, tuple(dict.fromkeys((*measures, JUDGED))), relevant=relevant)
        values[run.name] = {measure: dict(scores.values[measure]) for measure in measures}
        judged[run.name] = scores.mean(JUDGED)
        shortened = score(asked_run, own, measures, relevant=relevant, condensed=True)
        condensed[run.name] = {measure: shortened.mean(measure) for measure in measures}
    draws = max(1_000, min(10_000, MOST_DRAWN // len(own)))
    against = _against(values, baseline, measures, seed, draws)
    known = {system.label: system for system in systems}
    results = tuple(
        Result(
            label=run.name,
            means={m: _mean(list(values[run.name][m].values()), seed, draws) for m in measures},
            condensed=condensed[run.name],
            judged=judged[run.name],
            against=against.get(run.name, {}),
            latency=_latency([run.milliseconds[q] for q in own if q in run.milliseconds]),
            system=known.get(run.name),
        )
        for run in runs
    )
    return Comparison(
        measures=measures,
        baseline=baseline,
        relevant=relevant,
        seed=seed,
        queries=asked,
        results=results,
        values=values,
        ranked={
            run.name: {q: tuple(product for product, _ in run.ranked.get(q, ())[:KEPT]) for q in own} for run in runs
        },
        grades={query: dict(grades) for query, grades in own.items()},
        groups=_groups(asked, values),
        choice=_choice(values, measures[0], known, seed) if len(runs) > 1 and len(own) >= 2 * FOLDS else None,
        notes=(*notes, *_left_out(queries, own, qrels)),
    )


def _unnamed(qrels: Qrels) -> tuple[Query, ...]:
    return tuple(Query(query_id, "") for query_id in qrels)


def _mean(values: Sequence[float], seed: int, draws: int) -> Mean:
    low, high = interval(values, seed=seed, draws=draws)
    return Mean(float(np.mean(values)), low, high)


def _against(
    values: Mapping[str, Mapping[str, Mapping[str, float]]],
    baseline: str,
    measures: Sequence[str],
    seed: int,
    draws: int,
) -> dict[str, dict[str, Against]]:
    found: dict[str, dict[str, Against]] = defaultdict(dict)
    others = [label for label in values if label != baseline]
    for measure in measures:
        base = values[baseline][measure]
        differences = [paired(values[label][measure], base, seed=seed, draws=draws) for label in others]
        for label, difference, adjusted in zip(others, differences, holm([d.p for d in differences]), strict=True):
            gains = [value - base[query] for query, value in values[label][measure].items()]
            wins, losses = sum(gain > EQUAL for gain in gains), sum(gain < -EQUAL for gain in gains)
            found[label][measure] = Against(
                difference=difference.difference,
                low=difference.low,
                high=difference.high,
                p=difference.p,
                adjusted=adjusted,
                wins=wins,
                ties=len(gains) - wins - losses,
                losses=losses,
            )
    return found


def _latency(milliseconds: Sequence[float]) -> Latency | None:
    if not milliseconds:
        return None
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return Latency(float(p50), float(p95))


def _groups(queries: Sequence[Query], values: Mapping[str, Mapping[str, Mapping[str, float]]]) -> tuple[Group, ...]:
    by_type: dict[str, list[str]] = defaultdict(list)
    by_words: dict[str, list[str]] = {name: [] for name, _, _ in LENGTHS}
    for query in queries:
        if query.type:
            by_type[query.type].append(query.query_id)
        words = len(query.text.split())
        for name, fewest, most in LENGTHS:
            if fewest <= words and (most is None or words <= most):
                by_words[name].append(query.query_id)
    found: list[tuple[Literal["type", "words"], str, list[str]]] = [("type", *group) for group in by_type.items()]
    found += [("words", name, ids) for name, ids in by_words.items() if ids]
    return tuple(
        Group(
            by,
            name,
            tuple(ids),
            {
                label: {measure: float(np.mean([own[q] for q in ids])) for measure, own in rows.items()}
                for label, rows in values.items()
            },
        )
        for by, name, ids in found
    )


def _choice(
    values: Mapping[str, Mapping[str, Mapping[str, float]]], measure: str, systems: Mapping[str, System], seed: int
) -> Choice:
    complexity = {label: systems[label].complexity for label in values} if values.keys() <= systems.keys() else None
    return choose({label: rows[measure] for label, rows in values.items()}, complexity, measure=measure, seed=seed)


def _left_out(queries: Sequence[Query], measured: Qrels, qrels: Qrels) -> tuple[str, ...]:
    notes = []
    unjudged = len(queries) - len(measured) if queries else 0
    if unjudged:
        notes.append(
            "1 query was left out, for nothing of it was judged."
            if unjudged == 1
            else f"{unjudged:,} queries were left out, for nothing of them was judged."
        )
    unasked = len(qrels.keys() - measured.keys())
    if unasked:
        notes.append(f"The judgements of {unasked:,} other queries were not used.")
    return tuple(notes)
