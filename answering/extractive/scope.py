"""The conditions of a question in words, and which of them a product meets."""

from __future__ import annotations

from collections.abc import Iterator

from answering.defuse import inline
from answering.extractive.phrases import VALUE, count, joined
from answering.records import Card, Question
from retrieval.money import amount
from retrieval.records import Filters, Product


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
    if filters.categories:
        yield f"in {_either(filters.categories)}"
    if filters.brands:
        yield f"of the brand {_either(filters.brands)}"
    low, high = filters.min_price, filters.max_price
    if low is not None and high is not None:
        yield f"from {amount(low, currency)} to {amount(high, currency)}"
    elif low is not None:
        yield f"from {amount(low, currency)}"
    elif high is not None:
        yield f"up to {amount(high, currency)}"
    if filters.min_rating is not None:
        yield f"rated {filters.min_rating:g} or more"
    if filters.min_rating_count is not None:
        yield f"with {count(filters.min_rating_count, 'rating')} or more"
    for key, values in filters.attributes.items():
        yield _having(key, _either(values))
    for need in question.needs:
        yield _having(need.field, inline(need.value, VALUE))


def _having(field: str, value: str) -> str:
    folded = field.casefold()
    if folded in ("colors", "color"):
        return f"in {value}"
    if folded in ("sizes", "size"):
        return f"in size {value}"
    if folded == "seller":
        return f"sold by {value}"
    return f"with {value}" if folded == "text" else f"with {inline(field, VALUE)} {value}"


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


def broken(product: Product, filters: Filters) -> tuple[str, ...]:
    """Return the fields by which a product breaks bounds on numbers, category or brand."""
    failing: list[str] = []
    price = product.price
    if price is None:
        bounded = filters.min_price is not None or filters.max_price is not None
        outside = bounded and not filters.include_unpriced
    else:
        outside = (filters.min_price is not None and price < filters.min_price) or (
            filters.max_price is not None and price > filters.max_price
        )
    if outside:
        failing.append("price")
    unrated = product.rating is None and filters.include_unrated
    if (
        filters.min_rating is not None
        and not unrated
        and (product.rating is None or product.rating < filters.min_rating)
    ):
        failing.append("rating")
    if filters.min_rating_count is not None and not unrated and (product.rating_count or 0) < filters.min_rating_count:
        failing.append("rating_count")
    for field, value, accepted in (
        ("category", product.category, filters.categories),
        ("brand", product.brand, filters.brands),
    ):
        if accepted and (value or "").casefold() not in {one.casefold() for one in accepted}:
            failing.append(field)
    return tuple(failing)
