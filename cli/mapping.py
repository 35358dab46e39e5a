"""`--map FIELD=COLUMN` and `--no-map`, which several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def mapped(function: Function) -> Function:
    """Add --map, once a field."""
    return click.option(
        "--map",
        "pairs",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Read a field of CSV or JSON from this column, e.g. --map title=Name; again for each field.",
    )(function)


def remembered(function: Function) -> Function:
    """Add --map and --no-map for a verb that knows its catalogue, whose mapping is remembered."""
    forget = click.option(
        "--no-map", is_flag=True, help="Read columns by their own names, not by the mapping remembered."
    )
    return forget(mapped(function))


def mapping_of(pairs: Sequence[str], no_map: bool = False) -> dict[str, str] | None:
    """Return field -> column as said on the command line: None where nothing is said, {} for --no-map."""
    from retrieval.catalogue import parse_pairs

    if pairs and no_map:
        raise click.UsageError("--map and --no-map contradict each other; give one of them.")
    return {} if no_map else parse_pairs(pairs) or None
