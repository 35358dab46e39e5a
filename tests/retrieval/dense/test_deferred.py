"""What is read from a model's small files is what its weights say, and the weights come when they are needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.dense.encoders.deferred import DeferredEncoder, Description, describe
from retrieval.embedding_cache import EmbeddingCache, embed
from retrieval.errors import ModelUnavailable
from retrieval.models import PACKAGED, ModelBroken, load_encoder, locate, prepare_encoder
from retrieval.protocols import Encoder, LoadsLater
from retrieval.settings import Settings

ROOT = Path(__file__).parents[3]
SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]


def packaged() -> Path:
    folder = locate(PACKAGED, SETTINGS)
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def whole() -> Encoder:
    return load_encoder(PACKAGED, SETTINGS)


@pytest.fixture(scope="module")
def prepared() -> Encoder:
    return prepare_encoder(PACKAGED, SETTINGS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny model with prompts, two ways of pooling and a window of 40, as it is saved today."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    base = tmp_path_factory.mktemp("base")
    tokenizer = AutoTokenizer.from_pretrained(packaged())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(base)
    tokenizer.save_pretrained(base)
    folder = tmp_path_factory.mktemp("models") / "tiny"
    modules = [Transformer(str(base), max_seq_length=40), Pooling(16, pooling_mode=("cls", "mean"))]
    prompts = {"query": "ask: ", "document": "shelf: "}
    SentenceTransformer(modules=modules, prompts=prompts).save(str(folder))
    return folder


def copy_of(folder: Path, to: Path, **changed: dict[str, Any]) -> Path:
    """Copy a model's small files, with entries of its JSON files changed (`_` stands for `.json`, None removes)."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.safetensors", "*.md", "*.txt"))
    for name, entries in changed.items():
        path = to / f"{name}.json"
        content = json.loads(path.read_text()) | entries
        path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return to


def test_the_packaged_models_files_say_what_its_weights_say(whole: Encoder, prepared: Encoder) -> None:
    assert describe(packaged()) == Description(256, 384, {})
    assert isinstance(prepared, DeferredEncoder)
    assert (prepared.id, prepared.window, prepared.dimension) == (whole.id, whole.window, whole.dimension)


