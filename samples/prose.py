"""Descriptions: some careful, some short, some pasted twice or with the shop system's markup leaking out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from samples.dice import Dice
from samples.load import Category, Kind

STYLES = {
    "none": 0.05,
    "short": 0.14,
    "medium": 0.5,
    "long": 0.18,
    "specs": 0.04,
    "html": 0.03,
    "twice": 0.03,
    "tags": 0.03,
}
PROPER = frozenset(
    "Royal Bengal Dhaka Sundarban Android Bangla Jessore Tangail Kolmilota Banarasi Mirpur Naga Panna Hazar Kolka "
    "Tercha Moirang Launch Ghat Haat Pohela Boishakh Falgun".split()
)


def describe(category: Category, kind: Kind, slots: Mapping[str, str], dice: Dice) -> str:
    """Return the description of one listing, "" where its seller wrote none."""
    style = dice.weighted(STYLES)
    words = {key: value if key in kind.names else spoken(value) for key, value in slots.items()}
    sentences = [_sentence(dice.pick(group), words) for group in kind.says]
    box = _sentence(f"In the box: {kind.box}.", words)
    closer = dice.pick(category.closers)
    facts = [f"{key}: {text.format_map(slots)}" for key, text in kind.shows.items()]
    if style == "none":
        return ""
    if style == "short":
        return " ".join(sentences[: dice.between(1, 2)])
    if style == "medium":
        return " ".join([*sentences, box if dice.chance(0.5) else closer])
    if style == "long":
        return _long(sentences, facts, box, closer)
    if style == "specs":
        return "".join([*facts, *sentences, box])
    if style == "html":
        return _leaked(sentences, box)
    if style == "twice":
        return " ".join([*sentences, *sentences])
    return " ".join([*sentences, *(f"#{word}" for word in _hashtags(category, kind))])


def spoken(value: str) -> str:
    """Return a title's wording as it stands in a sentence: capitals only where a name, a unit or a code has them."""
    return " ".join(_spoken_word(word) for word in value.split(" "))


def _spoken_word(word: str) -> str:
    plain = word.istitle() and len(word) > 1 and word not in PROPER and not any(c.isdigit() for c in word)
    return word.lower() if plain else word


def _sentence(text: str, words: Mapping[str, str]) -> str:
    filled = " ".join(text.format_map(words).split())
    filled = re.sub(r"\b([Aa]) (?=(?:[aeio]|un(?!i))(?!ne\b|nce\b))", r"\1n ", filled)
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), filled)


def _long(sentences: list[str], facts: list[str], box: str, closer: str) -> str:
    half = (len(sentences) + 1) // 2
    table = "\n".join(f"• {fact}" for fact in facts)
    return "\n\n".join([" ".join(sentences[:half]), table, " ".join([*sentences[half:], closer]), box])


def _leaked(sentences: list[str], box: str) -> str:
    body = "".join(f'<p style="margin:0;color:#333">{sentence}</p>' for sentence in sentences)
    return f"{body}<br/><ul><li>{box}</li></ul>&nbsp;"


def _hashtags(category: Category, kind: Kind) -> list[str]:
    return [kind.key.replace("-", ""), category.name.replace(" ", ""), "kathgolapbhaban", "shoponline"]
