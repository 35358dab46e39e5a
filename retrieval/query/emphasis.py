"""Which words of a query say what is wanted, and which only sing its praise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.intent import TELLING
from retrieval.query.records import Part
from retrieval.query.vocabulary import WORD
from retrieval.text import fold

HEAD = 0.1
"""What the head noun and brands count beside their own score, as a share of it."""
FILLER = -0.5
"""What praise and words of a description count, as a share of their own score."""
_PRAISE = frozenset(
    "best good better nice great quality premium original cheap cheapest affordable exclusive latest new beautiful "
    "stylish trendy fashionable attractive amazing awesome perfect popular top buy price online offer sale discount "
    "shop store please want need looking find show".split()
)
# What follows one of these tells more of the thing before it.
_AFTER_THE_HEAD = frozenset("for with without in of on from to by under and or at that which who size".split())


def emphasis(rest: str, parts: Iterable[Part]) -> tuple[tuple[str, float], ...]:
    """Return words of a query with what they count more (or less) than others, as a share of their score.

    The head noun is the last word before the first preposition that is no colour, size or measure.
    """
    words = [fold(match[0]) for match in WORD.finditer(rest)]
    taken = {word for part in parts for word in map(fold, WORD.findall(part.text)) if part.kind != "brand"}
    brands = [word for part in parts if part.kind == "brand" for word in map(fold, WORD.findall(part.text))]
    filler = [word for word in words if word in _PRAISE or (word in TELLING and word not in STOPWORDS)]
    head = _head([word for word in words if word not in taken])
    raised = dict.fromkeys([*brands, *([head] if head else [])], HEAD)
    lowered = dict.fromkeys(filler, FILLER) if len(set(filler)) < len(set(words) - STOPWORDS) else {}
    return tuple({**raised, **lowered}.items())


def _head(words: Sequence[str]) -> str | None:
    phrase: list[str] = []
    for word in words:
        if word in _AFTER_THE_HEAD and phrase:
            break
        if word not in STOPWORDS and not any(letter.isdigit() for letter in word):
            phrase.append(word)
    return phrase[-1] if len(phrase) > 1 else None
