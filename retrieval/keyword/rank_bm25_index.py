"""Keyword search by rank_bm25's BM25Okapi over the plain text: the reference, and the first fallback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rank_bm25 import BM25Okapi

from retrieval.keyword.fields import FIELDS
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray
from retrieval.records import Product
from retrieval.settings import Settings

_FILE = "tokens.json"


class RankBm25Index:
    """One bag of words a product, fields unweighted."""

    name = "rank_bm25"

    def __init__(self, tokens: list[list[str]], tokenizer: Tokenizer) -> None:
        self._tokens = tokens
        self._tokenizer = tokenizer
        # BM25Okapi divides by the number of documents and of words: an empty catalogue has no index.
        self._index = BM25Okapi(tokens) if any(tokens) else None

    @classmethod
    def build(cls, products: Sequence[Product], settings: Settings) -> RankBm25Index:
        """Index the products."""
        tokenizer = Tokenizer(settings.tokenizer)
        return cls([tokenizer("\n".join(read(product) for read in FIELDS.values())) for product in products], tokenizer)

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> RankBm25Index:
        """Read what `save` wrote."""
        return cls(json.loads((folder / _FILE).read_text("utf-8")), Tokenizer(settings.tokenizer))

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        (folder / _FILE).write_text(json.dumps(self._tokens, ensure_ascii=False), "utf-8")

    def __len__(self) -> int:
        return len(self._tokens)

    def score(self, query: str) -> FloatArray:
        """Return the Okapi score of every product, shape (products,); -inf where no word of the query occurs."""
        scores = np.full(len(self), -np.inf, dtype=np.float32)
        words = list(dict.fromkeys(self._tokenizer(query)))
        if self._index is None or not words:
            return scores
        # Okapi's idf can be negative, so a score cannot tell a match from a miss.
        matched = np.fromiter((any(w in f for w in words) for f in self._index.doc_freqs), np.bool_, len(self))
        scores[matched] = self._index.get_scores(words)[matched]
        return scores
