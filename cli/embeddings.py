"""`embeddings`: the vectors that are kept so that no text is embedded twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

import compose
from cli.called import called
from cli.output import clean, console, count, print_json

if TYPE_CHECKING:
    from retrieval.embedding_pruning import CachedVectors


@click.group()
def embeddings() -> None:
    """Look after the vectors that are kept between builds."""


@embeddings.command()
@click.option("--yes", is_flag=True, help="Remove them; without it nothing is changed.")
@click.option("--other-encoders", is_flag=True, help="Also those of encoders that no kept build has.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def prune(yes: bool, other_encoders: bool, as_json: bool) -> None:
    """Say which kept vectors no kept build uses, and with --yes remove them.

    Vectors of texts that a kept build of a catalogue holds stay. What is removed is embedded again when its text comes
    back; a served encoder costs money then. Nothing is removed while a build is running.
    """
    from retrieval.settings import load_settings

    settings = load_settings()
    look = compose.prune_vectors if yes else compose.cached_vectors
    found = look(settings, other_encoders=other_encoders)
    now = compose.cached_vectors(settings, other_encoders=other_encoders).bytes if yes else found.bytes
    if as_json:
        print_json({**asdict(found), "path": str(found.path), "removed": found.unused if yes else 0, "bytes_now": now})
        return
    out = console()
    out.print(f"{found.path}: {said(found)}")
    for entry in found.encoders:
        out.print(f"  {clean(entry.encoder)}: {count(entry.vectors, 'vector')}, {entry.unused:,} unused")
    if not found.unused:
        out.print("nothing to remove")
    elif yes:
        out.print(f"removed {count(found.unused, 'vector')}; the file has {now / 1e6:,.1f} MB now")
    else:
        option = " --other-encoders" if other_encoders else ""
        out.print(f"nothing was removed; do it with: {called()} embeddings prune{option} --yes")


def said(found: CachedVectors) -> str:
    """Return in a few words what the cache holds, and how much of it is of no use."""
    held = f"{count(found.vectors, 'vector')}, {found.bytes / 1e6:,.1f} MB"
    return f"{held}; {found.unused:,} ({found.unused_bytes / 1e6:,.1f} MB) that no kept build uses"
