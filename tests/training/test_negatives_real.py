"""Mined negatives of the real catalogues, against guards written here anew."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path

import pytest

from retrieval.catalogue import parse_file
from retrieval.chunking import body_text
from retrieval.loading import memory_build
from retrieval.models import ReadyModels
from retrieval.passages import passage_text, title_text
from retrieval.records import Product
from retrieval.settings import Settings
from tests.support import HashEncoder
from training import queries
from training.negatives import MiningSettings, mine_all
from training.pools import mining_pools

pytestmark = pytest.mark.realdata
ENCODER = HashEncoder(dimension=96, window=256)
SETTINGS = Settings(_env_file=None)
MINING = MiningSettings()
MARGINS_READ = 0.1
"""Share of the negatives whose cosines are computed anew."""


def plain(text: str) -> str:
    """Return a text in small letters of one form, everything else than letters, marks and digits as blanks."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    bangla = {0x09E6 + digit: str(digit) for digit in range(10)}
    drawn = "".join(c for c in folded.translate(bangla) if unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", " ", "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in drawn)).strip()


def jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def shingles(text: str) -> set[str]:
    words = plain(text).split()
    return {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}


class Twins:
    """Tells near-duplicates by titles and descriptions, kept once a product."""

    def __init__(self, products: list[Product]) -> None:
        self._products = {product.product_id: product for product in products}
        self._known: dict[str, tuple[str, set[str], set[str]]] = {}

    def read(self, name: str) -> tuple[str, set[str], set[str]]:
        if name not in self._known:
            product = self._products[name]
            title = plain(product.title)
            self._known[name] = title, set(title.split()), shingles(body_text(product))
        return self._known[name]

    def near(self, one: str, other: str) -> bool:
        (title, words, body), (title2, words2, body2) = self.read(one), self.read(other)
        if (title and title == title2) or jaccard(words, words2) >= 0.8:
            return True
        return min(len(body), len(body2)) >= 8 and jaccard(body, body2) >= 0.8


def same(one: str, other: str) -> bool:
    """Tell whether two passages share nearly all their words."""
    words, words2 = set(plain(one).split()), set(plain(other).split())
    return min(len(words), len(words2)) >= 10 and jaccard(words, words2) >= 0.8


def cosine(text: str, product: Product, chunks: list[str]) -> float:
    """Return the best cosine of a query and a product's title and chunks, computed anew."""
    rows = ENCODER.encode([title_text(product.title), *chunks])
    return float((rows @ ENCODER.encode([text], query=True)[0]).max())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("daraz", 150),
        pytest.param("daraz", 1_000, marks=pytest.mark.soak),
        pytest.param("crowdflower", 1_000, marks=pytest.mark.soak),
    ],
)
def test_no_guard_lets_anything_through(realdata_dir: Path, name: str, count: int) -> None:
    products = list(parse_file(realdata_dir / name / "products.md").products)
    by_id = {product.product_id: product for product in products}
    build = memory_build(products, settings=SETTINGS, encoder=ENCODER)
    asked = queries.draw(queries.silver(products)["train"], count)
    pools = mining_pools(build, ReadyModels(ENCODER, None), SETTINGS, asked)
    mined = mine_all(pools, products, MINING)
    assert len(pools) == count
    twins = Twins(products)
    checked = []
    for pool in pools:
        own = mined[pool.query.query_id]
        assert len(own) <= MINING.per_query
        for negative in own:
            assert negative.product_id not in pool.query.grades
            assert not any(twins.near(negative.product_id, right) for right in pool.query.grades)
            assert not any(same(negative.passage, right.passage) for right in pool.known)
            checked.append((pool, negative.product_id))
    assert len(checked) > 2 * count  # the guards leave something to learn from
    places = {product.product_id: place for place, product in enumerate(products)}

    def anew(text: str, product_id: str) -> float:
        chunks = build.store.chunks(build.store.chunk_rows(places[product_id]))
        return cosine(text, by_id[product_id], [passage_text(chunk) for chunk in chunks])

    for pool, negative_id in random.Random(7).sample(checked, round(MARGINS_READ * len(checked))):
        lowest = min(anew(pool.meaning, right) for right in pool.query.grades)
        assert anew(pool.meaning, negative_id) <= lowest - MINING.margin + 1e-5
