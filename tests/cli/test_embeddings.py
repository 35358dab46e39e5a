from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import compose
from cli.main import run
from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache, embed
from retrieval.settings import load_settings
from tests.support import HashEncoder


def pruned(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["embeddings", "prune", "--json", *options]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def stray(place: Path) -> Path:
    """Build a catalogue without vectors and leave five strays of 256 bytes and a used one in the cache."""
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    path = load_settings().data_dir / CACHE_FILE
    with EmbeddingCache(path) as cache:
        embed([*(f"stray {n}" for n in range(5)), "Reading lamp"], HashEncoder(), cache, 64)
    return path


def test_without_yes_it_only_says_what_would_go(stray: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["embeddings", "prune"]) == 0
    out = capsys.readouterr().out
    assert "6 vectors" in out
    assert "5 (0.0 MB) that no kept build uses" in out
    assert "hash-64: 6 vectors, 5 unused" in out
    assert out.endswith("nothing was removed; do it with: product-search embeddings prune --yes\n")
    found = pruned(capsys)
    assert found["encoders"] == [{"encoder": "hash-64", "vectors": 6, "unused": 5, "unused_bytes": 5 * 256}]
    assert (found["removed"], found["bytes_now"]) == (0, found["bytes"])


def test_yes_removes_them(stray: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["embeddings", "prune", "--yes"]) == 0
    assert "removed 5 vectors; the file has" in capsys.readouterr().out
    assert pruned(capsys, "--yes")["removed"] == 0
    assert pruned(capsys, "--other-encoders", "--yes")["removed"] == 1
    assert compose.cached_vectors(load_settings()).vectors == 0
    assert run(["embeddings", "prune"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_running_build_is_named(stray: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from retrieval.commits import builder_lock

    with builder_lock(load_settings().index_dir, "shop"):
        assert run(["embeddings", "prune", "--yes"]) == 2
    assert "'shop' is being built or deleted; wait" in capsys.readouterr().err
