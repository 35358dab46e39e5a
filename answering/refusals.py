"""Why a question has no answer in the catalogue, in words."""

from __future__ import annotations

from collections.abc import Sequence

from answering.conditions import NOT
from answering.defuse import inline
from answering.fitting import has, within
from answering.gathering import stated
from answering.records import Need
from retrieval.money import amount, number
from retrieval.records import Filters, Product

_NAMES = {
    "colors": "its colours",
    "sizes": "its sizes",
    "brand": "its brand",
    "sku": "its SKU",
    "seller": "its seller",
    "url": "its address",
    "price": "its price",
    "original_price": "its price before a discount",
    "discount": "a discount",
    "sales": "how many were sold",
    "category": "its category",
    "description": "anything about it",
}


def not_called(name: str) -> str:
    """Say that nothing bears a name."""
    return f"nothing in it is called “{inline(name, 100)}”"


def no_match() -> str:
    """Say that nothing fits."""
    return "nothing in it is a good match"


def unsold(need: Need) -> str:
    """Say that no product bears a brand or category."""
    if need.field == "brand":
        return f"no product in it is by “{inline(need.value, 60)}”"
    return f"it has no category called “{inline(need.value, 60)}”"


def silent(names: Sequence[str]) -> str:
    """Say that asked facts are not stated."""
    told = [_NAMES.get(name, f"its {inline(name, 60)}") for name in names]
    return f"it does not say {' or '.join(told)}"


def unknown_of_all(name: str) -> str:
    """Say that an extreme cannot be told, since none of the products has the value."""
    told = {
        "rating": "nobody has rated any of them yet",
        "rating_count": "it does not say how many have rated any of them",
        "sales": "it does not say how many were sold of any of them",
        "discount": "it states no discount for any of them",
        "price": "it states no price for any of them",
    }
    return told.get(name, f"it does not say {inline(name, 60)} for any of them")


def unmet(need: Need, subject: str = "", currency: str | None = None) -> str:
    """Say that no product has what a need says."""
    thing = f"no match for “{inline(subject, 60)}”" if subject else "no product in it"
    value = need.value.removeprefix(NOT)
    shown = inline(value, 60)
    if need.value.startswith(NOT):
        return f"{thing} is without “{shown}”"
    if value.startswith(("at least ", "at most ", "less than ", "more than ")):
        how, bound = value.rsplit(" ", 1)
        count = number(float(bound))
        told = {
            "price": f"costs {how} {amount(float(bound), currency)}",
            "rating": f"is rated {how} {count}",
            "rating_count": f"has {how} {count} ratings",
            "sales": f"was sold {how} {count} times",
            "discount": f"has a discount of {how} {count}%",
        }
        return f"{thing} {told.get(need.field, f'has {how} {count}')}"
    if need.field == "colors":
        return f"{thing} is {shown}"
    if need.field == "sizes":
        return f"{thing} comes in size {shown}"
    if need.field == "brand":
        return f"{thing} is by “{shown}”"
    return f"{thing} says “{shown}”"


def lacking(need: Need) -> str:
    """Say that the product that was asked about has not what a need says."""
    value = need.value.removeprefix(NOT)
    shown = inline(value, 60)
    if need.field == "text":
        return f"it does not say “{shown}”"
    if need.field == "colors":
        return f"it is not listed in {shown}"
    if need.field == "sizes":
        return f"it is not listed in size {shown}"
    return unmet(need).replace("no product in it", "nothing of that name")


def out_of_bounds(name: str, filters: Filters, currency: str | None, subject: str = "") -> str:
    """Say that no product satisfies one bound of filters."""
    thing = f"nothing like “{inline(subject, 60)}”" if subject else "nothing"
    value = getattr(filters, name)
    if name == "max_price":
        return f"{thing} costs {amount(value, currency)} or less"
    if name == "min_price":
        return f"{thing} costs {amount(value, currency)} or more"
    if name == "min_rating":
        return f"{thing} is rated {value:g} or more"
    if name == "min_rating_count":
        return f"{thing} has {value:,} ratings or more"
    if name == "brands":
        return f"{thing} is by {inline(', '.join(value), 80)}"
    return f"{thing} is in {inline(', '.join(value), 80)}"


def reason(pool: Sequence[Product], filters: Filters, needs: Sequence[Need], subject: str = "") -> str:
    """Say which condition no product of a pool meets; where each is met by some, that none meets all of them."""
    currency = next((product.currency for product in pool if product.currency), None)
    for name in stated(filters):
        alone = Filters(**{name: getattr(filters, name)})
        if not any(within(product, alone) for product in pool):
            return out_of_bounds(name, filters, currency, subject)
    for need in needs:
        if not any(has(product, need) for product in pool):
            return unmet(need, subject, currency)
    if filters.min_price is not None and filters.max_price is not None:
        alone = Filters(min_price=filters.min_price, max_price=filters.max_price)
        if not any(within(product, alone) for product in pool):
            thing = f"nothing like “{inline(subject, 60)}”" if subject else "nothing"
            return f"{thing} costs {amount(filters.min_price, currency)} to {amount(filters.max_price, currency)}"
    return "no product meets all of the conditions at once"
