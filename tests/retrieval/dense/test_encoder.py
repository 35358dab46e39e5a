"""The packaged model, read for real."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval.dense.encoders.sentence_transformers import BGE_QUERY, fingerprint, prefixes
from retrieval.errors import ModelUnavailable
from retrieval.models import (
    PACKAGED,
    ModelLoading,
    ModelPool,
    load_encoder,
    locate,
    resolve_encoder,
    resolve_reranker,
)
from retrieval.settings import Settings
from tests import tiny_models


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(PACKAGED, Settings(_env_file=None))


def test_vectors_are_unit_rows_and_near_for_near_meanings(encoder):
    rows = encoder.encode(["a warm woollen scarf", "a knitted neck warmer", "laptop charger"])
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert encoder.encode([]).shape == (0, 384)


def test_tokens_are_counted_beyond_the_window(encoder):
    assert encoder.window == 256
    # Two special tokens beside one of each word.
    assert encoder.count_tokens("red table lamp") == 5
    assert encoder.count_tokens("lamp " * 400) == 402


def test_the_id_names_the_weights(encoder):
    folder = locate(PACKAGED, Settings(_env_file=None))
    assert folder is not None
    assert encoder.id == f"all-MiniLM-L6-v2@{fingerprint(folder)}"


def test_prefixes_come_from_the_model_or_its_family():
    assert prefixes("bge-small-en-v1.5", {"query": "", "document": ""}) == (BGE_QUERY, "")
    assert prefixes("bge-m3", {}) == ("", "")
    assert prefixes("e5-small-v2", {}) == ("query: ", "passage: ")
    assert prefixes("bge-small", {"query": "Q: ", "document": "D: "}) == ("Q: ", "D: ")
    assert prefixes("all-MiniLM-L6-v2", {}) == ("", "")


def settings_in(tmp_path: Path, **changes: object) -> Settings:
    return Settings(_env_file=None, models_dir=tmp_path, **changes)


def model_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_the_encoder_is_chosen_in_the_stated_order(tmp_path: Path):
    assert resolve_encoder(settings_in(tmp_path)).source == PACKAGED
    named = model_folder(tmp_path, "mine")
    assert resolve_encoder(settings_in(tmp_path, embedder=str(named))).source == str(named)
    model_folder(tmp_path, "bge-small-en-v1.5")
    assert resolve_encoder(settings_in(tmp_path, embedder="BAAI/bge-small-en-v1.5")).source == "BAAI/bge-small-en-v1.5"
    missing = resolve_encoder(settings_in(tmp_path, embedder="nobody/nothing"))
    assert missing.source == PACKAGED
    assert "EMBEDDER=nobody/nothing is not on disk" in missing.why
    model_folder(tmp_path, "embedder-ft")
    assert resolve_encoder(settings_in(tmp_path, embedder=str(named))).source == "models:embedder-ft"
    assert resolve_encoder(settings_in(tmp_path), "none").source is None
    assert "EMBEDDER=none" in resolve_encoder(settings_in(tmp_path, embedder="none")).why
    with pytest.raises(ModelUnavailable, match="nobody/nothing is not on disk"):
        resolve_encoder(settings_in(tmp_path), "nobody/nothing")


def test_the_reranker_is_chosen_in_the_stated_order(tmp_path: Path):
    assert "models pull" in resolve_reranker(settings_in(tmp_path)).why
    assert resolve_reranker(settings_in(tmp_path, reranker="none")).source is None
    assert "not on disk" in resolve_reranker(settings_in(tmp_path, reranker="nobody/nothing")).why
    model_folder(tmp_path, "reranker-ft-miniLM")
    assert resolve_reranker(settings_in(tmp_path)).source == "models:reranker-ft-miniLM"


def test_a_broken_model_is_named(tmp_path: Path):
    broken = model_folder(tmp_path, "broken")
    with pytest.raises(ModelUnavailable, match="broken"):
        load_encoder(str(broken), settings_in(tmp_path))


def test_a_pool_in_the_background_says_that_it_is_loading():
    pool = ModelPool(Settings(_env_file=None), background=True)
    with pytest.raises(ModelLoading, match="still being loaded"):
        pool.encoder(PACKAGED)
    waiting = ModelPool(Settings(_env_file=None))
    assert waiting.encoder(PACKAGED) is waiting.encoder(PACKAGED)


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small untrained cross-encoder with the packaged model's tokeniser."""
    return tiny_models.cross_encoder(tmp_path_factory.mktemp("models") / "reranker-ft-miniLM", 0)


def test_a_cross_encoder_scores_each_pair_for_itself(cross_encoder: Path):
    pool = ModelPool(settings_in(cross_encoder.parent))
    scorer = pool.scorer()
    together = scorer.score("red lamp", ["a red lamp", "a blue chair", "a red lamp"])
    assert together.shape == (3,)
    assert together[0] == pytest.approx(together[2], abs=1e-5)
    assert together[1] == pytest.approx(scorer.score("red lamp", ["a blue chair"])[0], abs=1e-4)
    assert scorer.score("red lamp", []).shape == (0,)


def test_a_cross_encoder_with_cut_off_weights_is_named(cross_encoder: Path, tmp_path: Path):
    cut = tmp_path / "reranker-ft-miniLM"
    shutil.copytree(cross_encoder, cut)
    (cut / "model.safetensors").write_bytes((cross_encoder / "model.safetensors").read_bytes()[:2000])
    with pytest.raises(ModelUnavailable, match=r"the reranker in .*reranker-ft-miniLM cannot be loaded"):
        ModelPool(settings_in(tmp_path)).scorer()
