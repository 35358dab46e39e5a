"""Embedders are trained for real: tiny ones, on a language of synonyms."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.dense.encoders.deferred import describe
from retrieval.dense.encoders.sentence_transformers import BGE_QUERY, SentenceTransformerEncoder
from retrieval.errors import ModelUnavailable, SettingsError, TrainingError
from tests import tiny_models
from tests.training import synonyms
from training.dense_dev import measure
from training.embedder import EmbedderSettings, learnable, loss_of, own_prompts, table, train_embedder
from training.records import Triplet
from training.trainer import TrainedModel

ROOT = Path(__file__).parents[2]
FAST = EmbedderSettings(
    epochs=12, batch=8, learning_rate=5e-3, max_length=16, log_every=4, evaluate_every=12, patience=0, bf16=False
)
SHAPE = {"hidden_size": 24, "intermediate_size": 24}
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.encoder(tmp_path_factory.mktemp("base") / "e5-tiny", 0, **SHAPE)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def trained(base: Path, work: Path) -> TrainedModel:
    return train_embedder(synonyms.triplets(), base, work, FAST, dev=synonyms.dev())


def losses(model: TrainedModel) -> list[float]:
    return [step.loss for step in model.history if step.loss is not None]


def values(model: TrainedModel) -> dict[int, float]:
    return {step.step: step.measures["nDCG@10"] for step in model.history if step.measures}


def test_the_loss_falls_and_the_rankings_rise(trained: TrainedModel) -> None:
    assert losses(trained)[-1] < losses(trained)[0] / 4
    assert trained.measures["nDCG@10"] > trained.measures["before nDCG@10"] + 0.3


def test_the_saved_model_ranks_as_it_did_at_its_best_step(trained: TrainedModel, base: Path) -> None:
    assert values(trained)[trained.best_step] == max(values(trained).values())
    after = measure(synonyms.dev(), SentenceTransformerEncoder(trained.folder, "embedder-ft"))
    before = measure(synonyms.dev(), SentenceTransformerEncoder(base, "e5-tiny"))
    assert after == pytest.approx({name: trained.measures[name] for name in after}, abs=1e-6)
    assert before == pytest.approx({name: trained.measures[f"before {name}"] for name in before}, abs=1e-6)


def test_the_saved_folder_is_whole_plain_and_without_pickles(trained: TrainedModel) -> None:
    names = {path.name for path in trained.folder.rglob("*") if path.is_file()}
    assert {"model.safetensors", "modules.json", "tokenizer.json"} <= names
    assert {Path(name).suffix for name in names} == {".safetensors", ".json"}
    described = describe(trained.folder)
    # The window is that of the base, not the 16 tokens that were read in training.
    assert described is not None
    assert (described.window, described.dimension) == (40, 24)
    assert described.prompts == {"query": "query: ", "document": "passage: "}
    assert not (trained.folder.parent / "checkpoints").exists()


def test_what_gets_worse_is_stopped_early_and_its_best_step_kept(base: Path, tmp_path: Path) -> None:
    # What counts as right here shares neither colour nor thing with its query, so learning pushes it down.
    dev = synonyms.dev(shift=6)
    model = train_embedder(synonyms.triplets(), base, tmp_path, replace(FAST, evaluate_every=4, patience=3), dev=dev)
    taken = values(model)
    assert model.best_step < max(taken) < 48
    assert len([step for step in taken if step > model.best_step]) == 3
    after = measure(dev, SentenceTransformerEncoder(model.folder, "embedder-ft"))["nDCG@10"]
    assert after == pytest.approx(taken[model.best_step], abs=1e-6)
    assert after > taken[max(taken)]


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tests.training import synonyms
from tests.training.test_embedder import FAST
from training.embedder import train_embedder

torch.set_num_threads(1)

def progress(stage, done, total):
    if done == 18:
        os.kill(os.getpid(), signal.SIGKILL)

train_embedder(synonyms.triplets(), sys.argv[1], sys.argv[2], FAST, progress, dev=synonyms.dev())
"""


