from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import preferences, query_log
from shop.database import opened
from shop.query_log import MIGRATIONS, Asked, QueryLog, Search, Summary, clear, kept, report, summary, switch


def search(query: str, total: int = 3, *, no_good_match: bool = False, ms: float = 10.0, at: float = 1.0) -> Search:
    return Search("shop", query, "hybrid", total, no_good_match, ms, at)


def test_queries_are_counted_whatever_their_case_and_spaces(tmp_path: Path) -> None:
    query_log.write(
        tmp_path,
        "shop",
        [search("Red Lamp", 5, ms=10.0, at=1.0), search("sofa", 0, at=2.0), search("red lamp", 7, ms=30.0, at=3.0)],
    )
    assert report(tmp_path, "shop") == [
        Asked("red lamp", 2, 3.0, 7, False, (10.0 + 30.0) / 2),
        Asked("sofa", 1, 2.0, 0, False, 10.0),
    ]
    assert summary(tmp_path, "shop") == Summary(3, 2, 1, 0, 1.0)


def test_the_reports_hold_what_found_nothing_the_last_time(tmp_path: Path) -> None:
    query_log.write(
        tmp_path,
        "shop",
        [
            search("mended", 0),
            search("never", 0),
            search("odd", 9, no_good_match=True),
            search("never", 0),
            search("mended", 4),
            search("lost", 4),
            search("lost", 0),
        ],
    )
    assert [asked.query for asked in report(tmp_path, "shop", "zero")] == ["lost", "never"]
    assert [asked.query for asked in report(tmp_path, "shop", "no_good_match")] == ["odd"]
    assert [asked.query for asked in report(tmp_path, "shop", limit=2)] == ["lost", "mended"]
    assert summary(tmp_path, "shop") == Summary(7, 4, 4, 1, 1.0)


def test_only_the_newest_stay(tmp_path: Path) -> None:
    for number in range(7):
        query_log.write(tmp_path, "shop", [search(f"query {number}")], rows=3)
    assert [asked.query for asked in report(tmp_path, "shop")] == ["query 6", "query 5", "query 4"]
    assert clear(tmp_path, "shop") == 3
    assert summary(tmp_path, "shop") == Summary(0, 0, 0, 0, None)
    query_log.write(tmp_path, "shop", [search("after")], rows=3)
    assert summary(tmp_path, "shop").searches == 1


def test_looking_makes_no_file_and_catalogues_are_kept_apart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert kept(data)
    assert report(data, "shop") == []
    assert summary(data, "shop") == Summary(0, 0, 0, 0, None)
    assert clear(data, "shop") == 0
    assert not data.exists()
    query_log.write(data, "shop", [search("lamp")])
    assert report(data, "other") == []


def test_a_log_takes_searches_from_many_threads_and_loses_none(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)

    def ask(number: int) -> None:
        log.record(f"shop{number % 2}", f"query {number}", mode="bm25", total=number, ms=1.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(200)))
    log.flush()
    assert (log.left_out, log.fault) == (0, None)
    for shop in (0, 1):
        found = {asked.query: asked.total for asked in report(tmp_path, f"shop{shop}", limit=1000)}
        assert found == {f"query {number}": number for number in range(shop, 200, 2)}


def test_browsing_and_a_log_that_is_off_leave_nothing(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.record("shop", "  ", mode="bm25", total=40, ms=1.0)
    off = QueryLog(tmp_path, on=False)
    off.record("shop", "lamp", mode="bm25", total=1, ms=1.0)
    log.flush()
    off.flush()
    assert list(tmp_path.iterdir()) == []


def test_the_switch_in_the_app_is_heeded_at_once_and_keeps_what_there_is(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.record("shop", "before", mode="bm25", total=1, ms=1.0)
    log.flush()
    switch(tmp_path, False)
    assert not kept(tmp_path)
    log.record("shop", "while off", mode="bm25", total=1, ms=1.0)
    log.flush()
    switch(tmp_path, True)
    log.record("shop", "after", mode="bm25", total=1, ms=1.0)
    log.flush()
    assert [asked.query for asked in report(tmp_path, "shop")] == ["after", "before"]
    assert preferences.load(tmp_path, "query_log") == "on"


def test_a_search_neither_waits_nor_fails_where_the_log_cannot_be_written(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    query_log.write(tmp_path, "shop", [search("lamp")])
    file = query_log.path(tmp_path, "shop")
    whole = file.read_bytes()
    file.write_bytes(b"no database" * 1000)
    log.record("shop", "sofa", mode="bm25", total=1, ms=1.0)
    log.flush()
    assert log.fault is not None
    assert str(file) in log.fault
    file.write_bytes(whole)
    log.record("shop", "chair", mode="bm25", total=1, ms=1.0)
    log.flush()
    assert log.fault is None
    assert {asked.query for asked in report(tmp_path, "shop")} == {"lamp", "chair"}


def test_while_somebody_holds_the_database_searches_wait_and_the_surplus_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_log, "WAITING", 5)
    query_log.write(tmp_path, "shop", [search("lamp")])
    log = QueryLog(tmp_path)
    with opened(query_log.path(tmp_path, "shop"), MIGRATIONS, RuntimeError, write=True):  # type: ignore[arg-type]
        for number in range(30):
            log.record("shop", f"query {number}", mode="bm25", total=1, ms=1.0)
        assert log.left_out > 0
    log.flush()
    assert summary(tmp_path, "shop").searches == 1 + 30 - log.left_out


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    query_log.write(tmp_path, "shop", [search("lamp")])
    with closing(sqlite3.connect(query_log.path(tmp_path, "shop"))) as db:
        db.execute("PRAGMA user_version = 99")
    log = QueryLog(tmp_path)
    log.record("shop", "sofa", mode="bm25", total=1, ms=1.0)
    log.flush()
    assert "newer version" in (log.fault or "")


@settings(max_examples=25, deadline=None)
@given(st.text())
def test_any_text_can_be_asked(tmp_path_factory: pytest.TempPathFactory, query: str) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = QueryLog(folder)
    log.record("shop", query, mode="bm25", total=1, ms=1.0)
    log.flush()
    assert log.fault is None
    assert summary(folder, "shop").searches == bool(query.split())


def test_half_a_surrogate_pair_and_a_long_text_are_kept_as_far_as_they_can_be(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.record("shop", "la\ud800mp", mode="bm25", total=1, ms=1.0)
    log.record("shop", "x" * 2000, mode="bm25", total=1, ms=1.0)
    log.flush()
    assert [asked.query for asked in report(tmp_path, "shop")] == ["x" * query_log.LONGEST_QUERY, "la?mp"]
