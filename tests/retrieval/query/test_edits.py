"""What slips cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from retrieval.query.edits import distance, unlikeness

WORDS = st.text(alphabet="abcdehklost", max_size=9)


@pytest.mark.parametrize(
    ("one", "other", "cost"),
    [
        ("kettle", "kettle", 0.0),
        ("kettle", "ketle", 0.3),  # a doubled letter
        ("plug", "plag", 0.5),  # a vowel for a vowel
        ("sensor", "senser", 0.5),
        ("sheet", "seet", 0.4),  # a silent h
        ("lenovo", "lenvo", 0.5),  # a vowel lost
        ("kitchen", "kichen", 0.8),  # a consonant lost
        ("adapter", "adpater", 0.7),  # swapped
        ("lamp", "lanp", 0.4),  # m and n sound alike
        ("ring", "rinh", 0.7),  # neighbours on the keyboard
        ("desk", "demk", 1.0),
        ("gabardine", "gabadin", 0.8 + 0.5),
        ("case", "vase", 0.7 + 0.4),  # c and v are neighbours; the first letter
        ("", "ab", 0.5 + 0.8 + 0.4),
        ("", "", 0.0),
    ],
)
def test_costs_by_hand(one: str, other: str, cost: float) -> None:
    assert distance(one, other) == pytest.approx(cost)
    assert distance(other, one) == pytest.approx(cost)


@given(WORDS, WORDS)
def test_a_weighted_distance_is_symmetric_and_within_the_plain_one(one: str, other: str) -> None:
    plain = OSA.distance(one, other)
    cost = distance(one, other)
    assert cost == pytest.approx(distance(other, one))
    assert cost <= plain + 0.4 + 1e-9
    assert cost >= 0.3 * plain - 1e-9
    assert (cost == 0) == (one == other)


def test_words_that_sound_alike_are_near_unless_their_letters_are_far() -> None:
    assert unlikeness(0.3, 0.0) == 0.3
    assert unlikeness(1.1, 0.0) == pytest.approx(0.2 + 1.1 / 2)
    assert unlikeness(1.1, 0.9) == pytest.approx(1.1)
    assert unlikeness(2.0, 1.2) == pytest.approx(1.4)
