"""Questions in the words of people in a hurry, of merchandisers and of the very polite: one reading for all."""

from __future__ import annotations

import pytest

from answering.evidence import gather
from answering.field_words import fields_of, otherwise
from answering.mentions import Values
from answering.plainly import plainly
from answering.reading import read
from answering.records import Evidence
from retrieval.engine import SearchEngine
from retrieval.records import Filters
from tests.answering.corner_shop import SHOP

OAK = "Oak Table Lamp with Linen Shade"
MILL = "Salt and Pepper Mill Set of Two"
VALUES = Values.of(["table lamps", "sneakers"], ["Lumo"], ["Red"], ["M"])


@pytest.fixture(scope="module")
def shop() -> SearchEngine:
    return SearchEngine.from_documents([{**row, "currency": "BDT"} for row in SHOP], encoder=None)


def ids(evidence: Evidence) -> list[str]:
    return [card.product.product_id for card in evidence.cards]


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (f"I'd like to know what {OAK} sells for", ("price",)),
        (f"whats the damage for {OAK}", ("price",)),
        (f"how many taka is {OAK}", ("price",)),
        (f"Hi there, I was wondering whether you could tell me what you are asking for {OAK} these days?", ("price",)),
        (f"{OAK} tk?", ("price",)),
        (f"how many takas for {OAK}", ("price",)),
        (f"what do you sell {OAK} at", ("price",)),
        (f"is {OAK} expensive?", ("price",)),
        (f"what is the listed price for {OAK} in taka", ("price",)),
        (f"what shades does {OAK} come in", ("colors",)),
        (f"does {OAK} come in different colours? which ones", ("colors",)),
        (f"tell me the manufacturer name of {OAK}", ("brand",)),
        (f"how do customers rate {OAK}", ("rating",)),
        (f"is {OAK} rated well?", ("rating",)),
        (f"how many folks reviewed {OAK}", ("rating_count",)),
        (f"What number of people rated {OAK}?", ("rating_count",)),
        (f"how many pieces of {OAK} have gone out", ("sales",)),
        (f"shop name for {OAK}", ("seller",)),
        (f"what category is {OAK} listed under", ("category",)),
        (f"do u have {OAK}", ()),
    ],
)
def test_any_word_for_a_fact_asks_for_it_of_a_named_product(
    shop: SearchEngine, text: str, wants: tuple[str, ...]
) -> None:
    evidence = gather(text, shop, most=6)
    assert evidence.refusal is None
    assert ids(evidence)[0] == "101"
    assert evidence.question.wants == wants


