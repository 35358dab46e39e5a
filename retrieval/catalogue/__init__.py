"""Read a shop's catalogue file: Markdown, JSON Lines or CSV in, products and a report out."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath

from retrieval.catalogue.csv import read_csv
from retrieval.catalogue.decoding import decode
from retrieval.catalogue.identity import finish
from retrieval.catalogue.jsonl import read_jsonl, write_jsonl
from retrieval.catalogue.markdown import read_markdown
from retrieval.errors import CatalogueError
from retrieval.records import ParseReport

__all__ = ["SUFFIXES", "parse_bytes", "parse_file", "write_jsonl"]

_MARKDOWN = (".md", ".markdown", ".txt")
_JSONL = (".jsonl", ".ndjson")
_CSV = (".csv",)
SUFFIXES = (*_MARKDOWN, *_JSONL, *_CSV)

_HOW = {
    _MARKDOWN: "a product starts with a line `<!--DOC:START id=… category=… -->` and ends with `<!--DOC:END-->`, "
    "or is a `## ` heading with `**Key:** value` lines below it",
    _JSONL: 'every line is one JSON object, e.g. {"product_id": "1", "title": "Blue shirt"}',
    _CSV: "the first line names the columns, e.g. `product_id,title,price`, and every other row is a product",
}


def parse_file(path: Path) -> ParseReport:
    """Read a catalogue file; raise CatalogueError when it cannot be opened or holds no product."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    return _parse(data, path.name, str(path))


def parse_bytes(data: bytes, filename: str) -> ParseReport:
    """Read a catalogue that is in memory; the file name's ending says how.

    Raises CatalogueError for an unknown ending and for an empty, binary or product-less file. Everything else that is
    odd comes back as problems.
    """
    return _parse(data, filename, filename)


def _parse(data: bytes, source: str, where: str) -> ParseReport:
    suffix = PurePath(source).suffix.lower()
    kind = next((kind for kind in _HOW if suffix in kind), None)
    if kind is None:
        raise CatalogueError(f"{where} is of no known kind; accepted file endings are {', '.join(SUFFIXES)}")
    text = decode(data, where)
    header = ""
    if kind is _MARKDOWN:
        drafts, loose, blocks, header = read_markdown(text.lines)
    elif kind is _JSONL:
        drafts, loose, blocks = read_jsonl(text.lines)
    else:
        drafts, loose, blocks = read_csv(text.lines, where)
    if not drafts:
        if text.binary:
            raise CatalogueError(f"{where} is a binary file, not text; export the catalogue as .md, .jsonl or .csv")
        raise CatalogueError(f"{where} holds no product: {_HOW[kind]}")
    products, problems = finish(drafts, loose, text.damaged)
    return ParseReport(products, problems, blocks, source, hashlib.sha256(data).hexdigest(), header)
