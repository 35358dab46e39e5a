from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import compose
from cli.main import VERBS, cli, run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "sentence_transformers", "transformers", "faiss", "openai", "streamlit", "numpy", "huggingface_hub")


def command(place: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_names_every_verb() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    for verb, (_, line) in VERBS.items():
        assert verb in result.output
        assert line in result.output


@pytest.mark.parametrize("verb", [*VERBS, "models list", "models pull"])
def test_every_verb_explains_itself(verb: str) -> None:
    result = CliRunner().invoke(cli, [*verb.split(), "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


def test_starting_imports_nothing_heavy() -> None:
    code = f"import sys, cli.main; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere.md"], "nowhere.md"),
        (["check", "nowhere.md", "--json"], "nowhere.md"),
        (["check"], "Missing argument"),
        (["check", "."], "cannot read"),
        (["cheque", "shop.md"], "No such command"),
        (["check", "shop.md", "--jsno"], "No such option"),
        (["parse", "nowhere.md", "--output", "out.jsonl"], "nowhere.md"),
        (["parse", "shop.md", "--output", "shop.md/out.jsonl"], "shop.md"),
        (["index", "nowhere.md"], "nowhere.md"),
        (["index", "shop.md", "--name", "../up"], "cannot be a catalogue's name"),
        (["index", "shop.md", "--embedder", "no/such-model"], "not on disk"),
        (["search", "kettle"], "no catalogue in index"),
        (["search", "kettle", "--index", "nothing"], "no catalogue 'nothing'"),
        (["search", "kettle", "--index", "n", "--where", "Material"], "KEY=VALUE"),
        (["search", "kettle", "--index", "n", "--mode", "magic"], "magic"),
        (["search", "kettle", "--index", "n", "--top-k", "0"], "--top-k"),
        (["search", "kettle", "--index", "n", "--alpha", "1.5"], "1.5"),
        (["search", "kettle", "--index", "n", "--min-price", "nan"], "nan"),
        (["run", "--queries", "nowhere.jsonl", "--output", "r.trec"], "nowhere.jsonl"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_a_setting_that_cannot_be_used_is_one_line(place: Path) -> None:
    done = command(place, "doctor", RRF_K="many")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "RRF_K" in done.stderr


def test_a_reader_that_has_enough_is_no_error(place: Path) -> None:
    rows = "".join(f"<!--DOC:START id=p{i}-->\n## Thing {i}\n<!--DOC:END-->\n" for i in range(20_000))
    (place / "big.md").write_text(rows, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    reading = f"set -o pipefail; {sys.executable} -m cli.main parse big.md | head -n 1"
    done = subprocess.run(
        ["bash", "-c", reading], cwd=place, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_ctrl_c_ends_with_130_and_no_traceback(place: Path) -> None:
    os.mkfifo(place / "slow.md")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "check", "slow.md"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: what a shell starts in the background ignores the signal, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with (place / "slow.md").open("w"):  # opens once the command has begun to read, and gives it nothing
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert process.stderr is not None
    assert process.stderr.read().strip() == "interrupted"
    process.stderr.close()


def test_output_is_utf8_whatever_the_terminal_says(place: Path) -> None:
    done = command(place, "parse", "shop.md", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "চেয়ার" in done.stdout


def test_the_hub_is_offline_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in compose.OFFLINE:
        monkeypatch.setenv(name, "")
    compose.go_offline()
    assert {name: os.environ[name] for name in compose.OFFLINE} == compose.OFFLINE
    with compose.online():
        assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_OFFLINE"] == "1"
