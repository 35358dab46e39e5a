"""Read text, JSON and tables line by line, plain or gzipped: a file may hold millions of lines."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from retrieval.catalogue.json import read_objects
from retrieval.errors import EvaluationError

Record = Mapping[str, Any]
_BOM = b"\xef\xbb\xbf"
_LONGEST = 64 * 1024 * 1024
"""Bytes of a line beyond which a file is taken for something else than lines."""
_DELIMITERS = (",", ";", "\t", "|")


def plain_suffix(path: Path) -> str:
    """Return a file's ending in small letters, without the `.gz` behind it."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number (from 1) and text of every line, without its end; blank lines too.

    Only `\\n` and `\\r\\n` end a line. Raises EvaluationError naming file and line where the file cannot be read, is
    empty, is no UTF-8, or is a gzip file that was cut off.
    """
    number = 0
    try:
        with _opened(path) as file:
            while raw := file.readline(_LONGEST):
                number += 1
                yield number, _text(raw, path, number)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise EvaluationError(
            f"{path}: the gzip file is cut off or damaged behind line {number} ({error}); fetch or copy it again"
        ) from error
    except OSError as error:
        raise EvaluationError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    if not number:
        raise EvaluationError(f"{path}: the file is empty; fetch or copy it again")


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _text(raw: bytes, path: Path, number: int) -> str:
    if len(raw) == _LONGEST and not raw.endswith(b"\n"):
        raise EvaluationError(
            f"{path}:{number}: the line is longer than {_LONGEST >> 20} MiB; this is no file of lines, "
            "unpack or convert it first"
        )
    if number == 1 and raw.startswith(_BOM):
        raw = raw[len(_BOM) :]
    try:
        return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"{path}:{number}: not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8"
        ) from error


def json_lines(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield line number and object of every line of a JSON Lines file; blank lines are skipped.

    Raises EvaluationError as `read_lines` does, and where a line is no JSON object or not one line has any.
    """
    found = False
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(
                f"{path}:{number}: not JSON ({error}); every line is one object, mend or fetch it again"
            ) from error
        if not isinstance(value, dict):
            raise EvaluationError(f"{path}:{number}: not a JSON object; every line is one object")
        found = True
        yield number, value
    if not found:
        raise EvaluationError(f"{path}: holds no object; every line is one JSON object")


def csv_rows(path: Path, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Yield first line and cells of every row of a CSV file that is not empty; a quoted cell may span lines.

    `strict` refuses text beside a quoted cell and a quote that is never closed. Raises EvaluationError as `read_lines`
    does.
    """
    reader = csv.reader(
        (f"{line}\n" for _, line in read_lines(path)), delimiter=delimiter, strict=strict, skipinitialspace=strict
    )
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise EvaluationError(
                f"{path}:{before + 1}: this row is no CSV ({error}); is a quote left open, or one inside a cell not "
                "doubled?"
            ) from error
        if row:
            yield before + 1, row
        before = reader.line_num


def records(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield line and record of a table: JSON Lines (.jsonl, .ndjson), a JSON array (.json), or CSV (.csv, .tsv, .txt).

    CSV has its columns' names on the first line. Each file may be gzipped. Raises EvaluationError naming file and line;
    an array of JSON is read whole.
    """
    suffix = plain_suffix(path)
    if suffix in (".jsonl", ".ndjson"):
        return json_lines(path)
    if suffix == ".json":
        return _json_document(path)
    if suffix in (".csv", ".tsv", ".txt"):
        return _table(path, "\t" if suffix == ".tsv" else _delimiter(path))
    raise EvaluationError(f"{path}: is of no known kind; accepted endings are .jsonl, .json, .csv and .tsv, also .gz")


def _json_document(path: Path) -> Iterator[tuple[int, Record]]:
    objects = read_objects([line for _, line in read_lines(path)])
    for problem in objects.problems:
        raise EvaluationError(f"{path}:{problem.line}: {problem.message}")
    if not objects.found:
        raise EvaluationError(f"{path}: holds no object; write an array of objects, or one object a line")
    for first, _, record in objects.found:
        yield first, record


def _delimiter(path: Path) -> str:
    """Return the delimiter that cuts the first line into most cells; raise EvaluationError where it is no header."""
    number, first = next(((number, line) for number, line in read_lines(path) if line.strip()), (1, ""))
    try:
        return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter), [])))
    except csv.Error as error:
        raise EvaluationError(
            f"{path}:{number}: this is no header of a table ({error}); the first line names the columns"
        ) from error


def _table(path: Path, delimiter: str) -> Iterator[tuple[int, Record]]:
    header: Sequence[str] | None = None
    found = False
    for number, row in csv_rows(path, delimiter):
        if header is None:
            header = [cell.strip() for cell in row]
            twice = next((cell for cell in header if cell and header.count(cell) > 1), None)
            if twice is not None:
                raise EvaluationError(f"{path}:{number}: two columns are called {twice!r}; rename one")
            continue
        if len(row) != len(header):
            raise EvaluationError(
                f"{path}:{number}: {len(row)} cells where the header has {len(header)}; is a delimiter inside a cell "
                "not quoted?"
            )
        if any(cell.strip() for cell in row):
            found = True
            yield number, dict(zip(header, row, strict=True))
    if not found:
        raise EvaluationError(f"{path}: holds no row below its header")
