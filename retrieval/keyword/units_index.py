"""Keyword search by what texts say in numbers: quantities, dimensions and model codes, each in one spelling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from retrieval.keyword.bm25f import score_matrix
from retrieval.keyword.bm25s_index import field_weights
from retrieval.keyword.fields import FIELDS
from retrieval.keyword.matrix import MatrixScorer
from retrieval.protocols import FloatArray
from retrieval.query.units import canonical
from retrieval.records import Product
from retrieval.settings import Settings


class UnitsIndex:
    """BM25F over canonical quantities, dimensions and codes: "RAM512GB" and "512 gb", 18x24" and "24 by 18 inch"."""

    name = "units"

    def __init__(self, matrix: MatrixScorer) -> None:
        self._matrix = matrix

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> UnitsIndex:
        """Index the products."""
        tokens = {name: [canonical(read(product)) for product in products] for name, read in FIELDS.items()}
        return cls(MatrixScorer.build(score_matrix(tokens, field_weights(settings), settings.bm25_k1)))

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> UnitsIndex:
        """Read what `save` wrote."""
        return cls(MatrixScorer.load(folder))

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        self._matrix.save(folder)

    def __len__(self) -> int:
        return len(self._matrix)

    def warm_up(self) -> None:
        """Compile the scoring with numba."""
        self._matrix.warm_up()

    def score(self, query: str) -> FloatArray:
        """Return the score of every product, shape (products,); -inf where it says none of the query's numbers."""
        return self._matrix.score(self._matrix.terms(canonical(query)))
