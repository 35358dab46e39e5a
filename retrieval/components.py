"""The state of the parts of an engine, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.loading import LoadedBuild
from retrieval.models import ModelLoading, ModelSource, NoModel
from retrieval.settings import Settings

State = Literal["ready", "loading", "degraded", "off"]


@dataclass(frozen=True, slots=True)
class Component:
    """One part: its `state`, and in `detail` what it is or why it is not there."""

    name: str
    state: State
    detail: str


def components(build: LoadedBuild, models: ModelSource, settings: Settings) -> list[Component]:
    """Return keyword index, vectors, encoder and reranker with their states."""
    return [_keyword(build), _vectors(build), _encoder(build, models), _reranker(build, models, settings)]


def _keyword(build: LoadedBuild) -> Component:
    try:
        index, missing = build.keyword()
    except IndexStoreError as error:
        return Component("keyword", "degraded", str(error))
    if missing:
        return Component("keyword", "degraded", f"{index.name}, since {'; '.join(d.why for d in missing)}")
    return Component("keyword", "ready", f"{index.name}, {build.manifest.counts.products:,} products")


def _vectors(build: LoadedBuild) -> Component:
    try:
        vectors = build.vectors()
    except (IndexStoreError, ModelUnavailable) as error:
        return Component("vectors", "degraded", str(error))
    record, counts = build.manifest.vector_index, build.manifest.counts
    if vectors is None or record is None:
        return Component("vectors", "off", build.manifest.why or "keyword-only build")
    return Component(
        "vectors", "ready", f"{record.kind}, {counts.title_vectors:,} titles and {counts.chunk_vectors:,} chunks"
    )


def _encoder(build: LoadedBuild, models: ModelSource) -> Component:
    record = build.manifest.encoder
    if record is None:
        return Component("encoder", "off", build.manifest.why or "keyword-only build")
    try:
        encoder = models.encoder(record.source)
    except ModelLoading as error:
        return Component("encoder", "loading", str(error))
    except ModelUnavailable as error:
        return Component("encoder", "degraded", str(error))
    if encoder.id != record.id:
        return Component("encoder", "degraded", f"the index needs {record.id}; {encoder.id} lies there. Rebuild it.")
    return Component("encoder", "ready", record.id)


def _reranker(build: LoadedBuild, models: ModelSource, settings: Settings) -> Component:
    try:
        return Component("reranker", "ready", models.scorer(build.manifest.name).id)
    except ModelLoading as error:
        return Component("reranker", "loading", str(error))
    except ModelUnavailable as error:
        # Nothing was asked for that is not there, and nothing is damaged.
        off = isinstance(error, NoModel) and settings.reranker in ("auto", "none")
        state: State = "off" if off else "degraded"
        return Component("reranker", state, str(error))
