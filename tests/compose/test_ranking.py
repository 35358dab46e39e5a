from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from compose.ranking import EngineRanker
from evaluation.records import Query
from evaluation.runs import check
from evaluation.systems import ablations, parse, parse_all
from retrieval.engine import SearchEngine
from retrieval.errors import ModelUnavailable
from retrieval.loading import LoadedBuild, memory_build
from retrieval.models import ReadyModels
from retrieval.query.intent import LEG_WEIGHTS, RRF_K
from retrieval.query.synonyms import Synonyms, shipped
from retrieval.records import MODES
from retrieval.settings import Settings
from retrieval.understanding import RAISE
from tests.retrieval.stall import PRODUCTS, WordScorer
from tests.support import HashEncoder, sample_products, settings_in

QUERIES = tuple(
    Query(f"q{i}", text)
    for i, text in enumerate(("red chair", "woolen scarff", "a quiet lamp for my desk", "zeppelin"))
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, rrf_k=33, fusion_alpha=0.7)


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture
def build(settings: Settings, encoder: HashEncoder) -> LoadedBuild:
    return memory_build(sample_products(80), settings=settings, encoder=encoder)


class TwoEncoders:
    """Hands out one encoder to the index, and another one by the name `small`."""

    def __init__(self, own: HashEncoder, small: HashEncoder) -> None:
        self._own, self._small = own, small

    def encoder(self, source: str) -> HashEncoder:
        return self._small if source == "small" else self._own

    def scorer(self, catalogue: str | None = None) -> None:
        raise ModelUnavailable("no reranker here")


def test_systems_rank_as_the_engine_does(build: LoadedBuild, settings: Settings, encoder: HashEncoder) -> None:
    models = ReadyModels(encoder, None)
    engine = SearchEngine(build, settings, models)
    systems = parse_all(["bm25", "dense", "hybrid", "hybrid:fusion=weighted", "hybrid:alpha=rule", "hybrid:alpha=0.2"])
    runs = EngineRanker(build, settings, models).rank(systems, QUERIES)
    assert [run.name for run in runs] == [system.label for system in systems]
    for system, run in zip(systems, runs, strict=True):
        check(run)
        assert set(run.milliseconds) == {query.query_id for query in QUERIES}
        for query in QUERIES:
            alone = engine.run(
                query.text, mode=system.mode, top_k=100, fusion=system.fusion, alpha=system.alpha
            )  # alpha None: the settings' own, in both
            assert [i for i, _ in run.ranked[query.query_id]] == [i for i, _ in alone], (system.label, query.text)


def test_parameters_of_a_system_count_before_the_settings(
    build: LoadedBuild, settings: Settings, encoder: HashEncoder
) -> None:
    models = ReadyModels(encoder, None)
    texts = ["hybrid:rrf_k=33:understand=off", "hybrid:understand=off", "hybrid:rrf_k=33", "hybrid"]
    runs = dict(zip(texts, EngineRanker(build, settings, models).rank(parse_all(texts), QUERIES), strict=True))
    ranked = {text: run.ranked["q0"] for text, run in runs.items()}
    assert ranked[texts[0]] == ranked[texts[1]]
    # p0 is first by words, title and chunk, and the one thing that is red: so it is raised.
    legs = ("bm25", "dense_title", "dense_chunk")
    weighed = sum(LEG_WEIGHTS["keyword"][leg] for leg in legs)
    best = {text: own[0] for text, own in ranked.items()}
    assert {product_id for product_id, _ in best.values()} == {"p0"}
    assert best["hybrid:understand=off"][1] == pytest.approx(len(legs) / (33 + 1), rel=1e-5)
    assert best["hybrid:rrf_k=33"][1] == pytest.approx((1 + RAISE) * len(legs) / (33 + 1), rel=1e-5)
    assert best["hybrid"][1] == pytest.approx((1 + RAISE) * weighed / (RRF_K + 1), rel=1e-5)
    for backend in ("rank_bm25", "fts5"):
        (run,) = EngineRanker(build, settings, models).rank([parse(f"bm25:backend={backend}")], QUERIES)
        scores = build.backend(backend).score("red chair")
        assert len(run.ranked["q0"]) == min(100, int((scores > -np.inf).sum()))
        assert run.ranked["q3"] == []


def test_every_query_is_encoded_once_however_many_systems(
    build: LoadedBuild, settings: Settings, encoder: HashEncoder
) -> None:
    ranker = EngineRanker(build, settings, ReadyModels(encoder, None))
    systems = [*parse_all([f"hybrid:alpha={i / 10}" for i in range(11)]), *ablations(parse("hybrid"))]
    before = encoder.texts_encoded
    told: list[tuple[str, int, int]] = []
    runs = ranker.rank(systems, QUERIES, lambda *stage: told.append(stage))
    assert encoder.texts_encoded - before == len(QUERIES) + 1  # one more to warm up
    assert len(runs) == 15
    assert told[0] == ("rank", 0, 4)
    assert told[-1] == ("rank", 4, 4)
    assert all(a[1] <= b[1] for a, b in pairwise(told))


