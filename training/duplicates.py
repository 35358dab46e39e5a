"""Which products are nearly the same: one of them must not be a wrong answer where another is a right one."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from retrieval.catalogue.duplicates import NEAR, similarity, words
from retrieval.chunking import body_text
from retrieval.errors import TrainingError
from retrieval.records import Product
from retrieval.text import fold, listing_key

SHINGLE = 3
"""Words of a shingle."""
LEAST_SHINGLES = 8
"""Shingles of a text below which a likeness of two says nothing: `brand: none, colour: as shown`."""
_RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class Duplicates:
    """Tells near-duplicates among the products of one catalogue; what is compared is made when first asked for.

    Two products are near where one of these holds: the same title but for case, decoration and spacing (so also the
    variants of one listing); titles whose sets of words have a Jaccard similarity of `least` or more, words cut at
    spaces and decoration or at everything that is no letter, mark or digit; descriptions whose sets of three-word
    shingles have one of `least` or more (Broder: "On the resemblance and containment of documents", SEQUENCES 1997,
    page 22).
    """

    def __init__(self, products: Sequence[Product], least: float = NEAR) -> None:
        self._products = {product.product_id: product for product in products}
        self._least = least
        self._titles: dict[str, tuple[str, frozenset[str], frozenset[str]]] = {}
        self._shingles: dict[str, frozenset[int]] = {}
        self._passages: dict[str, tuple[frozenset[str], frozenset[int]]] = {}

    def near(self, one: str, other: str) -> bool:
        """Tell whether two products, named by their ids, are the same or nearly so; raise TrainingError for others."""
        if one == other:
            return True
        key, spaced, runs = self._title(one)
        other_key, other_spaced, other_runs = self._title(other)
        if key == other_key:
            return True
        if max(similarity(spaced, other_spaced), similarity(runs, other_runs)) >= self._least:
            return True
        own, others = self._body(one), self._body(other)
        return min(len(own), len(others)) >= LEAST_SHINGLES and _jaccard(own, others) >= self._least

    def same_passage(self, one: str, other: str) -> bool:
        """Tell whether two passages are nearly the same, by their words or by their shingles.

        Products whose whole texts differ may have the same best chunk, and that is all that a cross-encoder reads.
        """
        (own, parts), (others, other_parts) = self._passage(one), self._passage(other)
        if min(len(parts), len(other_parts)) < LEAST_SHINGLES:
            return False
        return similarity(own, others) >= self._least or _jaccard(parts, other_parts) >= self._least

    def _product(self, name: str) -> Product:
        found = self._products.get(name)
        if found is None:
            raise TrainingError(
                f"product {name!r} is not among the {len(self._products):,} products that near-duplicates are looked "
                "up in; take the products of the build that the pools were made of"
            )
        return found

    def _title(self, name: str) -> tuple[str, frozenset[str], frozenset[str]]:
        found = self._titles.get(name)
        if found is None:
            title = self._product(name).title
            found = listing_key(title, None), words(title), frozenset(_RUN.findall(fold(title)))
            self._titles[name] = found
        return found

    def _body(self, name: str) -> frozenset[int]:
        found = self._shingles.get(name)
        if found is None:
            found = self._shingles[name] = _hashed(body_text(self._product(name)))
        return found

    def _passage(self, text: str) -> tuple[frozenset[str], frozenset[int]]:
        found = self._passages.get(text)
        if found is None:
            found = self._passages[text] = frozenset(_RUN.findall(fold(text))), _hashed(text)
        return found


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the three-word shingles of a text, folded."""
    found = _RUN.findall(fold(text))
    return frozenset(zip(*(found[start:] for start in range(SHINGLE)), strict=False))


def _hashed(text: str) -> frozenset[int]:
    # A third of the memory of the shingles themselves, and the hashes never leave the process.
    return frozenset(map(hash, shingles(text)))


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    # The union cannot be smaller than the larger set: most pairs are told apart by their sizes.
    common = len(one & other)
    return common / (len(one) + len(other) - common)
