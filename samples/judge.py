"""Judge every listing for a query by the query's rules: 3 all asked for, 2 one minor miss, 1 related, 0 looks alike."""

from __future__ import annotations

from collections.abc import Collection

from samples.items import Item
from samples.load import Query, Rule

UNKNOWN = "?"


def judge(query: Query, items: list[Item]) -> dict[str, int]:
    """Return grades by product id, for the listings that some rule fits; outside a stated price bound at most 1."""
    grades = {item.item_id: grade(query, item) for item in items}
    return {item_id: grade for item_id, grade in grades.items() if grade is not None}


def grade(query: Query, item: Item) -> int | None:
    """Return the grade of the first rule that fits, capped by the price bounds; None where none fits."""
    for rule in query.rules:
        if fits(rule, item):
            return rule.grade if within(query, item) else min(rule.grade, 1)
    return None


def fits(rule: Rule, item: Item) -> bool:
    """Say whether an item meets every condition of a rule."""
    return (
        (not rule.kinds or item.kind in rule.kinds)
        and all(item.slots.get(slot, UNKNOWN) in values for slot, values in (rule.where or {}).items())
        and _overlap(rule.colors, item.colors)
        and _overlap(rule.sizes, item.sizes)
        and (not rule.brands or item.brand in rule.brands)
        and (not rule.models or item.model in rule.models)
        and (not rule.skus or item.sku in rule.skus)
        and (rule.min_rating is None or (bool(item.rating) and (item.rating or 0) >= rule.min_rating))
    )


def within(query: Query, item: Item) -> bool:
    """Say whether an item's price keeps the query's bounds; without a price it keeps none."""
    if query.min_price is None and query.max_price is None:
        return True
    if item.price is None:
        return False
    return (query.min_price or 0) <= item.price and (query.max_price is None or item.price <= query.max_price)


def _overlap(wanted: Collection[str], stated: Collection[str]) -> bool:
    return not wanted or bool(set(wanted) & set(stated or (UNKNOWN,)))
