"""Ratings, counts, percentages, links and lists in every form that the format names."""

from __future__ import annotations

import pytest

from retrieval.catalogue.fields import (
    RatingReading,
    parse_count,
    parse_discount,
    parse_rating,
    parse_url,
    split_images,
    split_list,
    split_seller,
)
from retrieval.catalogue.keys import field_of


@pytest.mark.parametrize(
    ("text", "value", "count", "readable"),
    [
        ("4.1/5 (1,031 ratings)", 4.1, 1031, True),
        ("4.3/5", 4.3, None, True),
        ("4.3", 4.3, None, True),
        ("4.5 out of 5 (3 reviews)", 4.5, 3, True),
        ("৪.৫/৫ (১২ ratings)", 4.5, 12, True),
        ("4.2/5 (1.2K ratings)", 4.2, 1200, True),
        ("0.0/5 (0 ratings)", 0.0, 0, True),
        ("No ratings yet", None, 0, True),
        ("(0 ratings)", None, 0, True),
        ("", None, None, True),
        ("5.5/5 (10 ratings)", None, 10, False),
        ("-1/5", None, None, False),
        ("9/10", None, None, False),
        ("good", None, None, False),
        ("★★★", None, None, False),
        ("4.1/5 (lots)", 4.1, None, False),
    ],
)
def test_ratings(text: str, value: float | None, count: int | None, readable: bool) -> None:
    assert parse_rating(text) == RatingReading(value, count, readable)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1.6K sold", 1600),
        ("33 sold", 33),
        ("1,234", 1234),
        ("10K+ sold", 10000),
        ("1.2M sold", 1200000),
        ("২ sold", 2),
        ("12.0", 12),
        ("1.5", None),
        ("sold out", None),
        ("", None),
    ],
)
def test_counts(text: str, count: int | None) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("7%", 7),
        ("35% Off", 35),
        ("-35%", 35),
        ("৭%", 7),
        ("12.5", 12.5),
        ("Save ৳149 (7%)", 7),
        ("120%", None),
        ("half", None),
    ],
)
def test_discounts(text: str, percent: float | None) -> None:
    assert parse_discount(text) == percent


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"),
        ("http://localhost:8080/x", "http://localhost:8080/x"),
        ("[shop](https://shop.example/a)", "https://shop.example/a"),
        ("<https://shop.example/>", "https://shop.example/"),
        ("javascript:alert(1)", None),
        ("ftp://shop.example/a", None),
        ("//shop.example/a", None),
        ("www.shop.example", None),
        ("https://", None),
        ("https://shop.example/a b", None),
        ("https://user@shop.example/", None),
        ('https://shop.example/"onload="x', None),
    ],
)
def test_only_http_links_become_urls(text: str, url: str | None) -> None:
    assert parse_url(text) == url


def test_lists_split_at_their_separator() -> None:
    assert split_list("Red, Blue (dark, navy), Black/Grey") == ["Red", "Blue (dark, navy)", "Black/Grey"]
    assert split_list("Red|Blue, dark") == ["Red", "Blue, dark"]
    assert split_list("Red; Blue") == ["Red", "Blue"]
    assert split_list('["Red, dark", "Blue"]') == ["Red, dark", "Blue"]
    assert split_list("['Red', 'Blue']") == ["Red", "Blue"]
    assert split_list(" ,, ") == []
    assert split_list("[weird, (open") == ["[weird", "(open"]


def test_images_split_at_spaces_and_before_http() -> None:
    a, b = "https://x.example/a,b.jpg", "https://x.example/c.jpg"
    for text in (f"{a} {b}", f"{a}, {b}", f"{a};{b}", f"{a}|{b}", f"![one]({a}) ![two]({b})", f'["{a}", "{b}"]'):
        assert split_images(text) == [a, b]


def test_a_sellers_shop_link_is_told_apart() -> None:
    assert split_seller("Dhaka Mart [Store Link](https://shop.example/s)") == ("Dhaka Mart", "https://shop.example/s")
    assert split_seller("[Dhaka Mart](https://shop.example/s)") == ("Dhaka Mart", "https://shop.example/s")
    assert split_seller("Dhaka Mart") == ("Dhaka Mart", None)


def test_keys_stand_for_fields_in_any_case_and_with_a_suffix() -> None:
    assert field_of("Images (sample)") == field_of("IMAGES") == "images"
    assert field_of("Original Price") == field_of("original_price") == "original_price"
    assert field_of("DocID") == field_of("product_id") == "product_id"
    assert field_of("Location") is None
