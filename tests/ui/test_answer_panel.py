"""The answer above the products of the search page: for questions, on request, and never in the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from tests.ui.conftest import Shop
from tests.ui.test_ask_page import links, texts
from ui import state

Start = Callable[..., AppTest]
FOOT = "From the catalogue's facts, checked"


@pytest.fixture
def opened(shop: Shop, products: list[Product], start: Start) -> Start:
    """Return what opens the search page on a catalogue of forty products."""
    shop.build(products)
    return start


def asking(app: AppTest) -> dict[str, list[str]]:
    """Return what the link to the page Ask asks for."""
    (link,) = [block.proto for block in app.get("page_link") if block.proto.label == "Ask more"]
    return parse_qs(link.query_string)


def test_a_question_is_answered_above_its_products(opened: Start) -> None:
    app = opened(q="What is the cheapest wooden lamp?")
    assert not app.exception
    assert FOOT in texts(app)
    assert links(app)
    assert links(app) <= {str(heading.anchor) for heading in app.subheader} | {"search"}
    assert [m for m in app.markdown if str(m.value).startswith(":gray[1] **")]  # the products are there too
    assert app.button(key="answer_this").disabled
    address = asking(app)
    assert address["question"] == ["What is the cheapest wooden lamp?"]
    assert address["q"] == ["What is the cheapest wooden lamp?"]


def test_a_search_that_is_no_question_is_answered_when_that_is_asked_for(opened: Start) -> None:
    app = opened(q="wooden lamp")
    assert FOOT not in texts(app)
    app.button(key="answer_this").click().run()
    assert not app.exception
    assert FOOT in texts(app)
    app.text_input(key="q").set_value("wooden chair").run()
    assert FOOT not in texts(app)


def test_answers_are_switched_off_and_still_there_on_request(opened: Start) -> None:
    app = opened(q="which lamp is cheapest?")
    app.toggle(key=state.ANSWERS).set_value(False).run()
    assert not app.exception
    assert FOOT not in texts(app)
    assert app.query_params["answers"] == "0"
    app.text_input(key="q").set_value("which chair is cheapest?").run()
    assert FOOT not in texts(app)
    app.button(key="answer_this").click().run()
    assert FOOT in texts(app)
    app.toggle(key=state.ANSWERS).set_value(True).run()
    app.text_input(key="q").set_value("which lamp is cheapest?").run()
    assert FOOT in texts(app)


def test_filters_bind_the_answer_too(opened: Start) -> None:
    app = opened(q="which model is cheapest?", categories=["lamp"])
    assert not app.exception
    cited = re.findall(r"\[\[\d+\]\] .*", "\n".join(str(h.value) for h in app.subheader).replace("\\", ""))
    assert cited
    assert all("lamp" in line for line in cited)


def test_a_search_of_which_something_was_taken_back_is_not_answered_unasked(opened: Start) -> None:
    app = opened(q="which lamp is under 30?", dropped=["price:-30"])
    assert not app.exception
    assert FOOT not in texts(app)
    assert FOOT not in texts(opened(q="which lamp is under 30?", plain="1"))


def test_a_question_that_nothing_answers_says_so(opened: Start) -> None:
    app = opened(q="is there a lamp under 1 dollar?")
    assert not app.exception
    assert "I can't find that in this catalogue" in texts(app)


def test_the_first_page_alone_holds_the_answer(opened: Start) -> None:
    app = opened(q="which model is cheapest?", page="2")
    assert not app.exception
    assert FOOT not in texts(app)


def test_no_answer_is_gainsaid_by_the_products_below_it(opened: Start) -> None:
    app = opened(q="how many lamps are there below 25 dollars anywhere altogether?")
    assert not app.exception
    assert "There are 4 products" in texts(app)
    assert "the answer above looked at the whole catalogue" in texts(app)
    assert "no good match" not in texts(app).casefold()
    assert not app.info


def test_a_question_that_is_refused_keeps_the_warning_above_the_nearest(opened: Start) -> None:
    app = opened(q="is there a hydraulic excavator lamp for rental?")
    assert not app.exception
    assert "I can't find that in this catalogue" in texts(app)
    assert "No good match for" in app.info[0].value
