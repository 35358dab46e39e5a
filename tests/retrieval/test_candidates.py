from __future__ import annotations

import math
from copy import copy
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from retrieval import candidates
from retrieval.candidates import backend_leg, fuse, legs_of, score
from retrieval.embedding_cache import EmbeddingCache
from retrieval.engine import SearchEngine
from retrieval.errors import ModelUnavailable, SettingsError
from retrieval.fusion import min_max, ranks, rrf
from retrieval.loading import LoadedBuild, memory_build
from retrieval.models import ReadyModels
from retrieval.outcome import Request
from retrieval.query.intent import LEG_WEIGHTS, RRF_K, TUNED_LEG_WEIGHTS
from retrieval.query.synonyms import shipped
from retrieval.reading import Reading, read
from retrieval.records import FUSIONS, MODES
from retrieval.rerank import passage
from retrieval.settings import Settings
from retrieval.variants import with_encoder
from tests.support import HashEncoder, sample_products, settings_in

QUERY = "  folding   chair "
LEGS = ("bm25", "ngram", "dense_title", "dense_chunk")


class LengthScorer:
    """A cross-encoder to test with: the longer passage is the better one."""

    id = "length"
    weight = 1.0

    def score(self, query: str, passages: list[str]) -> np.ndarray:
        return np.array([len(passage) for passage in passages], dtype=np.float32)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return settings_in(tmp_path, rerank_depth=10)


@pytest.fixture
def models() -> ReadyModels:
    return ReadyModels(HashEncoder(), LengthScorer())


@pytest.fixture
def build(settings: Settings, models: ReadyModels) -> LoadedBuild:
    return memory_build(sample_products(60), settings=settings, encoder=models.loaded)


def understood(build: LoadedBuild) -> Reading:
    return read(build, " ".join(QUERY.split()), shipped())


def test_legs_scored_once_fuse_as_if_each_system_were_run_alone(build, models, settings) -> None:
    engine = SearchEngine(build, settings, models)
    for understand in (True, False):
        scored = score(build, models, understood(build) if understand else QUERY, LEGS)
        for mode, fusion, alpha in product(("bm25", "dense", "hybrid"), FUSIONS, (0.0, 0.3, "rule")):
            ranking = fuse(scored, legs_of(mode, fusion), fusion=fusion, alpha=alpha, rrf_k=settings.rrf_k)
            alone = engine.run(QUERY, mode=mode, top_k=60, fusion=fusion, alpha=alpha, understand=understand)
            assert [str(build.columns.ids[i]) for i in ranking.ordering] == [i for i, _ in alone], (mode, fusion)


def test_run_is_the_search_without_cut_off(build, models, settings) -> None:
    engine = SearchEngine(build, settings.model_copy(update={"dense_cutoff": -1.0}), models)
    for mode in MODES:
        for understand in (True, False):
            found = engine.search(QUERY, mode=mode, top_k=60, understand=understand, cutoff=False)
            run = engine.run(QUERY, mode=mode, top_k=60, understand=understand)
            assert [i for i, _ in run] == [hit.product_id for hit in found.hits], mode


def test_fusion_of_some_legs_is_the_formula(build, models) -> None:
    scored = score(build, models, QUERY, LEGS)
    leg = {name: scored.legs[name].scores[name] for name in LEGS}
    id_rank = build.columns.id_rank
    fused = fuse(scored, ("bm25", "dense_title"), fusion="rrf", alpha=0.5, rrf_k=7).fused
    assert fused == pytest.approx(rrf([ranks(leg["bm25"], id_rank), ranks(leg["dense_title"], id_rank)], 7))
    fused = fuse(scored, ("bm25", "dense_title"), fusion="weighted", alpha=0.25, rrf_k=7).fused
    assert fused == pytest.approx(0.25 * min_max(leg["bm25"]) + 0.75 * min_max(leg["dense_title"]))


def test_an_understood_querys_ranks_are_weighed_by_what_it_is_meant_for(build, models) -> None:
    scored = score(build, models, understood(build), LEGS)
    leg_ranks = [ranks(scored.legs[name].scores[name], build.columns.id_rank) for name in ("bm25", "dense_chunk")]
    pair = ("bm25", "dense_chunk")
    fused = fuse(scored, pair, fusion="rrf", alpha=0.5, rrf_k=7).fused
    weights = LEG_WEIGHTS["keyword"]
    assert weights["bm25"] != weights["dense_chunk"]
    assert fused == pytest.approx(rrf(leg_ranks, RRF_K, [weights["bm25"], weights["dense_chunk"]]))
    unweighed = fuse(scored, pair, fusion="rrf", alpha=0.5, rrf_k=7, weigh=False).fused
    assert unweighed == pytest.approx(rrf(leg_ranks, 7))


