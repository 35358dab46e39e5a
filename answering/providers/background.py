"""Work that waits for a server goes on in a thread of its own, so that whoever reads can leave at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from answering.protocols import Stop

T = TypeVar("T")
LOOK_S = 0.03
"""How long a reader who has had enough may go unnoticed."""
_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


class _End:
    """Stands in the queue behind the last piece."""


def drawn(work: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]], stopped: Stop) -> Generator[T, None, None]:
    """Yield what a coroutine hands out, as it comes.

    Ends with the coroutine, raising what it raised, or soon after `stopped()` is true, with what had come by then. A
    coroutine that is left, also by closing this generator, is cancelled wherever it waits, which closes its connection.
    """
    pieces: SimpleQueue[T | _End] = SimpleQueue()
    future = asyncio.run_coroutine_threadsafe(work(pieces.put), _running())
    future.add_done_callback(lambda _: pieces.put(_End()))
    try:
        while not stopped():
            try:
                piece = pieces.get(timeout=LOOK_S)
            except Empty:
                continue
            if isinstance(piece, _End):
                future.result()
                return
            yield piece
        waiting = [pieces.get_nowait() for _ in range(pieces.qsize())]
        yield from (piece for piece in waiting if not isinstance(piece, _End))
    finally:
        future.cancel()


def _running() -> asyncio.AbstractEventLoop:
    """Return the process's one loop for this, started when it is first needed."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="answers", daemon=True).start()
        return _loop
