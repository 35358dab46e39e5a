"""How far one spelling lies from another, a likely slip counting less than an unlikely one."""

from __future__ import annotations

from itertools import accumulate, pairwise
from string import ascii_lowercase

_VOWELS = frozenset("aeiouy")
_ALIKE = frozenset(
    frozenset(pair)
    for pair in (
        "ck",
        "cq",
        "kq",
        "sc",
        "sz",
        "jz",
        "gj",
        "vb",
        "vw",
        "bw",
        "fp",
        "td",
        "mn",
        "xk",
        "ao",
        "eu",
        "ei",
        "ou",
    )
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _adjacent_keys() -> frozenset[frozenset[str]]:
    # Each row of a QWERTY keyboard lies half a key to the right of the one above.
    pairs = [row[i : i + 2] for row in _ROWS for i in range(len(row) - 1)]
    for upper, lower in pairwise(_ROWS):
        pairs += [upper[i + shift] + key for i, key in enumerate(lower) for shift in (0, 1) if i + shift < len(upper)]
    return frozenset(frozenset(pair) for pair in pairs)


_KEYS = _adjacent_keys()
_FIRST_LETTER = 0.4
_SOUND_ALIKE = 0.2


def _change(one: str, other: str) -> float:
    pair = frozenset((one, other))
    if one == other:
        return 0.0
    if pair in _ALIKE:
        return 0.4
    if pair <= _VOWELS:
        return 0.5
    return 0.7 if pair in _KEYS else 1.0


_CHANGES = {one: {other: _change(one, other) for other in ascii_lowercase} for one in ascii_lowercase}
_NO_CHANGES: dict[str, float] = {}


def _drop(word: str, place: int) -> float:
    """Return what leaving out (or putting in) the letter at `place` costs."""
    letter = word[place]
    if letter in word[max(0, place - 1) : place] or letter in word[place + 1 : place + 2]:
        return 0.3
    if letter == "h" and place:
        return 0.4
    return 0.5 if letter in _VOWELS else 0.8


def distance(one: str, other: str) -> float:
    """Return the weighted edit distance (optimal string alignment: Boytsov 2011, ACM JEA 16, section 2.1).

    A change or a swap, a lost or an added letter costs 1 or less: letters that sound alike 0.4, vowels 0.5, neighbours
    on the keyboard and two letters swapped 0.7, a consonant lost 0.8, one of two equal letters 0.3; a slip in the first
    letter costs 0.4 more. Symmetric.
    """
    if one == other:
        return 0.0
    drops = [_drop(other, j) for j in range(len(other))]
    before: list[float] = []
    row = list(accumulate(drops, initial=0.0))
    for i, letter in enumerate(one):
        lost = _drop(one, i)
        changes = _CHANGES.get(letter, _NO_CHANGES)
        cell = row[0] + lost
        current = [cell]
        for j, against in enumerate(other):
            best = row[j] + (0.0 if letter == against else changes.get(against, 1.0))
            if row[j + 1] + lost < best:
                best = row[j + 1] + lost
            if cell + drops[j] < best:
                best = cell + drops[j]
            if i and j and letter == other[j - 1] and one[i - 1] == against and before[j - 1] + 0.7 < best:
                best = before[j - 1] + 0.7
            cell = best
            current.append(cell)
        before, row = row, current
    return row[-1] + (_FIRST_LETTER if one[:1] != other[:1] else 0.0)


def unlikeness(by_letters: float, by_sound: float) -> float:
    """Return how unlike two words are, of their distances by letters and by sound: the smaller, that by sound and 0.2.

    Words that sound alike but are written with quite other letters count as half as unlike as their letters.
    """
    return min(by_letters, _SOUND_ALIKE + max(by_sound, by_letters / 2))
