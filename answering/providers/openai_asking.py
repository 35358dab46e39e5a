"""One question to a server: asked again where that may help, read as it comes, given up in time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from answering.providers import openai_failures as failures
from answering.providers.openai_failures import Asked, Failure
from answering.providers.openai_stream import Reading, Words, part_of
from answering.providers.secrets import Secrets
from answering.records import Ending, Limits, Prompt
from retrieval.dense.encoders.openai import retry_after

LONGEST_BACK_OFF_S = 8.0
GRACE_S = 2.0
"""How long the count of tokens is waited for once an answer is complete."""
MOST_CHARACTERS = 32
"""Characters a token, beyond which a server is not keeping to the limit of tokens that it was given."""
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_ENDINGS: dict[str, Ending] = {"length": "length", "max_tokens": "length"}
_LATER = "try again, or choose another provider"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a server is asked: the name it has for the limit of tokens, and the parameters that it has refused."""

    limit: str
    refused: frozenset[str] = frozenset()

    def parameters(self, prompt: Prompt, limits: Limits) -> dict[str, Any]:
        """Return the parameters of a request, but model and messages."""
        limit = _OTHER_NAME[self.limit] if self.limit in self.refused else self.limit
        wanted: dict[str, Any] = {
            "stream_options": {"include_usage": True},
            "temperature": limits.temperature,
            limit: limits.tokens,
        }
        return {name: value for name, value in wanted.items() if name not in self.refused}


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a server is asked again, and how long is waited before the first time where it names no time."""

    retries: int
    back_off_s: float

    def wait(self, failure: Failure, retries: int) -> float:
        """Return the seconds before the next attempt, after so many retries."""
        if failure.wait is not None:
            return failure.wait
        # Spread, so that several questions that were turned away together do not come back together.
        return min(LONGEST_BACK_OFF_S, self.back_off_s * 2.0**retries) * random.uniform(0.75, 1.25)


class Asking:
    """One question on its way; `reading` tells at any time how far it has come."""

    def __init__(
        self,
        client: Any,
        model: str,
        prompt: Prompt,
        limits: Limits,
        reading: Reading,
        *,
        asked: Asked,
        patience: Patience,
        secrets: Secrets,
        words: Words,
        give: Callable[[str], None],
    ) -> None:
        """Ask a model through a client; `give` is handed the text as it comes through `words`."""
        self._client, self._model, self._prompt, self._limits = client, model, prompt, limits
        self._reading, self._asked, self._patience, self._secrets = reading, asked, patience, secrets
        self._words, self._give, self._shown = words, give, False

    async def answered(self, habits: Habits) -> tuple[Failure | Ending, Habits]:
        """Return how it ended and how the server wants to be asked, when every word has been given."""
        outcome: Failure | Ending
        try:
            async with asyncio.timeout(self._limits.seconds) as limit:
                outcome, habits = await self._until_final(habits, limit)
        except TimeoutError:
            outcome = "time"
        self._show(self._words.rest())
        if not isinstance(outcome, Failure) and not self._shown:
            outcome = self._wordless(outcome)
        return outcome, habits

    def _show(self, text: str) -> None:
        if text:
            self._shown = True
            self._give(text)

    async def _until_final(self, habits: Habits, limit: asyncio.Timeout) -> tuple[Failure | Ending, Habits]:
        now = asyncio.get_running_loop().time
        while True:
            parameters = habits.parameters(self._prompt, self._limits)
            outcome = await self._once(parameters)
            if not isinstance(outcome, Failure):
                return outcome, habits
            if outcome.refused is not None and outcome.refused not in habits.refused:
                _log.info("%s refuses %s; asking without it", self._asked.server, outcome.refused)
                habits = Habits(habits.limit, habits.refused | {outcome.refused})
                continue
            if not outcome.again or self._reading.first is not None or self._reading.retries >= self._patience.retries:
                return outcome, habits
            wait = self._patience.wait(outcome, self._reading.retries)
            there_is = min((limit.when() or now()) - now(), self._asked.timeout_s)
            if wait > there_is:
                said = f"{outcome.what}, and wants {wait:.0f} s to pass, longer than the {there_is:.3g} s there are"
                return Failure(said, outcome.todo), habits
            self._reading.retries += 1
            _log.info("asking %s again in %.1f s", self._asked.server, wait)
            await asyncio.sleep(wait)

    async def _once(self, parameters: dict[str, Any]) -> Failure | Ending:
        """Ask once and give what comes; every error of client, connection and protocol becomes a Failure."""
        import anyio
        import httpx2
        import openai

        failure: Failure | None = None
        grace = asyncio.timeout(None)
        try:
            async with grace:
                failure = await self._read(parameters, grace)
        except openai.APIStatusError as error:
            failure = self._of_status(error, parameters)
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            never_there = isinstance(error.__cause__, (httpx2.ConnectTimeout, httpx2.PoolTimeout))
            failure = failures.of_silence(self._asked, never_there)
        except (
            openai.APIConnectionError,
            httpx2.TransportError,
            anyio.BrokenResourceError,
            anyio.ClosedResourceError,
            anyio.EndOfStream,
            OSError,
        ) as error:
            failure = failures.of_connection(error)
        except openai.APIError as error:  # one that a server sends within its stream
            said = self._secrets.clean(failures.message_of(error.body) or error.message)
            failure = failures.reported(said, error.code or "")
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = failures.broken(type(error).__name__)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            failure = failures.broken(f"a chunk that cannot be read: {type(error).__name__}")
        if self._reading.finish is None and self._reading.length <= self._most:
            return failure or Failure("broke off in the middle of its answer", _LATER)
        # The answer is complete, whatever went wrong behind it.
        if self._reading.finish == "content_filter":
            return Failure("stopped by its content filter", "ask in other words, or choose another provider")
        return _ENDINGS.get(self._reading.finish or "length", "stop")

    async def _read(self, parameters: dict[str, Any], grace: asyncio.Timeout) -> Failure | None:
        """Read one stream to its end; return what is wrong with one that ends without a chunk."""
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages]
        stream = await self._client.chat.completions.create(
            model=self._model,
            messages=turns or [{"role": "user", "content": self._prompt.text}],
            stream=True,
            **parameters,
        )
        chunks = 0
        async with stream:
            async for chunk in stream:
                chunks += 1
                part = part_of(chunk)
                self._reading.take(part)
                self._show(self._words.feed(part.text))
                if self._reading.length > self._most:
                    return None
                if self._reading.finish is not None and grace.when() is None:
                    grace.reschedule(asyncio.get_running_loop().time() + GRACE_S)
        kind = stream.response.headers.get("content-type", "").partition(";")[0]
        if chunks:
            return None
        if kind != "text/event-stream":
            return failures.broken(f"it is {self._secrets.clean(kind, 40) or 'of no stated type'}")
        return Failure("ended without a word", _LATER, again=True)

    @property
    def _most(self) -> int:
        return self._limits.tokens * MOST_CHARACTERS

    def _of_status(self, error: Any, parameters: dict[str, Any]) -> Failure:
        return failures.of_status(
            self._asked,
            error.status_code,
            self._secrets.clean(failures.message_of(error.body)),
            code=error.code or "",
            param=error.param if isinstance(error.param, str) else "",
            wait=retry_after(error.response.headers),
            sent=parameters.keys(),
        )

    def _wordless(self, ending: Ending) -> Failure:
        """Return why there is no word, though nothing failed."""
        if ending == "time":
            said = f"had not begun to answer after {self._limits.seconds:g} s"
            return Failure(said, "raise ANSWER_SECONDS, or choose another provider")
        if self._reading.declined:
            said = self._secrets.clean(self._reading.declined)
            return Failure(f'declined to answer: "{said}"', "ask in other words, or choose another provider")
        if ending == "length":
            said = f"used up its {self._limits.tokens:,} tokens without a word that can be shown"
            return Failure(said, "raise ANSWER_TOKENS, or choose another provider")
        return Failure("ended without a word", _LATER)
