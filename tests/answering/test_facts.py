"""What a record says, looked up in the forms that people use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answering.checking.spelt import spelt
from answering.checking.stated import read
from answering.facts import discounts, facts_of
from tests.answering.prose_shop import GLASS, KETTLE, PHONE, SAREE, SHOE, TRAVEL


def test_measures_in_other_units() -> None:
    facts = facts_of(KETTLE)
    assert {"1800ml", "1500w"} <= facts.measures
    assert facts.amounts["w"] == (1500.0,)
    assert (6.0, "minute") in facts.counted
    assert "550cm" in facts_of(SAREE).measures


def test_colours_sizes_and_models() -> None:
    assert facts_of(SHOE).has_colour("green")
    assert not facts_of(SHOE).has_colour("red")
    assert facts_of(PHONE).has_colour("sky blue", listed=True)
    assert facts_of(GLASS).has_colour("blue")
    assert not facts_of(GLASS).has_colour("blue", listed=True) or "Blue" in GLASS.title
    assert {"39", "42"} <= facts_of(SHOE).sizes
    assert "50" not in facts_of(SHOE).sizes
    assert "lsrn865" in facts_of(SHOE).solid


def test_words_are_known_inflected_run_together_and_by_other_names() -> None:
    facts = facts_of(TRAVEL)
    assert facts.knows("folding")
    assert facts.knows("collapsible")
    assert not facts.knows("waterproof")
    assert facts_of(PHONE).knows("phone")


def test_discounts_are_stated_or_follow_from_the_price_before() -> None:
    assert discounts(KETTLE) == (100 * (1 - 1450 / 1850),)
    assert discounts(replace(KETTLE, discount=20.0))[0] == 20.0
    assert discounts(GLASS) == ()


def test_facts_of_the_same_record_are_read_once() -> None:
    assert facts_of(KETTLE) is facts_of(KETTLE)
    assert facts_of(KETTLE) is not facts_of(replace(KETTLE, price=1.0))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("four and a half", 4.5),
        ("four point two", 4.2),
        ("two hundred and twelve", 212),
        ("one thousand four hundred and fifty", 1450),
        ("eighteen thousand nine hundred ninety", 18990),
        ("a dozen", 12),
        ("twenty-one", 21),
        ("two lakh", 200_000),
    ],
)
def test_numbers_in_words(text: str, number: float) -> None:
    assert spelt(text) == number


@pytest.mark.parametrize(
    ("text", "kind", "number", "how"),
    [
        ("it costs ৳ 1,200", "price", 1200, "exact"),
        ("under tk 500", "price", 500, "most"),
        ("at least 500 taka", "price", 500, "least"),
        ("about rs. 500", "price", 500, "about"),
        ("it was ৳ 700", "original", 700, "exact"),
        ("you save ৳ 70", "saving", 70, "exact"),
        ("৳ 70 cheaper", "difference", 70, "exact"),
        ("rated 4.5 out of 5", "rating", 4.5, "exact"),
        ("four stars or more", "rating", 4, "least"),
        ("from 31 reviews", "ratings", 31, "exact"),
        ("1,200 sold", "sales", 1200, "exact"),
        ("20% off", "discount", 20, "exact"),
        ("12 hours", "counted", 12, "exact"),
        ("there are 31 products", "total", 31, "exact"),
        ("the cheapest of 31 products", "among", 31, "exact"),
    ],
)
def test_what_a_number_is_said_of(text: str, kind: str, number: float, how: str) -> None:
    (said,) = read(text)
    assert (said.kind, said.value, said.how) == (kind, number, how)


def test_what_is_denied() -> None:
    assert [said.denied for said in read("it comes in red, but not in blue")] == [False, True]
    assert [said.denied for said in read("it does not come in red and costs ৳ 5")] == [True, False]
