"""The gate: what counts as proof, by the arithmetic of sign flips."""

from __future__ import annotations

import pytest

from retrieval.errors import EvaluationError
from training.gate import LEVEL, Evidence, Verdict, decide, measured


def evidence(differences: list[float], on: str = "silver", mode: str = "rerank") -> Evidence:
    """Return the evidence of these differences, query by query, over a present value of 0.5."""
    present = {f"q{number}": 0.5 for number in range(len(differences))}
    candidate = {f"q{number}": 0.5 + difference for number, difference in enumerate(differences)}
    return measured(candidate, present, on=on, mode=mode, candidate_system="new", present_system="old")


def test_six_wins_of_six_prove_it_and_five_of_five_do_not() -> None:
    # All signs are tried: the sum is as far from 0 as the one seen for two of 2^6 and of 2^5 ways.
    six, five = evidence([0.1] * 6), evidence([0.1] * 5)
    assert (six.p, five.p) == (2 / 2**6, 2 / 2**5)
    assert six.p < LEVEL < five.p
    assert six.difference == pytest.approx(0.1)
    assert six.candidate == pytest.approx(0.6)
    assert (six.present, six.queries) == (0.5, 6)
    assert decide(six).passed
    assert not decide(five).passed
    assert "no better than what serves beyond chance" in decide(five).why


def test_a_worse_model_and_an_equal_one_do_not_pass() -> None:
    assert decide(evidence([-0.1] * 8)).why.startswith(
        "It is worse than what serves: nDCG@10 0.400 against 0.500 of old"
    )
    assert decide(evidence([0.0] * 8)).why.startswith("It is no better than what serves: ")
    assert not decide(evidence([-0.1] * 8)).passed
    assert not decide(evidence([0.0] * 8)).passed


def test_nothing_held_out_proves_nothing() -> None:
    found = decide(None)
    assert (found.passed, found.evidence) == (False, ())
    assert "no held-out queries" in found.why


def test_other_evidence_may_not_show_that_it_is_worse() -> None:
    better, worse, unsure = evidence([0.1] * 8), evidence([-0.2] * 8, on="judged"), evidence([-0.2] * 3, on="judged")
    assert decide(better, [unsure]).passed
    found = decide(better, [unsure, worse])
    assert not found.passed
    assert "but worse elsewhere: nDCG@10 0.300 against 0.500 of old on 8 held-out judged queries" in found.why
    assert found.evidence == (better, unsure, worse)


def test_good_evidence_elsewhere_is_no_substitute() -> None:
    assert not decide(evidence([0.1] * 5), [evidence([0.1] * 40, on="judged")]).passed


def test_the_queries_must_be_the_same() -> None:
    with pytest.raises(EvaluationError, match="compared on the same queries"):
        measured({"a": 1.0}, {"b": 1.0}, on="silver", mode="dense", candidate_system="n", present_system="o")


def test_a_verdict_reads_back_and_its_first_evidence_stands_on_top() -> None:
    found = decide(evidence([0.1, 0.2, 0.0, 0.3, 0.1, 0.2, 0.1]), [evidence([0.1] * 3, on="judged")])
    row = found.to_dict()
    assert Verdict.from_dict(row) == found
    assert (row["on"], row["queries"], row["passed"], len(row["evidence"])) == ("silver", 7, True, 2)
    assert row["difference"] == pytest.approx(sum([0.1, 0.2, 0.0, 0.3, 0.1, 0.2, 0.1]) / 7)
