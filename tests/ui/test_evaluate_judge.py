"""The section that judges: by a page of its own, with a real catalogue and its real rankings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.models import ModelPool
from retrieval.records import Product
from shop import judgements, pools, query_sets
from tests.hostile import TEXTS
from tests.ui.conftest import TIMEOUT, Shop
from ui.evaluate_judge import Place
from ui.safe_text import plain

SET = "lamps"
QUERIES = "red lamp\nblue chair\nwooden kettle"


def page() -> None:
    from ui import engines, evaluate_judge

    evaluate_judge.draw("shop", engines.engine("shop"))


@pytest.fixture
def opened(shop: Shop, products: list[Product]) -> Callable[..., AppTest]:
    """Return what opens the section on a catalogue with one set of three queries."""
    shop.build(products)
    query_sets.save(shop.settings.data_dir, "shop", SET, query_sets.typed(QUERIES), source="typed")

    def start(judge: str = "Ann", view: str = "judge", *, pool: bool = True) -> AppTest:
        if pool and pools.load(shop.settings.data_dir, "shop", SET) is None:
            engine = compose.open_engine("shop", shop.settings, ModelPool(shop.settings))
            compose.make_pool(shop.settings, "shop", engine, SET, ["bm25"], 2)
            engine.close()
        app = AppTest.from_function(page, default_timeout=TIMEOUT)
        app.session_state["judge_name"] = judge
        app.session_state["judge_view"] = view
        app.run()
        assert not app.exception
        return app

    return start


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


def progress(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def press(app: AppTest, key: str) -> AppTest:
    button = next(b for b in app.button if b.key is not None and (b.key == key or b.key.startswith(f"{key}_")))
    button.click().run()
    assert not app.exception
    return app


def product_shown(app: AppTest) -> tuple[str, str]:
    """Return the query and the product's id on the screen."""
    query = next(m.value for m in app.markdown if m.value.startswith("##### "))
    product = next(m.value for m in app.caption if "Product " in m.value)
    return query, product


def kept(shop: Shop, judge: str | None = None) -> list[tuple[str, str, str, int]]:
    found = judgements.listed(shop.settings.data_dir, "shop", judge=judge)
    return [(one.judge, one.query, one.product_id, one.grade) for one in found]


