"""BM25F: field lengths normalised and term frequencies weighted a field, then saturated once (pure functions).

Zaragoza, Craswell, Taylor, Saria, Robertson: "Microsoft Cambridge at TREC-13: Web and HARD tracks" (2004), section 2;
inverse document frequency as in Lucene, which is positive for every term.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.protocols import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much a term counts in a field (`weight` >= 0), and how far the field's length is normalised (`b` in 0-1)."""

    weight: float
    b: float


@dataclass(frozen=True, slots=True)
class ScoreMatrix:
    """What each term adds to each document's score, in CSC form: term `t` has rows `indptr[t]:indptr[t + 1]`."""

    data: FloatArray
    indices: IntArray
    indptr: NDArray[np.int64]
    vocabulary: Mapping[str, int]
    documents: int

    def scaled(self, factor: float) -> ScoreMatrix:
        """Return the matrix with every score multiplied by `factor`; a factor of 0 leaves an empty one."""
        if factor == 0:
            empty = np.empty(0, dtype=np.float32)
            return ScoreMatrix(empty, empty.astype(np.int32), np.zeros(1, dtype=np.int64), {}, self.documents)
        return replace(self, data=(self.data * factor).astype(np.float32))

    def beside(self, other: ScoreMatrix) -> ScoreMatrix:
        """Return the terms of both matrices over the same documents; the vocabularies must not overlap."""
        shift = len(self.vocabulary)
        return ScoreMatrix(
            np.concatenate((self.data, other.data)),
            np.concatenate((self.indices, other.indices)),
            np.concatenate((self.indptr, other.indptr[1:] + self.indptr[-1])),
            {**self.vocabulary, **{term: number + shift for term, number in other.vocabulary.items()}},
            self.documents,
        )


def idf(document_frequency: NDArray[np.float64], documents: int) -> NDArray[np.float64]:
    """Return log(1 + (N - df + 0.5) / (df + 0.5))."""
    return np.log1p((documents - document_frequency + 0.5) / (document_frequency + 0.5))


def score_matrix(
    fields: Mapping[str, Sequence[Sequence[str]]], weights: Mapping[str, FieldWeights], k1: float
) -> ScoreMatrix:
    """Return the BM25F scores of every term in every document.

    `fields` maps field name to one token list a document, all of one length. A term's pseudo-frequency is
    sum over fields of weight * tf / (1 - b + b * length / average length); its score idf * tf (k1 + 1) / (tf + k1).
    """
    documents = len(next(iter(fields.values())))
    vocabulary: dict[str, int] = {}
    terms: list[int] = []
    rows: list[int] = []
    frequencies: list[float] = []
    for name, tokens in fields.items():
        setting = weights[name]
        if setting.weight == 0:
            continue
        average = max(sum(map(len, tokens)) / max(documents, 1), 1.0)
        for row, document in enumerate(tokens):
            scale = setting.weight / (1 - setting.b + setting.b * len(document) / average)
            for token, count in Counter(document).items():
                terms.append(vocabulary.setdefault(token, len(vocabulary)))
                rows.append(row)
                frequencies.append(count * scale)
    term = np.array(terms, dtype=np.int64)
    row_of = np.array(rows, dtype=np.int64)
    # A term in several fields of one document is one entry: the pseudo-frequencies add up before saturation.
    keys, inverse = np.unique(term * max(documents, 1) + row_of, return_inverse=True)
    frequency = np.bincount(inverse, weights=np.array(frequencies), minlength=len(keys))
    columns = keys // max(documents, 1)
    per_term = np.bincount(columns, minlength=len(vocabulary))
    weight = idf(per_term.astype(np.float64), documents)[columns]
    return ScoreMatrix(
        data=(weight * frequency * (k1 + 1) / (frequency + k1)).astype(np.float32),
        indices=(keys % max(documents, 1)).astype(np.int32),
        indptr=np.concatenate(([0], np.cumsum(per_term))).astype(np.int64),
        vocabulary=vocabulary,
        documents=documents,
    )
