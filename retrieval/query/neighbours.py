"""The words of a vocabulary that a misspelt one may stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query import bangla
from retrieval.query.edits import distance, unlikeness
from retrieval.query.phonetic import letters, skeleton, sound

_MOST = 16
_REMEMBERED = 1024


def slips(length: int) -> int:
    """Return how many letters of a word of `length` letters may be wrong."""
    return 0 if length < 4 else 1 if length < 6 else 2


def _mask(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) % 64)
    return mask


class Neighbour(NamedTuple):
    """A word that another may stand for; `unlike` from `edits.unlikeness`, `by_letters` from `edits.distance`."""

    word: str
    unlike: float
    by_letters: float


class Neighbours:
    """Finds words near a given one; made once for a vocabulary, of its words without digits and longer than two.

    `near(word)` returns candidates for a folded word, 32 at most, the most frequent of those that lie within `slips`
    changes, losses, additions or swaps of letters, and of those that sound the same but for vowels.
    """

    def __init__(self, words: Sequence[str], sounds: Sequence[str], weights: NDArray[np.float64]) -> None:
        places = [
            place
            for place, word in enumerate(words)
            if len(word) > 2 and word not in STOPWORDS and not any(letter.isdigit() for letter in word)
        ]
        self._words = [words[place] for place in places]
        self._sounds = [sounds[place] for place in places]
        self._weights = weights[places]
        self._plain = [letters(word) for word in self._words]
        self._lengths = np.array([len(word) for word in self._plain], dtype=np.int16)
        self._masks = np.array([_mask(word) for word in self._plain], dtype=np.uint64)
        by_key: dict[str, list[int]] = defaultdict(list)
        for place, said in enumerate(self._sounds):
            by_key[skeleton(said)].append(place)
        self._by_key: Mapping[str, Sequence[int]] = by_key
        # A word that is typed is typed again a letter later, and in the next pass over the same query.
        self.near = lru_cache(maxsize=_REMEMBERED)(self._near)

    def _near(self, word: str) -> tuple[Neighbour, ...]:
        plain, said, script = letters(word), sound(word), bangla.script(word)
        chosen = self._by_slips(plain)
        phonetic = skeleton(said)
        if len(phonetic) > 1:
            chosen += self._frequent(np.array(self._by_key.get(phonetic, ()), dtype=np.intp))[:_MOST]
        found = []
        for place in dict.fromkeys(chosen):
            by_letters = distance(plain, self._plain[place])
            alike = skeleton(self._sounds[place]) == phonetic
            if not alike and bangla.script(self._words[place]) != script:
                continue
            unlike = unlikeness(by_letters, distance(said, self._sounds[place])) if alike else by_letters
            found.append(Neighbour(self._words[place], unlike, by_letters))
        return tuple(found)

    def _by_slips(self, plain: str) -> list[int]:
        allowed = slips(len(plain))
        if not allowed:
            return []
        # A slip changes the length by one at most and the set of letters by two.
        close = np.abs(self._lengths - len(plain)) <= allowed
        unlike = np.bitwise_count(self._masks ^ np.uint64(_mask(plain)))
        places = np.flatnonzero(close & (unlike <= 2 * allowed))
        if not len(places):
            return []
        apart = cdist(
            [plain], [self._plain[i] for i in places], scorer=OSA.distance, score_cutoff=allowed, dtype=np.uint8
        )[0]
        chosen: list[int] = []
        # One letter off before two: the frequent words two letters off are many.
        for changes in range(allowed + 1):
            chosen += self._frequent(places[apart == changes])[: _MOST - len(chosen)]
        return chosen

    def _frequent(self, places: NDArray[np.intp]) -> list[int]:
        order = np.lexsort((places, -self._weights[places]))
        return [int(place) for place in places[order]]
