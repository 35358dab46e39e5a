"""What an exam says to somebody who never trained a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.gate import Evidence, Verdict, decide
from ui.train_verdict import chance, figures, said, table

BETTER = Evidence(
    on="silver",
    mode="hybrid",
    measure="nDCG@10",
    candidate_system="new",
    present_system="old",
    candidate=0.655,
    present=0.612,
    difference=0.043,
    low=0.02,
    high=0.066,
    p=0.0004,
    queries=1200,
)
WORSE = replace(BETTER, candidate=0.6, difference=-0.012, low=-0.02, high=-0.001, p=0.03)
UNSURE = replace(BETTER, candidate=0.62, difference=0.008, low=-0.01, high=0.026, p=0.23)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "less than once in 1,000 times"),
        (0.0009, "less than once in 1,000 times"),
        (0.001, "about once in 1,000"),
        (0.004, "about 4 times in 1,000"),
        (0.0104, "about once in 100"),
        (0.23, "about 23 times in 100"),
        (0.99, "about 99 times in 100"),
        (1.0, "nearly every time"),
    ],
)
def test_a_p_value_is_said_as_a_share(p: float, words: str) -> None:
    assert chance(p) == words


def test_the_figures_name_both_means_the_interval_and_luck() -> None:
    assert figures(BETTER) == (
        "On 1,200 queries made from the catalogue, none of which it learned from, nDCG@10 (1 is perfect) went from "
        "0.612 to 0.655, a difference of +0.043 (with 95% confidence between +0.020 and +0.066). Were both equally "
        "good, luck alone would show one as large less than once in 1,000 times."
    )
    assert "On 40 queries that people judged, " in figures(replace(BETTER, on="judged", queries=40))
    assert "On 1 query of the set May, " in figures(replace(BETTER, on="May", queries=1))


def test_a_pass_says_whether_the_model_serves() -> None:
    assert said("embedder", decide(BETTER), serves=True).title == "The new embedder passed its exam and serves now."
    found = said("reranker", decide(BETTER), serves=False)
    assert (found.passed, found.title) == (True, "The new reranker passed its exam.")
    assert found.figures == figures(BETTER)
    assert "does not serve now" in found.help
    assert not said("reranker", decide(BETTER), serves=True).help


@pytest.mark.parametrize(
    ("deciding", "others", "reason", "shown"),
    [
        (UNSURE, [], "it ranked a little better, but that may be luck", UNSURE),
        (WORSE, [], "it ranks worse than what serves now", WORSE),
        (replace(WORSE, p=0.4), [], "it ranks no better than what serves now", replace(WORSE, p=0.4)),
        (replace(WORSE, difference=0.0, p=1.0), [BETTER], "it ranks no better than what serves now", None),
        (
            BETTER,
            [BETTER, replace(WORSE, on="judged")],
            "it ranks worse on the queries that people judged",
            replace(WORSE, on="judged"),
        ),
        (UNSURE, [replace(WORSE, on="judged")], "it ranked a little better, but that may be luck", UNSURE),
    ],
)
def test_a_model_that_was_kept_aside_says_why(
    deciding: Evidence, others: list[Evidence], reason: str, shown: Evidence | None
) -> None:
    found = said("reranker", decide(deciding, others), serves=False)
    assert (found.passed, found.title) == (False, f"The new reranker was kept aside: {reason}.")
    assert found.figures == figures(shown or deciding)
    assert found.help


def test_without_an_exam_nothing_is_claimed() -> None:
    assert not said("embedder", None, serves=True).passed
    nothing = decide(None)
    assert said("embedder", nothing, serves=False).figures == nothing.why


def test_every_piece_of_evidence_is_a_row() -> None:
    verdict = Verdict.from_dict(decide(BETTER, [replace(WORSE, on="judged", mode="rerank"), UNSURE]).to_dict())
    rows = table(verdict.evidence)
    assert rows["Queries"] == ["1,200 silver", "1,200 judged", "1,200 silver"]
    assert rows["Ranking"] == ["Hybrid", "Hybrid + rerank", "Hybrid"]
    assert rows["Difference"] == ["+0.043", "−0.012", "+0.008"]
    assert rows["Tells"] == ["better", "worse", "no difference"]
