"""Pages of hits, with and without what explains them."""

from __future__ import annotations

from dataclasses import replace

from retrieval.outcome import Ask
from tests.retrieval.stall import stall


def test_hits_without_passages_are_the_same_but_for_what_explains_them() -> None:
    engine = stall()
    ask = Ask("steel kettle under 5000", mode="hybrid", top_k=50, cutoff=False)
    full, bare = engine.answer(ask), engine.answer(replace(ask, passages=False))
    assert any(hit.snippet and hit.chunk_id and hit.matched_terms for hit in full.hits)
    assert bare.hits == tuple(replace(hit, snippet="", chunk_id=None, matched_terms=()) for hit in full.hits)
    assert (bare.total, bare.facets) == (full.total, full.facets)
