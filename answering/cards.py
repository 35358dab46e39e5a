"""A product as a card of a prompt: few words, every asked fact, nothing that could be taken for an instruction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from answering.defuse import inline
from answering.records import Card
from retrieval.money import amount
from retrieval.records import Product

PASSAGE = 400
"""Characters of a passage that a model is shown."""
VALUES = 12
"""Colours or sizes that are listed; some products have hundreds of both."""


def card_text(card: Card, wants: Iterable[str] = ()) -> str:
    """Return a card: its number and title, a line of facts, what was asked beside them, and the passage that fits.

    `wants` are fields of Product or keys of its attributes.
    """
    product = card.product
    lines = [
        f"[{card.n}] {inline(product.title, 200)}",
        f"id {inline(product.product_id, 80)}; " + "; ".join(_facts(product)),
    ]
    asked = dict(_asked(product, wants))
    lines += [f"{inline(name, 60)}: {value}" for name, value in asked.items()]
    if card.passage.strip():
        lines.append(f"says: {inline(card.passage, PASSAGE)}")
    return "\n".join(lines)


def _facts(product: Product) -> Iterator[str]:
    if product.price is None:
        yield "price not stated"
    else:
        upper = product.price_max if product.price_max and product.price_max > product.price else None
        price = amount(product.price, product.currency)
        yield f"price {price}" + (f" to {amount(upper, product.currency)}" if upper else "")
    if product.original_price is not None:
        yield f"before {amount(product.original_price, product.currency)}"
    if product.discount is not None:
        yield f"{product.discount:g}% off"
    if product.rating is None:
        yield "not rated yet"
    else:
        ratings = "" if product.rating_count is None else f" from {product.rating_count:,} ratings"
        yield f"rating {product.rating:g} of 5{ratings}"
    if product.sales is not None:
        yield f"{product.sales:,} sold"
    for name, value in (("brand", product.brand), ("category", product.category), ("seller", product.seller)):
        if value:
            yield f"{name} {inline(value, 80)}"
    for name, values in (("colours", product.colors), ("sizes", product.sizes)):
        if values:
            yield f"{name} {_listed(values)}"


def _asked(product: Product, wants: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in wants:
        value = product.attributes.get(name)
        if value:
            yield name, inline(value, 200) if isinstance(value, str) else _listed(value)
        elif name == "sku" and product.sku:
            yield name, inline(product.sku, 80)


def _listed(values: Iterable[str]) -> str:
    every = [inline(value, 40) for value in values]
    more = len(every) - VALUES
    return ", ".join(every[:VALUES]) + (f" and {more} more" if more > 0 else "")
