"""Which text of a product stands in which field of the keyword indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from retrieval.records import Product
from retrieval.text import clean_text

# Marketplaces write these for "none"; as words they would match queries such as "no camera".
_NO_BRAND = frozenset({"no brand", "nobrand", "generic", "unbranded", "n/a", "none", "-"})


def title_text(product: Product) -> str:
    """Return the cleaned title."""
    return clean_text(product.title)


def attribute_text(product: Product) -> str:
    """Return brand, category, SKU, colours, sizes and attribute values."""
    parts = [product.category or "", product.sku or "", *product.colors, *product.sizes]
    if product.brand and product.brand.strip().casefold() not in _NO_BRAND:
        parts.insert(0, product.brand)
    for value in product.attributes.values():
        parts.extend((value,) if isinstance(value, str) else value)
    return clean_text(" \n".join(parts))


def body_text(product: Product) -> str:
    """Return the cleaned description."""
    return clean_text(product.description)


FIELDS: Mapping[str, Callable[[Product], str]] = {
    "title": title_text,
    "attributes": attribute_text,
    "body": body_text,
}
