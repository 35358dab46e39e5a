"""A server for every test that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.answering.providers.openai_server import (
    OpenAIServer,
    serving,
)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serving(OpenAIServer()) as running:
        yield running
