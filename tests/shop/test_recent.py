"""Recent searches: newest first, each once, none where that is switched off."""

from __future__ import annotations

from pathlib import Path

from shop import recent


def queries(data_dir: Path) -> list[str]:
    return [search.query for search in recent.listed(data_dir)]


def test_the_newest_stands_first_and_each_once(tmp_path: Path) -> None:
    for query in ("lamp", "chair", "lamp"):
        assert recent.add(tmp_path, "shop", query, f"q={query}")
    assert queries(tmp_path) == ["lamp", "chair"]


def test_the_same_words_in_another_catalogue_are_another_search(tmp_path: Path) -> None:
    recent.add(tmp_path, "one", "lamp", "catalogue=one&q=lamp")
    recent.add(tmp_path, "two", "lamp", "catalogue=two&q=lamp")
    assert [(s.catalogue, s.address) for s in recent.listed(tmp_path)] == [
        ("two", "catalogue=two&q=lamp"),
        ("one", "catalogue=one&q=lamp"),
    ]


def test_a_refined_search_replaces_the_address(tmp_path: Path) -> None:
    recent.add(tmp_path, "shop", "lamp", "q=lamp")
    recent.add(tmp_path, "shop", "lamp", "q=lamp&mode=bm25")
    assert [s.address for s in recent.listed(tmp_path)] == ["q=lamp&mode=bm25"]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(recent.KEPT + 3):
        recent.add(tmp_path, "shop", f"lamp {number}", "q")
    assert len(queries(tmp_path)) == recent.KEPT
    assert queries(tmp_path)[0] == f"lamp {recent.KEPT + 2}"
    assert queries(tmp_path)[-1] == "lamp 3"


def test_switched_off_nothing_is_kept_and_what_was_is_forgotten(tmp_path: Path) -> None:
    assert recent.kept(tmp_path)
    recent.add(tmp_path, "shop", "lamp", "q=lamp")
    recent.switch(tmp_path, False)
    assert not recent.kept(tmp_path)
    assert not recent.add(tmp_path, "shop", "chair", "q=chair")
    assert queries(tmp_path) == []
    recent.switch(tmp_path, True)
    assert recent.add(tmp_path, "shop", "chair", "q=chair")
    assert queries(tmp_path) == ["chair"]


def test_clearing_forgets_and_goes_on_keeping(tmp_path: Path) -> None:
    recent.add(tmp_path, "shop", "lamp", "q=lamp")
    recent.clear(tmp_path)
    assert queries(tmp_path) == []
    assert recent.add(tmp_path, "shop", "chair", "q=chair")
