"""Read prices as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")

_CODES: dict[str, str] = {
    "৳": "BDT", "tk": "BDT", "taka": "BDT", "টাকা": "BDT", "bdt": "BDT",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP",
    "₹": "INR", "rs": "INR", "inr": "INR", "rupees": "INR",
    "¥": "JPY", "jpy": "JPY", "cny": "CNY", "rmb": "CNY", "pkr": "PKR", "aed": "AED", "sgd": "SGD",
    "cad": "CAD", "aud": "AUD", "chf": "CHF", "sek": "SEK",
}  # fmt: skip

_SIGNS = "|".join(re.escape(c) for c in sorted(_CODES, key=len, reverse=True) if not c[-1].isalpha())
_WORDS = "|".join(re.escape(c) for c in sorted(_CODES, key=len, reverse=True) if c[-1].isalpha())
_CURRENCY = rf"(?:{_SIGNS}|(?<![^\W\d_])(?:{_WORDS})(?![^\W\d_])\.?)"
_ANY_CURRENCY = re.compile(_CURRENCY)
# A number glued to other letters ("5kg") or before a percent sign is no amount; possessive quantifiers keep the
# expression from finding one inside it all the same.
_AMOUNT = re.compile(
    rf"(?:(?P<pre>{_CURRENCY})\s*+|(?<![^\W\d_])(?<!\d)(?<!\d[.,]))"
    r"(?P<number>\d++(?:[.,]\d++)*+)"
    r"(?P<times>\s*+(?:k|lakh|lac|crore)(?!\w))?+"
    r"(?!\s*%)"
    rf"(?(pre)(?!\w)|(?:\s*+(?P<post>{_CURRENCY})|(?!\w)))"
)
_TIMES = {"k": 1_000, "lakh": 100_000, "lac": 100_000, "crore": 10_000_000}
_RANGE = re.compile(r"\s*(?:/[-=]\s*)?(?:[-–—−]|~|to|থেকে)\s*")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_NO_PRICE = re.compile(
    r"(?<!\w)(?:up\s?-?coming|coming soon|call for pric(?:e|ing)|(?:price )?on request|"
    r"(?:contact|ask|inquire)(?: us)? for (?:the )?price|contact us|tba|tbd|to be announced|n/?a|none|null|nil|"
    r"stock out|out of stock|sold out|discontinued|(?:un|not )available|pre-?\s?order)(?!\w)"
)
_LARGEST = 1e12
_USUAL = frozenset(
    "to from only price original regular up upto upcoming coming soon call for pricing on request contact ask inquire "
    "us the tba tbd be announced n a na none null nil stock out of sold discontinued unavailable not available pre "
    "order preorder k m lakh lac crore off discount save flat sale units unit pcs pieces items orders".split()
)


@dataclass(frozen=True, slots=True)
class PriceReading:
    """What a price line says; `readable` False where it says something that is no price."""

    price: float | None = None
    price_max: float | None = None
    original: float | None = None
    currency: str | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class _Amount:
    value: float | None
    currency: str | None
    start: int
    end: int


def plain(text: str) -> str:
    """Return text with compatibility characters folded (NFKC), Bangla digits as ASCII, letters in lower case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    return text.casefold().strip()


def says_more(text: str) -> bool:
    """Tell whether a price, discount or number of sales has words beside it that a number cannot keep."""
    text = _ANY_CURRENCY.sub(" ", re.sub(r"(?<=\d)(?:k|m)\b", " ", plain(text)))
    return any(not word.isdecimal() and word not in _USUAL for word in re.findall(r"[^\W_]+", text))


def parse_currency(text: str) -> str | None:
    """Return the ISO code of a currency sign, word or code; text that is neither comes back as written, "" as None."""
    written = text.strip()
    if not written:
        return None
    code = _CODES.get(plain(written).rstrip("."))
    if code is not None:
        return code
    return written.upper() if len(written) == 3 and written.isascii() and written.isalpha() else written


