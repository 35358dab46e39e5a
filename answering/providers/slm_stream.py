"""One answer of a local model, written in a thread of its own, so that whoever reads can leave at any moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from queue import Empty
from typing import Any

from answering.protocols import Stop
from answering.providers.slm_loading import Loaded
from answering.providers.slm_prefix import PrefixCache
from answering.providers.slm_prompt import Fitted
from answering.providers.slm_text import NEXT, OPENS, Spoken
from answering.records import Ending, Limits, Usage
from retrieval.errors import ProviderFailed

LOOK_S = 0.03
"""How long a reader who has had enough may go unnoticed."""
SEED = 7
"""Of sampling, where the temperature is above 0: the same question gets the same answer."""


class _Halted(Exception):
    """The prompt's computation was broken off."""


class Writer:
    """Writes one answer; `text` is read once, then `ending` and `usage` hold.

    The thread goes on to its next token, or to the end of a piece of the prompt, after the reader has left, and calls
    `done` when the model is free for the next question.
    """

    def __init__(
        self,
        loaded: Loaded,
        prefix: PrefixCache,
        fitted: Fitted,
        limits: Limits,
        began: float,
        done: Callable[[], None],
    ) -> None:
        """Prepare to write; `began` is when the provider's work did, by `time.perf_counter`."""
        from transformers import TextIteratorStreamer

        added = loaded.tokenizer.added_tokens_decoder.values()
        special = [str(token) for token in added if token.special]
        keep = OPENS in special  # decoding would drop the marks and show the thoughts between them
        self._loaded, self._prefix, self._fitted, self._limits = loaded, prefix, fitted, limits
        self._began, self._done = began, done
        self._streamer = TextIteratorStreamer(
            loaded.tokenizer, skip_prompt=True, timeout=LOOK_S, skip_special_tokens=not keep
        )
        self._spoken = Spoken(NEXT if fitted.prompt.style == "plain" else (), special if keep else ())
        self._left = threading.Event()
        self._until = 0.0
        self._late = False
        self._error: BaseException | None = None
        self._first = self._last = 0.0
        self._count = 0
        self._reused: int | None = None
        self._last_token = -1
        self._cancelled = False

    def text(self, stopped: Stop) -> Generator[str, None, None]:
        """Yield what is written, as it comes; raise ProviderFailed where the model breaks off."""
        thread = threading.Thread(target=self._write, name="slm")
        try:
            thread.start()
        except RuntimeError:
            self._done()
            raise
        try:
            while not stopped():
                try:
                    piece = next(self._streamer)
                except Empty:
                    continue
                except StopIteration:
                    break
                shown = self._spoken.feed(piece)
                if shown:
                    yield shown
                if self._spoken.ended:
                    return
            else:
                self._cancelled = True
                return
        finally:
            self._left.set()
        rest = self._spoken.rest()
        if rest:
            yield rest
        if self._error is not None:
            error = self._error
            raise ProviderFailed(f"the model broke off: {type(error).__name__}: {error}; ask again") from error

    @property
    def ending(self) -> Ending:
        """Return why the answer ended."""
        if self._cancelled:
            return "cancelled"
        if self._late:
            return "time"
        if self._spoken.ended or self._last_token in (self._loaded.model.generation_config.eos_token_id or ()):
            return "stop"
        return "length" if self._count >= self._limits.tokens else "stop"

    @property
    def usage(self) -> Usage:
        """Return what the answer took so far; tokens per second count from the first token on."""
        spent = self._last - self._first
        return Usage(
            prompt_tokens=len(self._fitted.ids),
            completion_tokens=self._count,
            reused=self._reused,
            first_token_ms=(self._first - self._began) * 1000 if self._first else None,
            tokens_per_s=(self._count - 1) / spent if spent > 0 and self._count > 1 else None,
            memory_bytes=self._loaded.memory_bytes,
        )

    def _write(self) -> None:
        import torch

        try:
            self._until = time.perf_counter() + self._limits.seconds
            with torch.no_grad():
                self._generate()
        except _Halted:
            pass  # as it was asked to
        except BaseException as error:  # noqa: BLE001  raised to whoever reads
            self._error = error
        finally:
            self._streamer.text_queue.put(self._streamer.stop_signal)
            self._done()

    def _generate(self) -> None:
        import torch
        from transformers import GenerationConfig

        model, ids = self._loaded.model, self._fitted.ids
        started = self._prefix.start(ids, self._fitted.stable, self._go_on)
        self._reused = started.reused if started else 0
        warm = self._limits.temperature > 0
        config = GenerationConfig(
            max_new_tokens=self._limits.tokens,
            do_sample=warm,
            **({"temperature": self._limits.temperature} if warm else {}),
        )
        prompt = torch.tensor([ids], device=model.device)
        cached: dict[str, Any] = {"past_key_values": started.cache} if started else {}
        self._go_on()
        with torch.random.fork_rng(enabled=warm):
            if warm:
                torch.manual_seed(SEED)
            model.generate(
                input_ids=prompt,
                attention_mask=torch.ones_like(prompt),
                generation_config=config,
                stopping_criteria=[self._written],
                streamer=self._streamer,
                **cached,
            )

    def _written(self, ids: Any, scores: Any, **_: Any) -> Any:
        """Take note of a token and say whether it was the last; `generate` asks after every one."""
        import torch

        self._last = time.perf_counter()
        self._first = self._first or self._last
        self._count = ids.shape[1] - len(self._fitted.ids)
        self._last_token = int(ids[0, -1])
        return torch.full((1,), self._over(), device=ids.device, dtype=torch.bool)

    def _go_on(self) -> None:
        if self._over():
            raise _Halted

    def _over(self) -> bool:
        # A process that ends waits for this thread.
        if self._left.is_set() or not threading.main_thread().is_alive():
            return True
        self._late = time.perf_counter() >= self._until
        return self._late
