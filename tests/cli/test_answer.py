"""`answer`: what it prints, streams, says of a switch, and how it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from answering.records import (
    REFUSAL,
    Answer,
    Card,
    Checked,
    Citation,
    Claim,
    Evidence,
    Interrupted,
    Question,
    Switched,
    Usage,
    Writing,
)
from cli.answer import _Reader, lines, took, with_model
from cli.main import run
from retrieval.records import Degraded, Product
from retrieval.settings import Settings, load_settings
from tests.answering.providers.openai_server import KEY, Behaviour, OpenAIServer, serving

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    *("answer", "provider", "provider_wanted", "degraded", "citations", "claims", "refused", "timings_ms", "tokens"),
}


@pytest.fixture
def indexed(place: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    capsys.readouterr()
    return place


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["answer", *arguments, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def asks(monkeypatch: pytest.MonkeyPatch, server: OpenAIServer) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_RETRIES", "0")
    load_settings.cache_clear()


def test_json_holds_the_answer_its_claims_and_sources(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = answered(capsys, "how much is the blue enamel kettle?", "--provider", "extractive")
    assert set(result) >= KEYS
    assert "1,250" in result["answer"]
    assert (result["provider"], result["provider_wanted"], result["refused"]) == ("extractive", "extractive", False)
    (source,) = result["citations"]
    assert (source["n"], source["product_id"], source["url"]) == (1, "kettle-1", "https://shop.example/kettle-1")
    assert result["claims"]
    assert all(claim["supported"] for claim in result["claims"])
    assert result["left_machine"] is False


def test_without_json_the_answer_its_sources_and_what_it_took_are_printed(
    indexed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["answer", "how much is the blue enamel kettle?"]) == 0
    out, err = capsys.readouterr()
    said, _, rest = out.partition("\n\n[1] ")
    assert "1,250" in said
    assert rest.startswith("Blue enamel kettle [bold]1.5 L[/bold] — https://shop.example/kettle-1\n")
    assert "extractive (facts)" in rest
    assert "nothing left this machine" in rest
    assert err == ""


def test_a_refusal_is_an_answer(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["answer", "a kettle under 10 taka"]) == 0
    assert capsys.readouterr().out.startswith(REFUSAL)
    assert answered(capsys, "a kettle under 10 taka")["refused"] is True


def test_no_more_products_than_asked_for(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(answered(capsys, "kettle")["products"]) == 2
    assert len(answered(capsys, "kettle", "--products", "1")["products"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kettle", "--index", "nowhere"], "nowhere"),
        (["kettle", "--provider", "extractive", "--model", "big"], "without a model"),
        (["kettle", "--provider", "somebody"], "somebody"),
        (["kettle", "--products", "0"], "0"),
        ([" "], "empty"),
    ],
)
def test_a_mistake_is_one_line(
    indexed: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["answer", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_server_is_asked_for_the_model_and_in_the_style(
    indexed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(OpenAIServer([Behaviour.says("The blue ", "kettle costs ৳ 1,250 [1].")])) as server:
        asks(monkeypatch, server)
        assert run(["answer", "blue kettle", "--model", "big-one", "--show-prompt"]) == 0
        out = capsys.readouterr().out
        assert server.requests[0]["model"] == "big-one"
        assert out.startswith("Prompt (chat, ")
        for message in server.requests[0]["messages"]:
            assert lines(message["content"]) in out
        assert "The blue kettle costs ৳ 1,250 [1].\n" in out
        assert "openai (big-one) · 120 tokens in, 30 out · first token after" in out
        assert KEY not in out
        result = answered(capsys, "blue kettle", "--prompt", "plain", "--show-prompt")
        assert result["prompt"].rstrip().endswith("ANSWER")
        assert (result["provider"], result["tokens"]["prompt_tokens"]) == ("openai", 120)


def test_what_nothing_supports_is_said(
    indexed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(OpenAIServer([Behaviour.says("The blue kettle costs ৳ 999 [1].")])) as server:
        asks(monkeypatch, server)
        assert run(["answer", "blue kettle"]) == 0
    out = capsys.readouterr().out
    assert "Not supported: The blue kettle costs ৳ 999 [1]." in out


def test_a_switch_is_named_and_what_was_said_is_kept(
    indexed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(OpenAIServer([Behaviour.cuts_after("The blue kettle costs ৳ 1,250 [1]. ", "It")])) as server:
        asks(monkeypatch, server)
        monkeypatch.setenv("SLM", "none")
        load_settings.cache_clear()
        assert run(["answer", "how much is the blue enamel kettle?", "--provider", "openai"]) == 0
        out = capsys.readouterr().out
        result = answered(capsys, "how much is the blue enamel kettle?", "--provider", "openai")
    assert "Used instead: extractive." in out
    assert out.count("Used instead: extractive.") == 1
    assert (result["provider"], result["provider_wanted"]) == ("extractive", "openai")
    assert "1,250" in result["interrupted"][0]["answer"]
    assert result["degraded"][-1]["what"] == "openai"
    assert KEY not in out


def test_no_model_is_no_prompt(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["answer", "kettle", "--provider", "extractive", "--show-prompt"]) == 0
    assert "No prompt: this answer was made without a model." in capsys.readouterr().out.splitlines()
    assert answered(capsys, "kettle", "--provider", "extractive", "--show-prompt")["prompt"] is None


def interrupted(place: Path, server: OpenAIServer, *arguments: str) -> tuple[int, str, str]:
    """Ask in a process of its own, press Ctrl-C once the first words are there, and return how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "answer", "blue kettle", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until = time.monotonic() + 60
        while not server.requests and time.monotonic() < until:
            time.sleep(0.05)
        assert process.stdout is not None
        assert process.stderr is not None
        begun = "" if "--json" in arguments else process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        out, err = begun + process.stdout.read(), process.stderr.read()
        return process.wait(60), out, err


