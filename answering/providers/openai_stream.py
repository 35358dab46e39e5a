"""What a server's chunks say, and what an answer made of them took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from answering.providers.secrets import Screen, Secrets
from answering.providers.slm_text import Spoken
from answering.records import Prompt, Usage
from retrieval.dense.encoders.openai import estimated_tokens


@dataclass(frozen=True, slots=True)
class Told:
    """The tokens of a prompt and its answer as a server counts them; `reused` it did not have to read anew."""

    prompt: int
    completion: int
    reused: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk: more text, why the model declines, why it ends, the tokens; each may be missing."""

    text: str = ""
    declined: str = ""
    finish: str | None = None
    told: Told | None = None


@dataclass(slots=True)
class Reading:
    """An answer while it is read; `started` and what follows from it are seconds of `clock`."""

    started: float
    clock: Callable[[], float] = time.perf_counter
    retries: int = 0
    first: float | None = None
    last: float = 0.0
    finish: str | None = None
    told: Told | None = None
    declined: str = ""
    said: list[str] = field(default_factory=list)
    length: int = 0

    def take(self, part: Part) -> None:
        """Note one chunk."""
        if part.text:
            self.last = self.clock()
            self.first = self.last if self.first is None else self.first
            self.said.append(part.text)
            self.length += len(part.text)
        self.declined += part.declined
        self.finish = part.finish or self.finish
        self.told = part.told or self.told

    def usage(self, prompt: Prompt, prices: tuple[float | None, float | None] = (None, None)) -> Usage:
        """Return what the answer took; `prices` are those of a million tokens read and of a million written.

        Tokens that no server told are estimated, rather too many than too few. Tokens a second count from the first
        piece of text to the last one.
        """
        text = "".join(self.said)
        told = self.told or Told(_prompt_tokens(prompt), estimated_tokens(text))
        spent = self.last - self.first if self.first is not None else 0.0
        reading, writing = prices
        known = reading is not None and writing is not None
        cost = (told.prompt * reading + told.completion * writing) / 1e6 if known else None  # type: ignore[operator]
        return Usage(
            prompt_tokens=told.prompt,
            completion_tokens=told.completion,
            reused=told.reused,
            first_token_ms=None if self.first is None else round((self.first - self.started) * 1000, 3),
            tokens_per_s=round((told.completion - 1) / spent, 3) if spent > 0 and told.completion > 1 else None,
            cost=cost,
            retries=self.retries,
            estimated=self.told is None,
        )


class Words:
    """What a reader may see of what a server sends: no secrets, and no thinking aloud."""

    def __init__(self, secrets: Secrets) -> None:
        """Hide these."""
        self._screen, self._spoken = Screen(secrets), Spoken()
        # A reader who stops asks for the rest while the thread that reads the server may still be here.
        self._lock = threading.Lock()

    def feed(self, text: str) -> str:
        """Return what can be shown now that `text` has come."""
        with self._lock:
            return self._spoken.feed(self._screen.feed(text))

    def rest(self) -> str:
        """Return what was held back, now that nothing more comes."""
        with self._lock:
            return self._spoken.feed(self._screen.flush()) + self._spoken.rest()


def part_of(chunk: Any) -> Part:
    """Return what a chunk of a streamed chat completion says; raise ValueError where it is none.

    Fields: https://platform.openai.com/docs/api-reference/chat-streaming (the chat completion chunk object).
    """
    told = _told(_field(chunk, "usage"))
    choices = _field(chunk, "choices")
    if isinstance(chunk, (str, bytes, int, float, list)) or chunk is None:
        raise ValueError(f"a chunk of type {type(chunk).__name__}")
    if choices is None:
        return Part(told=told)
    if not isinstance(choices, list):
        raise ValueError(f"choices of type {type(choices).__name__}")
    if not choices:
        return Part(told=told)
    delta, finish = _field(choices[0], "delta"), _field(choices[0], "finish_reason")
    if finish is not None and not isinstance(finish, str):
        raise ValueError(f"a finish_reason of type {type(finish).__name__}")
    return Part(_text(delta, "content"), _text(delta, "refusal"), finish or None, told)


def _text(delta: Any, name: str) -> str:
    found = _field(delta, name)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"{name} of type {type(found).__name__}")
    return found or ""


def _told(usage: Any) -> Told | None:
    """Return the tokens where both counts can be believed."""
    prompt, completion = _count(_field(usage, "prompt_tokens")), _count(_field(usage, "completion_tokens"))
    if prompt is None or completion is None:
        return None
    return Told(prompt, completion, _count(_field(_field(usage, "prompt_tokens_details"), "cached_tokens")))


def _field(thing: Any, name: str) -> Any:
    # The client builds objects where a value has the expected form, and hands it on as it came where it has not.
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _prompt_tokens(prompt: Prompt) -> int:
    return estimated_tokens(prompt.text or "\n".join(message.content for message in prompt.messages))
