from __future__ import annotations

from pathlib import Path

from shop.sources import listing, remove


def test_what_was_listed_is_removed_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "inner").mkdir(parents=True)
    (folder / "source.md").write_text("a")
    (folder / "inner" / "mapping.json").write_text("b")
    files = listing(tmp_path, "shop")
    assert [name for name, *_ in files] == ["inner/mapping.json", "source.md"]
    assert remove(tmp_path, "shop", files) == ["inner/mapping.json", "source.md"]
    assert not folder.exists()
    assert remove(tmp_path, "shop", files) == []


def test_an_upload_since_the_listing_stays(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "source.md").write_text("old")
    (folder / "mapping.json").write_text("old")
    files = listing(tmp_path, "shop")
    (folder / "new").write_text("new")
    (folder / "new").replace(folder / "source.md")
    assert remove(tmp_path, "shop", files) == ["mapping.json"]
    assert (folder / "source.md").read_text() == "new"


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious.md").write_text("keep")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "link").symlink_to(tmp_path / "elsewhere")
    assert remove(tmp_path, "shop", listing(tmp_path, "shop")) == ["link"]
    assert (tmp_path / "elsewhere" / "precious.md").read_text() == "keep"
    assert not (tmp_path / "shop").exists()


def test_a_catalogue_without_files_has_none(tmp_path: Path) -> None:
    assert listing(tmp_path, "shop") == []
    assert remove(tmp_path, "shop", [("source.md", 1, 1)]) == []
