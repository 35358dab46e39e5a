"""Whether one product's record bears out one thing that a claim states of it, and in words why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from answering.checking.amounts import said_time, stem
from answering.checking.stated import How, Said
from answering.checking.wording import is_free
from answering.facts import Facts, discounts
from retrieval.keyword.tokens import STOPWORDS
from retrieval.money import amount
from retrieval.records import Filters

_NEAR = 0.1
"""How far "about" may be from the number itself."""
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")


def meets(own: float, said: float, how: How, *, near: float = _NEAR) -> bool:
    """Tell whether a number is what is said of it: the same, at most, at least, or about it."""
    slack = 1e-6 * max(1.0, abs(said))
    if how == "most":
        return own <= said + slack
    if how == "least":
        return own >= said - slack
    if how == "about":
        return abs(own - said) <= near * max(abs(own), abs(said)) + slack
    return abs(own - said) <= slack


def _any(own: Iterable[float | None], said: Said) -> bool:
    return any(value is not None and meets(value, said.value, said.how) for value in own)


def _price(said: Said, facts: Facts) -> str:
    product = facts.product
    if product.price is None:
        return "the catalogue states no price for it"
    if said.unit and product.currency and said.unit != product.currency:
        return f"its price is in {product.currency}, not in {said.unit}"
    costs = amount(product.price, product.currency)
    if said.high is not None:
        high = product.price_max if product.price_max is not None else product.price
        fits = meets(product.price, said.value, "exact") and meets(high, said.high, "exact")
        inside = not fits and said.value <= product.price <= said.high and product.price_max is None
        return "" if fits or (inside and said.how == "exact" and said.sure is False) else f"it costs {costs}"
    own = [product.price, product.price_max] if said.how in ("most", "least") else [product.price]
    if said.how == "most":
        own = [product.price]
    return "" if _any(own, said) else f"it costs {costs}, not {said.text}"


def _original(said: Said, facts: Facts) -> str:
    product = facts.product
    if product.original_price is None:
        return "the catalogue states no earlier price for it"
    if said.unit and product.currency and said.unit != product.currency:
        return f"its price is in {product.currency}, not in {said.unit}"
    before = amount(product.original_price, product.currency)
    return "" if _any([product.original_price], said) else f"it cost {before} before, not {said.text}"


def _saving(said: Said, facts: Facts) -> str:
    product = facts.product
    if product.original_price is None or product.price is None:
        return "the catalogue states no reduction for it"
    saved = product.original_price - product.price
    return "" if _any([saved], said) else f"it is reduced by {amount(saved, product.currency)}, not {said.text}"


def _rating(said: Said, facts: Facts) -> str:
    rating = facts.product.rating
    if rating is None:
        return "nobody has rated it"
    near = said.how == "about"
    fits = abs(rating - said.value) <= 0.5 if near else meets(rating, said.value, said.how)
    return "" if fits else f"it is rated {rating:g}, not {said.text}"


def _ratings(said: Said, facts: Facts) -> str:
    own = facts.product.rating_count or 0
    return "" if _any([float(own)], said) else f"it has {own:,} ratings, not {said.text}"


def _unrated(said: Said, facts: Facts) -> str:
    return "" if not facts.product.rating else f"it is rated {facts.product.rating:g}"


def _sales(said: Said, facts: Facts) -> str:
    own = facts.product.sales
    if own is None:
        return "the catalogue does not say how often it was sold"
    return "" if _any([float(own)], said) else f"it was sold {own:,} times, not {said.text}"


def _discount(said: Said, facts: Facts) -> str:
    own = discounts(facts.product)
    if not own:
        return "the catalogue states no discount for it"
    fits = any(abs(value - said.value) <= (5 if said.how == "about" else 0.51) for value in own)
    return "" if fits or (said.how in ("most", "least") and _any(own, said)) else f"its discount is {own[0]:.0f}%"


def _unbranded(said: Said, facts: Facts) -> str:
    return f"its brand is {facts.product.brand}" if facts.brand else ""


def _several(said: Said, facts: Facts) -> str:
    listed = facts.product.colors if said.kind == "colours" else facts.product.sizes
    if _any([float(len(listed))], said) or said.text in facts.text or (not listed and said.value in facts.numbers):
        return ""
    return f"it is listed in {len(listed)} {said.kind}"


def _further(said: Said, facts: Facts) -> str:
    most = max(len(facts.product.colors), len(facts.product.sizes), len(facts.product.attributes))
    return "" if said.value < most else f"{said.text}: there are not so many"


def _measure(said: Said, facts: Facts) -> str:
    if any(token in facts.measures for token in said.tokens):
        return ""
    # "Chest 46 in L": inches all the same where the number stands before "in".
    if any(token.endswith("in") and re.search(rf"(?<![\d.]){token[:-2]} in\b", facts.text) for token in said.tokens):
        return ""
    if said.how != "exact":
        for token in said.tokens:
            read = _MEASURE.fullmatch(token)
            if read and any(meets(own, float(read[1]), said.how) for own in facts.amounts.get(read[2], ())):
                return ""
    return f"“{said.text}” is not stated of it"


def _counted(said: Said, facts: Facts) -> str:
    unit = said.unit or ""
    own = facts.amounts.get(unit, ())
    if unit == "percent" and any(abs(value - said.value) <= 0.51 for value in discounts(facts.product)):
        return ""
    if (said.value, unit) in facts.counted or (said.how != "exact" and _any(own, said)):
        return ""
    if any(said_time(said.value, unit, *other, about=said.how == "about") for other in facts.counted):
        return ""
    # "Hours: 12" and "12 (hrs)": the number stands there, and so does the unit, with nothing else counted in it.
    if not own and said.value in facts.numbers and facts.knows(unit):
        return ""
    return f"“{said.text}” is not stated of it"


def _tally(said: Said, facts: Facts) -> str:
    """Judge "six microphones": by how many the record counts, else by whether it has the number."""
    things = _things(said)
    own = [facts.tallies[stem(thing)] for thing in things if stem(thing) in facts.tallies]
    known = any(facts.knows(thing) for thing in things if not is_free(thing))
    uncounted = said.value in facts.numbers or (not known and (said.value < 3 or all(map(is_free, things))))
    fits = any(_any(values, said) for values in own) if own else uncounted
    return "" if fits else f"“{said.text} {' '.join(things)}” is not stated of it"


def _things(said: Said) -> list[str]:
    """Return the words for what a number counts: "drawers" of "two lockable drawers and a hole"."""
    found: list[str] = []
    for word in re.split(r"[\s-]", said.unit or ""):
        if word in STOPWORDS:
            break
        found.append(word)
    return [word for word in found if not is_free(word)] or found[:1]


def _each(said: Said, facts: Facts) -> str:
    """Judge a price per unit, which is the price by the amount that there is."""
    price = facts.product.price
    if price is None:
        return "the catalogue states no price for it"
    for token in said.tokens:
        read = _MEASURE.fullmatch(token)
        for own in facts.amounts.get(read[2], ()) if read else ():
            if read and own and abs(price / own * float(read[1]) - said.value) <= 0.02 * said.value:
                return ""
    return f"it does not cost {said.text} for as much"


def _size(said: Said, facts: Facts) -> str:
    own = facts.sizes
    if any(token in own or token.split()[-1] in own for token in said.tokens if token):
        return ""
    numbers = [float(size) for size in own if re.fullmatch(r"\d+(?:\.\d+)?", size)]
    if not own and said.tokens and any(token in facts.words for token in said.tokens):
        return ""
    # "sizes 28 to 34" names the ends of what is there.
    if numbers and not facts.product.sizes and said.text.isdigit() and float(said.text) in facts.numbers:
        return ""
    return f"size {said.text} is not stated of it"


def _colour(said: Said, facts: Facts) -> str:
    colour = said.tokens[0]
    listed = said.sure and bool(facts.product.colors)
    if not facts.has_colour(colour, listed=listed):
        return f"{said.text} is not stated of it"
    if said.only and len(facts.product.colors) > 1:
        return f"it comes in {len(facts.product.colors)} colours"
    return ""


def _code(said: Said, facts: Facts) -> str:
    if any(
        token in facts.codes or token in facts.words or (len(token) >= 4 and token in facts.solid)
        for token in said.tokens
    ):
        return ""
    return f"“{said.text}” is not stated of it"


def _number(said: Said, facts: Facts) -> str:
    counted = [facts.tallies[stem(w)] for w in _things(said) if not is_free(w) and stem(w) in facts.tallies]
    labelled = [facts.labels[stem(w)] for w in said.tokens if not is_free(w) and stem(w) in facts.labels]
    if counted or labelled:
        own = [value for values in (*counted, *labelled) for value in values]
        return "" if _any(own, said) else f"“{said.text}” is not stated of it"
    if said.value in facts.numbers:
        return ""
    if said.how != "exact" and any(meets(own, said.value, said.how) for own in facts.numbers):
        return ""
    return f"“{said.text}” is not stated of it"


_RULES: dict[str, Callable[[Said, Facts], str]] = {
    "price": _price, "original": _original, "saving": _saving, "rating": _rating, "ratings": _ratings,
    "unrated": _unrated, "sales": _sales, "discount": _discount, "unbranded": _unbranded, "colours": _several,
    "sizes": _several,
    "further": _further, "measure": _measure, "counted": _counted, "size": _size, "colour": _colour, "code": _code,
    "number": _number, "tally": _tally, "each": _each,
}  # fmt: skip


def fault(said: Said, facts: Facts) -> str:
    """Return what is wrong with a statement about a product, "" where its record bears it out."""
    rule = _RULES.get(said.kind)
    if rule is None:
        return ""
    found = rule(said, facts)
    if not said.denied:
        return found
    return "" if found else f"the catalogue does state {said.text}"


def echoes(said: Said, filters: Filters, numbers: frozenset[float]) -> bool:
    """Tell whether a statement repeats a bound of the question: "up to ৳ 500", "rated 4 or more"."""
    if said.kind == "price":
        own = {filters.min_price, filters.max_price}
        return said.value in own or (said.high is not None and said.high in own)
    if said.kind == "rating":
        return said.value == filters.min_rating
    if said.kind == "ratings":
        return said.value == filters.min_rating_count
    return said.kind in ("number", "counted", "measure", "size") and said.value in numbers


def bounded(said: Said, facts: Facts, filters: Filters) -> str:
    """Return what is wrong where a product breaks the bound of the question that a statement repeats."""
    product = facts.product
    own = {"price": product.price, "rating": product.rating, "ratings": product.rating_count}.get(said.kind)
    low = {"price": filters.min_price, "rating": filters.min_rating, "ratings": filters.min_rating_count}.get(said.kind)
    high = filters.max_price if said.kind == "price" else None
    if own is None or (low is not None and own < low) or (high is not None and own > high):
        return f"{said.text}: it is not"
    return ""
