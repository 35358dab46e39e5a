"""What a product tells of an asked fact: its field, its attribute, or the sentence of its description that says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields

from answering.words import ASKING, stem, stems, telling, words
from retrieval.explain import snippet
from retrieval.records import Product
from retrieval.text import clean_text, fold

FIELDS = frozenset(one.name for one in fields(Product)) - {"attributes", "images", "line"}
_SENTENCE = re.compile(r"(?<=[.!?।])\s+|\n+|(?<=[a-z)])(?=[A-Z][a-z]+:)|[•●▪✅✔★]+|\s\|\s|(?<=\S);\s")
_LONGEST = 40
_ALSO: dict[str, str] = {
    "heavy": "weight",
    "weigh": "weight weighs",
    "weighs": "weight",
    "long": "length",
    "tall": "height",
    "high": "height",
    "wide": "width",
    "big": "size dimensions measurements",
    "large": "size dimensions",
    "dimension": "dimensions size",
    "material": "fabric materials made",
    "fabric": "material cloth",
    "made": "material fabric",
    "guarantee": "warranty",
    "warranty": "guarantee",
    "powerful": "power watt",
    "capacity": "volume storage litre",
    "thick": "thickness",
    "deep": "depth",
    "loud": "volume",
    "fast": "speed",
    "old": "age",
    "location": "ships from place",
    "shipped": "location",
    "country": "origin made",
    "washed": "wash care",
    "wash": "care washing",
    "clean": "wash care",
}
_MATERIAL = re.compile(r"\bmade (?:of|from|out of)\b|\bfabric\b|\bmaterial\b", re.I)
_EMPTY = ASKING | frozenset(
    "page describe summarise summarize summary overview review explain present introduce worth think units unit "
    "often people "
    "made is does it use used using work works contain contains include includes say says give given".split()
)


_ASKS = re.compile(
    r"\b(?:what|which|how|who|where|when|does|do|is|are|was|has|have|can|will|of|for)\b|['’]s\b|"
    r"[\ue000-\uf8ff]['’]?[\s:,–-]*\w+(?: \w+)?[?.]*$",
    re.I,
)


def attribute_words(text: str, *, asks: bool = False) -> tuple[str, ...]:
    """Return the words of a text that ask for a fact beside the usual ones: "what material is it made of": material.

    () for a text that asks nothing ("describe ..."); `asks` says that it is known to ask.
    """
    if not asks and not _ASKS.search(text):
        return ()
    found = [word for word in telling(text) if (word not in _EMPTY and len(word) > 1) or word in _ALSO]
    if not found and re.search(r"\bmade (?:of|from|out of)\b", text, re.I):
        return ("material",)
    return tuple(found)


def attribute_key(product: Product, asked: Sequence[str]) -> str | None:
    """Return the key of a product's attributes that is asked for by words, None where it has none such."""
    for wider in (False, True):
        wanted = {stem(word) for word in asked}
        if wider:
            wanted |= {stem(other) for word in asked for other in _ALSO.get(word, "").split()}
        scored = []
        for key in product.attributes:
            own = stems(key)
            if own and own & wanted:
                scored.append((len(own & wanted) / len(own | wanted), key))
        if scored:
            return max(scored, key=lambda one: one[0])[1]
    return None


def passage(product: Product, asked: Sequence[str]) -> str:
    """Return the sentence of a product's description in which most of the asked words stand, "" where none does."""
    wanted = {stem(word) for word in asked}
    also = wanted | {stem(other) for word in asked for other in _ALSO.get(word, "").split()}
    best, score = "", 0.0
    for sentence in _SENTENCE.split(clean_text(product.description)):
        own = stems(sentence)
        held = len(own & wanted) + 0.5 * len(own & also)
        if held > score:
            best, score = sentence.strip(), held
    if len(best.split()) > _LONGEST:
        terms = [word for word in words(best) if stem(word) in also]
        return snippet(best, terms)
    return best


def known(product: Product, name: str) -> bool:
    """Tell whether a product states a fact: a field, or the key of an attribute; that nobody rated it is one."""
    if name in ("rating", "rating_count"):
        return True
    if name == "price":
        return product.price is not None
    if name == "discount":
        return product.discount is not None or bool(
            product.original_price and product.price is not None and product.original_price > product.price
        )
    if name in FIELDS:
        return bool(getattr(product, name)) or getattr(product, name) == 0
    return any(fold(key) == fold(name) for key in product.attributes)


def resolved(products: Sequence[Product], asked: Sequence[str]) -> tuple[str, str]:
    """Return the name under which asked words are told of, and the passage that tells; both "" where nothing does."""
    for product in products:
        key = attribute_key(product, asked)
        if key is not None:
            return key, passage(product, asked)
    for product in products:
        said = passage(product, asked)
        wanted = {stem(word) for word in asked}
        also = wanted | {stem(other) for word in asked for other in _ALSO.get(word, "").split()}
        if said and (wanted <= stems(said) or stems(said) & also):
            return " ".join(asked), said
    return "", ""


def most_telling(listings: Sequence[Product], wants: Sequence[str]) -> tuple[Product, ...]:
    """Return listings of one name with those that state more of the wanted facts first, else in their order."""

    def told(product: Product) -> int:
        stated = [name for name in wants if known(product, name)]
        rated = [name for name in ("rating", "rating_count") if name in wants and product.rating is not None]
        return len(stated) + len(rated)

    return tuple(sorted(listings, key=lambda product: -told(product)))
