"""`export`, `import-artifacts`, `export-artifacts`: catalogues and indexes as files of other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import compose
from cli.output import clean, console, count, print_json, progress_bars, written_bytes


@click.command()
@click.argument("name")
@click.option(
    "--format", "format_", type=click.Choice(["md", "jsonl", "csv"]), help="By the file's ending when left out."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    help="File to write; - is stdout.",
)
def export(name: str, format_: str | None, output: Path) -> None:
    """Write the products of the catalogue NAME as a file that reads back as the same products."""
    from retrieval.settings import load_settings

    chosen = format_ or output.suffix.lower().removeprefix(".")
    if chosen not in ("md", "jsonl", "csv"):
        raise click.UsageError(f"say with --format how to write {output}: md, jsonl or csv.")
    exported = compose.export_catalogue(load_settings(), name, chosen)
    if str(output) == "-":
        sys.stdout.buffer.write(exported.data)
    else:
        written_bytes(output, exported.data)
    click.echo(f"{count(exported.products, 'product')} of {name} as {chosen}", err=True)
    for note in exported.notes:
        click.echo(f"note: {clean(note)}", err=True)


@click.command("import-artifacts")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="Name of the catalogue.")
@click.option(
    "--encoder",
    default="auto",
    show_default=True,
    metavar="auto|none|ID",
    help="The encoder that made the vectors: it encodes the queries. auto takes one of the same dimension.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was built as JSON.")
def import_artifacts(folder: Path, name: str, encoder: str, as_json: bool) -> None:
    """Build an index from dense.faiss and dense_chunks.json in FOLDER; vectors are taken as they are."""
    from cli.index import show
    from retrieval.settings import load_settings

    with progress_bars() as progress:
        summary = compose.import_artifacts(folder, name, load_settings(), encoder, progress)
    if as_json:
        print_json(compose.summary_dict(summary))
    else:
        show(summary, problems_hint="")


@click.command("export-artifacts")
@click.argument("name")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write into."
)
def export_artifacts(name: str, output: Path) -> None:
    """Write chunks and vectors of the catalogue NAME as dense.faiss and dense_chunks.json."""
    from retrieval.settings import load_settings

    exported = compose.export_artifacts(name, output, load_settings())
    rows = f"{count(exported.rows, 'chunk')} of {exported.dimension} dimensions"
    console().print(f"{rows} in {' and '.join(str(path) for path in exported.files)}")
