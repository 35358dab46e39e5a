"""Whether a product says what a query asks for: then nobody may call it wrong unread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property, lru_cache

from evaluation.silver.words import MEASURES, PROMOTION, stems
from retrieval.chunking import body_text
from retrieval.errors import TrainingError
from retrieval.query.colours import NAMES
from retrieval.records import Product

Wording = tuple[str, tuple[str, ...]]
"""A term of a query, and other ways to write or say it."""

VAGUE = stems(
    [
        *PROMOTION,
        *MEASURES,
        "amazing attractive awesome beautiful charming chic choice classic comfort comfortable cozy cute daily day "
        "days dazzling delicate durable effortless elegance elegant elevate embrace enhance enjoy er everyday "
        "excellent experience fancy fashion fashions feel gorgeous ideal innovator kind kinds life lifestyle look "
        "looking looks lovely luxurious luxury made make makes making matching modern nice occasion occasions "
        "outstanding popular pretty psc qualityful qualityfull ready refined regular simple smart special splendid "
        "style styles superlative taste touch trend trends trendsetter type types unique use used useful user uses "
        "using versatile wear wearing wonderful worn",
    ]
)
"""Words that say nothing by which one product of a kind is right and another wrong."""
WEARERS = (
    stems(["men mens man gents gent male boy boys"]),
    stems(["women womens woman ladies lady female girl girls"]),
)
"""Who wears a thing is called by one of these words as well as by another."""
WORDS_A_MISS = 4
"""Of so many words one may be missing: a product that misses one thing of four is no wrong answer but a lesser one."""
NAMED = 0.4
"""Share of the products that say a word at all and say it in title or fields, below which nothing is named by it."""
LEAST_SAID = 3
"""Products that say a word, below which that share tells nothing."""
_COLOURS = stems(NAMES)
_COUNT = re.compile(r"\d+(?:pcs?|pis|piec|psc)")  # of stems
_SIZE = re.compile(r"\bsize\s+\S+", re.IGNORECASE)


class Mentions:
    """The words of the products of one catalogue, made when first asked for."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = {product.product_id: product for product in products}
        self._words: dict[str, frozenset[str]] = {}

    def all(self, query: str, name: str, wordings: Sequence[Wording] = ()) -> bool:
        """Tell whether a product says what a query asks for: its content words stand, by stems, anywhere in its text.

        A word stands there too where another wording of a term that holds it does. Of four words one may be missing, of
        eight two, if no digit is in it. Passed over, where there are others, are words that tell nothing: vague ones
        (`nice`, `daily`); what most products that say it say in their descriptions alone (`weight`, `device`), for
        sellers put into titles what a thing is known by; what one product alone or none says; and counts (`2pcs`). So
        is a size where the product states none. A query without a content word is said by none. Raises TrainingError
        for a product that is not there.
        """
        product = self._product(name)
        found = _stems(query if product.sizes else _SIZE.sub(" ", query)) or _stems(query)
        wanted = frozenset(filter(self._tells, found)) or found
        said = self._of(product)
        missing = [word for word in wanted if word not in said and not _otherwise(word, said, wordings)]
        if any(_has_digit(word) for word in missing):
            return False
        return bool(wanted) and len(missing) <= len(found) // WORDS_A_MISS

    def _product(self, name: str) -> Product:
        found = self._products.get(name)
        if found is None:
            raise TrainingError(
                f"product {name!r} is not among the {len(self._products):,} products whose words are looked up; take "
                "the products of the build that the pools were made of"
            )
        return found

    def _of(self, product: Product) -> frozenset[str]:
        found = self._words.get(product.product_id)
        if found is None:
            found = self._words[product.product_id] = _named(product) | stems([body_text(product)])
        return found

    def _tells(self, word: str) -> bool:
        """Tell whether a product that does not say a word is another thing for that.

        Not by a word that one product alone says, or none, misspelt ones above all.
        """
        if word in VAGUE or _COUNT.fullmatch(word):
            return False
        named, said = self._counts
        known_by = said[word] < LEAST_SAID or named[word] >= NAMED * said[word]
        return _has_digit(word) or word in _COLOURS or (said[word] > 1 and known_by)

    @cached_property
    def _counts(self) -> tuple[Counter[str], Counter[str]]:
        """In how many products a word stands in title, brand, category, colours or sizes, and in how many at all."""
        named, said = Counter[str](), Counter[str]()
        for product in self._products.values():
            named.update(_named(product))
            said.update(self._of(product))
        return named, said


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _named(product: Product) -> frozenset[str]:
    return stems((product.title, product.brand, product.category, *product.colors, *product.sizes))


def _otherwise(word: str, said: frozenset[str], wordings: Sequence[Wording]) -> bool:
    if any(word in alike and not alike.isdisjoint(said) for alike in WEARERS):
        return True
    for term, others in wordings:
        if word in _stems(term) and any((wanted := _stems(other)) and wanted <= said for other in others):
            return True
    return False


@lru_cache(maxsize=1 << 14)
def _stems(text: str) -> frozenset[str]:
    return stems([text])
