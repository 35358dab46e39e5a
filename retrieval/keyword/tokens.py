"""Words of a text, as keyword search sees them: folded, without English function words, stemmed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from functools import lru_cache
from typing import NamedTuple, cast

import regex
import Stemmer

from retrieval.errors import SettingsError
from retrieval.text import fold

# Marks belong to the word: without \p{M} Bangla words break at every vowel sign.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
STOPWORDS = frozenset(
    "a an and are as at be by for from in into is it its of on or so such than that the their then these this those "
    "to was were will with i me my you your we our".split()
)


class Word(NamedTuple):
    """A token and the words of the text, as they are written, that it came from."""

    token: str
    surface: str


class _PerThread(threading.local):
    """A stemmer a thread: PyStemmer's objects keep a cache and must not be shared."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english")


_STEMMERS = _PerThread()


def _unicode_words(text: str) -> list[str]:
    return cast("list[str]", _WORD.findall(text))


@lru_cache(maxsize=1)
def _treebank() -> Callable[[str], list[str]]:
    from nltk.tokenize import TreebankWordTokenizer

    return cast("Callable[[str], list[str]]", TreebankWordTokenizer().tokenize)


def _treebank_words(text: str) -> list[str]:
    return [word for word in _treebank()(text) if _WORD.search(word)]


_SPLITTERS: dict[str, Callable[[str], list[str]]] = {"unicode": _unicode_words, "treebank": _treebank_words}


class Tokenizer:
    """Splits text into tokens; `name` is `unicode` (letters, marks, digits) or `treebank` (NLTK's Penn Treebank)."""

    def __init__(self, name: str = "unicode") -> None:
        if name not in _SPLITTERS:
            raise SettingsError(f"TOKENIZER={name!r} is unknown; use one of {', '.join(_SPLITTERS)}.")
        self.name = name
        self._split = _SPLITTERS[name]

    def _words(self, text: str) -> list[str]:
        words = self._split(fold(text))
        return [word for word in words if word not in STOPWORDS] or words

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of the text in order; function words stay only where there is nothing else."""
        return cast("list[str]", _STEMMERS.english.stemWords(self._words(text)))

    def matches(self, text: str, tokens: Container[str]) -> list[Word]:
        """Return the words of the text whose token is among `tokens`, in order."""
        words = self._words(text)
        stems = cast("list[str]", _STEMMERS.english.stemWords(words))
        return [Word(stem, word) for stem, word in zip(stems, words, strict=True) if stem in tokens]
