"""How cross-encoder and first stage share an order, and how the share is chosen."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import TrainingError
from retrieval.support import blend_supported
from training.blending import WEIGHTS, blend_curve, mean_ndcg, ndcg_values, plateau, rank, tune_blend
from training.records import Candidate, LearningQuery, Pool


def pool(grades: dict[str, int], **fused: float) -> Pool:
    candidates = tuple(Candidate(name, f"{name}\nits text", score) for name, score in fused.items())
    return Pool(LearningQuery("q", "text", grades, "silver"), "text", candidates)


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_the_ends_are_the_first_stage_and_the_cross_encoder():
    three = pool({"c": 1}, a=0.9, b=0.5, c=0.1)
    assert rank(three, scores(0, 1, 2), 0.0) == ["a", "b", "c"]
    assert rank(three, scores(0, 1, 2), 1.0) == ["c", "b", "a"]
    # In their own units both have a step of 1.2247 between two products, so the heavier one decides.
    assert rank(three, scores(0, 1, 2), 0.45) == ["a", "b", "c"]
    assert rank(three, scores(0, 1, 2), 0.55) == ["c", "b", "a"]
    # Level scores stand by their ids.
    assert rank(pool({"c": 1}, c=0.5, a=0.5, b=0.5), scores(1, 1, 1), 0.5) == ["a", "b", "c"]


def test_ndcg_by_hand_counts_what_was_not_found():
    two = pool({"b": 3, "a": 1, "missing": 2}, a=0.9, b=0.1)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_values([two], [scores(0, 1)], 1.0) == [pytest.approx((3 / math.log2(2) + 1 / math.log2(3)) / ideal)]
    assert ndcg_values([two], [scores(0, 1)], 0.0) == [pytest.approx((1 / math.log2(2) + 3 / math.log2(3)) / ideal)]
    # The same id twice is two queries; one without a right product counts as 0, as does an empty pool.
    pools = [two, two, pool({"a": 0}, a=1.0), pool({"a": 1})]
    values = ndcg_values(pools, [scores(0, 1), scores(1, 0), scores(1), scores()], 1.0)
    assert values[0] > values[1] > values[2] == values[3] == 0
    assert mean_ndcg(pools, [scores(0, 1), scores(1, 0), scores(1), scores()], 1.0) == pytest.approx(sum(values) / 4)
    with pytest.raises(TrainingError, match="without known products"):
        mean_ndcg([pool({}, a=1.0)], [scores(1)], 1.0)
    with pytest.raises(TrainingError, match="without known products"):
        tune_blend([], [])


def test_the_share_is_what_both_are_worth():
    # One query that only the cross-encoder gets right, and one that only the first stage does, by a wide margin each.
    one = pool({"a": 1}, a=0.5, b=0.6, c=0.1)
    two = pool({"a": 1}, a=0.9, b=0.1, c=0.2)
    both = [scores(9, 0, 1), scores(4, 5, 0)]
    assert mean_ndcg([one, two], both, 0.0) < 1
    assert mean_ndcg([one, two], both, 1.0) < 1
    curve = blend_curve([one, two], both)
    assert list(curve) == list(WEIGHTS)
    weight = tune_blend([one, two], both)
    assert curve[weight] == max(curve.values()) == 1
    assert weight == min(w for w, value in curve.items() if value == 1)


def test_the_least_of_the_plateau_is_taken():
    assert plateau({0.0: 0.5, 0.25: 0.7, 0.5: 0.7, 0.75: 0.7, 1.0: 0.6}) == 0.25
    # 0.699 is as good as 0.7; 0.697 is not, and what lies beyond it stands on another plateau.
    assert plateau({0.0: 0.699, 0.25: 0.6985, 0.5: 0.7, 0.75: 0.697, 1.0: 0.7}) == 1.0
    assert plateau({0.0: 0.699, 0.25: 0.6985, 0.5: 0.7, 0.75: 0.697, 1.0: 0.1}) == 0.0
    assert plateau({0.0: 0.5, 0.25: 0.7, 0.5: 0.699, 1.0: 0.1}) == 0.25
    assert plateau({0.2: 0.7, 0.4: 0.7}) == 0.2
    assert plateau({0.6: 0.1}) == 0.6


@given(st.dictionaries(st.sampled_from(WEIGHTS), st.floats(0, 1), min_size=1))
def test_no_weight_is_chosen_that_is_clearly_worse(curve: dict[float, float]):
    assert curve[plateau(curve)] >= max(curve.values()) - 0.002


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 1)), min_size=1, max_size=12),
    st.sampled_from(WEIGHTS),
)
def test_products_stand_by_their_blended_value(pairs: list[tuple[float, float]], weight: float):
    names = [f"p{number}" for number in range(len(pairs))]
    several = pool({"p0": 1}, **{name: pair[1] for name, pair in zip(names, pairs, strict=True)})
    logits = scores(*(pair[0] for pair in pairs))
    order = rank(several, logits, weight)
    assert sorted(order) == sorted(names)
    first = np.array([pair[1] for pair in pairs])
    value = dict(zip(names, blend_supported(logits, names, first, weight), strict=True))
    assert [value[name] for name in order] == sorted(value.values(), reverse=True)
