from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.records import Run
from evaluation.runs import check, condensed, strictly_falling, tie_free
from retrieval.errors import EvaluationError

ids = st.sampled_from(["a", "b", "A", "10", "9", "é", "z z", "\x00", "\x00b", "জ"])
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_ties_go_by_id_and_the_best_of_duplicates_stays() -> None:
    ranked = tie_free([("b", 1.0), ("a", 0.5), ("c", 1.0), ("a", 2.0), ("c", 0.25)])
    assert [product_id for product_id, _ in ranked] == ["a", "b", "c"]
    # From 1/2 to 1 single-precision numbers are 2**-24 apart.
    assert [score for _, score in ranked] == [2.0, 1.0, 1.0 - 2**-24]


def test_scores_that_fall_already_stay_as_they_are() -> None:
    pairs = [("a", 3.5), ("b", 0.25), ("c", 0.0), ("d", -0.125), ("e", -7.0)]
    assert tie_free(pairs) == pairs


def test_a_score_that_overtakes_none_is_pushed_below_those_pushed_before_it() -> None:
    # Three at 1 take 1, 1 - 2**-24 and 1 - 2**-23; what stood at 1 - 2**-24 comes after them all.
    scores = strictly_falling([1.0, 1.0, 1.0, 1.0 - 2**-24])
    assert scores.tolist() == [1.0, 1.0 - 2**-24, 1.0 - 2 * 2**-24, 1.0 - 3 * 2**-24]


def test_signed_zeros_tie() -> None:
    # Below zero comes the smallest number there is, 2**-149.
    assert tie_free([("b", 0.0), ("a", -0.0)]) == [("a", 0.0), ("b", -(2.0**-149))]


def test_scores_beyond_single_precision_keep_their_order() -> None:
    largest = float(np.finfo(np.float32).max)
    assert tie_free([("a", 1e300), ("b", 1e299), ("c", 2.0)]) == [
        ("a", largest),
        ("b", float(np.nextafter(np.float32(largest), np.float32(0)))),
        ("c", 2.0),
    ]
    assert tie_free([("a", 5.0), ("b", -1e299), ("c", -1e300)]) == [("a", 3.0), ("b", 2.0), ("c", 1.0)]


def test_nothing_ranked_stays_nothing() -> None:
    assert tie_free([]) == []


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_not_finite_is_refused_with_its_product(score: float) -> None:
    with pytest.raises(EvaluationError, match="product 'b' has the score"):
        tie_free([("a", 1.0), ("b", 0.5), ("b", score)])


@settings(deadline=None)
@given(st.lists(st.tuples(ids, finite), max_size=40))
def test_any_ranking_becomes_one_that_is_measured_in_its_own_order(pairs: list[tuple[str, float]]) -> None:
    ranked = tie_free(pairs)
    check(Run("x", {"q": ranked}))
    best = {name: max(score for other, score in pairs if other == name) for name, _ in pairs}
    assert [name for name, _ in ranked] == [name for name, _ in sorted(best.items(), key=lambda e: (-e[1], e[0]))]


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_falling_scores_are_those_of_one_step_at_a_time(scores: list[float]) -> None:
    falling = strictly_falling(sorted(scores, reverse=True)).tolist()
    slow = np.float32(np.inf)
    steps = []
    for score in sorted(scores, reverse=True):
        slow = min(np.float32(score), np.nextafter(slow, np.float32(-np.inf)))
        steps.append(float(slow))
    if np.isfinite(steps).all():
        assert falling == steps
    assert all(a > b for a, b in pairwise(falling))


@pytest.mark.parametrize(
    ("ranked", "said"),
    [
        ([("a", 1.0), ("b", 1.0)], "place 2: product 'b' ties with the one before it"),
        ([("a", 1.0 + 1e-9), ("b", 1.0)], "place 2: product 'b' ties with the one before it"),
        ([("a", 1.0), ("b", 0.5), ("c", 0.75)], "place 3: the score of product 'c' rises from 0.5 to 0.75"),
        ([("a", 1.0), ("b", 0.5), ("a", 0.25)], "place 3: product 'a' stands on place 1 already"),
        ([("a", 1.0), ("b", float("nan"))], "place 2: product 'b' has the score nan"),
        ([("a", float("inf"))], "place 1: product 'a' has the score inf"),
        ([("a", 1e39)], "place 1: product 'a' has the score 1e\\+39"),
    ],
)
def test_a_run_that_cannot_be_measured_is_refused_with_its_place(ranked: list[tuple[str, float]], said: str) -> None:
    with pytest.raises(EvaluationError, match=f"run 'x', query 'q2', {said}"):
        check(Run("x", {"q1": [("a", 1.0)], "q2": ranked}))


def test_condensed_lists_hold_what_was_judged_in_its_order() -> None:
    run = Run("x", {"q1": [("u", 3.0), ("b", 2.0), ("v", 1.5), ("a", 1.0)], "q2": [("a", 1.0)]}, {"q1": 5.0})
    assert condensed(run, {"q1": {"a": 0, "b": 2}}) == Run("x", {"q1": [("b", 2.0), ("a", 1.0)], "q2": []}, {"q1": 5.0})
