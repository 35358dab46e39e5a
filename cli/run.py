"""`run`: a file of queries answered as a TREC run, for evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import compose
from cli.options import chosen_index, ranking
from cli.output import count, progress_bars, written_whole
from retrieval.errors import QueryError


@dataclass(frozen=True, slots=True)
class Query:
    """A line of a queries file."""

    query_id: str
    text: str


@click.command()
@ranking(top_k=100)
@click.option("--queries", type=click.Path(path_type=Path), required=True, help='JSON Lines {"query_id", "text"}.')
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Run file to write."
)
def run(name: str | None, mode: Any, top_k: int, fusion: Any, alpha: Any, queries: Path, output: Path) -> None:
    """Answer every query of a file and write the ranking in TREC format: query_id Q0 product_id rank score tag.

    Nothing is collapsed, cut off or reordered by rules, and no query has a time limit.
    """
    from retrieval.models import ModelPool
    from retrieval.settings import load_settings

    asked = read_queries(queries)
    settings = load_settings()
    index = chosen_index(name, settings)
    engine = compose.open_engine(index, settings, ModelPool(settings))
    lines = 0
    try:
        mode, missing = engine.available_mode(mode or engine.default_mode())
        for part in missing:
            click.echo(f"{part.what}: {part.why.rstrip('.')}. The run is made with {part.fallback} instead.", err=True)
        with progress_bars() as progress, written_whole(output) as file:
            for done, query in enumerate(asked):
                progress("queries", done, len(asked))
                ranked = engine.run(query.text, mode=mode, top_k=top_k, fusion=fusion, alpha=alpha)
                for line in trec_lines(query.query_id, ranked, mode):
                    file.write(line + "\n")
                    lines += 1
            progress("queries", len(asked), len(asked))
    finally:
        engine.close()
    click.echo(f"{count(len(asked), 'query', 'queries')}, {count(lines, 'line')} in {output}", err=True)


def read_queries(path: Path) -> list[Query]:
    """Return the queries of a JSON Lines file in its order; raise QueryError naming file and line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{path}: not a UTF-8 text file (byte {error.start}); write it as JSON Lines in UTF-8"
        ) from error
    found: dict[str, tuple[int, Query]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        query = _read_query(line, f"{path}:{number}")
        if query.query_id in found:
            raise QueryError(
                f"{path}:{number}: query_id {query.query_id!r} stands on line {found[query.query_id][0]} already; "
                "give each query its own"
            )
        found[query.query_id] = (number, query)
    if not found:
        raise QueryError(f'{path}: holds no query; write one a line: {{"query_id": "1", "text": "red shoes"}}')
    return [query for _, query in found.values()]


def _read_query(line: str, where: str) -> Query:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise QueryError(f"{where}: not JSON ({error}); each line is one object with query_id and text") from error
    if not isinstance(row, dict):
        raise QueryError(f"{where}: not a JSON object; each line is one object with query_id and text")
    for key in ("query_id", "text"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise QueryError(f"{where}: {key!r} must be a text that is not empty, it is {row.get(key)!r}")
    if len(row["query_id"].split()) != 1 or row["query_id"] != row["query_id"].strip():
        raise QueryError(f"{where}: query_id {row['query_id']!r} holds a space, which a TREC run cannot; rename it")
    return Query(row["query_id"], row["text"])


def trec_lines(query_id: str, ranked: Sequence[tuple[str, float]], tag: str) -> Iterator[str]:
    """Yield a query's lines of a TREC run, ranks from 1.

    Scores fall strictly even in single precision, which is what trec_eval reads them in: a tie is broken by the least
    step down, so that the order on paper is the order measured. Raises QueryError for an id the format cannot hold.
    """
    import numpy as np

    seen: set[str] = set()
    lowest = np.float32(np.inf)
    for rank, (product_id, score) in enumerate(ranked, start=1):
        if len(product_id.split()) != 1 or product_id != product_id.strip():
            raise QueryError(
                f"product id {product_id!r} holds a space, which a TREC run cannot; rename it in the catalogue and "
                "index that again"
            )
        if product_id in seen:
            raise QueryError(f"query {query_id}: product {product_id!r} was ranked twice")
        seen.add(product_id)
        lowest = min(np.float32(score), np.nextafter(lowest, np.float32(-np.inf)))
        yield f"{query_id} Q0 {product_id} {rank} {lowest:.9g} {tag}"
