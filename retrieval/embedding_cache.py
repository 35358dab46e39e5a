"""Vectors kept by content: what was embedded once by an encoder is never embedded by it again."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from retrieval.errors import BuildError
from retrieval.protocols import Encoder, FloatArray, LoadsLater, Progress

CACHE_FILE = "embeddings.sqlite"
VERSION = 1
_SCHEMA = """
CREATE TABLE encoders (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE embeddings (encoder INTEGER NOT NULL REFERENCES encoders, digest BLOB NOT NULL, crc INTEGER NOT NULL,
    vector BLOB NOT NULL, PRIMARY KEY (encoder, digest));
PRAGMA user_version = 1;
"""
# What the surroundings do to a database; any other error comes from what stands in the file.
_SURROUNDINGS = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)
# Python meets SQLite's message about a damaged schema with UnicodeDecodeError where it quotes the damage.
_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of a list of texts, a row a text; `new` and `reused` count distinct texts."""

    vectors: FloatArray
    new: int
    reused: int


def digest(text: str, *, query: bool = False) -> bytes:
    """Return the key of a text within an encoder; the same words as query and as passage are two things."""
    kind = b"query\0" if query else b"passage\0"
    return hashlib.sha256(kind + text.encode("utf-8", "surrogatepass")).digest()


class EmbeddingCache:
    """The vectors of all encoders in one SQLite file, which several processes may use at once.

    A damaged file is set aside under another name and begun anew, for it holds nothing that cannot be computed again;
    `notices` tells of it. Raises sqlite3.Error or OSError where the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open()

    def get(self, encoder_id: str, digests: Sequence[bytes], dimension: int) -> dict[bytes, FloatArray]:
        """Return the vectors that are there, by digest; one that is damaged counts as absent."""
        try:
            return self._get(encoder_id, digests, dimension)
        except _ERRORS as error:
            self._replace_if_damaged(error)
            return {}

    def holds(self, encoder_id: str, digests: Sequence[bytes]) -> set[bytes]:
        """Return which of these texts have a vector, of whatever dimension."""
        query = "SELECT 1 FROM embeddings JOIN encoders ON encoder = number WHERE id = ? AND digest = ?"
        try:
            return {key for key in digests if self._db.execute(query, (encoder_id, key)).fetchone()}
        except _ERRORS as error:
            self._replace_if_damaged(error)
            return set()

    def put(self, encoder_id: str, digests: Sequence[bytes], vectors: FloatArray) -> None:
        """Keep vectors, a row a digest; they are safe from the process's end when this returns."""
        try:
            self._put(encoder_id, digests, vectors)
        except _ERRORS as error:
            self._replace_if_damaged(error)
            self._put(encoder_id, digests, vectors)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> EmbeddingCache:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _get(self, encoder_id: str, digests: Sequence[bytes], dimension: int) -> dict[bytes, FloatArray]:
        row = self._db.execute("SELECT number FROM encoders WHERE id = ?", (encoder_id,)).fetchone()
        found: dict[bytes, FloatArray] = {}
        if row is None:
            return found
        query = "SELECT crc, vector FROM embeddings WHERE encoder = ? AND digest = ?"
        for key in digests:
            kept = self._db.execute(query, (row[0], key)).fetchone()
            if kept is None:
                continue
            crc, blob = kept
            if isinstance(blob, bytes) and len(blob) == 4 * dimension and _checksum(encoder_id, key, blob) == crc:
                found[key] = np.frombuffer(blob, dtype="<f4")
        return found

    def _put(self, encoder_id: str, digests: Sequence[bytes], vectors: FloatArray) -> None:
        blobs = [row.astype("<f4").tobytes() for row in vectors]
        with _transaction(self._db):
            self._db.execute("INSERT OR IGNORE INTO encoders (id) VALUES (?)", (encoder_id,))
            row = self._db.execute("SELECT number FROM encoders WHERE id = ?", (encoder_id,)).fetchone()
            if row is None:
                raise _OtherFormat("its table of encoders does not keep what is put in")
            self._db.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)",
                [
                    (row[0], key, _checksum(encoder_id, key, blob), blob)
                    for key, blob in zip(digests, blobs, strict=True)
                ],
            )

    def _open(self) -> sqlite3.Connection:
        with self._alone():
            try:
                return self._connect()
            except _ERRORS as error:
                if not _is_damage(error):
                    raise
                self._set_aside(str(error))
                return self._connect()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # Survives the process's death; after a power cut the last batches may be embedded again.
            db.execute("PRAGMA synchronous = NORMAL")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not version and not tables:
                with _transaction(db):
                    for statement in _SCHEMA.split(";"):
                        db.execute(statement)
            elif version != VERSION:
                raise _OtherFormat(f"its format is {version}, this version writes {VERSION}")
            self._inode = self.path.stat().st_ino
        except BaseException:
            db.close()
            raise
        return db

    def _replace_if_damaged(self, error: Exception) -> None:
        if not _is_damage(error):
            raise error
        self._db.close()
        with self._alone():
            # Another process may have replaced the file already: only the very file that failed is set aside.
            if self.path.exists() and self.path.stat().st_ino == self._inode:
                self._set_aside(str(error))
            self._db = self._connect()

    def _set_aside(self, reason: str) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        notice = f"{self.path} was damaged ({reason}) and set aside as {aside.name}: its texts are embedded again."
        self.notices.append(notice)
        _log.warning(notice)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class _OtherFormat(sqlite3.DatabaseError):
    """The file is a database, but none of this version's."""


