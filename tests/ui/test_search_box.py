"""Suggestions: what the browser is told, from which searches, and that the page works with or without them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.loading import LoadedBuild, open_build
from retrieval.query.completions import Completions
from retrieval.records import Product
from retrieval.settings import load_settings
from shop import recent
from tests.hostile import TEXTS
from tests.ui.conftest import TIMEOUT, Shop
from ui import recents, search_box, state
from ui.safe_text import clean

Start = Callable[..., AppTest]
KNOWN = Completions([("lamp", 3)], [("table lamp", 2), ("kettle", 1)])


def made(shelf: search_box.Shelf, name: str, build: LoadedBuild) -> Completions:
    """Return a build's completions once they are made."""
    shelf.completions(name, build)
    for thread in threading.enumerate():
        if thread.name == f"completions-{name}":
            thread.join()
    known, more = shelf.completions(name, build)
    assert known is not None
    assert not more
    return known


def test_without_a_question_nothing_is_told(shop: Shop) -> None:
    assert search_box.answer(None, KNOWN, "shop", False) == {"number": 0}


@pytest.mark.parametrize(
    "question", ["lamp", ["lamp"], {"text": "lamp"}, {"number": "1", "text": "la"}, {"number": 1, "text": ["la"]}, 7]
)
def test_what_is_no_question_is_not_answered(shop: Shop, question: object) -> None:
    assert search_box.answer(question, KNOWN, "shop", False) == {"number": 0}


def test_an_answer_says_what_was_asked_and_whether_to_ask_again(shop: Shop) -> None:
    recent.add(shop.settings.data_dir, "shop", "lamp shade", "q=lamp+shade")
    recent.add(shop.settings.data_dir, "other", "lamp oil", "q=lamp+oil")
    answer = search_box.answer({"number": 4, "text": "lam"}, KNOWN, "shop", True)
    assert answer == {
        "number": 4,
        "text": "lam",
        "options": [
            {"text": "lamp shade", "kind": "past"},
            {"text": "lamp", "kind": "category"},
            {"text": "table lamp", "kind": "title"},
        ],
        "more": True,
    }
    before_any_are_made = search_box.answer({"number": 5, "text": "lam"}, None, "shop", True)
    assert before_any_are_made["options"] == [{"text": "lamp shade", "kind": "past"}]


def test_texts_are_shown_without_what_has_no_ink_and_no_longer_than_the_box(shop: Shop) -> None:
    known = Completions([], [(f"zebra {text}", 1) for text in TEXTS] + [("zebra" + " lamp" * 200, 1)])
    for number in range(3):
        answer = search_box.answer(
            {"number": number + 1, "text": ("zebra", "zebra l", "zebra z")[number]}, known, "s", False
        )
        assert answer["options"]
        for option in answer["options"]:
            assert option["text"] == clean(option["text"])
            assert len(option["text"]) <= state.MAX_QUERY
    endless = search_box.answer({"number": 9, "text": "lamp " * 10_000}, known, "s", False)
    assert endless["number"] == 9


def test_completions_are_made_once_a_build_and_served_until_the_next_ones_are(
    shop: Shop, products: list[Product]
) -> None:
    shelf = search_box.Shelf()
    shop.build(products[:20])
    first = open_build(shop.settings.index_dir, "shop", shop.settings)
    known = made(shelf, "shop", first)
    assert known.complete("wood")[0].text == "wooden"
    assert made(shelf, "shop", first) is known
    shop.build([*products, Product("new", "Zinc bucket")])
    second = open_build(shop.settings.index_dir, "shop", shop.settings)
    served, _ = shelf.completions("shop", second)
    assert served is not None  # the old ones or, if that was quick, the new ones
    assert made(shelf, "shop", second).complete("zinc")


def test_a_build_that_cannot_be_read_has_no_suggestions(
    shop: Shop, products: list[Product], caplog: pytest.LogCaptureFixture
) -> None:
    shop.build(products)
    build = open_build(shop.settings.index_dir, "shop", shop.settings)
    build.store.close()
    file = next(Path(shop.settings.index_dir, "shop").glob("*/catalogue.sqlite"))
    file.write_bytes(b"no database at all" * 1_000)
    shelf = search_box.Shelf()
    shelf.completions("shop", build)
    for thread in threading.enumerate():
        if thread.name == "completions-shop":
            thread.join()
    assert shelf.completions("shop", build) == (None, False)
    assert "no suggestions from shop" in caplog.text


def test_the_page_searches_with_the_component_beside_its_box(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    assert not app.exception
    app.text_input(key="q").set_value("wooden lamp").run()
    assert not app.exception
    assert app.query_params["q"] == "wooden lamp"


def test_kept_searches_are_past_ones_until_they_are_forgotten(
    shop: Shop, products: list[Product], start: Start
) -> None:
    shop.build(products)
    app = start()
    for query in ("lamp", "chair", "lamp"):
        app.text_input(key="q").set_value(query).run()
    assert recents.past("shop") == ["lamp", "chair"]
    recent.clear(shop.settings.data_dir)
    assert recents.past("shop") == []


def test_with_the_log_off_only_the_sessions_own_are_past_ones(
    shop: Shop, products: list[Product], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUERY_LOG", "off")
    load_settings.cache_clear()
    shop.build(products)
    recent.add(shop.settings.data_dir, "shop", "of somebody else", "q=x")
    app = AppTest.from_function(_say_past, default_timeout=TIMEOUT)
    app.run()
    assert app.text[0].value == "[]"
    app.session_state["ask"] = "lamp"
    app.run()
    app.session_state["ask"] = "chair"
    app.run()
    assert app.text[0].value == "['chair', 'lamp']"
    app.session_state["ask"] = ""
    app.button[0].click().run()
    assert app.text[0].value == "[]"


def _say_past() -> None:
    import streamlit as st

    from ui import recents, state

    asked = st.session_state.get("ask", "")
    st.session_state[state.QUERY] = asked
    recents.remember("shop", asked)
    st.button("Clear", on_click=recents._clear)
    st.text(str(recents.past("shop")))
