"""Open a build for searching: checked by checksum, read as late as possible, held while it is used."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import weakref
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from retrieval import keyword
from retrieval.artifacts import (
    CHUNK_PRODUCT,
    CHUNK_VECTORS,
    COLUMNS,
    KEYWORD,
    MANIFEST,
    NAMES,
    STORE,
    TITLE_VECTORS,
    VOCABULARY,
    Counts,
    EncoderRecord,
    Manifest,
    build_folder,
    current,
    rebuild_hint,
    shaping,
    verify,
)
from retrieval.columns import Columns
from retrieval.commits import hold
from retrieval.dense import indexes
from retrieval.errors import IndexDamaged, IndexStoreError, ModelUnavailable
from retrieval.passages import choose_kind, chunk_owners, chunk_within, embed_catalogue, vector_index
from retrieval.protocols import Encoder, IntArray, KeywordIndex, VectorIndex
from retrieval.query.lexicon import Lexicon
from retrieval.query.names import Names
from retrieval.query.understand import Reader
from retrieval.query.vocabulary import Vocabulary
from retrieval.records import Degraded, Product
from retrieval.settings import Settings
from retrieval.store import MemoryStore, SqliteStore


@dataclass(frozen=True)
class Vectors:
    """The vector indexes of a build; `chunk_product` maps a row of `chunks` to its product's position."""

    titles: VectorIndex
    chunks: VectorIndex
    chunk_product: IntArray

    @cached_property
    def starts(self) -> IntArray:
        """The first chunk row of every product."""
        return np.flatnonzero(np.diff(self.chunk_product, prepend=-1)).astype(np.int32)


class LoadedBuild:
    """One build, ready to be searched by several threads; what it reads is checked once and kept.

    `close` (or dropping the last reference) lets the build be removed once newer ones stand.
    """

    def __init__(
        self,
        manifest: Manifest,
        store: SqliteStore | MemoryStore,
        columns: Columns,
        settings: Settings,
        load_keyword: Callable[[str], KeywordIndex],
        load_vectors: Callable[[], Vectors | None],
        load_reader: Callable[[], Reader],
        held: int | None = None,
    ) -> None:
        self.manifest = manifest
        self.store = store
        self.columns = columns
        self._settings = settings
        self._load_keyword = load_keyword
        self._load_vectors = load_vectors
        self._load_reader = load_reader
        self._lock = threading.Lock()
        self._keyword: dict[str, KeywordIndex | str] = {}
        self._vectors: tuple[Vectors | None] | IndexStoreError | ModelUnavailable | None = None
        self._reader: Reader | IndexStoreError | None = None
        self._release = weakref.finalize(self, _release, store, held)

    def keyword(self, without: Collection[str] = ()) -> tuple[KeywordIndex, list[Degraded]]:
        """Return the configured keyword index or what stands in for it, with a record for each that could not be used.

        Backends named in `without` are passed over (for one that failed while scoring). Raises IndexDamaged where none
        is left.
        """
        wanted = self._settings.keyword_backend
        order = [wanted, *(name for name in keyword.BACKENDS if name != wanted)]
        failures: list[tuple[str, str]] = []
        for name in order:
            found = f"{name} failed while searching" if name in without else self._one_keyword(name)
            if not isinstance(found, str):
                return found, [Degraded(f"keyword backend {what}", why, name) for what, why in failures]
            failures.append((name, found))
        reasons = "; ".join(why for _, why in failures)
        raise IndexDamaged(f"no keyword index of {self.manifest.name!r} can be used: {reasons}")

    def backend(self, name: str) -> KeywordIndex:
        """Return the keyword index of just this backend; raise IndexDamaged where it cannot be used."""
        found = self._one_keyword(name)
        if isinstance(found, str):
            raise IndexDamaged(found)
        return found

    def ngram(self) -> KeywordIndex:
        """Return the trigram index; raise IndexDamaged where it cannot be used."""
        return self.backend(keyword.NGRAM)

    def units(self) -> KeywordIndex:
        """Return the index of what is said in numbers; raise IndexDamaged where it cannot be used."""
        return self.backend(keyword.UNITS)

    def reader(self) -> Reader:
        """Return what reads queries against this catalogue; raise IndexDamaged where it cannot be used."""
        with self._lock:
            if self._reader is None:
                try:
                    self._reader = self._load_reader()
                except IndexStoreError as error:
                    self._reader = error
            kept = self._reader
        if isinstance(kept, Reader):
            return kept
        raise type(kept)(str(kept)) from kept

    def vectors(self) -> Vectors | None:
        """Return the vector indexes, None for a keyword-only build; raise IndexDamaged or ModelUnavailable."""
        with self._lock:
            if self._vectors is None:
                try:
                    self._vectors = (self._load_vectors(),)
                except (IndexStoreError, ModelUnavailable) as error:
                    self._vectors = error
            kept = self._vectors
        if isinstance(kept, tuple):
            return kept[0]
        raise type(kept)(str(kept)) from kept

    def close(self) -> None:
        """Let the build go; only for when no search uses it any more."""
        self._release()

    def _one_keyword(self, name: str) -> KeywordIndex | str:
        """Return a backend, or why it cannot be used; both are remembered."""
        with self._lock:
            if name not in self._keyword:
                try:
                    self._keyword[name] = self._load_keyword(name)
                except IndexStoreError as error:
                    self._keyword[name] = str(error)
                except (ImportError, OSError, ValueError, LookupError, RuntimeError, sqlite3.Error) as error:
                    self._keyword[name] = f"{name} cannot be loaded: {type(error).__name__}: {error}"
            return self._keyword[name]


def _release(store: SqliteStore | MemoryStore, held: int | None) -> None:
    store.close()
    if held is not None:
        os.close(held)


