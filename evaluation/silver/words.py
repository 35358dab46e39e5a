"""Words as the recipe sees them: apart from keyword search, so that a better tokenizer there moves no query here."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, cast

import regex
import Stemmer

# Marks belong to the word: without \p{M} Bangla words break at every vowel sign.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_DRAWS_NOTHING = dict.fromkeys([0x00AD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF])
_DIGITS = {0x09E6 + digit: str(digit) for digit in range(10)}
_FOLD = {**_DRAWS_NOTHING, **_DIGITS}
_TAGS = regex.compile(r"【[^】]{0,60}】|[\[({*#<]\s*(?:new|hot|sale|offer|limited)\b[^\])}*#>]{0,40}[\])}*#>]|#\w+")
_PARTS = regex.compile(r"\s[-–—|/~•]+\s*|\s*[-–—|/~•]+\s|\s*[|;।•]\s*|\s*,\s*(?!\d)|\s*[()\[\]{}]\s*|\.\s+|\.$|[\"“”]")
_ENDS_PHRASE = frozenset("for with from in of by to at on and or without plus".split())
FUNCTION_WORDS = frozenset(
    "a an and are as at be by for from in into is it its of on or so such than that the their then these this those "
    "to was were will with without i me my you your we our all any both each per plus only very more most under up "
    "out off over one two three four five six via has have can not no".split()
)
PROMOTION = frozenset(
    "new hot sale best offer original premium quality exclusive stylish trendy fashionable latest high top item items "
    "product products brand branded super deal discount price cheap low good great export authentic official genuine "
    "collection suitable perfect free delivery available stock limited edition arrival seller".split()
)
"""Words that praise: nobody searches by them, and they tell no product from another."""
MEASURES = frozenset(
    "pcs pc pieces piece pic pis pair pairs pack packs set sets size sizes inch inches cm mm ml kg gm gram grams oz lb "
    "lbs ft feet foot meter metre metres meters liter litre litres liters ltr years year months yards gb tb mb ghz mah "
    "hz volt watt watts color colour colors colours multicolor multicolour multicolored".split()
)
"""Words that measure or count: without their numbers they say nothing."""
NO_NOUNS = frozenset(
    "men mens man women womens woman ladies lady girl girls boy boys kid kids baby adult unisex gents gent black white "
    "red blue green yellow pink purple brown grey gray orange golden gold silver maroon navy beige cream olive multi "
    "small medium large xl xxl slim fit regular comfort comfortable soft style fashion design model print printed use "
    "home gift winter summer king queen double single".split()
)
"""Words that phrases end with although they name nothing that one buys."""
LEAST_OF_A_PART = 2


class Word(NamedTuple):
    """A word as it is written in folded text, and its stem."""

    surface: str
    stem: str


class _PerThread(threading.local):
    """A stemmer a thread: PyStemmer's objects keep a cache and must not be shared."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english")


_STEMMERS = _PerThread()


def folded(text: str) -> str:
    """Return text in NFKC, case folded, Bangla digits as ASCII, without characters that draw nothing."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_FOLD)


def words(text: str) -> list[Word]:
    """Return the content words of a text in order: English function words left out."""
    surfaces = [word for word in _WORD.findall(folded(text)) if word not in FUNCTION_WORDS]
    return [Word(s, t) for s, t in zip(surfaces, _STEMMERS.english.stemWords(surfaces), strict=True)]


def stems(texts: Iterable[str | None]) -> frozenset[str]:
    """Return the stems of the content words of some texts."""
    return frozenset(word.stem for text in texts if text for word in words(text))


def usable(word: Word) -> bool:
    """Tell whether a word may stand in a query: no praise or measure, no single character, no number below 100."""
    letters = not word.surface.isdecimal()
    return len(word.surface) >= (2 if letters else 3) and word.surface not in PROMOTION and word.surface not in MEASURES


def may_be_noun(word: Word) -> bool:
    """Tell whether a word may be the noun of a query: no colour, person or word of praise, and no digit in it."""
    return word.surface not in NO_NOUNS and not any(character.isdigit() for character in word.surface)


@lru_cache(maxsize=1 << 16)
def title_words(title: str) -> tuple[Word, ...]:
    """Return the usable words of a title, each stem once, without tags (【HOT】, #cheap) and keyword tails.

    A tail is what follows the first parts that together hold two usable words or more; parts end at dashes, bars,
    brackets, commas and full stops.
    """
    found: dict[str, Word] = {}
    for part in _parts(title):
        for word in words(part):
            if usable(word):
                found.setdefault(word.stem, word)
        if len(found) >= LEAST_OF_A_PART:
            break
    return tuple(found.values())


def phrase_end(title: str) -> str | None:
    """Return the stem of the last usable word of a title's first phrase, its likely noun; None where there is none.

    The phrase ends with the part, or before a preposition: `steel kettle` in `Steel kettle for camping - kettle`.
    """
    for part in _parts(title):
        last: Word | None = None
        for surface in cast("list[str]", _WORD.findall(part)):
            if surface in _ENDS_PHRASE and last is not None:
                break
            word = Word(surface, _STEMMERS.english.stemWord(surface))
            if surface not in FUNCTION_WORDS and usable(word) and may_be_noun(word):
                last = word
        if last is not None:
            return last.stem
    return None


def _parts(title: str) -> list[str]:
    return [part for part in _PARTS.split(_TAGS.sub(" ", folded(title))) if part.strip()]
