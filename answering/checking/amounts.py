"""Amounts as people say them: "a litre and a half", "half a kilo", "six microphones"; and the like in records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from answering.checking.spelt import SPELT, spelt
from retrieval.query.english import stem_all
from retrieval.query.numbers import FIGURE
from retrieval.query.units import measures

_SPOKEN = re.compile(
    rf"(?<![\w.])(?:(?P<half>half)(?: of)?(?: an?)?|(?:an? )?(?P<quarter>quarter)(?: of)?(?: an?)?|"
    rf"(?P<quarters>three[\s-]quarters)(?: of)?(?: an?)?|(?P<one>an?|one)"
    rf"(?P<more>[\s-]and[\s-]a[\s-]half)?|(?P<n>{SPELT}))"
    r"[\s-](?P<unit>[^\W\d_]{2,})(?P<tail> and an? (?:half|quarter))?(?![^\W_])"
)
_RATE = re.compile(r"(?:\bper|\beach|\bevery|\bboils?|[\d\x1f])\W{0,2}$")
_RANGE = re.compile(rf"(?<![\w.,])({FIGURE})\s?(?:[-–—~]|to)\s?({FIGURE})(\s?)([^\W\d_]+|°\s?[cf]?|%)(?![^\W\d_])")
_PAIRED = re.compile(rf"(?<![\w.,])({FIGURE})\+?[\s-]?([^\W\d_]{{2,}})(?:[\s-]([^\W\d_]{{2,}}))?")
_LINE = re.compile(rf"^([^:\n]{{2,40}}): ({FIGURE})$", re.MULTILINE)
_LABELLED = re.compile(rf"([^\W\d_]{{3,}})[\s:-]{{1,2}}({FIGURE})(?![\w%°]|[.,]\d|\s?(?:x|-|%)\s?\d)")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Whole ones are spoken of in other ways: "a pair of shoes", "one piece".
_THINGS = ("pcs", "pair", "layer", "burner", "seater")
_MULTIPLES = {"dual": 2, "twin": 2, "triple": 3, "quad": 4, "single": 1}
_MULTIPLE = re.compile(r"\b(?:dual|twin|triple|quad|single)\b")
_TIMES: tuple[Mapping[str, float], ...] = (
    {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800},
    {"month": 1, "year": 12},
)


_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))[\s-]([^\W\d_]{{3,}})")
"""A place in an order and of what: "second edition"."""


def order_of(ordinal: str) -> int:
    """Return the number of a folded ordinal in words or figures."""
    return int(ordinal[:-2]) if ordinal[0].isdigit() else _ORDINALS.index(ordinal) + 1


_DAYS = {"day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}


@dataclass(frozen=True, slots=True)
class Spoken:
    """An amount in words from `start` to `end`: `value` of a `unit` as written."""

    start: int
    end: int
    value: float
    unit: str


def spoken(folded: str) -> Iterator[Spoken]:
    """Yield the amounts of a folded text that are said in words; what the unit is worth is left to the reader."""
    for match in _SPOKEN.finditer(folded):
        extra = 0.0 if not match["tail"] else 0.5 if match["tail"].endswith("half") else 0.25
        if match["half"]:
            value = 0.5
        elif match["quarter"]:
            value = 0.25
        elif match["quarters"]:
            value = 0.75
        elif match["one"]:
            value = 1.5 if match["more"] else 1.0
            if value + extra == 1 and (match["one"] != "one" or not is_measure(match["unit"])):
                rate = _RATE.search(folded[: match.start()])
                if rate or not is_measure(match["unit"]):
                    continue
        else:
            said = spelt(match["n"])
            if said is None:
                continue
            value = said
        yield Spoken(match.start(), match.end(), value + extra, match["unit"])


@lru_cache(maxsize=4096)
def tokens(value: float, unit: str) -> tuple[str, ...]:
    """Return the canonical tokens of an amount, () where the unit is none of a measure's."""
    return tuple(token for read in measures(f"{value:g} {unit}") for token in read.tokens)


@lru_cache(maxsize=4096)
def is_measure(word: str) -> bool:
    """Tell whether a folded word is a unit of measure."""
    found = tokens(1, word)
    return bool(found) and not any(found[0].endswith(thing) for thing in _THINGS)


def ends(folded: str) -> str:
    """Return the ends of the ranges in a folded text, each with the unit: "110-240 v" gives "110 v" and "240 v"."""
    return "\n".join(f"{m[1]}{m[3]}{m[4]}\n{m[2]}{m[3]}{m[4]}" for m in _RANGE.finditer(folded))


def multiples(folded: str) -> str:
    """Return a folded text with "dual" and the like as figures."""
    return _MULTIPLE.sub(lambda match: str(_MULTIPLES[match[0]]), folded)


def tallies(texts: Iterable[str]) -> dict[str, frozenset[float]]:
    """Return how many there are of what some folded texts count, by the stem of the thing: "4 microphones"."""
    found: dict[str, set[float]] = {}
    for text in texts:
        for match in _PAIRED.finditer(text):
            # What an amount is of is not how many there are: "30 ml bottle".
            for word in (match[2], None if is_measure(match[2]) else match[3]):
                if word:
                    found.setdefault(stem(word), set()).add(_figure(match[1]))
        for match in _LINE.finditer(text):
            for word in _LETTERS.findall(match[1]):
                found.setdefault(stem(word), set()).add(_figure(match[2]))
    return {thing: frozenset(values) for thing, values in found.items()}


def labelled(folded: str) -> dict[str, frozenset[float]]:
    """Return the numbers that stand right behind words in a folded text, by the words' stems: "SPF 30"."""
    found: dict[str, set[float]] = {}
    for match in _LABELLED.finditer(folded):
        found.setdefault(stem(match[1]), set()).add(_figure(match[2]))
    return {word: frozenset(values) for word, values in found.items()}


def _figure(text: str) -> float:
    return float(text.replace(",", ""))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Return the stem of one folded word."""
    return stem_all([word])[0]


def said_time(value: float, unit: str, own: float, of: str, *, about: bool) -> bool:
    """Tell whether a length of time is one that is stated in days where this has months, or the other way round."""
    if (unit in _TIMES[1]) == (of in _TIMES[1]) or unit not in _DAYS or of not in _DAYS:
        return False
    said, stated = value * _DAYS[unit], own * _DAYS[of]
    return abs(said - stated) <= (0.1 if about else 0.02) * stated


def same_time(value: float, unit: str) -> Iterator[tuple[float, str]]:
    """Yield a length of time in every unit that it can be said in: 24 months are 2 years."""
    for family in _TIMES:
        if unit in family:
            yield from ((value * family[unit] / worth, other) for other, worth in family.items())
