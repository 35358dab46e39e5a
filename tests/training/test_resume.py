"""A training that is killed in its own process goes on from its last checkpoint, and ends as one that never was."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from safetensors.torch import load_file

from tests.training.tiny import dev_pools, examples, ignore, tiny_model
from training import history
from training.lora import LoraSettings
from training.reranker import RerankerSettings, train_reranker
from training.trainer import last_checkpoint

# Dropout, warm-up, two epochs and uneven last batches: all that a checkpoint has to bring back.
SETTINGS = RerankerSettings(
    epochs=2, batch=8, accumulation=2, learning_rate=3e-3, max_length=32, log_every=1, bf16=False, evaluate_every=4
)


@pytest.fixture(scope="module")
def killer() -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("killed.py")
    with subprocess.Popen([sys.executable, str(script)], stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process


def kill_at(killer: subprocess.Popen[str], step: int, folder: Path) -> None:
    assert killer.stdin is not None
    assert killer.stdout is not None
    print(folder, step, file=killer.stdin, flush=True)
    assert killer.stdout.readline() == f"{-signal.SIGKILL}\n"


@pytest.mark.parametrize(
    ("adapters", "kills"),
    # 12 steps, checkpoints after 4 and 8: killed in the first epoch and in the second.
    [(None, (5, 11)), (LoraSettings(r=4), (10,))],
    ids=["whole", "lora"],
)
def test_a_killed_training_ends_as_an_unbroken_one(
    adapters: LoraSettings | None, kills, killer: subprocess.Popen[str], tmp_path: Path
):
    settings = RerankerSettings.from_dict({**SETTINGS.to_dict(), "lora": adapters})
    base = tiny_model(tmp_path / "base", dropout=0.2)
    unbroken = train_reranker(examples(), dev_pools(), base, tmp_path / "unbroken", settings, ignore)
    (tmp_path / "settings.json").write_text(json.dumps(settings.to_dict()))
    for step in kills:
        kill_at(killer, step, tmp_path)
        assert not (tmp_path / "run/model").exists()
        # A step is told before its loss is written.
        assert history.read(tmp_path / "run/history.jsonl")[-1].step == step - 1
    told: list[int] = []
    resumed = train_reranker(
        examples(), dev_pools(), base, tmp_path / "run", settings, lambda stage, done, total: told.append(done)
    )
    assert told[0] == 8
    assert told[-1] == 12
    assert resumed.measures["nDCG@10"] == pytest.approx(unbroken.measures["nDCG@10"], abs=0.005)
    assert resumed.best_step == unbroken.best_step
    one, other = (load_file(each.folder / "model.safetensors") for each in (unbroken, resumed))
    assert one.keys() == other.keys()
    assert max((one[name] - other[name]).abs().max().item() for name in one) < 1e-5
    assert [step.step for step in resumed.history] == [step.step for step in unbroken.history]
    for a, b in zip(resumed.history, unbroken.history, strict=True):
        assert a.loss == (None if b.loss is None else pytest.approx(b.loss, abs=1e-5))
        assert a.learning_rate == b.learning_rate


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(killer: subprocess.Popen[str], tmp_path: Path):
    base = tiny_model(tmp_path / "base", dropout=0.2)
    unbroken = train_reranker(examples(), dev_pools(), base, tmp_path / "unbroken", SETTINGS, ignore)
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS.to_dict()))
    kill_at(killer, 9, tmp_path)
    checkpoints = tmp_path / "run/checkpoints"
    assert sorted(each.name for each in checkpoints.glob("checkpoint-*")) == ["checkpoint-4", "checkpoint-8"]
    state = checkpoints / "checkpoint-8/trainer_state.json"
    state.write_text(state.read_text()[:100])
    told: list[int] = []
    resumed = train_reranker(
        examples(), dev_pools(), base, tmp_path / "run", SETTINGS, lambda stage, done, total: told.append(done)
    )
    assert told[0] == 4
    one, other = (load_file(each.folder / "model.safetensors") for each in (unbroken, resumed))
    assert max((one[name] - other[name]).abs().max().item() for name in one) < 1e-5


def test_a_training_that_could_not_be_saved_takes_no_further_step_after_its_early_stop(tmp_path: Path):
    base = tiny_model(tmp_path / "base", seed=2)
    pools = dev_pools(genuine=False)
    settings = RerankerSettings.from_dict({**SETTINGS.to_dict(), "epochs": 6, "patience": 2, "evaluate_every": 3})
    unbroken = train_reranker(examples(), pools, base, tmp_path / "unbroken", settings, ignore)
    assert unbroken.history[-1].step < 36
    # A file in the way of the folder that the model is written to.
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.model-partial").write_text("")
    with pytest.raises(FileExistsError):
        train_reranker(examples(), pools, base, tmp_path / "run", settings, ignore)
    (tmp_path / "run/.model-partial").unlink()
    told: list[int] = []
    resumed = train_reranker(
        examples(), pools, base, tmp_path / "run", settings, lambda stage, done, total: told.append(done)
    )
    assert told == []
    assert resumed.history == unbroken.history
    assert (resumed.best_step, resumed.measures) == (unbroken.best_step, unbroken.measures)
    one, other = (load_file(each.folder / "model.safetensors") for each in (unbroken, resumed))
    assert all((one[name] == other[name]).all() for name in one)


def test_only_whole_checkpoints_count(tmp_path: Path):
    names = ("weights.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json")
    assert last_checkpoint(tmp_path / "nowhere") is None
    for step in (9, 10, 11, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
        for name in names:
            (tmp_path / f"checkpoint-{step}" / name).write_text("{}")
    (tmp_path / "checkpoint-11/optimizer.pt").unlink()
    (tmp_path / "checkpoint-12/trainer_state.json").write_text('{"step": ')
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-9"]
