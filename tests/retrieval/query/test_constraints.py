from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.columns import Columns
from retrieval.query.constraints import REMOVED, find, rest
from retrieval.query.lexicon import Lexicon
from retrieval.query.records import Part
from retrieval.records import Product

PRODUCTS = (
    Product("1", "Jeans", brand="Acme Mills", colors=("Black", "Navy Blue"), sizes=("38", "W36 L34")),
    Product("2", "Sandals", brand="Zento", colors=("Chili Red", "লাল", "...", "2 PCS"), sizes=("9", "43-44")),
    Product("3", "Shirt", brand="Power", colors=("Coffee", "White"), sizes=("XL", "XXL", "M")),
    Product("4", "Sheet", brand="No Brand", sizes=("King",)),
)
LEXICON = Lexicon.from_columns(Columns.from_products(PRODUCTS))


def bounds(text: str, kind: str) -> list[tuple[float | None, float | None, bool]]:
    return [(part.low, part.high, part.exact) for part in find(text, LEXICON) if part.kind == kind]


def said(text: str, kind: str) -> list[tuple[str, ...]]:
    return [part.values for part in find(text, LEXICON) if part.kind == kind]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("lamp under 2000", None, 2000),
        ("lamp below 2,500 tk", None, 2500),
        ("sarees under 1000 in blue", None, 1000),
        ("sarees under 1000 in dark green", None, 1000),
        ("sneakers under 2000 in size 42", None, 2000),
        ("lamp less than 1500 taka", None, 1500),
        ("lamp within 4000 taka", None, 4000),
        ("lamp up to 1500", None, 1500),
        ("lamp, max 1200 tk", None, 1200),
        ("lamp not more than Tk. 900", None, 900),
        ("lamp no more than 1,25,000", None, 125_000),
        ("laptop under 60k", None, 60_000),
        ("laptop 1.5 lakh er moddhe", None, 150_000),
        ("lamp dui hazar takar moddhe", None, 2000),
        ("বাতি ৫০০ টাকার নিচে", None, 500),
        ("পাঁচশ টাকার মধ্যে বাতি", None, 500),
        ("lamp under two thousand", None, 2000),
        ("lamp under $20", None, 20),
        ("lamp <= 500", None, 500),
        ("lamp 500 taka or less", None, 500),
        ("budget 5000 lamp", None, 5000),
        ("lamp price under 700", None, 700),
        ("jeans for men up to 2500", None, 2500),
        ("baby frock within 2000", None, 2000),
        ("lamp over 1999", 1999, None),
        ("lamp over 500 tk", 500, None),
        ("lamp from 500", 500, None),
        ("lamp above ৳1,000", 1000, None),
        ("lamp at least 300 taka", 300, None),
        ("lamp 1000 tk+", 1000, None),
        ("lamp ৫০০ টাকার উপরে", 500, None),
        ("lamp between 500 and 600 taka", 500, 600),
        ("lamp between 600 and 500", 500, 600),
        ("lamp 300 to 500 taka", 300, 500),
        ("lamp 800-1000 tk", 800, 1000),
        ("lamp 500-1000", 500, 1000),
        ("500-1000 lamp", 500, 1000),
        ("lamp 499-999", 499, 999),
        ("phone 10-15k", 10_000, 15_000),
        ("lamp from 500 to 1000", 500, 1000),
        ("lamp ৫০০ থেকে ১০০০ টাকা", 500, 1000),
        ("lamp $20-$30", 20, 30),
        ("lamp ৳2,500 to ৳3,000", 2500, 3000),
    ],
)
def test_a_price_bound_is_exact(text: str, low: float | None, high: float | None) -> None:
    assert bounds(text, "price") == [(low, high, True)]


def test_an_amount_without_a_bound_raises_what_is_near() -> None:
    assert bounds("lamp 500 taka", "price") == [(500 * 0.8, 500 * 1.2, False)]
    assert bounds("lamp around 1000", "price") == [(1000 * 0.8, 1000 * 1.2, False)]
    assert bounds("lamp price 700", "price") == [(700 * 0.8, 700 * 1.2, False)]


def test_the_currency_is_told() -> None:
    units = {text: find(text, LEXICON)[0].unit for text in ("lamp under $20", "lamp under 500 taka", "lamp under 500")}
    assert units == {"lamp under $20": "USD", "lamp under 500 taka": "BDT", "lamp under 500": None}


