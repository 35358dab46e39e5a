"""A catalogue goes out as a file, is compared with one that may come in, and is looked over."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from retrieval.artifacts import check_name
from retrieval.catalogue import parse_bytes, write_csv, write_jsonl, write_markdown
from retrieval.catalogue.diff import CatalogueDiff, diff
from retrieval.catalogue.health import Health, health
from retrieval.errors import IndexNotFound, SettingsError
from retrieval.loading import open_build
from retrieval.records import Problem, Product
from retrieval.settings import Settings

FORMATS = {"md": "text/markdown", "jsonl": "application/jsonl", "csv": "text/csv"}
"""File ending -> media type of what a catalogue can be exported as."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A catalogue as a file; `notes` say what the format could not hold."""

    data: bytes
    filename: str
    media_type: str
    products: int
    notes: tuple[str, ...] = ()


def _contents(settings: Settings, name: str) -> tuple[list[Product], list[Problem]]:
    with closing(open_build(settings.index_dir, name, settings)) as build:
        return build.store.all_products(), build.store.problems()


def export_catalogue(settings: Settings, name: str, format: str) -> Exported:
    """Return the products that serve as Markdown, JSON Lines or CSV, which reads back as the same products.

    Markdown keeps no line numbers of the file that a product first came from. Raises SettingsError for another format,
    IndexNotFound, IndexDamaged, IndexOutdated.
    """
    if format not in FORMATS:
        raise SettingsError(f"{format!r} is no format of an export; use one of {', '.join(FORMATS)}.")
    products, _ = _contents(settings, name)
    stream = io.StringIO(newline="")
    notes: list[str] = []
    if format == "md":
        report = write_markdown(products, stream, name)
        if report.as_fields:
            notes.append(
                f"{_named(report.as_fields)} hold text that Markdown would misread; it stands in a comment, "
                "`<!--DOC:FIELDS … -->`, which is read back."
            )
        if report.lost:
            notes.append(
                f"{_named(report.lost)} do not read back the same from Markdown; export as JSON Lines to keep "
                "everything."
            )
    elif format == "csv":
        write_csv(products, stream)
    else:
        write_jsonl(products, stream)
    data = stream.getvalue().encode("utf-8", "replace")
    return Exported(data, f"{name}.{format}", FORMATS[format], len(products), tuple(notes))


def _named(products: Mapping[str, tuple[str, ...]]) -> str:
    shown = ", ".join(f"{product_id} ({', '.join(fields)})" for product_id, fields in list(products.items())[:3])
    more = f" and {len(products) - 3:,} more" if len(products) > 3 else ""
    return f"{len(products):,} products ({shown}{more})" if len(products) > 1 else f"product {shown}"


def diff_upload(
    settings: Settings, name: str, data: bytes, filename: str, mapping: Mapping[str, str] | None
) -> CatalogueDiff:
    """Return what a file would change in a catalogue; everything is added where there is none of that name yet."""
    check_name(name)
    report = parse_bytes(data, filename, mapping)
    try:
        old, _ = _contents(settings, name)
    except IndexNotFound:
        old = []
    return diff(old, report)


def catalogue_health(settings: Settings, name: str) -> Health:
    """Return the state of the products that serve."""
    products, problems = _contents(settings, name)
    return health(products, problems)
