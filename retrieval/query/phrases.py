"""The phrases that titles have in common: runs of one to three words that several different titles hold."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from retrieval.keyword.tokens import STOPWORDS
from retrieval.text import fold

LONGEST_WORD = 32
MOST_WORDS = 3
FRAGMENT = 0.7
"""A phrase that stands inside of one longer phrase this often, or more, is a piece of that one."""
RARER = 25_000
"""For each so many titles a phrase has to stand in one more of them than two."""
# Joiners belong to Bangla words; "t-shirt", "women's" and "4.5" are one word.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+(?:['’.&+\-][\p{L}\p{M}\p{N}\u200c\u200d]+)*")
_BREAK = -1
# What English phrases neither begin nor end with; inside of one they may stand.
_LOOSE = STOPWORDS | {"all", "but", "can", "each", "no", "not", "per", "up", "use", "very", "via", "while", "x"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words as they are written, in small letters, and how many different titles hold them side by side."""

    text: str
    titles: int


def phrases(titles: Iterable[str], most: int) -> list[Phrase]:
    """Return at most `most` phrases of titles, the most frequent first, equals by their text.

    Nothing but spaces stands between the words of a phrase; a single word may stand in one title alone. Titles are read
    once; pass each different one once.
    """
    spelt, ids, owners = _read(titles)
    if not spelt:
        return []
    size, count = len(spelt), int(owners[-1]) + 1
    least = 2 + count // RARER
    ends = np.array([_may_end(word) for word in spelt], dtype=np.bool_)
    whole = np.array([len(word) > 1 and not word.isdecimal() for word in spelt], dtype=np.bool_)
    runs = ids.astype(np.int64)
    starts = np.flatnonzero(runs >= 0)
    grams, held = [runs[starts]], [_held(runs[starts], owners[starts], size, count)]
    rows = [np.arange(size)[:, None]]
    kept = [held[0] > 0]
    keys = grams[0]
    for length in range(2, MOST_WORDS + 2):
        # One longer than what is kept: it tells which of those are but pieces. Only frequent runs have frequent longer
        # ones.
        behind = starts + length - 1
        goes_on = (behind < len(runs)) & (held[-1][keys] >= least)
        starts, keys, behind = starts[goes_on], keys[goes_on], behind[goes_on]
        goes_on = runs[behind] >= 0
        starts, keys, behind = starts[goes_on], keys[goes_on], behind[goes_on]
        if not len(starts):
            break
        found, longer = np.unique(keys * size + runs[behind], return_inverse=True)
        first, last = found // size, found % size
        row = np.column_stack([rows[-1][first], last])
        times = _held(longer, owners[starts], len(found), count)
        kept.append((times >= least) & ends[row[:, 0]] & ends[row[:, -1]] & whole[row].any(axis=1))
        if length > 2:
            _drop_fragments(kept[-2], held[-1], rows[-1], row[kept[-1]], times[kept[-1]])
        rows.append(row)
        held.append(times)
        keys = longer
    kept[0] &= ends & whole
    found_all = [
        Phrase(" ".join(spelt[word] for word in row[number]), int(times[number]))
        for row, times, keep in zip(rows[:MOST_WORDS], held, kept, strict=False)
        for number in _most_frequent(times, keep, most)
    ]
    return sorted(found_all, key=lambda phrase: (-phrase.titles, phrase.text))[:most]


def _read(titles: Iterable[str]) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """Return the words as they are written, and for each word of the titles its id, -1 a break, and its title."""
    spelt: list[str] = []
    known: dict[str, int] = {}
    folded: dict[str, int] = {}
    ids, owners = array("i"), array("i")
    for number, title in enumerate(titles):
        end = 0
        for match in _WORD.finditer(title):
            if title[end : match.start()].strip():
                ids.append(_BREAK)
                owners.append(number)
            end = match.end()
            word = match.group()
            found = known.get(word)
            if found is None:
                if len(word) > LONGEST_WORD:
                    found = _BREAK
                else:
                    found = folded.setdefault(fold(word), len(spelt))
                    if found == len(spelt):
                        spelt.append(unicodedata.normalize("NFKC", word).lower())
                    known[word] = found
            ids.append(found)
            owners.append(number)
        ids.append(_BREAK)
        owners.append(number)
    return spelt, np.frombuffer(ids, dtype=np.int32), np.frombuffer(owners, dtype=np.int32)


def _may_end(word: str) -> bool:
    return fold(word) not in _LOOSE


def _held(keys: NDArray[np.int64], owners: NDArray[np.int32], size: int, count: int) -> NDArray[np.int64]:
    """Return how many different titles hold each key."""
    pairs = np.unique(keys.astype(np.int64) * count + owners)
    return np.bincount(pairs // count, minlength=size)


def _drop_fragments(
    kept: NDArray[np.bool_],
    held: NDArray[np.int64],
    shorter: NDArray[np.int64],
    longer: NDArray[np.int64],
    times: NDArray[np.int64],
) -> None:
    """Take those of `shorter` out of `kept` that mostly stand at an end of one of `longer`."""
    width = shorter.shape[1]
    numbers = {tuple(shorter[number].tolist()): number for number in np.flatnonzero(kept)}
    for row, titles in zip(longer.tolist(), times.tolist(), strict=True):
        for part in (row[:width], row[1:]):
            number = numbers.get(tuple(part))
            if number is not None and titles >= FRAGMENT * held[number]:
                kept[number] = False


def _most_frequent(times: NDArray[np.int64], keep: NDArray[np.bool_], most: int) -> list[int]:
    numbers = np.flatnonzero(keep)
    return [int(number) for number in numbers[np.argsort(-times[numbers], kind="stable")][:most]]
