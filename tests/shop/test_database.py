from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrieval.errors import JobError
from shop.database import FILE, MIGRATIONS, connected, migrate


def test_a_new_database_has_the_newest_schema_and_a_write_ahead_log(tmp_path: Path) -> None:
    with connected(tmp_path / "data") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_failed_block_leaves_nothing_behind(tmp_path: Path) -> None:
    def half() -> None:
        with connected(tmp_path) as db:
            db.execute(
                "INSERT INTO jobs (id, kind, catalogue, source, state, created) VALUES ('a', 'b', 'c', 's', 'done', 1)"
            )
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with connected(tmp_path, write=False) as db:
        assert db.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0


def test_a_state_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="CHECK constraint"), connected(tmp_path) as db:
        db.execute(
            "INSERT INTO jobs (id, kind, catalogue, source, state, created) VALUES ('a', 'b', 'c', 's', 'lost', 1)"
        )


def test_migrations_run_once_each_and_keep_the_rows(tmp_path: Path) -> None:
    first = ("CREATE TABLE things (name TEXT)", "INSERT INTO things VALUES ('kept')")
    second = ("ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7",)
    db = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    migrate(db, [first], tmp_path)
    migrate(db, [first, second], tmp_path)
    migrate(db, [first, second], tmp_path)
    assert db.execute("SELECT * FROM things").fetchall() == [("kept", 7)]
    db.close()


def test_a_migration_that_fails_leaves_the_old_schema_whole(tmp_path: Path) -> None:
    first, broken = ("CREATE TABLE a (x)",), ("CREATE TABLE b (x)", "CREATE TABLE a (x)")
    db = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    migrate(db, [first], tmp_path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, [first, broken], tmp_path)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["a"]
    assert db.execute("PRAGMA user_version").fetchone()[0] == 1
    db.close()


def test_a_database_of_a_newer_version_is_refused_unchanged(tmp_path: Path) -> None:
    newer = len(MIGRATIONS) + 1
    with connected(tmp_path):
        pass
    db = sqlite3.connect(tmp_path / FILE)
    db.execute(f"PRAGMA user_version = {newer}")
    db.close()
    with pytest.raises(JobError, match=f"newer version .*schema {newer}"), connected(tmp_path):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"these are not the tables you are looking for" * 100)
    with pytest.raises(JobError, match=FILE), connected(tmp_path):
        pass


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(JobError, match="DATA_DIR"), connected(tmp_path / "data"):
        pass


def test_many_threads_may_be_the_first_at_once(tmp_path: Path) -> None:
    def add(number: int) -> None:
        with connected(tmp_path) as db:
            db.execute(
                "INSERT INTO jobs (id, kind, catalogue, source, state, created) VALUES (?, 'b', 'c', 's', 'queued', 1)",
                (str(number),),
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    with connected(tmp_path, write=False) as db:
        assert db.execute("SELECT count(*) FROM jobs").fetchone()[0] == 24
