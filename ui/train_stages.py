"""The stages of a training, in the words of somebody who never trained a model: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["done", "now", "to come"]

LABELS: Mapping[str, str] = {
    "data": "Preparing what to learn from",
    "embedder": "Teaching the embedder",
    "index": "Indexing with the new embedder",
    "pools": "Searching for each query",
    "mine": "Choosing wrong answers to learn from",
    "reranker": "Teaching the reranker",
    "blend": "Finding the best mix of both scores",
    "gate": "Proving that it is better",
}
"""The stages in their order."""
WHY: Mapping[str, str] = {
    "data": "Queries are made from your products' titles and fields; some are set aside for the exam.",
    "embedder": "It learns which texts belong together, so that search by meaning fits your catalogue.",
    "index": "The products are read once more by the new embedder, aside. The index that serves stays as it is.",
    "pools": "The products that your search finds for each query now: the reranker learns to order just these.",
    "mine": "Products that look right and are not teach the most. Likely right ones are left out.",
    "reranker": "It learns to tell the right product among the found ones, by reading query and product together.",
    "blend": "How much its opinion counts beside the first ranking is measured, not assumed.",
    "gate": "New against present, on queries that neither learned from. Only a gain beyond luck passes.",
}
NOT_FOR = {"embedder": ("pools", "mine", "reranker", "blend"), "reranker": ("embedder", "index"), "both": ()}
"""Stages that are left out where only one of the models is trained."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stage as it is drawn: what it is called, why it is there, and how far it is."""

    stage: str
    label: str
    why: str
    state: State


def planned(part: str) -> list[str]:
    """Return the stages of a training of `embedder`, `reranker` or `both`, in their order."""
    return [stage for stage in LABELS if stage not in NOT_FOR.get(part, ())]


def lines(stages: Sequence[str], present: str) -> list[Line]:
    """Return every planned stage and whether it is over, the present one, or still to come.

    A `present` that is not among them (a stage without a name of its own, or none yet) leaves all of them to come.
    """
    at = stages.index(present) if present in stages else -1
    return [
        Line(stage, LABELS[stage], WHY[stage], "now" if n == at else "done" if n < at else "to come")
        for n, stage in enumerate(stages)
    ]