def parse_number(text: str, *, dot_groups: bool = False) -> float | None:
    """Return the value of digits with `,` and `.`, None where the grouping makes no sense.

    Commas group (`1,250`, Indian `1,25,000`) unless one to two digits follow a single one (`12,99`); where both occur
    the last one is the decimal mark. `dot_groups` reads `1.250` as 1250.
    """
    if "," in text and "." in text:
        mark = max(text.rfind(","), text.rfind("."))
        whole, rest = text[:mark], text[mark + 1 :]
        if text[mark] in whole:
            return None
        text = whole.replace(",", "").replace(".", "") + "." + rest
    elif "," in text:
        if re.fullmatch(r"\d+(?:,\d{2,3})*,\d{3}", text):
            text = text.replace(",", "")
        elif re.fullmatch(r"\d+,\d{1,2}", text):
            text = text.replace(",", ".")
        else:
            return None
    elif (text.count(".") > 1 or dot_groups) and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", text):
        text = text.replace(".", "")
    if text.count(".") > 1 or len(text) > 40 or re.match(r"0\d{3}", text):
        # Leading zeros mark a telephone number or a code.
        return None
    value = float(text)
    return value if value <= _LARGEST else None


def _amounts(text: str) -> list[_Amount]:
    found = []
    for match in _AMOUNT.finditer(text):
        sign = match["pre"] or match["post"]
        currency = _CODES[sign.rstrip(".")] if sign else None
        value = parse_number(match["number"], dot_groups=currency == "EUR")
        if value is not None and match["times"]:
            value = round(value * _TIMES[match["times"].strip()], 2)
        found.append(_Amount(value, currency, match.start(), match.end()))
    return found


def _ranges(text: str, amounts: list[_Amount]) -> list[list[_Amount]]:
    """Group amounts that a dash or `to` joins; where any bears a currency, groups without one are left out."""
    groups: list[list[_Amount]] = []
    for amount in amounts:
        if groups and _RANGE.fullmatch(text[groups[-1][-1].end : amount.start]):
            groups[-1].append(amount)
        else:
            groups.append([amount])
    marked = [g for g in groups if any(a.currency for a in g)]
    return marked or groups


def _glued(text: str, amounts: list[_Amount], kept: list[list[_Amount]]) -> bool:
    """Tell whether a number that was left out stands right beside a kept one: `৳ 1 250` might be either."""
    inside = {a.start for group in kept for a in group}
    return any(
        (a.start in inside) != (b.start in inside) and not text[a.end : b.start].strip() for a, b in pairwise(amounts)
    )


def parse_price(text: str) -> PriceReading:
    """Read a price line.

    One amount is the price, a range gives price and price_max, two amounts side by side give price (the lower) and
    original. No amount is null without complaint where the text is empty or a usual phrase (`Up Coming`).
    """
    text = plain(_THIN_SPACE.sub("", text))
    amounts = _amounts(text)
    unmarked = not any(a.currency for a in amounts)
    if unmarked and _NO_PRICE.search(text):
        return PriceReading()
    if not amounts:
        nothing_left = not re.search(r"\w", _ANY_CURRENCY.sub(" ", text))
        sign = _ANY_CURRENCY.search(text)
        if nothing_left:
            return PriceReading(currency=_CODES[sign[0].rstrip(".")] if sign else None)
        return PriceReading(readable=False)
    groups = _ranges(text, amounts)
    unreadable = (
        len(groups) > 2
        or any(len(g) > 2 for g in groups)
        or any(a.value is None for g in groups for a in g)
        or (len(groups) == 2 and (len(groups[1]) > 1 or unmarked))
        or text[: amounts[0].start].rstrip().endswith(("-", "−"))
        or _glued(text, amounts, groups)
    )
    if unreadable:
        return PriceReading(readable=False)
    first = sorted(a.value for a in groups[0] if a.value is not None)
    price, price_max = first[0], first[-1] if first[-1] > first[0] else None
    original = groups[1][0].value if len(groups) == 2 else None
    if original is not None and price_max is None and original < price:
        price, original = original, price
    if original is not None and original <= (price_max or price):
        original = None
    currency = next((a.currency for g in groups for a in g if a.currency), None)
    return PriceReading(price, price_max, original, currency)