@pytest.mark.parametrize(
    "text",
    [
        "iphone 6",
        "4k tv",
        "mp3 player",
        "size 9 in stock",
        "3 piece set",
        "2 in 1 charger",
        "xl",
        "calendar 2025",
        "diary from 2019",
        "2019-2021 diary",
        "air max 270",
        "air max 97",
        "phone 14 pro max 256",
        "bottle under 500 ml",
        "adapter 100-240v",
        "mouse 800-1600 dpi",
        "toys for kids under 5",
        "cream for women over 40",
        "connects up to 5 devices",
        "delivery within 30 days",
        "under 50% off",
        "drive 500 gb",
        "model no 450",
        "RX-580",
        "screen 1920x1080",
        "2k-4k monitor",
        "rs 150 motorcycle",
        "over the knee socks",
        "lens 50-200 mm",
    ],
)
def test_other_numbers_are_no_prices(text: str) -> None:
    parts = find(text, LEXICON)
    assert not [part for part in parts if part.kind in REMOVED]
    assert rest(text, parts) == text


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("lamp 4 star", 4, None),
        ("lamp rated 4.5 or above", 4.5, None),
        ("lamp 4.5+", 4.5, None),
        ("lamp rating 4.5+", 4.5, None),
        ("lamp with 4 star rating or better", 4, None),
        ("lamp minimum 4 stars", 4, None),
        ("lamp 4 out of 5", 4, None),
        ("lamp 4+ rating", 4, None),
        ("lamp rating above 3.5", 3.5, None),
        ("lamp under 3 stars", None, 3),
        ("lamp 3 to 4 stars", 3, 4),
        ("বাতি ৪ স্টার", 4, None),
        ("lamp রেটিং ৪.৫", 4.5, None),
    ],
)
def test_a_rating_is_exact(text: str, low: float | None, high: float | None) -> None:
    assert bounds(text, "rating") == [(low, high, True)]
    assert rest(text, find(text, LEXICON)) in ("lamp", "বাতি")


@pytest.mark.parametrize(
    "text",
    [
        "android 4.4+ tv box",
        "kids 4+",
        "5 star chocolate",
        "5 star ac",
        "north star shoes",
        "rating 10",
        "4/5 plank",
        "rated 3.5 kw",
    ],
)
def test_other_stars_and_pluses_are_no_ratings(text: str) -> None:
    assert bounds(text, "rating") == []


def test_well_rated_raises_only() -> None:
    assert bounds("top rated lamp", "rating") == [(4, None, False)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("lamp 100+ ratings", 100, None),
        ("lamp with more than 50 reviews", 50, None),
        ("lamp over 1k ratings", 1000, None),
        ("lamp less than 20 reviews", None, 20),
    ],
)
def test_the_number_of_ratings_is_exact(text: str, low: float | None, high: float | None) -> None:
    assert bounds(text, "rating_count") == [(low, high, True)]
    assert bounds(text, "rating") == bounds(text, "price") == []


def test_everything_at_once() -> None:
    text = "Zento sandals chili red size 9 without heel, 300 to 500 taka with 4 star rating or better, 10+ reviews"
    parts = find(text, LEXICON)
    assert [(part.kind, part.text) for part in parts] == [
        ("brand", "Zento"),
        ("color", "red"),
        ("size", "size 9"),
        ("negation", "without heel"),
        ("price", "300 to 500 taka"),
        ("rating", "with 4 star rating or better"),
        ("rating_count", "10+ reviews"),
    ]
    assert rest(text, parts) == "Zento sandals chili red size 9"


def test_a_colour_is_read_where_the_catalogue_has_it() -> None:
    assert said("navy blue jeans", "color") == [("navy",)]
    assert said("black and white jeans", "color") == [("black",), ("white",)]
    assert said("লাল জুতা", "color") == said("lal juta", "color") == [("red",)]
    assert said("green jeans", "color") == []
    assert said("coffee mug", "color") == []
    assert said("coffee colour mug", "color") == [("coffee",)]
    assert find("green jeans", Lexicon({}, {}, {})) == ()


def test_the_lexicon_gives_the_columns_own_values() -> None:
    assert LEXICON.colour_values("red") == ("chili red", "লাল")
    assert LEXICON.colour_values("navy") == ("navy blue",)
    assert LEXICON.colour_values("dark red") == ("chili red", "লাল")
    assert LEXICON.colour_values("green") == ()
    assert LEXICON.size_values("36") == ("w36 l34",)
    assert LEXICON.size_values("43") == ("43-44",)
    assert LEXICON.size_values("2xl") == ("xxl",)
    assert LEXICON.size_values("king") == ("king",)
    (brand,) = find("zento", LEXICON)
    assert LEXICON.column_values(brand) == ("zento",)
    assert LEXICON.column_values(Part("price", 0, 1, "1")) == ()


def test_a_brand_is_a_name_and_not_a_common_word() -> None:
    assert said("acme mills jeans", "brand") == [("acme mills",)]
    assert said("power bank", "brand") == []
    assert said("no brand lamp", "brand") == []
    often = Lexicon({"power": 6}, {}, {}, sold=lambda word: 8)
    seldom = Lexicon({"power": 6}, {}, {}, sold=lambda word: 200)
    assert [part.values for part in find("power shoes", often)] == [("power",)]
    assert find("power shoes", seldom) == ()


