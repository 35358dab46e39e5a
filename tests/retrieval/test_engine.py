from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.engine import SearchEngine
from retrieval.errors import CatalogueError, QueryError
from retrieval.outcome import Ask
from retrieval.protocols import FloatArray
from retrieval.query.intent import LEG_WEIGHTS, RRF_K
from retrieval.records import MODES, SORTS, FacetValue, Filters
from retrieval.settings import Settings
from tests.support import HashEncoder

SETTINGS = Settings(_env_file=None)
COLORS = ("Red", "Blue", "Green")
DOCUMENTS = [
    {
        "id": f"p{i}",
        "title": f"{('oak', 'steel', 'glass')[i % 3]} {('lamp', 'table', 'bottle', 'chair')[i % 4]} {i // 12}",
        "text": f"A {('small', 'large')[i % 2]} thing for the {('kitchen', 'garden', 'office')[i % 3]}.",
        "category": ("home", "kitchen", "garden")[i % 3],
        "brand": ("Lumo", "No Brand")[i % 2],
        "price": None if i % 7 == 0 else 10.0 * i,
        "rating": None if i % 5 == 0 else 3 + (i % 4) / 2,
        "rating_count": None if i % 5 == 0 else i,
        "sales": i * 3 % 17,
        "colors": [COLORS[i % 3], COLORS[(i + 1) % 3]],
        "Material": ("wood", "metal")[i % 2],
    }
    for i in range(60)
]


class OverlapScorer:
    """A cross-encoder that counts the query's words in the passage, then prefers the shorter one."""

    id = "overlap"
    weight = 1.0

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def score(self, query: str, passages: Sequence[str]) -> FloatArray:
        time.sleep(self.delay)
        self.seen.append((query, tuple(passages)))
        words = set(query.split())
        return np.array([len(words & set(p.split())) - len(p) / 1e6 for p in passages], dtype=np.float32)


@pytest.fixture(scope="module")
def engine() -> SearchEngine:
    return SearchEngine.from_documents(DOCUMENTS, encoder=HashEncoder(), scorer=OverlapScorer(), settings=SETTINGS)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_answers_in_its_own_name(engine: SearchEngine, mode):
    result = engine.search("oak lamp", mode=mode)
    assert (result.mode, result.mode_used, result.degraded) == (mode, mode, ())
    assert result.hits[0].product.title.startswith("oak lamp")
    legs = {
        "bm25": {"bm25"},
        "dense": {"dense_title", "dense_chunk"},
    }.get(mode, {"bm25", "dense_title", "dense_chunk"})
    assert set(result.hits[0].legs) == legs
    assert (result.hits[0].rerank_score is not None) == (mode == "rerank")


def test_the_default_mode_is_the_best_there_is(engine: SearchEngine):
    assert engine.search("lamp").mode == "rerank"
    assert SearchEngine.from_documents(DOCUMENTS, encoder=HashEncoder(), settings=SETTINGS).search("lamp").mode == (
        "hybrid"
    )


def test_rrf_of_a_hit_is_the_sum_over_its_legs(engine: SearchEngine):
    plain = engine.search("steel bottle", mode="hybrid", understand=False)
    for hit in plain.hits:
        assert hit.fused_score == pytest.approx(sum(1 / (60 + leg.rank) for leg in hit.legs.values()))
    understood = engine.search("steel bottle", mode="hybrid")
    assert understood.understood["intent"] == "keyword"
    assert understood.understood["parts"] == []
    weights = LEG_WEIGHTS["keyword"]
    for hit in understood.hits:
        assert hit.fused_score == pytest.approx(
            sum(weights[name] / (RRF_K + leg.rank) for name, leg in hit.legs.items())
        )
    assert understood.hits[0].fused_score != plain.hits[0].fused_score


def test_weighted_fusion_with_all_weight_on_words_orders_as_bm25(engine: SearchEngine):
    words = engine.search("oak lamp garden", mode="bm25", top_k=20)
    fused = engine.search("oak lamp garden", mode="hybrid", fusion="weighted", alpha=1.0, top_k=20)
    found = [hit.product_id for hit in fused.hits if "bm25" in hit.legs and hit.legs["bm25"].score > 0][:5]
    assert found == [hit.product_id for hit in words.hits][:5]
    assert fused.alpha == 1.0
    assert engine.search("oak lamp", mode="hybrid", fusion="weighted", alpha="rule").alpha == 0.7


