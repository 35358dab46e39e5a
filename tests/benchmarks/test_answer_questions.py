"""Drawn questions: the same for a seed, right by hand, and drawn without a look at search or answering."""

from __future__ import annotations

import ast
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import answer_kinds, answer_nothing, answer_questions, answer_wordings
from benchmarks.answer_shelf import CannotDrawError, Shelf
from benchmarks.answer_wordings import HALVES
from evaluation.question_sets import to_question
from retrieval.catalogue import parse_file

ROOT = Path(__file__).parents[2]


def row(product_id: str, title: str, price: float | None, rating: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a product as `parse` prints it."""
    return {
        "product_id": product_id, "title": title, "category": "table lamps", "brand": "Lumo",
        "sku": f"sku-{product_id}",
        "price": price, "currency": "USD", "rating": rating, "rating_count": 10 if rating else 0, "sales": None,
        "colors": ["Red"], "sizes": [], "seller": None, "description": "", "attributes": {}, **more,
    }  # fmt: skip


LAMPS = [
    row("a", "Oak lamp small", 11.0, 4.0),
    row("b", "Oak lamp  Small", 13.0, 4.5),
    row("c", "Elm lamp tall", 11.0, 3.0, sales=7, colors=["Blue"]),
    row("d", "Ash lamp round", 45.0),
    row("e", "Fir lamp square", 52.0, 5.0, sales=9),
    row("f", "Yew lamp for desks", 97.0, 2.0),
    row("g", "Box lamp for floors", None, 5.0, sales=9),
    row("h", "Fig lamp for walls", 61.0, 4.4),
]
PRICES = {lamp["product_id"]: lamp["price"] for lamp in LAMPS}


def shelf(seed: int) -> Shelf:
    return Shelf(LAMPS, random.Random(seed), HALVES["development"].questions, ("Who are you?",))


def drawn(kind: Callable[[Shelf], dict[str, Any]], variant: str, seeds: int = 60) -> list[dict[str, Any]]:
    """Return questions of a variant, drawn with several seeds."""
    found = []
    for seed in range(seeds):
        try:
            question = kind(shelf(seed))
        except CannotDrawError:
            continue
        if question["variant"] == variant:
            found.append(question)
    assert found, variant
    return found


@pytest.fixture(scope="module")
def sample() -> list[dict[str, Any]]:
    products = parse_file(ROOT / "samples" / "catalogue.md").products
    return [json.loads(json.dumps(product.to_dict())) for product in products]


def test_the_same_seed_draws_the_same_and_the_halves_share_no_wording(sample: list[dict[str, Any]]) -> None:
    made = answer_questions.make(sample, count=120)
    assert made == answer_questions.make(sample, count=120)
    assert made != answer_questions.make(sample, count=120, seed=12)
    development, held_out = HALVES["development"], HALVES["held-out"]
    assert development.questions.keys() == held_out.questions.keys()
    halves = [{phrase for phrases in half.questions.values() for phrase in phrases} for half in HALVES.values()]
    assert set.intersection(*halves) == {"{nonsense}"}
    assert not set(development.nonsense) & set(held_out.nonsense)


@pytest.mark.parametrize("half", ["development", "held-out"])
def test_a_full_set_has_all_kinds_and_is_read_back(sample: list[dict[str, Any]], half: str) -> None:
    made = answer_questions.make(sample, count=240, half=half)
    assert len(made) == 240
    kinds = Counter(question["kind"] for question in made)
    assert kinds == answer_questions.SHARES
    assert len({question["text"].casefold() for question in made}) == len(made)
    assert len(set(HALVES[half].questions) - {question["variant"] for question in made}) <= 3
    ids = {product["product_id"] for product in sample}
    for question in made:
        read = to_question(question)
        assert set().union(*read.cited, read.allowed or (), read.first, read.winner) <= ids
        assert not question["expected"]["refused"] or question["kind"] == "unanswerable"


def test_a_title_is_any_of_its_listings_each_with_its_price() -> None:
    for question in drawn(answer_kinds.single, "single price"):
        if "oak" in question["text"].casefold():
            assert question["expected"]["allowed"] == ["a", "b"]
            assert question["expected"]["facts"] == [{"field": "price", "values": {"a": 11.0, "b": 13.0}}]
            return
    raise AssertionError("the listings with one title were not drawn")


def test_the_cheapest_are_all_that_share_the_price() -> None:
    for question in drawn(answer_kinds.superlative, "cheapest"):
        assert question["expected"]["first"] == ["a", "c"]
    for question in drawn(answer_kinds.superlative, "dearest"):
        assert question["expected"]["first"] == ["f"]


def test_the_three_cheapest_are_those_up_to_the_third_price() -> None:
    for question in drawn(answer_kinds.superlative, "three cheapest"):
        assert question["expected"]["allowed"] == ["a", "c", "b"]
        assert question["expected"]["least"] == 3


def test_only_what_is_known_to_be_rated_is_rated_enough() -> None:
    by_rating = {"3.5": ["a"], "4": ["a"], "4.5": ["b"]}
    for question in drawn(answer_kinds.superlative, "cheapest rated", 400):
        bound = next(bound for bound in ("3.5", "4.5", "4") if bound in question["text"])
        assert question["expected"]["first"] == by_rating[bound]


def test_bounds_leave_what_is_below_them_alone() -> None:
    for question in drawn(answer_kinds.filtered, "category price"):
        bound = float("".join(char for char in question["text"] if char.isdigit()))
        below = [product_id for product_id, price in PRICES.items() if price is not None and price < bound]
        assert question["expected"]["allowed"] == below
        assert bound not in PRICES.values()


def test_the_better_one_of_two_is_known() -> None:
    for question in drawn(answer_kinds.compare, "cheaper"):
        one, two = question["expected"]["cited"]
        less = min(one + two, key=lambda product_id: PRICES[product_id])
        assert less in question["expected"]["winner"]
        assert question["expected"]["winner"] in (one, two)


def test_products_below_a_bound_are_counted() -> None:
    for question in drawn(answer_kinds.count, "count"):
        bound = float("".join(char for char in question["text"] if char.isdigit()))
        assert question["expected"]["count"] == sum(price is not None and price < bound for price in PRICES.values())


def test_what_is_not_there_is_nowhere_in_the_catalogue(sample: list[dict[str, Any]]) -> None:
    by_title = {product["title"]: product for product in sample}
    texts = {product["product_id"]: json.dumps(product, ensure_ascii=False).casefold() for product in sample}
    for question in answer_questions.make(sample, count=600):
        if question["variant"] == "no such colour":
            title = next(title for title in by_title if title in question["text"])
            asked = question["text"].replace(title, "").casefold()
            colour = next(colour for colour in answer_nothing.COLOURS if colour in asked)
            assert colour not in texts[by_title[title]["product_id"]]
        if question["variant"] == "no product":
            assert not any(name.lower() in text for name in answer_nothing.NAMES if name in question["text"]
                           for text in texts.values())  # fmt: skip


def test_a_catalogue_without_prices_gets_other_questions() -> None:
    bare = [row(str(n), f"Thing number {n}", None, category=None, brand=None, sku=None, colors=[]) for n in range(9)]
    made = answer_questions.make(bare, count=60)
    assert {question["kind"] for question in made} <= {"single", "attribute", "unanswerable"}
    assert all(question["expected"]["refused"] for question in made)


def test_the_truth_is_worked_out_without_search_or_answering() -> None:
    for module in (answer_kinds, answer_nothing, answer_questions, answer_wordings):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not [name for name in names if name.split(".")[0] in ("retrieval", "answering", "evaluation", "compose")]
