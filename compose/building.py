"""Engines and builds: a catalogue's file becomes an index that is searched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from compose.catalogues import SAMPLE, kept_source, used_mapping
from retrieval.errors import IndexStoreError, ModelUnavailable

if TYPE_CHECKING:
    from retrieval.embedding_pruning import CachedVectors
    from retrieval.engine import SearchEngine
    from retrieval.estimates import Estimate
    from retrieval.history import BuildInfo
    from retrieval.indexing import BuildSummary
    from retrieval.legacy import ExportedOriginals
    from retrieval.models import ModelSource
    from retrieval.protocols import Encoder, Progress
    from retrieval.settings import Settings


def open_engine(name: str, settings: Settings, models: ModelSource) -> SearchEngine:
    """Return the search engine of a catalogue on its newest build; raise IndexNotFound, -Damaged or -Outdated.

    The catalogue's synonyms and rules hold for its searches as soon as they are saved, wherever that is done.
    """
    from compose.merchandising import ShopMerchandising
    from retrieval.engine import SearchEngine

    return SearchEngine.open(name, settings, models, ShopMerchandising(settings.data_dir, name))


def build(
    source: Path,
    name: str,
    settings: Settings,
    embedder: str = "auto",
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
) -> BuildSummary:
    """Build the index of a catalogue file in this process.

    `embedder` is `auto`, `none`, a folder or hub id on disk, or `openai:<model>`. With `auto` an encoder that cannot be
    loaded gives a keyword-only build that says why; one asked for by name raises ModelUnavailable. `mapping` is field
    -> column of a CSV or JSON file, and is remembered (an empty one forgets); None uses what is remembered. Raises
    CatalogueError, SettingsError, BuildError.
    """
    from retrieval.artifacts import check_name
    from retrieval.catalogue import parse_file
    from retrieval.indexing import build_index, require_space
    from retrieval.models import ModelBroken
    from shop import data_folder, mappings

    check_name(name)
    data_folder.prepare(settings.data_dir)
    require_space(settings.index_dir, least_space(source), "INDEX_DIR")
    tell: Progress = progress or _silent
    tell("parse", 0, 1)
    report = parse_file(source, used_mapping(settings, name, source.name, mapping))
    if mapping is not None:
        mappings.save(settings.data_dir, name, mapping)
    tell("parse", 1, 1)
    tell("encoder", 0, 1)
    encoder, encoder_source, why = _encoder(settings, embedder, name)
    tell("encoder", 1, 1)
    try:
        return build_index(
            report,
            name,
            settings=settings,
            encoder=encoder,
            encoder_source=encoder_source,
            encoder_why=why,
            progress=tell,
        )
    except ModelBroken as error:
        if embedder != "auto":
            raise
        return build_index(report, name, settings=settings, encoder=None, encoder_why=str(error), progress=tell)


def _silent(stage: str, done: int, total: int) -> None:
    """Take progress that nobody watches."""


def _encoder(settings: Settings, embedder: str, name: str) -> tuple[Encoder | None, str, str]:
    from retrieval.models import prepare_encoder, resolve_encoder

    resolved = resolve_encoder(settings, embedder, name)
    if resolved.source is None:
        return None, "", resolved.why
    try:
        encoder = prepare_encoder(resolved.source, settings)
        _ = encoder.dimension  # asks a server that encodes, before a build counts on it
        return encoder, resolved.source, resolved.why
    except ModelUnavailable as error:
        if embedder != "auto":
            raise
        return None, "", str(error)


def damage(name: str, settings: Settings) -> str | None:
    """Return why a catalogue's index cannot be served, every file of its build checked; None where it can."""
    from retrieval import artifacts

    try:
        manifest = artifacts.current(settings.index_dir, name)
        artifacts.verify(artifacts.build_folder(settings.index_dir, name, manifest.build), manifest, manifest.files)
    except IndexStoreError as error:
        return str(error)
    return None


def needs_build(source: Path, name: str, settings: Settings) -> bool:
    """Return whether a whole build of just this file is missing, unreadable, or lacks vectors it could have."""
    from retrieval import artifacts
    from retrieval.models import resolve_encoder

    if damage(name, settings) is not None:
        return True
    manifest = artifacts.current(settings.index_dir, name)
    if manifest.keyword_only and resolve_encoder(settings, catalogue=name).source is not None:
        return True
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != manifest.source_sha256


