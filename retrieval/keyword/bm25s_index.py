"""Keyword search by bm25s over one BM25F matrix of words and word pairs: the default."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from retrieval.keyword.bm25f import FieldWeights, score_matrix
from retrieval.keyword.fields import FIELDS
from retrieval.keyword.matrix import MatrixScorer
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray, IntArray
from retrieval.records import Product
from retrieval.settings import Settings


def field_weights(settings: Settings) -> dict[str, FieldWeights]:
    """Return weight and length normalisation of each field."""
    return {
        "title": FieldWeights(settings.bm25_title_weight, settings.bm25_b),
        "attributes": FieldWeights(settings.bm25_attribute_weight, settings.bm25_b),
        "body": FieldWeights(settings.bm25_body_weight, settings.bm25_b),
    }


def pairs(tokens: Sequence[str]) -> list[str]:
    """Return the neighbouring tokens as joined terms: "table lamp" is more than "table" and "lamp"."""
    return [f"{first} {second}" for first, second in pairwise(tokens)]


class Bm25sIndex:
    """Fielded words, and the pairs of words in the title at `bm25_pair_weight` of a word's score."""

    name = "bm25s"

    def __init__(self, matrix: MatrixScorer, tokenizer: Tokenizer) -> None:
        self._matrix = matrix
        self._tokenizer = tokenizer

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> Bm25sIndex:
        """Index the products."""
        tokenizer = Tokenizer(settings.tokenizer)
        tokens = {name: [tokenizer(read(product)) for product in products] for name, read in FIELDS.items()}
        weights = field_weights(settings)
        words = score_matrix(tokens, weights, settings.bm25_k1)
        joined = score_matrix({"title": [pairs(title) for title in tokens["title"]]}, weights, settings.bm25_k1).scaled(
            settings.bm25_pair_weight
        )
        return cls(MatrixScorer.build(words.beside(joined)), tokenizer)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> Bm25sIndex:
        """Read what `save` wrote."""
        return cls(MatrixScorer.load(folder), Tokenizer(settings.tokenizer))

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        self._matrix.save(folder)

    def __len__(self) -> int:
        return len(self._matrix)

    def warm_up(self) -> None:
        """Compile the scoring with numba."""
        self._matrix.warm_up()

    def _terms(self, query: str) -> list[int]:
        tokens = self._tokenizer(query)
        return self._matrix.terms([*tokens, *pairs(tokens)])

    def score(self, query: str) -> FloatArray:
        """Return the BM25F score of every product, shape (products,); -inf where no word of the query occurs."""
        return self._matrix.score(self._terms(query))

    def top(self, query: str, k: int) -> tuple[IntArray, FloatArray]:
        """Return positions and scores of the best `k` products, best first; fewer where fewer match."""
        return self._matrix.top(self._terms(query), k)
