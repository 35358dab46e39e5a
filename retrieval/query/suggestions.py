"""Pairs of words that a catalogue may hold for the same, each with its evidence: for review, never applied unseen.

Two words are alike where the same words stand beside them in titles (second-order co-occurrence: positive pointwise
mutual information with directed neighbours and smoothed contexts; Levy, Goldberg and Dagan 2015, TACL 3:211-225,
sections 2.1 and 3.2) and where an encoder, or else their spelling, puts them near each other as well. Alone neither
will do: what stands in the same places may be another kind of thing, and what an encoder takes for near another trade.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import cast

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns
from retrieval.keyword.tokens import STOPWORDS, Tokenizer, Word
from retrieval.protocols import Encoder, FloatArray
from retrieval.query.synonyms import Synonyms, phrase_key

MOST_WORDS = 1_500
LEAST_TITLES = 4
SHORTEST = 3
OFFSETS = (-2, -1, 1, 2)
"""Where a neighbour stands, in words from the word."""
SMOOTHING = 0.75
"""The power of context counts: without it rare neighbours would seem to say most (Levy et al., section 3.2)."""
CONTEXTS = 0.2
LIKENESS = 0.55
EXAMPLES = 2
_CONTRASTS: tuple[frozenset[str], ...] = tuple(
    frozenset(words.split())
    for words in (
        "black white red blue green yellow pink purple violet orange brown grey gray silver gold golden beige navy",
        "man men woman women male female gents ladies boy boys girl girls kid kids baby unisex",
        "small medium large big mini long short full half high low single double king queen twin",
        "one two three four five six seven eight nine ten",
        "summer winter spring autumn",
        "left right front back",
    )
)
"""Words that stand in the same places because one is chosen instead of the other."""
_TOKENIZER = Tokenizer()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two words and why they may be the same.

    `contexts` is the cosine of the words beside them in titles, `meaning` that of an encoder (None without one),
    `spelling` the share of letters in common, each 0-1. `titles` counts different titles with either word, `together`
    those with both; `examples` are titles with either. `score` orders suggestions.
    """

    words: tuple[str, str]
    score: float
    contexts: float
    meaning: float | None
    spelling: float
    titles: tuple[int, int]
    together: int
    examples: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def key(self) -> frozenset[tuple[str, ...]]:
        """The pair as it is remembered when it was turned down."""
        return frozenset(map(phrase_key, self.words))

    def to_text(self) -> str:
        """Return the two-way rule that takes the suggestion up."""
        return ", ".join(self.words)


def listed_values(columns: Columns) -> frozenset[str]:
    """Return the colours, sizes and brands of a catalogue, folded: they stand for one another and mean other things."""
    return frozenset(str(key) for coded in (columns.color, columns.size, columns.brand) for key in coded.keys)


def suggest(
    titles: Iterable[str],
    known: Synonyms,
    *,
    encoder: Encoder | None = None,
    excluded: Collection[str] = (),
    declined: Collection[frozenset[tuple[str, ...]]] = (),
    limit: int = 50,
) -> tuple[Suggestion, ...]:
    """Return the pairs of words that are most likely the same, the likeliest first.

    Left out are pairs of one stem, of `known` rules, `declined` ones (`Suggestion.key`) and words that are one of
    `excluded` (folded). Titles that are repeated count once. Raises ModelUnavailable where the encoder cannot be used.
    """
    shown, different = _different(titles)
    numbers, surfaces = _vocabulary(different)
    rows = [[numbers.get(word.token, -1) for word in words] for words in different]
    asked = [number for number, word in enumerate(surfaces) if _may_be_asked(word, excluded)]
    if len(asked) < 2:
        return ()
    alike = _contexts(rows, np.array(asked), len(surfaces))
    pairs = [(int(a), int(b)) for a, b in np.argwhere(np.triu(alike >= CONTEXTS, 1))]
    words = [surfaces[number] for number in asked]
    meaning = None if encoder is None or not pairs else _meaning(words, pairs, encoder)
    found: list[tuple[float, int, int, float, float | None]] = []
    for a, b in pairs:
        near = None if meaning is None else float(np.clip(meaning[a] @ meaning[b], 0, 1))
        letters = SequenceMatcher(None, words[a], words[b], autojunk=False).ratio()
        likeness = max(letters, near or 0.0)
        if likeness < LIKENESS or known.same(words[a], words[b]) or _contrast(words[a], words[b]):
            continue
        if frozenset((phrase_key(words[a]), phrase_key(words[b]))) in declined:
            continue
        found.append((float(alike[a, b]) * likeness, a, b, letters, near))
    found.sort(key=lambda pair: (-pair[0], words[pair[1]], words[pair[2]]))
    held = _titles_of({asked[place] for pair in found[:limit] for place in pair[1:3]}, rows)
    return tuple(
        Suggestion(
            words=(words[a], words[b]),
            score=score,
            contexts=float(alike[a, b]),
            meaning=near,
            spelling=letters,
            titles=(len(held[asked[a]]), len(held[asked[b]])),
            together=len(held[asked[a]] & held[asked[b]]),
            examples=cast(
                "tuple[tuple[str, ...], tuple[str, ...]]",
                tuple(tuple(shown[row] for row in sorted(held[asked[place]])[:EXAMPLES]) for place in (a, b)),
            ),
        )
        for score, a, b, letters, near in found[:limit]
    )


