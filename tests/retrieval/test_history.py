"""The builds that are kept, and the way back to one of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval.artifacts import current, verify
from retrieval.commits import builder_lock
from retrieval.errors import BuildError, IndexDamaged, IndexNotFound
from retrieval.history import builds, roll_back
from retrieval.indexing import BuildSummary, build_index
from retrieval.loading import open_build
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in


def build(settings: Settings, edition: str, *, encoder: bool = False) -> BuildSummary:
    report = report_of(sample_products(12, edition=edition))
    return build_index(report, "shop", settings=settings, encoder=HashEncoder() if encoder else None)


def edition(settings: Settings) -> str:
    """Return which edition serves, every file of it checked."""
    serving = open_build(settings.index_dir, "shop", settings)
    verify(settings.index_dir / "shop" / serving.manifest.build, serving.manifest, serving.manifest.files)
    (found,) = {str(product.attributes["Tags"][1]) for product in serving.store.all_products()}
    serving.close()
    return found


def back(settings: Settings, to: str | None = None) -> str:
    return roll_back(settings.index_dir, "shop", to, settings.keep_builds).build


def test_builds_are_listed_newest_first_with_what_they_hold(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    full = build(settings, "a", encoder=True)
    words = build(settings, "b")
    newest, middle, oldest = builds(settings.index_dir, "shop")
    assert [info.build for info in (newest, middle)] == [words.build, full.build]
    assert [info.serving for info in (newest, middle, oldest)] == [True, False, False]
    assert [info.interim for info in (newest, middle, oldest)] == [False, False, True]
    assert (middle.products, middle.chunks, middle.vectors) == (12, full.chunks, full.vectors)
    assert (middle.encoder_id, middle.keyword_only, newest.encoder_id) == ("hash-64", False, None)
    assert middle.source_sha256 == report_of(sample_products(12, edition="a")).sha256
    with pytest.raises(IndexNotFound):
        builds(settings.index_dir, "hats")


def test_the_build_before_serves_again_and_the_way_forward_stays_open(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first, second = build(settings, "a").build, build(settings, "b").build
    again = back(settings)
    assert edition(settings) == "a"
    assert current(settings.index_dir, "shop").restored_from == first
    assert [info.build for info in builds(settings.index_dir, "shop")] == [again, second, first]
    assert back(settings, second) > again
    assert edition(settings) == "b"
    # The history only grows; the next build stands above all of it.
    build(settings, "c")
    assert edition(settings) == "c"
    assert len(builds(settings.index_dir, "shop")) == settings.keep_builds


def test_going_back_twice_goes_back_two_builds(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, keep_builds=9)
    for name in "abc":
        build(settings, name)
    back(settings)
    assert edition(settings) == "b"
    back(settings)
    assert edition(settings) == "a"
    with pytest.raises(BuildError, match="no build of 'shop' before"):
        back(settings)
    assert edition(settings) == "a"


def test_a_first_builds_keyword_half_is_no_place_to_go_back_to_by_itself(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    build(settings, "a", encoder=True)
    with pytest.raises(BuildError, match="no build of 'shop' before"):
        back(settings)
    interim = next(info.build for info in builds(settings.index_dir, "shop") if info.interim)
    back(settings, interim)
    assert current(settings.index_dir, "shop").keyword_only


def test_the_files_are_shared_and_outlive_the_build_they_came_from(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, keep_builds=2)
    first = build(settings, "a").build
    build(settings, "b")
    again = back(settings)
    folder = settings.index_dir / "shop"
    assert not (folder / first).exists()
    assert edition(settings) == "a"
    assert current(settings.index_dir, "shop").build == again


def test_a_file_system_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    build(settings, "a")
    build(settings, "b")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    back(settings)
    assert edition(settings) == "a"


def test_a_damaged_build_is_not_gone_back_to(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first, second = build(settings, "a").build, build(settings, "b").build
    store = settings.index_dir / "shop" / first / "catalogue.sqlite"
    content = bytearray(store.read_bytes())
    content[-1] ^= 1
    store.write_bytes(bytes(content))
    before = sorted((settings.index_dir / "shop").iterdir())
    with pytest.raises(IndexDamaged, match=r"catalogue\.sqlite is damaged"):
        back(settings)
    assert current(settings.index_dir, "shop").build == second
    assert sorted((settings.index_dir / "shop").iterdir()) == before


def test_a_build_with_a_damaged_manifest_is_listed_with_its_error(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = build(settings, "a").build
    build(settings, "b")
    (settings.index_dir / "shop" / first / "manifest.json").write_text("{")
    info = builds(settings.index_dir, "shop")[-1]
    assert (info.build, "manifest.json" in (info.error or "")) == (first, True)
    with pytest.raises(BuildError, match="no build of 'shop' before"):
        back(settings)
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        back(settings, first)


def test_what_cannot_be_gone_back_to_is_said(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with pytest.raises(IndexNotFound):
        back(settings)
    first = build(settings, "a").build
    assert not (settings.index_dir / "hats").exists()
    with pytest.raises(BuildError, match=f"has no build '000009-abcdef'; kept are: {first}"):
        back(settings, "000009-abcdef")
    with pytest.raises(BuildError, match="serves already"):
        back(settings, first)
    with pytest.raises(BuildError, match=r"has no build '\.\./\.\./other'"):
        back(settings, "../../other")


def test_nothing_is_brought_back_while_somebody_builds(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    build(settings, "a")
    build(settings, "b")
    with builder_lock(settings.index_dir, "shop"), pytest.raises(BuildError, match="is being built or deleted"):
        back(settings)
    assert edition(settings) == "b"
