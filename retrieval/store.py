"""Products, chunks and problems of a build: in SQLite on disk, or in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import IndexDamaged
from retrieval.protocols import IntArray
from retrieval.records import Chunk, Problem, Product

_SCHEMA = """
CREATE TABLE products (position INTEGER PRIMARY KEY, product_id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
CREATE TABLE chunks (row INTEGER PRIMARY KEY, position INTEGER NOT NULL REFERENCES products, chunk_id TEXT NOT NULL,
    product_id TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX chunk_owners ON chunks (position);
CREATE TABLE problems (number INTEGER PRIMARY KEY, line INTEGER NOT NULL, code TEXT NOT NULL, product_id TEXT,
    message TEXT NOT NULL);
"""


def product_from_dict(record: dict[str, Any]) -> Product:
    """Return the product that `Product.to_dict` made the record of."""
    for name in ("colors", "sizes", "images"):
        record[name] = tuple(record[name])
    record["attributes"] = {k: v if isinstance(v, str) else tuple(v) for k, v in record["attributes"].items()}
    return Product(**record)


def write_store(
    path: Path, products: Sequence[Product], chunks: Sequence[Sequence[Chunk]], problems: Sequence[Problem]
) -> None:
    """Write a new store; `chunks` holds each product's chunks. Raise sqlite3.Error or OSError where it fails."""
    # The file is made durable as a whole by the build's commit, so that SQLite's own journal would be waste.
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + _SCHEMA)
        db.executemany(
            "INSERT INTO products VALUES (?, ?, ?)",
            (
                (position, product.product_id, json.dumps(product.to_dict(), ensure_ascii=False))
                for position, product in enumerate(products)
            ),
        )
        rows = ((position, chunk) for position, own in enumerate(chunks) for chunk in own)
        db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
            (
                (row, position, chunk.chunk_id, chunk.product_id, chunk.title, chunk.text)
                for row, (position, chunk) in enumerate(rows)
            ),
        )
        db.executemany(
            "INSERT INTO problems (line, code, product_id, message) VALUES (?, ?, ?, ?)",
            ((p.line, p.code, p.product_id, p.message) for p in problems),
        )
        db.execute("COMMIT")


