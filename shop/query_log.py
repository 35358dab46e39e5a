"""What was searched for in a catalogue and how much it found: kept on this machine, or not at all where switched off.

Searches are written by a thread of their own, many at a time: no search waits for the disk, and none fails with it.
data/<catalogue>/query_log.sqlite holds the newest ROWS of them and goes with the catalogue.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Literal

from retrieval.artifacts import check_name
from retrieval.errors import DataError, ProductSearchError
from retrieval.text import fold
from shop import data_folder, preferences
from shop.database import opened

logger = logging.getLogger(__name__)

FILE = "query_log.sqlite"
ROWS = 50_000
WAITING = 1_000
"""Searches that may wait to be written; what comes while so many wait is counted and left out."""
_BATCH = 200
_SWITCH = "query_log"
LONGEST_QUERY = 500
Kind = Literal["all", "zero", "no_good_match"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE searches (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            query TEXT NOT NULL,
            key TEXT NOT NULL,
            mode TEXT NOT NULL,
            total INTEGER NOT NULL,
            no_good_match INTEGER NOT NULL CHECK (no_good_match IN (0, 1)),
            ms REAL NOT NULL
        ) STRICT
        """,
        "CREATE INDEX searches_by_key ON searches (key, number)",
    ),
)
"""Statements that lead from schema version n to n + 1. Never edit one that was released: append."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: `total` hits in `ms` milliseconds; `no_good_match` where only the nearest things were shown."""

    catalogue: str
    query: str
    mode: str
    total: int
    no_good_match: bool
    ms: float
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was asked last, how often it was (letters' case and spaces apart), and what it found the last time.

    `last` is Unix seconds, `ms` the mean time in milliseconds.
    """

    query: str
    times: int
    last: float
    total: int
    no_good_match: bool
    ms: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a log holds: searches, different queries, how many searches found nothing or no good match, since when."""

    searches: int
    queries: int
    zero: int
    no_good_match: int
    since: float | None


def path(data_dir: Path, catalogue: str) -> Path:
    """Return where a catalogue's log is kept, whether there is one or not."""
    return data_dir / check_name(catalogue) / FILE


def kept(data_dir: Path) -> bool:
    """Return whether the app's switch lets searches be kept; it does until it is turned. Raises JobError, DataError."""
    return not data_dir.is_dir() or preferences.load(data_dir, _SWITCH) != "off"


def switch(data_dir: Path, on: bool) -> None:
    """Keep searches from now on, or none; what was kept stays until it is cleared. Raises JobError, DataError."""
    preferences.save(data_dir, _SWITCH, "on" if on else "off")


def summary(data_dir: Path, catalogue: str) -> Summary:
    """Return what a catalogue's log holds; raise DataError where it cannot be read."""
    if not path(data_dir, catalogue).exists():
        return Summary(0, 0, 0, 0, None)  # looking makes no file
    with _connected(data_dir, catalogue, write=False) as db:
        row = db.execute(
            "SELECT count(*), count(DISTINCT key), coalesce(sum(total = 0), 0), coalesce(sum(no_good_match), 0), "
            "min(at) FROM searches"
        ).fetchone()
    return Summary(*row)


def report(data_dir: Path, catalogue: str, kind: Kind = "all", limit: int = 100) -> list[Asked]:
    """Return the queries asked most often, equals by the latest; raise DataError where the log cannot be read.

    `zero` and `no_good_match` give those whose last search found nothing, or no good match: what a new product, synonym
    or rule has mended since then is not listed any more.
    """
    if not path(data_dir, catalogue).exists():
        return []
    with _connected(data_dir, catalogue, write=False) as db:
        rows = db.execute(
            # A bare column beside max() is SQLite's value of the row that holds the maximum.
            "SELECT query, count(*) AS times, at AS last, total, no_good_match, avg(ms) AS ms, max(number) AS newest "
            "FROM searches GROUP BY key "
            "HAVING :kind = 'all' OR (:kind = 'zero' AND total = 0) "
            "OR (:kind = 'no_good_match' AND no_good_match = 1) "
            "ORDER BY times DESC, newest DESC LIMIT :limit",
            {"kind": kind, "limit": limit},
        )
        return [
            Asked(row["query"], row["times"], row["last"], row["total"], bool(row["no_good_match"]), row["ms"])
            for row in rows
        ]


def clear(data_dir: Path, catalogue: str) -> int:
    """Forget every search of a catalogue and return how many there were; raise DataError."""
    if not path(data_dir, catalogue).exists():
        return 0
    with _connected(data_dir, catalogue) as db:
        return db.execute("DELETE FROM searches").rowcount


def write(data_dir: Path, catalogue: str, searches: Sequence[Search], rows: int = ROWS) -> None:
    """Keep searches of one catalogue, and of all of its searches the newest `rows`; raise DataError."""
    with _connected(data_dir, catalogue) as db:
        db.executemany(
            "INSERT INTO searches (at, query, key, mode, total, no_good_match, ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(s.at, s.query, _key(s.query), s.mode, s.total, int(s.no_good_match), s.ms) for s in searches],
        )
        db.execute("DELETE FROM searches WHERE number <= (SELECT max(number) FROM searches) - ?", (rows,))


class QueryLog:
    """Writes searches behind the searcher's back; safe to use from several threads.

    `left_out` counts searches that were not kept because too many waited, `fault` is why the last writing failed, None
    where it did not.
    """

    def __init__(self, data_dir: Path, *, on: bool = True) -> None:
        """Keep searches in `data_dir`; `on` False, as by QUERY_LOG=off, keeps none whatever the app's switch says."""
        self._data_dir = data_dir
        self.on = on
        self.left_out = 0
        self.fault: str | None = None
        self._waiting: Queue[Search] = Queue(WAITING)
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    def record(
        self, catalogue: str, query: str, *, mode: str, total: int, ms: float, no_good_match: bool = False
    ) -> None:
        """Take a search to be written; returns at once, and never raises. Empty queries are browsing and are left out.

        A page that is drawn again, turned or filtered further is for the caller to leave out.
        """
        said = " ".join(query.split())[:LONGEST_QUERY].encode("utf-8", "replace").decode("utf-8")
        if not self.on or not said:
            return
        try:
            self._waiting.put_nowait(Search(catalogue, said, mode, total, no_good_match, ms, time.time()))
        except Full:
            self.left_out += 1
            return
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="query-log", daemon=True)
                self._writer.start()

    def flush(self) -> None:
        """Wait until everything taken so far was written, or could not be."""
        self._waiting.join()

    def _write(self) -> None:
        while True:
            batch = [self._waiting.get()]
            try:
                while len(batch) < _BATCH:
                    batch.append(self._waiting.get_nowait())
            except Empty:
                pass
            try:
                self._keep(batch)
                self.fault = None
            except (ProductSearchError, OSError) as error:
                # Nobody waits for this thread: the page of the log says what went wrong.
                self.fault = str(error)
                logger.warning("%d searches were not kept: %s", len(batch), error)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    def _keep(self, batch: Sequence[Search]) -> None:
        if not kept(self._data_dir):
            return
        for catalogue in dict.fromkeys(search.catalogue for search in batch):
            write(self._data_dir, catalogue, [search for search in batch if search.catalogue == catalogue])


def _key(query: str) -> str:
    return " ".join(fold(query).split())


@contextmanager
def _connected(data_dir: Path, catalogue: str, *, write: bool = True) -> Iterator[sqlite3.Connection]:
    file = path(data_dir, catalogue)
    try:
        data_folder.prepare(data_dir)
        file.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(f"{file}: cannot be made ({error}); check that DATA_DIR may be written to") from error
    with opened(file, MIGRATIONS, DataError, write=write) as db:
        yield db
