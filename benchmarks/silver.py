"""How good are the rankings on silver queries? Keyword, vectors and both, on queries drawn from the catalogue.

Run it with: python -m benchmarks.silver [--data FOLDER]. FOLDER holds one folder a catalogue with products.md; without
one the sample catalogue is measured. Reports hold figures alone, no catalogue text.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks.record import origin, provenance, table, write
from benchmarks.retrieval import SAMPLES, build
from compose import evaluations
from evaluation.measures import score
from evaluation.records import Qrels, Run
from evaluation.silver import SHARES, Corpus, leak, make
from evaluation.silver.leak import MEASURES, figures, oracle
from evaluation.silver.recipe import TYPES, Type
from evaluation.statistics import interval
from evaluation.systems import System
from retrieval.loading import open_build
from retrieval.models import ModelPool
from retrieval.settings import Settings, load_settings

RRF_K = 60
SYSTEMS = (
    System("bm25", backend="rank_bm25", name="BM25 (rank_bm25)", understand=False),
    System("dense", legs=("dense_chunk",), name="Dense (best chunk)", understand=False),
    System(
        "hybrid",
        backend="rank_bm25",
        rrf_k=RRF_K,
        legs=("bm25", "dense_chunk"),
        name="Hybrid RRF (these two)",
        understand=False,
    ),
    System("bm25", name="bm25 of this product"),
    System("dense", name="dense of this product"),
    System("hybrid", name="hybrid of this product"),
)
SIDES = ("dev", "test")
ORIGINAL = {"train": 13_055, "validation": 1_451, "products": 4_836}
"""Query-product pairs of the system that this one follows, as its own report gives them."""


def measure(name: str, settings: Settings, models: ModelPool) -> dict[str, Any]:
    """Return counts, leak checks and the figures of every system on a catalogue's dev and test queries."""
    began = time.perf_counter()
    opened = open_build(settings.index_dir, name, settings)
    products = opened.store.all_products()
    opened.close()
    made = make(products)
    corpus = Corpus(products)
    found: dict[str, Any] = made.card() | {"products": len(products), "leak": {}, "sides": {}}
    ranker = evaluations.ranker(settings, name, models)
    try:
        for side in SHARES:
            split = made.splits[side]
            if not split.queries:
                continue
            found["leak"][side] = leak(split.queries, split.qrels, corpus).to_dict()
            if side in SIDES:
                runs = ranker.rank(SYSTEMS, split.queries)
                types = {kind: {q.query_id for q in split.queries if q.type == kind} for kind in TYPES}
                found["sides"][side] = {
                    run.name: _values(run, split.qrels, types) for run in (*runs, oracle(split.qrels))
                }
    finally:
        ranker.close()
    found["seconds"] = round(time.perf_counter() - began)
    return found


def _values(run: Run, qrels: Qrels, types: Mapping[Type, set[str]]) -> dict[str, Any]:
    scores = score(run, qrels, MEASURES)
    values = list(scores.values["nDCG@10"].values())
    by_type = {
        kind: figures(run, {query_id: qrels[query_id] for query_id in ids})["nDCG@10"]
        for kind, ids in types.items()
        if ids
    }
    return {**{name: scores.mean(name) for name in MEASURES}, "interval": interval(values), "types": by_type}


def markdown(report: dict[str, Any]) -> str:
    """Return the report."""
    parts = ["# Silver queries\n", origin(report)]
    parts.append(
        "Queries drawn from the catalogue's own products by the recipe in docs/silver-queries.md. Their words are the "
        "products' words, so that keyword search wins here by making: compare a kind of search with itself over time, "
        "and judge words against meaning on judged queries (retrieval_metrics.md). Encoder "
        f"{report['encoder']}, untrained; RRF k = {RRF_K}; "
        "all right products of a query count alike. The interval is a 95% bootstrap over queries.\n"
    )
    for name, found in report["catalogues"].items():
        parts.append(f"## {name}\n")
        parts.append(_counts(found))
        for side, systems in found["sides"].items():
            parts.append(f"### {name}, {side}: {found['counts'][side]['queries']:,} queries\n")
            rows = []
            for system, values in systems.items():
                low, high = values["interval"]
                kinds = [values["types"].get(kind, "") for kind in TYPES]
                rows.append([system, *(values[m] for m in MEASURES), f"{low:.3f} - {high:.3f}", *kinds])
            header = ["system", *MEASURES, "95% of nDCG@10", *(f"nDCG@10 {kind}" for kind in TYPES)]
            parts.append(table(header, rows))
        parts.append(_leaks(found))
        parts.append(f"Made, ranked and measured in {found['seconds']} s, with the vectors in the index.\n")
    return "\n".join(parts)


