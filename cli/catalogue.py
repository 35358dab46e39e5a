"""`check` and `parse`: a catalogue file as it is read, without an index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.called import called
from cli.mapping import mapped, mapping_of
from cli.output import clean, console, count, print_json, written_whole

if TYPE_CHECKING:
    from retrieval.records import ParseReport

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@FILE
@mapped
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(file: Path, pairs: tuple[str, ...], as_json: bool) -> None:
    """Read the catalogue FILE and list everything odd about it, by line.

    Exit status 0 when at least one product was read, else 2.
    """
    from retrieval.catalogue import parse_file

    report = parse_file(file, mapping_of(pairs))
    if as_json:
        problems = [
            {"line": p.line, "code": p.code, "product_id": p.product_id, "message": p.message} for p in report.problems
        ]
        print_json({"products": len(report.products), "blocks": report.blocks, "problems": problems})
        return
    out = console()
    for problem in report.problems:
        owner = f" {clean(problem.product_id)}" if problem.product_id is not None else ""
        out.print(f"{file}:{problem.line}: {problem.code}:{owner} {clean(problem.message)}")
    out.print(summary(report))


def summary(report: ParseReport) -> str:
    """Return one line on how much was read."""
    found = (
        count(len(report.products), "product"),
        count(report.blocks, "block"),
        count(len(report.problems), "problem"),
    )
    return "{} from {}, {}".format(*found)


@click.command()
@FILE
@mapped
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    help="File to write; - (the default) is stdout.",
)
def parse(file: Path, pairs: tuple[str, ...], output: Path) -> None:
    """Write the products of the catalogue FILE as JSON Lines, one a line, in the order of the file."""
    from retrieval.catalogue import parse_file, write_jsonl

    report = parse_file(file, mapping_of(pairs))
    if str(output) == "-":
        write_jsonl(report.products, sys.stdout)
    else:
        with written_whole(output) as stream:
            write_jsonl(report.products, stream)
    click.echo(summary(report) + (f"; see: {called()} check {file}" if report.problems else ""), err=True)
