"""Write products as JSON Lines: one object a line, keys named as the fields of a Product."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from retrieval.records import Product


def write_jsonl(products: Iterable[Product], stream: TextIO) -> None:
    """Write one product a line, fields in the order of Product, letters of every script as they are."""
    for product in products:
        stream.write(json.dumps(product.to_dict(), ensure_ascii=False, allow_nan=False))
        stream.write("\n")
