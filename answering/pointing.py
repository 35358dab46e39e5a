"""Which of the products that were shown a follow-up question points at: "the second one", "these", "it"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from answering.records import Card

_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th", "eighth 8th",
            "ninth 9th", "tenth 10th",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_NUMBERS = {word: number for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_ONE = r"(?:one|product|item|result|option|listing|card|choice)"
_ONES = r"(?:ones|products|items|results|options|listings|cards|choices)"
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_NUMBER = rf"(?:{'|'.join(_NUMBERS)}|\d{{1,2}})"
_OVER = (
    r"(?=\s*(?:$|[,;:.?!)]|['’]s?\b|\b(?:and|or|with|is|are|was|has|have|had|do|does|did|cost|costs|come|comes|in|on|to|vs|"
    r"versus|against|instead|please|be|fit|work|look|for|than|but|rated|made|available)\b))"
)
_SEVERAL = re.compile(
    rf"\b(?:the\s)?(?P<end>first|top|last)\s(?P<n>{_NUMBER})(?:\s(?:of\s(?:these|those|them)|{_ONES}))?{_OVER}"
)
_PLACE = re.compile(
    rf"\b(?:the\s)?(?P<ordinal>{_ORDINAL}|last)\s(?:{_ONE}|of\s(?:these|those|them))\b"
    rf"|\bthe\s(?P<lone>{_ORDINAL}|last)\b{_OVER}"
    rf"|(?:\b(?:the\s)?(?:number|no\.?|{_ONE})\s?#?|#)(?P<number>\d{{1,2}})\b(?![.,]?\d|\s?%)|\[(?P<cited>\d{{1,2}})\]"
    rf"|\bnumber\s(?P<spelt>{'|'.join(_NUMBERS)})\b"
)
_OTHER = re.compile(rf"\bthe\sother(?:\s{_ONE})?\b{_OVER}")
_ALL = re.compile(
    rf"\b(?:(?:all|both|any|some|which|one|each|either|none)\s)?of\s(?:these|those|them)\b(?:\s(?:{_NUMBER}|all|both|{_ONES})\b)*"
    rf"|\b(?:all\s|both\s)?(?:these|those|them)(?:\s(?:{_NUMBER}|all|both|{_ONES}))*\b{_OVER}"
    r"|\b(?:they(?:['’]re)?|their|both|the\stwo|all\sthree|the\sothers|the\srest)\b"
    r"|\b(?:these|those)\b(?=\s(?:is|are|come|have|do)\b)"
)
_IT = re.compile(
    rf"\b(?:this|that|the\ssame)\s{_ONE}\b|\bit(?:['’]s)?(?![\w'’-])|\bits\b(?!['’])|(?<!\w)(?:this|that)\b{_OVER}"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A phrase of a text, from `start` to `end`, and the products it points at, () where such a one was not shown."""

    start: int
    end: int
    words: str
    cards: tuple[Card, ...]
    plural: bool = False


def pointers(low: str, cards: tuple[Card, ...], spoken_of: int = 0) -> tuple[Pointer, ...]:
    """Return the phrases of a text in small letters that point at products, in its order.

    `spoken_of` is the place, from 0, of the product that "it" is.
    """
    found: list[Pointer] = []

    def take(match: re.Match[str], chosen: tuple[Card, ...], plural: bool = False) -> None:
        if all(match.end() <= one.start or one.end <= match.start() for one in found):
            found.append(Pointer(*match.span(), match[0].strip(), chosen, plural))

    for match in _SEVERAL.finditer(low):
        number = _number(match["n"])
        if number < 2:  # "the first one" is one
            continue
        chosen = cards[-number:] if match["end"] == "last" else cards[:number]
        take(match, chosen if 0 < number <= len(cards) else (), plural=True)
    for match in _PLACE.finditer(low):
        said = match["ordinal"] or match["lone"]
        figure = match["number"] or match["cited"] or match["spelt"]
        place = len(cards) if said == "last" else _ORDINALS[said] if said else _number(figure)
        take(match, cards[place - 1 : place] if place > 0 else ())
    for match in _OTHER.finditer(low):
        take(match, tuple(card for place, card in enumerate(cards) if place != spoken_of)[:1])
    for match in _ALL.finditer(low):
        take(match, cards, plural=True)
    for match in _IT.finditer(low):
        take(match, cards[spoken_of : spoken_of + 1])
    return tuple(sorted(found, key=lambda one: one.start))


def _number(said: str) -> int:
    return _NUMBERS.get(said) or int(said)


def numbered(low: str, cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """Return the products that bare numbers name ("1 and 3"), () where they name any that was not shown."""
    listed = r"(?:numbers?\s|nos?\.?\s)?\d{1,2}(?:(?:\s?,\s?|\s?(?:and|with|to|vs\.?|versus|&)\s?)\d{1,2})+"
    if not re.fullmatch(listed, low):
        return ()
    places = [int(place) for place in re.findall(r"\d+", low)]
    return tuple(cards[place - 1] for place in places) if all(1 <= p <= len(cards) for p in places) else ()