def open_build(index_dir: Path, name: str, settings: Settings) -> LoadedBuild:
    """Open the build that serves `name`; raise IndexNotFound, IndexDamaged or IndexOutdated.

    Products and filter columns are checked and read now, keyword and vector indexes when first asked for.
    """
    missed = ""
    while True:
        manifest = current(index_dir, name)
        folder = build_folder(index_dir, name, manifest.build)
        if manifest.build == missed:
            raise IndexDamaged(f"{folder} is missing, though the manifest beside it names it. {rebuild_hint(name)}")
        held = hold(folder)
        if held is not None:
            break
        # Collected between reading the manifest and holding the build: then another one serves by now.
        missed = manifest.build
    try:
        return _open(folder, manifest, settings, held)
    except BaseException:
        os.close(held)
        raise


def _open(folder: Path, manifest: Manifest, settings: Settings, held: int) -> LoadedBuild:
    own = folder / MANIFEST
    if not own.is_file() or own.read_bytes() != manifest.to_bytes():
        raise IndexDamaged(f"{own} is missing or differs from the one that serves. {rebuild_hint(manifest.name)}")
    verify(folder, manifest, [STORE, COLUMNS])
    try:
        columns = Columns.load(folder / COLUMNS)
    except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise IndexDamaged(f"{folder / COLUMNS} cannot be read ({error}). {rebuild_hint(manifest.name)}") from error
    # A build's words were cut by the settings it was built with, and so must the query's be.
    built_with = settings.model_copy(update=dict(manifest.settings))

    def load_keyword(backend: str) -> KeywordIndex:
        files = manifest.under(f"{KEYWORD}/{backend}")
        if not files:
            raise IndexDamaged(f"build {manifest.build} has no {backend} index. {rebuild_hint(manifest.name)}")
        verify(folder, manifest, files)
        return keyword.load(backend, folder / KEYWORD / backend, built_with)

    def load_vectors() -> Vectors | None:
        return _read_vectors(folder, manifest)

    def load_reader() -> Reader:
        return _read_reader(folder, manifest, columns)

    store = SqliteStore(folder / STORE)
    return LoadedBuild(manifest, store, columns, settings, load_keyword, load_vectors, load_reader, held)


def _read_reader(folder: Path, manifest: Manifest, columns: Columns) -> Reader:
    verify(folder, manifest, [VOCABULARY, NAMES])
    try:
        with np.load(folder / VOCABULARY, allow_pickle=False) as arrays:
            vocabulary = Vocabulary.from_arrays(arrays)
        with np.load(folder / NAMES, allow_pickle=False) as arrays:
            names = Names.from_arrays(arrays)
    except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise IndexDamaged(
            f"the vocabulary in {folder} cannot be read ({error}). {rebuild_hint(manifest.name)}"
        ) from error
    return Reader(vocabulary, Lexicon.from_columns(columns, vocabulary.sold), names)


def _read_vectors(folder: Path, manifest: Manifest) -> Vectors | None:
    if manifest.keyword_only or manifest.vector_index is None:
        return None
    kind = manifest.vector_index.kind
    verify(folder, manifest, [TITLE_VECTORS, CHUNK_VECTORS, CHUNK_PRODUCT])
    try:
        return Vectors(
            titles=indexes.load(kind, folder / TITLE_VECTORS),
            chunks=indexes.load(kind, folder / CHUNK_VECTORS),
            chunk_product=np.load(folder / CHUNK_PRODUCT, allow_pickle=False),
        )
    except ImportError as error:
        raise ModelUnavailable(
            f"the vector index of {manifest.name!r} is of kind {kind}, which needs a missing package ({error}). "
            "Install it with: pip install faiss-cpu"
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise IndexDamaged(
            f"the vectors in {folder} cannot be read ({error}). {rebuild_hint(manifest.name)}"
        ) from error


def memory_build(
    products: Sequence[Product], *, settings: Settings, encoder: Encoder | None, kind: str = "numpy"
) -> LoadedBuild:
    """Return a build that lives in memory alone; vectors are computed now, the keyword index when first asked for."""
    chunks = [chunk_within(product, settings, encoder) for product in products]
    store = MemoryStore(products, chunks)
    rows = sum(map(len, chunks))
    vectors, record = None, None
    if encoder is not None:
        record = choose_kind(max(rows, len(products)), kind)
        matrix = embed_catalogue(products, chunks, encoder, None, settings.embed_batch_size).vectors
        vectors = Vectors(
            titles=vector_index(matrix[: len(products)], record.kind),
            chunks=vector_index(matrix[len(products) :], record.kind),
            chunk_product=chunk_owners(chunks),
        )
    manifest = Manifest(
        name="memory",
        build=f"memory-{secrets.token_hex(6)}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source="",
        source_sha256="",
        counts=Counts(len(products), rows, len(products) if vectors else 0, rows if vectors else 0, 0),
        keyword_backends=tuple(keyword.BACKENDS),
        encoder=EncoderRecord(encoder.id, "", encoder.dimension, "handed in") if encoder else None,
        vector_index=record,
        settings=shaping(settings),
        files={},
        keyword_only=vectors is None,
        why="" if vectors else "no encoder was handed in",
    )

    def load_keyword(backend: str) -> KeywordIndex:
        return keyword.build(backend, products, settings, store.all_chunks())

    columns = Columns.from_products(products)

    def load_reader() -> Reader:
        vocabulary = Vocabulary.from_products(products)
        return Reader(vocabulary, Lexicon.from_columns(columns, vocabulary.sold), Names.from_products(products))

    return LoadedBuild(manifest, store, columns, settings, load_keyword, lambda: vectors, load_reader)
