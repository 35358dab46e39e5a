"""Read a shop's catalogue file: Markdown, JSON or CSV in, products and a report out; and write one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePath

from retrieval.catalogue.csv import read_csv
from retrieval.catalogue.decoding import decode
from retrieval.catalogue.identity import finish
from retrieval.catalogue.json import read_json
from retrieval.catalogue.jsonl import write_jsonl
from retrieval.catalogue.mapping import parse_pairs, suggest_mapping
from retrieval.catalogue.markdown import read_markdown
from retrieval.catalogue.preview import Preview, preview_csv, preview_json
from retrieval.catalogue.write_csv import write_csv
from retrieval.catalogue.write_markdown import MarkdownReport, write_markdown
from retrieval.errors import CatalogueError, SettingsError
from retrieval.records import ParseReport

__all__ = [
    "SUFFIXES",
    "MarkdownReport",
    "Preview",
    "columns_of",
    "parse_bytes",
    "parse_file",
    "parse_pairs",
    "preview",
    "suggest_mapping",
    "takes_mapping",
    "write_csv",
    "write_jsonl",
    "write_markdown",
]

_MARKDOWN = (".md", ".markdown", ".txt")
_JSON = (".jsonl", ".ndjson", ".json")
_CSV = (".csv", ".tsv")
SUFFIXES = (*_MARKDOWN, *_JSON, *_CSV)

_HOW = {
    _MARKDOWN: "a product starts with a line `<!--DOC:START id=… category=… -->` and ends with `<!--DOC:END-->`, "
    "or is a `## ` heading with `**Key:** value` lines below it",
    _JSON: 'every line is one JSON object, e.g. {"product_id": "1", "title": "Blue shirt"}, or the file is an array of '
    'such objects, or {"products": [...]}',
    _CSV: "the first line names the columns, e.g. `product_id,title,price`, and every other row is a product",
}


def parse_file(path: Path, mapping: Mapping[str, str] | None = None) -> ParseReport:
    """Read a catalogue file; raise CatalogueError when it cannot be opened or holds no product."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    return _parse(data, path.name, str(path), mapping)


def parse_bytes(data: bytes, filename: str, mapping: Mapping[str, str] | None = None) -> ParseReport:
    """Read a catalogue that is in memory; the file name's ending says how.

    `mapping` says for a CSV or JSON file which column (or key) fills which field, field -> column; columns that it does
    not name are read by their own names, and `""` reads a field from no column. Raises CatalogueError for an unknown
    ending, for an empty, binary or product-less file, and for a column that is not there; SettingsError for an unknown
    field, and for a mapping of a Markdown file. Everything else that is odd comes back as problems.
    """
    return _parse(data, filename, filename, mapping)


def takes_mapping(filename: str) -> bool:
    """Tell whether files of this ending have columns that can be mapped."""
    return PurePath(filename).suffix.lower() in (*_JSON, *_CSV)


def preview(data: bytes, filename: str, rows: int = 5) -> Preview:
    """Return columns and first rows of a CSV or JSON file, nothing for Markdown; raise CatalogueError as parsing does.

    A file without a field that is known is no error here: which column is which is about to be said.
    """
    kind = _kind(filename, filename)
    text = decode(data, filename)
    if kind is _MARKDOWN:
        return Preview()
    return preview_json(text, rows) if kind is _JSON else preview_csv(text, rows)


def columns_of(data: bytes, filename: str) -> list[str]:
    """Return the columns of a CSV file or the keys of a JSON file's objects, in order; none for Markdown."""
    return list(preview(data, filename, 0).columns)


def _kind(source: str, where: str) -> tuple[str, ...]:
    suffix = PurePath(source).suffix.lower()
    kind = next((kind for kind in _HOW if suffix in kind), None)
    if kind is None:
        raise CatalogueError(f"{where} is of no known kind; accepted file endings are {', '.join(SUFFIXES)}")
    return kind


def _parse(data: bytes, source: str, where: str, mapping: Mapping[str, str] | None) -> ParseReport:
    kind = _kind(source, where)
    text = decode(data, where)
    header = ""
    if kind is _MARKDOWN:
        if mapping:
            raise SettingsError(f"{where} is Markdown, which has no columns to map; leave the mapping out.")
        drafts, loose, blocks, header = read_markdown(text.lines)
    elif kind is _JSON:
        drafts, loose, blocks, header = read_json(text.lines, where, mapping)
    else:
        drafts, loose, blocks = read_csv(text.lines, where, mapping)
    if not drafts:
        if text.binary:
            raise CatalogueError(f"{where} is a binary file, not text; export the catalogue as .md, .jsonl or .csv")
        raise CatalogueError(f"{where} holds no product: {_HOW[kind]}")
    products, problems = finish(drafts, loose, text.damaged)
    return ParseReport(products, problems, blocks, source, hashlib.sha256(data).hexdigest(), header)
