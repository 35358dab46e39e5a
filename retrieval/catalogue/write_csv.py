"""Write products as CSV: a row a product, in columns named as the fields of a Product."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import TextIO

from retrieval.catalogue.records import as_text
from retrieval.records import Product

COLUMNS = tuple(field.name for field in fields(Product))
_FORMULA = re.compile(r"'*[=+\-@]")


def write_csv(products: Iterable[Product], stream: TextIO) -> None:
    """Write one product a row; open `stream` with newline="".

    Lists are JSON arrays, attributes a JSON object. A cell that a spreadsheet would run as a formula gets a leading
    quote, which reading takes off again.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for product in products:
        record = product.to_dict()
        writer.writerow([_cell(record[name]) for name in COLUMNS])


def _cell(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = as_text(value)
    return f"'{text}" if _FORMULA.match(text) else text