def test_without_a_set_it_leads_to_making_one(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = AppTest.from_function(page, default_timeout=TIMEOUT).run()
    assert not app.exception
    assert "No queries yet" in app.info[0].value


def test_without_a_name_nobody_judges(opened: Callable[..., AppTest]) -> None:
    app = opened(judge="")
    assert "Say who judges" in app.info[0].value
    assert not [b for b in app.button if b.key and b.key.startswith("judge_grade")]


def test_a_pool_is_made_of_the_chosen_rankings(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened(pool=False)
    app.select_slider(key=f"judge_depth_{SET}").set_value(5)
    app.number_input(key=f"judge_queries_{SET}").set_value(2)
    next(b for b in app.button if b.label == "Make the pool").click().run()
    assert not app.exception
    pool = pools.load(shop.settings.data_dir, "shop", SET)
    assert pool is not None
    assert (pool.modes, pool.depth, len(pool.products)) == (("bm25",), 5, 2)
    assert progress(app).startswith(f"**0 of {pool.size}** judged")


def test_every_grade_is_kept_and_the_next_product_comes(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    seen = [product_shown(app)]
    for grade in (3, 0, 2, 1):
        press(app, f"judge_grade_{grade}")
        seen.append(product_shown(app))
    assert len(set(seen)) == 5
    assert [grade for *_, grade in kept(shop)] == [1, 2, 0, 3]
    assert progress(app).startswith("**4 of 6** judged")


def test_every_pool_ends(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    for _ in range(6):
        press(app, "judge_grade_2")
    assert "Everything in this pool is judged" in app.success[0].value
    pool = pools.load(shop.settings.data_dir, "shop", SET)
    assert pool is not None
    grades = judgements.qrels(shop.settings.data_dir, "shop", {"q1": "red lamp", "q2": "blue chair"})
    assert set(grades["q1"]) == set(pool.products["q1"])
    assert set(grades["q2"]) == set(pool.products["q2"])


def test_another_day_goes_on_where_one_stopped_and_can_go_back(opened: Callable[..., AppTest], shop: Shop) -> None:
    first = opened()
    press(first, "judge_grade_3")
    second_product = product_shown(first)
    press(first, "judge_grade_1")
    third_product = product_shown(first)
    again = opened()
    assert product_shown(again) == third_product
    press(again, "judge_back")
    assert product_shown(again) == second_product
    assert [b.key[12] for b in again.button if b.key and "judge_grade" in b.key and b.proto.type == "primary"] == ["1"]
    press(again, "judge_grade_0")
    assert product_shown(again) == third_product
    assert [grade for *_, grade in kept(shop)] == [0, 3]


def test_what_is_skipped_comes_again_at_the_end(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    skipped = product_shown(app)
    press(app, "judge_skip")
    for _ in range(5):
        assert product_shown(app) != skipped
        press(app, "judge_grade_0")
    assert product_shown(app) == skipped
    press(app, "judge_grade_3")
    assert app.success
    assert len(kept(shop)) == 6


def test_a_grade_is_taken_back(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    first = product_shown(app)
    press(app, "judge_grade_3")
    press(app, "judge_back")
    press(app, "judge_undo")
    assert kept(shop) == []
    assert product_shown(app) == first
    press(app, "judge_grade_2")
    press(app, "judge_back")
    press(app, "judge_on")
    assert product_shown(app) != first


def test_a_press_meant_for_one_product_never_grades_the_next(opened: Callable[..., AppTest], shop: Shop) -> None:
    """The button of a product that is not shown any more has another key than that of the next one."""
    app = opened()
    before = {b.key for b in app.button if b.key and b.key.startswith("judge_grade")}
    press(app, "judge_grade_3")
    after = {b.key for b in app.button if b.key and b.key.startswith("judge_grade")}
    assert len(before) == len(after) == 4
    assert not before & after


def test_neither_ranking_nor_place_nor_score_shows(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    around = [m.value for m in [*app.markdown, *app.caption] if "The pool" not in m.value]
    shown = "\n".join(text for text in around if "best 2 of each" not in text)
    for word in ("BM25", "bm25", "Dense", "rank", "score"):
        assert word not in shown


def test_each_judge_sees_an_order_of_their_own(opened: Callable[..., AppTest]) -> None:
    orders = set()
    for judge in ("Ann", "Bob", "Cem", "Dora", "Eve"):
        app = opened(judge=judge)
        seen = []
        for _ in range(3):
            seen.append(product_shown(app))
            press(app, "judge_skip")
        orders.add(tuple(seen))
    assert len(orders) > 1


def test_the_name_is_remembered(opened: Callable[..., AppTest]) -> None:
    opened(judge=" Ann  B ")
    app = AppTest.from_function(page, default_timeout=TIMEOUT).run()
    assert app.text_input(key="judge_name").value == "Ann B"


def test_products_that_left_the_catalogue_are_said(
    opened: Callable[..., AppTest], shop: Shop, products: list[Product]
) -> None:
    opened()
    pool = pools.load(shop.settings.data_dir, "shop", SET)
    assert pool is not None
    gone = pool.products["q1"][0]
    shop.build([product for product in products if product.product_id != gone])
    times = sum(gone in found for found in pool.products.values())
    app = opened()
    assert f"**0 of {6 - times}** judged" in progress(app)
    assert "not in the catalogue any more" in texts(app)


def test_a_judgement_is_edited_in_its_place(opened: Callable[..., AppTest], shop: Shop) -> None:
    press(opened(), "judge_grade_3")
    app = opened(view="judged")
    (control,) = [c for c in app.segmented_control if c.key != "judge_view"]
    assert control.value == 3
    control.set_value(1).run()
    assert not app.exception
    assert [grade for *_, grade in kept(shop)] == [1]
    (control,) = [c for c in app.segmented_control if c.key != "judge_view"]
    assert control.value == 1
    next(b for b in app.button if b.label == "Take back").click().run()
    assert kept(shop) == []
    assert "has not judged anything" in app.info[0].value


def test_judged_products_are_listed_by_query(opened: Callable[..., AppTest], shop: Shop) -> None:
    data = shop.settings.data_dir
    judgements.record_all(data, "shop", "Ann", {"red lamp": {"p10": 3, "gone": 0}, "not of the set": {"p1": 1}})
    judgements.record(data, "shop", "Bob", "red lamp", "p10", 1)
    app = opened(view="judged")
    assert list(app.selectbox(key=f"judged_query_{SET}").options) == ["All queries (2)", "red lamp (2)"]
    assert len([c for c in app.segmented_control if c.key != "judge_view"]) == 2
    assert "Not in the catalogue any more" in texts(app)


def test_agreement_shows_kappa_and_the_table(opened: Callable[..., AppTest], shop: Shop) -> None:
    """Two common products: 0 and 0, 3 and 1. Plain: (1/2 - 1/4) / (1 - 1/4); squares: 1 - 4 / ((9 + 1 + 4) / 2)."""
    assert "needs two judges" in opened(view="agreement").info[0].value
    data = shop.settings.data_dir
    judgements.record_all(data, "shop", "Ann", {"red lamp": {"p1": 0, "p2": 3, "p3": 2}})
    judgements.record_all(data, "shop", "Bob", {"red lamp": {"p1": 0, "p2": 1}, "other": {"p3": 1}})
    shown = texts(opened(view="agreement"))
    assert f"| Ann | Bob | 2 | {1 - 4 / 7:.3f} | {1 / 3:.3f} |" in shown
    assert "| **3** | 0 | 1 | 0 | 0 |" in shown


def test_judgements_are_brought_in_and_taken_away(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened(view="exchange")
    assert "Nothing of this set is judged yet" in texts(app)
    app.file_uploader(key=f"judged_file_{SET}").set_value(
        ("q.tsv", b"query_id\tproduct_id\trelevance\nq1\tp10\t3\nq2\tp1\t0\n", "text/plain")
    )
    app.text_input(key="judged_whose").set_value("Agency")
    next(b for b in app.button if b.label == "Bring in").click().run()
    assert not app.exception
    assert sorted(kept(shop)) == [("Agency", "blue chair", "p1", 0), ("Agency", "red lamp", "p10", 3)]
    assert compose.export_judgements(shop.settings, "shop", SET) == (
        "query_id\tproduct_id\trelevance\nq1\tp10\t3\nq2\tp1\t0\n"
    )
    assert [d.label for d in app.get("download_button")] == ["Qrels of all judges"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"query_id\tproduct_id\trelevance\nq1\tp10\tx\n", "q.tsv"),
        (b"query_id\tproduct_id\trelevance\nq9\tp10\t1\n", "q9"),
        (b"query_id\tproduct_id\trelevance\nq1\tp10\t4\n", "the grade is 4"),
    ],
)
def test_a_file_that_cannot_be_kept_says_where(
    content: bytes, said: str, opened: Callable[..., AppTest], shop: Shop
) -> None:
    app = opened(view="exchange")
    app.file_uploader(key=f"judged_file_{SET}").set_value(("q.tsv", content, "text/plain"))
    next(b for b in app.button if b.label == "Bring in").click().run()
    assert not app.exception
    assert said in app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert "/tmp" not in app.error[0].value.replace("\\", "")
    assert kept(shop) == []


def test_damaged_judgements_are_named(opened: Callable[..., AppTest], shop: Shop) -> None:
    app = opened()
    judgements.path(shop.settings.data_dir, "shop").write_bytes(b"no database" * 1000)
    press(app, "judge_grade_2")
    assert any("judgements" in error.value for error in app.error)
    assert any("judgements" in error.value for error in opened().error)


def test_hostile_texts_stay_texts(shop: Shop, products: list[Product]) -> None:
    odd = [
        replace(products[n], title=f"lamp {text}", brand=text, category=text, description=text)
        for n, text in enumerate(TEXTS[:40])
    ]
    shop.build(odd)
    queries = [{"query_id": f"q{n}", "text": f"lamp {text}"} for n, text in enumerate(TEXTS)]
    query_sets.save(shop.settings.data_dir, "shop", "odd", queries, source="typed")
    engine = compose.open_engine("shop", shop.settings, ModelPool(shop.settings))
    compose.make_pool(shop.settings, "shop", engine, "odd", ["bm25"], 1)
    engine.close()
    app = AppTest.from_function(page, default_timeout=TIMEOUT)
    app.session_state["judge_name"] = "[x](javascript:1) <b>"
    app.run()
    raw = [text for text in (*TEXTS, "[x](javascript:1) <b>") if plain(text) != text]
    assert len(raw) > 40
    for _ in range(10):
        unescaped = re.sub(r"\\.", "", texts(app))
        assert not [text for text in raw if text in unescaped]
        press(app, "judge_grade_1")
    for view in ("judged", "agreement", "exchange"):
        app.session_state["judge_view"] = view
        app.run()
        assert not app.exception
        unescaped = re.sub(r"\\.", "", texts(app))
        assert not [text for text in raw if text in unescaped]


def test_a_step_back_looks_at_what_was_shown_and_moves_nothing() -> None:
    place = Place(("shop", "set", "Ann", "now"))
    for item in (("q", "a"), ("q", "b"), ("q", "a")):
        place.shown(item)
    assert place.trail == [("q", "b"), ("q", "a")]
    place.back = 2
    place.shown(("q", "b"))
    assert (place.trail, place.back) == ([("q", "b"), ("q", "a")], 0)
