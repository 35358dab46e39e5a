"""What a shopper may be about to type: past searches, categories, and what titles have in common."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Literal

import numpy as np
import regex
from numpy.typing import NDArray

from retrieval.keyword.tokens import Tokenizer
from retrieval.query.phrases import phrases
from retrieval.query.vocabulary import split
from retrieval.records import Product
from retrieval.text import fold

Kind = Literal["past", "category", "title"]
MOST_PHRASES = 40_000
MOST_TITLES = 20_000
TITLE_WORDS = 6
TITLE_LETTERS = 60
PAST_FIRST = 3
CATEGORIES_FIRST = 2
BEGINS = 4.0
"""How many times as frequent a phrase must be that only contains what was typed, to stand before one that begins so."""
LOOKED_AT = 80
"""Candidates of a kind that are looked at word by word."""
MOST_TYPED = 12
MOST_SLIPS = 2
SHORTEST_SLIP = 4
_LETTERS = 40
_LAST = "\U0010ffff"
_STEP = regex.compile(r"\s*[>»›|]\s*")
_TOKENS = Tokenizer()
IntArray = NDArray[np.int32]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Completion:
    """A search that may be meant: its text and where it comes from."""

    text: str
    kind: Kind


class Completions:
    """The completions of one catalogue, found by the beginnings of their words, in any order of words.

    Safe to use from several threads. `from_products` makes them in one pass (0.2 s at 10,000 products).
    """

    def __init__(self, categories: Sequence[tuple[str, int]], titles: Sequence[tuple[str, int]]) -> None:
        """Take texts with how many products or titles hold each; of those that say the same the first is kept."""
        seen: set[str] = set()
        found = _different(categories, seen)
        self._categories = len(found)
        found += _different(titles, seen)
        self._texts = [text for text, _, _ in found]
        self._weights = np.array([times for _, times, _ in found], dtype=np.float32)
        self._words = sorted(set(chain.from_iterable(said for _, _, said in found)))
        ids = {word: number for number, word in enumerate(self._words)}
        # Postings: the entries of each word, one word's after the other's, so that a span of words is one slice.
        pairs = np.array(
            [(ids[word], number) for number, (_, _, said) in enumerate(found) for word in dict.fromkeys(said)],
            dtype=np.int32,
        ).reshape(-1, 2)
        pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
        self._entries: IntArray = np.ascontiguousarray(pairs[:, 1])
        self._starts = np.searchsorted(pairs[:, 0], np.arange(len(self._words) + 1)).astype(np.int32)
        self._first = np.array([ids[said[0]] for _, _, said in found], dtype=np.int32)
        common = Counter(chain.from_iterable(self._words)).most_common(_LETTERS)
        self._letters = sorted(letter for letter, _ in common)

    def __len__(self) -> int:
        """Return how many completions there are to choose from."""
        return len(self._texts)

    @classmethod
    def from_products(cls, products: Iterable[Product]) -> Completions:
        """Return the completions of a catalogue; products are read once, one at a time."""
        titles: dict[str, tuple[str, int]] = {}
        categories: Counter[str] = Counter()
        for product in products:
            key = fold(product.title)
            asked = max(product.rating_count or 0, titles.get(key, ("", 0))[1])
            titles[key] = (" ".join(product.title.split()), asked)
            if steps := [step for step in _STEP.split(product.category or "") if step.strip()]:
                categories[" ".join(steps[-1].split())] += 1
        common = [(phrase.text, phrase.titles) for phrase in phrases((t for t, _ in titles.values()), MOST_PHRASES)]
        short = [title for title in titles.values() if _is_short(title[0])]
        short.sort(key=lambda title: (-title[1], title[0]))
        # A whole title says less of what others look for than a phrase does: these come after all of them.
        return cls(
            sorted(categories.items(), key=lambda found: (-found[1], found[0])),
            [*common, *((text, 0) for text, _ in short[:MOST_TITLES])],
        )

    def complete(self, prefix: str, past: Sequence[str] = (), limit: int = 8) -> tuple[Completion, ...]:
        """Return at most `limit` completions of what was typed: past searches, then categories, then titles.

        `past` are earlier searches, the latest first; with nothing typed they are all there is. Where no word of the
        catalogue begins as a word of four letters or more does, one slip in it is bridged. Equal input, equal output.
        """
        typed = split(prefix)[:MOST_TYPED]
        if limit < 1 or (prefix.strip() and not typed):
            return ()
        earlier = [text for text in past if _fits(typed, split(text))]
        if not typed:
            return _distinct([[Completion(text, "past") for text in earlier]], prefix, limit, ())
        ended = not split(prefix[-1])  # the last word is finished where something stands behind it
        found = self._found(typed, ended)
        are_categories = found < self._categories
        categories, titles = (self._ranked(found[kind], typed) for kind in (are_categories, ~are_categories))
        return _distinct(
            [
                [Completion(text, "past") for text in earlier],
                [Completion(text, "category") for text in categories],
                [Completion(text, "title") for text in titles],
            ],
            prefix,
            limit,
            (PAST_FIRST, CATEGORIES_FIRST),
        )

    def _found(self, typed: Sequence[str], ended: bool) -> IntArray:
        """Return the entries that hold every typed word, the strictest reading that finds any, in their order."""
        finished = typed if ended else typed[:-1]
        begun = () if ended else typed[-1:]
        readings: list[list[list[Span]]] = [
            [*([self._whole(word)] for word in finished), *([self._begun(word)] for word in begun)],
            [[self._begun(word)] for word in typed],
        ]
        for spans in readings:
            if len(found := self._all_of(spans)):
                return found
        unknown = [number for number, ((low, high),) in enumerate(readings[-1]) if low == high]
        if not 1 <= len(unknown) <= MOST_SLIPS:
            return found  # where every word is known, they only do not stand together
        for number in unknown:
            readings[-1][number] = self._slips(typed[number])
        return self._all_of(readings[-1])

    def _all_of(self, words: Iterable[Sequence[Span]]) -> IntArray:
        return reduce(
            lambda one, other: np.intersect1d(one, other, assume_unique=True), (self._any_of(spans) for spans in words)
        )

    def _any_of(self, spans: Sequence[Span]) -> IntArray:
        slices = [self._entries[self._starts[low] : self._starts[high]] for low, high in spans if low < high]
        return np.unique(np.concatenate(slices)) if slices else np.empty(0, dtype=np.int32)

    def _whole(self, word: str) -> Span:
        low = bisect_left(self._words, word)
        return low, low + int(low < len(self._words) and self._words[low] == word)

    def _begun(self, word: str) -> Span:
        low = bisect_left(self._words, word)
        return low, bisect_left(self._words, word + _LAST, low)

    def _slips(self, word: str) -> list[Span]:
        """Return where the words stand that begin with `word` after one letter is dropped, added, changed or swapped.

        The first letter is taken as it is: slips there are rare, and to change it would lead anywhere.
        """
        if len(word) < SHORTEST_SLIP or not word.isalpha():
            return []
        return [
            span for edited in sorted(set(_edits(word, self._letters))) if (span := self._begun(edited))[0] < span[1]
        ]

    def _ranked(self, found: IntArray, typed: Sequence[str]) -> list[str]:
        """Return the texts of entries, best first."""
        low, high = self._begun(typed[0])
        begins = (self._first[found] >= low) & (self._first[found] < high)
        scores = self._weights[found] * np.where(begins, np.float32(BEGINS), np.float32(1))
        # Without weight, titles that begin so still come before those that only hold the words.
        order = np.lexsort((found, ~begins, -scores))[:LOOKED_AT]
        return [self._texts[number] for number in found[order]]


def _different(entries: Iterable[tuple[str, int]], seen: set[str]) -> list[tuple[str, int, list[str]]]:
    """Return the texts that have words and whose words are not in `seen` yet, with their weight and words."""
    found = []
    for text, times in entries:
        words = split(text)
        key = " ".join(words)
        if words and key not in seen:
            seen.add(key)
            found.append((text, times, words))
    return found


def _is_short(title: str) -> bool:
    return len(title) <= TITLE_LETTERS and len(split(title)) <= TITLE_WORDS


def _fits(typed: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether every typed word begins a word of its own; the longest choose first."""
    left = list(words)
    for word in sorted(typed, key=len, reverse=True):
        begun = min((other for other in left if other.startswith(word)), key=len, default=None)
        if begun is None:
            return False
        left.remove(begun)
    return True