def _is_damage(error: Exception) -> bool:
    if isinstance(error, sqlite3.ProgrammingError):
        return False
    return (getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF) not in _SURROUNDINGS


def _checksum(encoder_id: str, key: bytes, blob: bytes) -> int:
    return zlib.crc32(blob, zlib.crc32(key, zlib.crc32(encoder_id.encode())))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    cache: EmbeddingCache | None,
    batch_size: int,
    progress: Progress | None = None,
) -> Embedded:
    """Return the passage vectors of texts, each distinct text embedded once and only where the cache lacks it.

    Each batch is kept as it is done, so that a build that is killed goes on from there. Progress counts the texts that
    have to be embedded; the stage `encoder` comes first where weights are loaded for them. Raises BuildError where the
    encoder fails or gives something that is no vector, ModelUnavailable where it cannot be loaded or asked.
    """
    keys = [digest(text) for text in texts]
    by_key = dict(zip(keys, texts, strict=True))
    known = cache.get(encoder.id, list(by_key), encoder.dimension) if cache else {}
    # Texts of one length share a batch, for a batch is padded to its longest; the longest come first, so that what
    # does not fit into memory fails at once.
    missing = sorted((key for key in by_key if key not in known), key=lambda key: (-len(by_key[key]), key))
    reused = len(known)
    if missing and isinstance(encoder, LoadsLater):
        _load(encoder, progress)
    for start in range(0, len(missing), batch_size):
        if progress:
            progress("embed", start, len(missing))
        batch = missing[start : start + batch_size]
        vectors = _encode(encoder, [by_key[key] for key in batch])
        if cache:
            cache.put(encoder.id, batch, vectors)
        known.update(zip(batch, vectors, strict=True))
    if progress and missing:
        progress("embed", len(missing), len(missing))
    rows = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for row, key in enumerate(keys):
        rows[row] = known[key]
    return Embedded(rows, len(missing), reused)


def _load(encoder: LoadsLater, progress: Progress | None) -> None:
    if progress:
        progress("encoder", 0, 1)
    encoder.load()
    if progress:
        progress("encoder", 1, 1)


def _encode(encoder: Encoder, texts: Sequence[str]) -> FloatArray:
    try:
        vectors = np.asarray(encoder.encode(texts), dtype=np.float32)
    except (RuntimeError, ValueError, TypeError, MemoryError) as error:
        raise BuildError(
            f"the encoder {encoder.id} failed on {len(texts)} texts, the longest of {max(map(len, texts))} characters: "
            f"{error}. What was embedded before is kept; try a smaller EMBED_BATCH_SIZE or another EMBEDDER."
        ) from error
    expected = (len(texts), encoder.dimension)
    if vectors.shape != expected or not np.isfinite(vectors).all():
        raise BuildError(
            f"the encoder {encoder.id} gave an array of shape {vectors.shape} where finite numbers of shape {expected} "
            "were expected. Choose another EMBEDDER."
        )
    return vectors
