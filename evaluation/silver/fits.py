"""Which products are right for a query: a rule that any reader can apply by hand, and an index that applies it fast."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from evaluation.records import Query
from evaluation.silver.words import folded, stems
from retrieval.records import Product


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for: the stems of its content words, and its bounds where it states one.

    `max_price` is in units of `currency`; `size` is compared as it is written, letter case apart.
    """

    words: frozenset[str]
    max_price: float | None = None
    currency: str | None = None
    size: str | None = None


def product_words(product: Product) -> frozenset[str]:
    """Return the stems in which a query's words must stand: those of title, brand, category and colours."""
    return stems((product.title, product.brand, product.category, *product.colors))


def fits(wanted: Wanted, product: Product) -> bool:
    """Tell whether a product is right for a query.

    Each of its words stands in the product's title, brand, category or colours, and its bounds are kept: the product
    costs `max_price` at most, and comes in that size.
    """
    return wanted.words <= product_words(product) and _within(wanted, product, size_keys(product))


def wanted_of(query: Query) -> Wanted:
    """Return what a silver query asks for, from the details that it is written with."""
    details: Mapping[str, Any] = query.details
    return Wanted(stems([details["words"]]), details.get("max_price"), details.get("currency"), details.get("size"))


def size_key(size: str) -> str:
    """Return a size for comparing."""
    return " ".join(folded(size).split())


def size_keys(product: Product) -> frozenset[str]:
    """Return the sizes that a product comes in, for comparing."""
    return frozenset(size_key(size) for size in product.sizes)


def _within(wanted: Wanted, product: Product, sizes: frozenset[str]) -> bool:
    if wanted.max_price is not None and (
        product.price is None or product.price > wanted.max_price or product.currency != wanted.currency
    ):
        return False
    return wanted.size is None or wanted.size in sizes


class FitIndex:
    """The products by the words that they may be found by."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        self.words = [product_words(product) for product in products]
        self.frequency: Counter[str] = Counter(word for found in self.words for word in found)
        """In how many products a stem stands."""
        self._sizes = [size_keys(product) for product in products]
        holders: dict[str, set[int]] = defaultdict(set)
        for position, found in enumerate(self.words):
            for word in found:
                holders[word].add(position)
        self._holders = dict(holders)

    def holding(self, words: Iterable[str]) -> set[int]:
        """Return the positions of the products that hold every one of these stems, of one at least."""
        sets = sorted((self._holders.get(word, set()) for word in words), key=len)
        return set.intersection(*sets) if sets else set()

    def within(self, wanted: Wanted, position: int) -> bool:
        """Tell whether the product at a position keeps to the bounds of a query."""
        return _within(wanted, self.products[position], self._sizes[position])

    def right(self, wanted: Wanted) -> list[int]:
        """Return the positions of the products that fit, ascending."""
        return sorted(position for position in self.holding(wanted.words) if self.within(wanted, position))

    def few(self, wanted: Wanted, most: int) -> bool:
        """Tell whether one product fits or more, up to `most`."""
        found = (position for position in self.holding(wanted.words) if self.within(wanted, position))
        return 1 <= sum(1 for _ in islice(found, most + 1)) <= most
