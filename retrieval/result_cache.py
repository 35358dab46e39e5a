"""Outcomes of recent searches, bounded by bytes and age."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from cachetools import TTLCache

from retrieval.outcome import Outcome


class ResultCache:
    """Keeps outcomes for `ttl` seconds within `size` bytes, the least recently used leaving first; thread-safe."""

    def __init__(self, size: int, ttl: float) -> None:
        """Make a cache; `ttl` 0 switches it off."""
        self._lock = threading.Lock()
        self._kept: TTLCache[Hashable, Outcome] | None = (
            TTLCache(maxsize=size, ttl=ttl, getsizeof=lambda outcome: outcome.size()) if ttl > 0 else None
        )

    def get(self, key: Hashable, page: int) -> Outcome | None:
        """Return a kept outcome.

        One in which a part was only momentarily missing serves its own further pages, so that they agree with the
        first, but never a new search.
        """
        if self._kept is None:
            return None
        with self._lock:
            outcome = self._kept.get(key)
        return None if outcome is not None and outcome.transient and page == 1 else outcome

    def put(self, key: Hashable, outcome: Outcome) -> None:
        """Keep an outcome, unless it alone is larger than the cache."""
        if self._kept is not None and outcome.size() <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = outcome
