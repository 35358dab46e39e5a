"""What embedder and cross-encoder share: settings, number formats, a training's identity and its folder."""

import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.errors import SettingsError
from tests.training.tiny import dev_pools, examples
from training.schedule import Schedule
from training.trainer import RECORD, closed, has_bf16, identity, opened


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads the flags of an x86 processor")
def test_bf16_is_taken_where_the_processor_has_it():
    import torch

    if torch.cuda.is_available():
        pytest.skip("a graphics card trains here")
    flags = set(Path("/proc/cpuinfo").read_text().split("flags", 1)[1].split("\n", 1)[0].split())
    assert has_bf16() == bool(flags & {"avx512_bf16", "amx_bf16"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"batch": 0}, "batch of a training is 0; take 1 or more"),
        ({"patience": -1}, "patience of a training is -1; take 0 or more"),
        ({"epochs": 0}, "0 epochs"),
        ({"learning_rate": float("nan")}, "the learning rate nan"),
        ({"warmup": 1.0}, "warmup of a training is 1.0"),
        ({"schedule": "cubic"}, "unknown schedule 'cubic' of a training; there are linear, cosine"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values, message: str):
    with pytest.raises(SettingsError, match=message):
        Schedule(**values)


def test_a_training_is_known_by_all_that_goes_into_it():
    rows = examples(4)
    named = identity(rows, "base", Schedule().to_dict(), dev_pools(2))
    assert named == identity(tuple(rows), "base", Schedule().to_dict(), dev_pools(2))
    graded = replace(rows[3], labels=(1.0, 0.5, 0.0, 0.0))
    others = [
        identity(rows[::-1], "base", Schedule().to_dict(), dev_pools(2)),
        identity([*rows[:3], graded], "base", Schedule().to_dict(), dev_pools(2)),
        identity(rows, "other", Schedule().to_dict(), dev_pools(2)),
        identity(rows, "base", Schedule(seed=8).to_dict(), dev_pools(2)),
        identity(rows, "base", Schedule().to_dict(), dev_pools(3)),
    ]
    assert len({named, *others}) == 6


class Model:
    """Writes a file as its weights."""

    def save_pretrained(self, folder: str, create_model_card: bool) -> None:
        assert not create_model_card
        Path(folder).mkdir()
        (Path(folder) / "weights").write_text("1")


def test_a_folder_keeps_one_training(tmp_path: Path):
    folder = tmp_path / "run"
    assert opened(folder, "one", resume=True) is None
    (folder / "checkpoints/checkpoint-3").mkdir(parents=True)
    # It goes on where it was, but not under another name.
    assert opened(folder, "one", resume=True) is None
    assert (folder / "checkpoints/checkpoint-3").is_dir()
    assert opened(folder, "two", resume=True) is None
    assert not (folder / "checkpoints").exists()
    done = closed(folder, Model(), 5, {"nDCG@10": 0.5})
    assert (done.folder / "weights").read_text() == "1"
    assert opened(folder, "two", resume=True) == done
    assert [each.name for each in folder.iterdir() if each.name.startswith(".")] == []
    # A record that was damaged is of no training at all.
    (folder / RECORD).write_text("{")
    assert opened(folder, "two", resume=True) is None
    assert not (folder / "model").exists()
    assert json.loads((folder / RECORD).read_text()) == {"identity": "two"}
    closed(folder, Model(), 5, {})
    assert opened(folder, "two", resume=False) is None
    assert not (folder / "model").exists()
