"""Tables into claims: a row about one product, or products side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from answering.checking.marks import Passage, marks, without_marks

_NUMBERING = re.compile(r"#?\d{1,2}[.)]?")
_NUMBERED = re.compile(r"|#|no\.?|nr\.?|sl\.?|s\.?\s?no\.?|rank|number|serial")
_SEPARATOR = re.compile(r"[ \t]*\|?[ \t]*:?-{1,}:?[ \t]*(?:\|[ \t]*:?-{1,}:?[ \t]*)*\|?[ \t]*$")


@dataclass(slots=True)
class Line:
    """A line of a text, from `start` to `end`; `ended` says that another may begin after it."""

    start: int
    end: int
    text: str
    ended: bool


def is_row(line: str) -> bool:
    """Tell whether a line is a row of a table."""
    bare = line.strip()
    return bare.startswith("|") or bare.count(" | ") >= 2 or (bare.count("|") >= 2 and bool(_SEPARATOR.match(bare)))


def _cells(line: Line) -> list[tuple[int, int, str]]:
    """Return the cells of a row: start and end in the text, and what stands there."""
    found: list[tuple[int, int, str]] = []
    begun = 0
    for match in re.finditer(r"(?<!\\)\||$", line.text):
        raw = line.text[begun : match.start()]
        lead = len(raw) - len(raw.lstrip())
        bare = raw.strip()
        outer = not bare and (begun == 0 or match.start() == len(line.text))
        if not outer:
            found.append((line.start + begun + lead, line.start + begun + lead + len(bare), bare))
        begun = match.end()
    return found


def table(lines: Sequence[Line], block: int) -> Iterator[Passage]:
    """Yield a table's header cells that cite, and its rows, or their cells where the columns are products."""
    rows = [_cells(line) for line in lines if not _SEPARATOR.match(line.text)]
    if not rows:
        return
    header, *body = rows
    columns = [marks(cell) for _, _, cell in header]
    labels = [_bare(cell) for _, _, cell in header]
    for start, end, cell in header:
        if marks(cell):
            yield Passage(start, end, cell, "header", marks(cell), block=block)
    for row in body:
        borne = [marks(cell) for _, _, cell in row]
        every = tuple(dict.fromkeys(n for cited in borne for n in cited))
        name = _bare(row[0][2]) if row else ""
        upright = any(columns[1:]) or (
            len(every) > 1 and not borne[0] and len(every) == len(row) - (2 if _only(row) else 1)
        )
        if not upright:
            yield from _row(row, labels, every, block)
            continue
        # Products stand side by side: the column's citation, or the row's in the columns' order.
        for place, (start, end, cell) in enumerate(row[1:], 1):
            if not _bare(cell):
                continue
            column = columns[place] if place < len(columns) else ()
            cited = borne[place] or column or (every[place - 1 : place] if not any(columns[1:]) else ())
            yield Passage(start, end, cell, "clause", cited, name, block)


def _only(row: Sequence[tuple[int, int, str]]) -> bool:
    return bool(row) and not _bare(row[-1][2])


def _row(
    row: Sequence[tuple[int, int, str]], labels: Sequence[str], cited: tuple[int, ...], block: int
) -> Iterator[Passage]:
    """Yield a row's cells, each with its column's header; a row is about one product."""
    for place, (start, end, cell) in enumerate(row):
        if _bare(cell) and not _counts_rows(cell, labels[place] if place < len(labels) else ""):
            label = labels[place] if place < len(labels) and place else ""
            yield Passage(start, end, cell, "clause", cited, label, block)


def _counts_rows(cell: str, label: str) -> bool:
    """Tell whether a cell only numbers its row."""
    return _NUMBERING.fullmatch(_bare(cell)) is not None and _NUMBERED.fullmatch(label.casefold()) is not None


def _bare(cell: str) -> str:
    return without_marks(cell).replace("*", "").strip(" :")
