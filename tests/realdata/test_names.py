"""Titles and SKUs of the real catalogues name their products, and the judged queries name next to nothing else."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.catalogue import parse_file
from retrieval.keyword.fields import title_text
from retrieval.query.names import Names
from retrieval.query.vocabulary import WORD
from retrieval.records import Product
from retrieval.text import fold

pytestmark = pytest.mark.realdata
DRAWN = 100


class Catalogue:
    """A real catalogue and the names in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.products = parse_file(folder / "products.md").products
        self.names = Names.from_products(self.products)
        self.places: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        for place, product in enumerate(self.products):
            self.places[words(product)].add(place)


@pytest.fixture(scope="module", params=("crowdflower", "daraz"))
def catalogue(request: pytest.FixtureRequest, realdata_dir: Path) -> Catalogue:
    return Catalogue(realdata_dir / request.param)


def words(product: Product) -> tuple[str, ...]:
    return tuple(WORD.findall(fold(title_text(product))))


def ways(rng: random.Random, text: str) -> Iterator[str]:
    """Yield a text as it is, in capitals, with other ASCII marks, and with wider spaces."""
    yield text
    yield text.upper()
    yield re.sub(r"[!-/:-@\[-`{-~]", lambda _: rng.choice("-/,.;:|~ "), text)
    yield text.replace(" ", "  ")


def test_titles_name_their_products(catalogue: Catalogue) -> None:
    rng = random.Random(5)
    for product in rng.sample([product for product in catalogue.products if words(product)], DRAWN):
        same = catalogue.places[words(product)]
        for query in ways(rng, product.title):
            (name,) = catalogue.names.find(query)
            assert name.kind == "title"
            assert same & set(name.positions), query
        if sum(WORD.search(part) is not None for part in product.title.split()) >= 3:
            query = f"buy {product.title}"
            found = [name for name in catalogue.names.find(query) if name.kind == "title"]
            assert any(same & set(name.positions) for name in found), query


def test_skus_name_their_products(catalogue: Catalogue) -> None:
    rng = random.Random(6)
    places = [place for place, product in enumerate(catalogue.products) if product.sku]
    if not places:
        pytest.skip("this catalogue has no SKUs")
    for place in rng.sample(places, DRAWN):
        sku = catalogue.products[place].sku or ""
        for query in (*ways(rng, sku), f"price of {sku}?", re.sub(r"[-_]", " ", sku)):
            first, *_ = catalogue.names.find(query)
            assert first.kind == "sku"
            assert place in first.positions, query


def test_judged_queries_name_only_what_they_are_whole(catalogue: Catalogue) -> None:
    """A query that is not about one product may be a whole title by chance; nothing within it names any."""
    lines = (catalogue.folder / "queries.jsonl").read_text("utf-8").splitlines()
    for query in map(json.loads, lines):
        for name in catalogue.names.find(query["text"]):
            whole = (name.start, name.end) == (0, len(query["text"]))
            assert query.get("type") == "exact" or (name.kind == "title" and whole), query["text"]
