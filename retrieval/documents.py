"""Plain Python values as products, for engines made in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from retrieval.errors import CatalogueError
from retrieval.records import Product

_NAMES = {field.name for field in fields(Product)}
_TUPLES = ("colors", "sizes", "images")


def to_products(documents: Sequence[str | Mapping[str, Any]]) -> list[Product]:
    """Return one product a document, in order; raise CatalogueError for one that holds nothing, or a repeated id.

    A string becomes title and id `doc-<number from 1>`. Of a mapping, fields of `Product` are taken by name, `id` and
    `text` stand for `product_id` and `description`, and every other key becomes an attribute.
    """
    if not documents:
        raise CatalogueError("no documents were given; give at least one string or mapping.")
    products = [_product(document, number) for number, document in enumerate(documents, start=1)]
    seen: dict[str, int] = {}
    for number, product in enumerate(products, start=1):
        if product.product_id in seen:
            raise CatalogueError(
                f"documents {seen[product.product_id]} and {number} share the id {product.product_id!r}; "
                "give each its own."
            )
        seen[product.product_id] = number
    return products


def _product(document: str | Mapping[str, Any], number: int) -> Product:
    if isinstance(document, str):
        if not document.strip():
            raise CatalogueError(f"document {number} is empty; leave it out.")
        return Product(product_id=f"doc-{number}", title=document.strip())
    known = {key: value for key, value in document.items() if key in _NAMES and value is not None}
    known |= {name: tuple(known[name]) for name in _TUPLES if name in known}
    known["product_id"] = str(document.get("product_id") or document.get("id") or f"doc-{number}")
    known["description"] = str(document.get("description") or document.get("text") or "")
    known["title"] = str(document.get("title") or known["description"].split("\n")[0]).strip()
    if not known["title"]:
        raise CatalogueError(f"document {number} has neither title nor text; give it one.")
    attributes = dict(document.get("attributes") or {})
    extra = set(document) - _NAMES - {"id", "text"}
    attributes |= {key: str(document[key]) for key in sorted(extra) if document[key] is not None}
    return Product(**{**known, "attributes": attributes})
