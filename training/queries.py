"""Queries to learn from: drawn from the catalogue, judged by people, or of another data set; and views of products."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b

from evaluation.loaders.source import Dataset
from evaluation.records import Qrels, Query
from evaluation.silver.sets import SilverSet, make
from evaluation.silver.split import Side
from retrieval.chunking import body_text
from retrieval.passages import title_text
from retrieval.records import Product
from retrieval.text import fold, listing_key
from training.records import LearningQuery, Source, Triplet

SEED = 7
HIGHEST = 3
"""The grade of a product that is all that was asked for."""
LEAST_BODY_WORDS = 8
"""Words of a description below which it says too little to be told from another product's."""
SPOKEN_WORDS = (5, 18)
"""The fewest and the most words of a description that stand for what a shopper says of a product."""
LEAST_SPOKEN_WORDS = 3
"""Words below which what is left of them asks for nothing."""
TELLTALE_SHARE = 0.7
"""How many of the title's words are left out of what is said of its product, so that meaning has to find it."""
COMMON_SHARE = 0.05
"""The share of descriptions from which on a word that stands in so many says nothing of one product."""
FEW = 3
"""Descriptions that may share a word in a catalogue of any size."""
SAYINGS = 2
"""How often a product is spoken of."""
_WORD = re.compile(r"\w+")


def silver(products: Sequence[Product], seed: int = SEED) -> dict[Side, list[LearningQuery]]:
    """Return the silver queries of a catalogue by side: train, dev and test (docs/silver-queries.md)."""
    return of_set(make(products, seed=seed))


def of_set(found: SilverSet) -> dict[Side, list[LearningQuery]]:
    """Return the queries of a silver set by side, ids ascending."""
    return {side: _learning(split.queries, split.qrels, "silver") for side, split in found.splits.items()}


def judged(queries: Sequence[Query], qrels: Qrels) -> list[LearningQuery]:
    """Return the queries that have a judgement, in their order, their grades on the scale of `on_scale`."""
    return _learning(queries, on_scale(qrels), "judged")


def loaded(dataset: Dataset) -> list[LearningQuery]:
    """Return the queries of a data set, their grades on the scale of `on_scale`.

    Their products are the data set's own (`dataset.products`), not the shop's.
    """
    return _learning(dataset.queries, on_scale(dataset.qrels), "loaded")


def on_scale(qrels: Qrels) -> Qrels:
    """Return judgements with grades from 0 to 3, whatever their highest one; where that is 3 they stay as they are.

    The highest grade becomes 3, the others their share of it rounded down, but at least 1 where they are above 0: of 0
    and 1 (MS MARCO, Quora) the 1 says that a passage is right.
    """
    highest = max((grade for row in qrels.values() for grade in row.values()), default=0)
    if highest in (0, HIGHEST):
        return qrels
    return {
        name: {product: max(HIGHEST * grade // highest, min(grade, 1)) for product, grade in row.items()}
        for name, row in qrels.items()
    }


def _learning(queries: Sequence[Query], qrels: Qrels, source: Source) -> list[LearningQuery]:
    return [
        LearningQuery(query.query_id, query.text, dict(qrels[query.query_id]), source, query.type)
        for query in queries
        if qrels.get(query.query_id)
    ]


def draw(queries: Sequence[LearningQuery], most: int, seed: int = SEED) -> list[LearningQuery]:
    """Return `most` of the queries at most, as many of each type as there are, in their order.

    Drawn by lot: the same seed draws the same queries from the same set in any order, and a smaller draw is part of a
    larger one.
    """
    by_type: dict[str, list[LearningQuery]] = defaultdict(list)
    for query in sorted(queries, key=lambda query: (_lot(query.query_id, seed), query.query_id)):
        by_type[query.type or ""].append(query)
    places = ((place, name, query) for name, own in by_type.items() for place, query in enumerate(own))
    drawn = {query.query_id for _, _, query in sorted(places, key=lambda found: found[:2])[:most]}
    return [query for query in queries if query.query_id in drawn]


def _lot(name: str, seed: int) -> bytes:
    return blake2b(f"{seed}\x1f{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def views(products: Sequence[Product], seed: int = SEED) -> list[Triplet]:
    """Return what products say of themselves, for an embedder: words of a description, and the title they lead to.

    The description is `body_text` without its title. What stands for a shopper's words are two pieces of it of 5 to 18
    words, without seven of ten words of the title; what has none but common words left, as a seller's greeting, is no
    such piece. Left out are descriptions of fewer than eight words or of the title's words alone, and what stands in
    the catalogue more than once: the second of one title, or of one description, would be its own twin's wrong answer.
    All is drawn by `seed`, the order too.
    """
    titles: set[str] = set()
    bodies: set[str] = set()
    found: list[Triplet] = []
    used = Counter(word for product in products for word in set(_WORD.findall(fold(body_text(product)))))
    common = {word for word, count in used.items() if count > max(FEW, COMMON_SHARE * len(products))}
    for product in products:
        title = title_text(product.title)
        body = _without_title(body_text(product), title)
        words = body.split()
        key, said = listing_key(title, None), " ".join(fold(body).split())
        own = set(_WORD.findall(fold(title)))
        if len(words) < LEAST_BODY_WORDS or set(_WORD.findall(said)) <= own or key in titles or said in bodies:
            continue
        titles.add(key)
        bodies.add(said)
        drawn = random.Random(f"{seed}\x1f{product.product_id}\x1fview")
        found += [Triplet(text, title, group=product.category or "") for text in _sayings(words, own, common, drawn)]
    random.Random(seed).shuffle(found)
    return found


def _sayings(words: Sequence[str], own: AbstractSet[str], common: AbstractSet[str], drawn: random.Random) -> list[str]:
    """Return different pieces of a description, with fewer of the title's `own` words and more than `common` ones."""
    found: dict[str, None] = {}
    for _ in range(SAYINGS):
        length = drawn.randint(*SPOKEN_WORDS)
        start = drawn.randrange(max(1, len(words) - length + 1))
        kept = [
            word
            for word in words[start : start + length]
            if own.isdisjoint(_WORD.findall(fold(word))) or drawn.random() >= TELLTALE_SHARE
        ]
        told = set(_WORD.findall(fold(" ".join(kept))))
        if len(kept) >= LEAST_SPOKEN_WORDS and not told <= common:
            found[" ".join(kept)] = None
    return list(found)


def _without_title(body: str, title: str) -> str:
    """Return a description without its own title where it begins with that: a repeat teaches nothing."""
    start = body.lstrip()
    return start[len(title) :].lstrip(" \n.:-–—|,") if start.casefold().startswith(title.casefold()) else body
