"""Keyword search by parts of words: BM25F over character trigrams, the leg that misspellings do not break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from retrieval.keyword.bm25f import idf, score_matrix
from retrieval.keyword.bm25s_index import field_weights
from retrieval.keyword.fields import attribute_text, title_text
from retrieval.keyword.matrix import MatrixScorer
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray
from retrieval.records import Product
from retrieval.settings import Settings

LENGTH = 3


def grams(tokens: Iterable[str], length: int = LENGTH) -> list[str]:
    """Return the character n-grams of each token between its borders: "cup" gives "<cu", "cup", "up>"."""
    bounded = (f"<{token}>" for token in tokens)
    return [word[i : i + length] for word in bounded for i in range(max(1, len(word) - length + 1))]


class NgramIndex:
    """Trigrams of title and attributes; a product is found when it holds enough of the query's trigrams.

    "Enough" is `ngram_cutoff` of their summed inverse document frequency, so the rule depends on query and product
    alone.
    """

    name = "ngram"

    def __init__(self, matrix: MatrixScorer, tokenizer: Tokenizer, cutoff: float) -> None:
        self._matrix = matrix
        self._tokenizer = tokenizer
        self._cutoff = cutoff

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> NgramIndex:
        """Index the products."""
        tokenizer = Tokenizer(settings.tokenizer)
        fields = {"title": title_text, "attributes": attribute_text}
        tokens = {name: [grams(tokenizer(read(p))) for p in products] for name, read in fields.items()}
        matrix = score_matrix(tokens, field_weights(settings), settings.bm25_k1)
        return cls(MatrixScorer.build(matrix), tokenizer, settings.ngram_cutoff)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> NgramIndex:
        """Read what `save` wrote."""
        return cls(MatrixScorer.load(folder), Tokenizer(settings.tokenizer), settings.ngram_cutoff)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        self._matrix.save(folder)

    def __len__(self) -> int:
        return len(self._matrix)

    def warm_up(self) -> None:
        """Compile the scoring with numba."""
        self._matrix.warm_up()

    def score(self, query: str) -> FloatArray:
        """Return the score of every product, shape (products,); -inf where too few of the query's trigrams occur."""
        terms = self._matrix.terms(grams(self._tokenizer(query)))
        scores = self._matrix.score(terms)
        if terms:
            frequency = np.array([self._matrix.document_frequency(term) for term in terms], dtype=np.float64)
            # A trigram that occurs once in a title of average length scores about its idf (times k1 + 1 over k1 + 1).
            scores[scores < self._cutoff * idf(frequency, len(self)).sum()] = -np.inf
        return scores