class _Everything:
    """Holds every token."""

    def __contains__(self, _: object) -> bool:
        return True


def _different(titles: Iterable[str]) -> tuple[list[str], list[list[Word]]]:
    """Return the titles that differ in their stems, the first of each, and their words."""
    found: dict[tuple[str, ...], tuple[str, list[Word]]] = {}
    for title in dict.fromkeys(titles):
        words = _TOKENIZER.matches(title, _Everything())
        found.setdefault(tuple(word.token for word in words), (title, words))
    return [title for title, _ in found.values()], [words for _, words in found.values()]


def _vocabulary(titles: Sequence[Sequence[Word]]) -> tuple[dict[str, int], list[str]]:
    """Return the number of each frequent stem, and how it is written most often, by its number."""
    counts = Counter(token for words in titles for token in {word.token for word in words})
    frequent = sorted((t for t, n in counts.items() if n >= LEAST_TITLES), key=lambda t: (-counts[t], t))[:MOST_WORDS]
    numbers = {token: number for number, token in enumerate(frequent)}
    written: list[Counter[str]] = [Counter() for _ in frequent]
    for words in titles:
        for word in words:
            if word.token in numbers:
                written[numbers[word.token]][word.surface] += 1
    return numbers, [min(forms, key=lambda form, forms=forms: (-forms[form], form)) for forms in written]  # type: ignore[misc]


def _may_be_asked(word: str, excluded: Collection[str]) -> bool:
    long_enough = len(word) >= SHORTEST and word not in STOPWORDS
    return long_enough and word not in excluded and not any(character.isdigit() for character in word)


def _contrast(one: str, other: str) -> bool:
    return any(one in words and other in words for words in _CONTRASTS)


def _contexts(rows: Sequence[Sequence[int]], asked: NDArray[np.int64], size: int) -> FloatArray:
    """Return the cosines between the asked words' weighted neighbours, shape (asked, asked)."""
    # Gaps as wide as the furthest offset keep the end of one title from standing beside the start of the next.
    gap = [-1] * max(OFFSETS)
    stream = np.array([number for row in rows for number in (*row, *gap)], dtype=np.int64)
    place = np.full(size + 1, -1, dtype=np.int64)
    place[asked] = np.arange(len(asked))
    counts = np.zeros((len(asked), len(OFFSETS) * size), dtype=np.float32)
    for block, offset in enumerate(OFFSETS):
        centre, beside = (stream[-offset:], stream[:offset]) if offset < 0 else (stream[:-offset], stream[offset:])
        seen = (beside >= 0) & (place[centre] >= 0) & (beside != centre)
        flat = np.bincount(place[centre[seen]] * size + beside[seen], minlength=len(asked) * size)
        counts[:, block * size : (block + 1) * size] = flat.reshape(len(asked), size)
    total = float(counts.sum())
    if not total:
        return np.zeros((len(asked), len(asked)), dtype=np.float32)
    smoothed = counts.sum(axis=0, dtype=np.float64) ** SMOOTHING
    expected = (counts.sum(axis=1, dtype=np.float64) / total)[:, None] * (smoothed / smoothed.sum())[None, :]
    there = counts > 0
    weights = np.zeros_like(counts)
    weights[there] = np.maximum(np.log(counts[there] / total / expected[there]), 0)
    weights /= np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)
    return np.asarray(weights @ weights.T, dtype=np.float32)


def _meaning(words: Sequence[str], pairs: Sequence[tuple[int, int]], encoder: Encoder) -> FloatArray:
    """Return one unit row a word; of words that stand in no pair, zeros."""
    wanted = sorted({place for pair in pairs for place in pair})
    rows = np.zeros((len(words), encoder.dimension), dtype=np.float32)
    rows[wanted] = encoder.encode([words[place] for place in wanted])
    return rows


def _titles_of(numbers: Collection[int], rows: Sequence[Sequence[int]]) -> dict[int, set[int]]:
    held: dict[int, set[int]] = {number: set() for number in numbers}
    for title, row in enumerate(rows):
        for number in row:
            if number in held:
                held[number].add(title)
    return held
