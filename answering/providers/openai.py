"""Answers from a model behind an OpenAI-compatible server: OpenAI's own, vLLM, llama.cpp, Ollama and others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from answering import prompts
from answering.protocols import Stop
from answering.providers.background import drawn
from answering.providers.openai_asking import Asking, Habits, Patience
from answering.providers.openai_client import is_local, key_of, open_client, unusable
from answering.providers.openai_failures import Asked, Failure
from answering.providers.openai_stream import Reading, Words
from answering.providers.secrets import keep_out_of_logs, secrets_of
from answering.records import Began, Delta, Ended, Piece, ProviderName, Task
from retrieval.dense.encoders.openai import DEFAULT_URL, server_of
from retrieval.errors import ProviderFailed

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from retrieval.settings import Settings

BACK_OFF_S = 0.5


class OpenAIProvider:
    """Writes answers with one model of one server; safe to use from several threads, which share its connections.

    Every failure is a ProviderFailed that names model and server and says what to do, and never holds the key.
    """

    name: ProviderName = "openai"

    def __init__(self, settings: Settings, *, back_off_s: float = BACK_OFF_S) -> None:
        """Take key, address, model, time-out, retries and prices from the settings; connects to nothing.

        `back_off_s` is how long is waited before the first retry where the server names no time; every further one
        waits for twice as long, up to 8 s, a quarter more or less by chance.
        """
        self._key, self._model = key_of(settings), settings.openai_model.strip()
        self._url = (settings.openai_base_url or DEFAULT_URL).strip()
        self._secrets = secrets_of(self._key, settings.openai_base_url)
        self.model = self._secrets.clean(self._model)
        self.local = is_local(self._url)
        self._unusable = unusable(settings)
        server = self._secrets.clean(server_of(self._url)) if self._unusable is None else ""
        self._asked = Asked(self.model, server, bool(self._key), settings.openai_timeout_s)
        self._patience = Patience(settings.openai_retries, back_off_s)
        self._prices = (settings.openai_input_price_per_million, settings.openai_output_price_per_million)
        self._lock = threading.Lock()
        self._client: AsyncOpenAI | None = None
        # OpenAI's newer models know the new name alone; most other servers know the old one.
        self._habits = Habits("max_tokens" if settings.openai_base_url else "max_completion_tokens")

    def stream(self, task: Task, stopped: Stop) -> Iterator[Piece]:
        """Yield Began, then Deltas as the server sends them, then Ended; see Provider.

        Raises ProviderFailed. Nothing is asked again once a word has come.
        """
        reading = Reading(time.perf_counter())
        if self._unusable:
            raise ProviderFailed(f"the model {self.model} cannot be used: {self._unusable}.")
        prompt = prompts.write(task)
        yield Began(prompt)
        client = self._opened()
        words = Words(self._secrets)

        async def work(give: Callable[[str | Ended | Failure], None]) -> None:
            asking = Asking(
                client,
                self._model,
                prompt,
                task.limits,
                reading,
                asked=self._asked,
                patience=self._patience,
                secrets=self._secrets,
                words=words,
                give=give,
            )
            outcome, habits = await asking.answered(self._habits)
            if isinstance(outcome, Failure):
                give(outcome)
                return
            # What a server refuses is learned from an answer alone: a message may name a parameter for its value.
            self._habits = habits
            give(Ended(outcome, reading.usage(prompt, self._prices)))

        failure: Failure | None = None
        with closing(drawn(work, stopped)) as pieces:
            for piece in pieces:
                if isinstance(piece, str):
                    yield Delta(piece)
                elif isinstance(piece, Ended):
                    yield piece
                    return
                else:
                    failure = piece
        if failure is not None and not stopped():
            tries = f" after {reading.retries + 1} attempts" if reading.retries else ""
            raise ProviderFailed(
                f"the model {self.model} at {self._asked.server} {failure.what}{tries}. To go on: {failure.todo}."
            )
        rest = words.rest()
        if rest:
            yield Delta(rest)
        yield Ended("cancelled", reading.usage(prompt, self._prices))

    def _opened(self) -> AsyncOpenAI:
        """Return the client, made at the first question; raise ProviderFailed where it cannot be made."""
        with self._lock:
            if self._client is not None:
                return self._client
            keep_out_of_logs(self._secrets)
            try:
                self._client = open_client(self._url, self._key, self._asked.timeout_s)
                return self._client
            except (ImportError, OSError, ValueError) as error:
                why = f"{type(error).__name__}: {self._secrets.clean(str(error))}"
        raise ProviderFailed(
            f"no connection to {self._asked.server} can be made ({why}). Check the certificates and proxies that the "
            "environment names, and the package openai."
        )
