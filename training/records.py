"""What passes between the parts of training: plain, frozen, ids are strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Source = Literal["silver", "judged", "loaded"]


@dataclass(frozen=True, slots=True)
class LearningQuery:
    """A query to learn from, with the grades (0 and up) of the products that are known for it.

    A product that stands nowhere in `grades` was not judged: it may be right all the same. `type` is what kind of query
    it is, where its set says so.
    """

    query_id: str
    text: str
    grades: Mapping[str, int]
    source: Source
    type: str | None = None

    def right(self, least: int = 2) -> frozenset[str]:
        """Return the ids of the products with at least this grade."""
        return frozenset(name for name, grade in self.grades.items() if grade >= least)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that the first stage found, and the text that the cross-encoder reads of it in serving.

    `fused` is the first stage's score, `ranks` its rank (from 1) by leg: `bm25`, `ngram`, `dense_title`, `dense_chunk`;
    a leg that did not find it is left out.
    """

    product_id: str
    passage: str
    fused: float
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pool:
    """A query and the candidates of the serving first stage, in its order; `text` is what the cross-encoder reads."""

    query: LearningQuery
    text: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A query and passages with a label each, from 0 (wrong) to 1 (right): what a cross-encoder learns from."""

    query_id: str
    query: str
    product_ids: tuple[str, ...]
    passages: tuple[str, ...]
    labels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Triplet:
    """A text, one that belongs to it, and texts that do not: what an embedder learns from.

    Rows of one `group`, such as a category, share batches: there they are each other's wrong answers, and hard ones.
    """

    anchor: str
    positive: str
    negatives: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of a training: optimiser steps done, the loss since the last one, and measures where they were taken."""

    step: int
    epoch: float
    loss: float | None
    learning_rate: float | None
    measures: Mapping[str, float] = field(default_factory=dict)