def test_what_is_described_is_left_to_meaning_where_the_encoder_learned_the_catalogue(build, models) -> None:
    pair = ("bm25", "dense_title")
    asked = "something to keep my chair from folding"
    for name, weights in (("hash-64", LEG_WEIGHTS), ("embedder-ft-20260101-000000-ab12@0f", TUNED_LEG_WEIGHTS)):
        record = replace(build.manifest.encoder, id=name)
        tuned = copy(build)
        tuned.manifest = replace(build.manifest, encoder=record)
        reading = read(tuned, asked, shipped())
        assert reading.understood.intent == "descriptive"
        scored = replace(score(build, models, read(build, asked, shipped()), LEGS), reading=reading)
        leg_ranks = [ranks(scored.legs[leg].scores[leg], build.columns.id_rank) for leg in pair]
        own = [weights["descriptive"][leg] for leg in pair]
        assert fuse(scored, pair, fusion="rrf", alpha=0.5, rrf_k=7).fused == pytest.approx(rrf(leg_ranks, RRF_K, own))
    assert TUNED_LEG_WEIGHTS["descriptive"]["dense_title"] > LEG_WEIGHTS["descriptive"]["dense_title"]
    assert TUNED_LEG_WEIGHTS["keyword"] == LEG_WEIGHTS["keyword"]


def test_every_backend_is_a_leg_of_its_own(build, models) -> None:
    names = [backend_leg(backend) for backend in ("bm25s", "rank_bm25", "fts5")]
    scored = score(build, models, QUERY, ["bm25", *names])
    for name in names:
        expected = build.backend(name.removeprefix("bm25/")).score("folding chair")
        assert np.array_equal(scored.legs[name].scores["bm25"], expected)
    assert np.array_equal(scored.legs["bm25"].scores["bm25"], scored.legs["bm25/bm25s"].scores["bm25"])
    assert not np.array_equal(scored.legs["bm25/fts5"].scores["bm25"], scored.legs["bm25/bm25s"].scores["bm25"])


def test_a_query_is_encoded_once_and_its_time_is_told(build, models) -> None:
    before = models.loaded.texts_encoded
    scored = score(build, models, QUERY, LEGS)
    assert models.loaded.texts_encoded == before + 1
    assert set(scored.milliseconds) == {*LEGS, "encode", "understand"}
    ms = scored.milliseconds
    assert ms["understand"] == 0  # nothing was read
    assert min(ms[part] for part in (*LEGS, "encode")) > 0
    assert scored.milliseconds_of(("bm25", "ngram")) == ms["bm25"] + ms["ngram"]
    assert scored.milliseconds_of(("dense_title",)) == ms["dense_title"] + ms["encode"]
    score(build, models, QUERY, ("bm25", "ngram"))
    assert models.loaded.texts_encoded == before + 1
    read_first = score(build, models, understood(build), ("bm25",))
    ms = read_first.milliseconds
    assert ms["understand"] > 0
    assert read_first.milliseconds_of(("bm25",)) == ms["bm25"] + ms["understand"]


def test_a_leg_that_is_missing_is_an_error_not_another_leg(settings, models) -> None:
    words = memory_build(sample_products(5), settings=settings, encoder=None)
    with pytest.raises(ModelUnavailable, match="no vectors"):
        score(words, models, QUERY, ("bm25", "dense_title"))
    other = ReadyModels(HashEncoder(32), None)
    vectors = memory_build(sample_products(5), settings=settings, encoder=HashEncoder())
    with pytest.raises(ModelUnavailable, match="hash-64 but hash-32"):
        score(vectors, other, QUERY, ("dense_chunk",))
    with pytest.raises(SettingsError, match="lucene"):
        score(vectors, models, QUERY, (backend_leg("lucene"),))


def test_reranking_keeps_the_scale_falling(build, models, settings) -> None:
    scored = score(build, models, QUERY, LEGS)
    ranking = fuse(scored, LEGS, fusion="rrf", alpha=0.5, rrf_k=60)
    ordering, scores = candidates.rerank(build, models, settings, scored.reading, ranking)
    assert sorted(ordering[:10].tolist()) == sorted(ranking.ordering[:10].tolist())
    assert ordering[10:].tolist() == ranking.ordering[10:].tolist()
    assert (np.diff(scores) <= 0).all()
    words = fuse(score(build, models, QUERY, ("bm25",)), ("bm25",), fusion="rrf", alpha=0.5, rrf_k=60)
    without_vectors, _ = candidates.rerank(build, models, settings, scored.reading, words)
    assert sorted(without_vectors.tolist()) == sorted(words.ordering.tolist())


def test_another_encoder_gives_what_a_build_with_it_gives(build, settings, tmp_path) -> None:
    small = HashEncoder(16, window=20)
    with EmbeddingCache(tmp_path / "cache.sqlite") as cache:
        variant = with_encoder(build, small, "small", settings, cache)
        encoded = small.texts_encoded
        again = with_encoder(build, small, "small", settings, cache)
        assert small.texts_encoded == encoded  # everything was kept
    built = memory_build(sample_products(60), settings=settings, encoder=small)
    models = ReadyModels(small, LengthScorer())
    for one in (variant, again):
        for mode in MODES:
            expected = SearchEngine(built, settings, models).run("folding chair", mode=mode, top_k=60)
            assert SearchEngine(one, settings, models).run("folding chair", mode=mode, top_k=60) == expected
    assert variant.manifest.encoder is not None
    assert (variant.manifest.encoder.id, variant.manifest.encoder.source) == ("hash-16", "small")
    assert build.manifest.encoder == replace(build.manifest.encoder, id="hash-64")
    assert variant.store.chunk_count() > build.store.chunk_count()


