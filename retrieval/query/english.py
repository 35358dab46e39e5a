"""Common English words: what is spelt right although this catalogue does not sell it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import cast

import Stemmer

_LIST = Path(__file__).with_name("english.txt")
# Endings that make a right word of another; those that mistakes often make too ("trimer") are not among them.
_ENDINGS = ("y", "ish", "less", "like", "able", "proof", "ful")
# Endings of plurals, past and the like.
FORMS = ("s", "ed", "ing", "ly")


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """Return the shipped list of common words, in lower case."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def stem_all(listed: Iterable[str]) -> list[str]:
    """Return each word's stem (Snowball, English)."""
    # PyStemmer's objects must not be shared by threads, and cost next to nothing to make.
    return cast("list[str]", Stemmer.Stemmer("english", 0).stemWords(listed))


@lru_cache(maxsize=1)
def stems() -> frozenset[str]:
    """Return the stems of the common words."""
    return frozenset(stem_all(words()))


def base(word: str) -> str | None:
    """Return what a word was made from with one of a few endings ("dressy" from "dress"), None if it bears none."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return None


def common(word: str) -> bool:
    """Tell whether a folded word is a common English one, or one with an ending ("guests" of "guest")."""
    return word in words() or (word.endswith(FORMS) and word.isascii() and stem_all([word])[0] in stems())
