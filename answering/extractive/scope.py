"""The conditions of a question in words, and which of them a product meets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from answering.conditions import NOT
from answering.defuse import inline
from answering.extractive.phrases import VALUE, count, joined, name
from answering.fitting import has, within
from answering.records import Card, Question
from retrieval.money import amount
from retrieval.records import Filters, Product

_BOUNDED = {
    "min_price": "price",
    "max_price": "price",
    "min_rating": "rating",
    "min_rating_count": "rating_count",
    "categories": "category",
    "brands": "brand",
}
BOUND = re.compile(r"(at least|at most|less than|more than) ([\d.]+(?:e[+-]?\d+)?)$")
"""A need of a number."""


def scope(question: Question, cards: tuple[Card, ...]) -> str:
    """Return what a set is limited to, as it follows `31 products`: ` in kitchen fixtures, up to ৳500`; "" for nothing.

    Sums are in the currency of the first card.
    """
    currency = next((card.product.currency for card in cards if card.product.currency), None)
    parts = [*_conditions(question, currency)]
    named = {text.casefold() for text in (*question.filters.categories, *question.filters.brands)}
    others = [text for text in question.subjects if text.casefold() not in named]
    subjects = [shown for text in others if (shown := inline(text, VALUE))]
    thing = f" for {joined(subjects)}" if subjects else ""
    return thing + (" " + ", ".join(parts) if parts else "")


def _conditions(question: Question, currency: str | None) -> Iterator[str]:
    filters = question.filters
    bounds = {(need.field, match[1]): float(match[2]) for need in question.needs if (match := BOUND.match(need.value))}
    if filters.categories:
        yield f"in {_either(filters.categories)}"
    if filters.brands:
        yield f"of the brand {_either(filters.brands)}"
    # "Under 500" is kept as the bound of a filter and as the need of less than that.
    low = None if filters.min_price == bounds.get(("price", "more than")) else filters.min_price
    high = None if filters.max_price == bounds.get(("price", "less than")) else filters.max_price
    if low is not None and high is not None:
        yield f"from {amount(low, currency)} to {amount(high, currency)}"
    elif low is not None:
        yield f"from {amount(low, currency)}"
    elif high is not None:
        yield f"up to {amount(high, currency)}"
    if filters.min_rating is not None and filters.min_rating != bounds.get(("rating", "more than")):
        yield f"rated {filters.min_rating:g} or more"
    if filters.min_rating_count is not None:
        yield f"with {count(filters.min_rating_count, 'rating')} or more"
    for key, values in filters.attributes.items():
        yield _having(key, _either(values))
    for (field, how), limit in bounds.items():
        yield _bounded(field, how, limit, currency)
    for need in question.needs:
        if need.value.startswith(NOT):
            yield f"without {inline(need.value.removeprefix(NOT), VALUE)}"
        elif not BOUND.match(need.value):
            yield _having(need.field, inline(need.value, VALUE))


def _bounded(field: str, how: str, limit: float, currency: str | None) -> str:
    number = f"{how} {limit:,g}"
    if field == "price":
        words = {"less than": "under", "more than": "over", "at most": "up to", "at least": "from"}
        return f"{words[how]} {amount(limit, currency)}"
    told = {
        "rating": f"rated {number}",
        "rating_count": f"with {number} ratings",
        "sales": f"sold {number} times",
        "discount": f"reduced by {number}%",
    }
    return told.get(field, f"with {name(field)} {number}")


def _having(field: str, value: str) -> str:
    folded = field.casefold()
    if folded in ("colors", "color"):
        return f"in {value}"
    if folded in ("sizes", "size"):
        return f"in size {value}"
    if folded in ("seller", "brand"):
        return f"sold by {value}" if folded == "seller" else f"of the brand {value}"
    return f"with {value}" if folded == "text" else f"with {name(field)} {value}"


def _either(values: tuple[str, ...]) -> str:
    return " or ".join(inline(value, VALUE) for value in values)


def conditioned(question: Question) -> tuple[str, ...]:
    """Return the fields that a question sets conditions on, `text` left out, each once."""
    filters = question.filters
    stated = {
        "price": filters.min_price is not None or filters.max_price is not None,
        "rating": filters.min_rating is not None,
        "rating_count": filters.min_rating_count is not None,
        "category": bool(filters.categories),
        "brand": bool(filters.brands),
    }
    fields = [field for field, is_stated in stated.items() if is_stated]
    others = [_field(key) for key in (*filters.attributes, *(need.field for need in question.needs))]
    return tuple(dict.fromkeys([*fields, *(key for key in others if key != "text")]))


def _field(key: str) -> str:
    return {"color": "colors", "size": "sizes"}.get(key.casefold(), key)


def broken(product: Product, question: Question) -> tuple[str, ...]:
    """Return the fields by which a product breaks the bounds and needs of a question, each once."""
    filters = question.filters
    failing = []
    for bound, field in _BOUNDED.items():
        value = getattr(filters, bound)
        passing = Filters(include_unpriced=filters.include_unpriced, include_unrated=filters.include_unrated)
        if value not in (None, ()) and not within(product, replace(passing, **{bound: value})):
            failing.append(field)
    failing += [need.field for need in question.needs if need.field != "text" and not has(product, need)]
    return tuple(dict.fromkeys(failing))
