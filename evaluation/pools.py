"""What is judged, and in which order: pools of several systems' best, put so that nobody sees who found what.

Pooling: Sparck Jones and van Rijsbergen, "Report on the need for and provision of an 'ideal' information retrieval test
collection" (1975); depth-k pools as in TREC: Voorhees and Harman, "TREC" (2005), p. 29.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from evaluation.records import Run
from retrieval.errors import EvaluationError

Item = tuple[str, str]
"""A query id and a product id: one thing to judge."""


def pool(runs: Iterable[Run], depth: int = 10) -> dict[str, tuple[str, ...]]:
    """Return for each query the products among the best `depth` of any run, sorted by id; raise EvaluationError.

    Sorting by id forgets which run found a product and where.
    """
    if depth < 1:
        raise EvaluationError(f"a pool of depth {depth} holds nothing; take at least the best 1 of each ranking")
    found: dict[str, set[str]] = {}
    for run in runs:
        for query_id, ranked in run.ranked.items():
            found.setdefault(query_id, set()).update(product_id for product_id, _ in ranked[:depth])
    return {query_id: tuple(sorted(products)) for query_id, products in found.items()}


def blind(query_id: str, judge: str, products: Iterable[str]) -> tuple[str, ...]:
    """Return the products in the order in which a judge sees them: mixed, another one for each query and judge.

    The order of two products depends on nothing else, so that it stays when the pool grows or is begun again.
    """
    return tuple(sorted(products, key=lambda product_id: (_mixed(judge, query_id, product_id), product_id)))


def sample(query_ids: Sequence[str], count: int) -> tuple[str, ...]:
    """Return `count` of the queries in their order, drawn by a hash of their ids: a larger draw holds a smaller one."""
    drawn = set(sorted(query_ids, key=lambda query_id: (_mixed(query_id), query_id))[:count])
    return tuple(query_id for query_id in query_ids if query_id in drawn)


def items(pooled: Mapping[str, Sequence[str]], judge: str) -> list[Item]:
    """Return everything to judge in a judge's order, query after query in the order of the pool."""
    return [(query_id, product) for query_id in pooled for product in blind(query_id, judge, pooled[query_id])]


def upcoming(todo: Sequence[Item], judged: Collection[Item], skipped: Sequence[Item]) -> Item | None:
    """Return what to judge next: the first neither judged nor skipped, then what was skipped first; None at the end."""
    passed = set(skipped)
    fresh = (item for item in todo if item not in judged and item not in passed)
    there = set(todo)
    again = (item for item in skipped if item in there and item not in judged)
    return next(fresh, None) or next(again, None)


def _mixed(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
