"""Options of a training: read back, refused, and the sizes that follow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retrieval.errors import SettingsError
from training.options import ALL, SIZES, LoaderChoice, Sizes, TrainingOptions, sizes


def test_options_read_back_from_json() -> None:
    asked = TrainingOptions(
        parts="reranker",
        quick=True,
        judged="mine",
        use_judged="gate",
        decide_on="judged",
        loader=LoaderChoice("quora", "/data/quora", max_queries=10),
        rows=100,
        reranker={"loss": "listwise", "lora": {"r": 8}},
    )
    assert TrainingOptions.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked
    assert TrainingOptions.from_dict({}) == TrainingOptions()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"parts": "slm"}, "choose one of both, embedder, reranker, data"),
        ({"rows": 10}, "needs at least 50"),
        ({"rounds": 6}, "1 to 5 rounds"),
        ({"seed": -1}, "whole number from 0"),
        ({"queries": "q.jsonl"}, "give both files, or neither"),
        ({"queries": "q", "qrels": "r", "judged": "mine"}, "give one of the two"),
        ({"decide_on": "judged"}, "only where some are given"),
        ({"decide_on": "judged", "judged": "mine", "use_judged": "learn"}, "not all are learnt"),
        ({"use_judged": "some"}, "choose one of gate, learn, both"),
        ({"fast": True}, "'fast' is no option"),
        ({"loader": {"kind": "quora"}}, "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        TrainingOptions.from_dict(given)


def test_sizes_follow_from_quick_and_from_what_was_asked_for() -> None:
    assert sizes(TrainingOptions()) == SIZES[False]
    assert sizes(TrainingOptions(quick=True)) == SIZES[True]
    assert SIZES[False].rows == 30_000
    assert SIZES[False].dev_queries == 200
    on_gpu = sizes(TrainingOptions(triplets=70), gpu=True)
    assert (on_gpu.rows, on_gpu.triplets, on_gpu.train_queries, on_gpu.dev_queries) == (ALL, 70, ALL, 200)
    assert sizes(TrainingOptions(quick=True), gpu=True) == SIZES[True]
    usual = SIZES[True]
    assert sizes(TrainingOptions(quick=True, rows=60, depth=7)) == Sizes(
        60, usual.triplets, usual.train_queries, usual.dev_queries, usual.gate_queries, 7, usual.rounds
    )
