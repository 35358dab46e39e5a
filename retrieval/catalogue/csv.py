"""Read products from CSV: a header line with field names, then one product a row."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.catalogue.drafts import Draft, Note, assemble
from retrieval.catalogue.mapping import FieldsOf, looks_known, resolve
from retrieval.catalogue.records import raw_from_record, tidy
from retrieval.errors import CatalogueError
from retrieval.records import Problem

_DELIMITERS = (",", ";", "\t", "|")
_NEEDED = {"product_id", "title", "description"}
_SAMPLE_LINES, _SAMPLE_ROWS = 200, 20
# Before what a spreadsheet would run as a formula an export puts a quote, as spreadsheets themselves do.
_GUARDED = re.compile(r"^'(?='*[=+\-@])")


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its columns as written, the line of its header, and its text from there on."""

    columns: tuple[str, ...]
    header_line: int
    delimiter: str
    text: str

    def names(self) -> list[str]:
        """Return the columns' names; one without a name is `column <number>`."""
        return [column or f"column {position}" for position, column in enumerate(self.columns, start=1)]

    def rows(self) -> Iterator[tuple[int, int, list[str]]]:
        """Yield first line, last line and cells of every row below the header; a row may span lines inside quotes."""
        reader = _reader(self.text, self.delimiter)
        next(reader, None)
        before = reader.line_num
        for row in reader:
            yield self.header_line + before, self.header_line + reader.line_num - 1, row
            before = reader.line_num


def _reader(text: str, delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, skipinitialspace=True)


def _delimiter(text: str, mapped: Sequence[str]) -> str:
    """Return the delimiter under which most of the header is known, most rows are as long as it, and it is longest."""
    sample = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    wanted = {column.strip().casefold() for column in mapped}

    def fit(delimiter: str) -> tuple[int, float, int]:
        rows = [row for row, _ in zip(_reader(sample, delimiter), range(_SAMPLE_ROWS), strict=False) if row]
        if not rows:
            return 0, 0.0, 0
        header = [cell.strip() for cell in rows[0]]
        known = sum(looks_known(cell) or cell.casefold() in wanted for cell in header)
        alike = sum(len(row) == len(header) for row in rows) / len(rows) if len(header) > 1 else 0.0
        return known, alike, len(header)

    return max(_DELIMITERS, key=fit)


def open_table(lines: Sequence[str], mapped: Sequence[str] = ()) -> Table:
    """Return the table in these lines; `mapped` are columns that are known to be there."""
    at = next((n for n, line in enumerate(lines) if line.strip()), 0)
    # A description may be longer than the module's default of 128 KiB a cell.
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines)) + len(lines) + 1))
    # A stray carriage return ends no line here, and the module refuses it outside of quotes.
    text = "\n".join(lines[at:]).replace("\r", " ")
    delimiter = _delimiter(text, mapped)
    columns = tuple(column.strip() for column in next(_reader(text, delimiter), []))
    return Table(columns, at + 1, delimiter, text)


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


def read_csv(
    lines: Sequence[str], where: str, mapping: Mapping[str, str] | None = None
) -> tuple[list[Draft], list[Problem], int]:
    """Return drafts, problems outside of products and the number of rows; a row may span lines inside quotes.

    `mapping` is field -> column. Cells beyond the header's are reported as `text-outside`, a row of empty cells as
    `empty-block`, a quote that is never closed as `missing-end`. Raises CatalogueError where the first line names no
    field, or not a column of the mapping.
    """
    table = open_table(lines, [*(mapping or {}).values()])
    names = table.names()
    fields_of = resolve(mapping, names, f"{where}, line {table.header_line}:")
    if not _NEEDED & {field for name in names for field in fields_of(name)}:
        raise CatalogueError(
            f"{where}, line {table.header_line}: the header names no product_id, title or description, so there is no "
            "product to read; write the field names into the first line, e.g. `product_id,title,price`, or say which "
            f"column is which, e.g. --map title={names[0] if names else 'Name'!r}"
        )
    drafts: list[Draft] = []
    problems: list[Problem] = []
    blocks = 0
    for first, last, row in table.rows():
        if not any(cell.strip() for cell in row):
            if len(row) > 1:
                blocks += 1
                message = "this row holds only empty cells and was skipped; fill it in or delete it"
                problems.append(Problem(first, "empty-block", None, message))
            continue
        blocks += 1
        draft = _draft(names, row, first, last, fields_of)
        extra = [cell for cell in row[len(names) :] if cell.strip()]
        if extra:
            message = (
                f"{len(extra)} cells stand beyond the last column and were left out: {' | '.join(extra)[:120]!r}; "
                "put text with the delimiter in it into quotes"
            )
            problems.append(Problem(first, "text-outside", None, message))
        if draft is None:
            message = "this row says nothing about a product and was skipped; fill it in or delete it"
            problems.append(Problem(first, "empty-block", None, message))
        else:
            drafts.append(draft)
    if drafts and _open_quote(lines, drafts[-1].first, len(lines)):
        message = "a quote is never closed, so the row reaches to the end of the file; close it or double it"
        drafts[-1].notes.append(Note(drafts[-1].first, "missing-end", message))
    return drafts, problems, blocks


def _draft(names: Sequence[str], row: Sequence[str], first: int, last: int, fields_of: FieldsOf) -> Draft | None:
    record: dict[str, object] = {}
    changed = False
    for position, name in enumerate(names):
        cell, damaged = tidy(row[position]) if position < len(row) else ("", False)
        cell = _GUARDED.sub("", cell.strip(), count=1)
        changed = changed or damaged
        written = name.casefold() == "attributes" and not fields_of(name) and cell
        while name in record:
            name += " "  # a column that stands twice; the reader of records strips it
        record[name] = _attributes(cell) if written else cell
    raw = raw_from_record(record, first, last, fields_of)
    if raw is None:
        return None
    if changed:
        raw.notes.append(Note(first, "encoding", "characters that are no text were replaced by \ufffd; mend them"))
    return assemble(raw)


def _open_quote(lines: Sequence[str], first: int, last: int) -> bool:
    """Tell whether the last row ends inside quotes: then its quotes do not pair."""
    return sum(line.count('"') for line in lines[first - 1 : last]) % 2 == 1
