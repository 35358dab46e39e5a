"""The course of a training on disk, in JSON Lines and as events."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from retrieval.errors import DataError
from tests.training.tiny import dev_pools, examples, ignore, tiny_model
from training import history
from training.records import Step
from training.reranker import RerankerSettings, train_reranker

STEPS = (
    Step(1, 0.5, 0.7, 1e-5),
    Step(2, 1.0, 0.1 + 0.2, 2e-5),
    Step(2, 1.0, None, None, {"nDCG@10": 2 / 3}),
    Step(4, 2.0, None, None, {"nDCG@10": 2 / 3, "MRR@10": 0.5}),
)
SETTINGS = RerankerSettings(batch=16, max_length=32, log_every=2, evaluate_every=3, bf16=False)


def write(path: Path) -> Path:
    for step in STEPS:
        history.append(path, step)
    return path


def test_steps_come_back_as_they_were(tmp_path: Path):
    path = write(tmp_path / "history.jsonl")
    assert history.read(path) == STEPS
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2, 2, 4]
    assert history.read(tmp_path / "none.jsonl") == ()


def test_a_line_that_was_not_written_to_its_end_is_left_out(tmp_path: Path):
    path = write(tmp_path / "history.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert history.read(path) == STEPS[:3]
    path.write_bytes(b'{"step": 1}\n' + whole)
    with pytest.raises(DataError, match=r"history.jsonl, line 1: no step of a training"):
        history.read(path)


def test_what_comes_after_a_step_is_cut_off(tmp_path: Path):
    path = write(tmp_path / "history.jsonl")
    path.write_text(path.read_text() + '{"step": 5, "epo')
    history.cut(path, 2)
    assert history.read(path) == STEPS[:3]
    history.append(path, STEPS[3])
    assert history.read(path) == STEPS
    history.cut(tmp_path / "none.jsonl", 2)
    assert not (tmp_path / "none.jsonl").exists()


def test_the_first_of_the_best_steps_is_the_best():
    assert history.best(STEPS, "nDCG@10") is STEPS[2]
    assert history.best(STEPS, "MRR@10") is STEPS[3]
    assert history.best(STEPS, "MAP@10") is None


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="TensorBoard is not installed")
def test_tensorboard_reads_the_same_curve(tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    base = tiny_model(tmp_path / "base")
    trained = train_reranker(examples(), dev_pools(), base, tmp_path / "run", SETTINGS, ignore)
    events = EventAccumulator(str(tmp_path / "run" / history.EVENTS)).Reload()
    losses = [(each.step, each.value) for each in events.Scalars("train/loss")]
    assert losses == [(s.step, pytest.approx(s.loss, rel=1e-6)) for s in trained.history if s.loss is not None]
    measured = [(each.step, each.value) for each in events.Scalars("eval/nDCG@10")]
    expected = [(s.step, pytest.approx(s.measures["nDCG@10"], rel=1e-6)) for s in trained.history if s.measures]
    assert measured == expected


@pytest.mark.skipif(find_spec("wandb") is None, reason="Weights & Biases is not installed")
def test_weights_and_biases_keeps_a_run_for_each_training_and_sends_nothing(tmp_path: Path, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_DIR", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    base = tiny_model(tmp_path / "base")
    for name in ("one", "two"):
        train_reranker(examples(), dev_pools(), base, tmp_path / name, replace(SETTINGS, seed=len(name)), ignore)
    assert len(list((tmp_path / "wandb").glob("offline-run-*"))) == 2
