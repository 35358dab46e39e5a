"""`index`: a catalogue file becomes searchable."""

from __future__ import annotations

from pathlib import Path

import click

import compose
from cli.output import clean, console, count, print_json, progress_bars


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the catalogue; made from the file's name when left out.")
@click.option(
    "--embedder",
    default="auto",
    show_default=True,
    metavar="auto|none|ID",
    help="Encoder for search by meaning: a folder or hub id on disk; none builds for keywords only.",
)
@click.option("--if-needed", is_flag=True, help="Do nothing when a whole build of just this file is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was built as JSON.")
def index(file: Path, name: str | None, embedder: str, if_needed: bool, as_json: bool) -> None:
    """Build the index of the catalogue FILE; an earlier one serves until the new one is committed."""
    from retrieval.settings import load_settings

    settings = load_settings()
    name = compose.catalogue_name(file.name) if name is None else name
    if if_needed and not compose.needs_build(file, name, settings):
        if as_json:
            print_json({"name": name, "built": False})
        return
    with progress_bars() as progress:
        summary = compose.build(file, name, settings, embedder, progress)
    if as_json:
        print_json(compose.summary_dict(summary))
        return
    out = console()
    seconds = sum(summary.seconds.values())
    made = f"{count(summary.products, 'product')}, {count(summary.chunks, 'chunk')}, {count(summary.vectors, 'vector')}"
    texts = f" ({count(summary.embedded_new, 'text')} embedded, {summary.reused:,} reused)" if summary.vectors else ""
    out.print(f"{name}: {made}{texts} in {seconds:.1f} s")
    out.print(f"counted again: {summary.reconciliation.text()}")
    if summary.keyword_only:
        out.print(f"keyword search only: {clean(summary.why)}")
    for note in summary.notes:
        out.print(f"note: {clean(note)}")
    if summary.problems:
        out.print(f"{count(summary.problems, 'problem')} in the file; see: product-search check {file}")
    out.print(f"search it: product-search search 'your words' --index {name}")
