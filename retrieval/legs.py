"""The legs of a search: each scores every product by one kind of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion import max_pool
from retrieval.loading import Vectors
from retrieval.protocols import FloatArray, IntArray, KeywordIndex

BM25 = "bm25"
NGRAM = "ngram"
DENSE_TITLE = "dense_title"
DENSE_CHUNK = "dense_chunk"
KEYWORD_LEGS = (BM25, NGRAM)
DENSE_LEGS = (DENSE_TITLE, DENSE_CHUNK)


@dataclass(frozen=True, slots=True)
class Legs:
    """Scores by leg, each float32 of shape (products,) with -inf where the leg does not find the product.

    `best_chunk` is the row of each product's best chunk, None where no dense leg ran. `named` are products that are
    found whatever their scores, because the query names them.
    """

    scores: Mapping[str, FloatArray] = field(default_factory=dict)
    best_chunk: IntArray | None = None
    named: NDArray[np.bool_] | None = None

    def found(self, size: int) -> NDArray[np.bool_]:
        """Return which products any leg finds, shape (size,)."""
        mask = np.zeros(size, dtype=np.bool_) if self.named is None else self.named.copy()
        for scores in self.scores.values():
            mask |= scores > -np.inf
        return mask

    def within(self, passing: NDArray[np.bool_]) -> Legs:
        """Return the legs without the products that do not pass."""
        if passing.all():
            return self
        kept = {
            name: np.where(passing, scores, np.float32(-np.inf)).astype(np.float32)
            for name, scores in self.scores.items()
        }
        return Legs(kept, self.best_chunk, None if self.named is None else self.named & passing)

    def beside(self, other: Legs) -> Legs:
        """Return the legs of both."""
        best_chunk = other.best_chunk if self.best_chunk is None else self.best_chunk
        return Legs({**self.scores, **other.scores}, best_chunk, other.named if self.named is None else self.named)


def keyword_leg(index: KeywordIndex, query: str, name: str = BM25) -> Legs:
    """Score the query's words."""
    return Legs({name: index.score(query)})


def dense_legs(vectors: Vectors, query: FloatArray, floor: float) -> Legs:
    """Score titles and best chunks against a query vector; a product below `floor` in a leg is not found by it."""
    return title_leg(vectors, query, floor).beside(chunk_leg(vectors, query, floor))


def title_leg(vectors: Vectors, query: FloatArray, floor: float) -> Legs:
    """Score titles against a query vector."""
    return Legs({DENSE_TITLE: vectors.titles.score(query, floor)})


def chunk_leg(vectors: Vectors, query: FloatArray, floor: float) -> Legs:
    """Score every product by its best chunk against a query vector."""
    chunks, best_chunk = max_pool(vectors.chunks.score(query, floor), vectors.starts, vectors.chunk_product)
    return Legs({DENSE_CHUNK: chunks}, best_chunk)
