from __future__ import annotations

from math import log2

import pytest

from evaluation.records import Query
from evaluation.silver import Corpus, leak
from retrieval.errors import EvaluationError
from retrieval.records import Product

SHOP = [
    Product("a", "Tall oak lamp", description="With a steel foot."),
    Product("b", "Oak lamp", description="Tall enough."),
    Product("c", "Steel kettle", category="kitchen"),
    Product("d", "Chair"),
]
QUERIES = [
    Query("1", "oak lamps"),
    Query("2", "lamp oak"),
    Query("3", "kitchen kettle"),
    Query("4", "tall lamp under 500 tk", details={"words": "tall lamp"}),
    Query("unjudged", "chair"),
    Query("wrong", "chair lamp"),
]
QRELS = {"1": {"a": 3, "b": 3}, "2": {"b": 3}, "3": {"c": 3}, "4": {"a": 1, "d": 0}, "wrong": {"d": 0}}


def test_shares_are_what_counting_by_hand_gives() -> None:
    report = leak(QUERIES, QRELS, SHOP)
    assert (report.queries, report.pairs, report.sampled) == (4, 5, 4)
    # Query 1: both words in both titles; 2: both; 3: kettle of two words; 4: tall, lamp of tall, lamp, 500, tk.
    assert report.in_title == pytest.approx((1 + 1 + 1 + 1 / 2 + 2 / 4) / 5)
    assert report.whole_in_title == 2 / 4
    # `oak lamp` stands in one piece in the titles of a and b; `lamp oak` does not.
    assert report.in_order == 1 / 4
    # All words stand in: 1 and 2 -> {a, b}; 3 -> {c}; `tall lamp` -> {a, b}, for b is tall in its description.
    assert report.only_match == 2 / 4


def test_the_oracle_puts_every_right_product_first() -> None:
    oracle = leak(QUERIES, QRELS, SHOP).oracle
    assert oracle == {
        "Recall@1": pytest.approx((1 / 2 + 1 + 1 + 1) / 4),
        "Recall@5": 1.0,
        "Recall@10": 1.0,
        "MRR@10": 1.0,
        "nDCG@10": 1.0,
    }


def test_rank_bm25_is_measured_on_the_same_queries() -> None:
    # In six products `oak` and `lamp` are rare enough to count; the shorter text, that of b, comes first; a is right.
    shop = [*SHOP, Product("e", "Chair"), Product("f", "Chair")]
    assert [product_id for product_id, _ in Corpus(shop).rank_bm25("oak lamp")] == ["b", "a"]
    report = leak([Query("q", "oak lamp")], {"q": {"a": 2}}, shop)
    assert report.rank_bm25["Recall@1"] == 0.0
    assert report.rank_bm25["MRR@10"] == pytest.approx(1 / 2)
    assert report.rank_bm25["nDCG@10"] == pytest.approx(1 / log2(3))


def test_rank_bm25_finds_nothing_where_no_word_stands() -> None:
    assert list(Corpus(SHOP).rank_bm25("submarine")) == []


def test_a_sample_is_the_same_every_time_and_its_size_is_told() -> None:
    corpus = Corpus(SHOP)
    report = leak(QUERIES, QRELS, corpus, most=2)
    assert (report.queries, report.sampled) == (4, 2)
    assert report == leak(QUERIES[::-1], QRELS, corpus, most=2)


def test_a_right_product_that_is_not_in_the_catalogue_is_named() -> None:
    with pytest.raises(EvaluationError, match=r"'1': product 'b' is not in the catalogue"):
        leak(QUERIES, QRELS, SHOP[:1])


def test_queries_without_any_right_product_are_refused() -> None:
    with pytest.raises(EvaluationError, match="no query has a right product"):
        leak(QUERIES[-2:], QRELS, SHOP)
