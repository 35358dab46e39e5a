"""Which written keys (Markdown keys, JSON names, CSV columns) stand for which field of a product."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES: dict[str, tuple[str, ...]] = {
    "product_id": ("product id", "docid", "doc id", "id"),
    "title": ("title", "name", "product name"),
    "category": ("category",),
    "brand": ("brand",),
    "sku": ("sku",),
    "url": ("url", "product url"),
    "price": ("price",),
    "price_max": ("price max", "max price"),
    "currency": ("currency",),
    "original_price": ("original price", "original", "regular price", "old price", "list price", "mrp"),
    "discount": ("discount",),
    "rating": ("rating",),
    "rating_count": ("rating count",),
    "sales": ("sales", "sold"),
    "colors": ("colors", "color", "colours", "colour"),
    "sizes": ("sizes", "size"),
    "seller": ("seller", "sold by"),
    "description": ("description",),
    "images": ("images", "image"),
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_SUFFIX = re.compile(r"\s*\([^()]*\)$")
FIELDS = frozenset(_NAMES)


@lru_cache(maxsize=4096)
def field_of(key: str) -> str | None:
    """Return the field that a written key stands for, None for an attribute.

    Letter case, `_` or `-` for a space, and one suffix in parentheses (`Images (sample)`) make no difference.
    """
    plain = " ".join(key.casefold().replace("_", " ").replace("-", " ").split())
    return _FIELD_OF.get(plain) or _FIELD_OF.get(_SUFFIX.sub("", plain))
