"""SQLite databases of what the user owns, `app.sqlite` first; a schema only ever moves forward."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import JobError, ProductSearchError
from shop import data_folder

FILE = "app.sqlite"
BUSY_SECONDS = 10.0
"""How long a statement waits for another process's transaction."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            catalogue TEXT NOT NULL,
            source TEXT NOT NULL,
            params TEXT NOT NULL DEFAULT '{}',
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'died')),
            stage TEXT NOT NULL DEFAULT '',
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            eta_s REAL,
            created REAL NOT NULL,
            started REAL,
            finished REAL,
            heartbeat REAL,
            pid INTEGER,
            birth TEXT,
            message TEXT NOT NULL DEFAULT '',
            summary TEXT
        ) STRICT
        """,
        "CREATE INDEX jobs_by_catalogue ON jobs (catalogue, created)",
        "CREATE INDEX jobs_by_state ON jobs (state)",
    ),
    (
        """
        CREATE TABLE recent_searches (
            catalogue TEXT NOT NULL,
            query TEXT NOT NULL,
            address TEXT NOT NULL,
            searched REAL NOT NULL,
            PRIMARY KEY (catalogue, query)
        ) STRICT
        """,
        "CREATE TABLE preferences (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN context TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody'",
        "ALTER TABLE jobs ADD COLUMN resumes TEXT",
        "ALTER TABLE jobs ADD COLUMN resumed_by TEXT",
    ),
)
"""Statements that lead from schema version n to n + 1. Never edit one that was released: append."""


@contextmanager
def connected(data_dir: Path, *, write: bool = True, patience: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the database of `data_dir` within one transaction, made and migrated where needed.

    With `write` the lock is taken at once, so that what was read is still true when it is written; `patience` is how
    many seconds to wait for it. Raises JobError naming the file where it cannot be read, written or understood,
    DataError for a folder of a newer version.
    """
    try:
        data_folder.prepare(data_dir)
    except OSError as error:
        raise _closed(data_dir / FILE, error, JobError) from error
    with opened(data_dir / FILE, MIGRATIONS, JobError, write=write, patience=patience) as db:
        yield db


@contextmanager
def opened(
    path: Path,
    migrations: Sequence[Sequence[str]],
    raised: type[ProductSearchError],
    *,
    write: bool,
    patience: float = BUSY_SECONDS,
) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the database at `path` within one transaction, made and migrated where needed.

    With `write` the lock is taken at once. Raises `raised` where the file cannot be read, written or understood.
    """
    try:
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    except sqlite3.Error as error:
        raise _closed(path, error, raised) from error
    try:
        connection.row_factory = sqlite3.Row
        _write_ahead(connection, patience)
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, migrations, path, raised)
        connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise raised(
            f"{path}: {error}; if this stays, move the file aside, then restore a backup or start again without what "
            "it held"
        ) from error
    finally:
        connection.close()


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Let readers read while somebody writes; waits for others as long as every statement does."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Changing the mode of a new file is the one thing that SQLite's own time-out does not wait for.
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def _closed(path: Path, error: Exception, raised: type[ProductSearchError]) -> ProductSearchError:
    return raised(f"{path}: cannot be opened ({error}); check that DATA_DIR is a folder you may write to")


def migrate(
    connection: sqlite3.Connection,
    migrations: Sequence[Sequence[str]],
    path: Path,
    raised: type[ProductSearchError] = JobError,
) -> None:
    """Bring the schema to `len(migrations)`, whole or not at all; raise `raised` where the file is newer."""
    wanted = len(migrations)
    if _version(connection) == wanted:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # again: another process may have been first
        if version > wanted:
            raise raised(
                f"{path}: written by a newer version of this program (schema {version}, this one knows {wanted}); "
                "update the program"
            )
        for statements in migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {wanted}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
