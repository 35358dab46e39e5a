"""The curves of a training."""

from __future__ import annotations

import pytest

from training.records import Step
from ui.train_charts import MEASURE, MOST_POINTS, Point, best, described, losses, quality, spec


def step(at: int, loss: float | None = None, ndcg: float | None = None) -> Step:
    return Step(at, at / 10, loss, 1e-5, {} if ndcg is None else {MEASURE: ndcg, "MRR@10": 0.1})


def test_each_curve_takes_the_moments_at_which_it_was_measured() -> None:
    steps = [step(0, ndcg=0.5), step(5, 0.9), step(10, 0.7, 0.6), step(15, 0.65)]
    assert losses(steps) == [Point(5, 0.9), Point(10, 0.7), Point(15, 0.65)]
    assert quality(steps) == [Point(0, 0.5), Point(10, 0.6)]


def test_a_step_measured_again_after_a_resumption_counts_once() -> None:
    assert quality([step(10, ndcg=0.5), step(10, ndcg=0.6), step(20, ndcg=0.55)]) == [Point(10, 0.6), Point(20, 0.55)]


def test_many_losses_are_averaged_group_by_group() -> None:
    steps = [step(at, float(at)) for at in range(1, 2 * MOST_POINTS + 2)]  # one too many for pairs
    shown = losses(steps)
    assert len(shown) == -(-len(steps) // 3)
    assert shown[0] == Point(3, (1 + 2 + 3) / 3)
    assert shown[-1].x == len(steps)
    assert len(losses(steps[:MOST_POINTS])) == MOST_POINTS


def test_the_best_moment_is_the_first_of_the_highest() -> None:
    points = [Point(0, 0.5), Point(10, 0.7), Point(20, 0.7), Point(30, 0.6)]
    assert best(points) == Point(10, 0.7)
    assert best([]) is None
    drawn = spec(points, MEASURE, best(points))
    assert [row["x"] for row in drawn["data"]["values"] if row["top"]] == [10]


def test_a_curve_can_be_read_aloud() -> None:
    assert described([Point(5, 0.9), Point(1500, 0.25)], "loss") == "loss from 0.900 to 0.250 after 1,500 updates"


@pytest.mark.parametrize("top", [None, Point(5, 0.9)])
def test_only_the_curve_of_quality_marks_a_point(top: Point | None) -> None:
    drawn = spec([Point(5, 0.9), Point(10, 0.7)], "loss", top)
    assert len(drawn["layer"]) == (1 if top is None else 2)
