"""What was read out of a query and put into it is told by places of the query as it was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import count, groupby

from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.constraints import JOINT
from retrieval.query.records import Correction
from retrieval.query.traced import Traced


@dataclass(frozen=True)
class Letter:
    """A letter of the model: `run` numbers what was put in at once, None where the letter was typed."""

    said: str
    start: int
    end: int
    run: int | None


class Model:
    """The same by another way: every letter carries the number of the correction that it came with."""

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.letters = [Letter(letter, place, place + 1, None) for place, letter in enumerate(typed)]
        self._runs = count()

    @property
    def text(self) -> str:
        return "".join(letter.said for letter in self.letters)

    def keep(self, pieces: list[tuple[int, int]]) -> None:
        kept: list[Letter] = []
        for start, end in pieces:
            own = self.letters[start:end]
            if kept:
                kept += [Letter(mark, own[0].start, own[0].start, None) for mark in JOINT]
            for run, letters in groupby(own, key=lambda letter: letter.run):
                number = None if run is None else next(self._runs)  # what is torn apart is told by its pieces
                kept += [Letter(letter.said, letter.start, letter.end, number) for letter in letters]
        self.letters = kept

    def put(self, corrections: list[tuple[int, int, str]]) -> None:
        """Put corrections in; all that was put in together with a letter that one of them is over goes with it."""
        said: list[Letter] = []
        at = 0
        for start, end, after in corrections:
            over = self.letters[start:end]
            said += self.letters[at:start]
            said += [Letter(letter, min(x.start for x in over), max(x.end for x in over), -1) for letter in after]
            torn = {letter.run for letter in over} - {None}
            said = [replace(x, run=-1) if x.run in torn else x for x in said]
            self.letters = [replace(x, run=-1) if x.run in torn else x for x in self.letters]
            at = end
        said += self.letters[at:]
        self.letters = []
        for run, letters in groupby(said, key=lambda letter: letter.run):
            own = list(letters)
            if run == -1:
                number, first, last = next(self._runs), min(x.start for x in own), max(x.end for x in own)
                own = [Letter(x.said, first, last, number) for x in own]
            self.letters += own

    def corrections(self) -> list[tuple[int, int, str, str]]:
        return [
            (own[0].start, own[0].end, self.typed[own[0].start : own[0].end], "".join(x.said for x in own))
            for run, letters in groupby(self.letters, key=lambda letter: letter.run)
            if run is not None
            for own in [list(letters)]
        ]

    def as_typed(self) -> str:
        out = []
        for run, letters in groupby(self.letters, key=lambda letter: letter.run):
            own = list(letters)
            out += [x.said for x in own] if run is None else [self.typed[own[0].start : own[0].end]]
        return "".join(out)


TEXTS = st.text(st.sampled_from("abcdef   ,-৫é😀"), min_size=1, max_size=30)


@st.composite
def spans(draw: st.DrawFn, text: str) -> list[tuple[int, int]]:
    """Draw spans of a text, in order, none over another and none empty."""
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=8)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def words(draw: st.DrawFn, text: str) -> list[tuple[int, int]]:
    """Draw words of a text, in order, or two side by side."""
    found = [match.span() for match in re.finditer(r"[^\W_]+(?: [^\W_]+)?", text)]
    return [span for span in found if draw(st.booleans())]


@given(st.data())
def test_every_letter_knows_where_it_was_typed(data: st.DataObject) -> None:
    typed = data.draw(TEXTS)
    traced, model = Traced.of(typed), Model(typed)
    for _ in range(data.draw(st.integers(0, 5))):
        if not traced.text:
            break
        if data.draw(st.booleans()):
            chosen = data.draw(spans(traced.text))
            traced = traced.keeping(chosen)
            model.keep(chosen)
        else:
            chosen = data.draw(words(traced.text))
            afters = [data.draw(st.text("xyz ", min_size=1, max_size=6)) for _ in chosen]
            why = data.draw(st.sampled_from(("spelling", "phonetic", "split", "join")))
            corrections = [
                Correction(start, end, traced.text[start:end], after, why)  # type: ignore[arg-type]
                for (start, end), after in zip(chosen, afters, strict=True)
            ]
            traced = traced.replacing(corrections)
            model.put([(start, end, after) for (start, end), after in zip(chosen, afters, strict=True)])
        assert traced.text == model.text
        assert [traced.span(i, i + 1) for i in range(len(traced.text))] == [(x.start, x.end) for x in model.letters]
        told = [(c.start, c.end, c.before, c.after) for c in traced.corrections(typed)]
        assert told == model.corrections()
        assert traced.as_typed(typed) == model.as_typed()


def test_a_correction_of_a_correction_is_told_as_one() -> None:
    typed = "steell botle"
    traced = Traced.of(typed).replacing([Correction(7, 12, "botle", "bot tle", "split")])
    assert traced.text == "steell bot tle"
    traced = traced.replacing([Correction(0, 6, "steell", "steel", "spelling"), Correction(7, 10, "bot", "b", "join")])
    assert traced.text == "steel b tle"
    assert traced.corrections(typed) == (
        Correction(0, 6, "steell", "steel", "spelling"),
        Correction(7, 12, "botle", "b tle", "join"),
    )
    assert traced.as_typed(typed) == typed


def test_two_corrections_within_an_earlier_one_stand_once_each() -> None:
    typed = "bedshet lamp"
    traced = Traced.of(typed).replacing([Correction(0, 7, "bedshet", "bad shet", "split")])
    traced = traced.replacing(
        [Correction(0, 3, "bad", "bed", "spelling"), Correction(4, 8, "shet", "sheet", "spelling")]
    )
    assert traced.text == "bed sheet lamp"
    assert traced.corrections(typed) == (Correction(0, 7, "bedshet", "bed sheet", "spelling"),)


def test_what_falls_out_leaves_a_mark_that_was_typed_nowhere() -> None:
    typed = "red lamp under 500 for desk"
    traced = Traced.of(typed).keeping([(0, 8), (19, 27)])
    assert traced.text == "red lamp, for desk"
    assert traced.span(4, 8) == (4, 8)
    assert traced.span(10, 18) == (19, 27)
    assert traced.span(8, 10) == (19, 19)
    assert traced.corrections(typed) == ()
    assert traced.as_typed(typed) == traced.text
