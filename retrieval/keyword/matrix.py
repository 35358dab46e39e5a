"""A BM25F matrix kept and scored by bm25s: with NumPy at once, with numba once it is compiled."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from retrieval.keyword.bm25f import ScoreMatrix
from retrieval.protocols import FloatArray, IntArray

# bm25s would otherwise announce every step of an index on the root logger's handlers.
bm25s.logger.setLevel("WARNING")
logger = logging.getLogger(__name__)


class MatrixScorer:
    """Adds up the columns of a query's terms."""

    def __init__(self, retriever: Any) -> None:
        self._retriever = retriever

    @classmethod
    def build(cls, matrix: ScoreMatrix) -> MatrixScorer:
        """Hand the matrix to bm25s, in place of the one-field matrix that it would compute itself."""
        retriever = bm25s.BM25(method="lucene", backend="numpy")
        retriever.scores = {
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
            "num_docs": matrix.documents,
        }
        retriever.nonoccurrence_array = None
        retriever.vocab_dict = dict(matrix.vocabulary)
        retriever.unique_token_ids_set = set(retriever.vocab_dict.values())
        return cls(retriever)

    @classmethod
    def load(cls, folder: Path) -> MatrixScorer:
        """Read what `save` wrote."""
        return cls(bm25s.BM25.load(folder, load_corpus=False, show_progress=False, backend="numpy"))

    def save(self, folder: Path) -> None:
        """Write NumPy arrays and JSON into an existing folder."""
        self._retriever.save(folder, corpus=None, show_progress=False)

    def __len__(self) -> int:
        return int(self._retriever.scores["num_docs"])

    def warm_up(self) -> None:
        """Score with numba from here on, where it is there: seconds to compile the first time, then read from disk."""
        plain = self._retriever
        if plain.backend != "numpy" or not bm25s.NUMBA_AVAILABLE or not plain.vocab_dict:
            return
        # A twin over the same arrays is compiled, then swapped in: searches meanwhile go on with NumPy.
        compiled = copy.copy(plain)
        compiled._compute_relevance_from_scores = _compiled_scoring()
        compiled.get_scores_from_ids([0])
        compiled.backend = "numba"
        compiled.retrieve([[0]], k=1, show_progress=False)
        self._retriever = compiled

    def terms(self, tokens: Iterable[str]) -> list[int]:
        """Return the numbers of the distinct tokens that the vocabulary has, in order."""
        vocabulary = self._retriever.vocab_dict
        return list(dict.fromkeys(vocabulary[token] for token in tokens if token in vocabulary))

    def document_frequency(self, term: int) -> int:
        """Return in how many documents a term occurs."""
        indptr = self._retriever.scores["indptr"]
        return int(indptr[term + 1] - indptr[term])

    def score(self, terms: list[int]) -> FloatArray:
        """Return the sum of the terms' scores of every document, shape (documents,); -inf where none occurs."""
        if not terms:
            return np.full(len(self), -np.inf, dtype=np.float32)
        scores: FloatArray = self._retriever.get_scores_from_ids(terms)
        # Every entry of the matrix is positive (Lucene's idf is), so zero means "no term occurs".
        scores[scores == 0] = -np.inf
        return scores

    def top(self, terms: list[int], k: int) -> tuple[IntArray, FloatArray]:
        """Return positions and scores of the best `k` documents, best first; fewer where fewer match."""
        if not terms:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        found = self._retriever.retrieve([terms], k=min(k, len(self)), show_progress=False)
        positions, scores = found.documents[0], found.scores[0]
        return positions[scores > 0], scores[scores > 0]


@cache
def _compiled_scoring() -> Any:
    """Return bm25s' scoring of one query for numba: one of it for all indexes of the process.

    bm25s itself compiles anew for every index and in every process. Both kernels are kept where numba keeps compiled
    code, beside the library's own files or in the user's cache, under the hash of their source.
    """
    from bm25s.numba import retrieve_utils
    from bm25s.scoring import _compute_relevance_from_scores_jit_ready
    from numba import njit

    scoring = njit(_compute_relevance_from_scores_jit_ready)
    for kernel in (scoring, retrieve_utils._retrieve_internal_jitted_serial):
        try:
            kernel.enable_caching()
        except (RuntimeError, AttributeError) as error:  # no folder to write to; or NUMBA_DISABLE_JIT is set
            logger.info("numba's compiled code is not kept: %s", error)
    return scoring
