"""Which products a claim names, by pieces of their titles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from answering.checking.alike import ALIKE
from answering.checking.wording import is_feature, is_free
from answering.facts import WORD, Facts
from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.colours import NAMES
from retrieval.query.english import stem_all

_POINTING = re.compile(r"\b(?:the|this|that)\s([^\W\d_]{3,})")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_JOINED = re.compile(r"[^\w\x1f\ue000-\uf8ff৳$€£₹¥₨₩₺]{0,5}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A name from `start` to `end` of a folded claim; `cards` are the numbers of the products that it fits.

    `sure` says that it can mean nothing else; `whole` that it is as good as a whole title. One that only `points` tells
    cited products apart: "the saree".
    """

    start: int
    end: int
    cards: tuple[int, ...]
    words: tuple[str, ...]
    sure: bool
    whole: bool
    points: bool = True


def _tells(word: str) -> bool:
    """Tell whether a word can tell one product from another: no colour, number, feature or common word."""
    return not (word in NAMES or word.isdigit() or is_free(word) or is_feature(word))


def _cut(word: re.Match[str], folded: str, title: str) -> bool:
    """Tell whether figures are only a piece of a number that the title has not: the 1 of "1,350"."""
    if not word[0].isdigit():
        return False
    whole = _FIGURE.search(folded, max(0, word.start() - 12), word.end() + 12)
    while whole and whole.end() <= word.start():
        whole = _FIGURE.search(folded, whole.end(), word.end() + 12)
    return whole is not None and whole.start() <= word.start() and whole[0] != word[0] and whole[0] not in title


def _phrase(words: Sequence[re.Match[str]], facts: Facts) -> bool:
    """Tell whether some words stand in a title in this order, side by side."""
    return f" {' '.join(word[0] for word in words)} " in f" {' '.join(facts.title_words)} "


def _joins(word: str) -> bool:
    return word in STOPWORDS


def _plain(word: str) -> bool:
    """Tell whether a word is a colour, number, feature or function word."""
    return word in NAMES or word.isdigit() or is_feature(word) or word in STOPWORDS


def _carries(word: str) -> bool:
    """Tell whether a word at the end of a run is the sentence's rather than the name's."""
    return word.isalpha() and is_free(word)


def _runs(
    words: Sequence[re.Match[str]], folded: str, title: frozenset[str], written: str, ends: frozenset[int]
) -> Iterable[tuple[int, int]]:
    """Yield (first, past the last) of longest runs of words that a title has, with only marks between.

    A run that begins in bold is over where that is, at one of `ends`.
    """
    first: int | None = None
    for place, word in enumerate(words):
        inside = word[0] in title and not _cut(word, folded, written)
        before = words[place - 1].end() if place else 0
        apart = not _JOINED.fullmatch(folded[before : word.start()]) or any(before <= e <= word.start() for e in ends)
        if inside and first is not None and apart:
            yield first, place
            first = place
        elif inside and first is None:
            first = place
        elif not inside and first is not None:
            yield first, place
            first = None
    if first is not None:
        yield first, len(words)


def references(
    folded: str,
    cards: Mapping[int, Facts],
    shared: Mapping[str, int],
    marked: Sequence[tuple[int, int]],
    capitals: frozenset[str],
) -> tuple[Reference, ...]:
    """Return the names of products in a folded claim, none within another, in their order.

    `shared` tells how many titles have a word; `marked` are spans in bold or quotation marks, `capitals` words written
    with a capital within a sentence.
    """
    words = list(WORD.finditer(folded))
    said = {word[0] for word in words}
    found: list[tuple[float, int, int, int, bool]] = []
    ends = frozenset(end for _, end in marked)
    for n, facts in cards.items():
        if said.isdisjoint(facts.naming):
            continue
        title = frozenset(facts.title_words)
        for first, last in _runs(words, folded, facts.naming, facts.title, ends):
            # Common words at the ends of a piece of a title are the sentence's.
            carries = _joins if _phrase(words[first:last], facts) else _carries
            while first < last and carries(words[first][0]) and words[first][0] not in capitals:
                first += 1
            while last > first and carries(words[last - 1][0]):
                last -= 1
            if first == last:
                continue
            run = [word[0] for word in words[first:last]]
            weight = sum(1 / max(1, shared.get(word, 0)) for word in run if _tells(word))
            if len(run) > 1 and _phrase(words[first:last], facts):
                weight += 0.4
            whole = len(run) >= 3 and len(set(run)) >= 0.8 * len(title)
            if not weight and not whole:
                continue
            found.append((weight + 0.01 * len(run), first, last, n, whole))
    taken: list[Reference] = []
    for weight, first, last, _, _ in sorted(found, key=lambda run: (-run[0], run[1], run[3])):
        start, end = words[first].start(), words[last - 1].end()
        if any(start < other.end and other.start < end for other in taken):
            continue
        alike = [run for run in found if run[1] < last and first < run[2] and run[0] >= weight - 1e-9]
        numbers = tuple(sorted({run[3] for run in alike}))
        run_words = tuple(word[0] for word in words[first:last])
        bold = any(low <= start and end <= high + 1 for low, high in marked)
        telling = [word for word in run_words if _tells(word)]
        few = len(cards) == 1 or len(numbers) <= max(1, len(cards) // 2)
        phrase = len(numbers) == 1 and len(run_words) > 1 and any(shared.get(word, 0) == 1 for word in run_words)
        sure = few and bool(telling) and (len(run_words) >= 2 or bold or bool(set(telling) & capitals))
        sure = sure or (phrase and _phrase(words[first:last], cards[numbers[0]]) and not all(map(_plain, run_words)))
        whole = any(run[4] for run in alike)
        taken.append(Reference(start, end, numbers, run_words, sure or whole, whole))
    taken += _pointed(folded, cards, taken)
    return tuple(sorted(taken, key=lambda one: one.start))


def _pointed(folded: str, cards: Mapping[int, Facts], taken: Sequence[Reference]) -> Iterator[Reference]:
    """Yield what points at one product by a single word: "the saree" where one is a saree."""
    for match in _POINTING.finditer(folded):
        word = match[1]
        told = _tells(word) or any(stem_all([word])[0] in facts.category_stems for facts in cards.values())
        if not told or any(match.start(1) < one.end and one.start < match.end(1) for one in taken):
            continue
        called = {word, stem_all([word])[0], *(ALIKE.get(word, ()))}
        fitting = tuple(n for n, facts in cards.items() if called & facts.name_stems)
        if len(fitting) == 1 and len(cards) > 1:
            yield Reference(match.start(1), match.end(1), fitting, (word,), sure=False, whole=False)


def unnamed(words: Iterable[str], facts: Facts) -> list[str]:
    """Return the words of a name that are none of a product's: not in its title, brand, category or model."""
    stems = facts.name_stems
    return [
        word
        for word in words
        if word not in stems and stem_all([word])[0] not in stems and not (len(word) >= 4 and word in facts.solid)
    ]


def titled(words: Sequence[str], facts: Facts) -> float:
    """Return the share of a name's words that a product's title or brand has."""
    return 1 - len(unnamed(words, facts)) / len(words) if words else 0.0
