"""Question sets put to an answerer: its answers as evaluation measures them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from answering.answerer import Answerer
    from answering.records import Answer, ProviderChoice
    from evaluation.answers import Answers, Reply
    from retrieval.records import Mode


def replies(answerer: Answerer, wanted: ProviderChoice, *, mode: Mode | None = None) -> Answers:
    """Return what answers one question after the other with a provider, each by itself."""

    def ask(text: str) -> Reply:
        return reply(answerer.answer(text, wanted=wanted, mode=mode))

    return ask


def reply(answer: Answer) -> Reply:
    """Return an answer as it is measured."""
    from evaluation.answers import Judged, Reply

    checked = answer.checked
    return Reply(
        checked.text,
        answer.refused,
        {citation.n: citation.product_id for citation in checked.citations},
        tuple(Judged(bool(claim.citations), claim.supported) for claim in checked.claims if claim.checked),
        answer.timings_ms.get("search", 0.0),
        answer.timings_ms.get("total", 0.0),
        _failure(answer),
    )


def _failure(answer: Answer) -> str:
    """Return why the provider that was asked did not write an answer; a refusal is written without asking any."""
    wanted = answer.provider_wanted
    if wanted in ("auto", answer.provider) or answer.evidence.refusal is not None:
        return ""
    return next((part.why for part in answer.degraded if part.what == wanted), f"{answer.provider} wrote instead")