@pytest.mark.parametrize(
    ("text", "size", "unit"),
    [
        ("shoes size 9", "9", None),
        ("jeans waist 38", "38", "waist"),
        ("38 waist jeans", "38", "waist"),
        ("jeans W36 L34", "36/34", "waist"),
        ("shoes eu 42", "42", "eu"),
        ("shoes uk 8.5", "8.5", "uk"),
        ("shirt xl size", "xl", None),
        ("shirt xxl", "2xl", None),
        ("shirt size m", "m", None),
        ("king size sheet", "king", None),
        ("frock 6-7 years", "6-7y", "age"),
        ("জুতা সাইজ ৪২", "42", None),
    ],
)
def test_sizes(text: str, size: str, unit: str | None) -> None:
    assert [(part.values, part.unit) for part in find(text, LEXICON) if part.kind == "size"] == [((size,), unit)]


@pytest.mark.parametrize(
    "text", ["shirt 3xl", "comes in 6 sizes", "full-size 3-piece set", "m and l", "life size 120 cm doll"]
)
def test_what_is_no_size(text: str) -> None:
    assert said(text, "size") == []


def test_measures_are_parts_and_networks_are_none() -> None:
    assert said("300 ml glass 6 pcs", "quantity") == [("300ml",), ("6pcs",)]
    assert said("mat 24 x 18 inch", "dimension") == [("18x24in", "18x24")]
    assert find("5g phone", LEXICON) == ()


SHOP = (
    "lamp|kids|red|power|zento|size 9|iphone 6|5 star|4|500|2000 taka|60k|টাকা|under|between|and|to|or|"
    "from|without|no|not|rating|4.5+|more|or less|max|,|-|(|)|x|inch|6 pcs|with|price|no more than|star|"
    "reviews|100+|ছাড়া|৫০০|er moddhe|$20|.|/|needed|top rated|but"
).split("|")
QUERIES = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(SHOP), max_size=12).map(" ".join),
    st.lists(st.one_of(st.sampled_from(SHOP), st.text(max_size=3)), max_size=10).map("".join),
)


@settings(max_examples=400)
@given(QUERIES)
def test_any_text_is_read_and_spans_lie_apart_within_it(text: str) -> None:
    position = 0
    for part in find(text, LEXICON):
        assert position <= part.start < part.end <= len(text)
        assert part.text == text[part.start : part.end]
        assert part.key.startswith(f"{part.kind}:")
        assert part.to_dict()["text"] == part.text
        assert part.low is None or part.high is None or part.low <= part.high
        position = part.end


@settings(max_examples=400)
@given(QUERIES)
def test_nothing_is_read_out_of_what_remains(text: str) -> None:
    remains = rest(text, find(text, LEXICON))
    again = find(remains, LEXICON)
    assert rest(remains, again) == remains
    assert not [part for part in again if part.kind in REMOVED]


def test_the_key_tells_bounds_apart() -> None:
    assert find("lamp under 1234567", LEXICON)[0].key == "price:-1234567"
    assert find("lamp under 1234568", LEXICON)[0].key == "price:-1234568"
    assert find("300 ml glass", LEXICON)[0].key == "quantity:300ml"


def test_a_letter_that_folds_to_several_stands_in_one_part_alone() -> None:
    parts = find("size ¼ size", LEXICON)
    assert all(one.end <= other.start for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("kettle less than or equal to 1000", None, 1000.0),
        ("kettle equal to or less than 900 taka", None, 900.0),
        ("kettle costing no higher than 300", None, 300.0),
        ("kettle for a maximum of 450", None, 450.0),
        ("kettle greater than or equal to 500 taka", 500.0, None),
        ("kettle more expensive than 2000", 2000.0, None),
        ("kettle exceeding 5000 taka", 5000.0, None),
        ("kettle not exceeding 5000 taka", None, 5000.0),
    ],
)
def test_price_bounds_said_at_length(text: str, low: float | None, high: float | None) -> None:
    (part,) = find(text, LEXICON)
    assert (part.low, part.high, part.exact) == (low, high, True)


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("rated greater than or equal to 4", "rating", 4.0, None),
        ("rating no lower than 4.5", "rating", 4.5, None),
        ("rated not more than 3", "rating", None, 3.0),
        ("a maximum of 3 stars", "rating", None, 3.0),
        ("minimum rating 4.5", "rating", 4.5, None),
        ("max. rating of 3", "rating", None, 3.0),
        ("scoring 4 or better", "rating", 4.0, None),
        ("more than or equal to 100 reviews", "rating_count", 100.0, None),
    ],
)
def test_rating_bounds_said_at_length(text: str, kind: str, low: float | None, high: float | None) -> None:
    (part,) = find(text, LEXICON)
    assert (part.kind, part.low, part.high, part.exact) == (kind, low, high, True)