def to_build(settings: Settings, names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return those catalogues, with their kept files, whose index is missing or not of that file."""
    found = ((name, kept_source(name, settings)) for name in names)
    return [(name, source) for name, source in found if source is not None and needs_build(source, name, settings)]


def ensure_sample(settings: Settings, progress: Progress | None = None) -> BuildSummary | None:
    """Build the sample catalogue's index unless it is there already; return what was built."""
    if not needs_build(settings.sample_catalogue, SAMPLE, settings):
        return None
    return build(settings.sample_catalogue, SAMPLE, settings, progress=progress)


def least_space(source: Path) -> int:
    """Return the bytes under which a build of a file need not be tried; the build itself knows better."""
    return 2 * source.stat().st_size + 10_000_000 if source.is_file() else 0


def estimate(
    source: Path, name: str, settings: Settings, embedder: str = "auto", mapping: Mapping[str, str] | None = None
) -> Estimate | None:
    """Return what embedding a file would take, None where no encoder would be used; asks no server."""
    from retrieval.catalogue import parse_file
    from retrieval.estimates import estimate as estimated
    from retrieval.models import prepare_encoder, resolve_encoder

    resolved = resolve_encoder(settings, embedder, name)
    if resolved.source is None:
        return None
    report = parse_file(source, used_mapping(settings, name, source.name, mapping))
    return estimated(report.products, prepare_encoder(resolved.source, settings), resolved.source, settings)


def is_served(settings: Settings, name: str, embedder: str = "auto") -> bool:
    """Return whether a build of a catalogue would send texts to a server."""
    from retrieval.models import SERVED, resolve_encoder

    return (resolve_encoder(settings, embedder, name).source or "").startswith(SERVED)


def cached_vectors(settings: Settings, *, other_encoders: bool = False) -> CachedVectors:
    """Return what the cache of vectors holds, and what of it no kept build uses; raise IndexStoreError, DataError."""
    from retrieval import embedding_pruning

    return embedding_pruning.cached_vectors(settings, other_encoders=other_encoders)


def prune_vectors(settings: Settings, *, other_encoders: bool = False) -> CachedVectors:
    """Remove the vectors that no kept build uses, and return the count before; raise BuildError while one is built.

    What cannot be read raises IndexStoreError or DataError, and nothing is removed.
    """
    from retrieval import embedding_pruning

    return embedding_pruning.prune(settings, other_encoders=other_encoders)


def builds(settings: Settings, name: str) -> list[BuildInfo]:
    """Return the kept builds of a catalogue, newest first; raise IndexNotFound, -Damaged or -Outdated."""
    from retrieval import history

    return history.builds(settings.index_dir, name)


def roll_back(settings: Settings, name: str, build: str | None = None) -> BuildInfo:
    """Let an earlier build serve again (the one before, where none is named) and return what serves now.

    It comes back under a new number with `restored_from`, so that the way forward stays open. Raises BuildError where
    that build is not kept or a build is running, IndexDamaged naming a file of it.
    """
    from retrieval import history

    serving = history.roll_back(settings.index_dir, name, build, settings.keep_builds).build
    return next(info for info in history.builds(settings.index_dir, name) if info.build == serving)


def import_artifacts(
    folder: Path, name: str, settings: Settings, encoder: str = "auto", progress: Progress | None = None
) -> BuildSummary:
    """Build a catalogue's index from the original system's `dense.faiss` and `dense_chunks.json`, vectors as they are.

    `encoder` encodes the queries (and titles), and must be the one that made the vectors: a source as in EMBEDDER,
    `none` for keyword search, or `auto`: what EMBEDDER names or the packaged one, whichever has the vectors' dimension;
    where neither has, the build is keyword-only and says so. Raises CatalogueError, SettingsError, ModelUnavailable,
    BuildError.
    """
    from retrieval.artifacts import check_name
    from retrieval.indexing import build_index
    from retrieval.legacy import as_catalogue, encoder_of_dimension, read_originals
    from shop import data_folder

    check_name(name)
    data_folder.prepare(settings.data_dir)
    tell: Progress = progress or _silent
    tell("parse", 0, 1)
    originals = read_originals(folder)
    report, given = as_catalogue(originals)
    tell("parse", 1, 1)
    tell("encoder", 0, 1)
    found, source, why = encoder_of_dimension(originals.dimension, settings, encoder)
    tell("encoder", 1, 1)
    return build_index(
        report,
        name,
        settings=settings,
        encoder=found,
        encoder_source=source,
        encoder_why=why,
        progress=tell,
        given=given,
    )


def export_artifacts(name: str, folder: Path, settings: Settings) -> ExportedOriginals:
    """Write a catalogue's chunks and vectors as the original system's two files.

    Raises IndexNotFound where it has no vectors, IndexDamaged, IndexOutdated, ModelUnavailable without FAISS.
    """
    from retrieval.legacy import export_originals

    return export_originals(name, folder, settings)
