from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from retrieval.dense import indexes
from retrieval.errors import SettingsError

RNG = np.random.default_rng(7)


def unit(rows: int, dimension: int = 16) -> np.ndarray:
    made = RNG.normal(size=(rows, dimension)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


VECTORS = unit(500)
QUERY = unit(1)[0]
EXACT = np.array([float(np.dot(row.astype(np.float64), QUERY.astype(np.float64))) for row in VECTORS])


@pytest.fixture(params=["flat", "ivf", "hnsw", "numpy"])
def index(request: pytest.FixtureRequest, tmp_path: Path):
    made = indexes.build(request.param, VECTORS)
    made.save(tmp_path / "vectors")
    return indexes.load(request.param, tmp_path / "vectors")


def test_scores_are_cosines(index):
    scores = index.score(QUERY, -1.0)
    known = scores > -math.inf
    assert scores[known] == pytest.approx(EXACT[known], abs=1e-5)
    if index.exact:
        assert known.all()


def test_the_stored_rows_come_back_as_they_are(index):
    assert np.array_equal(index.vectors(), VECTORS)


def test_the_floor_cuts(index):
    scores = index.score(QUERY, 0.3)
    found = set(np.flatnonzero(scores > -math.inf).tolist())
    expected = set(np.flatnonzero(EXACT >= 0.3).tolist())
    assert found <= expected
    if index.exact:
        assert found == expected


def test_approximate_indexes_find_the_nearest(index):
    assert int(np.argmax(index.score(VECTORS[123], -1.0))) == 123


def test_auto_takes_flat_until_exact_scoring_is_slow():
    assert indexes.choose(10_000, "auto")[0] == "flat"
    kind, reason = indexes.choose(1_000_000, "auto")
    assert kind == "hnsw"
    assert "1,000,000" in reason
    assert indexes.choose(5, "ivf") == ("ivf", "VECTOR_INDEX=ivf")


def test_an_unknown_kind_is_named():
    with pytest.raises(SettingsError, match="VECTOR_INDEX='pq'"):
        indexes.choose(5, "pq")
