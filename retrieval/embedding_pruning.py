"""Which kept vectors no kept build uses, and taking those out of the cache."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.artifacts import STORE, Manifest, build_folder, catalogue_names, list_builds
from retrieval.commits import LOCK, builder_lock, hold
from retrieval.embedding_cache import CACHE_FILE, VERSION, digest
from retrieval.errors import BuildError, DataError
from retrieval.passages import passage_text, title_text
from retrieval.settings import Settings
from retrieval.store import SqliteStore

BUSY_S = 60.0


@dataclass(frozen=True, slots=True)
class EncoderVectors:
    """How many vectors the cache holds of one encoder, how many of them nothing uses, and the bytes of those."""

    encoder: str
    vectors: int
    unused: int
    unused_bytes: int


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """The cache of vectors: its file's size in bytes (with its log), and what it holds by encoder."""

    path: Path
    bytes: int
    encoders: tuple[EncoderVectors, ...]

    @property
    def vectors(self) -> int:
        """Return how many vectors there are."""
        return sum(entry.vectors for entry in self.encoders)

    @property
    def unused(self) -> int:
        """Return how many of them no kept build uses."""
        return sum(entry.unused for entry in self.encoders)

    @property
    def unused_bytes(self) -> int:
        """Return how many bytes the unused vectors have."""
        return sum(entry.unused_bytes for entry in self.encoders)


def cached_vectors(settings: Settings, *, other_encoders: bool = False) -> CachedVectors:
    """Count the cache's vectors, and those that no kept build uses; nothing is changed.

    A vector is used where any kept build of any catalogue in INDEX_DIR holds its text, whatever the encoder. With
    `other_encoders` it must also be of an encoder that a kept build has. Raises IndexDamaged or IndexOutdated where a
    build cannot be read, DataError where the cache cannot.
    """
    path = settings.data_dir / CACHE_FILE
    if not path.is_file():
        return CachedVectors(path, 0, ())
    with _opened(path, "ro") as db:
        _mark_used(db, settings.index_dir)
        return CachedVectors(path, _size(path), _count(db, other_encoders))


def prune(settings: Settings, *, other_encoders: bool = False) -> CachedVectors:
    """Take the vectors that `cached_vectors` counts as unused out of the cache, all or none; return that count.

    The file is made smaller afterwards. Raises BuildError while a build is running, whose texts no kept build holds
    yet, and what `cached_vectors` raises.
    """
    path = settings.data_dir / CACHE_FILE
    if not path.is_file():
        return CachedVectors(path, 0, ())
    with ExitStack() as locks, _opened(path, "rw") as db:
        locked = _catalogue_folders(settings.index_dir)
        for name in locked:
            locks.enter_context(builder_lock(settings.index_dir, name, wait=False))
        _mark_used(db, settings.index_dir)
        # From here on a build of a new name waits with what it has embedded; one that came before is seen.
        db.execute("BEGIN IMMEDIATE")
        begun = set(_catalogue_folders(settings.index_dir)) - set(locked)
        if begun:
            raise BuildError(
                f"the catalogue {min(begun)!r} is being built; wait for its end or cancel that, then try again."
            )
        found = CachedVectors(path, _size(path), _count(db, other_encoders))
        db.execute(f"DELETE FROM embeddings WHERE {_UNUSED[other_encoders]}")  # noqa: S608  one of two constants
        db.execute("DELETE FROM encoders WHERE number NOT IN (SELECT encoder FROM embeddings)")
        db.execute("COMMIT")
        locks.close()
        if found.unused:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return found


_UNUSED = {
    False: "digest NOT IN (SELECT digest FROM temp.used)",
    True: "(digest NOT IN (SELECT digest FROM temp.used) "
    "OR encoder NOT IN (SELECT number FROM encoders WHERE id IN (SELECT id FROM temp.serving)))",
}
"""Whether other encoders count as unused -> the rows that nothing uses."""


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Open the cache as it is, rolled back when the block fails; raise DataError for what SQLite cannot do with it."""
    try:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != VERSION:
                raise DataError(
                    f"{path} is of format {version}, this version reads {VERSION}; the next build begins anew."
                )
            yield db
    # Python meets SQLite's message about a damaged schema with UnicodeDecodeError where it quotes the damage.
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: {error}. Look for free disk space and the right to write there, and for a build that is running; "
            "a damaged file is set aside by the next build."
        ) from error


def _catalogue_folders(index_dir: Path) -> list[str]:
    """Return the names of the folders in which somebody built or builds."""
    return sorted(lock.parent.name for lock in index_dir.glob(f"*/{LOCK}"))


def _mark_used(db: sqlite3.Connection, index_dir: Path) -> None:
    db.execute("CREATE TEMP TABLE used (digest BLOB PRIMARY KEY) WITHOUT ROWID")
    db.execute("CREATE TEMP TABLE serving (id TEXT PRIMARY KEY) WITHOUT ROWID")
    for name in catalogue_names(index_dir):
        for manifest in list_builds(index_dir, name):
            if manifest.encoder is not None:
                db.execute("INSERT OR IGNORE INTO serving VALUES (?)", (manifest.encoder.id,))
            db.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((key,) for key in _digests(index_dir, manifest)))


def _digests(index_dir: Path, manifest: Manifest) -> Iterator[bytes]:
    folder = build_folder(index_dir, manifest.name, manifest.build)
    held = hold(folder)
    if held is None:
        return  # removed since it was listed: not kept any more
    try:
        with closing(SqliteStore(folder / STORE)) as store:
            for product in store.all_products():
                yield digest(title_text(product.title))
            for chunk in store.all_chunks():
                yield digest(passage_text(chunk))
    finally:
        os.close(held)


def _count(db: sqlite3.Connection, other_encoders: bool) -> tuple[EncoderVectors, ...]:
    unused = _UNUSED[other_encoders]
    rows = db.execute(
        f"SELECT id, count(*), coalesce(sum({unused}), 0), coalesce(sum(length(vector) * ({unused})), 0) "  # noqa: S608
        "FROM embeddings JOIN encoders ON encoder = number GROUP BY id ORDER BY id"
    )
    return tuple(EncoderVectors(*row) for row in rows)


def _size(path: Path) -> int:
    return sum(part.stat().st_size for suffix in ("", "-wal") if (part := Path(f"{path}{suffix}")).is_file())
