"""A query folded for reading, every character of which knows where it was typed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from retrieval.query.records import Kind, Part
from retrieval.text import fold

# What stands in for a span that was read: no pattern reads across a comma, and its place still ends a phrase.
BARRIER = ","
# Python's \w leaves out the vowel signs of Bangla, which belong to the word.
LETTER = r"[^\W\d_]|[\u0980-\u09ff]"
BEFORE = r"(?<![\w\u0980-\u09ff])"
AFTER = r"(?![\w\u0980-\u09ff])"
# Where a phrase is over: the end, or a mark that is no decimal point.
END = r"(?=\s*(?:$|[,;:!?|)\]।]|\.(?!\d)))"


@dataclass(frozen=True, slots=True)
class Line:
    """`folded` is the text to be read; its character i was typed from `starts[i]` to `ends[i]` of `text`."""

    text: str
    folded: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Line:
        """Fold a text, character by character."""
        if text.isascii():
            return cls(text, text.lower(), tuple(range(len(text))), tuple(range(1, len(text) + 1)))
        pieces = [fold(character) for character in text]
        starts = tuple(place for place, piece in enumerate(pieces) for _ in piece)
        return cls(text, "".join(pieces), starts, tuple(start + 1 for start in starts))

    def part(self, kind: Kind, start: int, end: int, **said: Any) -> Part:
        """Return a part whose span, given in `folded`, is that of the text as typed."""
        first, last = self.starts[start], self.ends[end - 1]
        return Part(kind, first, last, self.text[first:last], **said)

    def masked(self, spans: Iterable[tuple[int, int]]) -> str:
        """Return `folded` with a barrier and blanks in the place of spans (start, end) of the text as typed."""
        letters = list(self.folded)
        for start, end in spans:
            first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
            letters[first:last] = BARRIER + " " * (last - first - 1) if first < last else ""
        return "".join(letters)
