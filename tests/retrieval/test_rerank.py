from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import ModelUnavailable
from retrieval.rerank import blend, reorder, score_passages, standardised

FINITE = st.floats(-1e6, 1e6, width=32)


def test_a_blend_is_the_weighted_sum_of_both_in_their_own_deviations() -> None:
    scores = np.array([1.0, 3.0, 5.0], dtype=np.float32)  # mean 3, variance (4 + 0 + 4) / 3
    first = np.array([0.9, 0.3, 0.3])  # mean 0.5, variance (0.16 + 0.04 + 0.04) / 3 = 0.08
    deep, wide = sqrt(8 / 3), sqrt(0.08)
    expected = [
        0.6 * (1 - 3) / deep + 0.4 * (0.9 - 0.5) / wide,
        0.6 * (3 - 3) / deep + 0.4 * (0.3 - 0.5) / wide,
        0.6 * (5 - 3) / deep + 0.4 * (0.3 - 0.5) / wide,
    ]
    assert blend(scores, first, 0.6).tolist() == pytest.approx(expected)


def test_at_full_weight_the_cross_encoder_orders_alone_with_its_own_scores() -> None:
    scores = np.array([0.1, 0.1 + 1e-7, -4.0], dtype=np.float32)
    assert blend(scores, np.array([9.0, 1.0, 5.0]), 1.0).tolist() == scores.astype(np.float64).tolist()


def test_at_no_weight_the_first_stage_keeps_its_order() -> None:
    first = np.array([0.9, 0.5, 0.4, 0.1])
    blended = blend(np.array([1, 2, 3, 4], dtype=np.float32), first, 0.0)
    ordering = np.array([7, 2, 5, 1])
    assert reorder(ordering, blended, np.arange(8, dtype=np.int32)).tolist() == ordering.tolist()


@pytest.mark.parametrize("constant", [0.1, 0.3, 7.7, 1 / 3])
def test_a_leg_that_tells_nothing_apart_counts_as_zeros(constant: float) -> None:
    same = np.full(7, constant)
    assert standardised(same).tolist() == [0.0] * 7
    scores = np.arange(7, dtype=np.float32)
    assert blend(scores, same, 0.3).tolist() == (0.3 * standardised(scores)).tolist()
    assert standardised(np.empty(0)).tolist() == []


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=30), st.floats(0, 0.99), st.floats(0.01, 100))
def test_a_blend_does_not_hang_on_the_scale_of_either(
    pairs: list[tuple[float, float]], weight: float, scale: float
) -> None:
    scores, first = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    blended = blend(scores, first, weight)
    assert np.isfinite(blended).all()
    # A whole power of two multiplies floats exactly.
    power = 2.0 ** round(np.log2(scale))
    assert blend(scores * power, first, weight) == pytest.approx(blended)
    assert blend(scores, first * power, weight) == pytest.approx(blended)


def test_scores_that_are_no_numbers_are_refused() -> None:
    class Broken:
        id = "broken@1"
        weight = 1.0

        def score(self, query: str, passages: list[str]) -> np.ndarray:
            return np.array([1.0, np.nan], dtype=np.float32)

    with pytest.raises(ModelUnavailable, match="broken@1 gave scores that are no finite numbers"):
        score_passages(Broken(), "q", ["a", "b"])
