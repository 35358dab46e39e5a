"""Answers of the last hour."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from cachetools import TTLCache

from answering.records import Answer

MOST = 500


class AnswerCache:
    """Keeps answers for `ttl` seconds, the least recently used leaving first; thread-safe."""

    def __init__(self, ttl: float, most: int = MOST) -> None:
        """Make a cache; `ttl` 0 switches it off."""
        self._lock = threading.Lock()
        self._kept: TTLCache[Hashable, Answer] | None = TTLCache(maxsize=most, ttl=ttl) if ttl > 0 else None

    def get(self, key: Hashable) -> Answer | None:
        """Return a kept answer, None where there is none."""
        if self._kept is None:
            return None
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer."""
        if self._kept is not None:
            with self._lock:
                self._kept[key] = answer
