"""What people judged, for a catalogue: how well a product answers a query, kept in SQLite; no rebuild touches it.

A judgement belongs to a query's text and a product, so that it holds in every set with that query, also in one that is
made anew. Spaces within a query count as one, as they do for the engine.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from shop import data_folder
from shop.database import opened

FILE = "judgements.sqlite"
GRADES = (0, 1, 2, 3)
"""Irrelevant, related, relevant, exactly what was meant."""
LONGEST_NAME = 60

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE judgements (
            judge TEXT NOT NULL,
            query TEXT NOT NULL,
            product_id TEXT NOT NULL,
            grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 3),
            at REAL NOT NULL,
            PRIMARY KEY (judge, query, product_id)
        ) STRICT
        """,
        "CREATE INDEX judgements_by_query ON judgements (query)",
    ),
)
"""Statements that lead from schema version n to n + 1. Never edit one that was released: append."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement: `query` is the query's text, `grade` 0-3, `at` Unix seconds."""

    judge: str
    query: str
    product_id: str
    grade: int
    at: float


@dataclass(frozen=True, slots=True)
class Held:
    """How much was judged: judgements, and the judges by name with how many each made."""

    judgements: int
    judges: Mapping[str, int]


def path(data_dir: Path, catalogue: str) -> Path:
    """Return where a catalogue's judgements are kept, whether there are any or not."""
    return data_dir / check_name(catalogue) / FILE


def query_key(text: str) -> str:
    """Return a query's text as judgements know it: runs of spaces as one."""
    return " ".join(text.split())


def judge_name(text: str) -> str:
    """Return a judge's name as it is kept; raise DataError where it is empty or too long."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DataError(f"a judge needs a name of 1 to {LONGEST_NAME} characters on one line, not {text!r}")
    return name


def record(data_dir: Path, catalogue: str, judge: str, query: str, product_id: str, grade: int) -> None:
    """Keep a judgement in place of the judge's earlier one of that query and product; raise DataError."""
    record_all(data_dir, catalogue, judge, {query: {product_id: grade}})


def record_all(data_dir: Path, catalogue: str, judge: str, grades: Mapping[str, Mapping[str, int]]) -> int:
    """Keep many judgements (grade by product id by query text), all or none; return how many. Raises DataError."""
    name, now = judge_name(judge), time.time()
    rows = [
        (name, query_key(query), product_id, _grade(grade), now)
        for query, products in grades.items()
        for product_id, grade in products.items()
    ]
    with _connected(data_dir, catalogue) as db:
        db.executemany(
            "INSERT INTO judgements (judge, query, product_id, grade, at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (judge, query, product_id) DO UPDATE SET grade = excluded.grade, at = excluded.at",
            rows,
        )
    return len(rows)


def remove(data_dir: Path, catalogue: str, judge: str, query: str, product_id: str) -> bool:
    """Take a judgement back and return whether there was one."""
    with _connected(data_dir, catalogue) as db:
        gone = db.execute(
            "DELETE FROM judgements WHERE judge = ? AND query = ? AND product_id = ?",
            (judge_name(judge), query_key(query), product_id),
        )
        return gone.rowcount > 0


def listed(data_dir: Path, catalogue: str, *, judge: str | None = None, query: str | None = None) -> list[Judgement]:
    """Return the judgements of a catalogue, or those of one judge or query, newest first."""
    if not path(data_dir, catalogue).exists():
        return []  # looking makes no file
    wanted = (judge, judge, query, None if query is None else query_key(query))
    with _connected(data_dir, catalogue, write=False) as db:
        rows = db.execute(
            "SELECT judge, query, product_id, grade, at FROM judgements "
            "WHERE (? IS NULL OR judge = ?) AND (? IS NULL OR query = ?) ORDER BY at DESC, rowid DESC",
            wanted,
        )
        return [Judgement(**row) for row in rows]


def held(data_dir: Path, catalogue: str) -> Held:
    """Return how much was judged for a catalogue."""
    if not path(data_dir, catalogue).exists():
        return Held(0, {})
    with _connected(data_dir, catalogue, write=False) as db:
        rows = db.execute("SELECT judge, count(*) FROM judgements GROUP BY judge ORDER BY judge").fetchall()
    judges = {str(name): int(number) for name, number in rows}
    return Held(sum(judges.values()), judges)


def qrels(
    data_dir: Path, catalogue: str, queries: Mapping[str, str], *, judge: str | None = None
) -> dict[str, dict[str, int]]:
    """Return grade by product id by query id, for the queries given (text by id).

    Where several judges graded the same pair it is their median, the lower one of two middle grades: doubt counts
    against a product. With `judge`, that judge's grades alone. A query nobody judged is not there.
    """
    given: dict[str, dict[str, list[int]]] = {}
    for one in listed(data_dir, catalogue, judge=judge):
        given.setdefault(one.query, {}).setdefault(one.product_id, []).append(one.grade)
    found = {}
    for query_id, text in queries.items():
        products = given.get(query_key(text))
        if products:
            found[query_id] = {product: statistics.median_low(grades) for product, grades in sorted(products.items())}
    return found


def _grade(grade: int) -> int:
    if isinstance(grade, bool) or grade not in GRADES:
        raise DataError(f"{grade!r} is no grade; give 0 (irrelevant), 1, 2 or 3 (exactly what was meant)")
    return grade


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
