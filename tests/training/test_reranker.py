"""Training a cross-encoder: batches that add up, number formats, early stop, the best step, and what is kept."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from retrieval.dense.cross_encoder import CrossEncoderScorer
from retrieval.errors import ModelUnavailable, SettingsError, TrainingError
from retrieval.models import PACKAGED, locate
from retrieval.rerank import score_passages
from retrieval.settings import Settings
from tests.training.tiny import dev_pools, examples, ignore, tiny_model
from training.blending import mean_ndcg
from training.records import Example
from training.reranker import RerankerSettings, open_base, score_pools, table, train_reranker

QUICK = RerankerSettings(loss="bce", batch=16, learning_rate=5e-3, max_length=32, log_every=1, bf16=False)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max((one[name] - other[name]).abs().max().item() for name in one)


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_four_batches_of_8_make_the_step_of_one_of_32(loss, tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    # 116 pairs: three whole steps an epoch and one of 20, cut into 8, 8 and 4.
    learnt = examples(29)
    settings = replace(QUICK, loss=loss, epochs=2, learning_rate=1e-3)
    one = train_reranker(learnt, [], base, tmp_path / "one", replace(settings, batch=32), ignore)
    four = train_reranker(learnt, [], base, tmp_path / "four", replace(settings, batch=8, accumulation=4), ignore)
    assert [step.step for step in one.history] == [step.step for step in four.history] == list(range(1, 9))
    for a, b in zip(one.history, four.history, strict=True):
        assert a.loss == pytest.approx(b.loss, abs=1e-4)
    assert furthest(weights_of(one.folder), weights_of(four.folder)) < 1e-4
    assert furthest(weights_of(one.folder), weights_of(base)) > 1e-3


def test_bf16_computes_in_bf16_and_keeps_float32(tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    settings = replace(QUICK, epochs=6, learning_rate=2e-3)
    full = train_reranker(examples(), dev_pools(), base, tmp_path / "full", settings, ignore)
    half = train_reranker(examples(), dev_pools(), base, tmp_path / "half", replace(settings, bf16=True), ignore)
    losses = [step.loss for step in half.history if step.loss is not None]
    assert sum(losses[-4:]) < sum(losses[:4])
    assert {weights.dtype for weights in weights_of(half.folder).values()} == {torch.float32}
    # bfloat16 has 8 bits of precision: near float32, and never the same.
    first = next(step.loss for step in full.history if step.loss is not None)
    assert first != losses[0]
    assert first == pytest.approx(losses[0], abs=2**-7)


def test_a_training_ends_early_and_the_best_step_is_kept(tmp_path: Path):
    base = tiny_model(tmp_path / "base", seed=2)
    # On these pools the broken one is right: the more is learnt, the worse it gets.
    pools = dev_pools(genuine=False)
    settings = replace(QUICK, epochs=10, evaluate_every=2, patience=6)
    trained = train_reranker(examples(), pools, base, tmp_path / "run", settings, ignore)
    taken = [step for step in trained.history if step.measures]
    values = [step.measures["nDCG@10"] for step in taken]

    assert values[-1] < max(values) - 0.1
    assert trained.measures == {"nDCG@10": max(values)}
    assert trained.best_step == taken[values.index(max(values))].step
    # Six evaluations without anything better after the best, and long before 60 steps.
    assert taken[-1].step == trained.best_step + 6 * 2 < 60
    assert max(step.step for step in trained.history) == taken[-1].step
    scorer = CrossEncoderScorer(trained.folder, "best", max_length=32)
    served = [score_passages(scorer, pool.text, [each.passage for each in pool.candidates]) for pool in pools]
    assert mean_ndcg(pools, served, 1.0) == pytest.approx(max(values), abs=1e-6)


def test_without_patience_a_training_goes_on_to_its_end(tmp_path: Path):
    base = tiny_model(tmp_path / "base", seed=2)
    settings = replace(QUICK, epochs=3, evaluate_every=2, patience=0)
    trained = train_reranker(examples(), dev_pools(genuine=False), base, tmp_path / "run", settings, ignore)
    assert trained.history[-1].step == 18


def test_the_folder_holds_no_pickle_and_no_row_of_the_catalogue(tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    settings = replace(QUICK, evaluate_every=3)
    trained = train_reranker(examples(), dev_pools(), base, tmp_path / "run", settings, ignore)
    assert trained.folder == tmp_path / "run/model"
    files = {path for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "run").parts[0] for path in files} == {
        "model",
        "history.jsonl",
        "training.json",
    }
    assert {path.suffix for path in files} == {".json", ".jsonl", ".safetensors"}
    for path in files - {trained.folder / "tokenizer.json"}:
        assert b"genuine" not in path.read_bytes()


def test_steps_are_told_and_written(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    base = tiny_model(tmp_path / "base")
    settings = replace(QUICK, evaluate_every=4)
    trained = train_reranker(
        examples(), dev_pools(), base, tmp_path / "run", settings, lambda *moment: told.append(moment)
    )
    assert told == [("reranker", step, 6) for step in range(7)]
    assert [(step.step, step.loss is None) for step in trained.history] == [
        (1, False),
        (2, False),
        (3, False),
        (4, False),
        (4, True),
        (5, False),
        (6, False),
        (6, True),
    ]
    assert [step.epoch for step in trained.history if step.loss is None] == [pytest.approx(4 / 6), 1.0]


def test_a_training_that_was_done_is_not_done_again(tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    told: list[int] = []
    once = train_reranker(examples(), dev_pools(), base, tmp_path / "run", QUICK, ignore)
    digest = hashlib.sha256((once.folder / "model.safetensors").read_bytes()).hexdigest()
    again = train_reranker(
        examples(), dev_pools(), base, tmp_path / "run", QUICK, lambda stage, done, total: told.append(done)
    )
    assert again == once
    assert told == []
    # Other examples are another training, and so are one that shall not go on and one that begins with other weights.
    for learnt, resume, seed in ((examples(23), True, 1), (examples(23), False, 1), (examples(23), True, 2)):
        told.clear()
        base = tiny_model(tmp_path / "base", seed=seed)
        other = train_reranker(
            learnt, dev_pools(), base, tmp_path / "run", QUICK, lambda stage, done, total: told.append(done), resume
        )
        assert told[0] == 0
        assert told[-1] == 6
        assert hashlib.sha256((other.folder / "model.safetensors").read_bytes()).hexdigest() != digest


def test_an_encoder_gets_a_new_head_and_its_weights(tmp_path: Path):
    packaged = locate(PACKAGED, Settings(_env_file=None))
    model = open_base(packaged, 64)
    assert model.num_labels == 1
    kept = dict(model.model.named_parameters())
    name = "bert.encoder.layer.5.attention.self.query.weight"
    read = load_file(packaged / "model.safetensors")
    assert torch.equal(kept[name], read[name.removeprefix("bert.")].float())
    assert kept["classifier.weight"].shape == (1, 384)
    assert model.predict([("red lamp", "a red lamp")]).shape == (1,)
    tiny = tiny_model(tmp_path / "encoder", head=False)
    trained = train_reranker(examples(8), [], tiny, tmp_path / "run", replace(QUICK, max_steps=2), ignore)
    assert trained.best_step == 2
    assert CrossEncoderScorer(trained.folder, "new", max_length=32).score("red", ["red lamp"]).shape == (1,)


def test_the_head_can_learn_at_a_rate_of_its_own(tmp_path: Path):
    base = tiny_model(tmp_path / "base", head=False)
    settings = replace(QUICK, learning_rate=1e-9, head_learning_rate=1e-2, weight_decay=0.0)
    trained = train_reranker(examples(), [], base, tmp_path / "run", settings, ignore)
    before, after = load_file(base / "model.safetensors"), weights_of(trained.folder)
    body = {name: weights for name, weights in after.items() if name.startswith("bert.encoder.")}
    assert furthest({f"bert.{name}": each for name, each in before.items() if "encoder" in name}, body) < 1e-6
    assert (after["bert.pooler.dense.weight"] - before["pooler.dense.weight"]).abs().max() > 1e-3


def test_what_nothing_can_be_learnt_from_is_refused(tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    right = [Example("q", "lamp", ("p1", "p2"), ("red lamp", "blue lamp"), (1.0, 1.0))]
    with pytest.raises(TrainingError, match=r"none of 1 queries to learn from \(2 passages\) has a right one"):
        train_reranker(right, [], base, tmp_path / "run", QUICK, ignore)
    with pytest.raises(ModelUnavailable, match=r"the model to start from, .*nowhere, cannot be loaded"):
        train_reranker(examples(4), [], tmp_path / "nowhere", tmp_path / "run", QUICK, ignore)
    with pytest.raises(SettingsError, match="unknown loss 'hinge'"):
        RerankerSettings(loss="hinge")


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path):
    base = tiny_model(tmp_path / "base")
    with pytest.raises(TrainingError, match=r"the loss is nan at step \d+; take a lower learning rate"):
        train_reranker(examples(), [], base, tmp_path / "run", replace(QUICK, learning_rate=1e30, warmup=0.0), ignore)


def test_rows_are_what_the_losses_read():
    long = " ".join(["word"] * 100)
    learnt = [
        Example("q1", long, ("a", "b", "c"), ("one", "three", "seven"), (1.0, 0.0, 1 / 3)),
        Example("q2", "lamp", ("a",), ("lonely",), (1.0,)),
    ]
    rows, lengths, batch = table(learnt, replace(QUICK, batch=6))
    clipped = " ".join(["word"] * 64)
    assert rows.to_dict() == {
        "query": [clipped] * 3 + ["lamp"],
        "passage": ["one", "three", "seven", "lonely"],
        "label": [1.0, 0.0, 1 / 3, 1.0],
    }
    assert lengths == [len(clipped) + 3, len(clipped) + 5, len(clipped) + 5, 4 + 6]
    assert batch == 6
    # A query with one passage says nothing of an order. Two queries of three passages are six pairs.
    rows, lengths, batch = table(learnt, replace(QUICK, batch=6, loss="listwise"))
    assert rows.to_dict() == {
        "query": [clipped],
        "passages": [["one", "three", "seven"]],
        "label": [[1.0, 0.0, 1 / 3]],
    }
    assert (lengths, batch) == ([5], 2)


def test_pools_are_scored_as_in_serving(tmp_path: Path):
    folder = tiny_model(tmp_path / "base")
    pools = dev_pools(3)
    pools[1] = replace(pools[1], candidates=())
    scorer = CrossEncoderScorer(folder, "tiny", max_length=32)
    scores = score_pools(open_base(folder, 32), pools)
    assert [len(each) for each in scores] == [4, 0, 4]
    for pool, values in zip(pools, scores, strict=True):
        served = score_passages(scorer, pool.text, [each.passage for each in pool.candidates])
        assert values == pytest.approx(served, abs=1e-5)
