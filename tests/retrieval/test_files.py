from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.files import replace_bytes, replace_text, replacing


def test_a_file_takes_the_place_of_an_earlier_one_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    replace_text(path, "দোকান")
    replace_bytes(path, b"second")
    assert path.read_bytes() == b"second"
    assert [found.name for found in path.parent.iterdir()] == ["file.txt"]


def test_a_failure_leaves_the_earlier_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    replace_bytes(path, b"first")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half of the sec", "a text"])  # type: ignore[list-item]
    assert path.read_bytes() == b"first"
    assert [found.name for found in tmp_path.iterdir()] == ["file.txt"]


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    replace_bytes(tmp_path / "file", b"")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode
