"""Whether a product has what a question needs (pure functions over one product)."""

from __future__ import annotations

import re
from functools import lru_cache

from answering.conditions import NOT
from answering.records import Need
from answering.words import join, joined, stems, words
from retrieval.query.colours import names
from retrieval.query.lexicon import Lexicon
from retrieval.query.line import Line
from retrieval.query.negation import asserts
from retrieval.query.sizes import find_sizes, same_size
from retrieval.records import Filters, Product
from retrieval.text import fold, listing_key

_BOUND = re.compile(r"(at least|at most|less than|more than) ([\d.]+(?:e[+-]?\d+)?)")


def field_texts(product: Product) -> list[str]:
    """Return the values of a product's fields beside title and description."""
    values = [product.brand, product.category, product.sku, product.seller, *product.colors, *product.sizes]
    for key, value in product.attributes.items():
        values += [key, value] if isinstance(value, str) else [key, *value]
    return [value for value in values if value]


def within(product: Product, filters: Filters) -> bool:
    """Tell whether a product satisfies filters, as the search itself decides it (attributes aside)."""
    if filters.categories and fold(product.category or "").strip() not in _folded(filters.categories):
        return False
    if filters.brands and fold(product.brand or "").strip() not in _folded(filters.brands):
        return False
    if filters.min_price is not None or filters.max_price is not None:
        if product.price is None:
            if not filters.include_unpriced:
                return False
        elif not (filters.min_price or float("-inf")) <= product.price or product.price > (
            float("inf") if filters.max_price is None else filters.max_price
        ):
            return False
    unrated = product.rating is None
    if filters.min_rating is not None and not (
        filters.include_unrated if product.rating is None else product.rating >= filters.min_rating - 1e-6
    ):
        return False
    if filters.min_rating_count is not None:
        return (product.rating_count or 0) >= filters.min_rating_count or (unrated and filters.include_unrated)
    return True


def _folded(values: tuple[str, ...]) -> set[str]:
    return {fold(value).strip() for value in values}


def has(product: Product, need: Need) -> bool:
    """Tell whether a product has what a need says; a bound ("at least 50") fails where the value is unknown."""
    value = need.value
    if value.startswith(NOT):
        return not _unwanted(product, need.field, value.removeprefix(NOT))
    bound = _BOUND.fullmatch(value)
    if bound:
        own = getattr(product, need.field, None)
        if not isinstance(own, int | float):
            return False
        limit = float(bound[2])
        return {"at least": own >= limit, "at most": own <= limit, "less than": own < limit, "more than": own > limit}[
            bound[1]
        ]
    if need.field == "colors":
        return has_colour(product, value)
    if need.field == "sizes":
        return has_size(product, value)
    if need.field in ("brand", "category", "seller", "sku"):
        own = joined(str(getattr(product, need.field) or ""))
        return own == joined(value) or (need.field == "brand" and joined(value) in _windows(product.title))
    return stems(value) <= stems(" ".join([product.title, *field_texts(product), product.description]))


def _unwanted(product: Product, field: str, value: str) -> bool:
    if field == "colors":
        own = [fold(colour) for colour in product.colors]
        return has_colour(product, value) and (len(own) <= 1 or asserts(product.title, [value]))
    colour = names(fold(value))
    if colour and has_colour(product, colour[0][2]) and len(product.colors) <= 1:
        return True
    return asserts(product.title, value.split())


def has_colour(product: Product, colour: str) -> bool:
    """Tell whether a product's colours, title or attributes name a colour, shaded or in another spelling or tongue."""
    return _has_colour(_texts(product), tuple(product.colors), fold(colour))


def _texts(product: Product) -> str:
    own = [product.title]
    for value in product.attributes.values():
        own += [value] if isinstance(value, str) else value
    return "\n".join(own)


@lru_cache(maxsize=20_000)
def _has_colour(texts: str, colours: tuple[str, ...], colour: str) -> bool:
    own = [fold(value) for value in colours]
    if colour in own:
        return True
    everything = "\n".join([*own, fold(texts)])
    for _, _, said in names(everything):
        if said == colour or (" " not in colour and said.endswith(f" {colour}")):
            return True
    return re.search(rf"(?<!\w){re.escape(colour)}(?!\w)", everything) is not None


def has_size(product: Product, size: str) -> bool:
    """Tell whether a product comes in a size, in any spelling, by its sizes, attributes or title."""
    *_, number = size.split()
    for own in map(fold, product.sizes):
        spoken = same_size(own)
        if size in (own, spoken) or joined(own) == joined(size) or number == spoken:
            return True
        if number == size and words(own)[-1:] == [size] and words(own)[0] in ("uk", "us", "eu", "eur"):
            return True
    listed = Lexicon({}, {}, dict.fromkeys(map(fold, product.sizes), 1))
    if listed.size_values(size):
        return True
    for key, value in product.attributes.items():
        for one in (value,) if isinstance(value, str) else value:
            sized = "size" in fold(key) or "waist" in fold(key)
            if sized and (same_size(one) == size or size in words(one)):
                return True
    line = Line.of(product.title)
    return any(size in part.values for part in find_sizes(line, line.folded, frozenset({size})))


def _windows(text: str) -> set[str]:
    said = words(text)
    return {join(said[i:j]) for i in range(len(said)) for j in range(i + 1, min(i + 5, len(said)) + 1)}


def same_listing(product: Product) -> tuple[object, ...]:
    """Return what listings share that tell a shopper the same: name, price, rating, colours and sizes."""
    return (
        listing_key(product.title, product.brand),
        product.price,
        product.rating,
        product.rating_count,
        tuple(map(fold, product.colors)),
        tuple(map(fold, product.sizes)),
    )
