"""A catalogue goes as a whole: for its readers when they let go, for everybody else at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from retrieval.artifacts import catalogue_names, current
from retrieval.commits import builder_lock, collect_garbage, delete_catalogue, finish_deletions
from retrieval.errors import IndexNotFound
from retrieval.history import builds
from retrieval.indexing import build_index
from retrieval.loading import open_build
from retrieval.settings import Settings
from tests.support import report_of, sample_products, settings_in

PRODUCTS = sample_products(6)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a folder with two builds of `shop` and one of `other`."""
    settings = settings_in(tmp_path)
    for name in ("shop", "shop", "other"):
        build_index(report_of(PRODUCTS), name, settings=settings, encoder=None)
    return settings


def test_a_deleted_catalogue_leaves_nothing_and_no_other_is_touched(settings: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    assert delete_catalogue(settings.index_dir, "shop", lambda *step: told.append(step)) == []
    assert [path.name for path in settings.index_dir.iterdir()] == ["other"]
    assert catalogue_names(settings.index_dir) == ["other"]
    assert told == [("delete", 0, 2), ("delete", 1, 2), ("delete", 2, 2)]
    assert delete_catalogue(settings.index_dir, "shop") == []


def test_a_build_that_is_read_stays_readable_and_goes_later(settings: Settings) -> None:
    reader = open_build(settings.index_dir, "shop", settings)
    assert delete_catalogue(settings.index_dir, "shop") == [reader.manifest.build]
    with pytest.raises(IndexNotFound):
        current(settings.index_dir, "shop")
    assert reader.store.all_products() == PRODUCTS
    assert reader.keyword()[0].name == "bm25s"
    finish_deletions(settings.index_dir)
    assert (settings.index_dir / "shop").exists()
    reader.close()
    finish_deletions(settings.index_dir)
    assert not (settings.index_dir / "shop").exists()


def test_a_build_after_a_deletion_starts_a_new_history(settings: Settings) -> None:
    reader = open_build(settings.index_dir, "shop", settings)
    delete_catalogue(settings.index_dir, "shop")
    built = build_index(report_of(PRODUCTS[:2]), "shop", settings=settings, encoder=None)
    assert [info.build for info in builds(settings.index_dir, "shop")] == [built.build]
    assert reader.store.all_products() == PRODUCTS
    reader.close()
    assert collect_garbage(settings.index_dir, "shop", 3) == [reader.manifest.build]
    assert current(settings.index_dir, "shop").build == built.build


def test_what_a_dead_first_builder_left_is_deleted_too(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "000001-abcdef"
    folder.mkdir(parents=True)
    (folder / "catalogue.sqlite").write_text("half")
    assert delete_catalogue(tmp_path, "shop") == []
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_ours_stay(settings: Settings) -> None:
    (settings.index_dir / "shop" / "notes.txt").write_text("mine")
    delete_catalogue(settings.index_dir, "shop")
    assert [path.name for path in (settings.index_dir / "shop").iterdir()] == ["notes.txt"]


def test_a_deletion_waits_for_a_builder_and_a_waiting_builder_builds_anew(settings: Settings) -> None:
    order: list[str] = []
    waits, deleted = threading.Event(), threading.Event()

    def delete() -> None:
        delete_catalogue(settings.index_dir, "shop", lambda stage, *_: waits.set() if stage == "waiting" else None)
        order.append("deleted")
        deleted.set()

    def build() -> None:
        # Opens the lock's file that the deletion takes away.
        with builder_lock(settings.index_dir, "shop", lambda *_: second.set()):
            assert deleted.wait(20)
            order.append("built")

    second = threading.Event()
    with builder_lock(settings.index_dir, "shop"):
        deleting = threading.Thread(target=delete)
        deleting.start()
        assert waits.wait(20)
        order.append("first builder")
    deleting.join(20)
    assert order == ["first builder", "deleted"]
    with builder_lock(settings.index_dir, "shop"):
        building = threading.Thread(target=build)
        building.start()
        assert second.wait(20)
        for path in (settings.index_dir / "shop").iterdir():
            path.unlink()
        (settings.index_dir / "shop").rmdir()
        with builder_lock(settings.index_dir, "shop"):  # a new folder has a lock of its own
            pass
    building.join(20)
    assert order == ["first builder", "deleted", "built"]
    assert (settings.index_dir / "shop" / ".lock").exists()
