"""The work folder of a training: written stage by stage, opened again, listed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.errors import DataError
from shop.backups import _is_kept as in_backup
from tests.training.test_cards import CARD
from training import history, runs
from training.cards import write_card
from training.records import Step
from training.runs import Work


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    work = Work.begin(tmp_path, "shop", "a1", {"quick": True})
    assert work.outcome("data") is None
    work.finish("data", {"train": 7})
    work.finish("triplets", {"triplets": 9})
    again = Work.begin(tmp_path, "shop", "a1", {"quick": True})
    assert list(again.state.stages) == ["data", "triplets"]
    assert again.outcome("data") == {"train": 7}
    assert again.state.created == work.state.created
    with pytest.raises(DataError, match="begun with other options"):
        Work.begin(tmp_path, "shop", "a1", {"quick": False})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "stages": 3}'])
def test_a_damaged_state_is_refused_and_listed_last(tmp_path: Path, text: str) -> None:
    Work.begin(tmp_path, "shop", "whole", {})
    Work.begin(tmp_path, "shop", "broken", {})
    (tmp_path / "shop" / "training" / "broken" / "state.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"state\.json cannot be read"):
        Work.open(tmp_path, "shop", "broken")
    assert runs.names(tmp_path, "shop") == ["whole", "broken"]


@pytest.mark.parametrize("name", ["../x", "", ".work", "a/b"])
def test_a_run_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot be the name of a training"):
        runs.place(tmp_path, "shop", name)


def test_there_is_no_such_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no training 'a1'"):
        Work.open(tmp_path, "shop", "a1")
    assert runs.names(tmp_path, "shop") == []
    assert runs.kept(tmp_path, "shop") == []
    assert runs.steps(tmp_path, "shop", "a1") == {"embedder": [], "reranker": []}


def test_models_with_a_card_are_kept_aside_newest_first(tmp_path: Path) -> None:
    work = Work.begin(tmp_path, "shop", "a1", {})
    versions = ("20261121-101500-0a1b", "20261122-101500-0a1b")
    for version in versions:
        folder = runs.candidate(work, "reranker", version)
        folder.mkdir(parents=True)
        write_card(folder, replace(CARD, version=version))
    (runs.home(work, "embedder") / "versions" / "unfinished").mkdir(parents=True)
    found = runs.kept(tmp_path, "shop")
    assert [each.card.version for each in found] == list(reversed(versions))
    assert {each.run for each in found} == {"a1"}
    assert found[0].folder.parent.parent.name == "reranker-ft-miniLM"


def test_histories_are_read_by_kind(tmp_path: Path) -> None:
    work = Work.begin(tmp_path, "shop", "a1", {})
    step = Step(1, 0.5, 0.7, 1e-5)
    history.append(work.heavy("reranker") / history.HISTORY, step)
    assert runs.steps(tmp_path, "shop", "a1") == {"embedder": [], "reranker": [step]}


def test_a_backup_holds_what_was_learnt_from_and_no_checkpoints(tmp_path: Path) -> None:
    work = Work.begin(tmp_path, "shop", "a1", {})
    work.data("examples.jsonl").write_text("{}\n", "utf-8")
    (work.heavy("reranker") / "weights.safetensors").write_bytes(b"0")
    kept = {
        path.name for path in tmp_path.rglob("*") if path.is_file() and in_backup(path.relative_to(tmp_path).as_posix())
    }
    assert kept == {"state.json", "examples.jsonl"}


def test_the_state_is_json_with_a_format(tmp_path: Path) -> None:
    Work.begin(tmp_path, "shop", "a1", {"seed": 7})
    row = json.loads((tmp_path / "shop" / "training" / "a1" / "state.json").read_text("utf-8"))
    assert (row["format"], row["run"], row["catalogue"], row["options"]) == (1, "a1", "shop", {"seed": 7})