def test_rerank_reads_clipped_texts_of_the_head_only():
    scorer = OverlapScorer()
    long_text = " ".join(f"word{i}" for i in range(400))
    documents = [{"id": str(i), "title": f"lamp {i}", "text": long_text} for i in range(8)]
    engine = SearchEngine.from_documents(
        documents,
        encoder=HashEncoder(window=1000),
        scorer=scorer,
        settings=SETTINGS.model_copy(update={"rerank_depth": 5}),
    )
    result = engine.search("lamp " + "very " * 100, mode="rerank")
    query, passages = scorer.seen[-1]
    assert len(query.split()) == 64
    assert len(passages) == 5
    assert all(len(p.split("\n")[1].split()) <= 160 for p in passages)
    assert [hit.rerank_score is None for hit in result.hits] == [False] * 5 + [True] * (len(result.hits) - 5)


def test_without_an_encoder_dense_modes_fall_back_visibly():
    engine = SearchEngine.from_documents(DOCUMENTS, encoder=None, settings=SETTINGS)
    for mode in ("dense", "hybrid", "rerank"):
        result = engine.search("lamp", mode=mode)
        assert result.mode_used == "bm25"
        assert [(d.what, d.fallback) for d in result.degraded] == [("vectors", "bm25")]
        assert result.total == engine.search("lamp", mode="bm25").total > 0


def test_without_a_reranker_hybrid_answers_and_says_so():
    engine = SearchEngine.from_documents(DOCUMENTS, encoder=HashEncoder(), settings=SETTINGS)
    result = engine.search("lamp", mode="rerank")
    assert result.mode_used == "hybrid"
    assert [(d.what, d.fallback) for d in result.degraded] == [("reranker", "hybrid")]


def test_a_reranker_out_of_time_leaves_hybrid_and_serves_only_its_own_pages():
    scorer = OverlapScorer(delay=3.0)
    engine = SearchEngine.from_documents(
        DOCUMENTS,
        encoder=HashEncoder(),
        scorer=scorer,
        settings=SETTINGS.model_copy(update={"time_budget_ms": 1000}),
    )
    late = engine.search("oak lamp", mode="rerank", top_k=3)
    assert late.mode_used == "hybrid"
    assert "TIME_BUDGET_MS=1000" in late.degraded[0].why
    second = engine.search("oak lamp", mode="rerank", top_k=3, page=2)
    assert second.from_cache
    assert second.mode_used == "hybrid"
    scorer.delay = 0.0
    again = engine.search("oak lamp", mode="rerank", top_k=3)
    assert again.mode_used == "rerank"
    assert not again.from_cache


def test_a_failing_encoder_is_named_and_words_answer():
    class Broken(HashEncoder):
        def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
            if query:
                raise RuntimeError("out of memory")
            return super().encode(texts)

    engine = SearchEngine.from_documents(DOCUMENTS, encoder=Broken(), settings=SETTINGS)
    result = engine.search("lamp", mode="hybrid")
    assert result.mode_used == "bm25"
    assert "out of memory" in result.degraded[0].why


def test_a_failing_keyword_backend_is_replaced(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch):
    fresh = SearchEngine.from_documents(DOCUMENTS, encoder=HashEncoder(), settings=SETTINGS)

    def broken(query: str) -> FloatArray:
        raise MemoryError("no room")

    expected = {hit.product_id for hit in fresh.search("steel bottle", mode="bm25", top_k=60).hits}
    monkeypatch.setattr(fresh.build.keyword()[0], "score", broken)
    result = fresh.search("steel bottles", mode="bm25", top_k=60)
    assert result.mode_used == "bm25"
    assert [d.fallback for d in result.degraded] == ["rank_bm25"]
    assert {hit.product_id for hit in result.hits} == expected


def test_an_empty_query_browses_in_the_catalogues_order(engine: SearchEngine):
    result = engine.search("  ", top_k=5)
    assert [hit.product_id for hit in result.hits] == ["p0", "p1", "p2", "p3", "p4"]
    assert result.total == 60
    cheap = engine.search("", filters=Filters(max_price=50), sort="price_desc")
    assert [hit.product.price for hit in cheap.hits] == [50, 40, 30, 20, 10]


