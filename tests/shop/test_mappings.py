from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import SettingsError
from shop import mappings


def test_a_mapping_is_kept_a_catalogue_replaced_whole_and_forgotten(tmp_path: Path) -> None:
    assert mappings.load(tmp_path, "shop") == {}
    mappings.save(tmp_path, "shop", {"title": "পণ্যের নাম", "price": "Unit price"})
    mappings.save(tmp_path, "other", {"title": "Item"})
    assert mappings.load(tmp_path, "shop") == {"title": "পণ্যের নাম", "price": "Unit price"}
    mappings.save(tmp_path, "shop", {"brand": ""})
    assert mappings.load(tmp_path, "shop") == {"brand": ""}
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mapping.json"]
    mappings.save(tmp_path, "shop", {})
    assert mappings.load(tmp_path, "shop") == {}
    assert mappings.load(tmp_path, "other") == {"title": "Item"}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"version": 2, "columns": {}}', '{"version": 1, "columns": {"title": 5}}', "\xff"]
)
def test_a_broken_mapping_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/mapping.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"mapping\.json: the column mapping cannot be read"):
        mappings.load(tmp_path, "shop")


def test_a_mapping_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mappings.save(tmp_path, "shop", {"title": "Item"})

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        mappings.save(tmp_path, "shop", {"title": "Other"})
    monkeypatch.undo()
    assert mappings.load(tmp_path, "shop") == {"title": "Item"}
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mapping.json"]
