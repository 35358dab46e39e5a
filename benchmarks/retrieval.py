"""How good are the rankings? Modes side by side on judged queries, by query type.

Run it with: python -m benchmarks.retrieval [--data FOLDER]. FOLDER holds one folder a catalogue with products.md,
queries.jsonl and qrels.tsv; without one the sample catalogue is measured alone.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import ir_measures
from ir_measures import RR, R, Success, nDCG

from benchmarks.record import origin, provenance, table, write
from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.errors import ModelUnavailable
from retrieval.indexing import build_index
from retrieval.models import ModelPool, load_encoder, resolve_encoder
from retrieval.records import Mode
from retrieval.settings import Settings, load_settings

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
MODES: dict[Mode, str] = {"bm25": "keyword only", "dense": "vectors only", "hybrid": "hybrid", "rerank": "rerank"}
RELEVANT = 2
MEASURES = {
    "nDCG@10": nDCG @ 10,
    "MRR@10": RR(rel=3) @ 10,
    "Recall@3": R(rel=RELEVANT) @ 3,
    "Recall@5": R(rel=RELEVANT) @ 5,
    "Recall@10": R(rel=RELEVANT) @ 10,
    "Recall@100": R(rel=RELEVANT) @ 100,
    "Hit rate@10": Success(rel=RELEVANT) @ 10,
}
DEPTH = 100


def read_queries(folder: Path) -> list[dict[str, Any]]:
    """Return the queries of a folder in file order."""
    return [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines() if line.strip()]


def read_qrels(folder: Path) -> dict[str, dict[str, int]]:
    """Return grade by product by query."""
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            qrels[row["query_id"]][row["product_id"]] = int(row["relevance"])
    return dict(qrels)


def measure(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return value by measure by query; a query that has judgements and no result scores 0."""
    values = {query: dict.fromkeys(MEASURES, 0.0) for query in qrels}
    names = {str(m): name for name, m in MEASURES.items()}
    for found in ir_measures.iter_calc(list(MEASURES.values()), qrels, run):
        values[found.query_id][names[str(found.measure)]] = float(found.value)
    return values


def mean(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of every measure."""
    listed = list(rows)
    return {name: sum(row[name] for row in listed) / len(listed) for name in MEASURES}


def build(folder: Path, name: str, settings: Settings) -> None:
    """Index a catalogue with the default encoder."""
    resolved = resolve_encoder(settings)
    if resolved.source is None:
        raise ModelUnavailable(resolved.why)
    report = parse_file(next(path for path in (folder / "products.md", folder / "catalogue.md") if path.is_file()))
    encoder = load_encoder(resolved.source, settings)
    summary = build_index(report, name, settings=settings, encoder=encoder, encoder_source=resolved.source)
    print(f"{name}: {summary.products} products, {summary.vectors} vectors, {summary.seconds}", file=sys.stderr)


def evaluate(folder: Path, name: str, settings: Settings, models: ModelPool) -> dict[str, Any]:
    """Return the figures of one catalogue, by mode and query type."""
    queries, qrels = read_queries(folder), read_qrels(folder)
    engine = SearchEngine.open(name, settings, models)
    types: dict[str, list[str]] = {"all": [q["query_id"] for q in queries]}
    for query in queries:
        if query.get("type"):
            types.setdefault(query["type"], []).append(query["query_id"])
    figures: dict[str, Any] = {"queries": {kind: len(ids) for kind, ids in types.items()}, "modes": {}}
    for mode in MODES:
        try:
            run = {q["query_id"]: dict(engine.run(q["text"], mode=mode, top_k=DEPTH)) for q in queries}
        except ModelUnavailable as error:
            figures["modes"][mode] = {"missing": str(error).replace(str(Path.cwd()), "").split(";")[0]}
            continue
        values = measure(qrels, run)
        figures["modes"][mode] = {kind: mean(values[query] for query in ids) for kind, ids in types.items()}
    engine.close()
    return figures


def markdown(figures: dict[str, Any]) -> str:
    """Return the report."""
    parts = ["# Retrieval quality\n", origin(figures)]
    parts.append(
        f"One default configuration, no training; encoder {figures['encoder']}; depth {DEPTH}. nDCG with linear gain; "
        f"grade {RELEVANT} and up counts for recall and hit rate, grade 3 for MRR.\n"
    )
    for name, catalogue in figures["catalogues"].items():
        parts.append(f"## {name}\n")
        rows = []
        for mode, kinds in catalogue["modes"].items():
            if "missing" in kinds:
                parts.append(f"`{mode}` was not measured: {kinds['missing']}.\n")
                continue
            for kind, values in kinds.items():
                label = f"{mode} ({MODES[mode]})" if kind == "all" else f"– {kind}"
                rows.append([label, catalogue["queries"][kind], *(values[measure] for measure in MEASURES)])
        parts.append(table(["mode", "queries", *MEASURES], rows))
    return "\n".join(parts)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--report", default="retrieval_metrics", help="Name of the report; empty writes none.")
def main(data: Path | None, work: Path, report: str) -> None:
    """Measure every mode on every judged catalogue."""
    settings = load_settings().model_copy(update={"index_dir": work / "index", "data_dir": work})
    folders = {"sample": SAMPLES}
    if data is not None:
        folders |= {path.parent.name: path.parent for path in sorted(data.glob("*/qrels.tsv"))}
    models = ModelPool(settings)
    figures: dict[str, Any] = {"made": provenance("benchmarks.retrieval", []), "catalogues": {}}
    for name, folder in folders.items():
        build(folder, name, settings)
        figures["catalogues"][name] = evaluate(folder, name, settings, models)
    figures["encoder"] = models.encoder(resolve_encoder(settings).source or "").id
    if report:
        write(report, figures, markdown(figures))


if __name__ == "__main__":
    main()
