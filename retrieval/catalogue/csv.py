"""Read products from CSV: a header line with field names, then one product a row."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Mapping, Sequence

from retrieval.catalogue.drafts import Draft, Note, assemble
from retrieval.catalogue.keys import field_of
from retrieval.catalogue.records import raw_from_record, tidy
from retrieval.errors import CatalogueError
from retrieval.records import Problem

_DELIMITERS = (",", ";", "\t", "|")
_NEEDED = {"product_id", "title", "description"}


def _delimiter(header: str) -> str:
    """Return the delimiter under which most of the header's cells are field names."""

    def names(delimiter: str) -> int:
        return sum(field_of(cell.strip().strip('"')) is not None for cell in header.split(delimiter))

    return max(_DELIMITERS, key=names)


def _attributes(cell: str) -> object:
    """Return the mapping in an `attributes` cell: JSON, or a dict as Python prints it; else the text."""
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return cell
    if not isinstance(value, Mapping):
        return cell
    return {str(k): list(v) if isinstance(v, tuple) else v for k, v in value.items()}


def read_csv(lines: Sequence[str], where: str) -> tuple[list[Draft], list[Problem], int]:
    """Return drafts, problems outside of products and the number of rows; a row may span lines inside quotes.

    Cells beyond the header's are reported as `text-outside`, a row of empty cells as `empty-block`, a quote that is
    never closed as `missing-end`. Raises CatalogueError where the first line names no field.
    """
    at = next((n for n, line in enumerate(lines) if line.strip()), 0)
    delimiter = _delimiter(lines[at] if lines else "")
    # A description may be longer than the module's default of 128 KiB a cell.
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines)) + len(lines) + 1))
    # A stray carriage return ends no line here, and the module refuses it outside of quotes.
    text = "\n".join(lines[at:]).replace("\r", " ")
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, skipinitialspace=True)
    columns = [column.strip() for column in next(reader, [])]
    if not _NEEDED & {field_of(column) for column in columns}:
        raise CatalogueError(
            f"{where}, line {at + 1}: the header names no product_id, title or description, so there is no product to "
            "read; write the field names into the first line, e.g. `product_id,title,price`"
        )
    drafts: list[Draft] = []
    problems: list[Problem] = []
    blocks = 0
    before = reader.line_num
    for row in reader:
        first, last = at + before + 1, at + reader.line_num
        before = reader.line_num
        if not any(cell.strip() for cell in row):
            if len(row) > 1:
                blocks += 1
                message = "this row holds only empty cells and was skipped; fill it in or delete it"
                problems.append(Problem(first, "empty-block", None, message))
            continue
        blocks += 1
        record: dict[str, object] = {}
        changed = False
        for position, column in enumerate(columns):
            cell, damaged = tidy(row[position]) if position < len(row) else ("", False)
            changed = changed or damaged
            name = column or f"column {position + 1}"
            while name in record:
                name += " "
            record[name] = _attributes(cell) if column.casefold() == "attributes" and cell.strip() else cell
        raw = raw_from_record(record, first, last)
        extra = [cell for cell in row[len(columns) :] if cell.strip()]
        if extra:
            message = (
                f"{len(extra)} cells stand beyond the last column and were left out: {' | '.join(extra)[:120]!r}; "
                "put text with the delimiter in it into quotes"
            )
            problems.append(Problem(first, "text-outside", None, message))
        if raw is None:
            message = "this row says nothing about a product and was skipped; fill it in or delete it"
            problems.append(Problem(first, "empty-block", None, message))
            continue
        if changed:
            raw.notes.append(Note(first, "encoding", "characters that are no text were replaced by \ufffd; mend them"))
        drafts.append(assemble(raw))
    if drafts and _open_quote(lines, drafts[-1].first, len(lines)):
        message = "a quote is never closed, so the row reaches to the end of the file; close it or double it"
        drafts[-1].notes.append(Note(drafts[-1].first, "missing-end", message))
    return drafts, problems, blocks


def _open_quote(lines: Sequence[str], first: int, last: int) -> bool:
    """Tell whether the last row ends inside quotes: then its quotes do not pair."""
    return sum(line.count('"') for line in lines[first - 1 : last]) % 2 == 1
