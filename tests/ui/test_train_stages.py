"""The stages of a training as a beginner reads them."""

from __future__ import annotations

import compose
from tests.ui.test_progress import Job
from ui.progress import stage_bars, stage_label
from ui.train_stages import LABELS, WHY, lines, planned


def test_every_stage_is_named_and_explained() -> None:
    assert LABELS.keys() == WHY.keys()
    assert all(stage_label(stage) == label for stage, label in LABELS.items())


def test_what_is_not_trained_has_no_stages() -> None:
    assert planned("embedder") == ["data", "triplets", "embedder", "index", "prove", "swap"]
    assert planned("reranker") == ["data", "pools", "mine", "reranker", "blend", "gate"]
    assert planned("both") == list(LABELS) == list(compose.TRAIN_STAGES)


def test_stages_before_the_present_one_are_over() -> None:
    assert [(line.stage, line.state) for line in lines(planned("embedder"), "index")] == [
        ("data", "done"),
        ("triplets", "done"),
        ("embedder", "done"),
        ("index", "now"),
        ("prove", "to come"),
        ("swap", "to come"),
    ]
    assert {line.state for line in lines(planned("both"), "")} == {"to come"}


def test_the_sidebar_shows_the_present_stage_of_a_training_alone() -> None:
    job = Job("embed", 1, 4, kind="train")
    assert stage_bars(job, {"read", "data", "embed"}) == [("Embedding", 0.25, "1 of 4")]
    assert stage_bars(Job("mine", kind="train"), {"data"}) == [(LABELS["mine"], 0.0, "")]
