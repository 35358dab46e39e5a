from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.called import as_called, called
from tests.cli.conftest import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return a console script as an installation makes it."""
    folder = tmp_path / "my venv" / "bin"
    folder.mkdir(parents=True)
    script = folder / "product-search"
    script.write_text(f"#!{sys.executable}\nfrom cli.main import main\nmain()\n")
    script.chmod(0o755)
    return script


def test_the_name_alone_is_enough_where_path_finds_this_very_program(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert called(["python", str(script), "index"]) == "product-search"
    assert called(["python", "elsewhere/product-search", "index"]) == "elsewhere/product-search"
    monkeypatch.setenv("PATH", "/nowhere")
    assert called(["python", ".venv/bin/product-search", "index"]) == ".venv/bin/product-search"
    assert called(["python", str(script)]) == f"'{script}'"


def test_a_module_is_called_as_a_module() -> None:
    assert called([".venv/bin/python", "-m", "cli.main", "index"]) == ".venv/bin/python -m cli.main"
    assert called(["python", "-m", "pytest", "tests"]) == "product-search"


def test_only_commands_are_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "cli.main", "check"])
    assert as_called("Build it: product-search index FILE --name x, or `product-search models pull`.") == (
        "Build it: python -m cli.main index FILE --name x, or `python -m cli.main models pull`."
    )
    for text in ("product-search: a title", "/opt/product-search index", "my-product-search index"):
        assert as_called(text) == text


def test_a_hint_can_be_copied_and_works(script: Path) -> None:
    folder = script.parents[2]
    (folder / "shop.md").write_text(CATALOGUE, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    typed = "'my venv/bin/product-search'"

    def shell(command: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == status, done.stderr
        return done

    missing = shell(f"{typed} search lamp", status=2).stderr
    assert f"build one with: {typed} index FILE" in missing
    built = shell(missing.split("with: ")[1].replace("FILE", "shop.md --embedder none").strip()).stdout
    hint = next(line for line in built.splitlines() if line.startswith("search it: ")).removeprefix("search it: ")
    assert hint.startswith(typed)
    assert "hits by bm25" in shell(hint.replace("your words", "kettle")).stdout