def test_a_model_saved_by_todays_library_says_the_same_in_other_words(saved: Path) -> None:
    loaded, later = load_encoder(str(saved), SETTINGS), prepare_encoder(str(saved), SETTINGS)
    assert describe(saved) == Description(40, 32, {"query": "ask: ", "document": "shelf: "})
    assert isinstance(later, DeferredEncoder)
    assert (later.id, later.window, later.dimension) == (loaded.id, 40, 32) == (loaded.id, loaded.window, 32)
    # [CLS] shelf : red lamp [SEP]
    assert later.count_tokens("red lamp") == loaded.count_tokens("red lamp") == 6
    np.testing.assert_allclose(later.encode(["red lamp"]), loaded.encode(["red lamp"]), atol=1e-6)
    np.testing.assert_allclose(
        later.encode(["red lamp"], query=True), loaded.encode(["red lamp"], query=True), atol=1e-6
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_tokens_are_counted_as_the_whole_encoder_counts_them(whole: Encoder, prepared: Encoder, text: str) -> None:
    assert prepared.count_tokens(text) == whole.count_tokens(text)


def test_long_and_foreign_texts_are_counted_alike(whole: Encoder, prepared: Encoder) -> None:
    for text in ("lamp " * 400, "কাঠের টেবিল ল্যাম্প", "Café-Übergröße 3.5″ №7", "a" * 500):
        assert prepared.count_tokens(text) == whole.count_tokens(text)


def test_the_window_is_the_smaller_of_tokeniser_and_positions(saved: Path, tmp_path: Path) -> None:
    longer = copy_of(saved, tmp_path / "longer", tokenizer_config={"model_max_length": 10**30})
    assert describe(longer) == Description(64, 32, {"query": "ask: ", "document": "shelf: "})


def test_what_the_small_files_do_not_tell_is_left_to_the_weights(saved: Path, tmp_path: Path) -> None:
    odd = [
        copy_of(saved, tmp_path / "cased", sentence_bert_config={"do_lower_case": True}),
        copy_of(saved, tmp_path / "cut", config_sentence_transformers={"truncate_dim": 8}),
        copy_of(saved, tmp_path / "endless", tokenizer_config={"model_max_length": None}),
        copy_of(saved, tmp_path / "plain"),
        copy_of(saved, tmp_path / "slow"),
        copy_of(saved, tmp_path / "dense"),
        copy_of(saved, tmp_path / "broken"),
    ]
    (odd[3] / "modules.json").unlink()
    (odd[4] / "tokenizer.json").unlink()
    modules = json.loads((odd[5] / "modules.json").read_text())
    (odd[5] / "modules.json").write_text(json.dumps([*modules, {"path": "2_Dense", "type": "models.Dense"}]))
    (odd[6] / "modules.json").write_text("{")
    assert [describe(folder) for folder in odd] == [None] * 7
    # The same files unchanged are described, so that each of the changes is what made the difference.
    assert describe(copy_of(saved, tmp_path / "same")) is not None


def test_a_tokeniser_that_cannot_be_read_is_named(saved: Path, tmp_path: Path) -> None:
    broken = copy_of(saved, tmp_path / "broken")
    (broken / "tokenizer.json").write_text("no tokeniser")
    with pytest.raises(ModelUnavailable, match=r"tokeniser in .*broken cannot be loaded"):
        prepare_encoder(str(broken), SETTINGS)


def test_weights_that_do_not_load_are_told_apart_from_a_missing_model(saved: Path, tmp_path: Path) -> None:
    cut = copy_of(saved, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((saved / "model.safetensors").read_bytes()[:2000])
    encoder = prepare_encoder(str(cut), SETTINGS)
    assert encoder.count_tokens("red lamp") == 6
    with pytest.raises(ModelBroken, match=r"the encoder in .*cut cannot be loaded"):
        encoder.encode(["red lamp"])


def test_weights_that_were_exchanged_meanwhile_give_no_vectors(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(saved, folder)
    encoder = prepare_encoder(str(folder), SETTINGS)
    content = json.loads((folder / "config_sentence_transformers.json").read_text())
    (folder / "config_sentence_transformers.json").write_text(json.dumps(content | {"note": "a new version"}))
    with pytest.raises(ModelUnavailable, match=r"tiny@.* where its files said tiny@.* build again"):
        encoder.encode(["red lamp"])


def test_embedding_loads_the_weights_once_and_only_for_new_texts(saved: Path, tmp_path: Path) -> None:
    loads: list[str] = []

    def load() -> Encoder:
        loads.append("loaded")
        return load_encoder(str(saved), SETTINGS)

    described = describe(saved)
    assert described is not None
    told: list[tuple[str, int]] = []
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        encoder = DeferredEncoder(saved, "tiny", described, load)
        assert isinstance(encoder, LoadsLater)
        first = embed(["a", "b", "c"], encoder, cache, 2, lambda stage, done, total: told.append((stage, done)))
        assert told == [("encoder", 0), ("encoder", 1), ("embed", 0), ("embed", 2), ("embed", 3)]
        again = embed(["c", "a"], DeferredEncoder(saved, "tiny", described, load), cache, 2)
    assert loads == ["loaded"]
    np.testing.assert_array_equal(again.vectors, first.vectors[[2, 0]])
    np.testing.assert_allclose(first.vectors, load_encoder(str(saved), SETTINGS).encode(["a", "b", "c"]), atol=1e-6)


def test_counting_tokens_imports_no_model_library(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from retrieval.models import PACKAGED, prepare_encoder\n"
        "from retrieval.settings import Settings\n"
        "encoder = prepare_encoder(PACKAGED, Settings(_env_file=None))\n"
        "print(encoder.count_tokens('red table lamp'), *({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == ["5"]
