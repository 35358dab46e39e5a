"""From products to the passages, vectors and vector indexes of a build, on disk or in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.artifacts import VectorIndexRecord
from retrieval.chunking import chunk_product
from retrieval.dense import indexes
from retrieval.embedding_cache import Embedded, EmbeddingCache, embed
from retrieval.protocols import Encoder, FloatArray, IntArray, Progress, VectorIndex
from retrieval.records import Chunk, Product
from retrieval.settings import Settings
from retrieval.text import clean_text


@dataclass(frozen=True, slots=True)
class GivenPassages:
    """Passages that were made elsewhere: each product's chunks, and a unit vector a chunk in their order.

    `keep` writes what is to be kept of their origin into a build's folder; its second argument says whether the build
    holds no vectors itself.
    """

    chunks: Sequence[Sequence[Chunk]]
    vectors: FloatArray
    keep: Callable[[Path, bool], None]


def title_text(title: str) -> str:
    """Return the text of which a title's vector is made; one that cleaning leaves empty stays as it is."""
    return clean_text(title) or title


def passage_text(chunk: Chunk) -> str:
    """Return the text of which a chunk's vector is made."""
    title = title_text(chunk.title)
    return f"{title}\n{chunk.text}" if chunk.text.strip() else title


def chunk_within(product: Product, settings: Settings, encoder: Encoder | None) -> list[Chunk]:
    """Return a product's chunks, each fitting the encoder's window together with its title where there is a window."""
    fits: Callable[[str], bool] | None = None
    if encoder is not None:
        # Beside a title that fills the window nothing fits; the text is cut to a quarter of the window then, for a
        # chunk of every single word would help nobody.
        limit = max(encoder.window, encoder.count_tokens(product.title) + encoder.window // 4)
        count = encoder.count_tokens

        def fits(passage: str) -> bool:
            return count(passage) <= limit

    return chunk_product(product, max_words=settings.chunk_words, min_words=settings.chunk_min_words, fits=fits)


def chunk_owners(chunks: Sequence[Sequence[Chunk]]) -> IntArray:
    """Return the product position of every chunk row, from each product's chunks."""
    return np.repeat(np.arange(len(chunks), dtype=np.int32), [len(own) for own in chunks])


def embed_catalogue(
    products: Sequence[Product],
    chunks: Sequence[Sequence[Chunk]],
    encoder: Encoder,
    cache: EmbeddingCache | None,
    batch_size: int,
    progress: Progress | None = None,
) -> Embedded:
    """Return the vectors of all titles and, below them, of all chunks."""
    texts = [title_text(product.title) for product in products] + [
        passage_text(chunk) for own in chunks for chunk in own
    ]
    return embed(texts, encoder, cache, batch_size, progress)


def embed_titles(
    products: Sequence[Product],
    encoder: Encoder,
    cache: EmbeddingCache | None,
    batch_size: int,
    progress: Progress | None = None,
) -> Embedded:
    """Return the vectors of all titles."""
    return embed([title_text(product.title) for product in products], encoder, cache, batch_size, progress)


def vector_index(rows: FloatArray, kind: str) -> VectorIndex:
    """Index vectors with `kind`."""
    return indexes.build(kind, np.ascontiguousarray(rows))


def choose_kind(rows: int, wanted: str) -> VectorIndexRecord:
    """Choose the kind of vector index; without FAISS `auto` takes numpy."""
    kind, reason = indexes.choose(rows, wanted)
    if wanted == "auto" and kind != "numpy":
        try:
            import faiss  # noqa: F401
        except ImportError:
            return VectorIndexRecord("numpy", "auto: faiss is not installed (pip install faiss-cpu)")
    return VectorIndexRecord(kind, reason)


def choose_exact(rows: int, wanted: str) -> VectorIndexRecord:
    """Choose a kind of vector index that scores every row, whatever the size."""
    kind = choose_kind(rows, wanted)
    if kind.kind in ("flat", "numpy"):
        return kind
    return VectorIndexRecord("flat", f"{kind.kind} was left for an exact index: the vectors were given")
