"""Passages of an answer and the citations in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["sentence", "clause", "heading", "lead", "header"]

MARK = re.compile(r"[\[【［]\s*\^?(\d{1,6}(?:\s*(?:,|;|-|–|—|to|and|&)\s*\d{1,6})*)\s*[\]】］]")
"""Numbers in square brackets: [1], [1, 2], [1-3], with full-width brackets too."""
GROUP = re.compile(rf"{MARK.pattern}(?:\s?[,;]?\s?{MARK.pattern}){{0,24}}")
"""Marks that stand together: [1][2]."""
_RANGE = re.compile(r"(\d+)\s*(-|–|—|to)\s*(\d+)|(\d+)")
_WIDEST = 20


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text that may claim something, from `start` to `end` of it.

    `cited` are the numbers that it bears or inherits, in order. `label` is what stands before it elsewhere: the header
    of its column, the first cell of its row.
    """

    start: int
    end: int
    text: str
    kind: Kind = "sentence"
    cited: tuple[int, ...] = ()
    label: str = ""
    block: int = 0


def numbers_of(mark: str) -> tuple[int, ...]:
    """Return the numbers of a mark's inside: "1, 3-5" gives 1, 3, 4, 5; of a range too wide only its ends."""
    found: list[int] = []
    for match in _RANGE.finditer(mark):
        if match[4]:
            found.append(int(match[4]))
            continue
        low, high = int(match[1]), int(match[3])
        found += range(low, high + 1) if low <= high <= low + _WIDEST else (low, high)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def marks(text: str) -> tuple[int, ...]:
    """Return the numbers that a text cites, each once, in order."""
    if not any(bracket in text for bracket in "[【［"):
        return ()
    return tuple(dict.fromkeys(n for match in MARK.finditer(text) for n in numbers_of(match[1])))


def without_marks(text: str) -> str:
    """Return a text without its citations."""
    return MARK.sub("", text)
