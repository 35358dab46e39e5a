from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import doctor
from cli.main import run
from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache, embed
from retrieval.settings import load_settings
from tests.support import HashEncoder


def rows(capsys: pytest.CaptureFixture[str], status: int) -> dict[str, dict[str, Any]]:
    assert run(["doctor", "--json"]) == status
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is (status == 0)
    return {row["name"]: row for row in report["findings"]}


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import only what is quick: the slow packages are imported for real by the one test without this."""
    monkeypatch.setattr(doctor, "IMPORTS", {"click": ("click", "fail", "nothing works")})


def test_a_whole_installation_is_ok_and_says_what_to_do_next(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, 0)
    for name in (
        "python",
        "numpy",
        "bm25s",
        "numba",
        "torch",
        "faiss-cpu",
        "index_dir",
        "data_dir",
        "models_dir",
        "encoder",
    ):
        assert found[name]["state"] == "ok", found[name]
    assert (found["reranker"]["state"], found["indexes"]["state"]) == ("warn", "warn")
    assert {"disk", "port", "chromium", "jobs", "slm"} <= set(found)
    assert all(row["todo"] for row in found.values() if row["state"] != "ok")


@pytest.mark.usefixtures("light")
def test_an_index_is_checked_to_the_last_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    capsys.readouterr()
    assert rows(capsys, 0)["index shop"]["state"] == "warn"  # keywords only
    store = next(place.glob("index/shop/*/catalogue.sqlite"))
    store.write_bytes(store.read_bytes()[:-1] + b"?")
    row = rows(capsys, 1)["index shop"]
    assert row["state"] == "fail"
    assert "catalogue.sqlite" in row["detail"]
    assert row["todo"] == "product-search index FILE --name shop"


@pytest.mark.usefixtures("light")
def test_a_folder_that_cannot_be_written_fails(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "models").write_text("a file is in the way")
    row = rows(capsys, 1)["models_dir"]
    assert row["state"] == "fail"
    assert "MODELS_DIR" in row["todo"]


@pytest.mark.usefixtures("light")
def test_it_says_who_answers_and_what_leaves_the_machine(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = rows(capsys, 0)["answers"]
    assert row["state"] == "ok"
    assert row["detail"].startswith(
        "ANSWER_PROVIDER=auto; ready: extractive (facts); not openai: OPENAI_API_KEY is not set"
    )
    monkeypatch.setenv("ANSWER_PROVIDER", "openai")
    load_settings.cache_clear()
    row = rows(capsys, 0)["answers"]
    assert row["state"] == "warn"
    assert row["detail"].startswith("ANSWER_PROVIDER=openai; ready: extractive (facts); not openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    monkeypatch.setenv("OPENAI_MODEL", "big-1")
    load_settings.cache_clear()
    row = rows(capsys, 0)["answers"]
    assert row["state"] == "ok"
    assert row["detail"].startswith(
        "ANSWER_PROVIDER=openai; ready: openai (big-1; leaves this machine), extractive (facts)"
    )
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")
    load_settings.cache_clear()
    found = rows(capsys, 0)
    assert found["answers"]["detail"].startswith("ANSWER_PROVIDER=openai; ready: openai (big-1), extractive (facts)")
    assert "very-secret" not in str(found)


@pytest.mark.usefixtures("light")
def test_a_port_in_use_is_a_warning(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        row = rows(capsys, 0)["port"]
    assert (row["state"], "in use" in row["detail"]) == ("warn", True)


def test_packages_that_are_missing_or_broken_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_one.py").write_text("import os; os.abort()")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    packages = {"broken_one": ("broken-one", "fail", "no x"), "missing_one": ("missing-one", "warn", "no y")}
    monkeypatch.setattr(doctor, "IMPORTS", packages)
    broken, missing = doctor._packages()
    assert (broken.state, missing.state) == ("fail", "warn")
    assert "cannot be imported" in broken.detail
    assert missing.detail == "not installed: no y"


@pytest.mark.usefixtures("light")
def test_the_table_shows_every_row(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok   python") and sys.executable in line for line in lines)
    assert any(line.strip().startswith("-> product-search index FILE") for line in lines)


@pytest.mark.usefixtures("light")
def test_vectors_that_no_build_uses_are_counted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, 0)["embeddings"] == {
        "name": "embeddings",
        "state": "ok",
        "detail": "0 vectors, 0.0 MB; 0 (0.0 MB) that no kept build uses",
        "todo": "",
    }
    path = place / "data" / CACHE_FILE
    with EmbeddingCache(path) as cache:
        embed([f"stray {n}" for n in range(2_000)], HashEncoder(), cache, 500)
    row = rows(capsys, 0)["embeddings"]
    assert "2,000 vectors" in row["detail"]
    assert "2,000 (0.5 MB) that no kept build uses" in row["detail"]  # 2,000 x 64 numbers of 4 bytes
    assert "embeddings prune" in row["todo"]
    path.write_bytes(b"no database" * 1000)
    row = rows(capsys, 0)["embeddings"]
    assert (row["state"], "embeddings.sqlite: file is not a database" in row["detail"]) == ("warn", True)
