"""Words of a catalogue that may be one word spelt two ways: saree and sari, kitchen and kichen, shirt and শার্ট."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query import bangla, english
from retrieval.query.edits import distance
from retrieval.query.phonetic import letters, skeleton

# Of a crowd of words with one key only the most frequent are compared, so that the work stays linear.
_CROWD = 40
_MOST = 6
# A mistake is this much rarer than what it stands for; spellings that merely sound alike may be equally frequent.
RARER = 5
_LONG = 6
_ROUNDING = 1e-9


def _eligible(words: Sequence[str], sold: NDArray[np.int32]) -> list[int]:
    # What descriptions say in Latin letters is mostly English; a word in Bangla script stands for one in a title.
    return [
        place
        for place, word in enumerate(words)
        if len(word) >= 3
        and word not in STOPWORDS
        and (sold[place] or bangla.script(word))
        and not any(letter.isdigit() for letter in word)
    ]


def _crowds(groups: Iterable[list[int]], sold: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if len(group) > 1:
            chosen = sorted(group, key=lambda place: (-int(sold[place]), place))[:_CROWD]
            yield from ((a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :])


def _one_apart(words: Sequence[str], places: Sequence[int]) -> Iterable[list[int]]:
    """Return groups of places that hold all pairs of long words one letter apart (and some further apart)."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place in places:
        word = words[place]
        if len(word) >= _LONG:
            for shorter in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                groups[shorter].append(place)
    return groups.values()


def other_gender(one: str, other: str) -> bool:
    """Tell whether spellings by sound differ in a final -a and -i alone, as kurta and kurti do."""
    return one[:-1] == other[:-1] and {one[-1:], other[-1:]} == {"a", "i"}


def _cross_script(one: str, other: str, most: float) -> float | None:
    apart = distance(one, other)
    return apart if apart <= most + _ROUNDING else None


def _same_start(words: tuple[str, str]) -> bool:
    one, other = words[0][0], words[1][0]
    return one == other or {one, other} <= set("ckq")


def _same_script(words: tuple[str, str], sounds: tuple[str, str], *, mistake: bool) -> float | None:
    """Return how unlike two words are, None if too much; a `mistake` must be the same word but for one slip."""
    shorter = min(map(len, words))
    if shorter < 4:
        return None
    apart = distance(letters(words[0]), letters(words[1]))
    if sounds[0] == sounds[1] and (not mistake or _same_start(words)):
        most = 1.0 if mistake else 1.2
    elif mistake:
        most = 0.4 if shorter <= 4 else 0.7 if shorter <= 5 else 1.0
    else:
        most = 0.7 if shorter <= 4 else 0.8 if shorter <= 5 else 1.2
    return apart if apart <= most + _ROUNDING else None


def twins_of(
    words: Sequence[str], sounds: Sequence[str], counts: NDArray[np.int32], brands: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the ids of words that may be one, int32 (n, 2), both directions, sorted by the first, nearest first.

    Two words are paired when their phonetic keys are equal, or when long ones are a letter apart and one is far rarer
    than the other. A common English word is paired with a far rarer slip of it and with Bangla script alone. Never
    paired are two brands that sound different, and two forms of one stem (which keyword search joins by itself).
    """
    sold = counts[:, :2].max(axis=1) if len(counts) else np.zeros(0, dtype=np.int32)
    places = _eligible(words, sold)
    by_key: dict[str, list[int]] = defaultdict(list)
    for place in places:
        key = skeleton(sounds[place])
        if len(key) > 1:
            by_key[key].append(place)
    stems = dict(zip(places, english.stem_all(words[place] for place in places), strict=True))
    common = {place for place in places if english.common(words[place])}
    bangla_words = {place for place in places if bangla.script(words[place])}

    def near(a: int, b: int, *, alike: bool) -> float | None:
        if sold[a] < sold[b]:
            a, b = b, a
        one, other = words[a], words[b]
        ratio = sold[a] / max(1, sold[b])
        if stems[a] == stems[b] or english.base(one) == other or english.base(other) == one:
            return None
        if sounds[a] != sounds[b] and ((brands[a] and brands[b]) or other_gender(sounds[a], sounds[b])):
            return None
        if a in bangla_words or b in bangla_words:
            most = 0.0 if not sold[b] else 0.5 if ratio >= RARER else 0.4
            return _cross_script(sounds[a], sounds[b], most) if alike else None
        if b in common or ((a in common or not alike) and ratio < RARER):
            return None
        return _same_script((one, other), (sounds[a], sounds[b]), mistake=a in common or not alike)

    found: dict[tuple[int, int], float] = {}
    for pairs, alike in ((_crowds(by_key.values(), sold), True), (_crowds(_one_apart(words, places), sold), False)):
        for a, b in pairs:
            if (a, b) not in found and (apart := near(a, b, alike=alike)) is not None:
                found[a, b] = found[b, a] = apart
    return _nearest(found, sold)


def _nearest(found: dict[tuple[int, int], float], sold: NDArray[np.int32]) -> NDArray[np.int32]:
    lists: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for (a, b), apart in found.items():
        lists[a].append((apart, -int(sold[b]), b))
    rows = [(a, b) for a in sorted(lists) for _, _, b in sorted(lists[a])[:_MOST]]
    return np.array(rows, dtype=np.int32).reshape(-1, 2)
