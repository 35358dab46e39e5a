"""Trained models promoted and rolled back: real tiny models, real searches, real jobs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import compose
from compose.promotion import promote
from retrieval import trained
from retrieval.artifacts import current
from retrieval.errors import ModelUnavailable
from retrieval.models import ModelPool
from retrieval.settings import Settings
from tests.compose.shops import (
    PRODUCTS,
    aside,
    built,
    catalogue,
    copied,
    ended,
    files,
    rankings,
)
from tests.tiny_models import WIDE, cross_encoder, encoder

FIRST, SECOND = "20261121-101500-0a1b", "20261122-101500-0a1b"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "base": encoder(folder / "base", 1, window=64, **WIDE),
        "better": encoder(folder / "better", 2, window=64, **WIDE),
        "cross 1": cross_encoder(folder / "cross1", 1),
        "cross 2": cross_encoder(folder / "cross2", 2),
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, models: dict[str, Path]) -> Settings:
    return built(tmp_path_factory.mktemp("original") / "shop", models["base"])


@pytest.fixture
def settings(tmp_path: Path, models: dict[str, Path], original: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return copied(original, tmp_path / "shop", models["base"])


class Stopped(Exception):
    """What ends a promotion half-way."""


def mode_of(settings: Settings) -> str:
    engine = compose.open_engine("shop", settings, ModelPool(settings))
    try:
        return engine.default_mode()
    finally:
        engine.close()


def test_a_reranker_serves_and_goes_and_rankings_come_back(settings: Settings, models: dict[str, Path]) -> None:
    before = rankings(settings)
    assert mode_of(settings) == "hybrid"
    aside(settings, "reranker", models["cross 1"], FIRST, weight=0.5)
    aside(settings, "reranker", models["cross 2"], SECOND, weight=0.9)
    (second, first) = compose.trained_models(settings, "shop")
    assert [(each.version, each.serving, each.aside) for each in (first, second)] == [
        (FIRST, False, True),
        (SECOND, False, True),
    ]
    assert not compose.can_roll_back(settings, "shop", "reranker")

    assert compose.promote_model(settings, "shop", "reranker", FIRST) is None
    with_first = rankings(settings)
    assert mode_of(settings) == "rerank"
    assert with_first != before
    assert ModelPool(settings).scorer("shop").weight == 0.5
    assert compose.can_roll_back(settings, "shop", "reranker")

    assert compose.promote_model(settings, "shop", "reranker", SECOND) is None
    assert rankings(settings) != with_first
    assert [(each.version, each.serving) for each in compose.trained_models(settings, "shop")] == [
        (SECOND, True),
        (FIRST, False),
    ]

    back = compose.roll_back_model(settings, "shop", "reranker")
    assert (back.before, back.version, back.build, back.job) == (SECOND, FIRST, None, None)
    assert rankings(settings) == with_first
    assert compose.roll_back_model(settings, "shop", "reranker").version is None
    assert mode_of(settings) == "hybrid"
    assert rankings(settings) == before
    with pytest.raises(ModelUnavailable, match="nothing to roll back"):
        compose.roll_back_model(settings, "shop", "reranker")


def test_an_embedder_serves_with_its_index_and_both_go_back(settings: Settings, models: dict[str, Path]) -> None:
    before, old = rankings(settings), current(settings.index_dir, "shop")
    aside(settings, "embedder", models["better"], FIRST)

    job = compose.promote_model(settings, "shop", "embedder", FIRST)
    assert job is not None
    record = ended(settings, job)
    assert record.state == "done", record.message
    now = current(settings.index_dir, "shop")
    assert now.encoder is not None
    assert now.encoder.source == f"models:embedder-ft/versions/{FIRST}"
    assert (now.counts.products, now.source_sha256) == (old.counts.products, old.source_sha256)
    assert trained.serving_folder(settings.models_dir, "embedder", "shop") is not None
    with_it = rankings(settings)
    assert with_it != before

    back = compose.roll_back_model(settings, "shop", "embedder")
    assert (back.before, back.version, back.job) == (FIRST, None, None)
    restored = current(settings.index_dir, "shop")
    assert (restored.build, restored.restored_from) == (back.build, old.build)
    assert rankings(settings) == before

    # Its index is kept, so that it serves again at once.
    assert compose.promote_model(settings, "shop", "embedder", FIRST) is None
    assert current(settings.index_dir, "shop").restored_from == now.build
    assert rankings(settings) == with_it
    assert compose.roll_back_model(settings, "shop", "embedder").job is None
    assert rankings(settings) == before


def test_an_index_that_is_not_kept_is_built_again(settings: Settings, models: dict[str, Path]) -> None:
    few = settings.model_copy(update={"keep_builds": 1})
    before = rankings(few)
    aside(few, "embedder", models["better"], FIRST)
    promote(few, "shop", "embedder", FIRST)
    back = compose.roll_back_model(few, "shop", "embedder")
    assert back.build is None
    assert back.job is not None
    assert ended(few, back.job).state == "done"
    assert rankings(few) == before


def test_a_roll_back_brings_no_older_catalogue_back(settings: Settings, models: dict[str, Path]) -> None:
    aside(settings, "embedder", models["better"], FIRST)
    promote(settings, "shop", "embedder", FIRST)
    changed = [*PRODUCTS[:60], replace(PRODUCTS[60], title="A new samovar")]
    compose.build(catalogue(settings.index_dir.parent, changed), "shop", settings)
    now = current(settings.index_dir, "shop")
    assert now.encoder is not None
    assert now.encoder.source.endswith(FIRST)  # whatever is indexed, the promoted embedder embeds it
    back = compose.roll_back_model(settings, "shop", "embedder")
    assert back.job is not None
    assert ended(settings, back.job).state == "done"
    now = current(settings.index_dir, "shop")
    assert now.encoder is not None
    assert (now.counts.products, now.encoder.source) == (61, str(models["base"]))


def test_a_promotion_that_is_cut_short_leaves_what_served(settings: Settings, models: dict[str, Path]) -> None:
    before = rankings(settings)
    pointer = files(settings.index_dir / "shop")[str(settings.index_dir / "shop" / "manifest.json")]
    aside(settings, "embedder", models["better"], FIRST)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "embed":
            raise Stopped

    with pytest.raises(Stopped):
        promote(settings, "shop", "embedder", FIRST, stop)
    assert files(settings.index_dir / "shop")[str(settings.index_dir / "shop" / "manifest.json")] == pointer
    assert not (settings.models_dir / "embedder-ft" / "serving.json").exists()
    assert rankings(settings) == before
    promote(settings, "shop", "embedder", FIRST)
    assert rankings(settings) != before
    assert compose.roll_back_model(settings, "shop", "embedder").job is None
    assert rankings(settings) == before


def test_each_of_several_catalogues_has_its_own_models(
    settings: Settings, models: dict[str, Path], tmp_path: Path
) -> None:
    compose.build(catalogue(tmp_path, PRODUCTS[:40], "other"), "other", settings)
    before = rankings(settings, "other")
    aside(settings, "reranker", models["cross 1"], FIRST, weight=1.0)
    compose.promote_model(settings, "shop", "reranker", FIRST)
    assert (settings.models_dir / "shop" / "reranker-ft-miniLM" / "serving.json").is_file()
    assert mode_of(settings) == "rerank"
    assert rankings(settings, "other") == before
    assert compose.trained_models(settings, "other") == []


def test_what_is_not_there_cannot_serve(settings: Settings) -> None:
    untouched = files(settings.index_dir, settings.models_dir)
    for kind in ("embedder", "reranker"):
        with pytest.raises(ModelUnavailable, match=r"no trained .* see: product-search train list --index shop"):
            compose.promote_model(settings, "shop", kind, FIRST)
        with pytest.raises(ModelUnavailable, match="nothing to roll back"):
            compose.roll_back_model(settings, "shop", kind)
    assert files(settings.index_dir, settings.models_dir) == untouched


def test_what_serves_does_not_need_the_trainings_folder(settings: Settings, models: dict[str, Path]) -> None:
    aside(settings, "reranker", models["cross 1"], FIRST, weight=1.0)
    compose.promote_model(settings, "shop", "reranker", FIRST)
    served = rankings(settings)
    shutil.rmtree(settings.data_dir / "shop" / "training")
    assert [each.version for each in compose.trained_models(settings, "shop") if each.serving] == [FIRST]
    assert rankings(settings) == served
