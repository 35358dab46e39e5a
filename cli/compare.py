"""`diff` and `health`: what a file would change, and how good a catalogue is; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import compose
from cli.mapping import mapping_of, remembered
from cli.options import chosen_index
from cli.output import clean, console, count, print_json
from retrieval.errors import CatalogueError

if TYPE_CHECKING:
    from retrieval.catalogue.diff import CatalogueDiff

SHOWN = 20
"""Products of each sort, and findings of each kind, that are printed; --json holds all."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the catalogue; made from the file's name when left out.")
@remembered
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def diff(file: Path, name: str | None, pairs: tuple[str, ...], no_map: bool, as_json: bool) -> None:
    """Say what indexing FILE would add, change and remove in a catalogue, and change nothing."""
    from retrieval.settings import load_settings

    try:
        data = file.read_bytes()
    except OSError as error:
        raise CatalogueError(f"cannot read {file}: {error.strerror or error}; check the path") from error
    name = compose.catalogue_name(file.name) if name is None else name
    found = compose.diff_upload(load_settings(), name, data, file.name, mapping_of(pairs, no_map))
    if as_json:
        print_json(found.to_dict())
    else:
        _show(found, name)


def _show(found: CatalogueDiff, name: str) -> None:
    out = console()
    rows = {
        "+": [f"{p.product_id} {p.title}" for p in found.added],
        "~": [f"{c.product_id} {c.after.title} ({', '.join(c.fields)})" for c in found.changed],
        "-": [f"{p.product_id} {p.title}" for p in found.removed],
    }
    for sign, lines in rows.items():
        for line in lines[:SHOWN]:
            out.print(f"{sign} {clean(line)}")
        if len(lines) > SHOWN:
            out.print(f"{sign} and {len(lines) - SHOWN:,} more")
    out.print(
        f"{name}: {len(found.added):,} added, {len(found.changed):,} changed, {len(found.removed):,} removed, "
        f"{found.unchanged:,} unchanged; {count(len(found.problems), 'problem')} in the file"
    )


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def health(name: str | None, as_json: bool) -> None:
    """Look over the catalogue NAME: what its fields hold, how prices spread, and what looks wrong."""
    from retrieval.catalogue.health import KINDS
    from retrieval.settings import load_settings

    settings = load_settings()
    found = compose.catalogue_health(settings, chosen_index(name, settings))
    if as_json:
        print_json(found.to_dict())
        return
    out = console()
    out.print(f"{count(found.products, 'product')} in {count(len(found.categories), 'category', 'categories')}")
    out.print("filled: " + ", ".join(f"{entry.field} {entry.share:.0%}" for entry in found.coverage))
    for entry in found.prices:
        out.print(
            f"prices{f' in {clean(entry.unit)}' if entry.unit else ''}: {entry.lowest:,.2f} to {entry.highest:,.2f}, "
            f"median {entry.median:,.2f}, of {count(entry.count, 'product')}"
        )
    for kind, products in found.counts().items():
        out.print(f"\n{KINDS[kind]}: {count(products, 'product')}")
        findings = found.of_kind(kind)
        for finding in findings[:SHOWN]:
            out.print(f"  {clean(finding.message)}")
        if len(findings) > SHOWN:
            out.print(f"  and {len(findings) - SHOWN:,} more (--json lists them all)")
