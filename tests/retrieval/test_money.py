"""Sums of money in words."""

from __future__ import annotations

import pytest

from retrieval.money import amount, number


@pytest.mark.parametrize(
    ("value", "text"), [(1250.0, "1,250"), (99.5, "99.50"), (0.0, "0"), (1_000_000.25, "1,000,000.25")]
)
def test_whole_numbers_have_no_decimals_and_others_have_two(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("currency", "text"),
    [("BDT", "৳450"), ("usd", "$450"), ("SEK", "450 SEK"), ("₦", "₦450"), (None, "450"), ("", "450")],
)
def test_a_known_currency_is_a_sign_and_another_a_code_after_the_number(currency: str | None, text: str) -> None:
    assert amount(450.0, currency) == text
