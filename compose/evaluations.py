"""Comparisons of rankings: run as a job on a kept set of queries, kept as a history, reported."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compose.queue import COMPARE, SILVER, start_job
from retrieval.errors import DataError, EvaluationError

if TYPE_CHECKING:
    from compose.ranking import EngineRanker
    from evaluation.comparison import Comparison
    from evaluation.records import Query
    from evaluation.systems import Ranker, System
    from retrieval.models import ModelSource
    from retrieval.protocols import Progress
    from retrieval.settings import Settings

DEFAULT_SYSTEMS = ("bm25", "dense", "hybrid")


@dataclass(frozen=True, slots=True)
class ComparisonInfo:
    """A comparison in the history.

    `created` is UTC in ISO 8601; `verdict` is one sentence; `best` the label with the highest `measure`, `value` its
    mean. `error` says why one that is damaged cannot be listed, as `verdict` does then; only its id means anything.
    """

    id: str
    created: str
    query_set: str
    build: str
    encoder: str | None
    queries: int
    systems: tuple[str, ...]
    baseline: str
    measure: str
    best: str
    value: float
    verdict: str
    error: str | None = None


def ranker(settings: Settings, name: str, models: ModelSource) -> EngineRanker:
    """Return what ranks queries on a catalogue's newest build, with the catalogue's synonyms of this moment.

    Raises IndexNotFound, -Damaged or -Outdated, and DataError where the synonyms cannot be read: a comparison is of
    what serves.
    """
    from compose.ranking import EngineRanker
    from retrieval.loading import open_build
    from shop import synonyms

    said = synonyms.load(settings.data_dir, name)
    return EngineRanker(open_build(settings.index_dir, name, settings), settings, models, synonyms=said)


def start_comparison(
    settings: Settings,
    name: str,
    query_set: str,
    systems: Sequence[str] = DEFAULT_SYSTEMS,
    *,
    baseline: str | None = None,
    measures: Sequence[str] = (),
    relevant: int = 1,
    seed: int = 0,
) -> str:
    """Let a job compare systems on a kept set of queries, and return its id.

    `systems` are texts as `evaluation.systems.parse` reads them; `measures` (the first decides) are the usual ones
    where none are named. The job's summary holds `comparison`, the id for `comparison()`. Raises EvaluationError for a
    system or measure that is unknown, a baseline that is none of the systems, or a set of which nothing was judged;
    DataError for a set that is not there.
    """
    from evaluation.measures import canonical
    from evaluation.systems import parse_all

    labels = [system.label for system in parse_all(systems)]
    if baseline is not None and baseline not in labels:
        raise EvaluationError(f"the baseline {baseline!r} is none of the systems; choose one of {', '.join(labels)}")
    judged_set(settings, name, query_set)  # refuses what a job would fail at
    params = {
        "query_set": query_set,
        "systems": labels,
        "baseline": baseline,
        "measures": [canonical(measure) for measure in measures],
        "relevant": relevant,
        "seed": seed,
    }
    return start_job(COMPARE, name, "", params, settings)


def start_silver(settings: Settings, name: str, prefix: str = "silver", *, seed: int = 7, per_product: int = 3) -> str:
    """Let a job make silver queries of a catalogue's newest build, and return its id.

    They are kept as the sets `<prefix>-train`, `-dev` and `-test`; the job's summary holds `sets` and their `counts`.
    Raises DataError where a set of such a name is there already, EvaluationError for another number a product than 1-3.
    """
    from evaluation.silver import SHARES
    from shop import query_sets

    if not 1 <= per_product <= 3:
        raise EvaluationError(f"{per_product} queries a product cannot be made; ask for 1 to 3")
    there = set(query_sets.names(settings.data_dir, name))
    taken = [found for side in SHARES if (found := query_sets.set_name(silver_title(prefix, side))) in there]
    if taken:
        raise DataError(f"{name!r} has a set of queries {taken[0]!r} already; choose another name or delete that one")
    return start_job(SILVER, name, "", {"prefix": prefix, "seed": seed, "per_product": per_product}, settings)


def comparisons(settings: Settings, name: str) -> list[ComparisonInfo]:
    """Return the comparisons of a catalogue, newest first; those that are damaged stand last, with their error."""
    from shop import comparisons as kept

    found = [_info(settings, name, comparison_id) for comparison_id in kept.ids(settings.data_dir, name)]
    return sorted(found, key=lambda info: (info.created, info.id), reverse=True)


def comparison(settings: Settings, name: str, comparison_id: str) -> Comparison:
    """Return a comparison, whole; raise DataError where there is none, EvaluationError where it is damaged."""
    from evaluation.comparison import Comparison
    from shop import comparisons as kept

    return Comparison.from_dict(kept.load(settings.data_dir, name, comparison_id))


def delete_comparison(settings: Settings, name: str, comparison_id: str) -> bool:
    """Delete a comparison, and say whether there was one."""
    from shop import comparisons as kept

    return kept.delete(settings.data_dir, name, comparison_id)


def comparison_zip(settings: Settings, name: str, comparison_id: str, *, texts: bool = True) -> bytes:
    """Return a comparison's report with its plots as a ZIP file; `texts` False leaves the queries' texts out."""
    from evaluation.report import packed

    return packed(comparison(settings, name, comparison_id), texts=texts)


def _info(settings: Settings, name: str, comparison_id: str) -> ComparisonInfo:
    from shop import comparisons as kept

    try:
        card = kept.card(settings.data_dir, name, comparison_id)
        texts = ("created", "query_set", "build", "baseline", "measure", "best", "verdict")
        return ComparisonInfo(
            id=comparison_id,
            **{key: str(card[key]) for key in texts},
            encoder=None if card["encoder"] is None else str(card["encoder"]),
            queries=int(card["queries"]),
            systems=tuple(map(str, card["systems"])),
            value=float(card["value"]),
        )
    except DataError as error:
        why = str(error)
    except (LookupError, TypeError, ValueError) as error:
        why = f"the comparison {comparison_id!r} cannot be listed ({error!r} in its card); delete it and compare again"
    return ComparisonInfo(comparison_id, "", "", "", None, 0, (), "", "", "", 0.0, why, why)


def judged_set(
    settings: Settings, name: str, query_set: str
) -> tuple[tuple[Query, ...], dict[str, dict[str, int]], tuple[str, ...]]:
    """Return the queries of a kept set, their judgements, and notes for the reader.

    What people judged in the app counts before what came with the set. Raises DataError where there is no such set,
    EvaluationError where nothing of it was judged.
    """
    from evaluation.records import Query
    from shop import judgements, query_sets

    kept = query_sets.load(settings.data_dir, name, query_set)
    qrels = {query: dict(grades) for query, grades in kept.qrels.items()}
    by_hand = judgements.qrels(settings.data_dir, name, kept.texts)
    for query, grades in by_hand.items():
        qrels.setdefault(query, {}).update(grades)
    if not qrels:
        raise EvaluationError(
            f"nothing of the set {query_set!r} was judged yet; judge some of its products, or upload judgements"
        )
    queries = tuple(
        Query(
            row["query_id"],
            row["text"],
            row.get("type") if isinstance(row.get("type"), str) else None,
            {key: value for key, value in row.items() if key not in ("query_id", "text", "type")},
        )
        for row in kept.queries
    )
    pairs = sum(map(len, by_hand.values()))
    notes = (f"{pairs:,} judgements by people count before those of the set.",) if pairs and kept.qrels else ()
    return queries, qrels, notes


def runnable(ranks: Ranker, systems: Sequence[System]) -> tuple[tuple[System, ...], tuple[str, ...]]:
    """Return the systems that can be run, and a note for each that cannot; raise EvaluationError where none can."""
    reasons = {system.label: ranks.missing(system) for system in systems}
    notes = tuple(f"{label} was not measured: {why.rstrip('.')}." for label, why in reasons.items() if why)
    found = tuple(system for system in systems if reasons[system.label] is None)
    if not found:
        raise EvaluationError("none of the systems can be run. " + " ".join(notes))
    return found, notes


def run_comparison(settings: Settings, name: str, params: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Compare systems in this process, keep the comparison, and return a job's summary."""
    from evaluation.comparison import compare
    from evaluation.measures import DEFAULT
    from evaluation.report import verdict
    from evaluation.systems import parse_all
    from retrieval.models import ModelPool
    from shop import comparisons as kept

    progress("queries", 0, 1)
    queries, qrels, notes = judged_set(settings, name, params["query_set"])
    progress("queries", 1, 1)
    ranks = ranker(settings, name, ModelPool(settings))
    try:
        systems, left_out = runnable(ranks, parse_all(params["systems"]))
        runs = ranks.rank(systems, [query for query in queries if query.query_id in qrels], progress)
    finally:
        ranks.close()
    progress("measure", 0, 1)
    found = compare(
        runs,
        queries,
        qrels,
        baseline=params["baseline"] if params["baseline"] in [s.label for s in systems] else None,
        measures=tuple(params["measures"]) or DEFAULT,
        relevant=params["relevant"],
        seed=params["seed"],
        systems=systems,
        notes=(*notes, *left_out),
    )
    progress("measure", 1, 1)
    created = datetime.now(UTC)
    comparison_id = f"{created:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
    card = ComparisonInfo(
        id=comparison_id,
        created=created.isoformat(timespec="seconds"),
        query_set=params["query_set"],
        build=ranks.build,
        encoder=ranks.encoder,
        queries=len(found.queries),
        systems=found.labels,
        baseline=found.baseline,
        measure=found.primary,
        best=found.best.label,
        value=found.best.means[found.primary].value,
        verdict=verdict(found),
    )
    kept.save(settings.data_dir, name, comparison_id, asdict(card), found.to_dict())
    return {"comparison": comparison_id, "verdict": card.verdict, "queries": card.queries}


