from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrieval.errors import DataError, JobError
from shop import data_folder
from shop.data_folder import MIGRATIONS, finish_swap, prepare, swap_folder, version
from shop.database import connected


def test_a_new_folder_is_of_the_newest_version(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    prepare(data)
    assert version(data) == len(MIGRATIONS)
    assert json.loads((data / "version.json").read_text()) == {"version": len(MIGRATIONS)}


def test_an_older_folder_is_migrated_step_by_step_once(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "source.md").write_text("kept")
    ran: list[str] = []
    steps = (lambda folder: ran.append("one"), lambda folder: ran.append("two"))
    prepare(tmp_path, steps[:1])
    assert (ran, version(tmp_path)) == (["one"], 1)
    prepare(tmp_path, steps)
    prepare(tmp_path, steps)
    assert (ran, version(tmp_path)) == (["one", "two"], 2)
    assert (tmp_path / "shop" / "source.md").read_text() == "kept"


def test_a_step_that_fails_is_taken_again(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    ran: list[str] = []

    def fails_once(folder: Path) -> None:
        ran.append("two")
        if len(ran) == 2:
            raise OSError("no space left")

    steps = (lambda folder: ran.append("one"), fails_once)
    with pytest.raises(OSError, match="no space left"):
        prepare(tmp_path, steps)
    assert version(tmp_path) == 1
    prepare(tmp_path, steps)
    assert (ran, version(tmp_path)) == (["one", "two", "two"], 2)


def test_the_first_step_keeps_the_logs_of_jobs(tmp_path: Path) -> None:
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps" / "job.log").write_text("built")
    (tmp_path / "lamps" / "source.md").write_text("## Lamp")
    prepare(tmp_path)
    assert (tmp_path / ".jobs" / "lamps.log").read_text() == "built"
    assert [path.name for path in (tmp_path / "lamps").iterdir()] == ["source.md"]


def test_a_folder_of_a_newer_version_is_refused_unchanged(tmp_path: Path) -> None:
    prepare(tmp_path)
    newer = json.dumps({"version": len(MIGRATIONS) + 1})
    (tmp_path / "version.json").write_text(newer)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DataError, match=r"version\.json: written by a newer version.*DATA_DIR"):
        prepare(tmp_path)
    with pytest.raises(DataError), connected(tmp_path):
        pass
    assert (tmp_path / "version.json").read_text() == newer
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "1"}', '{"version": true}', '{"version": 0}', "{}"])
def test_a_version_that_is_none_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "version.json").write_text(content)
    with pytest.raises(DataError, match=r"version\.json cannot be read; restore a backup"):
        prepare(tmp_path)


def test_many_may_be_the_first_at_once(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    ran: list[int] = []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: prepare(tmp_path, [lambda folder: ran.append(1)]), range(16)))
    assert ran == [1]


def test_a_restore_cut_short_after_the_place_was_cleared_is_brought_to_its_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(swap_folder(data))
    (swap_folder(data) / "shop").mkdir()
    prepare(data)
    assert (data / "shop").is_dir()
    assert not swap_folder(data).exists()


def test_a_restore_cut_short_before_that_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data)
    prepare(swap_folder(data))
    (swap_folder(data) / "shop").mkdir()
    finish_swap(data)
    prepare(data)
    assert not (data / "shop").exists()


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(JobError, match="DATA_DIR"), connected(tmp_path / "data"):
        pass


def test_a_log_is_no_catalogues_file(tmp_path: Path) -> None:
    assert data_folder.log_path(tmp_path, "abc") == tmp_path / ".jobs" / "abc.log"