def test_unpriced_and_unrated_products_fail_a_bound_unless_let_in(engine: SearchEngine):
    assert all(h.product.price is not None for h in engine.search("", filters=Filters(min_price=0), top_k=60).hits)
    open_price = engine.search("", filters=Filters(min_price=0, include_unpriced=True), top_k=60)
    assert open_price.total == 60
    rated = engine.search("", filters=Filters(min_rating=4.5), top_k=60)
    assert rated.hits
    assert all((h.product.rating or 0) >= 4.5 for h in rated.hits)
    assert any(
        h.product.rating is None
        for h in engine.search("", filters=Filters(min_rating=4.5, include_unrated=True), top_k=60).hits
    )


def test_attributes_filter_by_key_and_value_in_any_case(engine: SearchEngine):
    found = engine.search("", filters=Filters(attributes={"material": ("WOOD",)}), top_k=60)
    assert found.total == 30
    both = engine.search("", filters=Filters(attributes={"Material": ("wood", "metal")}))
    assert both.total == 60
    assert engine.search("", filters=Filters(attributes={"Material": ("paper",)})).total == 0


def test_snippet_and_matched_terms(engine: SearchEngine):
    hit = engine.search("lamps garden", mode="bm25").hits[0]
    assert set(hit.matched_terms) <= {"lamp", "garden"}
    assert "lamp" in hit.matched_terms
    assert hit.snippet


def test_identical_listings_collapse_with_a_count():
    documents = [
        {"id": str(i), "title": ("Oak  Lamp", "oak lamp", "Steel lamp")[i % 3], "brand": "B"} for i in range(9)
    ]
    engine = SearchEngine.from_documents(documents, encoder=None, settings=SETTINGS)
    result = engine.search("lamp", mode="bm25", collapse=True)
    assert sorted(hit.group_size for hit in result.hits) == [3, 6]
    assert result.total == 2
    assert result.facets["brand"][0].count == 2


FILTERS = st.builds(
    Filters,
    categories=st.sampled_from([(), ("home",), ("HOME", "garden")]),
    brands=st.sampled_from([(), ("lumo",)]),
    min_price=st.sampled_from([None, 50.0]),
    max_price=st.sampled_from([None, 400.0]),
    min_rating=st.sampled_from([None, 3.5]),
    min_rating_count=st.sampled_from([None, 10]),
    include_unpriced=st.booleans(),
    include_unrated=st.booleans(),
    attributes=st.sampled_from([{}, {"colors": ("red",)}, {"Material": ("wood",), "color": ("Blue", "Green")}]),
)
QUERIES = st.sampled_from(["", "oak lamp", "steel bottle garden", "kitchen", "zzz", "oka lmap"])


def choose(filters: Filters, facet: str, value: FacetValue) -> Filters:
    """Return the filters with the facet's value chosen instead of what was."""
    if facet == "price":
        return replace(filters, min_price=value.low, max_price=value.high)
    if facet == "rating":
        return replace(filters, min_rating=value.low)
    if facet in ("category", "brand"):
        return replace(
            filters, **{"category": {"categories": (value.value,)}, "brand": {"brands": (value.value,)}}[facet]
        )
    others = {key: values for key, values in filters.attributes.items() if key.rstrip("s") != facet.rstrip("s")}
    return replace(filters, attributes={**others, facet: (value.value,)})


