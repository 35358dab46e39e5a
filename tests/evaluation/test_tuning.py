from __future__ import annotations

import json

import numpy as np
import pytest

from evaluation.tuning import Choice, choose
from retrieval.errors import EvaluationError


def drawn(mean: float, spread: float, count: int, seed: int) -> dict[str, float]:
    values = np.random.default_rng(seed).normal(mean, spread, count)
    return {f"q{i}": float(v) for i, v in enumerate(values)}


def shifted(values: dict[str, float], by: float, spread: float, seed: int) -> dict[str, float]:
    noise = np.random.default_rng(seed).normal(by, spread, len(values))
    return {q: v + float(n) for (q, v), n in zip(values.items(), noise, strict=True)}


def test_the_simple_system_is_enough_where_the_gain_may_be_chance() -> None:
    bm25 = drawn(0.5, 0.2, 60, 1)
    hybrid = shifted(bm25, 0.005, 0.2, 4)
    hybrid = {q: v + 0.005 - (np.mean(list(hybrid.values())) - np.mean(list(bm25.values()))) for q, v in hybrid.items()}
    choice = choose({"bm25": bm25, "hybrid": hybrid}, {"bm25": (0, 0), "hybrid": (2, 0)}, measure="nDCG@10")
    assert (choice.chosen, choice.best, choice.enough) == ("bm25", "hybrid", True)
    assert choice.explanation.startswith("BM25 is enough: hybrid has the highest nDCG@10")
    assert choice.p >= 0.05 or choice.difference <= 0


def test_a_gain_that_is_real_is_taken() -> None:
    bm25 = drawn(0.5, 0.2, 60, 1)
    hybrid = shifted(bm25, 0.1, 0.05, 2)
    choice = choose({"bm25": bm25, "hybrid": hybrid})
    assert (choice.chosen, choice.best, choice.enough) == ("hybrid", "hybrid", False)
    assert choice.picks == {"hybrid": 5}
    assert choice.cross_validated == pytest.approx(np.mean(list(hybrid.values())))
    assert choice.explanation.startswith("Take hybrid")


def test_the_simpler_of_two_equal_systems_is_taken() -> None:
    values = drawn(0.5, 0.2, 20, 3)
    choice = choose({"rerank": values, "dense": dict(values)}, {"rerank": (3, 0), "dense": (1, 0)})
    assert (choice.chosen, choice.best, choice.enough) == ("dense", "dense", False)
    assert choice.picks == {"dense": 5}


def test_the_cross_validated_mean_is_of_values_not_seen() -> None:
    # In each half the other system is better: whatever wins on one half loses on the other, so that tuning only harms.
    folds = np.array_split(np.random.default_rng(0).permutation(8), 2)
    a = {f"q{i}": 1.0 if i in folds[0] else 0.0 for i in range(8)}
    b = {f"q{i}": 0.0 if i in folds[0] else 1.0 for i in range(8)}
    choice = choose({"a": a, "b": b}, folds=2, seed=0)
    # Each fold is measured by what was best on the other one: 0 everywhere, though both means are 1/2.
    assert choice.cross_validated == 0.0
    assert choice.picks == {"a": 1, "b": 1}
    assert choice.chosen == "a"


def test_of_equally_simple_systems_the_best_stands_for_all() -> None:
    weak = drawn(0.3, 0.1, 40, 5)
    strong = shifted(weak, 0.2, 0.02, 6)
    choice = choose(
        {"hybrid:alpha=0.1": weak, "hybrid:alpha=0.5": strong},
        {"hybrid:alpha=0.1": (2, 2), "hybrid:alpha=0.5": (2, 2)},
    )
    assert choice.chosen == "hybrid:alpha=0.5"


def test_the_choice_is_the_same_for_the_same_seed_and_survives_json() -> None:
    values = {"a": drawn(0.5, 0.2, 30, 1), "b": drawn(0.5, 0.2, 30, 2)}
    choice = choose(values, seed=3)
    assert choice == choose(values, seed=3)
    assert Choice.from_dict(json.loads(json.dumps(choice.to_dict()))) == choice
    enough = choose({"a": drawn(0.5, 0.2, 30, 1), "b": shifted(drawn(0.5, 0.2, 30, 1), 0.001, 0.3, 9)})
    assert Choice.from_dict(json.loads(json.dumps(enough.to_dict()))) == enough


def test_the_simplest_is_enough_where_it_is_the_best() -> None:
    bm25 = drawn(0.5, 0.1, 40, 1)
    choice = choose({"hybrid": shifted(bm25, -0.1, 0.02, 2), "bm25": bm25}, {"hybrid": (2, 0), "bm25": (0, 0)})
    assert choice.chosen == choice.best == "bm25"
    assert choice.explanation.startswith("BM25 is enough: it is the simplest of the 2 systems")


def test_one_system_alone_leaves_nothing_to_choose() -> None:
    assert "only system" in choose({"bm25": drawn(0.5, 0.1, 10, 1)}).explanation


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "no system"),
        ({"a": {f"q{i}": 0.0 for i in range(9)}}, "9 queries are too few for 5 folds; at least 10"),
        (
            {"a": {f"q{i}": 0.0 for i in range(10)}, "b": {f"p{i}": 0.0 for i in range(10)}},
            "measured on other queries than a",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused(values: dict[str, dict[str, float]], said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        choose(values)
