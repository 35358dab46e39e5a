"""Keyword search by bm25s over one BM25F matrix: the default."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from retrieval.keyword.bm25f import FieldWeights, score_matrix
from retrieval.keyword.fields import FIELDS
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray, IntArray
from retrieval.records import Product
from retrieval.settings import Settings

# bm25s would otherwise announce every step of an index on the root logger's handlers.
bm25s.logger.setLevel("WARNING")


def field_weights(settings: Settings) -> dict[str, FieldWeights]:
    """Return weight and length normalisation of each field."""
    return {
        "title": FieldWeights(settings.bm25_title_weight, settings.bm25_b),
        "attributes": FieldWeights(settings.bm25_attribute_weight, settings.bm25_b),
        "body": FieldWeights(settings.bm25_body_weight, settings.bm25_b),
    }


class Bm25sIndex:
    """The fielded matrix, scored by bm25s: with NumPy at once, with numba once `warm_up` has compiled it."""

    name = "bm25s"

    def __init__(self, retriever: Any, tokenizer: Tokenizer) -> None:
        self._retriever = retriever
        self._tokenizer = tokenizer

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> Bm25sIndex:
        """Index the products."""
        tokenizer = Tokenizer(settings.tokenizer)
        tokens = {name: [tokenizer(read(product)) for product in products] for name, read in FIELDS.items()}
        matrix = score_matrix(tokens, field_weights(settings), settings.bm25_k1)
        retriever = bm25s.BM25(k1=settings.bm25_k1, b=settings.bm25_b, method="lucene", backend="numpy")
        retriever.scores = {
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
            "num_docs": matrix.documents,
        }
        retriever.nonoccurrence_array = None
        retriever.vocab_dict = dict(matrix.vocabulary)
        return cls(retriever, tokenizer)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> Bm25sIndex:
        """Read what `save` wrote."""
        retriever = bm25s.BM25.load(folder, load_corpus=False, show_progress=False, backend="numpy")
        return cls(retriever, Tokenizer(settings.tokenizer))

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder: NumPy arrays and JSON."""
        self._retriever.save(folder, corpus=None, show_progress=False)

    def __len__(self) -> int:
        return int(self._retriever.scores["num_docs"])

    def warm_up(self) -> None:
        """Compile the scoring with numba (seconds, once a process); without numba NumPy goes on scoring."""
        if self._retriever.backend == "numpy" and bm25s.NUMBA_AVAILABLE and len(self):
            self._retriever.activate_numba_scorer()
            self._retriever.get_scores_from_ids([0])
            self._retriever.backend = "numba"
            self._retriever.retrieve([[0]], k=1, show_progress=False)

    def _ids(self, query: str) -> list[int]:
        vocabulary = self._retriever.vocab_dict
        return list(dict.fromkeys(vocabulary[t] for t in self._tokenizer(query) if t in vocabulary))

    def score(self, query: str) -> FloatArray:
        """Return the BM25F score of every product, shape (products,); -inf where no word of the query occurs."""
        ids = self._ids(query)
        if not ids:
            return np.full(len(self), -np.inf, dtype=np.float32)
        scores: FloatArray = self._retriever.get_scores_from_ids(ids)
        # Every entry of the matrix is positive (Lucene's idf is), so zero means "no word occurs".
        scores[scores == 0] = -np.inf
        return scores

    def top(self, query: str, k: int) -> tuple[IntArray, FloatArray]:
        """Return positions and scores of the best `k` products, best first; fewer where fewer match."""
        ids = self._ids(query)
        if not ids:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        found = self._retriever.retrieve([ids], k=min(k, len(self)), show_progress=False)
        positions, scores = found.documents[0], found.scores[0]
        return positions[scores > 0], scores[scores > 0]