class SqliteStore:
    """A store read from disk, safe to use from several threads; a damaged file raises IndexDamaged at any call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Builds never change, so SQLite need neither lock nor look for a journal.
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._idle: list[sqlite3.Connection] = []
        self._count = int(self._read("SELECT count(*) FROM products")[0][0])

    def __len__(self) -> int:
        return self._count

    def products(self, positions: Sequence[int]) -> list[Product]:
        """Return the products at these positions, in this order; raise IndexError for one that is not there."""
        rows = self._read(
            "SELECT record FROM json_each(?) AS wanted JOIN products ON position = wanted.value ORDER BY wanted.key",
            json.dumps([int(p) for p in positions]),
        )
        _check_found(rows, positions)
        return [product_from_dict(json.loads(record)) for (record,) in rows]

    def titles(self, positions: Sequence[int]) -> list[str]:
        """Return the titles of the products at these positions, in this order; raise IndexError."""
        rows = self._read(
            "SELECT json_extract(record, '$.title') FROM json_each(?) AS wanted "
            "JOIN products ON position = wanted.value ORDER BY wanted.key",
            json.dumps([int(p) for p in positions]),
        )
        _check_found(rows, positions)
        return [str(title) for (title,) in rows]

    def position(self, product_id: str) -> int | None:
        """Return the position of a product, None when there is none of that id."""
        rows = self._read("SELECT position FROM products WHERE product_id = ?", product_id)
        return int(rows[0][0]) if rows else None

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """Return the chunks at these row numbers, in this order; raise IndexError for one that is not there."""
        found = self._read(
            "SELECT chunk_id, product_id, title, text FROM json_each(?) AS wanted JOIN chunks ON row = wanted.value "
            "ORDER BY wanted.key",
            json.dumps([int(r) for r in rows]),
        )
        _check_found(found, rows)
        return [Chunk(*row) for row in found]

    def chunk_rows(self, position: int) -> range:
        """Return the row numbers of a product's chunks."""
        return _rows(self._starts, position)

    def product_ids(self) -> list[str]:
        """Return the id of every product, by position."""
        return [str(i) for (i,) in self._read("SELECT product_id FROM products ORDER BY position")]

    def all_products(self) -> list[Product]:
        """Return every product, by position."""
        rows = self._read("SELECT record FROM products ORDER BY position")
        return [product_from_dict(json.loads(record)) for (record,) in rows]

    def all_chunks(self) -> list[Chunk]:
        """Return every chunk, by row."""
        return [Chunk(*row) for row in self._read("SELECT chunk_id, product_id, title, text FROM chunks ORDER BY row")]

    def problems(self) -> list[Problem]:
        """Return what was odd about the catalogue's file, by line."""
        rows = self._read("SELECT line, code, product_id, message FROM problems ORDER BY number")
        return [Problem(*row) for row in rows]

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        while self._idle:
            self._idle.pop().close()

    def chunk_count(self) -> int:
        """Return the number of chunks."""
        return int(self._starts[-1])

    @cached_property
    def _starts(self) -> IntArray:
        counts = np.zeros(self._count, dtype=np.int64)
        for position, count in self._read("SELECT position, count(*) FROM chunks GROUP BY position"):
            counts[position] = count
        return chunk_starts(counts)

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with self._connection() as db:
                return db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(
                f"{self.path} cannot be read ({error}). Build the catalogue anew with: product-search index FILE "
                f"--name {self.path.parent.parent.name}"
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # A connection serves one thread at a time; list.pop and list.append are atomic.
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
        try:
            yield db
        finally:
            self._idle.append(db)


class MemoryStore:
    """A store over products held in memory, with the contract of `SqliteStore`."""

    def __init__(
        self, products: Sequence[Product], chunks: Sequence[Sequence[Chunk]], problems: Sequence[Problem] = ()
    ) -> None:
        self._products = list(products)
        self._chunks = [chunk for own in chunks for chunk in own]
        self._problems = list(problems)
        self._starts = chunk_starts(np.array([len(own) for own in chunks], dtype=np.int64))
        self._positions = {p.product_id: i for i, p in enumerate(self._products)}

    def __len__(self) -> int:
        return len(self._products)

    def products(self, positions: Sequence[int]) -> list[Product]:
        """Return the products at these positions, in this order; raise IndexError for one that is not there."""
        return [self._products[_checked(p, len(self._products))] for p in positions]

    def titles(self, positions: Sequence[int]) -> list[str]:
        """Return the titles of the products at these positions, in this order; raise IndexError."""
        return [product.title for product in self.products(positions)]

    def position(self, product_id: str) -> int | None:
        """Return the position of a product, None when there is none of that id."""
        return self._positions.get(product_id)

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """Return the chunks at these row numbers, in this order; raise IndexError for one that is not there."""
        return [self._chunks[_checked(r, len(self._chunks))] for r in rows]

    def chunk_rows(self, position: int) -> range:
        """Return the row numbers of a product's chunks."""
        return _rows(self._starts, position)

    def all_products(self) -> list[Product]:
        """Return every product, by position."""
        return list(self._products)

    def all_chunks(self) -> list[Chunk]:
        """Return every chunk, by row."""
        return list(self._chunks)

    def problems(self) -> list[Problem]:
        """Return what was odd about the catalogue's file, by line."""
        return list(self._problems)

    def chunk_count(self) -> int:
        """Return the number of chunks."""
        return len(self._chunks)

    def close(self) -> None:
        """Do nothing: memory is given back with the object."""


def chunk_starts(counts: np.ndarray[Any, np.dtype[np.int64]]) -> IntArray:
    """Return the first chunk row of each product and, last, the number of rows, from the chunks of each product."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _rows(starts: IntArray, position: int) -> range:
    position = _checked(position, len(starts) - 1)
    return range(int(starts[position]), int(starts[position + 1]))


def _checked(number: int, count: int) -> int:
    if not 0 <= number < count:
        raise IndexError(f"there is no number {number} among {count}")
    return int(number)


def _check_found(found: Sequence[object], wanted: Sequence[int]) -> None:
    if len(found) != len(wanted):
        raise IndexError(f"{len(wanted) - len(found)} of the numbers {list(wanted)[:20]} are not there")
