from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import DataError, SettingsError
from shop import comparisons


def test_a_comparison_is_kept_listed_and_deleted(tmp_path: Path) -> None:
    assert comparisons.ids(tmp_path, "lamps") == []
    for number in ("one", "two"):
        comparisons.save(tmp_path, "lamps", number, {"verdict": number}, {"whole": number, "ল্যাম্প": [1]})
    assert comparisons.ids(tmp_path, "lamps") == ["one", "two"]
    assert comparisons.card(tmp_path, "lamps", "two") == {"verdict": "two"}
    assert comparisons.ids(tmp_path, "chairs") == []
    assert comparisons.load(tmp_path, "lamps", "two") == {"whole": "two", "ল্যাম্প": [1]}
    assert comparisons.delete(tmp_path, "lamps", "two")
    assert not comparisons.delete(tmp_path, "lamps", "two")
    assert comparisons.ids(tmp_path, "lamps") == ["one"]
    with pytest.raises(DataError, match="no comparison 'two' of 'lamps'"):
        comparisons.load(tmp_path, "lamps", "two")


def test_what_was_not_written_whole_is_not_listed(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        comparisons.save(tmp_path, "lamps", "one", {"value": float("nan")}, {})
    assert comparisons.ids(tmp_path, "lamps") == []
    with pytest.raises(ValueError):
        comparisons.save(tmp_path, "lamps", "two", {}, {"value": float("inf")})
    assert not (tmp_path / "lamps/evaluations/two.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", "\x00", "[" * 100_000])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    comparisons.save(tmp_path, "lamps", "one", {}, {})
    (tmp_path / "lamps/evaluations/one.json").write_text(text)
    with pytest.raises(DataError, match=r"one\.json: the comparison cannot be read"):
        comparisons.load(tmp_path, "lamps", "one")
    (tmp_path / "lamps/evaluations/one.card.json").write_text(text)
    with pytest.raises(DataError, match=r"one\.card\.json"):
        comparisons.card(tmp_path, "lamps", "one")
    assert comparisons.ids(tmp_path, "lamps") == ["one"]
    assert comparisons.delete(tmp_path, "lamps", "one")


@pytest.mark.parametrize("comparison_id", ["", "../x", "a/b", "a.card", "x" * 65])
def test_an_id_is_no_path(tmp_path: Path, comparison_id: str) -> None:
    for act in (comparisons.load, comparisons.card, comparisons.delete):
        with pytest.raises(DataError, match="no id of a comparison"):
            act(tmp_path, "lamps", comparison_id)


def test_a_catalogues_name_is_no_path(tmp_path: Path) -> None:
    comparisons.save(tmp_path, "lamps", "one", {}, {})
    for act in (comparisons.load, comparisons.card, comparisons.delete):
        with pytest.raises(SettingsError, match="cannot be a catalogue's name"):
            act(tmp_path / "chairs", "../lamps", "one")
    with pytest.raises(SettingsError, match="cannot be a catalogue's name"):
        comparisons.ids(tmp_path / "chairs", "../lamps")