def run_job(
    kind: str, name: str, params: Mapping[str, Any], settings: Settings, progress: Progress
) -> Mapping[str, object]:
    """Do a job of one of these kinds in this process and return its summary."""
    if kind == SILVER:
        return run_silver(settings, name, params, progress)
    return run_comparison(settings, name, params, progress)


def run_silver(settings: Settings, name: str, params: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Make silver queries in this process, keep a set a split, and return a job's summary.

    A set that the same job had kept before it was cut short stays.
    """
    from evaluation.silver import Corpus, leak, make
    from retrieval.loading import open_build
    from shop import query_sets

    progress("silver", 0, 1)
    build = open_build(settings.index_dir, name, settings)
    try:
        products = build.store.all_products()
    finally:
        build.close()
    made = make(products, seed=params["seed"], per_product=params["per_product"])
    progress("silver", 1, 1)
    kept = query_sets.names(settings.data_dir, name)
    corpus, counts = Corpus(products), {}
    for done, (split, (queries, qrels)) in enumerate(made.splits.items()):
        progress("check", done, len(made.splits))
        if not queries:
            continue
        title = silver_title(params["prefix"], split)
        if query_sets.set_name(title) not in kept:
            rows = [
                {**query.details, "query_id": query.query_id, "text": query.text}
                | ({"type": query.type} if query.type else {})
                for query in queries
            ]
            details = {**made.card(), "split": split, "leak": leak(queries, qrels, corpus).to_dict()}
            query_sets.save(settings.data_dir, name, title, rows, qrels, source="silver", details=details)
        counts[query_sets.set_name(title)] = len(queries)
    progress("check", len(made.splits), len(made.splits))
    return {"sets": list(counts), "counts": counts, "dropped": dict(made.dropped)}


def silver_title(prefix: str, split: str) -> str:
    """Return the title of the set that holds a split."""
    return f"{prefix} {split}"
