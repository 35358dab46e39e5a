"""LoRA on each family of backbones: what is trained, and that the merged model is a plain one with the same scores."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from retrieval.dense.cross_encoder import CrossEncoderScorer
from retrieval.errors import SettingsError, TrainingError
from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings
from tests.training.tiny import FAMILIES, dev_pools, examples, ignore, tiny_model
from training.lora import LoraSettings, add_adapters, merge
from training.reranker import RerankerSettings, open_base, train_reranker
from training.trainer import save

# What stands between the last layer and the score, and gets no adapter but is trained whole.
HEADS = {
    "bert": {"bert.pooler.dense", "classifier"},
    "minilm": {"bert.pooler.dense", "classifier"},
    "roberta": {"classifier.dense", "classifier.out_proj"},
    "deberta-v2": {"pooler.dense", "classifier"},
    "distilbert": {"pre_classifier", "classifier"},
}
PASSAGES = ["genuine red lamp", "broken blue tent with 3", "a", "the old white radio for the new black phone"]


@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_and_head_are_trained_and_merge_into_a_plain_model(family: str, tmp_path: Path):
    model = open_base(tiny_model(tmp_path / "base", family), 32)
    adapted = add_adapters(model.model, LoraSettings(r=3, alpha=6))
    trained = {name for name, weights in model.model.named_parameters() if weights.requires_grad}
    head = {f"{part}.{kind}" for part in HEADS[family] for kind in ("weight", "bias")}
    adapters = {name for name in trained if ".lora_A." in name or ".lora_B." in name}
    # Two layers, four projections of the attention in each, two matrices an adapter.
    assert len(adapters) == 2 * 4 * 2
    assert trained == adapters | head
    # An adapter adds nothing until its second matrix is more than zeros.
    torch.manual_seed(3)
    before = model.predict([("red lamp", each) for each in PASSAGES])
    for name, weights in model.model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(weights.data, std=0.3)
    scores = model.predict([("red lamp", each) for each in PASSAGES])
    assert np.abs(scores - before).max() > 1e-4
    merge(adapted)
    save(model, tmp_path / "model")
    served = CrossEncoderScorer(tmp_path / "model", "tiny", max_length=32)
    assert served.score("red lamp", PASSAGES) == pytest.approx(scores, abs=1e-5)
    assert (
        load_file(tmp_path / "model/model.safetensors").keys() == load_file(tmp_path / "base/model.safetensors").keys()
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_training_with_adapters_leaves_what_is_frozen_as_it_was(family: str, tmp_path: Path):
    base = tiny_model(tmp_path / "base", family)
    settings = RerankerSettings(
        lora=LoraSettings(r=4, alpha=16, dropout=0.1),
        epochs=6,
        batch=16,
        learning_rate=1e-2,
        max_length=32,
        bf16=False,
        evaluate_every=18,
        log_every=1,
        loss="listwise",
    )
    trained = train_reranker(examples(), dev_pools(), base, tmp_path / "run", settings, ignore)
    losses = [step.loss for step in trained.history if step.loss is not None]
    assert sum(losses[-4:]) < sum(losses[:4])
    old, new = load_file(base / "model.safetensors"), load_file(trained.folder / "model.safetensors")
    changed = {name.rpartition(".")[0] for name in old if not torch.equal(old[name], new[name])}
    body = {name for name in changed if name not in HEADS[family]}
    assert HEADS[family] <= changed
    assert len(body) == 2 * 4
    assert all("attention" in name for name in body)
    assert {path.name for path in trained.folder.iterdir()} == {
        "config.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "config_sentence_transformers.json",
        "tokenizer_config.json",
    }
    assert "peft" not in (trained.folder / "config.json").read_text()


def test_a_head_that_stands_outside_of_the_encoder_is_trained_whole(tmp_path: Path):
    packaged = locate(PACKAGED, Settings(_env_file=None))
    settings = RerankerSettings(
        lora=LoraSettings(r=2), batch=8, learning_rate=1e-3, max_length=32, bf16=False, max_steps=2, head="interaction"
    )
    trained = train_reranker(examples(6), [], packaged, tmp_path / "run", settings, ignore)
    old, new = load_file(packaged / "model.safetensors"), load_file(trained.folder / "model.safetensors")
    changed = {name for name in old if name in new and not torch.equal(old[name].float(), new[name])}
    # Six layers, four projections each.
    assert len(changed) == 6 * 4
    assert all("attention" in name and name.endswith(".weight") for name in changed)
    head = load_file(trained.folder / "1_Interaction/model.safetensors")
    assert head["attention.weight"].abs().max() > 0
    assert CrossEncoderScorer(trained.folder, "new", max_length=32).score("red", ["red lamp"]).shape == (1,)


def test_layers_can_be_named(tmp_path: Path):
    model = open_base(tiny_model(tmp_path / "base"), 32)
    add_adapters(model.model, LoraSettings(target=("intermediate.dense",)))
    names = [name for name, _ in model.model.named_parameters() if "lora_A" in name]
    assert len(names) == 2
    assert all("intermediate.dense" in name for name in names)


def test_what_cannot_be_adapted_is_refused(tmp_path: Path):
    model = open_base(tiny_model(tmp_path / "base"), 32)
    with pytest.raises(TrainingError, match="cannot be put on q_proj of a bert model"):
        add_adapters(model.model, LoraSettings(target=("q_proj",)))
    model.model.config.model_type = "t5"
    with pytest.raises(TrainingError, match="of type 't5', only of bert, roberta"):
        add_adapters(model.model, LoraSettings())
    with pytest.raises(SettingsError, match="rank 0"):
        LoraSettings(r=0)
    with pytest.raises(SettingsError, match="no layer"):
        LoraSettings(target=())


def test_settings_come_back_from_json():
    settings = RerankerSettings(loss="margin", bf16=False, lora=LoraSettings(r=2, target=("query", "value")))
    assert RerankerSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert RerankerSettings.from_dict({}) == RerankerSettings()
    with pytest.raises(SettingsError, match=r"unknown setting of LoRA: .*rank"):
        RerankerSettings.from_dict({"lora": {"rank": 3}})
    with pytest.raises(SettingsError, match=r"unknown training settings epoch, rate; there are .*learning_rate"):
        RerankerSettings.from_dict({"rate": 1, "epoch": 2})
