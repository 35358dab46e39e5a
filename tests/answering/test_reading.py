"""Reading a question by its grammar alone: aim, conditions and what is asked, in many wordings."""

from __future__ import annotations

import pytest

from answering.mentions import Values, locate, values_in
from answering.reading import read
from answering.records import Aim, Need
from retrieval.records import Filters

VALUES = Values.of(
    ["table lamps", "mens shirts", "kitchen and dining", "sneakers"],
    ["Lumo", "No Brand", "Dekchi & Daughters"],
    ["Red", "Grey"],
    ["M", "XL", "42"],
)


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("what is the cheapest of the table lamps?", "superlative"),
        ("name the three products with the lowest prices in table lamps", "superlative"),
        ("who tops the ratings among sneakers?", "superlative"),
        ("How many sneakers are there?", "count"),
        ("how many of your table lamps cost less than 500?", "count"),
        ("compare the steel lamp with the oak lamp", "compare"),
        ("which is dearer, the steel lamp or the oak lamp?", "compare"),
        ("steel lamp versus oak lamp", "compare"),
        ("do you have shirts in red?", "available"),
        ("table lamps between 1,200 and 2,500 taka", "find"),
        ("sneakers with 20 or more ratings and 4 stars or better", "find"),
        ("something for reading in bed", "find"),
        ("which kitchen and dining can I buy for less than tk 500?", "find"),
        ("what is the price of the oak lamp?", "about"),
        ("how much is the oak lamp?", "about"),
    ],
)
def test_the_aim_is_read_from_the_grammar(text: str, aim: Aim) -> None:
    assert read(text, VALUES).aim == aim


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("table lamps up to 500", Filters(categories=("table lamps",), max_price=500.0)),
        (
            "table lamp in the price range 200 to 300 taka",
            Filters(categories=("table lamps",), min_price=200.0, max_price=300.0),
        ),
        ("anything by Dekchi and Daughters", Filters()),
        ("anything by Dekchi & Daughters", Filters(brands=("Dekchi & Daughters",))),
        ("sneakers rated at least 4.5", Filters(categories=("sneakers",), min_rating=4.5)),
        ("sneakers with at least 3 ratings", Filters(categories=("sneakers",), min_rating_count=3)),
        ("sneakers with no fewer than 5 reviews", Filters(categories=("sneakers",), min_rating_count=5)),
        ("sneakers with more than 100 reviews", Filters(categories=("sneakers",), min_rating_count=101)),
        ("sneakers rated by at least 50 people", Filters(categories=("sneakers",), min_rating_count=50)),
        ("men's shirts for 500 or less", Filters(categories=("mens shirts",), max_price=500.0)),
        (
            "I have ৳1,300 at most. Which table lamps can I afford?",
            Filters(categories=("table lamps",), max_price=1300.0),
        ),
    ],
)
def test_bounds_categories_and_brands_become_filters(text: str, filters: Filters) -> None:
    assert read(text, VALUES).conditions.filters == filters


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("shirts under 500", {Need("price", "less than 500")}),
        ("shirts at most 500", set()),
        ("grey shirts in size XL", {Need("colors", "grey"), Need("sizes", "xl")}),
        ("a gray shirt", {Need("colors", "grey")}),
        ("লাল শার্ট", {Need("colors", "red")}),
        ("shoes in size UK 8", {Need("sizes", "uk 8")}),
        ("sneakers sold more than 1000 times", {Need("sales", "more than 1000")}),
        ("sneakers with at least 20% off", {Need("discount", "at least 20")}),
        ("a gold-plated chain", set()),
        ("sneakers rated below 3", {Need("rating", "less than 3"), Need("rating", "at most 3")}),
    ],
)
def test_what_filters_cannot_say_becomes_needs(text: str, needs: set[Need]) -> None:
    assert set(read(text, VALUES).conditions.needs) == needs


@pytest.mark.parametrize(
    ("text", "name", "most", "count"),
    [
        ("cheapest lamp", "price", False, 1),
        ("the two priciest lamps", "price", True, 2),
        ("top 5 highest rated lamps", "rating", True, 5),
        ("which lamp has the most reviews", "rating_count", True, 1),
        ("which lamp has the highest number of ratings", "rating_count", True, 1),
        ("which lamp has the highest rating", "rating", True, 1),
        ("best-selling lamp", "sales", True, 1),
        ("lamp with the biggest discount", "discount", True, 1),
        ("lowest rated lamp", "rating", False, 1),
    ],
)
def test_extremes_are_told_apart(text: str, name: str, most: bool, count: int) -> None:
    extreme = read(text, VALUES).extreme
    assert extreme is not None
    assert (extreme.field, extreme.most, extreme.count) == (name, most, count)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("T-Shirt, Red (XL)", "how much is t shirt red xl?", "t shirt red xl"),
        ("Lamp 12 W", "is Lamp 12W dear?", "Lamp 12W"),
        ("Lamp 12", "is Lamp 123 dear?", None),
        ("…", "anything", None),
    ],
)
def test_a_name_is_found_whatever_its_punctuation(name: str, text: str, found: str | None) -> None:
    span = locate(name, text)
    assert (None if span is None else text[span[0] : span[1]]) == found


def test_the_longest_value_is_found_first() -> None:
    known = {"tablelamps": "table lamps", "table": "table"}
    assert [value.value for value in values_in("a table and table lamps", known)] == ["table", "table lamps"]