def test_a_killed_training_goes_on_to_where_an_unbroken_one_comes(
    trained: TrainedModel, base: Path, tmp_path: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(base), str(tmp_path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert killed.returncode == -signal.SIGKILL
    # A checkpoint at step 12 was kept; the loss of step 16 will come again.
    assert [path.name for path in (tmp_path / "checkpoints").iterdir() if "checkpoint" in path.name] == [
        "checkpoint-12"
    ]
    told: list[int] = []
    resumed = train_embedder(
        synonyms.triplets(), base, tmp_path, FAST, lambda stage, done, total: told.append(done), dev=synonyms.dev()
    )
    assert told[0] == 12
    assert resumed.best_step == trained.best_step
    assert resumed.measures["nDCG@10"] == pytest.approx(trained.measures["nDCG@10"], abs=0.005)
    assert losses(resumed)[-1] == pytest.approx(losses(trained)[-1], abs=0.005)
    assert [step.step for step in resumed.history] == [step.step for step in trained.history]
    texts = [title for _, title in synonyms.dev().documents]
    encoded = [SentenceTransformerEncoder(each.folder, "e").encode(texts) for each in (resumed, trained)]
    np.testing.assert_allclose(*encoded, atol=1e-4)


def test_a_training_that_was_done_is_handed_back_and_other_data_begin_anew(
    trained: TrainedModel, base: Path, work: Path, tmp_path: Path
) -> None:
    told: list[int] = []
    again = train_embedder(
        synonyms.triplets(), base, work, FAST, lambda stage, done, total: told.append(done), dev=synonyms.dev()
    )
    assert (again, told) == (trained, [])
    short = replace(FAST, epochs=1)
    first = train_embedder(synonyms.triplets(), base, tmp_path, short)
    other = train_embedder(synonyms.triplets()[:9], base, tmp_path, short, lambda stage, done, total: told.append(done))
    # 25 rows in batches of 8: 13 without a negative are 2 batches, 12 with one are 2; 5 and 4 of 9 rows are 1 each.
    assert (first.best_step, other.best_step) == (4, 2)
    assert told[0] == 0
    assert (first.measures, other.measures) == ({}, {})


def test_the_training_ends_at_its_last_step_at_the_latest(base: Path, tmp_path: Path) -> None:
    for number, (most, steps) in enumerate([(2, 2), (100, 4)]):
        told: list[tuple[str, int, int]] = []
        model = train_embedder(
            synonyms.triplets(),
            base,
            tmp_path / str(number),
            replace(FAST, epochs=1, max_steps=most),
            lambda *seen: told.append(seen),  # noqa: B023
        )
        assert (model.best_step, told[-1]) == (steps, ("embedder", steps, steps))


def test_rows_that_contradict_each_other_are_trained_on_in_batches_of_their_own(base: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    same = [Triplet("red lamp", f"crimson light {number}") for number in range(5)]
    train_embedder(same, base, tmp_path, replace(FAST, epochs=1), lambda *seen: told.append(seen))
    # Five rows would go into one batch of 8, but all of them are right for the one anchor.
    assert told[-1] == ("embedder", 5, 5)


def test_hard_negatives_are_learnt_from(base: Path, tmp_path: Path) -> None:
    # No two rows share a word, so within a batch nothing says that a chair is no lamp: the negatives alone do.
    rows = [
        Triplet(f"{colour} {thing}", f"{colour} {thing} item", (f"{colour} {synonyms.NEXT[thing]} item",))
        for colour, thing in zip(synonyms.COLOURS, synonyms.THINGS, strict=True)
    ]
    gaps = []
    for number in (0, 1):
        chosen = replace(FAST, epochs=20, hard_negatives=number)
        folder = train_embedder(rows, base, tmp_path / str(number), chosen).folder
        encoder = SentenceTransformerEncoder(folder, "embedder-ft")
        asked = encoder.encode([row.anchor for row in rows], query=True)
        right, wrong = (encoder.encode([text(row) for row in rows]) for text in (_positive, _negative))
        gaps.append(float(np.mean(np.sum(asked * right, axis=1) - np.sum(asked * wrong, axis=1))))
    assert gaps[1] > gaps[0] + 0.2


def _positive(row: Triplet) -> str:
    return row.positive


def _negative(row: Triplet) -> str:
    return row.negatives[0]


def one_batch(model: Any) -> list[Any]:
    rows = [row for row in synonyms.triplets() if row.negatives]
    columns = ([row.anchor for row in rows], [row.positive for row in rows], [row.negatives[0] for row in rows])
    return [model.preprocess(column) for column in columns]


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_cached_loss_is_the_plain_one_and_both_are_the_formula(tmp_path: Path, symmetric: bool) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(tiny_models.encoder(tmp_path / "still", 0, **SHAPE, **STILL)), device="cpu")
    model.train()
    found = []
    for cached_over in (8, 7):
        chosen = EmbedderSettings(batch=8, cached_over=cached_over, mini_batch=5, scale=15.0, symmetric=symmetric)
        loss = loss_of(model, chosen)(one_batch(model), None)
        model.zero_grad()
        loss.backward()
        found.append(
            (float(loss.detach()), [each.grad.clone() for each in model.parameters() if each.grad is not None])
        )
    assert type(loss_of(model, EmbedderSettings(batch=200))).__name__ == "CachedMultipleNegativesRankingLoss"
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-5)
    assert len(found[0][1]) == len(found[1][1]) > 10
    for plain, cached in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(plain, cached, atol=1e-5)
    # -log(e^(s cos(a_i, p_i)) / sum over all positives and negatives d of e^(s cos(a_i, d))), mean over i; the other
    # direction sums over all anchors.
    asked, right, wrong = (np.array(model(features)["sentence_embedding"].tolist()) for features in one_batch(model))
    asked, right, wrong = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (asked, right, wrong))
    to_documents = 15.0 * asked @ np.vstack([right, wrong]).T
    to_anchors = 15.0 * asked @ right.T
    over_documents = np.log(np.exp(to_documents).sum(axis=1))
    over_anchors = np.log(np.exp(to_anchors).sum(axis=0))
    both = (over_documents + over_anchors) / 2 if symmetric else over_documents
    assert found[0][0] == pytest.approx(np.mean(both - np.diag(to_anchors)), abs=1e-4)


