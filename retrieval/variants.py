"""A build with other vectors: the same products and words, embedded by another encoder, in memory."""

from __future__ import annotations

from dataclasses import replace

from retrieval.artifacts import EncoderRecord
from retrieval.embedding_cache import EmbeddingCache
from retrieval.loading import LoadedBuild, Vectors
from retrieval.passages import choose_exact, chunk_owners, chunk_within, embed_catalogue, vector_index
from retrieval.protocols import Encoder, Progress
from retrieval.settings import Settings
from retrieval.store import MemoryStore


def with_encoder(
    build: LoadedBuild,
    encoder: Encoder,
    source: str,
    settings: Settings,
    cache: EmbeddingCache | None = None,
    progress: Progress | None = None,
) -> LoadedBuild:
    """Return the build with its products cut into passages and embedded by `encoder`, to be compared with it.

    `source` is what a ModelSource knows the encoder by. The keyword indexes are the build's own, which must stay open.
    """
    products = build.store.all_products()
    chunks = [chunk_within(product, settings, encoder) for product in products]
    rows = sum(map(len, chunks))
    record = choose_exact(max(rows, len(products)), settings.vector_index)
    matrix = embed_catalogue(products, chunks, encoder, cache, settings.embed_batch_size, progress).vectors
    vectors = Vectors(
        titles=vector_index(matrix[: len(products)], record.kind),
        chunks=vector_index(matrix[len(products) :], record.kind),
        chunk_product=chunk_owners(chunks),
    )
    manifest = replace(
        build.manifest,
        encoder=EncoderRecord(encoder.id, source, encoder.dimension, "compared with"),
        vector_index=record,
        counts=replace(build.manifest.counts, chunks=rows, title_vectors=len(products), chunk_vectors=rows),
        keyword_only=False,
        why="",
    )
    return LoadedBuild(
        manifest,
        MemoryStore(products, chunks),
        build.columns,
        settings,
        build.backend,
        lambda: vectors,
        build.reader,
    )
