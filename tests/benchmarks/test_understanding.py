"""The figures about understanding: by hand where they can be, and never with a text in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import ablation, leg_weights, understanding_claims, understanding_cost
from benchmarks.leg_weights import KS, SHIPPED, WEIGHTS, Grid
from benchmarks.served import Served, without_each
from evaluation.records import Query
from retrieval.engine import SearchEngine
from retrieval.loading import memory_build
from retrieval.models import ReadyModels
from retrieval.query.intent import RRF_K
from retrieval.query.understand import EVERYTHING
from retrieval.settings import Settings
from tests.support import HashEncoder, sample_products

QUERIES = (
    Query("a1", "red chair under 50", "bounded"),
    Query("a2", "wooden lamp", "plain"),
    Query("a3", "foldng kettle", "misspelt"),
    Query("a4", "something quiet to keep in the kitchen", "told"),
    Query("a5", "woollen scarf model 35", "plain"),
    Query("a6", "bright clock", "plain"),
)
# Every second product of the query's noun is right, the others nearly.
NOUNS = {"a1": "chair", "a2": "lamp", "a3": "kettle", "a4": "clock", "a5": "scarf", "a6": "clock"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    products = sample_products(120)
    settings = Settings(_env_file=None, time_budget_ms=0, cache_ttl_s=0)
    encoder = HashEncoder(dimension=128)
    models = ReadyModels(encoder, None)
    engine = SearchEngine(memory_build(products, settings=settings, encoder=encoder, kind="numpy"), settings, models)
    qrels = {
        query_id: {p.product_id: 3 - place % 2 for place, p in enumerate(products) if p.category == noun}
        for query_id, noun in NOUNS.items()
    }
    yield Served("invented", engine, settings, models, products, QUERIES, qrels)
    engine.close()


def grid(**best: tuple[int, int]) -> Grid:
    """Return a grid of four keyword and two descriptive queries, 1 where `best` of the intent says, else 0."""
    intents = ("keyword",) * 4 + ("descriptive",) * 2
    values = np.zeros((len(KS), len(WEIGHTS), len(intents)))
    for query, intent in enumerate(intents):
        values[(*best[intent], query)] = 1.0
    return Grid(values, np.full(6, 1 / 6), np.array(intents), tuple(("shop", intent) for intent in intents))


def test_each_intent_gets_its_own_weights_and_all_of_them_one_k() -> None:
    made = grid(keyword=(2, 5), descriptive=(2, 7))
    every = np.arange(6)
    chosen = made.chosen(every, by_intent=True)
    assert chosen == {"keyword": (2, 5), "descriptive": (2, 7)}
    assert made.mean(made.reached(chosen, every)) == pytest.approx(1.0)
    # With one set of weights the four outvote the two.
    assert made.chosen(every, by_intent=False) == {"keyword": (2, 5), "descriptive": (2, 5)}
    assert made.mean(made.reached({"keyword": (2, 5), "descriptive": (2, 5)}, every)) == pytest.approx(4 / 6)


def test_an_intent_that_was_not_seen_is_weighed_plainly() -> None:
    chosen = grid(keyword=(1, 3), descriptive=(2, 7)).chosen(np.arange(4), by_intent=True)
    assert chosen == {"keyword": (1, 3), "descriptive": (1, WEIGHTS.index((1.0, 1.0, 1.0, 1.0)))}


def test_folds_hold_every_query_once_and_share_out_the_intents() -> None:
    strata = (("big", "keyword"),) * 20 + (("small", "keyword"),) * 10 + (("small", "descriptive"),) * 5
    made = Grid(np.zeros((1, 1, 35)), np.full(35, 1 / 35), np.array([intent for _, intent in strata]), strata)
    folds = leg_weights._folds(made, seed=3)
    assert sorted(np.concatenate(folds).tolist()) == list(range(35))
    for fold in folds:
        assert Counter(strata[query] for query in fold) == {
            ("big", "keyword"): 4,
            ("small", "keyword"): 2,
            ("small", "descriptive"): 1,
        }
    assert [fold.tolist() for fold in folds] != [fold.tolist() for fold in leg_weights._folds(made, seed=4)]


def test_the_grid_fuses_as_the_engine_does(served: Served) -> None:
    run = served.run("engine", served.queries, depth=leg_weights.FIRST)
    readings = leg_weights._readings(served)
    for query in served.queries:
        scored = readings[query.query_id]
        assert scored.reading.understood is not None
        weights = SHIPPED[scored.reading.understood.intent]
        ways = leg_weights._weighed(served, scored)
        place = KS.index(RRF_K), WEIGHTS.index(weights)
        assert ways[place] == [product_id for product_id, _ in run.ranked[query.query_id]], query.text


def test_a_part_is_worth_what_is_lost_without_it(served: Served) -> None:
    found = ablation.measure(served)
    assert set(found["means"]) == {"on", "off", *without_each()}
    assert found["queries"] == {"all": 6, "bounded": 1, "plain": 3, "misspelt": 1, "told": 1}
    for name, own in found["worth"].items():
        for kind, worth in own.items():
            on, without = found["means"]["on"][kind]["value"], found["means"][name][kind]["value"]
            assert worth["value"] == pytest.approx(on - without)


def test_every_part_is_switched_off_alone() -> None:
    assert all(replace(features, **{name: True}) == EVERYTHING != features for name, features in without_each().items())


def test_recombined_products() -> None:
    products = sample_products(30)
    report = understanding_cost.recombined(products, 100)
    again = understanding_cost.recombined(products, 100)
    assert report.products == again.products
    assert len({p.product_id for p in report.products}) == 100
    words = {word for p in products for word in p.title.split()}
    assert all(set(p.title.split()) <= words and p.price for p in report.products)
    assert len({p.title for p in report.products}) > 30


def test_remembered_vectors_are_the_encoders_own() -> None:
    encoder = HashEncoder()
    remembered = understanding_cost.Remembered(encoder)  # type: ignore[arg-type]
    first = remembered.encode(["red chair", "lamp"], query=True)
    assert np.array_equal(first, encoder.encode(["red chair", "lamp"], query=True))
    before = encoder.texts_encoded
    assert np.array_equal(remembered.encode(["lamp"], query=True), first[1:])
    assert encoder.texts_encoded == before


def test_what_is_asked_for_the_cost() -> None:
    texts = [f"wooden chair {number}" for number in range(100)]
    kinds = understanding_cost.queries_of(texts)
    assert {kind: len(own) for kind, own in kinds.items()} == {
        "judged": 30,
        "with a constraint": 30,
        "misspelt": 30,
    }
    assert all(
        longer.startswith(text) for text, longer in zip(kinds["judged"], kinds["with a constraint"], strict=True)
    )
    assert not set(kinds["judged"]) & set(kinds["misspelt"])


def test_cost_is_on_minus_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(understanding_cost, "ROUNDS", 2)
    found = understanding_cost.measure(served, [query.text for query in served.queries], "hybrid")
    assert found["products"] == 120
    assert set(found["parts_ms"]) == set(without_each())
    assert found["stages_ms"]["understand"]["p50"] > 0
    text = "\n".join(understanding_cost.markdown([found]))
    assert "| 120 | hybrid |" in text


def test_silver_queries_are_those_in_which_a_mistake_can_be_made(served: Served) -> None:
    clean, qrels, typos = understanding_claims.silver(served.products, count=20)
    assert {query.query_id for query in clean} == set(qrels) == set(typos)
    assert all(typos[query.query_id].text != query.text for query in clean)
    assert (clean, qrels, typos) == understanding_claims.silver(served.products, count=20)


def test_whole_titles_come_first(served: Served) -> None:
    for mode in understanding_claims.NAME_MODES:
        found = understanding_claims.names(served, mode)
        assert found == {"titles": {"queries": 100, "MRR@10": 1.0, "not first": []}}


def test_the_report_holds_no_text_of_catalogue_or_queries(served: Served) -> None:
    parts = [
        *ablation.markdown("invented", ablation.measure(served)),
        *leg_weights.markdown(leg_weights.measure([served])),
        *understanding_claims.markdown({"invented": understanding_claims.measure(served)}),
    ]
    text = "\n".join(parts)
    assert not [query.text for query in served.queries if query.text in text]
    assert not [p.title for p in served.products if p.title in text]
    assert not [
        row["text"] for row in understanding_claims.lines("out_of_catalogue.jsonl") if f" {row['text']} " in text
    ]
    assert "nan" not in text
