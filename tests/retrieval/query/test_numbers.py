from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.numbers import AMOUNT, multiplier, value
from retrieval.text import fold


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("2000", 2000),
        ("2,500", 2500),
        ("1,25,000", 125_000),
        ("1,250,000", 1_250_000),
        ("60k", 60 * 1000),
        ("1.1k", 1100),
        ("1.5 lakh", 1.5 * 100_000),
        ("2 lac", 200_000),
        ("15 hajar", 15_000),
        ("২০০০", 2000),
        ("২ হাজার", 2000),
        ("two thousand", 2000),
        ("two thousand five hundred", 2500),
        ("fifteen hundred", 1500),
        ("dui hazar", 2000),
        ("পাঁচশ", 500),
        ("দেড় হাজার", 1500),
        ("1.5 crore", 15_000_000),
    ],
)
def test_an_amount_is_worth_what_it_says(written: str, amount: float) -> None:
    found = re.match(AMOUNT, fold(written))
    assert found
    assert found[0] == fold(written)
    assert value(written) == amount


@pytest.mark.parametrize("written", ["", "two", "thousand", "12,99,1", "0123", "abc"])
def test_what_is_no_amount_is_none(written: str) -> None:
    assert value(written) is None


def test_a_multiplier_is_told() -> None:
    assert multiplier("60k") == "k"
    assert multiplier("1.5 Lakh") == "lakh"
    assert multiplier("500") is None


@given(st.integers(1, 10**9))
def test_thousands_separators_do_not_matter(number: int) -> None:
    assert value(f"{number:,}") == value(str(number)) == number


@given(st.text(max_size=40))
def test_any_text_reads_without_an_error(text: str) -> None:
    read = value(text)
    assert read is None or read >= 0