def _counts(found: dict[str, Any]) -> str:
    names = list(next(iter(found["counts"].values())))
    rows = [[side, *(f"{numbers[n]:,}" for n in names)] for side, numbers in found["counts"].items()]
    total = [sum(numbers[n] for numbers in found["counts"].values()) for n in names]
    rows.append(["all", *(f"{number:,}" for number in total)])
    dropped = "\n".join(f"- {reason}: {number:,}" for reason, number in found["dropped"].items())
    pairs, queries = total[names.index("pairs")], total[names.index("queries")]
    theirs = ORIGINAL["train"] + ORIGINAL["validation"]
    return (
        f"{found['version']}, seed {found['seed']}, up to {found['per_product']} queries a product.\n\n"
        + table(["side", *names], rows)
        + f"\nLeft out:\n\n{dropped}\n"
        + f"\nThe original system reports {ORIGINAL['train']:,} pairs to train and {ORIGINAL['validation']:,} to "
        f"validate on, {theirs:,} of {ORIGINAL['products']:,} products: three for nearly every product (3 x "
        f"{ORIGINAL['products']:,} = {3 * ORIGINAL['products']:,}), each query with the one product that it was made "
        "from. Its report names no step that merges equal queries, looks for other right products, or keeps duplicates "
        f"on one side. Here, of {found['products']:,} products, a query stands once ({queries:,} queries) with all the "
        f"products that fit it ({pairs:,} pairs); queries that more than {found['most_right']} products fit, or whose "
        "right products lie on two sides, are left out.\n"
    )


def _leaks(found: dict[str, Any]) -> str:
    shares = {
        "in_title": "words in a right title",
        "whole_in_title": "queries whole in a right title",
        "in_order": "in one piece",
        "only_match": "answered by all words alone",
    }
    rows = [
        [
            side,
            *(f"{report[name]:.0%}" for name in shares),
            report["rank_bm25"]["nDCG@10"],
            report["oracle"]["nDCG@10"],
            report["rank_bm25"]["Recall@1"],
            report["oracle"]["Recall@1"],
            report["sampled"],
        ]
        for side, report in found["leak"].items()
    ]
    header = [
        "side", *shares.values(), "nDCG@10 rank_bm25", "oracle", "Recall@1 rank_bm25", "oracle", "queries asked",
    ]  # fmt: skip
    return "How lexically easy the queries are:\n\n" + table(header, rows)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--name", "names", multiple=True, help="Measure this catalogue of FOLDER alone; may be repeated.")
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--report", default="silver", help="Name of the report; empty prints alone.")
def main(data: Path | None, names: tuple[str, ...], work: Path, report: str) -> None:
    """Measure keyword search, vectors and both on silver queries of every catalogue."""
    settings = load_settings().model_copy(update={"index_dir": work / "index", "data_dir": work})
    folders = {"sample": SAMPLES}
    if data is not None:
        folders = {path.parent.name: path.parent for path in sorted(data.glob("*/products.md"))}
    models = ModelPool(settings)
    found: dict[str, Any] = {"made": provenance("benchmarks.silver", []), "catalogues": {}}
    for name, folder in folders.items():
        if names and name not in names:
            continue
        build(folder, name, settings)
        found["catalogues"][name] = measure(name, settings, models)
    opened = open_build(settings.index_dir, next(iter(found["catalogues"])), settings)
    found["encoder"] = "none" if opened.manifest.encoder is None else opened.manifest.encoder.id
    opened.close()
    if report:
        write(report, found, markdown(found))
    else:
        click.echo(markdown(found))


if __name__ == "__main__":
    main()
