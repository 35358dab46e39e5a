from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import DataError
from shop import judgements, preferences
from shop.judgements import FILE, held, listed, qrels, record, record_all, remove
from shop.sources import listing
from shop.sources import remove as remove_files

QUERIES = {"q1": "red lamp", "q2": "blue chair"}


def test_a_judgement_is_kept_edited_and_taken_back(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 3)
    record(tmp_path, "shop", "Ann", "red  lamp ", "p2", 1)
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 0)
    found = listed(tmp_path, "shop", judge="Ann")
    assert {(one.query, one.product_id, one.grade) for one in found} == {("red lamp", "p1", 0), ("red lamp", "p2", 1)}
    assert found[0].product_id == "p1"  # edited last
    assert remove(tmp_path, "shop", "Ann", "red lamp", "p1")
    assert not remove(tmp_path, "shop", "Ann", "red lamp", "p1")
    assert [one.product_id for one in listed(tmp_path, "shop")] == ["p2"]


def test_judges_and_catalogues_are_kept_apart(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 3)
    record(tmp_path, "shop", " Bob  B ", "red lamp", "p1", 1)
    record(tmp_path, "other", "Ann", "red lamp", "p1", 2)
    assert held(tmp_path, "shop") == judgements.Held(2, {"Ann": 1, "Bob B": 1})
    assert [one.grade for one in listed(tmp_path, "shop", judge="Bob B", query="red lamp")] == [1]
    assert listed(tmp_path, "shop", query="blue chair") == []


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert listed(tmp_path, "shop") == []
    assert held(tmp_path, "shop") == judgements.Held(0, {})
    assert qrels(tmp_path, "shop", QUERIES) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("grades", "median"),
    [([2], 2), ([1, 3], 1), ([0, 3, 3], 3), ([0, 1, 2, 3], 1), ([3, 3, 0, 0], 0), ([1, 2, 2], 2)],
)
def test_several_judges_give_their_median_the_lower_at_a_tie(grades: list[int], median: int, tmp_path: Path) -> None:
    for number, grade in enumerate(grades):
        record(tmp_path, "shop", f"judge {number}", "red lamp", "p1", grade)
    assert qrels(tmp_path, "shop", QUERIES) == {"q1": {"p1": median}}
    assert qrels(tmp_path, "shop", QUERIES, judge="judge 0") == {"q1": {"p1": grades[0]}}


def test_a_judgement_holds_in_every_query_of_its_text(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 2)
    assert qrels(tmp_path, "shop", {"a": "red  lamp", "b": "red lamp", "c": "Red lamp"}) == {
        "a": {"p1": 2},
        "b": {"p1": 2},
    }


@pytest.mark.parametrize("grade", [-1, 4, True, 1.5])
def test_a_grade_that_there_is_not_is_refused(grade: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no grade"):
        record(tmp_path, "shop", "Ann", "red lamp", "p1", grade)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "a\u202eb"])
def test_a_name_that_nobody_has_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="judge needs a name"):
        record(tmp_path, "shop", name, "red lamp", "p1", 1)


def test_many_are_kept_all_or_none(tmp_path: Path) -> None:
    assert record_all(tmp_path, "shop", "Ann", {"red lamp": {"p1": 1, "p2": 2}, "blue chair": {"p1": 0}}) == 3
    with pytest.raises(DataError, match="no grade"):
        record_all(tmp_path, "shop", "Ann", {"red lamp": {"p1": 3}, "blue chair": {"p1": 9}})
    assert qrels(tmp_path, "shop", QUERIES) == {"q1": {"p1": 1, "p2": 2}, "q2": {"p1": 0}}


def test_the_database_itself_takes_no_other_grade(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)
    with (
        closing(sqlite3.connect(tmp_path / "shop" / FILE)) as db,
        pytest.raises(sqlite3.IntegrityError, match="CHECK"),
    ):
        db.execute("UPDATE judgements SET grade = 4")


def test_two_judges_may_work_at_once(tmp_path: Path) -> None:
    def judge(number: int) -> None:
        for product in range(10):
            record(tmp_path, "shop", f"judge {number % 4}", f"query {number}", f"p{product}", product % 4)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(judge, range(8)))
    assert held(tmp_path, "shop").judges == {f"judge {n}": 20 for n in range(4)}


def test_a_damaged_or_newer_file_is_named(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)
    file = tmp_path / "shop" / FILE
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match=f"{FILE}.*newer version"):
        listed(tmp_path, "shop")
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match=FILE):
        listed(tmp_path, "shop")


def test_a_judgement_made_after_a_deletion_was_asked_for_stays(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)
    looked_at = listing(tmp_path, "shop")
    record(tmp_path, "shop", "Ann", "red lamp", "p2", 2)
    assert remove_files(tmp_path, "shop", looked_at) == []
    assert held(tmp_path, "shop").judgements == 2


def test_looking_meanwhile_does_not_keep_a_deletion_from_its_work(tmp_path: Path) -> None:
    record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)
    files = listing(tmp_path, "shop")
    assert held(tmp_path, "shop").judgements == 1
    assert remove_files(tmp_path, "shop", files) == [FILE]
    assert not (tmp_path / "shop").exists()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.sampled_from("xyz")), st.integers(0, 3)))
def test_what_is_listed_is_the_last_of_each(tmp_path_factory: pytest.TempPathFactory, made: dict) -> None:
    folder = tmp_path_factory.mktemp("data")
    for (judge, query, product), grade in made.items():
        record(folder, "shop", f"j{judge}", query, product, 3 - grade)
        record(folder, "shop", f"j{judge}", query, product, grade)
    found = {(one.judge, one.query, one.product_id): one.grade for one in listed(folder, "shop")}
    assert found == {(f"j{judge}", query, product): grade for (judge, query, product), grade in made.items()}


def test_a_preference_is_found_again(tmp_path: Path) -> None:
    assert preferences.load(tmp_path, preferences.JUDGE) is None
    preferences.save(tmp_path, preferences.JUDGE, "Ann")
    preferences.save(tmp_path, preferences.JUDGE, "Bob")
    assert preferences.load(tmp_path, preferences.JUDGE) == "Bob"


def test_a_catalogue_is_listed_while_somebody_judges(tmp_path: Path) -> None:
    """SQLite's files beside the database come and go between two looks at the folder."""
    stop = threading.Event()

    def judge() -> None:
        while not stop.is_set():
            record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)

    record(tmp_path, "shop", "Ann", "red lamp", "p1", 1)
    worker = threading.Thread(target=judge)
    worker.start()
    try:
        for _ in range(2000):
            assert FILE in [name for name, *_ in listing(tmp_path, "shop")]
    finally:
        stop.set()
        worker.join()
