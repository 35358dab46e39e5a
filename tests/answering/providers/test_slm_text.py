"""What a reader sees of what a model wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.providers.slm_text import NEXT, Spoken

PIECES = ["<think>", "</think>", "\nQUESTION\n", "\nCONTEXT\n", "<|x|>", "<", "think", ">", "\n", "Q", "a ", "লাল ", "/"]


def said(pieces: list[str]) -> str:
    spoken = Spoken(NEXT, ["<|x|>"])
    return "".join(spoken.feed(piece) for piece in pieces) + spoken.rest()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The lamp costs ৳ 450 [1].", "The lamp costs ৳ 450 [1]."),
        ("<think>\n\n</think>\nThe lamp [1].", "The lamp [1]."),
        ("<think>It may be 3 < 4, or <thin", ""),
        ("Oak. <think>hm</think>Walnut.", "Oak. Walnut."),
        ("</think>Oak.", "Oak."),
        ("Oak [1].\nQUESTION\nAnd walnut?", "Oak [1]."),
        ("3 < 4, and <thing> is no thought <", "3 < 4, and <thing> is no thought <"),
        ("Oak.<|x|>", "Oak."),
        ("", ""),
        (" \n Oak. \n", "Oak. \n"),
    ],
)
def test_what_is_shown(written: str, shown: str) -> None:
    assert said([written]) == shown


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.data())
def test_how_a_text_is_cut_into_pieces_changes_nothing(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert said(pieces) == said([text])


def test_the_end_is_known_at_once() -> None:
    spoken = Spoken(NEXT)
    assert spoken.feed("Oak [1].\nQUEST") == "Oak [1]."
    assert not spoken.ended
    assert spoken.feed("ION\nMore?") == ""
    assert spoken.ended
    assert spoken.feed("Walnut.") == ""
    assert spoken.rest() == ""


def test_what_cannot_be_the_beginning_of_a_mark_is_not_held_back() -> None:
    assert Spoken(NEXT).feed("The lamp costs 450") == "The lamp costs 450"
