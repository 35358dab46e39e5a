"""What does it help to understand the shopper, and what does it cost? Each part switched off in turn, and each promise.

Run it with: python -m benchmarks.understanding [--data FOLDER]. FOLDER holds one folder a catalogue with products.md,
queries.jsonl and qrels.tsv; without one the sample catalogue is measured alone. The report holds ids and figures only.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks import ablation, leg_weights, understanding_claims, understanding_cost
from benchmarks.record import origin, provenance, write
from benchmarks.retrieval import SAMPLES, build
from benchmarks.served import Served, folders_of, serve
from evaluation.files import read_qrels, read_queries
from retrieval.indexing import build_index
from retrieval.models import ModelPool
from retrieval.records import Mode
from retrieval.settings import Settings, load_settings

COST_MODES: tuple[Mode, ...] = ("bm25", "hybrid")
SECTIONS = ("parts", "fusion", "cost", "claims")


def cost(all_served: list[Served], settings: Settings, models: ModelPool) -> list[dict[str, Any]]:
    """Return the cost on every catalogue, and on the largest one's words at a hundred thousand products."""
    found = [
        understanding_cost.measure(served, [query.text for query in served.queries], mode)
        for served in all_served
        for mode in COST_MODES
    ]
    largest = max(all_served, key=lambda served: len(served.products))
    name = f"{largest.name}-{understanding_cost.LARGE}"
    report = understanding_cost.recombined(largest.products)
    build_index(report, name, settings=settings, encoder=None, encoder_why="built for the speed of words alone")
    served = serve(name, settings, models)
    found.append(understanding_cost.measure(served, [query.text for query in largest.queries], "bm25"))
    served.engine.close()
    return found


def markdown(figures: dict[str, Any]) -> str:
    """Return the report."""
    parts = [
        "# Understanding the shopper\n",
        origin(figures),
        f"Encoder {figures['encoder']}, untrained; hybrid unless said otherwise; nDCG with linear gain. Intervals are "
        "95% bootstrap ones over the queries, paired where they are of differences; p-values are of the paired "
        "randomisation test, not corrected for their number.\n",
    ]
    if "parts" in figures:
        parts.append("## Each part switched off in turn\n")
        for name, found in figures["parts"].items():
            parts += ablation.markdown(name, found)
    if "fusion" in figures:
        parts += leg_weights.markdown(figures["fusion"])
    if "cost" in figures:
        parts += understanding_cost.markdown(figures["cost"])
    if "claims" in figures:
        parts += understanding_claims.markdown(figures["claims"])
    return "\n".join(parts)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--only", type=click.Choice(SECTIONS), multiple=True, help="Measure this section alone; may be repeated.")
@click.option("--report", default="understanding", help="Name of the report; empty prints alone.")
def main(data: Path | None, work: Path, only: tuple[str, ...], report: str) -> None:
    """Measure what understanding is worth, what it costs and whether it keeps its promises."""
    settings = load_settings().model_copy(update={"index_dir": work / "index", "data_dir": work})
    models = ModelPool(settings)
    all_served = []
    for name, folder in folders_of(data, SAMPLES).items():
        build(folder, name, settings)
        judged = {"queries": read_queries(folder / "queries.jsonl"), "qrels": read_qrels(folder / "qrels.tsv")}
        all_served.append(serve(name, settings, models, **judged))
    wanted = only or SECTIONS
    arguments = [argument for section in only for argument in ("--only", section)]
    encoder = all_served[0].engine.build.manifest.encoder
    figures: dict[str, Any] = {
        "made": provenance("benchmarks.understanding", arguments),
        "encoder": "none" if encoder is None else encoder.id,
    }
    measured: dict[str, Callable[[], Any]] = {
        "parts": lambda: {served.name: ablation.measure(served) for served in all_served},
        "fusion": lambda: leg_weights.measure(all_served),
        "claims": lambda: {served.name: understanding_claims.measure(served) for served in all_served},
        "cost": lambda: cost(all_served, settings, models),
    }
    for section, work_on in measured.items():
        if section in wanted:
            began = time.perf_counter()
            figures[section] = work_on()
            print(f"{section}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    if report:
        write(report, figures, markdown(figures))
    else:
        click.echo(markdown(figures))


if __name__ == "__main__":
    main()
