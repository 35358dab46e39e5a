"""Choices that depend on a key alone, so that they are the same on every machine and every Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
SEED = "kathgolap-1"


class Dice:
    """A stream of choices for one key; another key's stream is not touched by how many are drawn from this one."""

    def __init__(self, *key: object) -> None:
        self._key = "/".join([SEED, *map(str, key)])
        self._drawn = 0

    def roll(self) -> float:
        """Return the next number in [0, 1)."""
        digest = hashlib.sha256(f"{self._key}#{self._drawn}".encode()).digest()
        self._drawn += 1
        return int.from_bytes(digest[:6], "big") / 2**48

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.roll() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.roll() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.between(0, len(values) - 1)]

    def several(self, values: Sequence[T], count: int) -> list[T]:
        """Return `count` different values (all of them where there are fewer), in random order."""
        rest = list(values)
        return [rest.pop(self.between(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]

    def weighted(self, weights: dict[str, float]) -> str:
        """Return one of the keys, each as often as its weight says."""
        mark = self.roll() * sum(weights.values())
        for name, weight in weights.items():
            mark -= weight
            if mark < 0:
                return name
        return name
