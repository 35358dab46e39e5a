"""Models for a command: whoever waits for one at a terminal is told so."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from retrieval.models import ModelSource
    from retrieval.protocols import Encoder, Scorer

T = TypeVar("T")
PATIENCE_S = 0.3
"""Seconds after which a wait is worth a word."""


@contextmanager
def said_while(line: str) -> Iterator[None]:
    """Say on stderr what is going on where the block takes longer than `PATIENCE_S`, and wipe it at its end."""
    over = threading.Event()

    def say() -> None:
        if not over.wait(PATIENCE_S):
            print(line, end="", file=sys.stderr, flush=True)
            over.wait()
            print("\r" + " " * len(line) + "\r", end="", file=sys.stderr, flush=True)

    teller = threading.Thread(target=say, name="say what is going on", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


class AnnouncedModels:
    """Hands out the models of another source; while one takes long the first time, stderr says that it is loading.

    The line goes again when the model is there. Nothing is written where stderr is no terminal.
    """

    def __init__(self, models: ModelSource) -> None:
        self._models = models
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def encoder(self, source: str) -> Encoder:
        """Return the encoder of that source; raises what the models handed in raise."""
        return self._announced("encoder", lambda: self._models.encoder(source))

    def scorer(self, catalogue: str | None = None) -> Scorer:
        """Return the reranker of a catalogue; raises what the models handed in raise."""
        return self._announced("reranker", lambda: self._models.scorer(catalogue))

    def _announced(self, what: str, load: Callable[[], T]) -> T:
        with self._lock:
            silent = what in self._asked or not sys.stderr.isatty()
            self._asked.add(what)
        if silent:
            return load()
        with said_while(f"loading the {what} ..."):
            return load()
