"""Numbers as shoppers write them: 2,500, 1,25,000, 60k, 1.5 lakh, ২০০০, two thousand, dui hazar, পাঁচশ."""

from __future__ import annotations

import re
from decimal import Decimal

from retrieval.catalogue.prices import parse_number
from retrieval.text import fold

_UNITS: dict[str, str] = {
    "1": "one ek এক", "2": "two dui দুই দু", "3": "three tin তিন", "4": "four char চার", "5": "five pach panch পাঁচ",
    "6": "six choy ছয়", "7": "seven sat shat সাত", "8": "eight aat আট", "9": "nine noy নয়", "10": "ten dosh দশ",
    "11": "eleven", "12": "twelve", "13": "thirteen", "14": "fourteen", "15": "fifteen ponero পনেরো পনের",
    "16": "sixteen", "17": "seventeen", "18": "eighteen", "19": "nineteen", "20": "twenty bish বিশ",
    "25": "twenty-five pochish পঁচিশ", "30": "thirty trish ত্রিশ", "40": "forty chollish চল্লিশ",
    "50": "fifty ponchash পঞ্চাশ", "60": "sixty", "70": "seventy", "80": "eighty", "90": "ninety",
    "1.5": "der দেড়", "2.5": "arai আড়াই",
}  # fmt: skip
_TIMES: dict[str, str] = {
    "100": "hundred sho shoto শ শো শত",
    "1000": "k thousand thousands hazar hajar hajaar হাজার",
    "100000": "lakh lakhs lac lacs lakhs লাখ লক্ষ",
    "10000000": "crore crores কোটি",
}
_NUMBER = {fold(word): Decimal(value) for value, words in _UNITS.items() for word in words.split()}
_MULTIPLIER = {fold(word): Decimal(value) for value, words in _TIMES.items() for word in words.split()}


def _either(words: dict[str, Decimal]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_BOUND = r"(?![\w\u0980-\u09ff])"
FIGURE = r"(?:\d{1,3}(?:,\d{2,3})++(?:\.\d+)?|\d++(?:\.\d+)?)"
# "60k" but "60 thousand": a single letter after a blank may be anything.
_SCALED = rf"{FIGURE}(?:k|\s?(?:{_either({w: v for w, v in _MULTIPLIER.items() if w != 'k'})})){_BOUND}"
_SPELT = rf"(?:(?:{_either(_NUMBER)})[\s-]?(?:{_either(_MULTIPLIER)}){_BOUND})"
# An expression for an amount in a folded text, without groups.
AMOUNT = rf"(?:{_SCALED}|{_SPELT}(?:\s(?:and\s)?{_SPELT})?|{FIGURE})"
_FIGURE = re.compile(FIGURE)
_SCALED_FORM = re.compile(rf"({FIGURE})\s?({_either(_MULTIPLIER)})")
_SPELT_FORM = re.compile(rf"({_either(_NUMBER)})[\s-]?({_either(_MULTIPLIER)})(?:\sand)?")


def value(amount: str) -> float | None:
    """Return what an amount found by AMOUNT comes to; None where its separators make no number ("12,99,1")."""
    amount = fold(amount).strip()
    scaled = _SCALED_FORM.fullmatch(amount)
    figure = parse_number(scaled[1] if scaled else amount) if scaled or _FIGURE.fullmatch(amount) else None
    if figure is not None:
        # Decimal, because 1.1 * 1000 must be 1100 and not a hair above it.
        return float(Decimal(str(figure)) * (_MULTIPLIER[scaled[2]] if scaled else 1))
    spelt = [_NUMBER[match[1]] * _MULTIPLIER[match[2]] for match in _SPELT_FORM.finditer(amount)]
    return float(sum(spelt)) if spelt else None


def multiplier(amount: str) -> str | None:
    """Return the word or letter by which an amount in figures is multiplied: "k" of "60k"; None without one."""
    match = _SCALED_FORM.fullmatch(fold(amount).strip())
    return match[2] if match else None
