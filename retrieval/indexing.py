"""Build a catalogue's index: chunk, keyword, embed, write; then commit."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from retrieval import keyword
from retrieval.artifacts import (
    CHUNK_PRODUCT,
    CHUNK_VECTORS,
    COLUMNS,
    INTERIM,
    KEYWORD,
    MANIFEST,
    NAMES,
    STORE,
    TITLE_VECTORS,
    VECTORS,
    VOCABULARY,
    Counts,
    EncoderRecord,
    Manifest,
    VectorIndexRecord,
    check_name,
    shaping,
)
from retrieval.columns import Columns
from retrieval.commits import READERS, builder_lock, commit, new_build, seal, serving_build, sweep
from retrieval.embedding_cache import CACHE_FILE, Embedded, EmbeddingCache
from retrieval.errors import BuildError
from retrieval.passages import (
    GivenPassages,
    choose_exact,
    choose_kind,
    chunk_owners,
    chunk_within,
    embed_catalogue,
    embed_titles,
    vector_index,
)
from retrieval.protocols import Encoder, KeywordIndex, Progress
from retrieval.query.names import Names
from retrieval.query.vocabulary import Vocabulary
from retrieval.reconcile import Reconciliation, reconcile
from retrieval.records import Chunk, ParseReport
from retrieval.settings import Settings
from retrieval.store import SqliteStore, write_store

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build made.

    `vectors` counts title and chunk vectors, `embedded_new` and `reused` distinct texts; `seconds` is by stage; `why`
    says why there are no vectors; `notes` tells of what was left out or begun anew; `reconciliation` counts the
    products that came in against each part of the build.
    """

    name: str
    build: str
    products: int
    chunks: int
    vectors: int
    embedded_new: int
    reused: int
    problems: int
    seconds: Mapping[str, float]
    keyword_only: bool
    reconciliation: Reconciliation
    why: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class _Work:
    """What a build in progress passes from stage to stage."""

    report: ParseReport
    settings: Settings
    progress: Progress | None
    manifest: Manifest
    given: GivenPassages | None = None
    chunks: list[Sequence[Chunk]] = field(default_factory=list)
    keywords: list[KeywordIndex] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reconciliation: Reconciliation | None = None

    @contextmanager
    def stage(self, name: str, total: int = 1) -> Iterator[Callable[[int], None]]:
        """Time a stage and report its progress, first 0 and last `total`."""
        began = time.perf_counter()

        def tell(done: int) -> None:
            if self.progress:
                self.progress(name, done, total)

        tell(0)
        yield tell
        tell(total)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


def build_index(
    report: ParseReport,
    name: str,
    *,
    settings: Settings,
    encoder: Encoder | None,
    encoder_source: str = "",
    encoder_why: str = "",
    progress: Progress | None = None,
    given: GivenPassages | None = None,
) -> BuildSummary:
    """Build and commit the index of a parsed catalogue.

    Without an encoder the build is keyword-only, and `encoder_why` says why. With `given` passages are neither cut nor
    embedded, and the vector index is an exact one. The first build of a name commits a
    keyword-only build as soon as it is there, then the full one. Progress comes in the stages `waiting` (for another
    builder of the same name), `chunk`, `keyword`, `encoder` (its weights, where they are needed), `embed`, `write`.
    Raises BuildError, and ModelUnavailable from the encoder; whatever served before goes on.
    """
    check_name(name)
    _check_products(report)
    try:
        with builder_lock(settings.index_dir, name, progress):
            sweep(settings.index_dir, name, settings.keep_builds)
            work = _Work(report, settings, progress, _draft(report, name, settings), given)
            summary = _build(
                work,
                encoder,
                EncoderRecord(encoder.id, encoder_source, encoder.dimension, encoder_why) if encoder else None,
                encoder_why,
            )
            sweep(settings.index_dir, name, settings.keep_builds)
            return summary
    except (OSError, sqlite3.Error) as error:
        serving = serving_build(settings.index_dir, name)
        state = f"build {serving} keeps serving" if serving else "nothing serves under this name yet"
        raise BuildError(
            f"the index of {name!r} could not be written to {settings.index_dir}: {error}; {state}. Look for free disk "
            "space and the right to write there, then build again: what was embedded is kept."
        ) from error


