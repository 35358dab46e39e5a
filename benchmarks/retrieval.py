"""How good are the rankings? Every way of ranking side by side on judged queries, and whether the difference is real.

Run it with: python -m benchmarks.retrieval [--data FOLDER]. FOLDER holds one folder a catalogue with products.md,
queries.jsonl and qrels.tsv; without one the sample catalogue is measured alone. The report holds ids and figures only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

import compose
from benchmarks.record import REPORTS, origin, provenance, table, write
from evaluation.comparison import Comparison, Result, compare
from evaluation.files import read_qrels, read_queries
from evaluation.measures import score
from evaluation.plots import differences, front, pictures, swept
from evaluation.records import Query, Run
from evaluation.report import verdict
from evaluation.systems import System, ablations, parse_all, sweep
from retrieval.catalogue import parse_file
from retrieval.errors import ModelUnavailable
from retrieval.files import replace_bytes
from retrieval.indexing import build_index
from retrieval.models import ModelPool, load_encoder, resolve_encoder
from retrieval.settings import Settings, load_settings

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
MODES = {"bm25": "keyword only", "dense": "vectors only", "hybrid": "hybrid", "rerank": "rerank"}
PLAIN = (
    *parse_all(["bm25", "bm25:backend=rank_bm25", "bm25:backend=fts5"]),
    *parse_all(["dense:legs=dense_title", "dense:legs=dense_chunk", "dense"]),
    *parse_all(["hybrid", "hybrid:alpha=0.5", "hybrid:alpha=rule", "rerank"]),
)


def _as_typed(system: System) -> System:
    return replace(system, understand=False, name=system.label)


# Legs and fusions are compared on queries as they were typed; reports/understanding.md has what reading them adds.
MAIN = (*map(_as_typed, PLAIN), System("bm25", name="bm25, understood"), System("hybrid", name="hybrid, understood"))
ALONE = tuple(map(_as_typed, ablations(System("hybrid"))))
SYSTEMS = tuple({system.label: system for system in (*MAIN, *map(_as_typed, sweep()), *ALONE)}.values())
RELEVANT, EXACT = 2, 3
MEASURES = ("nDCG@10", "Recall@3", "Recall@5", "Recall@10", "Recall@100", "Hit rate@10", "Precision@10")
BY_TYPE = ("nDCG@10", "MRR@10", "Recall@3", "Recall@5", "Recall@10", "Recall@100", "Hit rate@10")
SEED = 0
LOST = 10


def build(folder: Path, name: str, settings: Settings) -> None:
    """Index a catalogue with the default encoder."""
    resolved = resolve_encoder(settings)
    if resolved.source is None:
        raise ModelUnavailable(resolved.why)
    report = parse_file(next(path for path in (folder / "products.md", folder / "catalogue.md") if path.is_file()))
    encoder = load_encoder(resolved.source, settings)
    summary = build_index(report, name, settings=settings, encoder=encoder, encoder_source=resolved.source)
    print(f"{name}: {summary.products} products, {summary.vectors} vectors, {summary.seconds}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Measured:
    """The comparisons of one catalogue, each with a correction of its own, and the means by mode and type of query.

    `every` holds all the systems, for the choice and the plots; `main` and `alphas` are set against bm25, `without`
    against hybrid.
    """

    every: Comparison
    main: Comparison
    alphas: Comparison
    without: Comparison
    types: dict[str, dict[str, dict[str, Any]]]


def measure(folder: Path, name: str, settings: Settings, models: ModelPool) -> Measured:
    """Return what all systems are worth on one catalogue."""
    queries, qrels = read_queries(folder / "queries.jsonl"), read_qrels(folder / "qrels.tsv")
    ranker = compose.ranker(settings, name, models)
    try:
        systems, notes = compose.runnable(ranker, SYSTEMS)
        runs = ranker.rank(systems, queries)
    finally:
        ranker.close()

    ranked = {run.name: run for run in runs}

    def family(labels: Collection[str], baseline: str) -> Comparison:
        return compare(
            [ranked[label] for label in dict.fromkeys((baseline, *labels)) if label in ranked],
            queries,
            qrels,
            baseline=baseline,
            measures=MEASURES,
            relevant=RELEVANT,
            seed=SEED,
            systems=systems,
            notes=[note.replace(f"{Path.cwd()}/", "").split(";")[0].rstrip(".") + "." for note in notes],
        )

    every = family([run.name for run in runs], "bm25")
    return Measured(
        every=every,
        main=family([system.label for system in MAIN], "bm25"),
        alphas=family([result.label for _, result in swept(every)], "bm25"),
        without=family([system.label for system in ALONE], "hybrid"),
        types={run.name: by_type(run, every.queries, qrels) for run in runs if run.name in MODES},
    )


def by_type(run: Run, queries: Sequence[Query], qrels: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, Any]]:
    """Return the means of a run over all queries and over those of each type."""
    types: dict[str, list[str]] = {"all": [query.query_id for query in queries]}
    for query in queries:
        if query.type:
            types.setdefault(query.type, []).append(query.query_id)
    values = {
        **score(run, qrels, [m for m in BY_TYPE if m != "MRR@10"], relevant=RELEVANT).values,
        **score(run, qrels, ["MRR@10"], relevant=EXACT).values,
    }
    return {
        kind: {"queries": len(ids)} | {name: sum(values[name][q] for q in ids) / len(ids) for name in BY_TYPE}
        for kind, ids in types.items()
    }


def figures_of(found: Measured) -> dict[str, Any]:
    """Return what is kept of a catalogue: figures and ids, no text of a query or product."""
    comparisons = {"main": found.main, "alphas": found.alphas, "without": found.without}
    return {
        "queries": len(found.every.queries),
        "judged_pairs": sum(map(len, found.every.grades.values())),
        "measures": list(MEASURES),
        "verdict": verdict(found.main),
        "choice": found.every.choice.to_dict() if found.every.choice else None,
        "notes": list(found.every.notes),
        "comparisons": {
            name: {"baseline": one.baseline, "results": one.to_dict()["results"]} for name, one in comparisons.items()
        },
        "by_type": found.types,
    }


def markdown(name: str, found: Measured, images: Mapping[str, str]) -> list[str]:
    """Return the part of the report about one catalogue."""
    parts = [f"## {name}\n", verdict(found.main) + "\n", *(f"{note}\n" for note in found.main.notes)]
    parts += [_table(found.main)]
    parts += ["### The weight of the words in weighted fusion\n", _image(images, "alpha"), _table(found.alphas)]
    parts += ["### Hybrid without one of its legs, against hybrid\n", _table(found.without)]
    parts += ["### Quality against latency\n", _image(images, "latency")]
    quickest = ", ".join(f"`{result.label}`" for result in front(found.every))
    parts += [f"No system that is as quick does better than these: {quickest}.\n"]
    if found.every.choice is not None:
        parts += ["### Which to take, by cross-validation over all of these\n", found.every.choice.explanation + "\n"]
    parts += ["### By type of query\n"]
    rows = []
    for mode, kinds in found.types.items():
        for kind, values in kinds.items():
            label = f"{mode} ({MODES[mode]})" if kind == "all" else f"– {kind}"
            rows.append([label, values["queries"], *(values[m] for m in BY_TYPE)])
    parts += [table(["mode", "queries", *BY_TYPE], rows)]
    parts += ["### Queries that hybrid loses against bm25\n", _image(images, "differences")]
    duel = found.main.duel("hybrid")
    lost = ", ".join(f"{query} ({value:+.3f})" for query, value in duel.losses[:LOST])
    counts = f"{len(duel.wins)} won, {len(duel.ties)} tied, {len(duel.losses)} lost"
    return [*parts, f"{counts}; the worst: {lost or 'none'}.\n"]


_HEADER = (
    "system",
    "nDCG@10",
    "95% interval",
    "difference",
    "p",
    "p corrected",
    "Recall@10",
    "Recall@100",
    "Judged@10",
    "nDCG@10, condensed",
    "p50, ms",
    "p95, ms",
)


def _table(found: Comparison) -> str:
    return table(_HEADER, [_row(result) for result in found.results])


def _row(result: Result) -> list[object]:
    mean, against = result.means["nDCG@10"], result.against.get("nDCG@10")
    tested = (f"{against.difference:+.3f}", _p(against.p), _p(against.adjusted)) if against else ("", "", "")
    timed = (f"{result.latency.p50:.1f}", f"{result.latency.p95:.1f}") if result.latency else ("", "")
    return [
        f"`{result.label}`",
        mean.value,
        f"{mean.low:.3f} to {mean.high:.3f}",
        *tested,
        result.means["Recall@10"].value,
        result.means["Recall@100"].value,
        result.judged,
        result.condensed["nDCG@10"],
        *timed,
    ]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _image(images: Mapping[str, str], name: str) -> str:
    return f"![{name}]({images[name]})\n" if name in images else ""


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--report", default="retrieval_metrics", help="Name of the report; empty writes none.")
def main(data: Path | None, work: Path, report: str) -> None:
    """Measure every way of ranking on every judged catalogue."""
    settings = load_settings().model_copy(update={"index_dir": work / "index", "data_dir": work})
    folders = {"sample": SAMPLES}
    if data is not None:
        folders |= {path.parent.name: path.parent for path in sorted(data.glob("*/qrels.tsv"))}
    models = ModelPool(settings)
    figures: dict[str, Any] = {"made": provenance("benchmarks.retrieval", []), "catalogues": {}}
    parts: list[str] = []
    for name, folder in folders.items():
        build(folder, name, settings)
        found = measure(folder, name, settings, models)
        figures["catalogues"][name] = figures_of(found)
        drawn = pictures(found.every) | {"differences": differences(found.main, "hybrid")} if report else {}
        images = {}
        for picture, png in drawn.items():
            images[picture] = f"{report}-{name}-{picture}.png"
            replace_bytes(REPORTS / images[picture], png)
        parts += markdown(name, found, images)
    figures["encoder"] = models.encoder(resolve_encoder(settings).source or "").id
    intro = (
        f"No training; encoder {figures['encoder']}; the best 100 products a query. nDCG with linear gain; grade "
        f"{RELEVANT} and up counts for recall and hit rate, grade {EXACT} for MRR. Intervals are 95% bootstrap ones "
        "over the queries; p-values are of the paired randomisation test against bm25 (where said, hybrid), corrected "
        f"by Holm for the systems of their table (seed {SEED}). Condensed: products that nobody judged are taken out "
        "first. Queries are taken as they were typed, but where it says understood. A query's time is that of encoding "
        "it, of every leg that its system uses, one after the other, and of fusing them.\n"
    )
    text = "\n".join(["# Retrieval quality\n", origin(figures), intro, *parts])
    if report:
        write(report, figures, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
