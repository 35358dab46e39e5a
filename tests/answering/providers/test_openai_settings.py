"""The provider that asks a server: the key that nobody sees, and what the settings allow."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from answering.providers.openai import OpenAIProvider
from answering.providers.openai_client import is_local, unusable
from retrieval.errors import ProviderFailed
from retrieval.settings import Settings
from tests.answering.providers.openai_server import (
    KEY,
    Behaviour,
    OpenAIServer,
)
from tests.answering.providers.openai_support import TASK, failing, never, provider_of, said


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500])
def test_a_key_that_a_server_repeats_is_nowhere(
    server: OpenAIServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays = [Behaviour.echoes_key(status)]
    with caplog.at_level(logging.DEBUG):
        pieces, message = failing(provider_of(server, openai_retries=1))
    assert "(hidden)" in message
    assert caplog.records
    assert KEY not in caplog.text
    assert KEY not in repr(pieces)
    assert str(status) in message


def test_a_key_that_a_server_answers_with_is_not_shown(server: OpenAIServer, caplog: pytest.LogCaptureFixture) -> None:
    server.plays = [Behaviour.says_key()]
    with caplog.at_level(logging.DEBUG):
        pieces = list(provider_of(server).stream(TASK, never))
    assert said(pieces) == "Bearer (hidden) is what I got."
    assert KEY not in caplog.text


def test_names_and_passwords_in_an_address_are_sent_as_a_header_and_never_shown(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url.replace("http://", "http://me:pass%2Fword-1@") + "?token=abcdefgh12345"
    provider = provider_of(None, openai_base_url=url)
    server.plays = [Behaviour.echoes_key(401), Behaviour.says("yes")]
    with caplog.at_level(logging.DEBUG):
        _, message = failing(provider)
        assert said(list(provider.stream(TASK, never))) == "yes"
    assert server.keys == ["Basic bWU6cGFzcy93b3JkLTE="] * 2  # base64 of me:pass/word-1
    assert server.requests[0]["path"] == "/v1/chat/completions?token=abcdefgh12345"
    shown = caplog.text + message + repr(provider)
    assert [
        word for word in ("@127.0.0.1", "pass%2Fword-1", "pass/word-1", "bWU6cGFz", "abcdefgh12345") if word in shown
    ] == []


def test_a_key_in_the_models_name_is_not_shown(server: OpenAIServer) -> None:
    provider = provider_of(server, openai_model=f"tiny {KEY}")
    assert provider.model == "tiny (hidden)"
    server.plays = [Behaviour.fails(404, f"no model tiny {KEY}")]
    failing(provider)


def test_prompts_are_not_logged_unless_somebody_asks_for_every_detail(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays = [Behaviour.fails(500), Behaviour.says("yes")]
    with caplog.at_level(logging.INFO):
        list(provider_of(server).stream(TASK, never))
    assert "asking" in caplog.text
    assert "Steel kettle" not in caplog.text
    assert "which kettle?" not in caplog.text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"openai_api_key": None}, "OPENAI_API_KEY is not set"),
        ({"openai_api_key": " "}, "OPENAI_API_KEY is not set"),
        ({"openai_api_key": "sk-a b"}, "holds characters"),
        ({"openai_api_key": "sk-ключ"}, "holds characters"),
        ({"openai_model": " "}, "OPENAI_MODEL is empty"),
        ({"openai_base_url": "localhost:8000"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "file:///etc/passwd"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "http://[::1"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "http://host:99999/v1"}, "OPENAI_BASE_URL is no http"),
    ],
)
def test_settings_that_cannot_work_are_said_before_anything_is_sent(changes: dict[str, Any], why: str) -> None:
    known = {"openai_api_key": KEY, "openai_model": "tiny"} | changes
    settings = Settings(_env_file=None, **known)
    assert why in (unusable(settings) or "")
    with pytest.raises(ProviderFailed, match="cannot be used") as caught:
        list(OpenAIProvider(settings).stream(TASK, never))
    assert why in str(caught.value)


def test_a_key_is_freed_of_the_line_end_that_copying_brings_and_may_be_missing_beside_an_address(
    server: OpenAIServer,
) -> None:
    list(provider_of(server, openai_api_key=f" {KEY}\n").stream(TASK, never))
    provider = provider_of(server, openai_api_key=None)
    list(provider.stream(TASK, never))
    assert server.keys == [f"Bearer {KEY}", "Bearer none"]
    server.plays = [Behaviour.fails(401, "log in")]
    assert "it wants a key: set OPENAI_API_KEY" in failing(provider)[1]


def test_a_question_that_stays_here_goes_through_no_proxy(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert said(list(provider_of(server).stream(TASK, never))) == "It is a kettle [1]."


def test_a_proxy_that_cannot_be_used_is_a_failure_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy")
    with pytest.raises(ProviderFailed, match="Check the certificates and proxies"):
        list(provider_of(None, openai_base_url="https://example.invalid/v1").stream(TASK, never))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:11434/v1", True),
        ("http://LOCALHOST/v1", True),
        ("http://api.localhost/v1", True),
        ("http://127.3.2.1:80/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://me:secret@127.0.0.1/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://127.0.0.1@example.com/v1", False),
        ("http://192.168.0.2/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://[fe80::1]/v1", False),
        ("nonsense", False),
        (None, False),
        ("http://[::1", False),
    ],
)
def test_only_this_very_machine_is_local(url: str | None, local: bool) -> None:
    assert is_local(url) is local
    assert provider_of(None, openai_base_url=url).local is local


def test_the_server_of_these_tests_speaks_the_protocol(server: OpenAIServer) -> None:
    """The chunks are those that the client's own types describe."""
    from openai import OpenAI

    client = OpenAI(api_key=KEY, base_url=server.url, _strict_response_validation=True)
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hi"}], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "It is a kettle [1]."
    assert chunks[-1].usage is not None
    assert json.loads(chunks[-1].usage.model_dump_json())["total_tokens"] == 150
    client.close()
