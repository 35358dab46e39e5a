"""A small shop whose products have what queries state: prices and ratings or none, colours, sizes, measures, codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retrieval.engine import SearchEngine
from retrieval.loading import memory_build
from retrieval.models import ReadyModels
from retrieval.protocols import FloatArray, Merchandising
from retrieval.records import Product
from retrieval.settings import Settings
from tests.support import HashEncoder

# Default settings, but no search is ever too slow, however busy the machine.
SETTINGS = Settings(_env_file=None, time_budget_ms=0)
NOUNS = ("kettle", "bedsheet", "headphone", "bottle", "lamp", "saree")
STUFFS = ("steel", "cotton", "wooden", "plastic", "glass")
COLOURS = ("Red", "Blue", "Green", "Black")
EXTRAS = ("with remote", "with lid", "remote free", "classic", "")


class WordScorer:
    """A cross-encoder that counts the query's words in a passage, and among equals likes the longer passage."""

    id = "words"
    weight = 1.0

    def score(self, query: str, passages: Sequence[str]) -> FloatArray:
        words = set(query.casefold().split())
        return np.array([len(words & set(p.casefold().split())) + len(p) / 1e6 for p in passages], dtype=np.float32)


# Some at a round bound, some a cent beside it, some unknown.
PRICES = (500.0, 499.99, None, 500.01, 120.0, 1000.0, 2500.0)
RATINGS = (4.1, 4.5, None, 3.9, 5.0)


def product(i: int) -> Product:
    """Return product i; the nouns follow one another, and each has everything else in turn."""
    noun, stuff, turn = NOUNS[i % 6], STUFFS[i % 5], i // 6
    measure = f" {(0.5, 1, 1.5, 2)[turn % 4]:g} litre" if noun in ("kettle", "bottle") else ""
    rating = RATINGS[turn % 5]
    return Product(
        product_id=f"s{i:03}",
        title=f"{stuff} {noun}{measure} {EXTRAS[turn // 2 % 5]}".strip() + (f" nr {i}" if turn % 4 else ""),
        category=noun,
        brand=("Walton", "Prestige", "No Brand")[turn % 3],
        sku=f"SK-{7000 + i}",
        price=PRICES[turn % 7],
        currency="BDT",
        rating=rating,
        rating_count=None if rating is None else (10, 99, 100, 250)[turn % 4],
        sales=i * 7 % 50,
        colors=(COLOURS[turn % 4],) if turn % 3 else (),
        sizes=(("S", "M", "XL")[turn % 3],) if i % 2 else (),
        description=f"A {stuff} {noun} for the home. It stands on a shelf and is number {i}.",
        attributes={"Model No": f"QX-{8000 + i}"} if i % 10 == 0 else {},
        line=1 + i,
    )


# Six things are listed twice, at another price.
PRODUCTS = (
    *(product(i) for i in range(114)),
    *(replace(product(i), product_id=f"t{i:03}", sku=None, price=450.0 + 20 * i) for i in range(6)),
)


def stall(
    merchandising: Merchandising | None = None, settings: Settings = SETTINGS, *, vectors: bool = True
) -> SearchEngine:
    """Serve the shop from memory, with hashed vectors and a reranker, or with words alone."""
    encoder = HashEncoder() if vectors else None
    build = memory_build(PRODUCTS, settings=settings, encoder=encoder)
    models = ReadyModels(encoder, WordScorer() if vectors else None)
    return SearchEngine(build, settings, models, merchandising=merchandising)
