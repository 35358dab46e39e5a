"""Write products as a Markdown catalogue that reads back as the same products."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TextIO

from retrieval.catalogue.decoding import split_lines
from retrieval.catalogue.drafts import Draft
from retrieval.catalogue.markdown import read_markdown
from retrieval.catalogue.records import as_text
from retrieval.catalogue.segments import FIELDS_MARKER
from retrieval.records import AttributeValue, Product

_FIELDS = tuple(field.name for field in fields(Product) if field.name != "line")
_PLAIN = {
    "brand": "Brand", "sku": "SKU", "url": "URL", "seller": "Seller", "sales": "Sales", "price": "Price",
    "price_max": "Price Max", "currency": "Currency", "original_price": "Original Price",
}  # fmt: skip
_LISTS = {"colors": "Colors", "sizes": "Sizes", "images": "Images"}


@dataclass(frozen=True, slots=True)
class MarkdownReport:
    """What a Markdown export could not hold as Markdown.

    `as_fields` are the products of which a field stands in a `<!--DOC:FIELDS … -->` line, by id; those read back the
    same. `lost` are the products that do not read back the same, with the names of their fields: export those as JSON
    Lines.
    """

    products: int
    as_fields: Mapping[str, tuple[str, ...]]
    lost: Mapping[str, tuple[str, ...]]


def write_markdown(products: Iterable[Product], stream: TextIO, heading: str = "Catalogue") -> MarkdownReport:
    """Write a block a product under a heading, and report what Markdown could not hold as such.

    Every block is read back before it is written. A field that does not come back the same - a description that holds
    markers, a title with odd spaces - is written as JSON into a comment of the block instead, which the reader prefers.
    """
    stream.write(f"# {' '.join(heading.split())}\n")
    as_fields: dict[str, tuple[str, ...]] = {}
    lost: dict[str, tuple[str, ...]] = {}
    count = 0
    for product in products:
        count += 1
        block, hidden, wrong = _faithful(product)
        if hidden:
            as_fields[product.product_id] = hidden
        if wrong:
            lost[product.product_id] = wrong
        stream.write("\n" + "\n".join(block) + "\n")
    return MarkdownReport(count, as_fields, lost)


def _faithful(product: Product) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """Return a block, the fields that stand in its comment, and those that do not read back the same."""
    hidden: tuple[str, ...] = ()
    while True:
        block = _block(product, hidden)
        wrong = _differing(product, block, hidden)
        more = tuple(name for name in _FIELDS if name in hidden or name in wrong)
        if not wrong or more == hidden:
            break
        hidden = more
    if wrong and len(hidden) < len(_FIELDS):
        hidden = _FIELDS
        block = _block(product, hidden)
        wrong = _differing(product, block, hidden)
    return block, hidden, wrong


def _differing(product: Product, block: Sequence[str], hidden: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that reading the block gives otherwise.

    Where it does not read as one block, that is the description if it is shown, else every field.
    """
    drafts, loose, blocks, header = read_markdown(split_lines("\n".join(block)))
    if blocks != 1 or len(drafts) != 1 or loose or header.strip():
        return _FIELDS if "description" in hidden or not product.description else ("description",)
    return tuple(name for name in _FIELDS if not _same(product, drafts[0], name))


def _same(product: Product, draft: Draft, name: str) -> bool:
    wanted, found = getattr(product, name), getattr(draft.product, name)
    if isinstance(wanted, Mapping):
        # In their order too: it is the order in which they are indexed.
        return list(wanted.items()) == list(found.items())
    # Read as `1250`, a whole number is a float where the field is one.
    return bool(wanted == found)


def _block(product: Product, hidden: Sequence[str]) -> list[str]:
    def shown(name: str) -> bool:
        return name not in hidden and getattr(product, name) not in (None, "", ())

    marker = "<!--DOC:START"
    if shown("product_id"):
        marker += f" id={product.product_id}"
    if shown("category"):
        marker += f" category={product.category}"
    lines = [marker + " -->"]
    if shown("title"):
        lines.append(f"## {product.title}")
    if shown("product_id"):
        lines.append(f"**DocID:** {product.product_id}")
    if shown("category"):
        lines.append(f"**Category:** {product.category}")
    lines += [f"**{key}:** {_text(getattr(product, name))}" for name, key in _PLAIN.items() if shown(name)]
    if shown("discount"):
        lines.append(f"**Discount:** {_text(product.discount)}%")
    if "rating" not in hidden and "rating_count" not in hidden:
        lines += _rating(product)
    for name, key in _LISTS.items():
        if shown(name):
            lines += [f"**{key}:**", *(f"- {item}" for item in getattr(product, name))]
    if shown("attributes"):
        for key, value in product.attributes.items():
            lines += _attribute(key, value)
    record = {name: value for name, value in product.to_dict().items() if name in hidden}
    if record:
        lines.append(f"{FIELDS_MARKER} {_comment(record)} -->")
    if shown("description"):
        lines += ["", "**Description:**", *product.description.split("\n")]
    return [*lines, "<!--DOC:END-->"]


def _text(value: object) -> str:
    """Return a value as a person writes it, whole numbers without a fraction."""
    return as_text(value).removesuffix(".0") if isinstance(value, float) else as_text(value)


def _rating(product: Product) -> list[str]:
    count = "" if product.rating_count is None else f"({product.rating_count:,} ratings)"
    if product.rating is not None:
        return [f"**Rating:** {as_text(product.rating)}/5 {count}".rstrip()]
    if product.rating_count is None:
        return []
    return [f"**Rating:** 0.0/5 {count}" if not product.rating_count else f"**Rating Count:** {product.rating_count}"]


def _attribute(key: str, value: AttributeValue) -> list[str]:
    return [f"**{key}:** {value}"] if isinstance(value, str) else [f"**{key}:**", *(f"- {item}" for item in value)]


def _comment(record: Mapping[str, object]) -> str:
    """Return a record as JSON on one line that cannot end the comment around it."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False).replace("-->", "--\\u003e").replace("\r", "\\r")
