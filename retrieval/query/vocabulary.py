"""The words that a catalogue is written in: how many listings hold each, and which stand side by side in titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.keyword.fields import attribute_text, body_text, title_text
from retrieval.query.english import stem_all
from retrieval.query.neighbours import Neighbours
from retrieval.query.phonetic import sound
from retrieval.query.twins import twins_of
from retrieval.records import Product
from retrieval.text import fold, listing_key

WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Longer runs of letters are leaked markup or pasted text, not words.
MAX_LETTERS = 32
_MIN_BODY = 3
_NO_BRAND = frozenset({"", "no brand", "nobrand", "generic", "unbranded", "n/a", "none", "-"})
_TEXTS = ("words", "sounds")
_ARRAYS = ("counts", "brands", "pairs", "pair_counts", "twins")


def split(text: str) -> list[str]:
    """Return the words of a text folded, in order: runs of letters, marks and digits."""
    return [word for word in WORD.findall(fold(text)) if len(word) <= MAX_LETTERS]


class Vocabulary:
    """Words with counts; identical listings count once.

    `words` in order of their id; `sounds` how each is said (phonetic.sound); `counts` int32 (words, 3): listings whose
    title, attributes, body hold the word; `brands` bool: stands in a brand's name; `pairs` int64, sorted: two word ids,
    the first in the upper 32 bits, that stand side by side in a title, `pair_counts` how many; `twins` int32 (n, 2):
    ids of words that may be one word spelt two ways, both directions, sorted, nearest first.
    """

    def __init__(
        self,
        words: Sequence[str],
        sounds: Sequence[str],
        counts: NDArray[np.int32],
        brands: NDArray[np.bool_],
        pairs: NDArray[np.int64],
        pair_counts: NDArray[np.int32],
        twins: NDArray[np.int32],
    ) -> None:
        self.words = words
        self.sounds = sounds
        self.counts = counts
        self.brands = brands
        self.pairs = pairs
        self.pair_counts = pair_counts
        self.twins = twins
        self.ids: Mapping[str, int] = {word: place for place, word in enumerate(words)}
        # A word in a description says little about what is sold: five of them count as one in a title.
        self.weights = (counts[:, 0] + 0.5 * counts[:, 1] + 0.2 * counts[:, 2]).astype(np.float64)

    @classmethod
    def from_products(cls, products: Iterable[Product]) -> Vocabulary:
        """Count the words of the products' titles, attributes and descriptions."""
        fields: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
        pairs: Counter[tuple[str, str]] = Counter()
        brands: set[str] = set()
        seen: set[str] = set()
        for product in products:
            brand = fold(product.brand or "").strip()
            if brand not in _NO_BRAND:
                brands.update(split(brand))
            listing = listing_key(product.title, product.brand)
            if listing in seen:
                continue
            seen.add(listing)
            title = split(title_text(product))
            fields[0].update(set(title))
            fields[1].update(set(split(attribute_text(product))))
            fields[2].update(set(split(body_text(product))))
            pairs.update(set(pairwise(title)))
        return cls._from_counts(fields, pairs, brands)

    @classmethod
    def _from_counts(
        cls, fields: Sequence[Counter[str]], pairs: Counter[tuple[str, str]], brands: set[str]
    ) -> Vocabulary:
        often = {word for word, count in fields[2].items() if count >= _MIN_BODY}
        words = sorted({*fields[0], *fields[1], *often})
        ids = {word: place for place, word in enumerate(words)}
        sounds = [sound(word) for word in words]
        counts = np.array([[field[word] for field in fields] for word in words], dtype=np.int32).reshape(-1, 3)
        branded = np.array([word in brands for word in words], dtype=np.bool_)
        keys = np.array([(ids[a] << 32) | ids[b] for a, b in pairs], dtype=np.int64)
        order = np.argsort(keys)
        return cls(
            words,
            sounds,
            counts,
            branded,
            keys[order],
            np.array(list(pairs.values()), dtype=np.int32)[order],
            twins_of(words, sounds, counts, branded),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays for `numpy.savez`; words and sounds as UTF-8 bytes, one a line."""
        texts = {name: "\n".join(getattr(self, name)).encode() for name in _TEXTS}
        return {
            **{name: np.frombuffer(text, dtype=np.uint8) for name, text in texts.items()},
            **{name: getattr(self, name) for name in _ARRAYS},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Vocabulary:
        """Read what `to_arrays` gave; raise IndexDamaged naming what is missing or does not fit."""
        missing = [name for name in (*_TEXTS, *_ARRAYS) if name not in arrays]
        if missing:
            raise IndexDamaged(f"the vocabulary has no {', '.join(missing)}. Build the index again.")
        count = len(arrays["counts"])
        words, sounds = (arrays[name].tobytes().decode().split("\n") if count else [] for name in _TEXTS)
        lengths = {"words": len(words), "sounds": len(sounds), "brands": len(arrays["brands"])}
        odd = [f"{length} {name}" for name, length in lengths.items() if length != count]
        if odd:
            raise IndexDamaged(
                f"the vocabulary has counts of {count} words but {', '.join(odd)}. Build the index again."
            )
        return cls(words, sounds, *(arrays[name] for name in _ARRAYS))

    def __len__(self) -> int:
        return len(self.words)

    def weight(self, word: str) -> float:
        """Return in how many listings a folded word stands: one for a title, 0.5 for attributes, 0.2 for a body."""
        place = self.ids.get(word)
        return 0.0 if place is None else float(self.weights[place])

    def sold(self, word: str) -> int:
        """Return how many listings hold a folded word in their title or attributes."""
        place = self.ids.get(word)
        return 0 if place is None else int(self.counts[place, :2].max())

    def is_brand(self, word: str) -> bool:
        """Tell whether a folded word stands in a brand's name."""
        place = self.ids.get(word)
        return place is not None and bool(self.brands[place])

    def known(self, word: str) -> bool:
        """Tell whether titles or attributes hold a folded word, another form of it, or three descriptions do."""
        return word in self.ids or (word.isascii() and stem_all([word])[0] in self._stems)

    def pair_count(self, first: str, second: str) -> int:
        """Return in how many titles two folded words stand side by side, in this order."""
        one, other = self.ids.get(first), self.ids.get(second)
        if one is None or other is None or not len(self.pairs):
            return 0
        key = (one << 32) | other
        place = int(np.searchsorted(self.pairs, key))
        return int(self.pair_counts[place]) if place < len(self.pairs) and self.pairs[place] == key else 0

    def spellings(self, word: str) -> tuple[str, ...]:
        """Return the catalogue's other spellings of a folded word that it knows, nearest first."""
        place = self.ids.get(word)
        if place is None:
            return ()
        low, high = np.searchsorted(self.twins[:, 0], [place, place + 1])
        return tuple(self.words[i] for i in self.twins[low:high, 1])

    @cached_property
    def neighbours(self) -> Neighbours:
        """Return the search for words near a misspelt one."""
        return Neighbours(self.words, self.sounds, self.weights)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem_all(word for word in self.words if word.isascii()))
