"""What an embedder is worth on development queries, by hand and by an independent ranking."""

from __future__ import annotations

import math

import numpy as np
import pytest

from retrieval.errors import TrainingError
from tests.support import HashEncoder
from training.dense_dev import DenseDev, measure, measured, sampled
from training.records import LearningQuery


def asked(query_id: str, text: str, **grades: int) -> LearningQuery:
    return LearningQuery(query_id, text, grades, "silver")


def test_a_product_ranks_by_its_best_text() -> None:
    dev = DenseDev((asked("q", "lamp", a=3, b=1),), (("a", "title"), ("a", "chunk"), ("b", "title"), ("c", "title")))
    query = np.array([[1.0, 0.0]], dtype=np.float32)
    # Best cosines: a max(0.1, 0.6) = 0.6, b 0.7, c 0.9, so the order is c, b, a.
    rows = np.array([[0.1, 0], [0.6, 0], [0.7, 0], [0.9, 0]], dtype=np.float32)
    values = measured(dev, query, rows)
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert values["nDCG@10"] == pytest.approx((0 / math.log2(2) + 1 / math.log2(3) + 3 / math.log2(4)) / ideal)
    assert values["MRR@10"] == pytest.approx(1 / 2)
    assert values["Recall@100"] == 1.0


def test_equal_scores_stand_by_id() -> None:
    dev = DenseDev((asked("q", "lamp", a=1),), (("b", "one"), ("a", "two")))
    row = np.array([[1.0, 0.0]], dtype=np.float32)
    assert measured(dev, row, np.repeat(row, 2, axis=0))["MRR@10"] == 1.0


def test_an_absent_right_product_counts_in_the_ideal_order() -> None:
    dev = DenseDev((asked("q", "red lamp", here=1, gone=1),), (("here", "red lamp"), ("other", "blue kettle")))
    values = measure(dev, HashEncoder())
    assert values["nDCG@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert values["Recall@100"] == 0.5


def test_queries_are_encoded_as_queries() -> None:
    class Marked(HashEncoder):
        def encode(self, texts, *, query=False):  # type: ignore[no-untyped-def]
            return super().encode([("ask " if query else "shelf ") + text for text in texts], query=query)

    dev = DenseDev((asked("q", "lamp", right=1),), (("right", "ask lamp lamp"), ("wrong", "kettle")))
    marked = Marked()
    by_hand = measured(
        dev, HashEncoder().encode(["ask lamp"]), HashEncoder().encode(["shelf ask lamp lamp", "shelf kettle"])
    )
    assert measure(dev, marked) == by_hand


def test_a_sample_keeps_what_was_judged() -> None:
    documents = tuple((f"p{n}", f"{part} {n}") for part in ("title", "chunk") for n in range(50))
    dev = DenseDev((asked("q", "lamp", p3=2, p4=0),), documents)
    small = sampled(dev, most=10, seed=1)
    assert {("p3", "title 3"), ("p4", "title 4")} <= set(small.documents)
    assert len(small.documents) == 10
    assert all(text.startswith("title") for _, text in small.documents)
    assert small.documents == tuple(document for document in documents if document in small.documents)
    assert sampled(dev, most=10, seed=1) == small
    assert sampled(dev, most=10, seed=2) != small
    # 2 judged products and 8 others have 20 texts; an eleventh product would make 22.
    whole = sampled(dev, most=21, seed=1, each=2)
    assert len(whole.documents) == 20
    assert len({name for name, _ in whole.documents}) == 10
    assert sampled(dev, most=1000, each=2) == dev


def test_a_set_that_measures_nothing_is_refused() -> None:
    with pytest.raises(TrainingError, match="none of the 1 development queries has a right product among the 1 texts"):
        DenseDev((asked("q", "lamp", gone=1, here=0),), (("here", "kettle"),))
