"""`judgements`: what people judged - out as qrels, in from qrels, and how far judges agree."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

import compose
from cli.options import chosen_index
from cli.output import clean, console, count, print_json, written_whole
from shop.judgements import GRADES

if TYPE_CHECKING:
    from compose.judging import Pair
    from retrieval.settings import Settings

INDEX = click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one.")
SET = click.option("--set", "query_set", required=True, help="Name of the set of queries.")


def _settings() -> Settings:
    from retrieval.settings import load_settings

    return load_settings()


@click.group()
def judgements() -> None:
    """Take judgements of people in and out, and measure their agreement; they are made on the page Evaluate."""


@judgements.command("export")
@INDEX
@SET
@click.option("--judge", help="Only the grades of this judge; the median of all judges when left out.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    help="File to write; - (the default) is stdout.",
)
def export(name: str | None, query_set: str, judge: str | None, output: Path) -> None:
    """Write the judgements of a set as qrels: query_id, product_id and relevance, parted by tabs.

    Where several people judged the same it is their median, the lower grade where two are in the middle.
    """
    settings = _settings()
    text = compose.export_judgements(settings, chosen_index(name, settings), query_set, judge)
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    with written_whole(output) as file:
        file.write(text)
    click.echo(f"{count(text.count(chr(10)) - 1, 'judgement')} in {output}", err=True)


@judgements.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@INDEX
@SET
@click.option("--judge", required=True, help="The name under which they are kept.")
@click.option("--queries", type=click.Path(path_type=Path), help="Make the set of this file first (JSON Lines).")
def import_(file: Path, name: str | None, query_set: str, judge: str, queries: Path | None) -> None:
    """Keep the judgements of a qrels FILE (ours or TREC's) under a judge's name, all or none.

    A grade that this judge gave to the same query and product before is replaced.
    """
    from retrieval.artifacts import current
    from shop import query_sets

    settings = _settings()
    index = chosen_index(name, settings)
    current(settings.index_dir, index)  # a name mistyped makes no data
    if queries is None:
        taken = compose.import_judgements(settings, index, query_set, judge, file)
    else:
        made = query_sets.save(settings.data_dir, index, query_set, _rows(queries), source="uploaded")
        query_set = made.name
        try:
            taken = compose.import_judgements(settings, index, query_set, judge, file)
        except BaseException:
            query_sets.delete(settings.data_dir, index, query_set)
            raise
        click.echo(f"made the set {query_set} of {count(made.queries, 'query', 'queries')}", err=True)
    again = f", {taken.changed:,} of them in place of another grade" if taken.changed else ""
    console().print(f"{index}: {count(taken.judgements, 'judgement')} by {clean(judge)} for {query_set}{again}")


def _rows(file: Path) -> list[dict[str, object]]:
    from evaluation.files import read_queries

    return [
        {
            "query_id": query.query_id,
            "text": query.text,
            **({} if query.type is None else {"type": query.type}),
            **query.details,
        }
        for query in read_queries(file)
    ]


@judgements.command()
@INDEX
@click.option("--set", "query_set", help="Only the queries of this set; all that was judged when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with the table of grades of every two judges.")
def agreement(name: str | None, query_set: str | None, as_json: bool) -> None:
    """Say how far every two judges agree: Cohen's kappa, with quadratic weights and plain."""
    settings = _settings()
    pairs = compose.agreements(settings, chosen_index(name, settings), query_set)
    if as_json:
        print_json([_row(pair) for pair in pairs])
        return
    out = console()
    if not pairs:
        out.print("agreement needs two judges; let somebody else judge the same pool under another name")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("judge", "judge"):
        table.add_column(title)
    for title in ("judged by both", "kappa, quadratic", "kappa, plain"):
        table.add_column(title, justify="right")
    for pair in pairs:
        kappas = [f"{one.kappa:.3f}" if one.kappa is not None else "-" for one in (pair.quadratic, pair.plain)]
        table.add_row(clean(pair.first), clean(pair.second), f"{pair.quadratic.items:,}", *kappas)
    out.print(table)
    out.print("kappa: 1 is full agreement, 0 what chance alone gives, - where nothing can be said")


def _row(pair: Pair) -> dict[str, object]:
    return {
        "judges": [pair.first, pair.second],
        "items": pair.quadratic.items,
        "kappa_quadratic": pair.quadratic.kappa,
        "kappa_plain": pair.plain.kappa,
        "grades": list(GRADES),
        "matrix": asdict(pair.plain)["matrix"],
    }
