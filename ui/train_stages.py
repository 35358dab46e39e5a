"""The stages of a training, in the words of somebody who never trained a model: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["done", "now", "to come"]

LABELS: Mapping[str, str] = {
    "data": "Making queries to learn from",
    "triplets": "Choosing examples for the embedder",
    "embedder": "Teaching the embedder",
    "index": "Indexing with the new embedder, aside",
    "prove": "The embedder's exam",
    "swap": "Serving it, if it passed",
    "pools": "Searching for each query",
    "mine": "Choosing wrong answers to learn from",
    "reranker": "Teaching the reranker",
    "blend": "Finding its best weight",
    "gate": "The reranker's exam",
}
"""The stages in their order."""
WHY: Mapping[str, str] = {
    "data": "They come from your products' titles and fields. Those of the exam are set aside now.",
    "triplets": "A query or a title, a text that belongs to it, and some that look alike and do not.",
    "embedder": "It learns which texts belong together, so that search by meaning fits your catalogue.",
    "index": "The products are read once more by the new embedder. The index that serves stays as it is.",
    "prove": "New against present, on queries that it did not learn from. Only a gain beyond luck passes.",
    "swap": "The new index takes over in one moment, and no search is lost.",
    "pools": "What your search finds for each query now is what the reranker will put in order.",
    "mine": "Products that look right and are not teach the most. Those that may well be right are left out.",
    "reranker": "It reads query and product together and learns to put the right one first.",
    "blend": "How much its word counts beside the first ranking is measured, not assumed.",
    "gate": "New against present, on queries that it did not learn from. Only a gain beyond luck passes.",
}
_EMBEDDER = ("triplets", "embedder", "index", "prove", "swap")
_RERANKER = ("pools", "mine", "reranker", "blend", "gate")
PARTS: Mapping[str, tuple[str, ...]] = {
    "both": (*_EMBEDDER, *_RERANKER),
    "embedder": _EMBEDDER,
    "reranker": _RERANKER,
    "data": ("triplets", "pools", "mine"),
}
"""The stages that follow on `data`, by what is trained."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stage as it is drawn: what it is called, why it is there, and how far it is."""

    stage: str
    label: str
    why: str
    state: State


def planned(part: str) -> list[str]:
    """Return the stages of a training of `embedder`, `reranker` or `both`, or of preparing its `data` alone."""
    return ["data", *PARTS.get(part, PARTS["both"])]


def lines(stages: Sequence[str], present: str) -> list[Line]:
    """Return every planned stage and whether it is over, the present one, or still to come.

    A `present` that is not among them (a stage without a name of its own, or none yet) leaves all of them to come.
    """
    at = stages.index(present) if present in stages else -1
    return [
        Line(stage, LABELS[stage], WHY[stage], "now" if n == at else "done" if n < at else "to come")
        for n, stage in enumerate(stages)
    ]
