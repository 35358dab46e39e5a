"""Answers from a small language model on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from answering.protocols import Stop
from answering.providers.slm_loading import Loaded, load
from answering.providers.slm_prefix import PrefixCache
from answering.providers.slm_prompt import fit
from answering.providers.slm_source import slm_name, slm_source
from answering.providers.slm_stream import LOOK_S, Writer
from answering.records import Began, Delta, Ended, Piece, ProviderName, Task
from retrieval.errors import ProviderFailed
from retrieval.settings import Settings

__all__ = ["SlmProvider", "slm_name", "slm_source"]


@dataclass(slots=True)
class Held:
    """A loaded model and what is kept of it between questions; `free` is held while it writes."""

    loaded: Loaded
    prefix: PrefixCache
    free: threading.Lock = field(default_factory=threading.Lock)


class SlmProvider:
    """Writes with the model that the settings name; its weights are loaded with the first question.

    Safe to use from several threads: one question is written at a time, others wait their turn. Weights that were
    replaced on disk are loaded anew.
    """

    name: ProviderName = "slm"
    local = True

    def __init__(self, settings: Settings) -> None:
        """Take the model from the settings; reads nothing but the disk's folders."""
        self._settings = settings
        folder, _ = slm_source(settings)
        self.model = settings.slm if folder is None else slm_name(settings, folder)
        self._lock = threading.Lock()
        self._key: tuple[Path, int] | None = None
        self._load: Future[Held] | None = None

    def stream(self, task: Task, stopped: Stop) -> Iterator[Piece]:
        """Yield Began, Deltas and Ended; raise ProviderFailed where the model cannot be loaded or does not go on."""
        began = time.perf_counter()
        loading = self.loading()
        while not loading.done():
            if stopped():
                yield from (Began(), Ended("cancelled"))
                return
            time.sleep(LOOK_S)
        held = loading.result()
        fitted = fit(task, held.loaded.tokenizer, held.loaded.window)
        yield Began(fitted.prompt, (*held.loaded.notes, *fitted.notes))
        writer = Writer(held.loaded, held.prefix, fitted, task.limits, began, held.free.release)
        waited = time.perf_counter()
        while not held.free.acquire(timeout=LOOK_S):
            if stopped():
                yield Ended("cancelled")
                return
            if time.perf_counter() - waited > task.limits.seconds:
                raise ProviderFailed(f"{self.model} was busy with other questions all the time; ask again later")
        with closing(writer.text(stopped)) as written:
            for text in written:
                yield Delta(text)
        yield Ended(writer.ending, writer.usage)

    def loading(self) -> Future[Held]:
        """Return the model, or the promise of it; a load that failed is tried anew by the next question.

        Raises ProviderFailed where there is none to load; a promise that cannot be kept raises it too.
        """
        folder, why = slm_source(self._settings)
        if folder is None:
            raise ProviderFailed(f"there is no small language model: {why}")
        key = (folder, max(path.stat().st_mtime_ns for path in folder.iterdir()))
        with self._lock:
            known = self._load
            failed = known is not None and known.done() and known.exception() is not None
            if known is None or failed or key != self._key:
                known = self._load = Future()
                self._key = key
                threading.Thread(target=self._fulfil, args=(known, folder), name="load-slm", daemon=True).start()
        return known

    def _fulfil(self, future: Future[Held], folder: Path) -> None:
        try:
            loaded = load(folder, self._settings.slm_quantize)
            future.set_result(Held(loaded, PrefixCache(loaded.model)))
        except BaseException as error:  # noqa: BLE001  raised to whoever waits for the model
            future.set_exception(error)
