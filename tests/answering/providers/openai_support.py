"""What the tests of the provider that asks a server share: a task, a provider, and how to read what it yields."""

from __future__ import annotations

from typing import Any

import pytest

from answering.providers.openai import OpenAIProvider
from answering.records import Card, Delta, Evidence, Limits, Piece, Question, Task
from retrieval.errors import ProviderFailed
from retrieval.records import Product
from retrieval.settings import Settings
from tests.answering.providers.openai_server import (
    KEY,
    OpenAIServer,
)

KETTLE = Product("p1", "Steel kettle", price=450.0, currency="USD", brand="Arlo", colors=("silver",))
EVIDENCE = Evidence(Question("which kettle?", "kettle"), (Card(1, KETTLE, "A kettle of steel."),), matching=1)
TASK = Task(EVIDENCE, limits=Limits(tokens=50, seconds=20.0))


def provider_of(server: OpenAIServer | None, **changes: Any) -> OpenAIProvider:
    known: dict[str, Any] = {
        "openai_api_key": KEY,
        "openai_base_url": server.url if server else None,
        "openai_model": "tiny",
        "openai_timeout_s": 5.0,
    }
    return OpenAIProvider(Settings(_env_file=None, **(known | changes)), back_off_s=0.01)


def never() -> bool:
    return False


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def failing(provider: OpenAIProvider, task: Task = TASK) -> tuple[list[Piece], str]:
    """Return what came before a failure, and its message, in which nothing may lead to the key."""
    pieces: list[Piece] = []
    with pytest.raises(ProviderFailed) as caught:
        pieces.extend(provider.stream(task, never))  # extend keeps what came before the error
    seen: BaseException | None = caught.value
    assert seen.__cause__ is None
    assert seen.__context__ is None
    assert KEY not in str(seen)
    assert KEY not in repr(seen)
    assert "tiny" in str(seen)
    return pieces, str(seen)
