"""Prices in every form that the format names."""

from __future__ import annotations

import pytest

from retrieval.catalogue.prices import parse_currency, parse_number, parse_price


@pytest.mark.parametrize(
    ("text", "price", "price_max", "original", "currency"),
    [
        ("৳ 1,250", 1250, None, None, "BDT"),
        ("৳ 300 - ৳ 450", 300, 450, None, "BDT"),
        ("৳ 450 – ৳ 300", 300, 450, None, "BDT"),
        ("৳300-450", 300, 450, None, "BDT"),
        ("BDT 5500/- to 6000/-", 5500, 6000, None, "BDT"),
        ("৳ 300 - ৳ 300", 300, None, None, "BDT"),
        ("2,150৳ 2,299৳", 2150, None, 2299, "BDT"),
        ("2,150৳2,299৳", 2150, None, 2299, "BDT"),
        ("2,299৳ 2,150৳", 2150, None, 2299, "BDT"),
        ("৳ 1,250 ~~৳ 1,500~~", 1250, None, 1500, "BDT"),
        ("৳ 300 - ৳ 450 ৳ 600", 300, 450, 600, "BDT"),
        ("৳ ১,২৫০", 1250, None, None, "BDT"),
        ("১,২৫,০০০ টাকা", 125000, None, None, "BDT"),
        ("Tk. 99.50", 99.5, None, None, "BDT"),
        ("tk500", 500, None, None, "BDT"),
        ("500 Taka", 500, None, None, "BDT"),
        ("BDT 5500/-", 5500, None, None, "BDT"),
        ("$12.99", 12.99, None, None, "USD"),
        ("€ 1.250,00", 1250, None, None, "EUR"),
        ("12,99 €", 12.99, None, None, "EUR"),
        ("£5", 5, None, None, "GBP"),
        ("₹ 250", 250, None, None, "INR"),
        ("Rs. 250", 250, None, None, "INR"),
        ("1\u00a0250 ৳", 1250, None, None, "BDT"),
        ("৳ 1.5k", 1500, None, None, "BDT"),
        ("৳ 500 (20% off)", 500, None, None, "BDT"),
        ("From ৳ 300, pack of 12", 300, None, None, "BDT"),
        ("1250.0", 1250, None, None, None),
        ("0", 0, None, None, None),
    ],
)
def test_prices_are_read(
    text: str, price: float, price_max: float | None, original: float | None, currency: str | None
) -> None:
    reading = parse_price(text)
    assert reading.readable
    assert (reading.price, reading.price_max, reading.original, reading.currency) == (
        price,
        price_max,
        original,
        currency,
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "Up Coming", "up-coming!", "Call for Price", "Call for price: 01711-223344", "TBA", "N/A", "৳"],
)
def test_no_price_yet_is_no_problem(text: str) -> None:
    reading = parse_price(text)
    assert reading.readable
    assert reading.price is None


@pytest.mark.parametrize(
    "text",
    [
        "cheap",
        "৳ -5",
        "-5",
        "12kg",
        "৳ 1 250",
        "1250 2000",
        "1,2,3",
        "20% off",
        "৳ 1 ৳ 2 ৳ 3",
        "9" * 30,
        "nan",
        "01711",
    ],
)
def test_what_is_no_price_says_so(text: str) -> None:
    assert not parse_price(text).readable
    assert parse_price(text).price is None


def test_numbers_follow_their_grouping() -> None:
    assert parse_number("1,25,000") == 125000
    assert parse_number("1.250,75") == 1250.75
    assert parse_number("1,250.75") == 1250.75
    assert parse_number("1.250") == 1.25
    assert parse_number("1.250", dot_groups=True) == 1250
    assert parse_number("1,2,3") is None


def test_currencies_become_codes_and_stay_codes() -> None:
    for written, code in {"৳": "BDT", "Tk.": "BDT", "taka": "BDT", "$": "USD", "usd": "USD", "xyz": "XYZ"}.items():
        assert parse_currency(written) == code
        assert parse_currency(code) == code
    assert parse_currency("") is None
