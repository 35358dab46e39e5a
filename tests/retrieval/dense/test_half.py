"""Passages in half precision: nearly the same vectors, and queries the very same."""

from __future__ import annotations

import numpy as np

from retrieval.dense.encoders.half import HalfPrecision
from retrieval.dense.encoders.sentence_transformers import SentenceTransformerEncoder
from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings

TEXTS = ["Blue cotton saree for women", "Steel kettle of two litres", "জিন্স প্যান্ট", "A lamp. " * 60]


def test_passages_are_nearly_the_same_and_queries_the_very_same():
    folder = locate(PACKAGED, Settings(_env_file=None))
    assert folder is not None
    exact = SentenceTransformerEncoder(folder, "packaged")
    half = HalfPrecision(exact)
    assert (half.id, half.window, half.dimension) == (exact.id, exact.window, exact.dimension)
    assert half.count_tokens(TEXTS[0]) == exact.count_tokens(TEXTS[0])
    rows, own = half.encode(TEXTS), exact.encode(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    cosines = np.sum(rows * own, axis=1)
    assert (cosines > 0.999).all()
    assert not np.array_equal(rows, own)  # it did compute otherwise
    # Far nearer to its own exact vector than to any other text's.
    np.testing.assert_array_equal((rows @ own.T).argmax(axis=1), range(len(TEXTS)))
    np.testing.assert_array_equal(half.encode(TEXTS, query=True), exact.encode(TEXTS, query=True))