@settings(max_examples=60, deadline=None)
@given(QUERIES, FILTERS, st.sampled_from(MODES), st.sampled_from(SORTS), st.booleans(), st.integers(1, 7))
def test_pages_partition_hits_and_facets_count_what_choosing_gives(
    engine: SearchEngine, query, filters, mode, sort, collapse, size
):
    def ask(**changes):
        arguments = {"mode": mode, "filters": filters, "sort": sort, "collapse": collapse, "top_k": size}
        return engine.search(query, **{**arguments, **changes})

    whole = ask(top_k=100)
    assert len(whole.hits) == whole.total
    pages = [ask(page=page) for page in range(1, whole.pages * (100 // size) + 1)]
    paged = list(chain.from_iterable(page.hits for page in pages))
    assert [hit.product_id for hit in paged] == [hit.product_id for hit in whole.hits]
    assert [hit.rank for hit in whole.hits] == list(range(1, whole.total + 1))
    for name, values in whole.facets.items():
        for value in values:
            assert ask(filters=choose(filters, name, value)).total == value.count
    if sort == "price_asc" and query == "":
        prices = [hit.product.price for hit in whole.hits]
        known = [price for price in prices if price is not None]
        assert prices == sorted(known) + [None] * (len(prices) - len(known))


def test_a_search_stated_in_one_piece_is_the_same_search(engine: SearchEngine):
    stated = Ask(
        "red lamp",
        mode="hybrid",
        top_k=3,
        page=2,
        filters=Filters(max_price=500.0),
        sort="price_desc",
        fusion="weighted",
        alpha=0.3,
        collapse=True,
        understand=False,
        dropped=("color:red",),
        cutoff=False,
        rules=False,
        passages=False,
    )
    parameters = {entry.name: getattr(stated, entry.name) for entry in fields(Ask) if entry.name != "query"}
    defaults = Ask("")
    assert all(value != getattr(defaults, name) for name, value in parameters.items())
    unlike = {"timings_ms": {}, "from_cache": False}
    one_piece, spelled_out = engine.answer(stated), engine.search("red lamp", **parameters)
    assert replace(one_piece, **unlike) == replace(spelled_out, **unlike)
    assert one_piece.page == 2
    assert one_piece.alpha == 0.3
    left_out = replace(engine.answer(Ask("lamp")), **unlike)
    assert left_out == replace(engine.search("lamp"), **unlike)
    signature = inspect.signature(SearchEngine.search).parameters
    assert {name: signature[name].default for name in parameters} == {
        entry.name: None if entry.name == "filters" else entry.default for entry in fields(Ask) if entry.name != "query"
    }


def test_searches_in_several_threads_agree(engine: SearchEngine):
    expected = {q: [h.product_id for h in engine.search(q, mode="rerank").hits] for q in ("oak lamp", "steel table")}
    wrong: list[str] = []

    def work() -> None:
        for _ in range(20):
            for query, ids in expected.items():
                if [h.product_id for h in engine.search(query, mode="rerank").hits] != ids:
                    wrong.append(query)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_run_scores_fall_strictly_and_hold_each_product_once(engine: SearchEngine):
    for mode in MODES:
        run = engine.run("oak lamp", mode=mode, top_k=60)
        scores = [score for _, score in run]
        assert all(a > b for a, b in pairwise(scores))
        assert len({product_id for product_id, _ in run}) == len(run)


def test_run_agrees_with_the_search(engine: SearchEngine):
    for mode in ("bm25", "rerank"):
        assert [i for i, _ in engine.run("oak lamp", mode=mode, top_k=5)] == [
            h.product_id for h in engine.search("oak lamp", mode=mode, top_k=5).hits
        ]


def test_similar_leaves_the_product_itself_out(engine: SearchEngine):
    found = engine.similar("p0", top_k=4)
    assert "p0" not in [hit.product_id for hit in found.hits]
    assert len(found.hits) == 4
    with pytest.raises(QueryError, match="no product 'nope'"):
        engine.similar("nope")


def test_get_returns_the_product(engine: SearchEngine):
    product = engine.get("p3")
    assert product is not None
    assert product.attributes == {"Material": "metal"}
    assert engine.get("nope") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "magic"}, "mode='magic'"),
        ({"sort": "best"}, "sort='best'"),
        ({"fusion": "sum"}, "fusion='sum'"),
        ({"top_k": 0}, "top_k=0"),
        ({"page": 0}, "page=0"),
        ({"alpha": 2.0}, "alpha=2.0"),
        ({"alpha": "half"}, "alpha='half'"),
        ({"filters": Filters(min_price=5, max_price=1)}, "min_price=5"),
        ({"filters": Filters(min_rating=7)}, "min_rating=7"),
        ({"filters": Filters(max_price=float("nan"))}, "max_price=nan"),
    ],
)
def test_parameters_that_make_no_sense_are_named(engine: SearchEngine, arguments, message):
    with pytest.raises(QueryError, match=message):
        engine.search("lamp", **arguments)


def test_documents_may_be_strings_or_mappings():
    engine = SearchEngine.from_documents(["Jupiter is the biggest planet.", {"text": "Mars is red."}], encoder=None)
    assert engine.search("biggest planet").hits[0].product_id == "doc-1"
    with pytest.raises(CatalogueError, match="document 2 is empty"):
        SearchEngine.from_documents(["a", " "], encoder=None)
    with pytest.raises(CatalogueError, match="documents 1 and 2 share the id 'x'"):
        SearchEngine.from_documents([{"id": "x", "title": "a"}, {"id": "x", "title": "b"}], encoder=None)
    with pytest.raises(CatalogueError, match="no documents"):
        SearchEngine.from_documents([])
