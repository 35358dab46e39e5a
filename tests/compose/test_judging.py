"""Pools of several rankings, agreement and files of judgements, on a real engine with a small encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

import compose
from retrieval.engine import SearchEngine
from retrieval.errors import DataError, EvaluationError, ModelUnavailable, QueryError
from retrieval.records import Mode
from retrieval.settings import Settings
from shop import judgements, pools, query_sets
from tests.support import HashEncoder, sample_products, settings_in

MODES: tuple[Mode, ...] = ("bm25", "dense", "hybrid")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a place with one set of queries."""
    chosen = settings_in(tmp_path)
    typed = query_sets.typed("red lamp\nbelongs to a home\nwooden kettle\nheavy clock")
    query_sets.save(chosen.data_dir, "shop", "one", typed, source="typed")
    return chosen


@pytest.fixture
def engine(settings: Settings) -> SearchEngine:
    """Return an engine of forty products with vectors."""
    products = [product.to_dict() for product in sample_products(40)]
    return SearchEngine.from_documents(products, encoder=HashEncoder(), settings=settings)


def test_a_pool_is_the_union_of_what_the_modes_rank_best(settings: Settings, engine: SearchEngine) -> None:
    seen: list[tuple[str, int, int]] = []
    made = compose.make_pool(
        settings, "shop", engine, "one", MODES, 4, progress=lambda stage, done, total: seen.append((stage, done, total))
    )
    for query_id, text in query_sets.load(settings.data_dir, "shop", "one").texts.items():
        tops = [{i for i, _ in engine.run(text, mode=mode, top_k=40)[:4]} for mode in MODES]
        assert set(made.products[query_id]) == set.union(*tops)
        assert list(made.products[query_id]) == sorted(made.products[query_id])
    assert any(len(found) > 4 for found in made.products.values())  # else one ranking would have been enough
    assert (made.modes, made.depth, made.build) == (MODES, 4, engine.build.manifest.build)
    assert seen == [("queries", done, 4) for done in range(5)]
    assert pools.load(settings.data_dir, "shop", "one") == made


def test_a_larger_pool_holds_the_queries_of_a_smaller_one(settings: Settings, engine: SearchEngine) -> None:
    small = compose.make_pool(settings, "shop", engine, "one", ["bm25"], 2, 2)
    large = compose.make_pool(settings, "shop", engine, "one", ["bm25"], 2, 3)
    assert len(small.products) == 2
    assert len(large.products) == 3
    assert set(small.products) < set(large.products)


def test_a_pool_holds_what_it_says_or_is_not_made(settings: Settings, engine: SearchEngine) -> None:
    kept = compose.make_pool(settings, "shop", engine, "one", ["bm25"], 2)
    words_only = SearchEngine.from_documents(["a lamp"], encoder=None, settings=settings)
    with pytest.raises(ModelUnavailable):
        compose.make_pool(settings, "shop", words_only, "one", ["bm25", "dense"], 2)
    with pytest.raises(EvaluationError, match="at least one ranking"):
        compose.make_pool(settings, "shop", engine, "one", [], 2)
    with pytest.raises(QueryError, match="top_k=0"):
        compose.make_pool(settings, "shop", engine, "one", ["bm25"], 0)
    with pytest.raises(DataError, match="no set of queries"):
        compose.make_pool(settings, "shop", engine, "two", ["bm25"], 2)
    assert pools.load(settings.data_dir, "shop", "one") == kept


def test_agreement_is_of_the_queries_of_a_set_or_of_all(settings: Settings) -> None:
    data = settings.data_dir
    judgements.record_all(data, "shop", "Ann", {"red lamp": {"a": 0, "b": 3}, "elsewhere": {"c": 1}})
    judgements.record_all(data, "shop", "Bob", {"red  lamp": {"a": 0, "b": 3}, "elsewhere": {"c": 2}})
    judgements.record(data, "shop", "Cem", "red lamp", "a", 2)
    of_set = {(pair.first, pair.second): pair for pair in compose.agreements(settings, "shop", "one")}
    assert list(of_set) == [("Ann", "Bob"), ("Ann", "Cem"), ("Bob", "Cem")]
    assert (of_set["Ann", "Bob"].plain.kappa, of_set["Ann", "Bob"].plain.items) == (1, 2)
    assert of_set["Ann", "Cem"].quadratic.items == 1
    everything = compose.agreements(settings, "shop")[0]
    assert everything.plain.items == 3
    # Ann 0, 3, 1 and Bob 0, 3, 2: two of three agreed on; by chance (1*1 + 1*0 + 0*1 + 1*1) / 9.
    assert everything.plain.kappa == pytest.approx((2 / 3 - 2 / 9) / (1 - 2 / 9))


def test_what_was_taken_out_can_be_brought_in_again(settings: Settings) -> None:
    data = settings.data_dir
    judgements.record_all(data, "shop", "Ann", {"red lamp": {"a b": 3, "-1": 0}, "heavy clock": {"=x": 2}})
    text = compose.export_judgements(settings, "shop", "one", "Ann")
    taken = compose.import_upload(settings, "shop", "one", "Copy", text.encode(), "../../q.tsv")
    assert taken == compose.Taken(3, 0)
    assert compose.export_judgements(settings, "shop", "one", "Copy") == text
    assert compose.import_upload(settings, "shop", "one", "Copy", text.encode(), "q.tsv") == compose.Taken(3, 0)
    changed = text.replace("a b\t3", "a b\t1").encode()
    assert compose.import_upload(settings, "shop", "one", "Copy", changed, "q.tsv") == compose.Taken(3, 1)


@pytest.mark.parametrize("filename", ["q.tsv", "..", "", "x" * 300, "a\0b"])
def test_an_upload_is_named_as_its_owner_knows_it(settings: Settings, filename: str) -> None:
    data = b"query_id\tproduct_id\trelevance\nq1\ta\t-1\n"
    with pytest.raises(EvaluationError) as caught:
        compose.import_upload(settings, "shop", "one", "Ann", data, filename)
    assert str(caught.value).startswith(f"{filename}:2: ")


def test_two_queries_of_one_text_share_their_judgements(settings: Settings) -> None:
    rows = [{"query_id": "a", "text": "red lamp"}, {"query_id": "b", "text": "red lamp"}]
    query_sets.save(settings.data_dir, "shop", "twice", rows, source="uploaded")
    judgements.record(settings.data_dir, "shop", "Ann", "red lamp", "p1", 2)
    assert compose.export_judgements(settings, "shop", "twice").splitlines()[1:] == ["a\tp1\t2", "b\tp1\t2"]
    clash = b"query_id\tproduct_id\trelevance\na\tp2\t1\nb\tp2\t3\n"
    with pytest.raises(EvaluationError, match=r"'p2' has the grade 3 for query 'b' and 1 .*same words"):
        compose.import_upload(settings, "shop", "twice", "Ann", clash, "q.tsv")
    assert judgements.held(settings.data_dir, "shop").judgements == 1
