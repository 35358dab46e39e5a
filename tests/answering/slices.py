"""Part of a catalogue as documents of an engine in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retrieval.records import Product


def documents(products: Iterable[Product]) -> list[dict[str, Any]]:
    """Return products as mappings that `SearchEngine.from_documents` takes."""
    return [{key: value for key, value in product.to_dict().items() if key != "line"} for product in products]