def test_cached_batches_train_as_well(base: Path, tmp_path: Path) -> None:
    chosen = replace(FAST, cached_over=4, mini_batch=3, epochs=8)
    model = train_embedder(synonyms.triplets(), base, tmp_path, chosen)
    assert losses(model)[-1] < losses(model)[0] / 2


class Holder:
    """What `own_prompts` reads and writes of a model."""

    def __init__(self, prompts: dict[str, str]) -> None:
        self.prompts = prompts


@pytest.mark.parametrize(
    ("folder", "prompts", "kept"),
    [
        ("models/bge-small-en-v1.5", {"query": "", "document": ""}, {"query": BGE_QUERY, "document": ""}),
        ("models--BAAI--bge-small-en-v1.5/snapshots/5c38ec7c", {}, {"query": BGE_QUERY, "document": ""}),
        ("models/multilingual-e5-small", {}, {"query": "query: ", "document": "passage: "}),
        ("versions/20260101-000000-abcd", {"query": "Q: ", "document": "D: "}, {"query": "Q: ", "document": "D: "}),
        ("models/all-MiniLM-L6-v2", {}, {}),
    ],
)
def test_prompts_of_a_family_are_written_down(folder: str, prompts: dict[str, str], kept: dict[str, str]) -> None:
    model = Holder(prompts)
    assert own_prompts(model, Path(folder)) == (kept.get("query", ""), kept.get("document", ""))
    assert model.prompts == kept


def test_a_trained_bge_asks_as_its_family_under_another_name(tmp_path: Path) -> None:
    folder = tiny_models.encoder(tmp_path / "bge-tiny", 0, **SHAPE)
    model = train_embedder(synonyms.triplets(), folder, tmp_path / "work", replace(FAST, epochs=1))
    config = json.loads((model.folder / "config_sentence_transformers.json").read_text())
    assert config["prompts"] == {"query": BGE_QUERY, "document": ""}
    encoder = SentenceTransformerEncoder(model.folder, "embedder-ft")
    plain = encoder.encode([BGE_QUERY + "red lamp"])
    np.testing.assert_allclose(encoder.encode(["red lamp"], query=True), plain, atol=1e-6)


def test_texts_stand_in_the_table_as_serving_encodes_them() -> None:
    rows = [Triplet("a", "b", ("c", "d")), Triplet("e", "f", ("g",)), Triplet("h", "i")]
    found = table(rows, 3, "query: ", "")
    assert found.column_names == ["anchor", "positive", "negative_1", "negative_2"]
    assert found[1] == {"anchor": "query: e", "positive": "f", "negative_1": "g", "negative_2": None}


def test_what_is_right_for_an_anchor_is_no_negative_of_it() -> None:
    rows = [
        Triplet("red lamp", "Crimson light", ("Ruby light", "RED  lamp", "oak seat", "blue lamp")),
        Triplet("Red Lamp", "ruby light", ("crimson light",)),
    ]
    assert learnable(rows, 2) == [
        Triplet("red lamp", "Crimson light", ("oak seat", "blue lamp")),
        Triplet("Red Lamp", "ruby light"),
    ]
    assert [row.negatives for row in learnable(rows, 0)] == [(), ()]


def test_what_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there are 0 triplets"):
        train_embedder([], tmp_path, tmp_path / "work")
    with pytest.raises(TrainingError, match="there is 1 triplet;"):
        learnable([Triplet("a", "b")], 1)
    with pytest.raises(TrainingError, match=r"triplet 2 has an empty text \('c'\)"):
        learnable([Triplet("a", "b"), Triplet("c", " ")], 1)
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        train_embedder(synonyms.triplets(), tmp_path / "nothing", tmp_path / "work")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"batch": 1}, "batch"),
        ({"hard_negatives": -1}, "hard_negatives"),
        ({"scale": 0}, "scale"),
        ({"what": 1}, "what"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        EmbedderSettings.from_dict(values)


def test_settings_come_back_from_their_dictionary() -> None:
    chosen = EmbedderSettings(batch=256, symmetric=True, max_steps=7)
    assert EmbedderSettings.from_dict(json.loads(json.dumps(chosen.to_dict()))) == chosen
