"""What was understood of a query, in words for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.output import clean, count

Entry = Mapping[str, Any]
"""One of `SearchResult.understood`: a part, a correction, or a term with its synonyms."""
SYNONYMS = 3
NO_GOOD_MATCH = "No good match; these are the nearest products (--no-cutoff lists everything)."


def sentence(understood: Mapping[str, Any]) -> str:
    """Return everything that was understood, one thing after the other; "" where that is nothing."""
    said = [part(one) for one in understood.get("parts", ())]
    said += [f"showing results for {understood['rest']}"] if understood.get("corrections") else []
    said += [beside(one) for one in understood.get("synonyms", ())]
    return "; ".join(map(clean, said))


def part(one: Entry) -> str:
    """Return a part in words: `price up to 2,000`, `rated 4.5 or better`, `without remote`."""
    kind, low, high = one["kind"], one["low"], one["high"]
    if kind == "price":
        return f"price {_price(low, high, one['unit'], bool(one['exact']))}"
    if kind == "rating":
        return _rating(low, high) if one["exact"] else "well rated"
    if kind == "rating_count":
        return f"{count(int(low), 'rating')} or more" if low is not None else f"{count(int(high), 'rating')} or fewer"
    if kind == "negation":
        return f"without {' '.join(one['values'])}"
    if kind == "color":
        return f"colour {one['values'][0]}"
    said = str(one["text"])
    return said if kind in ("quantity", "dimension") or kind in said.casefold().split() else f"{kind} {said}"


def beside(one: Entry) -> str:
    """Return what is searched for beside a term: `also couch, settee for sofa`."""
    others = list(one["also"])
    more = f" and {len(others) - SYNONYMS} more" if len(others) > SYNONYMS else ""
    return f"also {', '.join(others[:SYNONYMS])}{more} for {one['term']}"


def amount(price: float, currency: str | None) -> str:
    """Return a price with its currency: `1,250 BDT`."""
    digits = f"{price:,.0f}" if price == int(price) else f"{price:,.2f}"
    return f"{digits} {clean(currency)}" if currency else digits


def _price(low: float | None, high: float | None, currency: str | None, exact: bool) -> str:
    if low is not None and high is not None:
        if not exact:
            return f"about {amount((low + high) / 2, currency)}"
        return f"{amount(low, None)} to {amount(high, currency)}" if low < high else f"of {amount(low, currency)}"
    return f"up to {amount(high, currency)}" if high is not None else f"from {amount(low or 0.0, currency)}"


def _rating(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"rated {low:g} to {high:g}" if low < high else f"rated {low:g}"
    return f"rated {high:g} or less" if high is not None else f"rated {low or 0.0:g} or better"