def _build(work: _Work, encoder: Encoder | None, record: EncoderRecord | None, why: str) -> BuildSummary:
    settings, name = work.settings, work.manifest.name
    first = serving_build(settings.index_dir, name) is None
    _chunk(work, encoder)
    _index_words(work)
    _check_space(work, encoder, copies=2 if first and encoder else 1)
    with ExitStack() as builds:
        folder = builds.enter_context(new_build(settings.index_dir, name))
        with work.stage("write"):
            _write_base(work, folder)
            if work.given:
                work.given.keep(folder, encoder is None)
            if encoder is None:
                done = _finish(work, folder, replace(work.manifest, why=why or "no encoder was asked for"))
            elif first:
                _finish(work, folder, replace(work.manifest, why=INTERIM))
        if encoder is None or record is None:
            return _summary(work, done, Embedded(np.empty((0, 0), dtype=np.float32), 0, 0))
        embedded = _embed(work, encoder)
        with work.stage("write"):
            if first:
                base, folder = folder, builds.enter_context(new_build(settings.index_dir, name))
                shutil.copytree(base, folder, ignore=shutil.ignore_patterns(MANIFEST, READERS), dirs_exist_ok=True)
            kind = _write_vectors(work, folder, embedded)
            counts = work.manifest.counts
            full = replace(
                work.manifest,
                created=_now(),
                encoder=record,
                vector_index=kind,
                keyword_only=False,
                counts=replace(counts, title_vectors=counts.products, chunk_vectors=counts.chunks),
            )
            done = _finish(work, folder, full)
    return _summary(work, done, embedded)


