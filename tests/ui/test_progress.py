"""The bars of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ui.progress import stage_bars


@dataclass(frozen=True)
class Job:
    """What the panel reads of a job."""

    stage: str
    done: int = 0
    total: int = 0
    eta_s: float | None = None
    id: str = "j"
    catalogue: str = "shop"
    state: str = "running"
    message: str = ""
    kind: str = "build"
    ahead: int = 0
    resumable: bool = False
    params: Mapping[str, object] = field(default_factory=dict)


def test_a_job_that_waits_has_no_bar() -> None:
    assert stage_bars(Job(""), {""}) == []


def test_stages_before_the_present_one_are_done_even_when_no_look_met_them() -> None:
    assert stage_bars(Job("embed", 100, 400, 75.0), {"read", "embed"}) == [
        ("Reading the file", 1.0, "done"),
        ("Cutting into passages", 1.0, "done"),
        ("Keyword index", 1.0, "done"),
        ("Embedding", 0.25, "100 of 400 · 1 min 15 s left"),
    ]


def test_writing_the_keyword_index_does_not_claim_that_embedding_is_done() -> None:
    labels = [label for label, _, _ in stage_bars(Job("write", 0, 1), {"keyword", "write"})]
    assert labels == ["Reading the file", "Cutting into passages", "Keyword index", "Writing"]


def test_writing_after_embedding_follows_it() -> None:
    bars = stage_bars(Job("write", 1, 1, 0.0), {"embed", "write"})
    assert bars[-2:] == [("Embedding", 1.0, "done"), ("Writing", 1.0, "")]
