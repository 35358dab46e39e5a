"""Numbers as people read them."""

from __future__ import annotations

import pytest

from retrieval.records import Product
from ui import formats


def product(**values: object) -> Product:
    return Product(product_id="p", title="t", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1250.0, "BDT", "৳1,250"),
        (12.99, "USD", "$12.99"),
        (99.5, "usd", "$99.50"),
        (5.0, "CHF", "5 CHF"),
        (5.0, "৳", "৳5"),
        (1234567.0, None, "1,234,567"),
    ],
)
def test_money(value: float, currency: str | None, text: str) -> None:
    assert formats.money(value, currency) == text


def test_a_price_range_is_shown_only_where_it_is_one() -> None:
    assert formats.price(product(price=300.0, price_max=450.0, currency="BDT")) == "৳300 – ৳450"
    assert formats.price(product(price=300.0, price_max=300.0, currency="BDT")) == "৳300"
    assert formats.price(product(price_max=450.0)) is None


def test_discount_is_what_is_missing_to_the_original_price() -> None:
    assert formats.discount_percent(product(price=75.0, original_price=100.0)) == 25
    assert formats.discount_percent(product(price=100.0, original_price=100.0)) is None
    assert formats.discount_percent(product(price=99.9, original_price=100.0)) is None
    assert formats.discount_percent(product(original_price=100.0)) is None


def test_rating_says_unrated_where_nobody_rated() -> None:
    assert formats.rating(product(rating=4.25, rating_count=1031)) == "4.2 (1,031)"
    assert formats.rating(product(rating=4.0)) == "4.0"
    assert formats.rating(product(rating_count=0)) == "Unrated"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (8.4, "8 s"), (60, "1 min"), (130, "2 min 10 s"), (3600, "1 h"), (3900, "1 h 5 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(0.44, "0.4 ms"), (18.2, "18 ms"), (1250.0, "1.25 s")])
def test_milliseconds(value: float, text: str) -> None:
    assert formats.milliseconds(value) == text


def test_count() -> None:
    assert formats.count(1, "product") == "1 product"
    assert formats.count(4801, "product") == "4,801 products"
    assert formats.count(2, "copy", "copies") == "2 copies"
