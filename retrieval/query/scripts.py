"""One word for what shoppers of Bangladesh write in Bangla script, in Latin letters by ear, or in English.

"লাল শাড়ি" and "lal shari" both become "red saree", so that they find the same; the catalogue's own most frequent
word of a group of synonyms stands for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from math import log1p

import regex

from retrieval.query import bangla, english
from retrieval.query.edits import distance
from retrieval.query.phonetic import skeleton, sound
from retrieval.query.records import Correction
from retrieval.query.synonyms import Synonyms
from retrieval.query.vocabulary import Vocabulary
from retrieval.text import fold

# Joiners stand within Bangla words, and draw nothing.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+")
# Endings of "of" and of the plural as they are written in Latin letters: "balisher", "cheleder".
_ENDINGS = ("der", "er", "r")
_LONGEST_PHRASE = 4
_MOST_UNLIKE = 0.8
_PER_LOG_WEIGHT = 0.16
_SHORT_A = "\u09cd\u09af\u09be"
_SHORTEST = 3


class Scripts:
    """Finds the word that stands for a group, in one catalogue with its synonyms."""

    def __init__(self, vocabulary: Vocabulary, synonyms: Synonyms) -> None:
        self._vocabulary = vocabulary
        self._synonyms = synonyms

    def romanised(self, text: str, dropped: Collection[str] = ()) -> tuple[Correction, ...]:
        """Return what to put in the place of the Bangla words that a Latin word is known for, in their order."""
        return self._found(text, dropped, bangla_only=True)

    def canonical(self, text: str, dropped: Collection[str] = ()) -> str:
        """Return a text with the words of every group, in either script, replaced by the one that stands for it."""
        out, at = "", 0
        for found in self._found(text, dropped, bangla_only=False):
            out += text[at : found.start] + found.after
            at = found.end
        return out + text[at:]

    def by_ear(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the spans of the Latin words that are known to be Bangla ones written by ear."""
        found = self._found(text, (), bangla_only=False)
        return tuple((correction.start, correction.end) for correction in found if correction.before.isascii())

    def _found(self, text: str, dropped: Collection[str], *, bangla_only: bool) -> tuple[Correction, ...]:
        matches = list(_WORD.finditer(text))
        words = [fold(match[0]) for match in matches]
        found: list[Correction] = []
        place = 0
        while place < len(words):
            size, after = self._at(words, place, bangla_only=bangla_only)
            start, end = matches[place].start(), matches[place + max(size, 1) - 1].end()
            if size and after is not None and after != " ".join(words[place : place + size]):
                correction = Correction(start, end, text[start:end], after, "script")
                if not {correction.key, f"synonym:{' '.join(words[place : place + size])}"} & set(dropped):
                    found.append(correction)
            place += max(size, 1)
        return tuple(found)

    def _at(self, words: Sequence[str], place: int, *, bangla_only: bool) -> tuple[int, str | None]:
        """Return how many words from a place on are one thing that another word stands for, and that word."""
        for size in range(min(_LONGEST_PHRASE, len(words) - place), 0, -1):
            phrase = words[place : place + size]
            in_script = any(map(bangla.script, phrase))
            if bangla_only and not in_script:
                continue
            if not in_script and any(map(english.common, phrase)):
                continue
            group = self._group(phrase)
            loan = self._loan(phrase[0], group) if in_script and size == 1 else None
            if loan is not None:
                return 1, loan
            if group and (in_script or size > 1 or _heard_in(phrase[0], group)):
                return size, self._head(group, " ".join(phrase))
        word = words[place]
        if bangla.script(word):
            return 1, self._latin(word)
        return (0, None) if bangla_only else (1, self._heard(word))

    def _loan(self, word: str, group: Sequence[str]) -> str | None:
        """Return the English word, sold here, that a word in Bangla script spells, unless its group has it."""
        said = sound(word)
        # The long a stands for the u of "cup" and "bus", that of "cap" and "bag" is written otherwise.
        for heard in (said, said.replace("a", "u"))[:: 1 if _SHORT_A in word else -1]:
            options = [one for one in _english().get(skeleton(said), ()) if sound(one) == heard]
            best = max(options, key=lambda one: (self._vocabulary.weight(one), one), default=None)
            if best is not None and self._vocabulary.sold(best):
                return None if best in group else best
        return None

    def _group(self, phrase: Sequence[str]) -> tuple[str, ...]:
        """Return the synonyms of a phrase, also where its last word bears an ending."""
        for form in _forms(phrase[-1]):
            group = self._synonyms.both_scripts(" ".join([*phrase[:-1], form]))
            if group:
                return group
        if len(phrase) == 1 and len(phrase[0]) >= _SHORTEST and not self._vocabulary.known(phrase[0]):
            return self._synonyms.heard(phrase[0])
        return ()

    def _head(self, group: Sequence[str], phrase: str) -> str | None:
        """Return the Latin member that stands for the group.

        It is the English word that a phrase in Bangla script spells (which is left alone in Latin letters), else what
        the catalogue holds most often, the first where it holds none.
        """
        latin = [member for member in group if not bangla.script(member)]
        if bangla.script(phrase):
            said = sound(phrase)
            spelt = [one for one in latin if all(len(word) == 1 or english.common(word) for word in one.split())]
            near = [one for one in spelt if distance(said, sound(one)) <= _MOST_UNLIKE]
            if near:
                return min(near, key=lambda one: distance(said, sound(one)))
        return max(latin, key=self._held, default=None)

    def _held(self, phrase: str) -> float:
        words = phrase.split()
        if len(words) == 2:
            return float(self._vocabulary.pair_count(words[0], words[1]))
        return min(map(self._vocabulary.weight, words)) if len(words) == 1 else 0.0

    def _latin(self, word: str) -> str | None:
        """Return the Latin word of the catalogue, or else the English one, that sounds like a Bangla word."""
        for form in _forms(word):
            spellings = [one for one in self._vocabulary.spellings(form) if not bangla.script(one)]
            if spellings:
                said = sound(form)
                return min(spellings, key=lambda one: (self._cost(said, one), one))
        if self._vocabulary.sold(word):
            return None
        for form in _forms(word):
            heard = self._sounding(form)
            if heard is not None:
                return heard
        return None

    def _sounding(self, word: str) -> str | None:
        said = sound(word)
        key = skeleton(said)
        if len(key) < 2 or len(said) < _SHORTEST:
            return None
        options = {one.word for one in self._vocabulary.neighbours.near(word) if not bangla.script(one.word)}
        options |= set(_english().get(key, ()))
        alike = [one for one in options if skeleton(sound(one)) == key and distance(said, sound(one)) <= _MOST_UNLIKE]
        return min(alike, key=lambda one: (self._cost(said, one), one), default=None)

    def _cost(self, said: str, word: str) -> float:
        """Return how unlikely a word is meant by what is heard: how unlike it sounds, and how seldom it is sold."""
        return distance(said, sound(word)) - _PER_LOG_WEIGHT * log1p(self._vocabulary.weight(word))

    def _heard(self, word: str) -> str | None:
        """Return the word that stands for a Latin word whose Bangla spelling the catalogue holds too."""
        if len(word) < _SHORTEST or english.common(word) or self._vocabulary.is_brand(word):
            return None
        written = [one for one in self._vocabulary.spellings(word) if bangla.script(one)]
        return self._latin(written[0]) if written else None


def _heard_in(word: str, group: Sequence[str]) -> bool:
    """Tell whether a Latin word is a Bangla member of its group written by ear: "shari", but not "drape" of "porda"."""
    said = {sound(form) for form in _forms(word)}
    return any(distance(one, sound(other)) <= _MOST_UNLIKE for other in group if bangla.script(other) for one in said)


def _forms(word: str) -> tuple[str, ...]:
    """Return a word as it stands and without each ending it may bear, in its script."""
    if bangla.script(word):
        return (word, *bangla.stems(word))
    return (word, *(word[: -len(e)] for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST))


@lru_cache(maxsize=1)
def _english() -> Mapping[str, tuple[str, ...]]:
    """Return the common English words by the consonants that are heard in them."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(english.words()):
        if len(word) > 2:
            by_key[skeleton(sound(word))].append(word)
    return {key: tuple(words) for key, words in by_key.items()}
