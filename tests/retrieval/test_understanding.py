"""What is read from a query at work: bounds hold exactly, names stand first, what is not wanted stands last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from retrieval.engine import SearchEngine
from retrieval.fusion import order, ranks, rrf
from retrieval.keyword import BACKENDS
from retrieval.legs import Legs, dense_legs, keyword_leg
from retrieval.models import ReadyModels
from retrieval.outcome import Request
from retrieval.pipeline import Pipeline
from retrieval.query.synonyms import Synonyms
from retrieval.query.understand import Features
from retrieval.records import FUSIONS, MODES, Filters, Fusion, Mode, Product, SearchResult
from retrieval.shelf import Shelf
from retrieval.text import listing_key
from retrieval.understanding import RAISE, RAISE_COSINE
from retrieval.verdict import NEAREST
from tests.retrieval.stall import NOUNS, PRODUCTS, SETTINGS, WordScorer, stall
from tests.retrieval.test_engine import choose
from tests.support import HashEncoder

Test = Callable[[Product], bool]


def costs(product: Product, low: float = -1, high: float = 1e9) -> bool:
    return product.price is not None and low <= product.price <= high


def rated(product: Product, low: float = -1, high: float = 9) -> bool:
    return product.rating is not None and low <= product.rating <= high


def counted(product: Product, low: int) -> bool:
    return product.rating_count is not None and product.rating_count >= low


# What is stated, and the same as a reader of the catalogue would check it; both ends of a bound belong to it.
BOUNDS: tuple[tuple[str, tuple[Test, ...]], ...] = (
    ("kettle under 500", (partial(costs, high=500),)),
    ("bedsheet 500 to 1000 taka", (partial(costs, low=500, high=1000),)),
    ("lamp above 500", (partial(costs, low=500),)),
    ("lamp rated 4.1 or above", (partial(rated, low=4.1),)),
    ("saree rated below 4", (partial(rated, high=4),)),
    ("4 to 4.5 star bottle", (partial(rated, low=4, high=4.5),)),
    ("headphone with at least 100 reviews", (partial(counted, low=100),)),
    ("steel botle under 1000 rated 4+ without remote", (partial(costs, high=1000), partial(rated, low=4))),
    ("under 500", (partial(costs, high=500),)),
    ("SK-7012 under 500", (partial(costs, high=500),)),
)


@pytest.fixture(scope="module")
def engine() -> SearchEngine:
    return stall()


@pytest.fixture(scope="module")
def pipeline(engine: SearchEngine) -> Iterator[Pipeline]:
    """Return what runs a search of which every part may be left out by itself."""
    made = Pipeline(engine.build, SETTINGS, ReadyModels(HashEncoder(), WordScorer()))
    yield made
    made.close()


def everything(engine: SearchEngine, query: str, **asked: Any) -> SearchResult:
    return engine.search(query, **{"top_k": 200, "cutoff": False, **asked})


def ids(result: SearchResult) -> list[str]:
    return [hit.product_id for hit in result.hits]


def exact_keys(result: SearchResult) -> list[str]:
    return [part["key"] for part in result.understood["parts"] if part["exact"]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("query", "tests"), BOUNDS)
def test_a_bound_holds_for_every_hit_and_loses_none(
    engine: SearchEngine, mode: str, query: str, tests: Sequence[Test]
) -> None:
    bounded = everything(engine, query, mode=mode)
    keys = exact_keys(bounded)
    assert len(keys) == len(tests)
    free = everything(engine, query, mode=mode, dropped=keys)
    assert free.understood["rest"] == bounded.understood["rest"]
    assert exact_keys(free) == []
    wanted = {hit.product_id for hit in free.hits if all(test(hit.product) for test in tests)}
    assert 0 < len(wanted) < free.total
    assert set(ids(bounded)) == wanted
    pages = [everything(engine, query, mode=mode, top_k=7, page=page) for page in range(1, bounded.total // 7 + 3)]
    assert [product_id for page in pages for product_id in ids(page)] == ids(bounded)
    assert {page.total for page in pages} == {len(wanted)}


@pytest.mark.parametrize("sort", ["price_asc", "rating"])
@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_bound_holds_however_hits_are_fused_sorted_and_folded(
    engine: SearchEngine, sort: str, collapse: bool, fusion: str
) -> None:
    query, (test,) = BOUNDS[0]
    found = everything(engine, query, mode="hybrid", sort=sort, collapse=collapse, fusion=fusion)
    assert found.hits
    assert all(test(hit.product) for hit in found.hits)
    listed = everything(engine, query, mode="hybrid", fusion=fusion)
    groups = {listing_key(hit.product.title, hit.product.brand) for hit in listed.hits}
    assert found.total == (len(groups) if collapse else listed.total)
    assert sum(hit.group_size for hit in found.hits) == listed.total


@pytest.mark.parametrize(("query", "tests"), BOUNDS)
def test_a_bound_and_a_filter_hold_together_and_facets_count_what_choosing_gives(
    engine: SearchEngine, query: str, tests: Sequence[Test]
) -> None:
    for filters in (Filters(), Filters(max_price=900.0, include_unpriced=True), Filters(brands=("Walton",))):
        found = everything(engine, query, mode="hybrid", filters=filters)
        assert all(test(hit.product) for hit in found.hits for test in tests)
        for name, values in found.facets.items():
            for value in values:
                chosen = everything(engine, query, mode="hybrid", filters=choose(filters, name, value))
                assert chosen.total == value.count, (query, name, value)
    # A filter that lets unpriced products in does not let them past what the query says.
    open_price = everything(engine, "kettle under 500", filters=Filters(min_price=0.0, include_unpriced=True))
    assert all(costs(hit.product, high=500) for hit in open_price.hits)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_wanted_stands_last(engine: SearchEngine, mode: str) -> None:
    found = everything(engine, "kettle without remote", mode=mode)
    assert found.understood["rest"] == "kettle"
    kettles = [hit.product.title for hit in found.hits if "kettle" in hit.product.title]
    has = ["with remote" in title for title in kettles]
    assert has == sorted(has)
    assert 0 < sum(has) < len(has)
    # Nothing is lost by it, "remote free" is what is wanted, and taking it back mixes them again.
    mixed = everything(engine, "kettle without remote", mode=mode, dropped=["negation:remote"])
    assert set(ids(mixed)) == set(ids(found))
    assert mixed.understood["rest"] == "kettle"
    again = ["with remote" in hit.product.title for hit in mixed.hits]
    assert again != sorted(again)
    last = found.hits[-1].product.title
    assert "with remote" in last
    assert "remote free" not in last


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("SK-7012", {"s012"}),
        ("sk7012 kettle please", {"s012"}),
        ("QX8010", {"s010"}),
        (PRODUCTS[6].title, {"s006"}),
        (f"cheap {PRODUCTS[6].title}", {"s006"}),
        ("cottonbedsheetwithremote", {"s001", "t001"}),
        ("Cotton BEDSHEET - with (remote)", {"s001", "t001"}),
    ],
)
def test_what_a_query_names_stands_first_in_every_mode(
    engine: SearchEngine, mode: str, query: str, first: set[str]
) -> None:
    found = everything(engine, query, mode=mode)
    assert set(found.understood["named"]) == first
    assert set(ids(found)[: len(first)]) == first
    assert [hit.named for hit in found.hits] == [True] * len(first) + [False] * (found.total - len(first))
    assert found.understood["intent"] == "exact"
    assert all(np.isfinite(hit.score) for hit in found.hits)
    assert {product_id for product_id, _ in engine.run(query, mode=mode, top_k=len(first))} == first


def test_a_model_number_among_words_is_a_name_where_the_words_are_about_the_product(engine: SearchEngine) -> None:
    assert PRODUCTS[10].category == "lamp"
    for query, named in (("QX8010", ["s010"]), ("lamp QX8010", ["s010"]), ("cricket bat QX8010", [])):
        found = everything(engine, query, mode="hybrid")
        assert found.understood["named"] == named, query
        assert [hit.product_id for hit in found.hits if hit.named] == named


def test_a_named_product_is_found_where_no_leg_finds_it(engine: SearchEngine) -> None:
    query = "cottonbedsheetwithremote"
    assert engine.search(query, mode="bm25", understand=False).total == 0
    found = engine.search(query, mode="bm25")
    assert sorted(ids(found)) == ["s001", "t001"]
    assert not found.understood["no_good_match"]
    assert all(hit.legs == {} for hit in found.hits)
    filtered = engine.search(query, mode="bm25", filters=Filters(max_price=490.0))
    assert ids(filtered) == ["t001"]


def test_a_named_product_that_breaks_a_bound_is_left_out(engine: SearchEngine) -> None:
    twelve = PRODUCTS[12]
    assert twelve.price is None
    found = everything(engine, "SK-7012 under 900", mode="hybrid")
    assert found.hits
    assert "s012" not in ids(found)


@pytest.mark.parametrize("mode", ["bm25", "dense", "hybrid"])
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize(
    ("query", "key", "has"),
    [
        ("red kettle", "color:red", lambda p: "Red" in p.colors),
        ("saree size xl", "size:xl", lambda p: "XL" in p.sizes),
        ("walton saree", "brand:walton", lambda p: p.brand == "Walton"),
        ("bottle 1500 ml", "quantity:1500ml", lambda p: "1.5 litre" in p.title),
        ("lamp around 500 taka", "price:400-600", partial(costs, low=400, high=600)),
        ("top rated lamp", "rating:4-", partial(rated, low=4)),
    ],
)
def test_what_is_stated_softly_raises_what_has_it_and_drops_nothing(
    engine: SearchEngine, pipeline: Pipeline, mode: Mode, fusion: Fusion, query: str, key: str, has: Test
) -> None:
    assert key in [part["key"] for part in engine.search(query).understood["parts"]]
    # A brand's word is also one that counts more as a word, which is another thing.
    asked = Request(query, mode, fusion=fusion, understand=True, features=Features(emphasis=False))
    raised, level = pipeline.run(asked), pipeline.run(replace(asked, dropped=(key,)))
    assert sorted(raised.ordering) == sorted(level.ordering)
    share = RAISE_COSINE if mode == "dense" else RAISE
    before = dict(zip(level.ordering.tolist(), level.fused.tolist(), strict=True))
    after = dict(zip(raised.ordering.tolist(), raised.fused.tolist(), strict=True))
    # What has the attribute alone, and is another thing, is left where it is: no red lamp comes before a kettle.
    (thing,) = set(NOUNS) & set(query.split())
    having = {place for place in before if has(PRODUCTS[place]) and PRODUCTS[place].category == thing}
    assert 0 < len(having) < len(before)
    assert after == pytest.approx({i: score * (1 + share if i in having else 1) for i, score in before.items()})


def test_measures_are_found_in_any_notation(engine: SearchEngine) -> None:
    for query in ("bottle 1500 ml", "bottle 1500ml", "bottle 1.5 l", "1.5litre bottle"):
        best = engine.search(query, mode="bm25", top_k=4).hits
        assert all("bottle 1.5 litre" in hit.product.title for hit in best), query


def test_a_mistake_is_mended_and_the_words_that_are_searched_are_marked(engine: SearchEngine) -> None:
    mended = engine.search("steel ketle", mode="bm25")
    assert mended.query == "steel ketle"
    assert mended.understood["rest"] == "steel kettle"
    assert "kettle" in mended.hits[0].matched_terms
    assert "kettle" in mended.hits[0].product.title
    assert mended.hits[0].product.title.startswith("steel")
    as_typed = engine.search("steel ketle", mode="bm25", dropped=["spelling:ketle"])
    assert as_typed.understood["rest"] == "steel ketle"
    assert as_typed.understood["corrections"] == []
    assert ids(as_typed) != ids(mended)


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("query", ["lamp", "steel kettle", "a home", "shelf 12", "the"])
def test_understanding_loses_nothing_that_the_words_find(backend: str, query: str) -> None:
    documents = [{"title": product.title, "text": product.description} for product in PRODUCTS[:7]]
    small = SearchEngine.from_documents(documents, encoder=None, keyword_backend=backend, settings=SETTINGS)  # type: ignore[arg-type]
    plain = everything(small, query, understand=False)
    assert set(ids(plain)) <= set(ids(everything(small, query)))


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_what_every_product_says_is_found_as_well(backend: str) -> None:
    # Okapi's scores (rank_bm25) of a word that all of them hold lie below zero.
    documents = ["lamp", "lamp oak", "lamp steel"]
    tiny = SearchEngine.from_documents(documents, encoder=None, keyword_backend=backend, settings=SETTINGS)  # type: ignore[arg-type]
    assert everything(tiny, "lamp", understand=False).total == 3
    assert everything(tiny, "lamp").total == 3
    assert ids(everything(tiny, "steel lamp"))[0] == "doc-3"


def test_without_understanding_the_search_is_the_plain_one(engine: SearchEngine) -> None:
    build = engine.build
    id_rank, names = build.columns.id_rank, build.columns.ids
    words, parts, vectors = build.keyword()[0], build.ngram(), build.vectors()
    assert vectors is not None
    for query, _ in BOUNDS:
        dense = dense_legs(vectors, HashEncoder().encode([query])[0], SETTINGS.dense_cutoff)
        alone = keyword_leg(words, query)
        hybrid = [*alone.scores.values(), *keyword_leg(parts, query, "ngram").scores.values(), *dense.scores.values()]
        for mode, scores in (("bm25", list(alone.scores.values())), ("hybrid", hybrid)):
            fused = scores[0] if mode == "bm25" else rrf([ranks(leg, id_rank) for leg in scores], SETTINGS.rrf_k)
            found = np.flatnonzero(np.max(scores, axis=0) > -np.inf)
            expected = [str(names[place]) for place in order(fused, id_rank, found)]
            # What is taken back, cut off or known of other spellings makes no difference.
            plain = engine.search(query, mode=mode, understand=False, dropped=["price:-500"], top_k=200)
            assert ids(plain) == expected, (query, mode)
            assert plain.understood == {}
            assert not any(hit.named for hit in plain.hits)
            assert "understand" not in plain.timings_ms
            assert plain.degraded == ()


def test_an_empty_query_has_nothing_to_understand(engine: SearchEngine) -> None:
    browsed = engine.search("  ", top_k=3)
    assert browsed.understood == {}
    assert browsed.total == len(PRODUCTS)


@pytest.mark.parametrize("mode", MODES)
def test_a_run_keeps_to_the_bounds_of_a_query_that_is_understood(engine: SearchEngine, mode: str) -> None:
    by_id = {product.product_id: product for product in PRODUCTS}
    for query, tests in BOUNDS:
        if query == "under 500":
            continue  # nothing is left to rank by
        run = engine.run(query, mode=mode, top_k=200)
        assert run
        assert all(test(by_id[product_id]) for product_id, _ in run for test in tests), query
        plain = engine.run(query, mode=mode, top_k=200, understand=False)
        assert not all(test(by_id[product_id]) for product_id, _ in plain for test in tests), query


def test_a_run_has_what_is_named_first_and_what_is_not_wanted_last(engine: SearchEngine) -> None:
    titles = {product.product_id: product.title for product in PRODUCTS}
    for mode in MODES:
        assert engine.run("SK-7012", mode=mode)[0][0] == "s012"
        run = engine.run("kettle without remote", mode=mode, top_k=200)
        has = ["with remote" in titles[product_id] for product_id, _ in run if "kettle" in titles[product_id]]
        assert has == sorted(has)
        scores = [score for _, score in run]
        assert all(a > b for a, b in pairwise(scores))


def test_where_nothing_fits_only_the_nearest_are_shown(engine: SearchEngine) -> None:
    query = "zzqq wwvv"
    found = engine.search(query, mode="hybrid")
    assert found.understood["no_good_match"]
    assert 0 < found.total <= NEAREST
    whole = everything(engine, query, mode="hybrid")
    assert not whole.understood["no_good_match"]
    assert whole.total > found.total
    apart = everything(engine, query, mode="hybrid", collapse=True)
    assert set(ids(found)) == set(ids(apart)[:NEAREST])  # of identical listings one
    assert sum(value.count for value in found.facets["category"]) == found.total
    assert not engine.search("steel kettle", mode="hybrid").understood["no_good_match"]
    bounded = engine.search(f"{query} under 500", mode="hybrid")
    assert bounded.understood["no_good_match"]
    assert all(costs(hit.product, high=500) for hit in bounded.hits)
    assert 0 < bounded.total <= NEAREST


def test_a_result_is_json_whatever_was_understood(engine: SearchEngine) -> None:
    names = {"text", "rest", "parts", "corrections", "synonyms", "intent", "dropped", "named", "no_good_match"}
    for query in [query for query, _ in BOUNDS] + ["", "zzqq", "cottonbedsheetwithremote", "লাল শাড়ি", "steel ketle"]:
        for mode in MODES:
            told = json.loads(json.dumps(engine.search(query, mode=mode).to_dict(), allow_nan=False))
            assert set(told["understood"]) == (names if query else set())
            if query:
                assert told["understood"]["text"] == query
                for part in told["understood"]["parts"]:
                    assert part["text"] == query[part["start"] : part["end"]]
                    assert part["key"].startswith(f"{part['kind']}:")


def test_keys_taken_back_are_told_and_kept_apart_in_the_cache(engine: SearchEngine) -> None:
    query = "red kettle under 500"
    whole = engine.search(query, mode="bm25")
    less = engine.search(query, mode="bm25", dropped=["price:-500", "color:red", "price:-500"])
    assert less.understood["dropped"] == ["color:red", "price:-500"]
    assert whole.understood["dropped"] == []
    assert less.total > whole.total
    same = engine.search(query, mode="bm25", dropped=["color:red", "price:-500"])
    assert same.from_cache
    assert ids(same) == ids(less)


@pytest.mark.parametrize(
    ("flag", "mode", "query"),
    [
        ("constraints", "hybrid", "kettle under 500"),
        ("negation", "hybrid", "kettle without remote"),
        ("spelling", "hybrid", "ketle"),
        ("spellings", "bm25", "bed sheet"),
        ("synonyms", "hybrid", "zubbo"),
        ("units", "bm25", "bottle 1500ml"),
        ("names", "hybrid", "SK-7012"),
        ("attributes", "hybrid", "red kettle"),
        ("weights", "hybrid", "steel kettle"),
        ("emphasis", "bm25", "walton saree"),
    ],
)
def test_every_part_makes_a_difference_and_can_be_left_out(
    pipeline: Pipeline, flag: str, mode: Mode, query: str
) -> None:
    shelf = Shelf(Synonyms.parse("zubbo => kettle"), date(2026, 1, 1))
    # A mistake that is mended needs no other spelling.
    features = Features(spelling=flag != "spellings")
    asked = Request(query, mode, understand=True, shelf=shelf, features=features)
    with_it, without = pipeline.run(asked), pipeline.run(replace(asked, features=replace(features, **{flag: False})))
    assert (with_it.ordering.tolist(), with_it.fused.tolist()) != (without.ordering.tolist(), without.fused.tolist())


def test_legs_hold_what_is_named_within_bounds_alone() -> None:
    scores = np.array([1.0, -np.inf, -np.inf], dtype=np.float32)
    legs = Legs({"bm25": scores}, None, np.array([False, True, True]))
    assert legs.found(3).tolist() == [True, True, True]
    within = legs.within(np.array([True, True, False]))
    assert within.found(3).tolist() == [True, True, False]
    assert legs.beside(Legs()).found(3).tolist() == Legs().beside(legs).found(3).tolist() == [True, True, True]
    assert Legs({"bm25": scores}).found(3).tolist() == [True, False, False]