def test_a_build_for_words_alone_may_be_given_vectors(settings) -> None:
    words = memory_build(sample_products(30), settings=settings, encoder=None)
    encoder = HashEncoder()
    variant = with_encoder(words, encoder, "hash", settings)
    assert not variant.manifest.keyword_only
    run = SearchEngine(variant, settings, ReadyModels(encoder, None)).run("red chair", mode="dense", top_k=30)
    assert len(run) == 30


@pytest.mark.parametrize("weight", [0.0, 0.35, 1.0])
def test_a_search_and_a_run_blend_the_same_head(build, settings, weight) -> None:
    scorer = LengthScorer()
    scorer.weight = weight
    models = ReadyModels(HashEncoder(), scorer)
    engine = SearchEngine(build, settings.model_copy(update={"dense_cutoff": -1.0}), models)
    # What is named is read in any case; what is not wanted is read last.
    for query in (QUERY, "p59 folding chair", "chair without folding", "chair not blue"):
        found = engine.search(query, mode="rerank", top_k=60, cutoff=False)
        assert [h.product_id for h in found.hits] == [i for i, _ in engine.run(query, mode="rerank", top_k=60)]
        head = [hit for hit in found.hits if hit.rerank_score is not None]
        assert len(head) == 10
        assert all(hit.rerank_score == len_read(build, hit) for hit in head)
        if weight == 1:
            assert all(hit.score == hit.rerank_score for hit in head)
        if weight == 0:
            hybrid = engine.search(query, mode="hybrid", top_k=60, cutoff=False)
            assert [h.product_id for h in found.hits] == [h.product_id for h in hybrid.hits]


def len_read(build: LoadedBuild, hit) -> int:
    (chunk,) = build.store.chunks([build.store.chunk_rows(build.store.position(hit.product_id))[0]])
    return len(passage(chunk.title, chunk.text))


def test_the_order_of_a_head_is_the_blend_by_hand(build, models, settings) -> None:
    models.scorer().weight = 0.25
    request = Request(" ".join(QUERY.split()), "rerank", understand=False)
    head = candidates.pool(build, models, settings, request, settings.rerank_depth)
    lengths = np.array([len(text) for text in head.passages], dtype=np.float64)
    own = (lengths - lengths.mean()) / lengths.std()
    # Beside its own score each has half the mean of the others', by how many of the title's words they share.
    words = [set(text.split("\n")[0].lower().split()) for text in head.passages]
    near = [[math.exp((2 * len(a & b) / (len(a) + len(b)) - 1) / 0.1) * (a is not b) for b in words] for a in words]
    own = own + 0.5 * np.array([np.dot(row, own) / sum(row) for row in near])
    z = (own - own.mean()) / own.std(), (head.first - head.first.mean()) / head.first.std()
    score_of = dict(zip(head.ids, 0.25 * z[0] + 0.75 * z[1], strict=True))
    expected = sorted(head.ids, key=lambda i: (-score_of[i], build.columns.id_rank[build.store.position(i)]))
    assert expected != list(head.ids)
    run = candidates.run(build, models, settings, request, 60)
    assert [i for i, _ in run[:10]] == expected


def test_a_pool_is_the_first_stage_with_the_texts_that_are_read(build, models, settings) -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []

    class Noting(LengthScorer):
        def score(self, query: str, passages: list[str]) -> np.ndarray:
            seen.append((query, tuple(passages)))
            return super().score(query, passages)

    noting = ReadyModels(models.loaded, Noting())
    for query in ("folding chair", "folding chair " + "very " * 100):
        for mode in ("bm25", "dense", "hybrid", "rerank"):
            request = Request(query, mode, understand=True)
            head = candidates.pool(build, noting, settings, request, settings.rerank_depth)
            stage = replace(request, mode="hybrid") if mode == "rerank" else request
            run = candidates.run(build, noting, settings, stage, settings.rerank_depth)
            assert list(head.ids) == [i for i, _ in run]
            assert head.first.tolist() == pytest.approx([s for _, s in run], abs=1e-9)
            assert [str(build.columns.ids[p]) for p in head.positions] == list(head.ids)
            assert len(head.query.split()) <= 64
            for position, ranks_of in zip(head.positions, head.ranks, strict=True):
                scored = score(build, noting, read(build, query, shipped()), legs_of(mode))
                ranking = fuse(scored, legs_of(mode), fusion="rrf", alpha=0.5, rrf_k=settings.rrf_k)
                assert ranks_of == {n: r[position] for n, r in ranking.leg_ranks.items() if r[position] > 0}
        candidates.run(build, noting, settings, Request(query, "rerank", understand=True), 60)
        head = candidates.pool(build, noting, settings, Request(query, "rerank", understand=True), 10)
        assert seen[-1] == (head.query, head.passages)
