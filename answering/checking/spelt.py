"""Numbers in words: "four and a half", "two hundred and twelve", "four point two"."""

from __future__ import annotations

import re

_SMALL = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_TIMES = {"dozen": 12, "hundred": 100, "thousand": 1000, "lakh": 100_000, "million": 1_000_000, "crore": 10_000_000}


def _either(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_UNIT = rf"(?:(?:{_either(_TENS)})(?:[\s-](?:{_either(_SMALL)}))?|{_either(_SMALL)})"
_BIG = rf"(?:{_either(_TIMES)})"
SPELT = (
    rf"(?:\b(?:(?:an?|{_UNIT})[\s-])?{_BIG}(?:,?\s(?:and\s)?{_UNIT}[\s-]{_BIG})*(?:\s(?:and\s)?{_UNIT})?\b|"
    rf"\b{_UNIT}(?:\spoint(?:\s(?:{_either(_SMALL)}))+|\sand\sa\shalf)?\b)"
)
"""An expression for a number in words, in a folded text, without groups."""
_WORD = re.compile(r"[a-z]+")
_LONGEST = 16
"""Words of a number; no price has more."""


def spelt(text: str) -> float | None:
    """Return what a number found by SPELT comes to, None where a word is none of a number's."""
    words = _WORD.findall(text)
    if len(words) > _LONGEST:
        return None
    if "point" in words:
        at = words.index("point")
        whole, digits = spelt(" ".join(words[:at])), [_SMALL.get(word) for word in words[at + 1 :]]
        if whole is None or not digits or any(digit is None or digit > 9 for digit in digits):
            return None
        return float(f"{whole:.0f}.{''.join(map(str, digits))}")
    half = words[-3:] == ["and", "a", "half"]
    total, part = 0, 0
    for word in words[:-3] if half else words:
        if word in _SMALL or word in _TENS:
            part += _SMALL.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in _TIMES:
            total, part = total + (part or 1) * _TIMES[word], 0
        elif word not in ("and", "a", "an"):
            return None
    return total + part + 0.5 * half