def test_ctrl_c_keeps_what_was_said(indexed: Path) -> None:
    with serving(OpenAIServer([Behaviour.drips("The blue kettle costs ৳ 1,250 [1]. ", 0.05)])) as server:
        code, out, err = interrupted(indexed, server)
        assert server.left.wait(20)
    assert code == 130
    assert out.startswith("The blue kettle costs ৳ 1,250 [1].")
    assert "Stopped; this is how far it came." in out
    assert "[1] Blue enamel kettle" in out
    assert err == ""


def test_ctrl_c_leaves_whole_json(indexed: Path) -> None:
    with serving(OpenAIServer([Behaviour.drips("The blue kettle costs ৳ 1,250 [1]. ", 0.05)])) as server:
        code, out, _ = interrupted(indexed, server, "--json")
    assert code == 130
    assert json.loads(out)["ending"] == "cancelled"


def test_the_model_is_the_one_of_whoever_would_be_asked(place: Path) -> None:
    keyless, keyed = Settings(slm="none"), Settings(openai_api_key=KEY)  # type: ignore[arg-type]
    assert with_model(keyed, "auto", "m").openai_model == "m"
    assert with_model(keyed, "slm", "m").slm == "m"
    assert with_model(keyless, "auto", "m").slm == "m"
    assert with_model(keyless, "openai", "m").openai_model == "m"
    assert with_model(keyed.model_copy(update={"answer_provider": "slm"}), "auto", "m").slm == "m"


def shown(text: str) -> Writing:
    return Writing("openai", "m", Checked(text))


def test_text_is_printed_as_it_grows_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    reader = _Reader(False)
    for text in ("The", "The lamp", "The lamp\n- one", "The lamp\n- one [1]"):
        reader.take(shown(text))
    assert capsys.readouterr().out == "The lamp\n- one [1]"


def test_text_that_changed_is_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    reader = _Reader(False)
    reader.take(shown("The lamp (1"))
    reader.take(shown("The lamp [1]"))
    assert capsys.readouterr().out == "The lamp (1\n\nThe lamp [1]"


def test_another_provider_begins_anew(capsys: pytest.CaptureFixture[str]) -> None:
    reader = _Reader(False)
    degraded = Degraded("openai", "the connection was cut.", "extractive")
    reader.take(shown("The lamp"))
    reader.take(Switched(degraded, Interrupted("openai", Checked("The lamp"), degraded.why)))
    reader.take(shown("The lamp costs"))
    assert capsys.readouterr().out == (
        "The lamp\nThis answer was broken off.\n"
        "openai: the connection was cut. Used instead: extractive.\nThe lamp costs"
    )


def test_what_came_just_before_a_failure_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    degraded = Degraded("openai", "the connection was cut.", "extractive")
    told = "This answer was broken off.\nopenai: the connection was cut. Used instead: extractive.\n"
    for before in ((), (shown("The lamp"),)):
        reader = _Reader(False)
        for event in before:
            reader.take(event)
        reader.take(Switched(degraded, Interrupted("openai", Checked("The lamp costs"), degraded.why)))
        assert capsys.readouterr().out == f"The lamp costs\n{told}"


def test_a_terminal_obeys_nothing_in_an_answer() -> None:
    text = "- \x1b[31mred\x1b[0m \u202e\x07\n  - ind\x9b2Jent\x1b]0;t\x07"
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(lines(text))
    assert lines("- a\n  - b\n\n| x |") == "- a\n  - b\n\n| x |"


def test_what_an_answer_took() -> None:
    evidence = Evidence(Question("q", "q"), (Card(1, Product("p", "Lamp")),))
    checked = Checked("x", (Claim("x", 0, 1, supported=False, why="no citation"),), (Citation(1, "p", "Lamp"),))
    usage = Usage(1200, 80, 1000, 410.0, 52.25, 0.00123, 3 * 2**20, estimated=True)
    answer = Answer(
        evidence, checked, "slm", "auto", model="tiny", usage=usage, left_machine=True, timings_ms={"total": 2400.0}
    )
    assert took(answer) == (
        "slm (tiny) · about 1,200 tokens in, 1,000 of them kept from before, 80 out · first token after 0.41 s · "
        "52.2 tokens/s · 3 MiB of weights · cost about 0.00123 · 2.40 s in all · sent to another machine"
    )
