"""Claims that the catalogue is silent on something: right only where it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answering.checking.alike import ALIKE
from answering.checking.reading import Reading
from answering.checking.wording import is_free
from answering.facts import WORD, Facts
from retrieval.query.english import stem_all
from retrieval.text import fold

_SPEAKER = r"(?:catalogue|catalog|listings?|page|description|seller|record|entry|shop|source|data|it|they|information)"
_AHEAD = re.compile(
    rf"\b{_SPEAKER}s? (?:does not|doesn't|do not|don't|did not|didn't|never|fails? to) (?:\w+ )?(?:say|"
    rf"state|mention|list|tell|give|specify|show|name|record|"
    r"indicate|disclose|note|describe|provide|reveal)s?\b|\b(?:no (?:mention|word|information|details?|"
    r"data|note) (?:of|on|about|is given about|for))\b|"
    r"\b(?:silent|says nothing|gives nothing|nothing is said|nothing is stated|quiet) (?:on|about|of)\b|"
    r"\b(?:does not|doesn't) (?:state|mention|list|specify|say)\b|"
    r"\b(?:there is|has|have|with) no (?:stated|listed|given|recorded)\b"
)
_BEHIND = re.compile(
    r"\b(?:(?:is|are|was|were)(?: not|n't) (?:\w+ )?(?:stated|mentioned|specified|given|listed|known|"
    r"said|recorded|disclosed|provided|available)|(?:is|are) unknown|"
    r"not (?:stated|mentioned|specified|given|listed|recorded|disclosed)|unstated|(?:is|"
    r"are) nowhere (?:stated|mentioned))\b"
)
_CELL = re.compile(
    r"\s*(?:not (?:stated|given|known|specified|listed|mentioned|available)|unknown|unstated|n/?a|none|"
    r"-+|–|—|\?|no data)\s*\.?\s*"
)
_OVER = re.compile(r"[.;!?]|\b(?:but|though|although|while|however)\b")
_OTHERS = re.compile(r"\b(?:other|others|further|more|larger|bigger|smaller|higher|lower|beyond|any)\b")
"""What narrows a silence to what is not there: "larger sizes are not listed"."""
_FIELDS = {
    "price": "price", "cost": "price", "costs": "price", "rating": "rating", "ratings": "rating", "brand": "brand",
    "maker": "brand", "manufacturer": "brand", "colour": "colors", "colours": "colors", "color": "colors",
    "colors": "colors", "size": "sizes", "sizes": "sizes", "seller": "seller", "sales": "sales", "sold": "sales",
    "category": "category", "sku": "sku", "discount": "discount",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silence:
    """Where a claim says that nothing is known, and what is wrong with that."""

    spans: tuple[tuple[int, int], ...] = ()
    wrong: str = ""


def silent(reading: Reading, owners: Sequence[Facts]) -> Silence:
    """Return the parts of a claim that say what the catalogue does not, and whether it does."""
    text = reading.text
    if reading.label and _CELL.fullmatch(text[len(reading.label) + 1 :].translate(_MARKS)):
        return Silence(((0, len(text)),), _contradicted(text[: len(reading.label)], owners))
    spans: list[tuple[int, int]] = []
    wrong = ""
    for match in _AHEAD.finditer(text):
        over = _OVER.search(text, match.end())
        end = over.start() if over else len(text)
        spans.append((match.start(), end))
        wrong = wrong or _contradicted(text[match.end() : end], owners)
    for match in _BEHIND.finditer(text):
        # Some shops have the colour "Not specified".
        if any(match[0] in facts.stated for facts in owners) or any(
            start <= match.start() < end for start, end in spans
        ):
            continue
        before = text[: match.start()]
        start = max(before.rfind(mark) for mark in (",", ";", ":", "–", "—", "\ue8ff", " and ", " but "))
        spans.append((max(0, start), match.end()))
        wrong = wrong or _contradicted(before[start + 1 :], owners)
    return Silence(tuple(spans), wrong)


_MARKS = dict.fromkeys((*range(57344, 59392), 59647), " ")


def _contradicted(said: str, owners: Sequence[Facts]) -> str:
    """Return that the catalogue states what it is said to be silent on, for every product; "" where it does not."""
    words = [word for word in WORD.findall(said) if word in _FIELDS or not is_free(word)]
    if not owners or not words or _OTHERS.search(said):
        return ""
    for word in dict.fromkeys(words):
        if all(_states(word, words, facts) for facts in owners):
            return f"the catalogue does state its {word}"
    return ""


def _states(word: str, words: Sequence[str], facts: Facts) -> bool:
    field = _FIELDS.get(word)
    product = facts.product
    if field == "brand":
        return bool(facts.brand)
    if field == "discount":
        return product.discount is not None
    if field is not None and facts.states(field):
        # "rating" of a product that has no size: a field counts by itself only where nothing narrows it.
        return len(words) == 1 or field in ("price", "rating", "colors", "sizes")
    stem = stem_all([word])[0]
    for key in product.attributes:
        keyed = WORD.findall(fold(key))
        if keyed and all(part in words or stem_all([part])[0] == stem or part in ALIKE.get(word, ()) for part in keyed):
            return True
    return False
