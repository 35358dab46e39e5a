"""Opening a build: damage is found and named, keyword backends stand in for each other, readers are left in peace."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.artifacts import MANIFEST, current
from retrieval.commits import collect_garbage
from retrieval.errors import IndexDamaged, IndexNotFound, IndexStoreError, ModelUnavailable
from retrieval.indexing import build_index
from retrieval.loading import LoadedBuild, memory_build, open_build
from retrieval.passages import passage_text
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(40)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one full build of forty products; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("built")
    build_index(report_of(PRODUCTS), "shop", settings=settings_in(folder), encoder=HashEncoder())
    return folder


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    """Return settings of a copy of the build."""
    shutil.copytree(built, tmp_path / "copy")
    return settings_in(tmp_path / "copy")


def opened(settings: Settings) -> LoadedBuild:
    return open_build(settings.index_dir, "shop", settings)


def build_dir(settings: Settings) -> Path:
    return settings.index_dir / "shop" / current(settings.index_dir, "shop").build


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def remove(path: Path) -> None:
    path.unlink()


def complaints(settings: Settings) -> str:
    """Return all that is said when everything of a build is asked for."""
    try:
        build = opened(settings)
    except IndexStoreError as error:
        return str(error)
    said = []
    for without in ((), ("bm25s",), ("bm25s", "rank_bm25")):
        try:
            said += [record.why for record in build.keyword(without)[1]]
        except IndexStoreError as error:
            said.append(str(error))
    for ask in (build.ngram, build.units, build.reader, build.vectors):
        try:
            ask()
        except IndexStoreError as error:
            said.append(str(error))
    build.close()
    return "\n".join(said)


@pytest.mark.parametrize("damage", [flip, truncate, remove])
def test_damage_to_any_file_is_found_and_named(damage, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    folder = build_dir(settings)
    assert str(folder) not in complaints(settings)
    files = [*current(settings.index_dir, "shop").files, MANIFEST]
    assert len(files) > 8
    for relative in files:
        path = folder / relative
        content = path.read_bytes()
        damage(path)
        said = complaints(settings)
        assert str(path) in said, relative
        assert "product-search index FILE --name shop" in said
        path.write_bytes(content)
    assert str(folder) not in complaints(settings)


def test_a_missing_build_is_named(settings: Settings) -> None:
    folder = build_dir(settings)
    shutil.rmtree(folder)
    with pytest.raises(IndexDamaged, match=rf"{folder.name} is missing.*product-search index FILE --name shop"):
        opened(settings)
    with pytest.raises(IndexNotFound):
        open_build(settings.index_dir, "another", settings)


def test_keyword_backends_stand_in_for_each_other_and_say_so(settings: Settings) -> None:
    folder = build_dir(settings)
    build = opened(settings)
    index, degraded = build.keyword()
    assert (index.name, degraded) == ("bm25s", [])
    assert build.keyword()[0] is index
    index, degraded = build.keyword(without={"bm25s"})
    assert index.name == "rank_bm25"
    assert [(d.what, d.fallback) for d in degraded] == [("keyword backend bm25s", "rank_bm25")]
    build.close()

    damaged = next((folder / "keyword/bm25s").iterdir())
    flip(damaged)
    build = opened(settings)
    index, degraded = build.keyword()
    assert index.name == "rank_bm25"
    assert str(damaged) in degraded[0].why
    assert np.isfinite(index.score("chair")).sum() == 10
    build.close()

    shutil.rmtree(folder / "keyword/rank_bm25")
    build = opened(settings)
    index, degraded = build.keyword()
    assert index.name == "fts5"
    assert [d.fallback for d in degraded] == ["fts5", "fts5"]
    assert np.isfinite(index.score("chair")).sum() == 10
    build.close()

    shutil.rmtree(folder / "keyword/fts5")
    build = opened(settings)
    with pytest.raises(IndexDamaged, match=r"no keyword index of 'shop'.*bm25s.*rank_bm25.*fts5"):
        build.keyword()
    assert build.vectors() is not None
    build.close()


def test_a_missing_library_is_stood_in_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "retrieval.keyword.bm25s_index", None)
    build = opened(settings)
    index, degraded = build.keyword()
    assert index.name == "rank_bm25"
    assert "bm25s" in degraded[0].why
    build.close()


def test_the_configured_backend_comes_first(settings: Settings) -> None:
    build = opened(settings.model_copy(update={"keyword_backend": "fts5"}))
    index, degraded = build.keyword()
    assert (index.name, degraded) == ("fts5", [])
    assert build.keyword(without={"fts5"})[0].name == "bm25s"
    build.close()


def test_queries_are_cut_by_the_settings_of_the_build(settings: Settings) -> None:
    same = opened(settings)
    other = opened(settings.model_copy(update={"tokenizer": "treebank", "bm25_title_weight": 9.0}))
    for name in ("bm25s", "rank_bm25", "fts5"):
        without = {"bm25s", "rank_bm25", "fts5"} - {name}
        np.testing.assert_array_equal(
            same.keyword(without)[0].score("Red chair's"), other.keyword(without)[0].score("Red chair's")
        )
    same.close()
    other.close()


def test_without_faiss_the_vectors_are_unavailable_with_the_command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    build = opened(settings)
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="pip install faiss-cpu"):
            build.vectors()
    assert build.keyword()[0].name == "bm25s"
    build.close()


def test_a_build_in_use_is_not_collected(settings: Settings) -> None:
    build = opened(settings)
    folder = build_dir(settings)
    newer = settings.model_copy(update={"keep_builds": 1})
    build_index(report_of(PRODUCTS[:3]), "shop", settings=newer, encoder=None)
    assert len(build.store.all_products()) == 40
    assert build.vectors() is not None
    assert build.keyword()[0].name == "bm25s"
    build.close()
    assert collect_garbage(settings.index_dir, "shop", 1) == [folder.name]
    assert not folder.exists()


def test_dropping_the_last_reference_lets_go(settings: Settings) -> None:
    build = opened(settings)
    build.store.all_products()
    build.keyword()
    held = build.manifest.build
    build_index(report_of(PRODUCTS[:3]), "shop", settings=settings, encoder=None)
    assert held not in collect_garbage(settings.index_dir, "shop", 1)
    del build
    gc.collect()
    assert collect_garbage(settings.index_dir, "shop", 1) == [held]


def test_readers_and_rebuilds_at_once_never_meet_a_mixture(settings: Settings) -> None:
    stop = threading.Event()
    wrong: list[str] = []

    def read() -> int:
        count = 0
        while not stop.is_set():
            build = opened(settings)
            products = build.store.all_products()
            rows = len(build.keyword()[0].score("chair"))
            if not len(products) == rows == build.manifest.counts.products == len(build.columns.price):
                wrong.append(build.manifest.build)
            build.close()
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for count in range(1, 9):
            quick = settings.model_copy(update={"keep_builds": 1})
            build_index(report_of(PRODUCTS[:count]), "shop", settings=quick, encoder=None)
        stop.set()
        assert min(reader.result(30) for reader in readers) > 0
    assert wrong == []


def test_a_build_in_memory_answers_as_one_on_disk(settings: Settings) -> None:
    disk, memory = opened(settings), memory_build(PRODUCTS, settings=settings, encoder=HashEncoder())
    assert memory.store.all_products() == disk.store.all_products()
    assert memory.store.all_chunks() == disk.store.all_chunks()
    np.testing.assert_allclose(memory.keyword()[0].score("red chair"), disk.keyword()[0].score("red chair"), rtol=1e-6)
    ours, theirs = memory.vectors(), disk.vectors()
    assert ours is not None
    assert theirs is not None
    assert (ours.titles.name, theirs.titles.name) == ("numpy", "flat")
    query = HashEncoder().encode(["blue lamp"])[0]
    for mine, other in ((ours.titles, theirs.titles), (ours.chunks, theirs.chunks)):
        np.testing.assert_allclose(mine.score(query, 0.2), other.score(query, 0.2), atol=1e-6)
    np.testing.assert_array_equal(ours.chunk_product, theirs.chunk_product)
    assert memory.manifest.counts.chunk_vectors == len([passage_text(c) for c in disk.store.all_chunks()])
    disk.close()
    memory.close()


def test_a_build_in_memory_needs_no_encoder(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = memory_build(PRODUCTS, settings=settings, encoder=None)
    second = memory_build(PRODUCTS, settings=settings, encoder=None)
    assert first.vectors() is None
    assert first.manifest.keyword_only
    assert first.manifest.build != second.manifest.build
    assert np.isfinite(first.keyword()[0].score("chair")).sum() == 10
    assert list(tmp_path.iterdir()) == []
