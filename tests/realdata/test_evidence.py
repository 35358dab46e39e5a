"""Questions about a slice of a real catalogue: its titles name their products, and every stated bound holds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from answering.evidence import gather
from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.records import Product
from tests.answering.slices import documents

pytestmark = pytest.mark.realdata
SLICE = 700
ASKED = 60


@pytest.fixture(scope="module")
def products(realdata_dir: Path) -> list[Product]:
    whole = parse_file(realdata_dir / "daraz" / "products.md").products
    return random.Random(61).sample(list(whole), SLICE)


@pytest.fixture(scope="module")
def engine(products: list[Product]) -> SearchEngine:
    return SearchEngine.from_documents(documents(products), encoder=None)


def test_titles_name_their_products(engine: SearchEngine, products: list[Product]) -> None:
    drawn = random.Random(62).sample(products, ASKED)
    wrong = []
    for place, product in enumerate(drawn):
        text = ("how much is {}?", "what does {} cost?", "price of {}")[place % 3].format(product.title)
        evidence = gather(text, engine, most=6)
        titles = {card.product.title for card in evidence.cards}
        if evidence.refusal is not None or titles != {product.title} or evidence.question.wants != ("price",):
            wrong.append(product.product_id)
    assert len(wrong) <= ASKED // 20, wrong


def test_bounds_hold_and_the_cheapest_is_the_cheapest(engine: SearchEngine, products: list[Product]) -> None:
    draw = random.Random(63)
    categories = sorted({product.category for product in products if product.category})
    for category in categories:
        own = [product for product in products if product.category == category and product.price is not None]
        limit = sorted(product.price or 0.0 for product in own)[draw.randrange(len(own) // 2, len(own))]
        evidence = gather(f"which {category} cost less than {limit:g} taka?", engine, most=6)
        fitting = {product.product_id for product in own if (product.price or 0.0) < limit}
        assert (evidence.refusal is None) == bool(fitting), category
        if fitting:
            assert {card.product.product_id for card in evidence.cards} <= fitting, category
        evidence = gather(f"what is the cheapest product in {category}?", engine, most=6)
        lowest = min(product.price or 0.0 for product in own)
        winners = [card.product for card in evidence.cards[: evidence.matching]]
        assert {product.price for product in winners} == {lowest}, category
