"""A build whose reading of queries is damaged is searched all the same, as typed, and says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.artifacts import COLUMNS, FORMAT_VERSION, MANIFEST, NAMES, STORE, VOCABULARY, current, hash_file
from retrieval.engine import SearchEngine
from retrieval.errors import IndexDamaged, IndexOutdated
from retrieval.indexing import build_index
from retrieval.loading import LoadedBuild, open_build
from retrieval.models import ReadyModels
from retrieval.protocols import FloatArray, KeywordIndex
from retrieval.query.synonyms import shipped
from retrieval.records import MODES
from retrieval.settings import Settings
from tests.retrieval.stall import PRODUCTS, WordScorer, stall
from tests.retrieval.test_loading import flip, remove, truncate
from tests.support import HashEncoder, report_of, settings_in

QUERY = "red steel ketle 1500ml under 500"
REBUILD = "product-search index FILE --name shop"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build_index(report_of(PRODUCTS), "shop", settings=settings_in(folder), encoder=HashEncoder())
    return folder


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    shutil.copytree(built, tmp_path / "copy")
    return settings_in(tmp_path / "copy", time_budget_ms=0)


def folder_of(settings: Settings) -> Path:
    return settings.index_dir / "shop" / current(settings.index_dir, "shop").build


def opened(settings: Settings) -> SearchEngine:
    build = open_build(settings.index_dir, "shop", settings)
    return SearchEngine(build, settings, ReadyModels(HashEncoder(), WordScorer()))


def hits(engine: SearchEngine, query: str = QUERY, **asked: object) -> list[tuple[str, float]]:
    result = engine.search(query, top_k=200, cutoff=False, **asked)  # type: ignore[arg-type]
    return [(hit.product_id, hit.score) for hit in result.hits]


def test_a_build_on_disk_reads_queries_as_one_in_memory(settings: Settings) -> None:
    memory = stall()
    disk = opened(settings)
    for query in (QUERY, "SK-7012", "QX8010", "bottle 1.5 l", "saree rated 4.5+ without remote", "লাল শাড়ি"):
        theirs = disk.build.reader().read(query, shipped())
        assert theirs == memory.build.reader().read(query, shipped())
        for mode in ("bm25", "hybrid"):
            assert [i for i, _ in hits(disk, query, mode=mode)] == [i for i, _ in hits(memory, query, mode=mode)]
    assert disk.build.reader() is disk.build.reader()
    disk.close()


@pytest.mark.parametrize("name", [VOCABULARY, NAMES])
@pytest.mark.parametrize("damage", [flip, truncate, remove])
def test_a_query_that_cannot_be_read_is_searched_as_typed(
    settings: Settings, name: str, damage: Callable[[Path], None]
) -> None:
    path = folder_of(settings) / name
    damage(path)
    engine = opened(settings)
    for mode in MODES:
        result = engine.search(QUERY, mode=mode, top_k=200)
        assert result.mode_used == mode
        (record,) = result.degraded
        assert (record.what, record.fallback) == ("understanding", "the query as it was typed")
        assert str(path) in record.why
        assert REBUILD in record.why
        assert result.understood == {}
        assert [(hit.product_id, hit.score) for hit in result.hits] == hits(engine, mode=mode, understand=False)
        assert result.total > 0
    assert engine.search(QUERY, mode="bm25", understand=False).degraded == ()
    assert engine.search("", mode="bm25").degraded == ()
    with pytest.raises(IndexDamaged, match=REBUILD):
        engine.run(QUERY, mode="bm25")
    assert engine.run(QUERY, mode="bm25", understand=False)
    engine.close()


def test_numbers_are_searched_as_written_where_their_index_is_damaged(settings: Settings) -> None:
    whole = opened(settings)
    notation = [i for i, _ in hits(whole, "bottle 1500 ml", mode="bm25")]
    plain = [i for i, _ in hits(whole, "red kettle under 500", mode="hybrid")]
    whole.close()
    damaged = next(path for path in sorted((folder_of(settings) / "keyword" / "units").iterdir()))
    flip(damaged)
    engine = opened(settings)
    for mode in ("bm25", "hybrid"):
        result = engine.search("bottle 1500 ml", mode=mode, top_k=200)
        assert [(d.what, d.fallback) for d in result.degraded] == [("units index", "numbers as they are written")]
        assert str(damaged) in result.degraded[0].why
        assert REBUILD in result.degraded[0].why
        assert result.total > 0
    assert [i for i, _ in hits(engine, "bottle 1500 ml", mode="bm25")] != notation
    # Everything else of understanding is still there.
    assert [i for i, _ in hits(engine, "red kettle under 500", mode="hybrid")] == plain
    found = engine.search("SK-7012", mode="bm25")
    assert found.hits[0].product_id == "s012"
    assert engine.search("bottle 1500 ml", mode="bm25", understand=False).degraded == ()
    engine.close()


def reseal(settings: Settings, relative: str) -> None:
    """Let both manifests take a file as it lies there now, so that only its content can tell that it is wrong."""
    manifest = current(settings.index_dir, "shop")
    folder = folder_of(settings)
    sealed = replace(manifest, files={**manifest.files, relative: hash_file(folder / relative)})
    for path in (folder / MANIFEST, settings.index_dir / "shop" / MANIFEST):
        path.write_bytes(sealed.to_bytes())


@pytest.mark.parametrize("name", [VOCABULARY, NAMES])
@pytest.mark.parametrize("content", ["text", "foreign"])
def test_a_file_that_holds_something_else_is_named(settings: Settings, name: str, content: str) -> None:
    path = folder_of(settings) / name
    if content == "foreign":
        np.savez(path, something=np.arange(3))
    else:
        path.write_bytes(b"these are no arrays")
    reseal(settings, name)
    build = open_build(settings.index_dir, "shop", settings)
    for _ in range(2):  # it is said again, not only the first time
        with pytest.raises(IndexDamaged):
            build.reader()
    build.close()


def test_what_reads_queries_is_loaded_when_first_asked_for_and_once(settings: Settings) -> None:
    manifest = current(settings.index_dir, "shop")
    assert {VOCABULARY, NAMES, STORE, COLUMNS} <= set(manifest.files)
    assert manifest.under("keyword/units")
    remove(folder_of(settings) / VOCABULARY)
    build: LoadedBuild = open_build(settings.index_dir, "shop", settings)  # opens all the same
    engine = SearchEngine(build, settings, ReadyModels(HashEncoder(), None))
    assert engine.search("kettle", understand=False, mode="bm25").degraded == ()
    assert [d.what for d in engine.search("kettle", mode="bm25").degraded] == ["understanding"]
    engine.close()


def test_a_build_of_an_older_format_is_refused_with_the_command(settings: Settings) -> None:
    assert FORMAT_VERSION == 2
    for path in (settings.index_dir / "shop" / MANIFEST, folder_of(settings) / MANIFEST):
        payload = json.loads(path.read_bytes())
        payload["format_version"] = 1
        del payload["digest"]
        path.write_text(json.dumps(payload))
    with pytest.raises(IndexOutdated, match=rf"is of format 1, this version reads format 2\. .*{REBUILD}"):
        open_build(settings.index_dir, "shop", settings)
    with pytest.raises(IndexOutdated):
        SearchEngine.open("shop", settings, ReadyModels(None, None))
    # Building anew is all that it takes.
    build_index(report_of(PRODUCTS[:5]), "shop", settings=settings, encoder=None)
    engine = SearchEngine.open("shop", settings, ReadyModels(None, None))
    assert engine.search("kettle under 600", mode="bm25").understood["rest"] == "kettle"
    engine.close()


def test_words_that_fail_while_they_are_scored_do_not_end_the_search(settings: Settings) -> None:
    class Failing:
        name = "bm25s"

        def __init__(self, index: KeywordIndex) -> None:
            self._index = index

        def score(self, query: str) -> FloatArray:
            raise MemoryError("no room for the scores")

        def __len__(self) -> int:
            return len(self._index)

    engine = opened(settings)
    keyword = engine.build.keyword
    engine.build.keyword = lambda *asked, **more: (Failing(keyword(*asked, **more)[0]), [])  # type: ignore[method-assign]
    result = engine.search("red kettle under 500", mode="dense", top_k=5)
    assert result.hits
    (record,) = result.degraded
    assert record.what == "keyword index"
    assert "no room for the scores" in record.why
    engine.close()
