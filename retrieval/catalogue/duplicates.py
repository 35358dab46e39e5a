"""Products that stand in a catalogue more than once, word for word or nearly."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from retrieval.records import Product
from retrieval.text import listing_key

NEAR = 0.8
LEAST_WORDS = 4


def identical(products: Sequence[Product]) -> list[list[Product]]:
    """Return the groups of two or more products with the same normalised title and brand, in order of appearance."""
    groups: dict[str, list[Product]] = {}
    for product in products:
        groups.setdefault(listing_key(product.title, product.brand), []).append(product)
    return [group for group in groups.values() if len(group) > 1]


def near(products: Sequence[Product], least: float = NEAR) -> list[list[Product]]:
    """Return groups of products whose titles share nearly all words, whatever their brands; identical ones count once.

    Two titles of four or more words are near where the Jaccard similarity of their words is at least `least` and their
    numbers are the same, for a number tells models, sizes and packs apart. A group gathers around its first product.
    """
    names: dict[frozenset[str], Product] = {}
    for product in products:
        names.setdefault(words(product.title), product)
    sets = [found for found in names if len(found) >= LEAST_WORDS]
    frequency = Counter(word for found in sets for word in found)
    leaders: dict[str, list[int]] = defaultdict(list)
    gathered: dict[int, list[int]] = {}
    for number, own in enumerate(sets):
        leader = _nearest(own, (c for word in _prefix(own, frequency, least) for c in leaders[word]), sets, least)
        if leader is not None:
            gathered[leader].append(number)
            continue
        gathered[number] = [number]
        for word in _prefix(own, frequency, least):
            leaders[word].append(number)
    return [[names[sets[number]] for number in group] for group in gathered.values() if len(group) > 1]


def words(title: str) -> frozenset[str]:
    """Return the words of a title, folded and without decoration."""
    return frozenset(listing_key(title, None).split("\x1f")[0].split())


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Jaccard similarity of two sets of words, 0 where both are empty."""
    return len(one & other) / len(one | other) if one or other else 0.0


def _prefix(own: frozenset[str], frequency: Counter[str], least: float) -> list[str]:
    """Return so many of the rarest words that two sets that are near share one of them.

    Prefix filtering: Chaudhuri, Ganti, Kaushik, "A primitive operator for similarity joins in data cleaning", 2006.
    """
    rarest = sorted(own, key=lambda word: (frequency[word], word))
    return rarest[: len(own) - math.ceil(least * len(own) - 1e-9) + 1]


def _nearest(
    own: frozenset[str], candidates: Iterable[int], sets: Sequence[frozenset[str]], least: float
) -> int | None:
    numbers = {word for word in own if _is_number(word)}
    best, found = least, None
    for candidate in dict.fromkeys(candidates):
        other = sets[candidate]
        if not least * len(own) <= len(other) <= len(own) / least:
            continue
        score = similarity(own, other)
        if (score > best or (score == best and found is None)) and {w for w in other if _is_number(w)} == numbers:
            best, found = score, candidate
    return found


def _is_number(word: str) -> bool:
    return any(character.isdigit() for character in word)
