from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import max_pool, min_max, order, ranks, resolve_alpha, rrf, weighted_sum

INF = float("inf")


def leg(*scores: float) -> np.ndarray:
    return np.array(scores, dtype=np.float32)


def test_ranks_break_ties_by_id_and_leave_out_what_was_not_found():
    id_rank = np.array([3, 0, 1, 2], dtype=np.int32)
    assert ranks(leg(2.0, 2.0, -INF, 5.0), id_rank).tolist() == [3, 2, 0, 1]


def test_rrf_is_the_sum_of_reciprocals():
    first = np.array([1, 2, 0], dtype=np.int32)
    second = np.array([3, 0, 1], dtype=np.int32)
    assert rrf([first, second], 60).tolist() == pytest.approx([1 / (60 + 1) + 1 / (60 + 3), 1 / (60 + 2), 1 / (60 + 1)])


def test_rrf_weights_multiply_a_leg():
    first, second = np.array([1, 2], dtype=np.int32), np.array([2, 1], dtype=np.int32)
    assert rrf([first, second], 60, [2.0, 1.0]).tolist() == pytest.approx([2 / 61 + 1 / 62, 2 / 62 + 1 / 61])


def test_min_max_scales_found_products_only():
    assert min_max(leg(2.0, 6.0, -INF, 3.0)).tolist() == pytest.approx([0.0, 1.0, 0.0, 0.25])
    assert min_max(leg(4.0, -INF, 4.0)).tolist() == [1.0, 0.0, 1.0]
    assert min_max(leg(-INF, -INF)).tolist() == [0.0, 0.0]


def test_weighted_sum_counts_absent_as_zero():
    keyword, dense = leg(10.0, 0.0, -INF), leg(-INF, 0.2, 0.8)
    assert weighted_sum([keyword], [dense], 0.7).tolist() == pytest.approx([0.7 * 1, 0.0, 0.3 * 1])


def test_weighted_sum_averages_the_legs_of_a_side():
    title, chunk = leg(0.0, 1.0), leg(1.0, 0.0)
    assert weighted_sum([leg(1.0, 0.0)], [title, chunk], 0.5).tolist() == pytest.approx([0.5 + 0.25, 0.25])


@pytest.mark.parametrize(("query", "alpha"), [("red shoes", 0.7), ("a b c d", 0.7), ("a b c d e", 0.3)])
def test_alpha_by_rule_counts_words(query: str, alpha: float):
    assert resolve_alpha("rule", query) == alpha
    assert resolve_alpha(0.42, query) == 0.42


def test_max_pool_keeps_the_first_of_equal_rows():
    best, rows = max_pool(leg(0.1, 0.9, 0.9, 0.3), np.array([0, 3], dtype=np.int32), np.array([0, 0, 0, 1]))
    assert best.tolist() == pytest.approx([0.9, 0.3])
    assert rows.tolist() == [1, 3]


SCORES = st.lists(
    st.one_of(st.just(-math.inf), st.floats(-100, 100, width=32)),
    min_size=1,
    max_size=30,
)


@given(SCORES, st.randoms(use_true_random=False), st.sampled_from([np.float32, np.float64]))
def test_order_agrees_with_a_plain_sort(scores: list[float], random, dtype):
    ids = list(range(len(scores)))
    random.shuffle(ids)
    got = order(np.array(scores, dtype=dtype), np.array(ids, dtype=np.int32), np.arange(len(scores)))
    assert got.tolist() == sorted(range(len(scores)), key=lambda i: (-scores[i], ids[i]))


@given(SCORES, st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_max_pool_agrees_with_a_loop(scores: list[float], lengths: list[int]):
    rows = [scores[i % len(scores)] for i in range(sum(lengths))]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int32)
    best, best_rows = max_pool(np.array(rows, dtype=np.float32), starts, np.repeat(np.arange(len(lengths)), lengths))
    for start, length, value, row in zip(starts, lengths, best, best_rows, strict=True):
        own = rows[start : start + length]
        assert value == np.float32(max(own))
        assert row == start + own.index(max(own))
