"""Part numbers and model codes, whichever marks stand between their pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

# A dot or slash between figures is a decimal mark, a fraction or a choice.
_RUN = re.compile(r"[a-z0-9]+(?:(?:[-_]|(?<=[a-z])\.(?=\d))[a-z0-9]+)*+")
_PIECE = re.compile(r"[a-z0-9]+")
_LEADING = re.compile(r"([a-z]{1,6})0+(\d+[a-z]?)")
_LETTERS = re.compile(r"[a-z]{2,12}")
_LONGEST = 32
_MOST_PIECES = 6
# Words that stand before a number by chance: "pack of 6", "size 9".
_CHANCE = frozenset(
    "a an no and are as at by for from in into is it of on or the to was with under over below above than max min up "
    "within between about only pack set size sizes pcs pc piece pieces price tk taka rs bdt usd rating rated "
    "star".split()
)


def _is_code(text: str) -> bool:
    return 3 <= len(text) <= _LONGEST and not text.isalpha() and not text.isdigit()


def _forms(text: str) -> Iterator[str]:
    yield text
    short = _LEADING.fullmatch(text)
    if short:
        yield short[1] + short[2]


def _of_run(run: str) -> Iterator[str]:
    pieces = _PIECE.findall(run)
    joined = "".join(pieces)
    if len(pieces) <= _MOST_PIECES and _is_code(joined):
        yield from _forms(joined)
    for first, second in pairwise(pieces):
        if len(pieces) > 2 and _LETTERS.fullmatch(first) and second[0].isdigit() and _is_code(first + second):
            yield first + second


def codes(folded: str, taken: Sequence[tuple[int, int]] = ()) -> tuple[str, ...]:
    """Return the codes of a folded text without separators, each once.

    A word of letters and digits, or several joined by - _ or a dot, is a code ("w.47": "w47"; "w047": "w047", "w47");
    so are a word and the number after it ("gtx 1650": "gtx1650"). Numbers within the spans `taken` are measures.
    """
    found: list[str] = []
    previous: re.Match[str] | None = None
    for match in _RUN.finditer(folded):
        run = match[0]
        measured = any(start <= match.start() < end for start, end in taken)
        if not run.isalpha() and not measured:
            found += _of_run(run)
            close = previous is not None and folded[previous.end() : match.start()] == " "
            if close and previous and run[0].isdigit():
                word = previous[0]
                number = _PIECE.match(run)
                if _LETTERS.fullmatch(word) and word not in _CHANCE and number and _is_code(word + number[0]):
                    found.append(word + number[0])
        previous = match
    return tuple(dict.fromkeys(found))
