"""Laying out one page of an outcome as hits."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from retrieval.explain import best_chunk_by_words, matched_terms, product_texts, snippet
from retrieval.keyword.tokens import Tokenizer
from retrieval.outcome import Outcome
from retrieval.protocols import ProductStore
from retrieval.records import Chunk, Hit, LegScore, Product


def lay_out(
    store: ProductStore, outcome: Outcome, query: str, tokenizer: Tokenizer, places: range, *, passages: bool = True
) -> tuple[Hit, ...]:
    """Return the hits at `places` of the outcome's ordering (from 0), without `passages` bare of what explains them."""
    positions = [int(outcome.ordering[place]) for place in places]
    products = store.products(positions)
    if not passages:
        return tuple(_hit(outcome, place, product) for place, product in zip(places, products, strict=True))
    tokens = frozenset(tokenizer(query)) if query else frozenset()
    chunks = _chunks(store, outcome, tokens, tokenizer, places, positions)
    hits = []
    for place, position, product, chunk in zip(places, positions, products, chunks, strict=True):
        texts = product_texts(product, chunk.text, only_passage=len(store.chunk_rows(position)) == 1)
        hits.append(_hit(outcome, place, product, chunk, matched_terms(texts, tokens, tokenizer)))
    return tuple(hits)


def _chunks(
    store: ProductStore,
    outcome: Outcome,
    tokens: frozenset[str],
    tokenizer: Tokenizer,
    places: range,
    positions: Sequence[int],
) -> list[Chunk]:
    """Return the chunk that each hit shows: the one nearest to the query, else the one with most of its words."""
    if outcome.best_chunk is not None:
        return store.chunks([int(outcome.best_chunk[place]) for place in places])
    owned = [store.chunk_rows(position) for position in positions]
    read = iter(store.chunks([row for rows in owned for row in rows]))
    chosen = []
    for rows in owned:
        candidates = [next(read) for _ in rows]
        chosen.append(candidates[best_chunk_by_words(candidates, tokens, tokenizer)])
    return chosen


def _hit(
    outcome: Outcome, place: int, product: Product, chunk: Chunk | None = None, terms: tuple[str, ...] = ()
) -> Hit:
    position = int(outcome.ordering[place])
    fused = float(outcome.fused[place])
    if not isfinite(fused):
        fused = 0.0  # of a pinned product that nothing found; JSON holds no infinity
    blended = outcome.blended.get(position)
    return Hit(
        rank=place + 1,
        product=product,
        score=fused if blended is None else blended,
        legs={
            name: LegScore(int(rank[place]), float(outcome.leg_scores[name][place]))
            for name, rank in outcome.leg_ranks.items()
            if rank[place] > 0
        },
        fused_score=fused if len(outcome.leg_ranks) > 1 else None,
        rerank_score=outcome.rerank_score(place),
        matched_terms=terms,
        snippet="" if chunk is None else snippet(chunk.text, terms),
        chunk_id=None if chunk is None else chunk.chunk_id,
        group_size=int(outcome.group_sizes[place]),
        rules=tuple(rule.describe() for rule in outcome.plan.rules(position)) if outcome.plan else (),
        named=position in outcome.named,
    )
