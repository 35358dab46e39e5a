"""A query while it is being read: words fall out or are replaced, and every letter knows where it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from retrieval.query.constraints import JOINT
from retrieval.query.records import Correction, Why

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Traced:
    """`text` as it stands now; letter i came from `origins[i]` (start, end) of the text as typed.

    `whys[i]` says why the letter stands in the place of others, None where it was typed just so.
    """

    text: str
    origins: tuple[Span, ...]
    whys: tuple[Why | None, ...]

    @classmethod
    def of(cls, text: str) -> Traced:
        """Begin with a text as typed."""
        return cls(text, tuple((place, place + 1) for place in range(len(text))), (None,) * len(text))

    def span(self, start: int, end: int) -> Span:
        """Return where `start` to `end` of the text as it stands was typed."""
        typed = self.origins[start:end]
        return min(first for first, _ in typed), max(last for _, last in typed)

    def keeping(self, pieces: Sequence[Span]) -> Traced:
        """Return these pieces of the text alone, with a mark between them."""
        text, origins, whys = "", (), ()  # type: tuple[str, tuple[Span, ...], tuple[Why | None, ...]]
        for start, end in pieces:
            if text:
                text, whys = text + JOINT, (*whys, *(None for _ in JOINT))
                at = self.origins[start][0]
                origins = (*origins, *((at, at) for _ in JOINT))
            text += self.text[start:end]
            origins, whys = (*origins, *self.origins[start:end]), (*whys, *self.whys[start:end])
        return Traced(text, origins, whys)

    def replacing(self, corrections: Sequence[Correction]) -> Traced:
        """Return the text with these corrections, of the text as it stands and in its order, put in."""
        text, origins, whys = "", (), ()  # type: tuple[str, tuple[Span, ...], tuple[Why | None, ...]]
        at = 0
        for (start, end), own in self._together(corrections):
            after, read = "", start
            for correction in own:
                after += self.text[read : correction.start] + correction.after
                read = correction.end
            after += self.text[read:end]
            text += self.text[at:start] + after
            origin = self.span(start, end)
            origins = (*origins, *self.origins[at:start], *(origin for _ in after))
            whys = (*whys, *self.whys[at:start], *(own[-1].why for _ in after))
            at = end
        return Traced(text + self.text[at:], (*origins, *self.origins[at:]), (*whys, *self.whys[at:]))

    def _together(self, corrections: Sequence[Correction]) -> list[tuple[Span, list[Correction]]]:
        """Return the spans that are replaced as one, in order, each with the corrections that lie in it."""
        groups: list[tuple[Span, list[Correction]]] = []
        for correction in corrections:
            start, end = self._whole(correction.start, correction.end)
            own = [correction]
            if groups and start < groups[-1][0][1]:
                (start, last), before = groups.pop()
                end, own = max(last, end), [*before, correction]
            groups.append(((start, end), own))
        return groups

    def _whole(self, start: int, end: int) -> Span:
        """Return a span together with what was replaced as one with its ends."""
        while start and self.whys[start - 1] and self.origins[start - 1] == self.origins[start]:
            start -= 1
        while end < len(self.text) and self.whys[end] and self.origins[end] == self.origins[end - 1]:
            end += 1
        return start, end

    def _runs(self) -> list[tuple[Span, Why | None, str]]:
        """Return what was replaced as one, and every other letter by itself: where it was typed, why, what it says."""
        letters = zip(self.origins, self.whys, self.text, strict=True)
        return [
            (origin, why, "".join(letter for _, _, letter in run))
            for (origin, why), run in groupby(letters, key=lambda letter: letter[:2])
        ]

    def corrections(self, typed: str) -> tuple[Correction, ...]:
        """Return everything that was replaced, by spans of the text as typed."""
        return tuple(
            Correction(start, end, typed[start:end], after, why) for (start, end), why, after in self._runs() if why
        )

    def as_typed(self, typed: str) -> str:
        """Return the text with everything that was replaced as it was typed."""
        return "".join(typed[start:end] if why else said for (start, end), why, said in self._runs())
