"""Kills builders and deletions of a small catalogue at many moments, and looks at what is left each time.

    python -m tests.retrieval.crashing build|reindex|delete FOLDER SEED MOMENTS

One process imports everything once, then forks a worker for each moment and kills it. It never builds itself, for the
threads of numerical libraries do not survive a fork; what is there afterwards is looked at in a fork, too. What was
seen is printed as JSON, a row a moment.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np

import compose
from retrieval import history
from retrieval.artifacts import list_builds, verify
from retrieval.embedding_cache import EmbeddingCache, digest
from retrieval.errors import IndexNotFound
from retrieval.indexing import build_index
from retrieval.loading import memory_build, open_build
from retrieval.passages import passage_text
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = 40


class SlowEncoder(HashEncoder):
    def encode(self, texts, *, query=False):
        time.sleep(0.01)
        return super().encode(texts, query=query)


def catalogue(edition):
    # Half of the products change from edition to edition.
    old, new = sample_products(PRODUCTS, edition="same"), sample_products(PRODUCTS, edition=str(edition))
    return [new[i] if i % 2 else old[i] for i in range(PRODUCTS)]


def in_fork(work, *args):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(writing, json.dumps(work(*args)).encode())
            code = 0
        except BaseException:  # noqa: BLE001 (told to whoever waits)
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


def watched(kill_before):
    """Count the steps that change files from here on, and which was the commit; die before step `kill_before`."""
    steps = [0, 0]

    def watch(event, details):
        reads = event == "open" and not details[2] & (os.O_WRONLY | os.O_RDWR)
        if event in STEPS and not reads and str(settings.index_dir.parent) in str(details[0]):
            steps[0] += 1
            path = Path(str(details[0]))
            if event == "os.rename" and path.parent == settings.index_dir / "shop" and "manifest" in path.name:
                steps[1] = steps[0]
            if steps[0] == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return steps


def build(edition, kill_before=None):
    """Build an edition; die before step `kill_before` on the file system, where that is given."""
    steps = watched(kill_before)
    summary = build_index(report_of(catalogue(edition)), "shop", settings=settings, encoder=SlowEncoder())
    return [summary.embedded_new, summary.reused, *steps]


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
        matched = {i for i in range(PRODUCTS) if np.isfinite(scores[i])}
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


def remove(kill_before=None):
    """Delete the catalogue; die before step `kill_before` on the file system, where that is given."""
    steps = watched(kill_before)
    compose.delete_catalogue("shop", settings)
    return list(steps)


def remove_other():
    """Delete an empty catalogue beside the one that is looked at."""
    (settings.index_dir / "other").mkdir()
    compose.delete_catalogue("other", settings)


def struck(work, args, steps, around, length, moment):
    """Run `work` in a fork and kill it: in turn after a random time, before a step near the commit, before any."""
    if moment % 4 == 0:
        child, reading = in_fork(work, *args)
        time.sleep(rng.uniform(0, length))
        os.kill(child, signal.SIGKILL)
    else:
        step = max(1, around - 3 + moment // 2 % 5) if moment % 2 else rng.randint(1, steps)
        child, reading = in_fork(work, *args, step)
    code, _ = result(child, reading)
    assert code in (0, -signal.SIGKILL), code
    return code


def builds(reindex, moments):
    """Kill builds over nothing, or over an older edition; let every third be finished by the next builder."""
    global settings
    # Under another root, learn how long a build takes and of how many steps it is.
    real, settings = settings, settings_in(root / "rehearsal", embed_batch_size=8)
    began = time.perf_counter()
    *_, steps, commit = checked(result(*in_fork(build, "first")))
    length = time.perf_counter() - began
    if reindex:
        began = time.perf_counter()
        *_, steps, commit = checked(result(*in_fork(build, "second")))
        length = time.perf_counter() - began
    settings = real
    told, serving = [], None
    for moment in range(moments):
        edition = f"edition{moment}"
        if not reindex:
            shutil.rmtree(settings.index_dir, ignore_errors=True)
            serving = None
        code = struck(build, [edition], steps, commit, length, moment)
        editions = [edition] if serving is None else [serving[0], edition]
        now = checked(result(*in_fork(look, editions)))
        assert now is not None or serving is None, "what served is gone"
        if now is not None and serving is not None and now[0] == serving[0] and now != serving:
            raise AssertionError(f"{serving} became {now}")
        if now is not None and serving is not None and now[0] == edition:
            assert not now[1], "only a first build may serve without vectors"
        there, wanted = checked(result(*in_fork(cached, edition)))
        told.append([code, now is not None and now[0] == edition, there, wanted])
        serving = now
        if moment % 3 == 2:
            # A builder that is left in peace finishes, and embeds only what the killed one had not.
            new, reused, *_ = checked(result(*in_fork(build, edition)))
            assert [new, reused] == [wanted - there, there], (new, reused, there, wanted)
            serving = checked(result(*in_fork(look, [edition])))
            assert serving == [edition, False]
            assert len([f for f in (settings.index_dir / "shop").iterdir() if f.is_dir()]) <= 3
    return told


def deletions(moments):
    """Kill deletions; let them be finished in turn by the next one, by a build, by a deletion of another catalogue."""
    global settings
    kept = settings_in(root / "kept", embed_batch_size=8)
    real, settings = settings, kept
    checked(result(*in_fork(build, "first")))
    checked(result(*in_fork(build, "second")))
    (kept.data_dir / "shop").mkdir()
    (kept.data_dir / "shop" / "source.md").write_text("what it was built from")
    settings = real

    def fresh():
        # Builds never change and a deletion only unlinks, so that links do.
        shutil.rmtree(settings.index_dir, ignore_errors=True)
        shutil.rmtree(settings.data_dir / "shop", ignore_errors=True)
        shutil.copytree(kept.index_dir, settings.index_dir, copy_function=os.link)
        shutil.copytree(kept.data_dir / "shop", settings.data_dir / "shop")

    fresh()
    began = time.perf_counter()
    steps, commit = checked(result(*in_fork(remove)))
    length = time.perf_counter() - began
    told = []
    for moment in range(moments):
        fresh()
        code = struck(remove, [], steps, commit, length, moment)
        now = checked(result(*in_fork(look, ["second"])))
        assert now in (None, ["second", False]), now
        source = (settings.data_dir / "shop" / "source.md").exists()
        assert source or now is None, "it serves without the file it can be built from"
        told.append([code, now is None, source])
        if moment % 3 == 0:
            if source or (settings.index_dir / "shop").exists():
                checked(result(*in_fork(remove)))
            assert not (settings.index_dir / "shop").exists()
            assert not (settings.data_dir / "shop").exists()
        elif moment % 3 == 1:
            edition = f"edition{moment}"
            checked(result(*in_fork(build, edition)))
            assert checked(result(*in_fork(look, [edition]))) == [edition, False]
            back = [info.build for info in history.builds(settings.index_dir, "shop")]
            assert len(back) == (2 if now is None else 3), "a deleted build came back"
        elif now is None:
            checked(result(*in_fork(remove_other)))
            assert not (settings.index_dir / "shop").exists()
    return told


if __name__ == "__main__":
    kind, root, seed, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    settings, rng = settings_in(root, embed_batch_size=8), random.Random(seed)
    print(json.dumps(deletions(count) if kind == "delete" else builds(kind == "reindex", count)))
