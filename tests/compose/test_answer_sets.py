"""Answers as they are measured: texts, citations, claims that need one, and the time beyond the search."""

from __future__ import annotations

from answering.records import Answer, Checked, Citation, Claim, Evidence, Question
from compose.answer_sets import reply
from evaluation.answers import Judged
from retrieval.records import Degraded


def test_what_stands_in_for_a_provider_that_failed_is_told_from_its_own_answer() -> None:
    evidence = Evidence(Question("lamp?", "lamp"), ())
    failed = (Degraded("openai", "it answered 500", "extractive"),)
    cut = (Degraded("openai", "reached the limit of 16 tokens", "the answer as far as it came"),)
    refusal = Evidence(Question("lamp?", "lamp"), (), refusal="nothing fits")
    checked = Checked("The lamp.")
    assert reply(Answer(evidence, checked, "extractive", "openai", degraded=failed)).failure == "it answered 500"
    assert reply(Answer(evidence, checked, "openai", "openai", degraded=cut)).failure == ""
    assert reply(Answer(evidence, checked, "extractive", "auto", degraded=failed)).failure == ""
    assert reply(Answer(refusal, checked, "extractive", "openai")).failure == ""


def test_a_reply_holds_what_is_measured() -> None:
    claims = (
        Claim("Here is what fits:", 0, 18, checked=False),
        Claim("It costs 3 [1].", 19, 34, (1,)),
        Claim("It is red.", 35, 45, supported=False, why="no source"),
    )
    checked = Checked("Here is what fits: It costs 3 [1]. It is red.", claims, (Citation(1, "lamp", "Lamp"),))
    evidence = Evidence(Question("lamp?", "lamp"), (), refusal="nothing fits")
    found = reply(Answer(evidence, checked, "extractive", "auto", timings_ms={"search": 5.0, "total": 7.5}))
    assert found.text == checked.text
    assert found.refused
    assert found.cited == {1: "lamp"}
    assert found.claims == (Judged(True, True), Judged(False, False))
    assert (found.search_ms, found.total_ms) == (5.0, 7.5)