def _check_products(report: ParseReport) -> None:
    if not report.products:
        raise BuildError(f"{report.source} holds no product, so there is nothing to index.")
    twice = [i for i, count in Counter(p.product_id for p in report.products).items() if count > 1]
    if twice:
        raise BuildError(f"{report.source}: product id {twice[0]!r} stands for several products; ids must differ.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _draft(report: ParseReport, name: str, settings: Settings) -> Manifest:
    return Manifest(
        name=name,
        build="",
        created=_now(),
        source=Path(report.source).name,
        source_sha256=report.sha256,
        counts=Counts(len(report.products), 0, 0, 0, len(report.problems)),
        keyword_backends=(),
        encoder=None,
        vector_index=None,
        settings=shaping(settings),
        files={},
        keyword_only=True,
    )


def _chunk(work: _Work, encoder: Encoder | None) -> None:
    products = work.report.products
    with work.stage("chunk", len(products)) as tell:
        for done, product in enumerate(products):
            if done and done % 200 == 0:
                tell(done)
            work.chunks.append(work.given.chunks[done] if work.given else chunk_within(product, work.settings, encoder))
    counts = replace(work.manifest.counts, chunks=sum(map(len, work.chunks)))
    work.manifest = replace(work.manifest, counts=counts)


def _index_words(work: _Work) -> None:
    products = work.report.products
    chunks = [chunk for own in work.chunks for chunk in own]
    with work.stage("keyword", len(keyword.INDEXES)) as tell:
        for done, backend in enumerate(keyword.INDEXES):
            tell(done)
            try:
                index = keyword.build(backend, products, work.settings, chunks)
            except ImportError as error:
                work.notes.append(f"keyword index {backend} was left out: {error}")
                continue
            work.keywords.append(index)
    backends = tuple(index.name for index in work.keywords if index.name in keyword.BACKENDS)
    if not backends:
        raise BuildError("no keyword backend could be built: " + "; ".join(work.notes))
    work.manifest = replace(work.manifest, keyword_backends=backends)


def _check_space(work: _Work, encoder: Encoder | None, *, copies: int) -> None:
    counts, products = work.manifest.counts, work.report.products
    characters = sum(len(p.title) + len(p.description) for p in products)
    needed = copies * (8 * characters + 4_000 * counts.products)
    if encoder is not None:
        vectors = (counts.products + counts.chunks) * encoder.dimension * 4
        needed += vectors * 3 // 2
        require_space(work.settings.data_dir, vectors * 3 // 2, "DATA_DIR")
    require_space(work.settings.index_dir, needed, "INDEX_DIR")


def require_space(folder: Path, needed: int, variable: str) -> None:
    """Make a folder and raise BuildError where its disk has fewer than `needed` bytes left; `variable` moves it."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BuildError(
            f"not enough disk space in {folder}: about {needed / _MEGABYTE:,.0f} MB are needed, "
            f"{free / _MEGABYTE:,.0f} MB are free. Free some, or set {variable} to a folder on another disk."
        )


def _write_base(work: _Work, folder: Path) -> None:
    report = work.report
    write_store(folder / STORE, report.products, work.chunks, report.problems)
    Columns.from_products(report.products).save(folder / COLUMNS)
    for path, arrays in (
        (folder / VOCABULARY, Vocabulary.from_products(report.products).to_arrays()),
        (folder / NAMES, Names.from_products(report.products).to_arrays()),
    ):
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    for index in work.keywords:
        own = folder / KEYWORD / index.name
        own.mkdir(parents=True)
        index.save(own)


def _embed(work: _Work, encoder: Encoder) -> Embedded:
    began = time.perf_counter()
    with EmbeddingCache(work.settings.data_dir / CACHE_FILE) as cache:
        products, batch = work.report.products, work.settings.embed_batch_size
        if work.given:
            titles = embed_titles(products, encoder, cache, batch, work.progress)
            embedded = replace(titles, vectors=np.concatenate([titles.vectors, work.given.vectors]))
        else:
            embedded = embed_catalogue(products, work.chunks, encoder, cache, batch, work.progress)
        work.notes.extend(cache.notices)
    work.seconds["embed"] = time.perf_counter() - began
    return embedded


def _write_vectors(work: _Work, folder: Path, embedded: Embedded) -> VectorIndexRecord:
    count = len(work.report.products)
    parts = {TITLE_VECTORS: embedded.vectors[:count], CHUNK_VECTORS: embedded.vectors[count:]}
    choose = choose_exact if work.given else choose_kind
    kind = choose(max(map(len, parts.values())), work.settings.vector_index)
    (folder / VECTORS).mkdir()
    for path, rows in parts.items():
        index = vector_index(rows, kind.kind)
        try:
            index.save(folder / path)
        except RuntimeError as error:  # how FAISS reports that a file cannot be written
            raise OSError(f"{folder / path}: {error}") from error
    with (folder / CHUNK_PRODUCT).open("wb") as file:
        np.save(file, chunk_owners(work.chunks), allow_pickle=False)
    return kind


def _finish(work: _Work, folder: Path, manifest: Manifest) -> Manifest:
    """Check that everything that came in is in the build, and let it serve."""
    with closing(SqliteStore(folder / STORE)) as store:
        stored = store.chunk_count(), len(store.problems())
    wanted = manifest.counts.chunks, manifest.counts.problems
    if stored != wanted:
        raise BuildError(
            f"{folder / STORE} holds {stored[0]} chunks and {stored[1]} problems where {wanted[0]} and {wanted[1]} "
            "came in; the build is not used."
        )
    work.reconciliation = reconcile(
        folder,
        work.report.products,
        [index.name for index in work.keywords],
        work.settings,
        vectors=None if manifest.keyword_only or manifest.vector_index is None else manifest.vector_index.kind,
    )
    sealed = seal(folder, replace(manifest, build=folder.name))
    commit(work.settings.index_dir, sealed)
    return sealed


def _summary(work: _Work, done: Manifest, embedded: Embedded) -> BuildSummary:
    counts = done.counts
    if work.reconciliation is None:
        raise BuildError(f"the build {done.build} of {done.name!r} was not counted against what came in.")
    return BuildSummary(
        name=done.name,
        build=done.build,
        products=counts.products,
        chunks=counts.chunks,
        vectors=counts.title_vectors + counts.chunk_vectors,
        embedded_new=embedded.new,
        reused=embedded.reused,
        problems=counts.problems,
        seconds={stage: round(seconds, 3) for stage, seconds in work.seconds.items()},
        keyword_only=done.keyword_only,
        reconciliation=work.reconciliation,
        why=done.why,
        notes=tuple(work.notes),
    )
