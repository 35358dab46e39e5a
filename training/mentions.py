"""Whether a product says everything that a query asks for: then nobody may call it wrong unread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from evaluation.silver.words import PROMOTION, stems
from retrieval.chunking import body_text
from retrieval.errors import TrainingError
from retrieval.records import Product

Wording = tuple[str, tuple[str, ...]]
"""A term of a query, and other ways to write or say it."""

VAGUE = stems(
    [
        *PROMOTION,
        "amazing attractive awesome beautiful charming chic choice classic comfort comfortable cozy cute daily day "
        "days dazzling delicate durable effortless elegance elegant elevate embrace enhance enjoy er everyday "
        "excellent experience fancy fashion fashions feel gorgeous ideal kind kinds life lifestyle look looking "
        "looks lovely luxurious luxury made make makes making modern nice occasion occasions outstanding popular "
        "pretty qualityful qualityfull regular simple smart special style styles touch type types unique use used "
        "useful user uses using versatile wear wearing wonderful worn",
    ]
)
"""Words that say nothing by which one product of a kind is right and another wrong."""


class Mentions:
    """The words of the products of one catalogue, made when first asked for."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = {product.product_id: product for product in products}
        self._words: dict[str, frozenset[str]] = {}

    def all(self, query: str, name: str, wordings: Sequence[Wording] = ()) -> bool:
        """Tell whether each content word of a query stands, by its stem, anywhere in a product's text.

        A word stands there too where another wording of a term that holds it does. Vague words (`nice`, `daily`) are
        passed over where there are others; a query without a content word is mentioned by none. Raises TrainingError
        for a product that is not there.
        """
        found = _stems(query)
        wanted, said = found - VAGUE or found, self._of(name)
        return bool(wanted) and all(word in said or _otherwise(word, said, wordings) for word in wanted)

    def _of(self, name: str) -> frozenset[str]:
        found = self._words.get(name)
        if found is None:
            product = self._products.get(name)
            if product is None:
                raise TrainingError(
                    f"product {name!r} is not among the {len(self._products):,} products whose words are looked up; "
                    "take the products of the build that the pools were made of"
                )
            texts = (product.title, product.brand, product.category, *product.colors, *product.sizes)
            found = self._words[name] = stems([*texts, body_text(product)])
        return found


def _otherwise(word: str, said: frozenset[str], wordings: Sequence[Wording]) -> bool:
    for term, others in wordings:
        if word in _stems(term) and any((wanted := _stems(other)) and wanted <= said for other in others):
            return True
    return False


@lru_cache(maxsize=1 << 14)
def _stems(text: str) -> frozenset[str]:
    return stems([text])
