"""What a server's failure means: whether to ask again, in what other way, and what to tell people."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""Statuses after which the same question may succeed."""
REFUSABLE = ("stream_options", "max_completion_tokens", "max_tokens", "temperature")
"""Parameters that some servers or models refuse, and without which (or by another name) they answer."""
_WINDOW = re.compile(
    r"context[_ ](length|window|size)|maximum context|prompt is too long|too many tokens", re.IGNORECASE
)
_CHAIN = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in words: what happened, what to do; `what` goes on from "the model at the server ...".

    `again` says that asking once more may help, after `wait` seconds where the server names them; `refused` is the
    parameter that the server did not want.
    """

    what: str
    todo: str
    again: bool = False
    wait: float | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom, as far as messages need it; no field holds a secret."""

    model: str
    server: str
    has_key: bool
    timeout_s: float


def of_status(
    asked: Asked,
    status: int,
    said: str,
    *,
    code: str = "",
    param: str = "",
    wait: float | None = None,
    sent: Collection[str] = (),
) -> Failure:
    """Return what an HTTP status means; `said` is the server's message, cleaned, `sent` the parameters it was sent."""
    quoted = f': "{said}"' if said else ""
    what = f"answered {status}{quoted}"
    later = "try again later, or choose another provider"
    if status == 401:
        todo = "check OPENAI_API_KEY" if asked.has_key else "it wants a key: set OPENAI_API_KEY"
        return Failure(f"did not accept the key (401){quoted}" if asked.has_key else what, todo)
    if status == 403:
        return Failure(what, f"the key may not use {asked.model}: set OPENAI_MODEL to a model that it may use")
    if status == 404:
        todo = "check that it has the model OPENAI_MODEL names, and the path in OPENAI_BASE_URL (most end in /v1)"
        return Failure(what, todo)
    if status in (400, 413, 422):
        if status == 413 or code in ("context_length_exceeded", "exceed_context_size_error") or _WINDOW.search(said):
            return Failure(what, "the products do not fit its window: lower ANSWER_PRODUCTS or take another model")
        refused = _refused(said, param, sent)
        return Failure(what, "check OPENAI_MODEL and OPENAI_BASE_URL", refused=refused)
    if status == 429 and code == "insufficient_quota":
        return Failure(what, "the account's quota is used up: add credit there, or choose another provider")
    if status == 429:
        return Failure(f"is asked too much at the moment (429){quoted}", later, again=True, wait=wait)
    if 300 <= status < 400:
        return Failure(
            f"sends elsewhere ({status}), where no question is taken unseen",
            "set OPENAI_BASE_URL to the address that it sends to, if that is yours",
        )
    return Failure(what, later if status >= 500 else "check OPENAI_MODEL and OPENAI_BASE_URL", status in AGAIN, wait)


def of_silence(asked: Asked, connecting: bool) -> Failure:
    """Return what a time-out means. It is not asked again: the reader has waited for long enough."""
    if connecting:
        return Failure(
            f"could not be reached within {asked.timeout_s:g} s",
            "check OPENAI_BASE_URL and the network",
        )
    return Failure(
        f"sent nothing for {asked.timeout_s:g} s",
        "try again, raise OPENAI_TIMEOUT_S if the model needs longer, or choose another provider",
    )


def of_connection(error: BaseException) -> Failure:
    """Return what a connection that failed or broke means; nothing of the error's own words is repeated."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure("could not be found: its name is not known", "check OPENAI_BASE_URL and the network")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Failure(
            "could not be trusted: the encrypted connection failed",
            "check OPENAI_BASE_URL (http or https?) and the server's certificate",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Failure(
            "could not be reached: nothing takes connections there",
            "start the server, or check OPENAI_BASE_URL",
            again=True,
        )
    return Failure("broke the connection", "try again, or choose another provider", again=True)


def reported(said: str, code: str) -> Failure:
    """Return what an error within a stream means; some servers give it a status for a code."""
    again = code.isascii() and code.isdigit() and int(code) in AGAIN
    return Failure(f'reported an error: "{said}"', "try again later, or choose another provider", again=again)


def broken(what: str) -> Failure:
    """Return that a server does not speak the protocol."""
    return Failure(f"sent what is no chat completion ({what})", "check OPENAI_BASE_URL and OPENAI_MODEL")


def message_of(body: Any) -> str:
    """Return a server's words in an error's body: its `message`, `error` or `detail`, or the text that it is."""
    if isinstance(body, str):
        return "" if body.lstrip()[:1] == "<" else body  # a proxy's page says nothing that helps
    if isinstance(body, list):
        return str(body)
    if not isinstance(body, dict):
        return ""
    return next(filter(None, (message_of(body.get(name)) for name in ("message", "error", "detail"))), "")


def _refused(said: str, param: str, sent: Collection[str]) -> str | None:
    """Return the parameter that a message complains of: the one it names, or of those in the text the first."""
    candidates = [name for name in REFUSABLE if name in sent]
    if param in candidates:
        return param
    places = {name: found.start() for name in candidates if (found := re.search(rf"\b{name}\b", said))}
    return min(places, key=places.__getitem__) if places else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it, groups opened."""
    waiting, seen = [error], 0
    while waiting and seen < _CHAIN:
        found = waiting.pop(0)
        if found is None:
            continue
        seen += 1
        yield found
        waiting += [found.__cause__, found.__context__]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions
