"""Mistakes as hands and ears make them, put into queries by a seed: what does a search lose by them?"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from retrieval.errors import EvaluationError

Kind = Literal["keyboard", "dropped", "phonetic"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHORTEST = 4
"""Letters of the shortest word that gets a mistake."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Each row lies half a key further to the right than the one above it.
_KEYS = {
    letter: (column + 0.5 * row, row) for row, letters in enumerate(_ROWS) for column, letter in enumerate(letters)
}
NEIGHBOURS = {
    letter: "".join(
        other for other, (x, y) in sorted(_KEYS.items()) if other != letter and abs(x - a) <= 1 and abs(y - b) <= 1
    )
    for letter, (a, b) in _KEYS.items()
}
"""The keys that touch each letter's on a QWERTY keyboard."""

_VOWELS = "aeiou"
# A hard c is written k and the other way round: before e, i, y and h a c is none.
_SOUNDS = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"ph", "f"),
        (r"f(?!f)(?<!ff)", "ph"),
        (r"c(?![eiyhk])", "k"),
        (r"(?<!c)k(?![eiyhk])", "c"),
        (r"ee", "i"),
        (r"(?<![aeiou])i(?![aeiou])", "ee"),
        (r"([b-df-hj-np-tv-z])\1", r"\1"),
        (r"(?<=[aeiou])([bdfglmnprst])(?=[aeiouy])", r"\1\1"),
    )
)
_CHUNK = re.compile(r"\S+")
_WORD = re.compile(rf"(?<![^\W\d_])[a-zA-Z]{{{SHORTEST},}}(?![^\W\d_])")


@dataclass(frozen=True, slots=True)
class Typo:
    """A query with one mistake: `before` is the word that was meant, `after` the one that is typed."""

    text: str
    kind: Kind
    before: str
    after: str


def misspell(text: str, query_id: str, *, seed: int = 0, kinds: Sequence[Kind] = KINDS) -> Typo | None:
    """Return the query with one mistake in one word, always the same one for a seed and a query id.

    The word has at least four letters from a to z, no digit touches it, and longer ones are likelier by their letters;
    None where there is no such word. Each of `kinds` is as likely: a key beside the right one, a letter left out, or
    a spelling by ear (ph and f, c and k, ee and i, double letters, vowels). Raises EvaluationError for no or unknown
    kinds.
    """
    if not kinds or not set(kinds) <= set(KINDS):
        raise EvaluationError(f"mistakes of kind {', '.join(kinds) or 'none'} are unknown; use {', '.join(KINDS)}")
    words = [
        (chunk.start() + word.start(), word.group())
        for chunk in _CHUNK.finditer(text)
        if not any(letter.isdigit() for letter in chunk.group())
        for word in _WORD.finditer(chunk.group())
    ]
    if not words:
        return None
    drawn = random.Random(f"{seed}\0{query_id}")
    start, word = drawn.choices(words, weights=[len(word) for _, word in words])[0]
    for kind in drawn.sample(list(kinds), len(kinds)):
        found = [typed for typed in _MAKERS[kind](word.lower(), drawn) if typed != word.lower()]
        if found:
            after = _cased(drawn.choice(found), word)
            return Typo(text[:start] + after + text[start + len(word) :], kind, word, after)
    return None


def _keyboard(word: str, drawn: random.Random) -> list[str]:
    place = drawn.randrange(len(word))
    return [word[:place] + key + word[place + 1 :] for key in NEIGHBOURS[word[place]]]


def _dropped(word: str, drawn: random.Random) -> list[str]:
    place = drawn.randrange(len(word))
    return [word[:place] + word[place + 1 :]]


def _phonetic(word: str, drawn: random.Random) -> list[str]:
    """Return the misspellings by the rules that fit the word, one a rule."""
    found = []
    for pattern, written in _SOUNDS:
        places = list(pattern.finditer(word))
        if places:
            match = drawn.choice(places)
            found.append(word[: match.start()] + match.expand(written) + word[match.end() :])
    places = [match for match in re.finditer(f"[{_VOWELS}]", word) if match.start() > 0]
    if places:
        place = drawn.choice(places).start()
        found.append(word[:place] + drawn.choice(_VOWELS.replace(word[place], "")) + word[place + 1 :])
    return found


def _cased(typed: str, word: str) -> str:
    if word.isupper():
        return typed.upper()
    return typed.capitalize() if word[0].isupper() else typed


_MAKERS: dict[Kind, Callable[[str, random.Random], list[str]]] = {
    "keyboard": _keyboard,
    "dropped": _dropped,
    "phonetic": _phonetic,
}
