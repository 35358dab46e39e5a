from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evaluation.loaders.source import Dataset
from evaluation.records import Query
from evaluation.silver import make
from retrieval.catalogue import parse_file
from retrieval.records import Product
from training import queries
from training.records import LearningQuery

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "catalogue.md"


@pytest.fixture(scope="module")
def shop() -> list[Product]:
    return list(parse_file(SAMPLE).products)


def test_silver_queries_are_those_of_the_set_and_share_no_product_between_sides(shop):
    found, drawn = queries.silver(shop), make(shop, seed=7)
    assert set(found) == {"train", "dev", "test"}
    for side, own in found.items():
        assert [(q.query_id, q.text, q.type, q.source) for q in own] == [
            (q.query_id, q.text, q.type, "silver") for q in drawn.splits[side].queries
        ]
        assert {q.query_id: dict(q.grades) for q in own} == drawn.splits[side].qrels
    right = {side: {name for q in own for name in q.right()} for side, own in found.items()}
    assert not right["train"] & (right["dev"] | right["test"])


def test_judgements_come_on_one_scale_and_unjudged_queries_are_left_out():
    asked = [Query("a", "lamp"), Query("b", "kettle", "keyword"), Query("c", "none")]
    (one, two) = queries.judged(asked, {"a": {"p": 1, "r": 0}, "b": {"p": 2}, "c": {}})
    assert (one.source, one.grades, two.grades, two.type) == ("judged", {"p": 1, "r": 0}, {"p": 3}, "keyword")
    (loaded,) = queries.loaded(Dataset("quora", (), (Query("a", "lamp"),), {"a": {"p": 1, "r": 0}}))
    assert (loaded.source, loaded.grades) == ("loaded", {"p": 3, "r": 0})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 1], [0, 3]),
        ([0, 1, 2], [0, 1, 3]),  # 3*1/2 = 1.5
        ([0, 1, 2, 3, 4], [0, 1, 1, 2, 3]),  # 0.75 is 1 at least, 1.5, 2.25
        ([0], [0]),
    ],
)
def test_the_scale_of_grades(before, after):
    qrels = {"q": {str(place): grade for place, grade in enumerate(before)}}
    assert list(queries.on_scale(qrels)["q"].values()) == after


def typed(count: int, name: str) -> list[LearningQuery]:
    return [LearningQuery(f"{name}{n}", name, {"p": 3}, "silver", name) for n in range(count)]


def test_a_draw_is_even_among_types_nested_and_whatever_the_order():
    asked = [*typed(40, "title"), *typed(5, "kind"), *typed(20, "constraint")]
    drawn = queries.draw(asked, 30)
    # 5 are all of one type; 25 are left for two, which take turns.
    assert sorted(Counter(q.type for q in drawn).values()) in ([5, 12, 13],)
    assert drawn == [q for q in asked if q in drawn]
    assert {q.query_id for q in queries.draw(asked[::-1], 30)} == {q.query_id for q in drawn}
    assert {q.query_id for q in queries.draw(asked, 12)} < {q.query_id for q in drawn}
    assert {q.query_id for q in queries.draw(asked, 30, seed=8)} != {q.query_id for q in drawn}
    assert queries.draw(asked, 99) == asked


def test_views_are_of_products_that_say_something_of_their_own():
    long = " ".join(f"Reason {n} to buy it is that evening number {n} grows warm." for n in range(9))
    shop = [
        Product("a", "Oak lamp", description=long),
        Product("twin", "OAK lamp!", description="Another text of quite some words that nobody has read before today."),
        Product("copied", "Steel kettle", description=long),
        Product("short", "Red saree", description="Nice."),
        Product(
            "echo",
            "Tall oak lamp of a garden in the red house",
            description="The tall oak lamp of a garden. Red house in garden",
        ),
        Product(
            "b", "Blue kettle", description="Blue kettle - boils a litre of water in three minutes, then falls silent."
        ),
    ]
    by_title = Counter(view.positive for view in queries.views([*shop]))
    assert by_title["Oak lamp"] == queries.SAYINGS
    assert 1 <= by_title["Blue kettle"] <= queries.SAYINGS
    assert set(by_title) == {"Oak lamp", "Blue kettle"}


def test_what_is_said_of_a_product_is_a_piece_of_its_description_with_fewer_of_its_titles_words():
    shop = [
        Product(f"q{n}", f"Kettle {n}", description=" ".join(f"kettle says{n}x{k}" for k in range(40)))
        for n in range(60)
    ]
    kept = told = 0
    for view in queries.views(shop):
        said = view.anchor.split()
        own = [word for word in said if word.startswith("says")]
        start = int(own[0].partition("x")[2])
        number = view.positive.split()[1]
        assert own == [f"says{number}x{start + k}" for k in range(len(own))]  # one piece, in its order
        assert queries.LEAST_SPOKEN_WORDS <= len(said) <= queries.SPOKEN_WORDS[1]
        kept += said.count("kettle")
        told += len(own)
    assert 0.15 < kept / told < 0.45
    assert queries.views(shop) == queries.views(shop)
    assert queries.views(shop) != queries.views(shop, seed=8)


def test_what_every_seller_says_stands_for_no_shopper():
    greeting = "Thank you for the visit of our shop please see all the other things that we sell here"
    shop = [Product(f"p{n}", f"Lamp {n}", description=f"{greeting} only{n} alone{n} here{n}") for n in range(40)]
    sayings = [view.anchor for view in queries.views(shop)]
    assert sayings
    assert all(any(character.isdigit() for character in text) for text in sayings)
