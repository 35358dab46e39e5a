"""`run`: a file of queries answered as a TREC run, for evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import compose
from cli.loading import AnnouncedModels
from cli.options import chosen_index, ranking
from cli.output import count, progress_bars, written_whole
from evaluation.files import read_queries, trec_lines


@click.command()
@ranking(top_k=100)
@click.option("--queries", type=click.Path(path_type=Path), required=True, help='JSON Lines {"query_id", "text"}.')
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Run file to write."
)
def run(
    name: str | None, mode: Any, top_k: int, fusion: Any, alpha: Any, understand: bool, queries: Path, output: Path
) -> None:
    """Answer every query of a file and write the ranking in TREC format: query_id Q0 product_id rank score tag.

    Nothing is collapsed, cut off or reordered by rules, and no query has a time limit.
    """
    from retrieval.models import ModelPool
    from retrieval.settings import load_settings

    asked = read_queries(queries)
    settings = load_settings()
    index = chosen_index(name, settings)
    engine = compose.open_engine(index, settings, AnnouncedModels(ModelPool(settings)))
    lines = 0
    try:
        mode, missing = engine.available_mode(mode or engine.default_mode())
        for part in missing:
            click.echo(f"{part.what}: {part.why.rstrip('.')}. The run is made with {part.fallback} instead.", err=True)
        with progress_bars() as progress, written_whole(output) as file:
            for done, query in enumerate(asked):
                progress("queries", done, len(asked))
                ranked = engine.run(
                    query.text, mode=mode, top_k=top_k, fusion=fusion, alpha=alpha, understand=understand
                )
                for line in trec_lines(query.query_id, ranked, mode):
                    file.write(line + "\n")
                    lines += 1
            progress("queries", len(asked), len(asked))
    finally:
        engine.close()
    click.echo(f"{count(len(asked), 'query', 'queries')}, {count(lines, 'line')} in {output}", err=True)