def test_a_query_takes_as_long_as_the_legs_its_system_uses(
    build: LoadedBuild, settings: Settings, encoder: HashEncoder
) -> None:
    class Slow(HashEncoder):
        def encode(self, texts, *, query=False):  # type: ignore[no-untyped-def]
            import time

            time.sleep(0.2)  # long beside what a busy machine adds to the words alone
            return super().encode(texts, query=query)

    bm25, dense, hybrid = EngineRanker(build, settings, ReadyModels(Slow(), None)).rank(
        parse_all(["bm25", "dense:legs=dense_title", "hybrid"]), QUERIES
    )
    for query in QUERIES:
        assert dense.milliseconds[query.query_id] >= 200
        assert hybrid.milliseconds[query.query_id] >= 200
        # The words alone never waited for the encoder, though it ran for the other systems.
        assert bm25.milliseconds[query.query_id] < dense.milliseconds[query.query_id]


def test_what_cannot_be_run_is_told_beforehand(settings: Settings, encoder: HashEncoder) -> None:
    words = memory_build(sample_products(10), settings=settings, encoder=None)
    ranker = EngineRanker(words, settings, ReadyModels(None, None, "no encoder was handed in"))
    assert ranker.missing(parse("bm25")) is None
    assert "no vectors" in (ranker.missing(parse("hybrid")) or "")
    assert "no encoder was handed in" in (ranker.missing(parse("dense:encoder=small")) or "")
    with pytest.raises(ModelUnavailable, match="no vectors"):
        ranker.rank([parse("dense")], QUERIES)
    whole = memory_build(sample_products(10), settings=settings, encoder=encoder)
    ranker = EngineRanker(whole, settings, ReadyModels(encoder, None))
    assert ranker.missing(parse("hybrid")) is None
    assert "no reranker" in (ranker.missing(parse("rerank")) or "")


def test_another_encoder_is_compared_on_the_same_products(
    build: LoadedBuild, settings: Settings, encoder: HashEncoder
) -> None:
    small = HashEncoder(8)
    ranker = EngineRanker(build, settings, TwoEncoders(encoder, small))  # type: ignore[arg-type]
    system = parse("dense:encoder=small")
    assert ranker.missing(system) is None
    own, other = ranker.rank([parse("dense"), system], QUERIES)
    assert own.name == "dense"
    assert other.name == "dense:encoder=small"
    expected = SearchEngine(
        memory_build(sample_products(80), settings=settings, encoder=small), settings, ReadyModels(small, None)
    )
    for query in QUERIES:
        alone = expected.run(query.text, mode="dense", top_k=100)
        assert [i for i, _ in other.ranked[query.query_id]] == [i for i, _ in alone]
    encoded = small.texts_encoded
    ranker.rank([system], QUERIES)
    assert small.texts_encoded == encoded + len(QUERIES) + 1  # its vectors are kept


def test_queries_are_understood_unless_a_system_says_otherwise(settings: Settings, encoder: HashEncoder) -> None:
    build = memory_build(PRODUCTS, settings=settings, encoder=encoder)
    models = ReadyModels(encoder, WordScorer())
    engine = SearchEngine(build, settings, models)
    prices = {product.product_id: product.price for product in PRODUCTS}
    texts = ("kettle under 500", "SK-7012", "kettle without remote", "steel botle", "cottonbedsheetwithremote", "zubbo")
    queries = tuple(Query(f"q{i}", text) for i, text in enumerate(texts))
    systems = parse_all([f"{mode}{end}" for mode in MODES for end in ("", ":understand=off")])
    for run, system in zip(EngineRanker(build, settings, models).rank(systems, queries), systems, strict=True):
        check(run)  # also where what is named stands before what scores higher
        for query in queries:
            alone = engine.run(query.text, mode=system.mode, top_k=100, understand=system.understand)
            assert [i for i, _ in run.ranked[query.query_id]] == [i for i, _ in alone], (system.label, query.text)
        bounded = [prices[i] for i, _ in run.ranked["q0"]]
        assert all(price is not None and price <= 500 for price in bounded) == system.understand
        assert set(run.milliseconds) == set(run.ranked)
        if system.understand:
            assert run.ranked["q1"][0][0] == "s012"
            assert {i for i, _ in run.ranked["q4"][:2]} == {"s001", "t001"}


def test_the_synonyms_handed_in_are_those_of_the_ranking(settings: Settings, encoder: HashEncoder) -> None:
    build = memory_build(PRODUCTS, settings=settings, encoder=encoder)
    models = ReadyModels(encoder, None)
    query = (Query("q", "zubbo"),)
    own = Synonyms.parse("zubbo => kettle", base=shipped())
    with_it, plain = EngineRanker(build, settings, models, synonyms=own).rank(
        parse_all(["bm25", "bm25:understand=off"]), query
    )
    kettles = {product.product_id for product in PRODUCTS if product.category == "kettle"}
    assert {i for i, _ in with_it.ranked["q"]} == kettles
    assert plain.ranked["q"] == []
    (without,) = EngineRanker(build, settings, models).rank(parse_all(["bm25"]), query)
    assert without.ranked["q"] == []
