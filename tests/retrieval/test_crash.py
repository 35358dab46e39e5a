"""A builder killed at any moment leaves the old or the new index serving, whole, and its embeddings to the next one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# One process imports everything once, then forks a builder for each moment and kills it. It never builds itself, for
# the threads of numerical libraries do not survive a fork; what is there afterwards is looked at in a fork, too.
SCRIPT = """
import json, os, random, signal, sys, time, traceback
from pathlib import Path

import bm25s, faiss, numpy, rank_bm25
import retrieval.keyword.bm25s_index, retrieval.keyword.fts5_index, retrieval.keyword.rank_bm25_index
from retrieval.artifacts import list_builds, verify
from retrieval.embedding_cache import EmbeddingCache, digest
from retrieval.errors import IndexNotFound
from retrieval.indexing import build_index
from retrieval.loading import open_build
from retrieval.passages import passage_text
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = 40
seed, moments = int(sys.argv[2]), int(sys.argv[3])
settings = settings_in(Path(sys.argv[1]), embed_batch_size=8)
rng = random.Random(seed)


class SlowEncoder(HashEncoder):
    def encode(self, texts, *, query=False):
        time.sleep(0.01)
        return super().encode(texts, query=query)


def catalogue(edition):
    # Half of the products change from edition to edition.
    old, new = sample_products(PRODUCTS, edition="same"), sample_products(PRODUCTS, edition=str(edition))
    return [new[i] if i % 2 else old[i] for i in range(PRODUCTS)]


def in_fork(work):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    return child, reading


def result(child, reading):
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(text) if text else None


STEPS = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "sqlite3.connect"}


def build(edition, kill_before=None):
    # Builds; dies by its own hand before step `kill_before` on the file system, where that is given.
    steps, commit = 0, 0

    def watch(event, details):
        nonlocal steps, commit
        reads = event == "open" and not details[2] & (os.O_WRONLY | os.O_RDWR)
        if event in STEPS and not reads and str(settings.index_dir.parent) in str(details[0]):
            steps += 1
            if Path(str(details[0])).parent == settings.index_dir / "shop" and "manifest" in str(details[0]):
                commit = steps
            if steps == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    summary = build_index(report_of(catalogue(edition)), "shop", settings=settings, encoder=SlowEncoder())
    return [summary.embedded_new, summary.reused, steps, commit]


def look(editions):
    # What serves, whole: [edition, keyword_only], or None before the first commit.
    try:
        serving = open_build(settings.index_dir, "shop", settings)
    except IndexNotFound:
        return None
    products = serving.store.all_products()
    (edition,) = [e for e in editions if products == catalogue(e)]
    folder = settings.index_dir / "shop" / serving.manifest.build
    verify(folder, serving.manifest, serving.manifest.files)
    assert list_builds(settings.index_dir, "shop")[-1] == serving.manifest
    for without in ((), ("bm25s",), ("bm25s", "rank_bm25")):
        index, degraded = serving.keyword(without)
        assert len(degraded) == len(without)
        scores = index.score(f"{edition} kettle")
        matched = {i for i in range(PRODUCTS) if numpy.isfinite(scores[i])}
        assert matched == {i for i in range(PRODUCTS) if i % 2 or i // 10 % 10 == 2}, (index.name, matched)
    vectors = serving.vectors()
    assert (vectors is None) == serving.manifest.keyword_only
    if vectors is not None:
        chunks = serving.store.all_chunks()
        expected = HashEncoder().encode([passage_text(c) for c in chunks])
        for row in range(0, len(chunks), 9):
            assert vectors.chunks.score(expected[row], 0.999)[row] > 0.999
        owners = [products[i].product_id for i in vectors.chunk_product]
        assert owners == [c.product_id for c in chunks]
    return [edition, serving.manifest.keyword_only]


def cached(edition):
    # How many texts of an edition are embedded already: titles and the chunks of a build without vectors.
    from retrieval.loading import memory_build
    products = catalogue(edition)
    # The chunks are those that fit the encoder's window, so they are cut with it.
    chunks = memory_build(products, settings=settings, encoder=HashEncoder()).store.all_chunks()
    keys = {digest(t) for t in [p.title for p in products] + [passage_text(c) for c in chunks]}
    with EmbeddingCache(settings.data_dir / "embeddings.sqlite") as cache:
        return [len(cache.get("hash-64", sorted(keys), 64)), len(keys)]


def checked(outcome):
    code, value = outcome
    assert code == 0, code
    return value


# Under another root, learn how long a build takes and of how many steps it is.
real, settings = settings, settings_in(Path(sys.argv[1]) / "rehearsal", embed_batch_size=8)
checked(result(*in_fork(lambda: build("first"))))
began = time.perf_counter()
*_, steps, commit = checked(result(*in_fork(lambda: build("second"))))
length = time.perf_counter() - began
settings = real

told, serving = [], None
for moment in range(moments):
    edition = f"edition{moment}"
    if moment % 4 == 0:
        child, reading = in_fork(lambda: build(edition))
        time.sleep(rng.uniform(0, length))
        os.kill(child, signal.SIGKILL)
    else:
        # In turn before each of the steps around the commit, and before any step.
        step = commit - 3 + moment // 2 % 5 if moment % 2 else rng.randint(1, steps)
        child, reading = in_fork(lambda: build(edition, step))
    code, _ = result(child, reading)
    assert code in (0, -signal.SIGKILL), code
    editions = [edition] if serving is None else [serving[0], edition]
    now = checked(result(*in_fork(lambda: look(editions))))
    assert now is not None or serving is None, "what served is gone"
    if now is not None and serving is not None and now[0] == serving[0] and now != serving:
        raise AssertionError(f"{serving} became {now}")
    if now is not None and serving is not None and now[0] == edition:
        assert not now[1], "only a first build may serve without vectors"
    there, wanted = checked(result(*in_fork(lambda: cached(edition))))
    told.append([code, now is not None and now[0] == edition, there, wanted])
    serving = now
    if moment % 3 == 2:
        # A builder that is left in peace finishes, and embeds only what the killed one had not.
        new, reused, *_ = checked(result(*in_fork(lambda: build(edition))))
        assert [new, reused] == [wanted - there, there], (new, reused, there, wanted)
        serving = checked(result(*in_fork(lambda: look([edition]))))
        assert serving == [edition, False]
        assert len([f for f in (settings.index_dir / "shop").iterdir() if f.is_dir()]) <= 3
print(json.dumps(told))
"""


@pytest.mark.parametrize(
    ("seed", "moments"), [(7, 10), *(pytest.param(seed, 20, marks=pytest.mark.soak) for seed in range(5))]
)
def test_a_builder_killed_at_any_moment(seed: int, moments: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(seed), str(moments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) == moments
    killed = [row for row in told if row[0] != 0]
    # Else the moments missed the builds, and nothing was shown.
    assert len(killed) >= moments // 2
    assert any(0 < there < wanted for _, _, there, wanted in killed)
