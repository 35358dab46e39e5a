from __future__ import annotations

import numpy as np
import pytest

from retrieval import candidates
from retrieval.errors import ModelUnavailable
from retrieval.legs import DENSE_LEGS
from retrieval.loading import LoadedBuild, memory_build
from retrieval.models import ReadyModels
from retrieval.outcome import Request
from retrieval.passages import passage_text, title_text
from retrieval.records import Product
from retrieval.rerank import clip
from retrieval.settings import Settings
from tests.support import HashEncoder, sample_products
from training.pools import HYBRID, mining_pools, pools
from training.records import LearningQuery

SETTINGS = Settings(_env_file=None, rerank_depth=8)
ENCODER = HashEncoder()
MODELS = ReadyModels(ENCODER, None)
QUERIES = [
    LearningQuery("q1", "wooden kettle under 60 dollars", {"p22": 3, "p99": 1, "gone": 2}, "judged"),
    LearningQuery("q2", "a quiet clock", {"p89": 3}, "silver"),
]


@pytest.fixture(scope="module")
def shop() -> list[Product]:
    return sample_products(100)


@pytest.fixture(scope="module")
def build(shop: list[Product]) -> LoadedBuild:
    return memory_build(shop, settings=SETTINGS, encoder=ENCODER)


def test_a_pool_is_the_run_of_serving_with_nothing_put_in(build):
    told = []
    found = pools(build, MODELS, SETTINGS, QUERIES, 12, lambda *state: told.append(state))
    for pool in found:
        run = candidates.run(build, MODELS, SETTINGS, Request(pool.query.text, "hybrid", understand=True), 12)
        assert [c.product_id for c in pool.candidates] == [name for name, _ in run]
        fused = [c.fused for c in pool.candidates]
        assert fused == pytest.approx([score for _, score in run])
    assert "under" not in found[0].text  # the bound is read, and not handed to the cross-encoder
    assert told == [("pools", 0, 2), ("pools", 1, 2), ("pools", 2, 2)]
    assert len(pools(build, MODELS, SETTINGS, QUERIES[:1])[0].candidates) == SETTINGS.rerank_depth


def test_a_passage_is_title_and_the_chunk_that_is_nearest_to_the_query(build, shop):
    (pool,) = pools(build, MODELS, SETTINGS, QUERIES[1:], 20)
    vector = ENCODER.encode([pool.text], query=True)[0]
    by_id = {product.product_id: place for place, product in enumerate(shop)}
    for found in pool.candidates:
        chunks = build.store.chunks(build.store.chunk_rows(by_id[found.product_id]))
        best = max(chunks, key=lambda chunk: float(ENCODER.encode([passage_text(chunk)])[0] @ vector))
        assert found.passage == f"{best.title}\n{clip(best.text, 160)}"


def test_mining_pools_hold_the_heads_of_legs_the_known_products_and_their_cosines(build, shop):
    plain = pools(build, MODELS, SETTINGS, QUERIES)
    found = mining_pools(build, MODELS, SETTINGS, QUERIES, leg_depth=9)
    assert [pool.pool for pool in found] == plain
    for pool in found:
        head = {c.product_id for c in pool.pool.candidates}
        more = {c.product_id for c in pool.more}
        assert not head & more
        for leg in ("bm25", *DENSE_LEGS):
            ranked = {c.ranks[leg]: c.product_id for c in pool.found() if c.ranks.get(leg, 99) <= 9}
            if pool.query.query_id == "q2":  # no bound leaves a rank out
                assert sorted(ranked) == list(range(1, 10))
        assert all(min(c.ranks.get(leg, 99) for leg in ("bm25", *DENSE_LEGS)) <= 9 for c in pool.more)
        vector = ENCODER.encode([pool.meaning], query=True)[0]
        for name, cosine in pool.cosines.items():
            place = int(name[1:])
            texts = [title_text(shop[place].title)]
            texts += [passage_text(chunk) for chunk in build.store.chunks(build.store.chunk_rows(place))]
            assert cosine == pytest.approx(float(np.max(ENCODER.encode(texts) @ vector)), abs=1e-6)
        assert set(pool.cosines) == head | more | {c.product_id for c in pool.known}
    # `gone` is in no catalogue; what is known counts though a bound keeps it out of the pool.
    assert [c.product_id for c in found[0].known] == ["p22", "p99"]
    assert "p99" not in {c.product_id for c in found[0].found()}


def test_a_build_without_vectors_is_mined_by_words_and_not_by_hybrid(shop):
    bare = memory_build(shop, settings=SETTINGS, encoder=None)
    with pytest.raises(ModelUnavailable, match="has no vectors"):
        pools(bare, ReadyModels(None, None), SETTINGS, QUERIES)
    request = Request("", "bm25", understand=True)
    (pool,) = mining_pools(bare, ReadyModels(None, None), SETTINGS, QUERIES[1:], request=request)
    assert pool.cosines == {}
    assert pool.pool.candidates[0].ranks == {"bm25": 1}
    assert HYBRID.understand
