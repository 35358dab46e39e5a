"""Prices that a query states: bounds, ranges and amounts, in English, Bangla and Bangla in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Callable

from retrieval.catalogue.prices import parse_currency
from retrieval.query.colours import names
from retrieval.query.line import AFTER, BARRIER, BEFORE, END, Line
from retrieval.query.numbers import AMOUNT, multiplier, value
from retrieval.query.records import Part
from retrieval.query.units import unit_follows
from retrieval.text import fold

# About an amount that was named without a bound, what is near enough to be raised.
_NEAR = 0.2
_SIGNS = r"৳|us\$|\$|€|£|₹|¥"
_CODES = r"tk|bdt|usd|eur|gbp|inr|pkr|aed|rs"
_WORDS = fold(rf"takar|takay|taka|টাকার|টাকায়|টাকা|dollars?|euros?|rupees?|{_CODES}")
_PRE = rf"(?:{_SIGNS}|{BEFORE}(?:{_CODES}|taka)\.?)"
_POST = rf"(?:(?:{_SIGNS}|(?:{_WORDS}){AFTER}\.?)(?:\s?only{AFTER})?|/[-=])"


_APART = r"(?<![\w./#\u0980-\u09ff-])(?<!\d,)"
_OVER = r"(?![^\W_]|[\u0980-\u09ff]|[.,/-]\d|-[^\W_]|\s?%|[\"'″”])"


def _amount(name: str, apart: str = _APART, over: str = _OVER) -> str:
    """Return the expression of an amount with its currency, if any; not within a word, number or code."""
    return rf"(?:(?P<{name}_pre>{_PRE})\s?|{apart})(?P<{name}>{AMOUNT})(?:\s?(?P<{name}_post>{_POST}))?{over}"


_LEAD = rf"(?:{BEFORE}(?:with|at|in|for|of|and|having|my|the|a|on|is)\s){{0,3}}"
_PRICE = r"(?:prices?|priced|cost(?:s|ing)?|budget|dam|daam|দাম|মূল্য|বাজেট)"
_NAMED = rf"(?:{BEFORE}{_PRICE}(?:\s?[:=]|\s(?:is|of|range|at))*\s?)"
_BELOW_STRONG = (
    "under|below|(?:less|lower|cheaper) than(?: or equal to)?|equal to or (?:less|lower|cheaper) than|"
    "(?:not|no) (?:more|higher|greater|dearer) than|not over|not above|not exceeding|at (?:the )?most|"
    "for less than|for under|(?:a )?maximum of|maximum price|max price|<=|<|≤"
)
_BELOW_WEAK = "within|up ?to|maximum|max|till|until"
_ABOVE_STRONG = (
    "(?:not|no) (?:less|lower|cheaper) than|not under|not below|at least|(?:more|greater|higher) than or equal to|"
    "equal to or (?:more|greater|higher) than|(?:a )?minimum of|minimum price|min price|>=|>|≥"
)
_ABOVE_WEAK = (
    "over|above|more than|greater than|higher than|dearer than|more expensive than|exceeding|upwards of|starting from|"
    "starting at|from|minimum|min"
)
_AFTER_BELOW = fold(
    r"or less|or below|or under|or lower|or cheaper|and below|and under|max(?:imum)?|budget|"
    r"(?:(?:er|এর)\s)?(?:moddhe|modhe|moddhye|majhe|vitore|vitor|bhitore|bhitor|niche|nicher|kome|kom|"
    r"মধ্যে|মধ্যেই|ভিতরে|ভেতরে|নিচে|নীচে|কমে|কম)"
)
_AFTER_ABOVE = fold(
    r"or more|or above|or over|or higher|and above|and over|and up(?:wards?)?|plus|min(?:imum)?|"
    r"(?:(?:er|theke|এর|থেকে)\s)?(?:upore|upor|opore|beshi|উপরে|ওপরে|উপর|বেশি)"
)
_ABOUT = fold("around|about|approx(?:imately)?\\.?|near(?:ly)?|roughly|~|প্রায়|pray")
_TO = fold(r"(?:\s?(?:-|–|—|~|\bto\b|\btill\b|\bupto\b|theke|থেকে)\s?)")
# What may follow a bare number that is a price: words that go on about the thing, not those that count it.
_ON = (
    rf"(?:{END}|(?=\s(?:and|with|without|for|in|only|rat(?:ed|ing)s?|having|or|but|from|not|no|by|of|please|that|which|"
    rf"[1-5](?:\.\d)?\s?\+?\s?stars?){AFTER}))"
)
_ON_RE = re.compile(_ON)
_COUNTED = re.compile(
    rf"\s?-?(?:hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|months?|years?|yrs?|people|persons?|players?|guests?|"
    rf"times?|pages?|sheets?|songs?|games?|levels?|colou?rs?|channels?|devices?|users?|points?|items?|products?|in|k|x|"
    rf"lbs?|km|kmh|mph|miles?|degrees?|c|f|calories|pixels?|stars?|★|বছর|ঘণ্টা|দিন){AFTER}"
)
_IN_SIZE = re.compile(rf"sizes?{AFTER}")
_COLOUR = 40
"""Characters in which the name of a colour ends."""
_AGED = re.compile(
    r"(?:age|ages|aged|kids?|children|child|baby|babies|boys?|girls?|toddlers?|women|men|adults?|students?|old|size)\s*$"
)
_MODEL = re.compile(r"(?:pro|air|mini|ultra|plus|lite|note|fold|flip|series|model|galaxy|iphone|redmi|poco)\s*$")
_RESOLUTION = frozenset({2000.0, 4000.0, 8000.0})
_GROWN = 19
_LOW_PRICE = 50
_ROUND = 100


class _Said:
    """One amount of a match: its value, currency, and whether it names money beyond doubt."""

    def __init__(self, match: re.Match[str], name: str) -> None:
        self.start, self.end = match.span(name)
        self.scale = multiplier(match[name])
        read = value(match[name])
        self.value = -1.0 if read is None else read
        sign = (match[f"{name}_pre"] or match[f"{name}_post"] or "").removesuffix("only").strip().rstrip(".")
        self.money = bool(sign)
        self.currency = _currency(sign)


def _currency(sign: str) -> str | None:
    if sign.startswith(("tak", fold("টাকা"))):
        return "BDT"
    return parse_currency(sign) if sign and not sign.startswith("/") else None


def _counts(text: str, end: int) -> bool:
    """Tell whether a number that ends at `end` counts what follows; "under 1000 in blue" speaks of no inches."""
    counted = _COUNTED.match(text, end)
    if counted is None or counted[0].strip() != "in":
        return counted is not None
    following = text[counted.end() :].lstrip()[:_COLOUR]
    return not (_IN_SIZE.match(following) or any(start == 0 for start, _, _ in names(following)))


def _bare(text: str, said: _Said) -> bool:
    """Tell whether a number without a currency may be a price: it counts and measures nothing."""
    end = said.end
    return (
        said.value > 0
        and not _counts(text, end)
        and (said.scale is not None or not unit_follows(text, said.start, end))
    )


def _year(said: _Said) -> bool:
    return said.scale is None and 1950 <= said.value < 2050 and not _usual(said)


def _usual(said: _Said) -> bool:
    """Tell whether a number is as round, or as close under one, as prices are: 850, 499, 1249."""
    return said.value >= _ROUND - 1 and said.value % 50 in (0, 49)


def _one(text: str, match: re.Match[str], strong: bool) -> _Said | None:
    """Return the amount that a bound names, None where it is rather something else."""
    said = _Said(match, "a")
    if said.value < 0:
        return None
    if said.money or match.groupdict().get("named"):
        return said
    before = text[: match.start()]
    if not _bare(text, said) or (said.value < _GROWN and _AGED.search(before)):
        return None
    goes_on = _ON_RE.match(text, match.end()) is not None
    if strong:
        return said if said.value >= _LOW_PRICE or goes_on else None
    # "max 90", "over 18" and "from 2019" are seldom prices.
    if not goes_on or _year(said) or said.value < _LOW_PRICE or (said.value < _ROUND and _AGED.search(before)):
        return None
    model = "max" in match[0] and (said.value < _ROUND - 1 or _MODEL.search(before))
    return None if model else said


def _range(text: str, match: re.Match[str], sure: bool) -> tuple[_Said, _Said] | None:
    low, high = _Said(match, "a"), _Said(match, "b")
    if low.value < 0 or high.value < 0:
        return None
    if high.scale and not low.scale and low.value < high.value and not low.money:
        # "10-15k" is 10k to 15k, and "500 to 1k" what it says.
        shared = value(f"{match['a']}{'' if high.scale == 'k' else ' '}{high.scale}")
        if shared is not None and shared < high.value:
            low.value, low.scale = shared, high.scale
    if low.money or high.money or match.groupdict().get("named"):
        return low, high
    if not (_bare(text, low) and _bare(text, high)) or (_year(low) and _year(high)):
        return None
    if high.scale:
        return None if not sure and {low.value, high.value} <= _RESOLUTION else (low, high)
    if sure:
        return (low, high) if min(low.value, high.value) >= _GROWN else None
    starts = not text[: match.start()].rstrip(BARRIER + " ")
    usual = _usual(low) and _usual(high) and low.value < high.value <= 20 * low.value
    return (low, high) if usual and (starts or _ON_RE.match(text, match.end())) else None


Bounds = tuple[float | None, float | None, str | None, bool]
_Reader = Callable[[str, re.Match[str]], Bounds | None]


def _between(sure: bool) -> _Reader:
    def read(text: str, match: re.Match[str]) -> Bounds | None:
        both = _range(text, match, sure)
        if both is None:
            return None
        low, high = sorted(said.value for said in both)
        return low, high, both[0].currency or both[1].currency, True

    return read


def _below(strong: bool) -> _Reader:
    def read(text: str, match: re.Match[str]) -> Bounds | None:
        said = _one(text, match, strong)
        return None if said is None else (None, said.value, said.currency, True)

    return read


def _above(strong: bool) -> _Reader:
    def read(text: str, match: re.Match[str]) -> Bounds | None:
        said = _one(text, match, strong)
        return None if said is None else (said.value, None, said.currency, True)

    return read


def _near(text: str, match: re.Match[str]) -> Bounds | None:
    said = _Said(match, "a")
    about, named = match.groupdict().get("about"), match.groupdict().get("named")
    if said.value <= 0 or not (said.money or named or (about and said.value >= _ROUND and _bare(text, said))):
        return None
    if not (about or named) and said.currency == "INR" and match["a_pre"] and not match["a_pre"].endswith((".", "₹")):
        # "RS 150" is a motorcycle as often as a price.
        return None
    return round(said.value * (1 - _NEAR), 2), round(said.value * (1 + _NEAR), 2), said.currency, False


_ANY = re.compile(AMOUNT)
_A, _B = _amount("a"), _amount("b")
_LOW, _HIGH = _amount("a", over=""), _amount("b", apart="")
_N = rf"(?P<named>{_NAMED})"
_GRAMMAR: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(_LEAD + pattern), reader)
    for pattern, reader in (
        (rf"{_N}?{BEFORE}(?:in\s)?between\s{_LOW}\s?(?:and|to|-|&)\s?{_HIGH}", _between(True)),
        (rf"{_N}?{BEFORE}from\s{_A}\s(?:to|till|upto|up to)\s{_B}", _between(True)),
        (rf"{_N}?{_LOW}{_TO}{_HIGH}(?:\s?(?:{_AFTER_BELOW}){AFTER})?", _between(False)),
        (rf"{_N}?(?:{BEFORE}(?:{_BELOW_STRONG})|[<≤]=?)\s?(?:of\s)?{_A}", _below(True)),
        (rf"{_N}?{BEFORE}(?:{_BELOW_WEAK})\s(?:of\s)?{_A}", _below(False)),
        (rf"{_A}\s?(?:{_AFTER_BELOW}){AFTER}", _below(True)),
        (rf"(?P<named>{BEFORE}(?:budget|বাজেট)(?:\s?[:=]|\s(?:is|of))*\s){_A}", _below(True)),
        (rf"{_N}?(?:{BEFORE}(?:{_ABOVE_STRONG})|[>≥]=?)\s?(?:of\s)?{_A}", _above(False)),
        (rf"{_N}?{BEFORE}(?:{_ABOVE_WEAK})\s(?:of\s)?{_A}", _above(False)),
        (rf"{_A}(?:\s?(?:{_AFTER_ABOVE}){AFTER}|\s?\+)", _above(False)),
        (rf"{_N}?{BEFORE}(?P<about>{_ABOUT})\s?{_A}", _near),
        (rf"{_N}{_A}", _near),
        (_A, _near),
    )
)


def find_prices(line: Line, masked: str) -> tuple[Part, ...]:
    """Return the prices stated in `masked` (line.masked): bounds and ranges exact, both ends included, others near."""
    if not _ANY.search(masked):
        return ()
    found: list[Part] = []
    for pattern, read in _GRAMMAR:
        for match in pattern.finditer(masked):
            bounds = read(masked, match)
            if bounds is None:
                continue
            low, high, currency, exact = bounds
            part = line.part("price", *match.span(), low=low, high=high, unit=currency, exact=exact)
            if all(part.end <= other.start or other.end <= part.start for other in found):
                found.append(part)
    return tuple(sorted(found, key=lambda part: part.start))
