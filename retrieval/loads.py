"""Loading each thing once, and handing out the one that was used until the new one is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any


class StillLoading(Exception):
    """Something on its way, of which nothing older can stand in; `seconds` since it was begun."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Loads:
    """Things by key, each loaded once in a thread of its own; a slot is a use whose key changes now and then.

    With `background` nobody waits: a slot keeps what it had until what its new key names is loaded, and StillLoading is
    raised where it had nothing. Else the caller waits. What no slot uses any more is let go. Safe to call from several
    threads.
    """

    def __init__(self, background: bool) -> None:
        self._background = background
        self._lock = threading.Lock()
        self._begun: dict[Hashable, tuple[Future[Any], float]] = {}
        self._wanted: dict[Hashable, Hashable] = {}
        self._used: dict[Hashable, Hashable] = {}

    def get(self, slot: Hashable, key: Hashable, load: Callable[[], object], name: str) -> Any:
        """Return what `key` names for `slot`, or what the slot had; raises what loading it raised.

        `name` is the loading thread's.
        """
        with self._lock:
            self._wanted[slot] = key
            known = self._begun.get(key)
            if known is None:
                known = self._begun[key] = (Future(), time.monotonic())
                threading.Thread(target=_fulfil, args=(known[0], load), name=name, daemon=True).start()
            future, began = known
            if self._background and not future.done():
                had = self._begun.get(self._used.get(slot))
                if had is None:
                    raise StillLoading(time.monotonic() - began)
                return had[0].result()
        found = future.result()
        with self._lock:
            if self._used.get(slot) != key and key in self._begun:
                self._used[slot] = key
                self._let_go()
        return found

    def _let_go(self) -> None:
        used = {*self._used.values(), *self._wanted.values()}
        for key in [key for key, (future, _) in self._begun.items() if future.done() and key not in used]:
            del self._begun[key]


def _fulfil(future: Future[Any], load: Callable[[], object]) -> None:
    try:
        future.set_result(load())
    except BaseException as error:  # noqa: BLE001  whatever went wrong is raised to whoever asks for it
        future.set_exception(error)
