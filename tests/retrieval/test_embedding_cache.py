"""What was embedded once is never embedded again, whatever happens to the process or to the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding_cache import EmbeddingCache, digest, embed
from retrieval.errors import BuildError
from retrieval.protocols import FloatArray
from tests.support import HashEncoder

TEXTS = [f"{word} number {i}" for i, word in enumerate(["red chair", "blue lamp", "কাঠের চেয়ার", "kettle", "scarf"] * 5)]


def test_only_missing_texts_are_embedded_and_each_once(tmp_path: Path) -> None:
    encoder = HashEncoder()
    with EmbeddingCache(tmp_path / "new" / "cache.sqlite") as cache:
        first = embed(["a b", "c", "a b"], encoder, cache, 64)
        assert (first.new, first.reused, encoder.texts_encoded) == (2, 0, 2)
        second = embed(["c", "d", "a b", "d"], encoder, cache, 64)
        assert (second.new, second.reused, encoder.texts_encoded) == (1, 2, 3)
    expected = HashEncoder().encode(["c", "d", "a b", "d"])
    np.testing.assert_array_equal(second.vectors, expected)
    assert second.vectors.dtype == np.float32


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_rows_stand_in_the_order_of_the_texts(batch_size: int, tmp_path: Path) -> None:
    texts = sorted(TEXTS, key=len) + TEXTS
    expected = HashEncoder().encode(texts)
    np.testing.assert_array_equal(embed(texts, HashEncoder(), None, batch_size).vectors, expected)
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        embed(TEXTS[:9], HashEncoder(), cache, batch_size)
        np.testing.assert_array_equal(embed(texts, HashEncoder(), cache, batch_size).vectors, expected)


def test_it_tells_what_it_holds_by_encoder(tmp_path: Path) -> None:
    keys = [digest(text) for text in ("a", "b", "c")]
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        embed(["a", "c"], HashEncoder(), cache, 64)
        assert cache.holds(HashEncoder().id, keys) == {keys[0], keys[2]}
        assert cache.holds("another", keys) == set()


def test_encoders_do_not_share_vectors(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        embed(TEXTS, HashEncoder(8), cache, 64)
        other = HashEncoder(16)
        assert embed(TEXTS, other, cache, 64).vectors.shape == (25, 16)
        assert other.texts_encoded == 25


def test_a_text_as_query_and_as_passage_are_two_things() -> None:
    assert digest("red chair", query=True) != digest("red chair")
    assert digest("red chair") == digest("red chair")
    assert len(digest("\ud800")) == 32


def test_nothing_to_embed(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        assert embed([], HashEncoder(), cache, 64).vectors.shape == (0, 64)


def test_progress_counts_what_has_to_be_embedded(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        embed(TEXTS[:15], HashEncoder(), cache, 64)
        embed(TEXTS, HashEncoder(), cache, 4, lambda *step: told.append(step))
        assert told == [("embed", 0, 10), ("embed", 4, 10), ("embed", 8, 10), ("embed", 10, 10)]
        told.clear()
        embed(TEXTS, HashEncoder(), cache, 4, lambda *step: told.append(step))
        assert told == []


class FailsAfter(HashEncoder):
    """Fails like a model that runs out of memory, after so many batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        if self.left == 0:
            raise RuntimeError("out of memory")
        self.left -= 1
        return super().encode(texts, query=query)


def test_batches_done_before_a_failure_are_kept(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        with pytest.raises(BuildError, match=r"hash-64.*out of memory.*EMBED_BATCH_SIZE"):
            embed(TEXTS, FailsAfter(3), cache, 4)
        assert embed(TEXTS, HashEncoder(), cache, 4).reused == 12


class Odd(HashEncoder):
    """Gives what is no vector."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        vectors = super().encode(texts)
        if self.kind == "nan":
            vectors[0, 0] = np.nan
        return vectors[:, :-1] if self.kind == "narrow" else vectors


@pytest.mark.parametrize("kind", ["nan", "narrow"])
def test_what_is_no_vector_is_refused_and_not_kept(kind: str, tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        with pytest.raises(BuildError, match=r"hash-64 gave an array"):
            embed(TEXTS, Odd(kind), cache, 64)
        assert embed(TEXTS, HashEncoder(), cache, 64).reused == 0


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    with EmbeddingCache(path) as cache:
        assert embed(TEXTS, HashEncoder(), cache, 64).new == 25
        assert len(cache.notices) == 1
        assert str(path) in cache.notices[0]
    assert len(list(tmp_path.glob("cache.sqlite.damaged-*"))) == 1
    with EmbeddingCache(path) as cache:
        assert embed(TEXTS, HashEncoder(), cache, 64).reused == 25
        assert cache.notices == []


def test_a_database_of_another_kind_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE notes (text TEXT); PRAGMA user_version = 7;")
    db.close()
    with EmbeddingCache(path) as cache:
        assert "format is 7" in cache.notices[0]
        assert embed(TEXTS, HashEncoder(), cache, 64).new == 25


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(n, marks=pytest.mark.soak) for n in range(10, 100))])
def test_no_damage_gives_a_wrong_vector_or_stops_a_build(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with EmbeddingCache(path) as cache:
        embed(TEXTS, HashEncoder(), cache, 64)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, len(content), 40 * (1 + seed % 4)):
        content[at] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(content[: len(content) - 3000 * (seed % 2)]))
    with EmbeddingCache(path) as cache:
        np.testing.assert_array_equal(embed(TEXTS, HashEncoder(), cache, 4).vectors, HashEncoder().encode(TEXTS))
    with EmbeddingCache(path) as cache:
        np.testing.assert_array_equal(embed(TEXTS, HashEncoder(), cache, 4).vectors, HashEncoder().encode(TEXTS))


def test_damage_that_is_met_while_at_work_sets_the_file_aside_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with EmbeddingCache(path) as first, EmbeddingCache(path) as second:
        embed(TEXTS, HashEncoder(), first, 64)
        first._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        for cache in (first, second):
            cache._db.execute("PRAGMA shrink_memory")
            vectors = embed(TEXTS, HashEncoder(), cache, 4).vectors
            np.testing.assert_array_equal(vectors, HashEncoder().encode(TEXTS))
    assert len(list(tmp_path.glob("cache.sqlite.damaged-*"))) == 1


def test_several_writers_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    start = threading.Barrier(4)

    def build(worker: int) -> int:
        start.wait(10)
        with EmbeddingCache(path) as cache:
            return len(embed(TEXTS[worker * 3 :], HashEncoder(), cache, 2).vectors)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(build, range(4))) == [25, 22, 19, 16]
    with EmbeddingCache(path) as cache:
        assert embed(TEXTS, HashEncoder(), cache, 2).reused == 25


def test_a_killed_process_leaves_its_finished_batches(tmp_path: Path) -> None:
    import subprocess

    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from retrieval.embedding_cache import EmbeddingCache, embed\n"
        "from tests.support import HashEncoder\n"
        "from tests.retrieval.test_embedding_cache import TEXTS\n"
        "def tell(stage, done, total):\n"
        "    if done == 12:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "embed(TEXTS, HashEncoder(), EmbeddingCache(Path(sys.argv[1])), 4, tell)\n"
    )
    path = tmp_path / "cache.sqlite"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    with EmbeddingCache(path) as cache:
        assert embed(TEXTS, HashEncoder(), cache, 4).reused == 12
