"""What a model wrote, as a reader may see it: no thinking aloud, no control tokens, nothing after its end."""

from __future__ import annotations

from collections.abc import Iterable

OPENS, CLOSES = "<think>", "</think>"
NEXT = ("\nCONTEXT\n", "\nQUESTION\n")
"""Headings of the plain prompt; a model without turns that begins the next one has ended its answer."""


class Spoken:
    """Passes on what a model says, piece by piece, without what stands between <think> and </think>.

    `ends` are texts at which it has ended, `drops` texts that are left out. What may be the beginning of any of them
    is held back until it is known.
    """

    def __init__(self, ends: Iterable[str] = (), drops: Iterable[str] = ()) -> None:
        self._ends = tuple(ends)
        self._drops = tuple(text for text in drops if text not in (OPENS, CLOSES))
        self._held = ""
        self._thinking = False
        self._begun = False
        self.ended = False

    def feed(self, piece: str) -> str:
        """Return what is to be shown now that `piece` was written."""
        self._held += piece
        shown = []
        while not self.ended:
            marks = (CLOSES,) if self._thinking else (OPENS, CLOSES, *self._ends, *self._drops)
            found = min(((at, -len(mark), mark) for mark in marks if (at := self._held.find(mark)) >= 0), default=None)
            if found is None:
                held = _may_begin(self._held, marks)
                cut = len(self._held) - held
                if not self._thinking:
                    shown.append(self._held[:cut])
                self._held = self._held[cut:]
                break
            at, _, mark = found
            if not self._thinking:
                shown.append(self._held[:at])
            self._held = self._held[at + len(mark) :]
            self._thinking = mark == OPENS
            self.ended = mark in self._ends
        return self._without_lead("".join(shown))

    def rest(self) -> str:
        """Return what was held back, now that nothing more is written."""
        held, self._held = self._held, ""
        return "" if self._thinking or self.ended else self._without_lead(held)

    def _without_lead(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text


def _may_begin(text: str, marks: tuple[str, ...]) -> int:
    """Return how many characters at the end of a text may be the beginning of a mark."""
    longest = min(len(text), max((len(mark) for mark in marks), default=1) - 1)
    return next((size for size in range(longest, 0, -1) if any(mark.startswith(text[-size:]) for mark in marks)), 0)
