from __future__ import annotations

import math

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.keyword.bm25f import FieldWeights, ScoreMatrix, idf, score_matrix


def dense(matrix: ScoreMatrix, term: str) -> list[float]:
    row = np.zeros(matrix.documents)
    if term in matrix.vocabulary:
        number = matrix.vocabulary[term]
        span = slice(matrix.indptr[number], matrix.indptr[number + 1])
        row[matrix.indices[span]] = matrix.data[span]
    return row.tolist()


def test_idf_is_lucenes():
    assert idf(np.array([1.0]), 4)[0] == pytest.approx(math.log(1 + (4 - 1 + 0.5) / (1 + 0.5)))


def test_score_by_hand():
    fields = {"title": [["lamp"], ["lamp", "oak"]], "body": [["oak", "oak", "oak", "lamp"], []]}
    weights = {"title": FieldWeights(3.0, 0.5), "body": FieldWeights(1.0, 0.0)}
    matrix = score_matrix(fields, weights, k1=1.2)
    # Title lengths 1 and 2, average 1.5; the body's length does not count (b = 0).
    title = 3 * 1 / (1 - 0.5 + 0.5 * 1 / 1.5)
    frequency = title + 1 * 1
    lamp = math.log(1 + (2 - 2 + 0.5) / (2 + 0.5))
    assert dense(matrix, "lamp")[0] == pytest.approx(lamp * frequency * 2.2 / (frequency + 1.2), rel=1e-6)
    assert dense(matrix, "oak")[0] == pytest.approx(lamp * 3 * 2.2 / (3 + 1.2), rel=1e-6)


def test_a_field_of_weight_zero_is_left_out():
    matrix = score_matrix(
        {"title": [["a"]], "body": [["b"]]}, {"title": FieldWeights(1, 0.5), "body": FieldWeights(0, 0.5)}, 1.2
    )
    assert set(matrix.vocabulary) == {"a"}


def test_beside_keeps_both_vocabularies():
    weights = {"title": FieldWeights(1.0, 0.75)}
    words = score_matrix({"title": [["a", "b"], ["b"]]}, weights, 1.2)
    joined = score_matrix({"title": [["a b"], []]}, weights, 1.2)
    both = words.beside(joined.scaled(0.5))
    for term in ("a", "b"):
        assert dense(both, term) == dense(words, term)
    assert dense(both, "a b") == pytest.approx([score / 2 for score in dense(joined, "a b")])
    assert dense(words.beside(joined.scaled(0)), "b") == dense(words, "b")


@given(st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=8), min_size=2, max_size=12))
def test_one_field_agrees_with_bm25s(documents: list[list[str]]):
    ours = score_matrix({"body": documents}, {"body": FieldWeights(1.0, 0.75)}, k1=1.5)
    theirs = bm25s.BM25(k1=1.5, b=0.75, method="lucene", backend="numpy")
    theirs.index(documents, show_progress=False)
    for term in "abcdefg":
        if term in ours.vocabulary:
            # bm25s leaves out the constant factor k1 + 1.
            expected = theirs.get_scores([term]) * 2.5
            assert dense(ours, term) == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-6)
