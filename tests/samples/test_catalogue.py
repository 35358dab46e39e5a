from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from retrieval.catalogue import parse_file
from retrieval.records import ParseReport, Product
from samples.dice import Dice
from samples.generate import FOLDER, generate, write
from samples.items import Item, build_items
from samples.judge import judge
from samples.load import Query, Rule, load_categories, load_queries
from samples.render import price_text, sold

TYPES = {"keyword", "constraint", "misspelled", "semantic", "exact"}


@pytest.fixture(scope="module")
def report() -> ParseReport:
    return parse_file(FOLDER / "catalogue.md")


@pytest.fixture(scope="module")
def products(report: ParseReport) -> dict[str, Product]:
    return {product.product_id: product for product in report.products}


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return build_items(load_categories())


def read_queries() -> dict[str, dict[str, object]]:
    lines = (FOLDER / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["query_id"]: row for row in map(json.loads, lines)}


def read_qrels() -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    with (FOLDER / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            assert row["product_id"] not in grades.setdefault(row["query_id"], {})
            grades[row["query_id"]][row["product_id"]] = int(row["relevance"])
    return grades


def test_generating_gives_the_committed_bytes(tmp_path: Path) -> None:
    write(tmp_path, generate())
    for name in ("catalogue.md", "queries.jsonl", "qrels.tsv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), f"{name}: run python -m samples.generate"
    assert len(list(tmp_path.iterdir())) == 3


def test_the_catalogue_is_of_the_promised_size(report: ParseReport) -> None:
    assert 580 <= len(report.products) <= 640
    assert len({product.category for product in report.products}) == 12
    assert (FOLDER / "catalogue.md").stat().st_size < 900_000


def test_the_parser_reads_all_of_it_without_a_problem(report: ParseReport, items: list[Item]) -> None:
    assert report.problems == ()
    assert [product.product_id for product in report.products] == [item.item_id for item in items]


def test_the_parser_reads_what_the_generator_meant(products: dict[str, Product], items: list[Item]) -> None:
    for item in items:
        product = products[item.item_id]
        assert (product.title, product.category, product.sku) == (item.title, item.category, item.sku)
        assert (product.price, product.price_max) == (item.price, item.price_max)
        assert product.original_price == item.original
        assert (product.colors, product.sizes) == (item.color_field, item.sizes)
        assert product.seller == item.seller
        assert product.rating == (item.rating or None)
        assert dict(product.attributes).keys() >= item.attributes.keys()
        assert (product.sales is None) == (item.sales is None)
        assert abs((product.sales or 0) - (item.sales or 0)) <= 50


def test_the_untidiness_is_there(products: dict[str, Product]) -> None:
    titles = Counter(product.title for product in products.values())
    assert sum(count - 1 for count in titles.values()) >= 20
    assert max(titles.values()) >= 3
    text = (FOLDER / "catalogue.md").read_text(encoding="utf-8")
    for sign in (
        "【HOT】",
        "Call for Price",
        "Up Coming",
        "BDT ",
        "Tk. ",
        "<br/>",
        "0.0/5 (0 ratings)",
        "K sold",
        "Color #1",
    ):
        assert sign in text, sign
    assert re.search(r"\*\*Price:\*\* ৳ [০-৯]", text)
    assert sum(bool(re.search("[\u0980-\u09ff]", title)) for title in titles) >= 10
    assert sum(not product.description for product in products.values()) >= 10
    assert sum(product.rating is None for product in products.values()) >= 200


def test_no_word_of_a_template_is_left_unfilled() -> None:
    assert not re.search(r"[{}]", (FOLDER / "catalogue.md").read_text(encoding="utf-8"))


def test_sixty_queries_of_all_types_with_an_answer_each(products: dict[str, Product]) -> None:
    queries, qrels = read_queries(), read_qrels()
    assert len(queries) == 60
    assert {query["type"] for query in queries.values()} == TYPES
    assert qrels.keys() == queries.keys()
    for query_id, grades in qrels.items():
        assert grades.keys() <= products.keys()
        assert set(grades.values()) <= {0, 1, 2, 3}
        assert max(grades.values()) == 3, query_id


def test_nothing_outside_a_price_bound_is_called_relevant(products: dict[str, Product]) -> None:
    queries, qrels = read_queries(), read_qrels()
    bounded = [query for query in queries.values() if query["min_price"] is not None or query["max_price"] is not None]
    assert len(bounded) >= 10
    for query in bounded:
        low, high = query["min_price"] or 0, query["max_price"] or float("inf")
        for product_id, grade in qrels[str(query["query_id"])].items():
            price = products[product_id].price
            if grade > 1:
                assert price is not None
                assert low <= price <= high, (query["query_id"], product_id)


def test_duplicates_without_a_bound_get_the_same_grade(products: dict[str, Product]) -> None:
    grades = read_qrels()["S57"]
    same = [grades[i] for i in grades if products[i].title.startswith("Detective Bilkis")]
    assert same == [3, 3]


def test_rules_name_only_what_the_tables_have() -> None:
    kinds = {kind.key: kind for category in load_categories() for kind in category.kinds}
    for query in load_queries():
        for rule in query.rules:
            assert set(rule.kinds) <= kinds.keys(), query.query_id
            for slot, values in (rule.where or {}).items():
                known = [kinds[key].options[slot] for key in rule.kinds]
                assert set(values) - {"?"} <= set().union(*known), (query.query_id, slot)


def test_rules_judge_stated_unstated_and_unaffordable(items: list[Item]) -> None:
    red, unknown, blue = Rule(3, colors=("Red",)), Rule(2, colors=("?",)), Rule(1)
    query = Query("q", "red", "constraint", (red, unknown, blue), max_price=1000)
    for item in items:
        expected = 3 if "Red" in item.colors else 1 if item.colors else 2
        affordable = item.price is not None and item.price <= 1000
        assert judge(query, [item]) == {item.item_id: expected if affordable else 1}


def test_judging_leaves_out_what_no_rule_mentions(items: list[Item]) -> None:
    flasks = judge(Query("q", "flask", "keyword", (Rule(3, kinds=("vacuum-flask",)),)), items)
    assert flasks.keys() == {item.item_id for item in items if item.kind == "vacuum-flask"}


def test_untidy_titles_still_state_what_their_tidy_form_does(items: list[Item]) -> None:
    bold = [item for item in items if item.title != unicodedata.normalize("NFKC", item.title)]
    assert bold
    palettes = {kind.key: kind.colors for category in load_categories() for kind in category.kinds}
    for item in bold:
        folded = unicodedata.normalize("NFKC", item.title)
        assert {color for color in palettes[item.kind] if folded.endswith(f" {color}")} <= set(item.colors)
        assert any(value in folded for value in item.slots.values())
    slip = next(item for item in items if "Canvus" in item.title and item.kind == "slip-on")
    assert slip.slots["upper"] == "Canvas"


def test_a_seller_without_a_colour_states_none(items: list[Item]) -> None:
    odd = [item for item in items if item.color_field == ("…",)]
    assert odd
    for item in odd:
        assert all(color in item.title for color in item.colors)


def test_dice_depend_on_their_key_alone() -> None:
    first, second = Dice("a", 1), Dice("a", 2)
    rolls = [first.roll() for _ in range(3)]
    second.roll()
    again = Dice("a", 1)
    assert [again.roll() for _ in range(3)] == rolls
    assert len({*rolls, second.roll()}) == 4
    assert {Dice("b", n).between(1, 3) for n in range(60)} == {1, 2, 3}
    assert sorted(Dice("c").several("abcd", 9)) == ["a", "b", "c", "d"]
    assert {Dice("w", n).weighted({"x": 1, "y": 0, "z": 1}) for n in range(60)} == {"x", "z"}


def test_sales_are_written_as_the_shop_shows_them() -> None:
    assert (sold(7), sold(999), sold(1600), sold(9800)) == ("7 sold", "999 sold", "1.6K sold", "9.8K sold")


def test_every_notation_of_prices_is_used(items: list[Item]) -> None:
    shapes = Counter(re.sub(r"[\d,]+", "N", price_text(item)) for item in items)
    assert shapes.keys() >= {"৳ N", "৳ N - ৳ N", "N৳ N৳", "Tk. N.N", "BDT N/-", "Call for Price", "Up Coming"}
