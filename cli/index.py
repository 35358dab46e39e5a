"""`index`: a catalogue file becomes searchable."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

import compose
from cli.called import as_called, called
from cli.mapping import mapping_of, remembered
from cli.output import clean, console, count, print_json, progress_bars

if TYPE_CHECKING:
    from retrieval.estimates import Estimate
    from retrieval.indexing import BuildSummary

ASK_TOKENS = 1_000_000
ASK_PRICE = 1.0
"""What may be sent to a paid server without asking: so many tokens, or this much where the price is known."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the catalogue; made from the file's name when left out.")
@remembered
@click.option(
    "--embedder",
    default="auto",
    show_default=True,
    metavar="auto|none|ID",
    help="Encoder for search by meaning: a folder or hub id on disk, or openai:MODEL; none builds for keywords only.",
)
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what embedding would take, and build nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before many texts are sent to a paid server.")
@click.option("--if-needed", is_flag=True, help="Do nothing when a whole build of just this file is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was built as JSON.")
def index(
    file: Path,
    name: str | None,
    pairs: tuple[str, ...],
    no_map: bool,
    embedder: str,
    only_estimate: bool,
    yes: bool,
    if_needed: bool,
    as_json: bool,
) -> None:
    """Build the index of the catalogue FILE; an earlier one serves until the new one is committed.

    A mapping of columns is remembered for the catalogue, and used again when it is indexed without one.
    """
    from retrieval.settings import load_settings

    settings = load_settings()
    name = compose.catalogue_name(file.name) if name is None else name
    mapping = mapping_of(pairs, no_map)
    if only_estimate:
        _tell_estimate(compose.estimate(file, name, settings, embedder, mapping), as_json)
        return
    if if_needed and mapping is None and not compose.needs_build(file, name, settings):
        if as_json:
            print_json({"name": name, "built": False})
        return
    if not yes and compose.is_served(settings, name, embedder):
        _ask(compose.estimate(file, name, settings, embedder, mapping))
    with progress_bars() as progress:
        summary = compose.build(file, name, settings, embedder, progress, mapping)
    if as_json:
        print_json(compose.summary_dict(summary))
        return
    show(summary, f"see: {called()} check {file}")


def show(summary: BuildSummary, problems_hint: str) -> None:
    """Print what came of a build."""
    out = console()
    seconds = sum(summary.seconds.values())
    made = f"{count(summary.products, 'product')}, {count(summary.chunks, 'chunk')}, {count(summary.vectors, 'vector')}"
    texts = f" ({count(summary.embedded_new, 'text')} embedded, {summary.reused:,} reused)" if summary.vectors else ""
    out.print(f"{summary.name}: {made}{texts} in {seconds:.1f} s")
    out.print(f"counted again: {summary.reconciliation.text()}")
    if summary.keyword_only:
        out.print(f"keyword search only: {as_called(clean(summary.why))}")
    for note in summary.notes:
        out.print(f"note: {as_called(clean(note))}")
    if summary.problems:
        out.print(f"{count(summary.problems, 'problem')} in the file" + (f"; {problems_hint}" if problems_hint else ""))
    out.print(f"search it: {called()} search 'your words' --index {summary.name}")


def _tell_estimate(found: Estimate | None, as_json: bool) -> None:
    if as_json:
        print_json(None if found is None else {**asdict(found), "new": found.new})
    elif found is None:
        console().print("no encoder would be used, so nothing would be embedded")
    else:
        console().print(_said(found))


def _said(found: Estimate) -> str:
    known = f" ({found.known:,} of {found.texts:,} are embedded already)" if found.known else ""
    if not found.served:
        return f"{found.encoder}: {count(found.new, 'text')} to embed on this machine{known}"
    price = "EMBEDDING_PRICE_PER_MILLION is not set" if found.price is None else f"at most about {found.price:,.4f}"
    return f"{found.encoder}: {count(found.new, 'text')}, about {found.tokens:,} tokens{known}; price: {price}"


def _ask(found: Estimate | None) -> None:
    """Ask before much is sent to a paid server; raise a usage error where nobody is there to answer."""
    if found is None or not (found.tokens > ASK_TOKENS if found.price is None else found.price > ASK_PRICE):
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{_said(found)}. Say --yes to send them.")
    click.confirm(f"{_said(found)}. Send them?", abort=True, err=True)
