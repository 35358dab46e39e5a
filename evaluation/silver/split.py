"""Products dealt out to train, dev and test so that nothing leaks: what is nearly the same stays on one side."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from retrieval.catalogue.duplicates import LEAST_WORDS, NEAR, similarity, words
from retrieval.records import Product

Side = Literal["train", "dev", "test"]
SHARES: Mapping[Side, float] = {"train": 0.7, "dev": 0.15, "test": 0.15}
LARGEST_JOIN = 0.02
"""Queries join products into groups of this share of the catalogue at most: larger ones could not be dealt out."""


class Groups:
    """Products that must stay together (disjoint sets)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self._size = [1] * count

    def of(self, position: int) -> int:
        """Return the position that stands for a product's group."""
        while self._parent[position] != position:
            self._parent[position] = self._parent[self._parent[position]]
            position = self._parent[position]
        return position

    def join(self, positions: Iterable[int], most: float = math.inf) -> bool:
        """Put products into one group; where it would hold more than `most`, leave all as it is and return False."""
        first, *others = sorted({self.of(position) for position in positions})
        if others and sum(self._size[root] for root in (first, *others)) > most:
            return False
        for root in others:
            self._parent[root] = first
            self._size[first] += self._size[root]
        return True

    def members(self) -> list[list[int]]:
        """Return the groups, each ascending, by their first product."""
        found: dict[int, list[int]] = defaultdict(list)
        for position in range(len(self._parent)):
            found[self.of(position)].append(position)
        return sorted(found.values())


def near_pairs(titles: Sequence[frozenset[str]], least: float = NEAR) -> list[tuple[int, int]]:
    """Return the pairs of different titles, as sets of words, whose Jaccard similarity is `least` or more.

    Wider than `duplicates.near`, which asks for the same numbers too and gathers around leaders: here every pair is
    found. Titles of fewer than four words have no near ones. Prefix filtering: Chaudhuri, Ganti, Kaushik, "A primitive
    operator for similarity joins in data cleaning", 2006.
    """
    frequency = Counter(word for title in titles for word in title)
    holders: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for number, own in enumerate(titles):
        if len(own) < LEAST_WORDS:
            continue
        rarest = sorted(own, key=lambda word: (frequency[word], word))
        prefix = rarest[: len(own) - math.ceil(least * len(own) - 1e-9) + 1]
        for other in dict.fromkeys(found for word in prefix for found in holders[word]):
            if similarity(own, titles[other]) >= least:
                pairs.append((other, number))
        for word in prefix:
            holders[word].append(number)
    return pairs


def listings(products: Sequence[Product]) -> Groups:
    """Return the products in groups: those of one title, whatever their brands, and those whose titles are near."""
    named: dict[frozenset[str], list[int]] = defaultdict(list)
    for position, product in enumerate(products):
        named[words(product.title)].append(position)
    groups = Groups(len(products))
    for alike in named.values():
        groups.join(alike)
    titles = list(named)
    for one, other in near_pairs(titles):
        groups.join((named[titles[one]][0], named[titles[other]][0]))
    return groups


def deal(groups: Groups, right: Iterable[Sequence[int]], seed: int) -> list[Side]:
    """Return the side of every product.

    `right` holds the right products of each query, the queries with fewest first: each joins them into one group as
    long as that stays small, so that few queries lie on two sides. The groups are dealt out, largest first and drawn by
    the seed among equals, each to the side that lacks most products for its share.
    """
    count = sum(len(group) for group in groups.members())
    most = max(LARGEST_JOIN * count, 2.0)
    for positions in right:
        groups.join(positions, most)
    members = groups.members()
    members.sort(key=lambda group: (-len(group), _drawn(seed, group[0])))
    lacking = {side: share * count for side, share in SHARES.items()}
    sides: list[Side] = ["train"] * count
    for group in members:
        side = max(lacking, key=lambda name: lacking[name])
        lacking[side] -= len(group)
        for position in group:
            sides[position] = side
    return sides


def _drawn(seed: int, position: int) -> bytes:
    return hashlib.blake2b(f"{seed}\x1f{position}".encode(), digest_size=8).digest()
