"""How a word sounds, whichever way English and South Asian words are spelt in Latin or Bangla letters."""

from __future__ import annotations

import re
import unicodedata

from retrieval.query import bangla

_SILENT = None
# Applied in this order. "1" stands for the sound of "ch" until every other "c" has become "k" or "s".
_RULES: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
        (r"^(?:kn|gn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"mb$", "m"),
        (r"i?ght", "it"),
        (r"sch|sh", "s"),
        (r"[ts]ion", "son"),
        (r"t?ch+", "1"),
        (r"c(?=[eiy])", "s"),
        (r"ck|c|q", "k"),
        (r"1", "c"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"(?<=.)th(?=er)", "d"),
        (r"gh", "g"),
        (r"dg(?=e)|g(?=[eiy])|z", "j"),
        (r"v", "b"),
        (r"(?<=.)h", ""),
        (r"w(?=[aeiou])", "o"),
        (r"w", "u"),
        (r"y", "i"),
        (r"(?<=[aeiou][bcdfgjklmnprst])e(?=s?$)", _SILENT),
        (r"ee+|ea|ie|ei", "i"),
        (r"oo+|ou", "u"),
        (r"au", "o"),
        (r"ai", "e"),
        (r"(.)\1+", r"\1"),
    )
)
_VOWELS = frozenset("aeiou")


def letters(word: str) -> str:
    """Return a word in plain Latin letters: folded, Bangla transliterated, accents off."""
    word = bangla.latin(word)
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def sound(word: str) -> str:
    """Return a spelling by sound, vowels kept: "saree", "sharee" and "শাড়ি" give "sari"; "" without a letter."""
    spelt = letters(word)
    for pattern, written in _RULES:
        # Bangla script writes no silent e.
        if written is not _SILENT or not bangla.script(word):
            spelt = pattern.sub(written or "", spelt)
    return spelt


def skeleton(spelt: str) -> str:
    """Return the consonants of a spelling by sound, double ones once; "a" stands first for any vowel."""
    kept = [letter for letter in spelt[1:] if letter not in _VOWELS]
    out = ["a" if spelt[0] in _VOWELS else spelt[0]] if spelt else []
    for letter in kept:
        if letter != out[-1]:
            out.append(letter)
    return "".join(out)


def key(word: str) -> str:
    """Return the phonetic key: equal for words that differ in vowels, aspirates, double letters and s/sh, j/z, v/bh."""
    return skeleton(sound(word))