@pytest.mark.parametrize(
    "text",
    [
        f"Do you have a chartreuse {OAK}?",
        f"taupe {OAK}?",
        f"{OAK} (taupe)",
        f"Is there a vermilion variant of {OAK}?",
        f"how much is the cerise {OAK}?",
        f"shipping cost of {OAK}?",
        f"{OAK} - noise rating?",
        f"{MILL} in red",
    ],
)
def test_what_a_named_product_has_not_is_refused(shop: SearchEngine, text: str) -> None:
    evidence = gather(text, shop, most=6)
    assert evidence.refusal is not None
    assert ids(evidence)[0] == ("104" if MILL in text else "101")


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        ("min price in table lamps", "103"),
        ("which of the table lamps would cost me the least?", "103"),
        ("if I want to spend as little as possible on table lamps, what should I get?", "103"),
        ("sort table lamps by price and give me the first", "103"),
        ("Where do prices start in table lamps?", "103"),
        ("top end table lamps by price", "101"),
        ("If I can spend up to 1000 on table lamps, which is the priciest one?", "102"),
        ("what's the most I could spend on one of the table lamps?", "101"),
        ("Which product in table lamps do most people rate?", "101"),
        ("table lamps with maximum reviews", "101"),
        ("In terms of number of ratings, which is top in table lamps?", "101"),
        ("Please, which of your table lamps is cheapest, considering only those with 5 or more ratings?", "102"),
        ("which kitchen and dining do customers buy the most", "104"),
        ("Which of the table lamps do customers rate highest, counting only those with at least 5 ratings?", "101"),
        ("fastest selling product in kitchen and dining", "104"),
    ],
)
def test_most_or_least_near_a_word_for_a_field_is_an_extreme(shop: SearchEngine, text: str, winner: str) -> None:
    evidence = gather(text, shop, most=6)
    assert evidence.refusal is None
    assert evidence.question.aim == "superlative"
    assert ids(evidence)[0] == winner


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("I have only 760 taka, which table lamps can I take?", Filters(max_price=760.0)),
        ("I've got 1100 taka to spend on table lamps", Filters(max_price=1100.0)),
        ("I'm hunting for table lamps that won't cost me more than 520", Filters(max_price=520.0)),
        ("some table lamps whose price does not exceed 622 taka", Filters(max_price=622.0)),
        ("table lamps: nothing over 600", Filters(max_price=600.0)),
        ("table lamps that cost 900 tops", Filters(max_price=900.0)),
        ("Looking for table lamps. Price ceiling 321.", Filters(max_price=321.0)),
        ("which table lamps fall in the 600 to 900 price bracket", Filters(min_price=600.0, max_price=900.0)),
        ("table lamps with rating above or equal 4.5", Filters(min_rating=4.5)),
        ("table lamps with at least 3.5 out of five stars", Filters(min_rating=3.5)),
        ("highly rated table lamps (4+)", Filters(min_rating=4.0)),
        ("table lamps with no less than 2 reviews", Filters(min_rating_count=2)),
        ("the table lamps with 4 or more stars", Filters(min_rating=4.0)),
        ("table lamps with stars above or equal to 4.5", Filters(min_rating=4.5)),
        ("I'd spend 451 at the very most on table lamps; what fits?", Filters(max_price=451.0)),
        ("Show only table lamps with 5 ratings at the very least", Filters(min_rating_count=5)),
    ],
)
def test_bounds_are_read_however_they_are_said(text: str, filters: Filters) -> None:
    read_filters = read(plainly(text), VALUES).conditions.filters
    bounds = ("min_price", "max_price", "min_rating", "min_rating_count")
    assert {name: getattr(read_filters, name) for name in bounds} == {name: getattr(filters, name) for name in bounds}
    assert read_filters.categories == ("table lamps",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Are there many table lamps under 1000? How many?", 2),
        ("table lamps rated 4 or better, how many are there?", 2),
        ("what's the count of table lamps up to 900", 2),
    ],
)
def test_a_number_of_products_is_asked_for_at_either_end(shop: SearchEngine, text: str, count: int) -> None:
    evidence = gather(text, shop, most=6)
    assert evidence.question.aim == "count"
    assert evidence.matching == count


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("list price", ("original_price",)),
        ("number of ratings", ("rating_count",)),
        ("price and rating", ("price", "rating")),
        ("how well has it sold", ("sales",)),
        ("delivery charge", ()),
        ("screen size", ()),
        ("warranty", ()),
    ],
)
def test_the_more_telling_word_decides_the_field(text: str, fields: tuple[str, ...]) -> None:
    assert fields_of(text)[0] == fields


def test_a_fact_that_only_sounds_like_a_field_is_told_apart() -> None:
    assert otherwise("the delivery charge of it") == "delivery charge"
    assert otherwise("the price of it") == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I'd say what's that", "I would say what is that"),
        ("pls show lamps (red)", "please show lamps, red"),
        ("Good morning sir, lamps", "lamps"),
        ("thanks", "thanks"),
        ("lamps up to 5; what fits?", "lamps up to 5"),
        ("lamp's price", "lamp's price"),
    ],
)
def test_contractions_and_courtesies_are_plain_words(text: str, plain: str) -> None:
    assert plainly(text) == plain