def _edits(word: str, letters: Sequence[str]) -> Iterator[str]:
    for place in range(1, len(word)):
        before, letter, after = word[:place], word[place], word[place + 1 :]
        yield before + after
        if after:
            yield before + after[0] + letter + after[1:]
        for other in letters:
            yield before + other + after
            yield before + other + letter + after


def _distinct(
    kinds: Sequence[Sequence[Completion]], prefix: str, limit: int, shares: Sequence[int]
) -> tuple[Completion, ...]:
    """Return the first completions that search for different things, and for other things than the prefix does.

    `shares` says how many of each of the first kinds come before there is room left.
    """
    seen = {_said(prefix)}
    different: list[list[Completion]] = []
    for completions in kinds:
        different.append([])
        for completion in completions:
            if len(different[-1]) < limit and (said := _said(completion.text)) not in seen:
                seen.add(said)
                different[-1].append(completion)
    room = limit
    taken = [0] * len(different)
    for number, share in [*enumerate(shares), *reversed(list(enumerate([limit] * len(different))))]:
        more = min(room, share - taken[number], len(different[number]) - taken[number])
        taken[number] += max(more, 0)
        room -= max(more, 0)
    return tuple(chain.from_iterable(found[:number] for found, number in zip(different, taken, strict=True)))


def _said(text: str) -> frozenset[str]:
    return frozenset(_TOKENS(text))
