"""`product-search answer` with a server: what is printed and what stays on the disk never holds the key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run
from retrieval.settings import load_settings
from tests.answering.providers.openai_server import KEY, Behaviour, OpenAIServer, Play, serving


@pytest.mark.parametrize(
    ("play", "provider"),
    [
        (Behaviour.says("The Red whistling kettle costs ৳900 [1]."), "openai"),
        (Behaviour.says_key(), "openai"),
        (Behaviour.echoes_key(401), "extractive"),
        (Behaviour.cuts_after("The Red whistling kettle costs ৳900 [1]."), "extractive"),
    ],
)
def test_the_key_is_in_no_output_and_in_no_file(
    place: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    play: Play,
    provider: str,
) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    capfd.readouterr()
    with serving(OpenAIServer([play])) as server:
        for name, value in {"API_KEY": KEY, "BASE_URL": server.url, "MODEL": "tiny", "RETRIES": "0"}.items():
            monkeypatch.setenv(f"OPENAI_{name}", value)
        load_settings.cache_clear()
        question = ["answer", "how much is the red whistling kettle?", "--provider", "openai"]
        assert run([*question, "--json", "--show-prompt"]) == 0
        printed = capfd.readouterr()
        assert run(question) == 0
        streamed = capfd.readouterr()
    told = json.loads(printed.out)
    assert (told["provider"], told["provider_wanted"]) == (provider, "openai")
    assert bool(told["degraded"]) == (provider == "extractive")
    assert server.keys == [f"Bearer {KEY}"] * 2
    assert provider in streamed.out
    assert KEY not in printed.out + printed.err + streamed.out + streamed.err
    files = [path for path in place.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
