"""Keyword search by parts of words: BM25F over character trigrams, the leg that misspellings do not break."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
# A word that stands in fewer products than this is taken for a possible misspelling.
KNOWN_PRODUCTS = 3
_WORDS = "words.json"


def grams(tokens: Iterable[str], length: int = LENGTH) -> list[str]:
    """Return the character n-grams of each token between its borders: "cup" gives "<cu", "cup", "up>"."""
    bounded = (f"<{token}>" for token in tokens)
    return [word[i : i + length] for word in bounded for i in range(max(1, len(word) - length + 1))]


class NgramIndex:
    """Trigrams of title and attributes; a product is found when it holds enough of the query's trigrams.

    "Enough" is `ngram_cutoff` of their summed inverse document frequency. A query of which the catalogue knows every
    word finds nothing here: for those, parts of words only add noise. Both rules depend on query and catalogue alone.
    """

    name = "ngram"

    def __init__(
        self, matrix: MatrixScorer, products_with: Mapping[str, int], tokenizer: Tokenizer, cutoff: float
    ) -> None:
        self._matrix = matrix
        self._products_with = products_with
        self._tokenizer = tokenizer
        self._cutoff = cutoff

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> NgramIndex:
        """Index the products."""
        tokenizer = Tokenizer(settings.tokenizer)
        fields = {"title": title_text, "attributes": attribute_text}
        tokens = {name: [tokenizer(read(p)) for p in products] for name, read in fields.items()}
        words = Counter(
            word for title, rest in zip(tokens["title"], tokens["attributes"], strict=True) for word in {*title, *rest}
        )
        parts = {name: [grams(document) for document in documents] for name, documents in tokens.items()}
        matrix = score_matrix(parts, field_weights(settings), settings.bm25_k1)
        return cls(MatrixScorer.build(matrix), words, tokenizer, settings.ngram_cutoff)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> NgramIndex:
        """Read what `save` wrote."""
        words = json.loads((folder / _WORDS).read_text("utf-8"))
        return cls(MatrixScorer.load(folder), words, Tokenizer(settings.tokenizer), settings.ngram_cutoff)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        self._matrix.save(folder)
        (folder / _WORDS).write_text(json.dumps(self._products_with, ensure_ascii=False), "utf-8")

    def __len__(self) -> int:
        return len(self._matrix)

    def warm_up(self) -> None:
        """Compile the scoring with numba."""
        self._matrix.warm_up()

    def score(self, query: str) -> FloatArray:
        """Return the score of every product, shape (products,); -inf where it does not hold enough trigrams."""
        tokens = self._tokenizer(query)
        if all(self._products_with.get(token, 0) >= KNOWN_PRODUCTS for token in tokens):
            return self._matrix.score([])
        terms = self._matrix.terms(grams(tokens))
        scores = self._matrix.score(terms)
        if terms:
            frequency = np.array([self._matrix.document_frequency(term) for term in terms], dtype=np.float64)
            # A trigram that occurs once in a field of average length and weight 1 scores just its idf.
            scores[scores < self._cutoff * idf(frequency, len(self)).sum()] = -np.inf
        return scores
