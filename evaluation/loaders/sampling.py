"""Draw by a hash of the id: the same seed draws the same ids in any order of the file, and a smaller draw is part of a
larger one."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from evaluation.loaders.source import Passage


def lot(name: str, seed: int) -> int:
    """Return an id's lot, a number of 64 bits; the lowest are drawn."""
    return int.from_bytes(blake2b(f"{seed}:{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest())


def drawn(names: Iterable[str], most: int, seed: int) -> list[str]:
    """Return the `most` ids with the lowest lots, lowest first."""
    return heapq.nsmallest(most, names, key=lambda name: (lot(name, seed), name))


def sampled(passages: Iterable[Passage], judged: Iterable[str], most: int, seed: int) -> Iterator[Passage]:
    """Yield all judged passages and `most` others drawn by lot, in the order in which they came.

    Only what is kept so far is held in memory.
    """
    wanted = frozenset(judged)
    kept: list[tuple[int, Passage]] = []
    # A heap with the highest lot on top, which is the first to give way.
    others: list[tuple[int, int, Passage]] = []
    for position, passage in enumerate(passages):
        name = passage.product.product_id
        if name in wanted:
            kept.append((position, passage))
        elif most:
            entry = (-lot(name, seed), position, passage)
            if len(others) < most:
                heapq.heappush(others, entry)
            elif entry > others[0]:
                heapq.heapreplace(others, entry)
    kept += [(position, passage) for _, position, passage in others]
    for _, passage in sorted(kept, key=lambda pair: pair[0]):
        yield passage
