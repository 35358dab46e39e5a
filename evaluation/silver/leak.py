"""How lexically easy a set of queries is: how much of a query stands in the products that are right for it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.measures import score
from evaluation.records import Qrels, Query, Ranked, Run
from evaluation.runs import tie_free
from evaluation.silver.words import stems, words
from retrieval.errors import EvaluationError
from retrieval.keyword.fields import FIELDS
from retrieval.records import Product

MEASURES = ("Recall@1", "Recall@5", "Recall@10", "MRR@10", "nDCG@10")
DEPTH = 100
MOST = 500
"""Queries that rank_bm25 is asked: it takes milliseconds for each thousand of products."""


@dataclass(frozen=True, slots=True)
class LeakReport:
    """How far words alone solve a set; shares from 0 to 1, over queries with a right product.

    `in_title` is the share of a query's words that stand in the title of a right product, mean over pairs;
    `whole_in_title` the share of queries of which all words stand in the title of some right product; `in_order` the
    same with the words in one piece; `only_match` the share of queries whose right products are exactly those that hold
    all words of the query anywhere in their texts, bounds left out: a search for all words would answer them.
    `rank_bm25` holds its figures by measure over `sampled` queries, and `oracle` those of an ordering with all right
    products first, over the same queries.
    """

    queries: int
    pairs: int
    in_title: float
    whole_in_title: float
    in_order: float
    only_match: float
    sampled: int
    rank_bm25: Mapping[str, float]
    oracle: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return asdict(self)


class Corpus:
    """A catalogue as the leak check looks at it, made once for several sets of queries."""

    def __init__(self, products: Sequence[Product]) -> None:
        from retrieval.keyword.rank_bm25_index import RankBm25Index
        from retrieval.keyword.tokens import Tokenizer

        self.titles = {product.product_id: [word.stem for word in words(product.title)] for product in products}
        texts = ["\n".join(read(product) for read in FIELDS.values()) for product in products]
        self._ids = list(self.titles)
        holders: dict[str, set[str]] = defaultdict(set)
        for product, text in zip(products, texts, strict=True):
            for stem in stems([text]):
                holders[stem].add(product.product_id)
        self._holders = dict(holders)
        tokenizer = Tokenizer()
        self._index = RankBm25Index([tokenizer(text) for text in texts], tokenizer)

    def holding(self, wanted: Iterable[str]) -> set[str]:
        """Return the ids of the products that hold every one of these stems anywhere, of one at least."""
        sets = [self._holders.get(stem, set()) for stem in wanted]
        return set.intersection(*sets) if sets else set()

    def rank_bm25(self, text: str) -> Ranked:
        """Return the hundred best products by rank_bm25's Okapi over the plain text."""
        import numpy as np

        scores = self._index.score(text)
        matched = np.flatnonzero(scores > -np.inf)
        return tie_free((self._ids[place], float(scores[place])) for place in matched)[:DEPTH]


def leak(
    queries: Sequence[Query], qrels: Qrels, products: Sequence[Product] | Corpus, *, most: int = MOST
) -> LeakReport:
    """Return how lexically easy queries are on a catalogue; those without a right product (grade 1 up) are left out.

    The queries may be of any set with judgements. rank_bm25 is asked `most` of them at most, drawn by the hash of their
    ids. Raises EvaluationError where no query is left, and for a right product that the catalogue does not hold.
    """
    corpus = products if isinstance(products, Corpus) else Corpus(products)
    right = {query.query_id: _right(qrels.get(query.query_id, {})) for query in queries}
    asked = [query for query in queries if right[query.query_id]]
    if not asked:
        raise EvaluationError("no query has a right product; name the judgements that belong to these queries")
    shares: list[float] = []
    whole = in_order = only = 0
    for query in asked:
        found = right[query.query_id]
        _check(query, found, corpus)
        wanted = [word.stem for word in words(query.text)]
        own = [_share(wanted, corpus.titles[product_id]) for product_id in found]
        shares += own
        whole += 1.0 in own
        in_order += any(_in_one_piece(wanted, corpus.titles[product_id]) for product_id in found)
        only += corpus.holding(stems([str(query.details.get("words", query.text))])) == set(found)
    sample = sorted(asked, key=lambda query: hashlib.sha256(query.query_id.encode("utf-8", "surrogatepass")).digest())
    sample = sample[:most]
    judged = {query.query_id: qrels[query.query_id] for query in sample}
    return LeakReport(
        queries=len(asked),
        pairs=len(shares),
        in_title=sum(shares) / len(shares),
        whole_in_title=whole / len(asked),
        in_order=in_order / len(asked),
        only_match=only / len(asked),
        sampled=len(sample),
        rank_bm25=figures(Run("rank_bm25", {q.query_id: corpus.rank_bm25(q.text) for q in sample}), judged),
        oracle=figures(oracle(judged), judged),
    )


def _right(grades: Mapping[str, int]) -> list[str]:
    return [product_id for product_id, grade in grades.items() if grade > 0]


def _check(query: Query, found: Sequence[str], corpus: Corpus) -> None:
    for product_id in found:
        if product_id not in corpus.titles:
            raise EvaluationError(
                f"query {query.query_id!r}: product {product_id!r} is not in the catalogue; take the catalogue that "
                "the judgements were made for"
            )


def figures(run: Run, qrels: Qrels) -> dict[str, float]:
    """Return the mean of every measure of the table."""
    scores = score(run, qrels, MEASURES)
    return {name: scores.mean(name) for name in MEASURES}


def oracle(qrels: Qrels) -> Run:
    """Return the best run there is: every query's right products by falling grade."""
    ranked = {
        query_id: tie_free((product_id, float(grades[product_id])) for product_id in _right(grades))
        for query_id, grades in qrels.items()
    }
    return Run("oracle", ranked)


def _share(wanted: Sequence[str], title: Sequence[str]) -> float:
    held = set(title)
    return sum(word in held for word in wanted) / len(wanted) if wanted else 0.0


def _in_one_piece(wanted: Sequence[str], title: Sequence[str]) -> bool:
    size = len(wanted)
    return size > 0 and any(title[at : at + size] == wanted for at in range(len(title) - size + 1))
