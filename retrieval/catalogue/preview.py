"""The columns and first rows of a foreign file, before anybody says which is which."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from retrieval.catalogue.csv import open_table
from retrieval.catalogue.decoding import Decoded
from retrieval.catalogue.json import read_objects
from retrieval.catalogue.records import as_text


@dataclass(frozen=True, slots=True)
class Preview:
    """A file's columns and its first rows as text, a cell a column; `rows_read` says how many rows the file has."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    rows_read: int = 0


def preview_csv(text: Decoded, count: int) -> Preview:
    """Return the columns and the first `count` rows of a CSV file."""
    table = open_table(text.lines)
    names = table.names()
    positions = {name: position for position, name in reversed(list(enumerate(names)))}
    rows = [row for _, _, row in table.rows() if any(cell.strip() for cell in row)]
    columns = tuple(dict.fromkeys(names))
    shown = tuple(
        tuple(row[positions[name]].strip() if positions[name] < len(row) else "" for name in columns)
        for row in islice(rows, count)
    )
    return Preview(columns, shown, len(rows))


def preview_json(text: Decoded, count: int) -> Preview:
    """Return the keys and the first `count` objects of a JSON file."""
    objects = read_objects(text.lines)
    columns = tuple(objects.keys())
    shown = []
    for _, _, record in objects.found[:count]:
        stripped = {key.strip(): value for key, value in record.items()}
        shown.append(tuple(as_text(stripped.get(name)) for name in columns))
    return Preview(columns, tuple(shown), len(objects.found))
