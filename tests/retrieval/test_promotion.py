"""Models promoted and rolled back under searches: real models, a real pool, a real engine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval import candidates, history, models, trained
from retrieval.engine import SearchEngine
from retrieval.errors import ModelUnavailable
from retrieval.indexing import build_index
from retrieval.loading import LoadedBuild, memory_build
from retrieval.models import (
    ModelLoading,
    ModelPool,
    load_encoder,
    load_scorer,
    resolve_encoder,
    resolve_reranker,
)
from retrieval.protocols import Encoder, Scorer
from retrieval.records import SearchResult
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in
from tests.tiny_models import cross_encoder, encoder

NAME = "memory"
QUERY = "folding chair"
DEPTH = 8


class Models:
    """The encoder of the build beside the rerankers of a pool."""

    def __init__(self, encoder: Encoder, pool: ModelPool) -> None:
        self._encoder, self._pool = encoder, pool

    def encoder(self, source: str) -> Encoder:
        return self._encoder

    def scorer(self, catalogue: str | None = None) -> Scorer:
        return self._pool.scorer(catalogue)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return three cross-encoders that rank differently, the third the first with a share of its own."""
    folder = tmp_path_factory.mktemp("made")
    found = {name: cross_encoder(folder / name, seed, catalogue=NAME) for name, seed in (("v1", 1), ("v2", 2))}
    shutil.copytree(found["v1"], folder / "v3")
    (folder / "v3" / trained.CARD).write_text('{"format": 1, "catalogue": "memory", "blend": {"weight": 0.1}}')
    return {**found, "v3": folder / "v3"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(models, "LOOK_AGAIN_S", 0.0)
    return settings_in(tmp_path, rerank_depth=DEPTH, time_budget_ms=0, threads=1)


@pytest.fixture(scope="module")
def build() -> LoadedBuild:
    return memory_build(sample_products(40), settings=Settings(_env_file=None), encoder=HashEncoder())


@pytest.fixture
def promote(settings: Settings, made: dict[str, Path]) -> Callable[[str], None]:
    def promote(version: str) -> None:
        home = trained.home(settings.models_dir, "reranker", NAME, alone=True)
        trained.keep(made[version], home, version)
        trained.serve(settings.models_dir, "reranker", NAME, version)

    return promote


def engine_of(build: LoadedBuild, settings: Settings, *, background: bool) -> SearchEngine:
    return SearchEngine(build, settings, Models(HashEncoder(), ModelPool(settings, background)))


def ranked(result: SearchResult) -> tuple[tuple[str, float, float | None], ...]:
    return tuple((hit.product_id, hit.score, hit.rerank_score) for hit in result.hits)


def search(engine: SearchEngine) -> SearchResult:
    return engine.search(QUERY, mode="rerank", top_k=20)


def once_true(ask: Callable[[], SearchResult], expected: Callable[[SearchResult], bool]) -> SearchResult:
    """Return the first result that is as expected."""
    pause = threading.Event()
    for _ in range(6000):
        if expected(result := ask()):
            return result
        pause.wait(0.005)
    raise AssertionError(f"never came: {result.degraded}")


def once_loaded(engine: SearchEngine, expected: Callable[[SearchResult], bool]) -> SearchResult:
    """Return the first reranked search that is as expected."""
    return once_true(lambda: search(engine), expected)


def test_a_promotion_during_searches_drops_none(
    build: LoadedBuild, settings: Settings, promote: Callable[[str], None]
) -> None:
    rankings = {}
    for version in ("v1", "v2", "v3"):
        promote(version)
        rankings[version] = ranked(search(engine_of(build, settings, background=False)))
    assert len(set(rankings.values())) == 3
    for _ in range(2):
        trained.roll_back(settings.models_dir, "reranker", NAME)
    engine = engine_of(build, settings, background=True)
    once_loaded(engine, lambda result: result.mode_used == "rerank")

    results: list[SearchResult] = []
    over = threading.Event()

    def shop() -> None:
        while not over.is_set():
            results.append(search(engine))

    def serve_and_see(version: str, change: Callable[[], object]) -> None:
        change()
        once_loaded(engine, lambda result: ranked(result) == rankings[version])

    def back() -> object:
        return trained.roll_back(settings.models_dir, "reranker", NAME)

    thread = threading.Thread(target=shop)
    thread.start()
    try:
        for _ in range(2):
            serve_and_see("v2", lambda: promote("v2"))
            serve_and_see("v3", lambda: promote("v3"))
            serve_and_see("v2", back)
            serve_and_see("v1", back)
    finally:
        over.set()
        thread.join()
    assert {(result.mode_used, result.degraded) for result in results} == {("rerank", ())}
    assert {ranked(result) for result in results} == set(rankings.values())
    assert any(result.from_cache for result in results)


def test_roll_back_restores_rankings_in_searches_and_runs(
    build: LoadedBuild, settings: Settings, promote: Callable[[str], None]
) -> None:
    engine = engine_of(build, settings, background=False)

    def seen() -> tuple[object, ...]:
        return ranked(search(engine)), tuple(engine.run(QUERY, mode="rerank", top_k=40))

    promote("v1")
    first = seen()
    promote("v2")
    second = seen()
    assert first != second
    trained.roll_back(settings.models_dir, "reranker", NAME)
    assert seen() == first
    assert search(engine).from_cache  # its own rankings, kept from before
    trained.roll_back(settings.models_dir, "reranker", NAME)
    gone = search(engine)
    assert (gone.mode_used, [part.what for part in gone.degraded]) == ("hybrid", ["reranker"])
    assert not gone.from_cache


def test_the_same_weights_with_another_share_are_another_reranker(
    build: LoadedBuild, settings: Settings, promote: Callable[[str], None]
) -> None:
    engine = engine_of(build, settings, background=False)
    promote("v1")
    alone = search(engine)
    promote("v3")
    shared = search(engine)
    assert not shared.from_cache
    assert ranked(shared) != ranked(alone)
    logits = {hit.product_id: hit.rerank_score for hit in alone.hits[:DEPTH]}
    head = shared.hits[:DEPTH]
    assert {hit.product_id: hit.rerank_score for hit in head} == pytest.approx(logits, abs=1e-5)
    assert [hit.score for hit in head] == sorted((hit.score for hit in head), reverse=True)
    assert [hit.rerank_score for hit in head] != sorted(logits.values(), reverse=True)


def test_a_plain_folder_whose_card_changed_is_taken_up(
    build: LoadedBuild, settings: Settings, made: dict[str, Path]
) -> None:
    place = settings.models_dir / trained.FOLDERS["reranker"]
    shutil.copytree(made["v1"], place)
    engine = engine_of(build, settings, background=False)
    alone = ranked(search(engine))
    (place / trained.CARD).write_text('{"format": 1, "blend": {"weight": 0.1}}')
    assert ranked(search(engine)) != alone


def test_a_pool_with_nothing_before_says_that_it_is_loading(settings: Settings, promote: Callable[[str], None]) -> None:
    promote("v1")
    pool = ModelPool(settings, background=True)
    with pytest.raises(ModelLoading, match="the reranker is still being loaded"):
        pool.scorer(NAME)


def test_damage_is_said_in_the_result_and_among_the_components(
    build: LoadedBuild, settings: Settings, promote: Callable[[str], None]
) -> None:
    promote("v1")
    (settings.models_dir / trained.FOLDERS["reranker"] / trained.SERVING).write_text("{")
    engine = engine_of(build, settings, background=True)
    result = search(engine)
    assert result.mode_used == "hybrid"
    (part,) = result.degraded
    assert part.what == "reranker"
    assert "serving.json cannot be read" in part.why
    assert {c.name: c.state for c in engine.components()}["reranker"] == "degraded"
    mode, missing = candidates.available(build, Models(HashEncoder(), ModelPool(settings)), "rerank")
    assert (mode, missing[0].why) == ("hybrid", part.why)
    promote("v2")  # serving any version mends it
    assert once_loaded(engine, lambda found: found.mode_used == "rerank").degraded == ()


def test_a_version_that_cannot_be_loaded_is_said_and_the_one_before_comes_back(
    build: LoadedBuild, settings: Settings, promote: Callable[[str], None]
) -> None:
    promote("v1")
    engine = engine_of(build, settings, background=True)
    before = once_loaded(engine, lambda result: result.mode_used == "rerank")
    home = trained.home(settings.models_dir, "reranker", NAME, alone=True)
    weights = home / "versions/v2/model.safetensors"
    shutil.copytree(home / "versions/v1", weights.parent)
    weights.write_bytes(weights.read_bytes()[:1000])
    trained.serve(settings.models_dir, "reranker", NAME, "v2")
    broken = once_loaded(engine, lambda result: bool(result.degraded))
    assert "versions/v2 cannot be loaded" in broken.degraded[0].why
    trained.roll_back(settings.models_dir, "reranker", NAME)
    assert ranked(search(engine)) == ranked(before)


def test_each_catalogue_is_read_by_its_own_model(settings: Settings, made: dict[str, Path]) -> None:
    for catalogue, version in (("shop", "v1"), ("other", "v2")):
        home = trained.home(settings.models_dir, "reranker", catalogue, alone=False)
        (trained.keep(made[version], home, version) / trained.CARD).write_text("{}")
        trained.serve(settings.models_dir, "reranker", catalogue, version)
    pool = ModelPool(settings)
    ids = {name: pool.scorer(name).id.split("@")[0] for name in ("shop", "other")}
    assert ids == {"shop": "reranker-ft-miniLM-v1", "other": "reranker-ft-miniLM-v2"}
    with pytest.raises(ModelUnavailable, match="no RERANKER"):
        pool.scorer("third")


def test_a_model_reads_as_much_as_its_card_says(settings: Settings, made: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(made["v1"], folder)
    named = settings.model_copy(update={"reranker": str(folder)})
    # Two special tokens behind the query's one and one before it: of 16 tokens 12 are the passage's.
    same, other = "lamp " * 12 + "red", "lamp " * 12 + "chair"
    long = load_scorer(resolve_reranker(named), named).score("oak", [same, other])
    assert long[0] != pytest.approx(long[1], abs=1e-4)
    (folder / trained.CARD).write_text('{"format": 1, "max_length": 16, "blend": {"weight": 0.6}}')
    short = load_scorer(resolve_reranker(named), named)
    assert short.weight == 0.6
    first, second = short.score("oak", [same, other])
    assert first == pytest.approx(second, abs=1e-6)


def test_an_index_with_another_encoder_is_swapped_in_when_that_is_loaded(settings: Settings, tmp_path: Path) -> None:
    for version in (1, 2):
        made = encoder(tmp_path / f"made{version}", version)
        home = trained.home(settings.models_dir, "embedder", "shop", alone=True)
        trained.keep(made, home, f"e{version}")

    def build_with(version: int) -> str:
        trained.serve(settings.models_dir, "embedder", "shop", f"e{version}")
        source = resolve_encoder(settings, catalogue="shop").source or ""
        assert source == f"models:embedder-ft/versions/e{version}"
        found = load_encoder(source, settings)
        report = report_of(sample_products(30))
        return build_index(report, "shop", settings=settings, encoder=found, encoder_source=source).build

    first = build_with(1)
    pool = ModelPool(settings, background=True)
    engine = SearchEngine.open("shop", settings, pool)
    dense = once_true(lambda: engine.search(QUERY, mode="dense"), lambda result: not result.degraded)
    assert dense.build == first
    second = build_with(2)
    results = []
    pause = threading.Event()
    while engine.build.manifest.build == first and len(results) < 6000:
        swapped = engine.refresh()
        results.append(engine.search(QUERY, mode="dense"))
        assert swapped == (results[-1].build == second)
        pause.wait(0.005)
    assert len(results) > 1  # the new encoder was not there at once
    assert {(result.mode_used, result.degraded) for result in results} == {("dense", ())}
    assert [result.build for result in results] == [first] * (len(results) - 1) + [second]
    assert not engine.refresh()
    # Back again: the encoder of the build before is there still.
    history.roll_back(settings.index_dir, "shop", first, settings.keep_builds)
    assert engine.refresh()
    again = engine.search(QUERY, mode="dense")
    assert [(hit.product_id, hit.score) for hit in again.hits] == [(hit.product_id, hit.score) for hit in dense.hits]
    engine.close()
