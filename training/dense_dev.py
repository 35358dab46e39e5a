"""Queries and products to try an embedder on while it learns: all in memory, no index is built."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evaluation.measures import score
from evaluation.records import Run
from evaluation.runs import tie_free
from retrieval.errors import TrainingError
from retrieval.protocols import FloatArray
from training.records import LearningQuery

MEASURES = ("nDCG@10", "MRR@10", "Recall@100")
DEPTH = 100
"""Products of a ranking that are measured."""
DOCUMENTS = 2_000


class Encodes(Protocol):
    """What `retrieval.protocols.Encoder` does with texts, which a model in training does as well."""

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class DenseDev:
    """Queries, and the texts of the products that they are asked of: a product id and a text each.

    A product may have several texts (title, chunks); it ranks by its best one, as in serving. Raises TrainingError
    where there are no queries, no texts, or not one right product among them.
    """

    queries: tuple[LearningQuery, ...]
    documents: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        held = {product_id for product_id, _ in self.documents}
        if not any(grade > 0 and name in held for query in self.queries for name, grade in query.grades.items()):
            raise TrainingError(
                f"none of the {len(self.queries)} development queries has a right product among the "
                f"{len(self.documents)} texts; take queries of the same catalogue, or train without a development set"
            )


def sampled(dev: DenseDev, most: int = DOCUMENTS, seed: int = 7, each: int = 1) -> DenseDev:
    """Return the same queries on `most` texts or little more: those of judged products, and others drawn by seed.

    Of a product only the first `each` texts are kept: where titles come first, the title, which takes a tenth of a
    passage's time to encode. Fewer texts rank higher than all would: values compare with one another alone.
    """
    judged = {name for query in dev.queries for name in query.grades}
    texts: dict[str, int] = {}
    first = []
    for name, text in dev.documents:
        texts[name] = texts.get(name, 0) + 1
        if texts[name] <= each:
            first.append((name, text))
    others = sorted(texts.keys() - judged)
    random.Random(seed).shuffle(others)
    room = most - sum(name in judged for name, _ in first)
    taken = set(judged)
    for name in others:
        room -= min(texts[name], each)
        if room < 0:
            break
        taken.add(name)
    return DenseDev(dev.queries, tuple(document for document in first if document[0] in taken))


def measure(dev: DenseDev, encoder: Encodes) -> dict[str, float]:
    """Return the mean of each measure over the queries, products ranked by the cosine of their best text."""
    rows = encoder.encode([text for _, text in dev.documents])
    asked = encoder.encode([query.text for query in dev.queries], query=True)
    return measured(dev, asked, rows)


def measured(dev: DenseDev, queries: FloatArray, documents: FloatArray) -> dict[str, float]:
    """Return the mean of each measure; `queries` and `documents` are unit rows, one a query and one a text.

    The measures are trec_eval's (`evaluation.measures`); a right product that is not among the texts counts in the
    ideal order all the same.
    """
    ids = sorted({product_id for product_id, _ in dev.documents})
    place = {product_id: number for number, product_id in enumerate(ids)}
    places = np.array([place[product_id] for product_id, _ in dev.documents])
    ranked = {}
    for query, vector in zip(dev.queries, queries, strict=True):
        best = np.full(len(ids), -np.inf, dtype=np.float64)
        np.maximum.at(best, places, documents @ vector)
        # The ids ascend, so a stable sort breaks ties by id.
        head = np.argsort(-best, kind="stable")[:DEPTH]
        ranked[query.query_id] = tie_free((ids[number], float(best[number])) for number in head)
    scores = score(Run("embedder", ranked), {query.query_id: query.grades for query in dev.queries}, MEASURES)
    return {name: scores.mean(name) for name in MEASURES}
