"""Moves and overlap of rankings, by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.comparing import move_label, moves, overlaps

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def test_moves_count_places_upwards() -> None:
    assert moves(["a", "b", "c", "d"], ["c", "b", "x", "a"]) == [2, 0, None, -3]


def test_move_labels() -> None:
    assert [move_label(move) for move in (2, 0, None, -3)] == ["↑2", "–", "new", "↓3"]


def test_overlap_of_every_pair() -> None:
    rankings = {"one": ["a", "b", "c"], "two": ["c", "d"], "three": []}
    assert overlaps(rankings) == [("one", "two", 1, 3), ("one", "three", 0, 3), ("two", "three", 0, 2)]


@given(IDS)
def test_a_ranking_does_not_move_against_itself(ids: list[str]) -> None:
    assert moves(ids, ids) == [0] * len(ids)


@given(IDS, IDS)
def test_a_move_leads_from_the_old_place_to_the_new_one(reference: list[str], ranking: list[str]) -> None:
    for place, move in enumerate(moves(reference, ranking)):
        if move is None:
            assert ranking[place] not in reference
        else:
            assert reference[place + move] == ranking[place]
