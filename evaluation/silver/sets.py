"""A silver set: queries with all their right products, drawn from a catalogue and dealt out to train, dev and test."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evaluation.records import Qrels, Query
from evaluation.silver.fits import Wanted
from evaluation.silver.recipe import MOST_RIGHT, TYPES, VERSION, Draft, Recipe
from evaluation.silver.split import SHARES, Side, deal, listings
from retrieval.errors import EvaluationError
from retrieval.records import Product

GRADE = 3
"""What fits fits: the query cannot tell the product it was drawn from, so all its right products share one grade."""
PER_PRODUCT = len(TYPES)
NOT_MADE = "not made: no words or bound that tell few products apart"
REPEATED = "repeated: the same query of another product"
DIVIDED = "divided: right products on two sides"


class Split(NamedTuple):
    """The queries of one side, and their right products with grades; every query has one at least."""

    queries: tuple[Query, ...]
    qrels: Qrels

    @property
    def pairs(self) -> int:
        """Return the number of query-product pairs."""
        return sum(len(found) for found in self.qrels.values())


@dataclass(frozen=True, slots=True)
class SilverSet:
    """What `make` gives; `sides` says for every product of the catalogue, right for a query or not, where it stands.

    `dropped` counts by reason the queries that were drawn or tried and not kept.
    """

    version: str
    seed: int
    per_product: int
    splits: Mapping[Side, Split]
    sides: Mapping[str, Side]
    dropped: Mapping[str, int]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return by side its numbers of products, queries, pairs and queries of each type."""
        held = Counter(self.sides.values())
        return {
            side: {
                "products": held[side],
                "queries": len(split.queries),
                "pairs": split.pairs,
                **{f"{name} queries": sum(q.type == name for q in split.queries) for name in TYPES},
            }
            for side, split in self.splits.items()
        }

    def card(self) -> dict[str, Any]:
        """Return what is written beside the files, JSON-ready."""
        return {
            "version": self.version,
            "seed": self.seed,
            "per_product": self.per_product,
            "most_right": MOST_RIGHT,
            "counts": self.counts,
            "dropped": dict(self.dropped),
        }


def make(products: Sequence[Product], *, seed: int = 7, per_product: int = PER_PRODUCT) -> SilverSet:
    """Return the silver set of a catalogue: the same products, seed and number give the same set.

    `per_product` is 1 to 3: title words, then kind, then constraint. Every product that fits a query is right for it
    (`evaluation.silver.fits`); a query that more than ten fit is not kept. Raises EvaluationError.
    """
    if not 1 <= per_product <= PER_PRODUCT:
        raise EvaluationError(f"{per_product} queries a product: silver queries are 1 to {PER_PRODUCT} a product")
    if not products:
        raise EvaluationError("the catalogue holds no product; silver queries are drawn from products")
    drawn = Recipe(products, seed)
    dropped: Counter[str] = Counter()
    right: dict[Draft, list[int]] = {}
    known: set[Wanted | str] = set()
    for position in range(len(products)):
        for draft in drawn.drafts(position, TYPES[:per_product]):
            if draft is None:
                dropped[NOT_MADE] += 1
            elif draft.wanted in known or draft.text in known:
                dropped[REPEATED] += 1
            else:
                known |= {draft.wanted, draft.text}
                right[draft] = drawn.index.right(draft.wanted)
    # Fewest right products first: the queries that are easiest to keep whole are kept together first.
    drafts = sorted(right, key=lambda draft: (len(right[draft]), draft.text))
    sides = deal(listings(products), [right[draft] for draft in drafts], seed)
    chosen: dict[Side, list[Draft]] = {side: [] for side in SHARES}
    for draft in drafts:
        found = {sides[position] for position in right[draft]}
        if len(found) == 1:
            chosen[found.pop()].append(draft)
        else:
            dropped[DIVIDED] += 1
    ids = [product.product_id for product in products]
    splits = {
        side: _split({draft: [ids[position] for position in right[draft]] for draft in kept})
        for side, kept in chosen.items()
    }
    return SilverSet(VERSION, seed, per_product, splits, dict(zip(ids, sides, strict=True)), dict(dropped))


def _split(right: Mapping[Draft, Sequence[str]]) -> Split:
    queries = {query_id(draft.text): draft for draft in right}
    return Split(
        tuple(_query(name, queries[name]) for name in sorted(queries)),
        {name: dict.fromkeys(right[queries[name]], GRADE) for name in sorted(queries)},
    )


def query_id(text: str) -> str:
    """Return the id of a query: the version of the recipe, and the first twelve hexadecimal digits of its SHA-256."""
    return f"{VERSION}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _query(name: str, draft: Draft) -> Query:
    wanted = draft.wanted
    details: dict[str, Any] = {"words": draft.plain}
    if wanted.max_price is not None:
        details |= {"max_price": wanted.max_price, "currency": wanted.currency}
    if wanted.size is not None:
        details["size"] = wanted.size
    return Query(name, draft.text, draft.type, details)
