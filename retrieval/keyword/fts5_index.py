"""Keyword search by SQLite's FTS5: the fallback that needs nothing but Python."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.keyword.fields import FIELDS
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray
from retrieval.records import Chunk, Product
from retrieval.settings import Settings

_FILE = "fts5.sqlite"
# Texts are stored as the tokeniser's stems, so FTS5 only has to split at blanks; marks are part of Bangla words.
_SCHEMA = """
CREATE VIRTUAL TABLE documents USING fts5(
    title, attributes, body, product_id UNINDEXED, category UNINDEXED, brand UNINDEXED, price UNINDEXED,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N*'");
CREATE VIRTUAL TABLE chunks USING fts5(
    text, chunk_id UNINDEXED, product_id UNINDEXED,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N*'");
"""


class Fts5Index:
    """Documents (fielded) and chunks with their metadata in one SQLite database; safe to use from several threads."""

    name = "fts5"

    def __init__(self, database: bytes, settings: Settings) -> None:
        self._tokenizer = Tokenizer(settings.tokenizer)
        self._weights = (settings.bm25_title_weight, settings.bm25_attribute_weight, settings.bm25_body_weight)
        self._database = database
        with contextlib.closing(self._connect()) as connection:
            self._length = int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings, chunks: Sequence[Chunk] = ()) -> Fts5Index:
        """Index the products, and their chunks where given."""
        tokenizer = Tokenizer(settings.tokenizer)

        def stems(text: str) -> str:
            return " ".join(tokenizer(text))

        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(_SCHEMA)
            connection.executemany(
                "INSERT INTO documents(rowid, title, attributes, body, product_id, category, brand, price)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (row + 1, *(stems(read(p)) for read in FIELDS.values()), p.product_id, p.category, p.brand, p.price)
                    for row, p in enumerate(products)
                ),
            )
            connection.executemany(
                "INSERT INTO chunks(rowid, text, chunk_id, product_id) VALUES (?, ?, ?, ?)",
                ((row + 1, stems(f"{c.title}\n{c.text}"), c.chunk_id, c.product_id) for row, c in enumerate(chunks)),
            )
            connection.commit()
            return cls(connection.serialize(), settings)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> Fts5Index:
        """Read what `save` wrote."""
        return cls((folder / _FILE).read_bytes(), settings)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        (folder / _FILE).write_bytes(self._database)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(self._database)
        return connection

    def __len__(self) -> int:
        return self._length

    def _match(self, query: str) -> str:
        quoted = (token.replace('"', '""') for token in dict.fromkeys(self._tokenizer(query)))
        return " OR ".join(f'"{token}"' for token in quoted)

    def score(self, query: str) -> FloatArray:
        """Return FTS5's weighted BM25 of every product, shape (products,); -inf where no word of the query occurs."""
        scores = np.full(len(self), -np.inf, dtype=np.float32)
        expression = self._match(query)
        if expression:
            # A connection a call: connections are bound to their thread, and opening one in memory takes microseconds.
            with contextlib.closing(self._connect()) as connection:
                rows = connection.execute(
                    "SELECT rowid, -bm25(documents, ?, ?, ?) FROM documents WHERE documents MATCH ?",
                    (*self._weights, expression),
                ).fetchall()
            for row, score in rows:
                scores[row - 1] = score
        return scores

    def best_chunks(self, query: str, k: int) -> list[tuple[str, str, float]]:
        """Return (chunk id, product id, score) of the best `k` chunks, best first."""
        expression = self._match(query)
        if not expression:
            return []
        with contextlib.closing(self._connect()) as connection:
            return connection.execute(
                "SELECT chunk_id, product_id, -bm25(chunks) AS score FROM chunks WHERE chunks MATCH ?"
                " ORDER BY score DESC, chunk_id LIMIT ?",
                (expression, k),
            ).fetchall()
