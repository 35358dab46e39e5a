"""The page Ask: empty, answered, followed up, refused, streamed, stopped, left, failed, and when something is wrong."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from answering.records import Aim, Card, Evidence, Question
from retrieval.records import Product
from retrieval.settings import load_settings
from shop import query_log
from tests.answering.providers.openai_server import Behaviour, OpenAIServer, Play, serving
from tests.embeddings_server import EmbeddingsServer
from tests.embeddings_server import serving as embeddings
from tests.support import sample_products
from tests.ui.conftest import Shop
from ui import ask, ask_choice, engines
from ui.safe_text import WORD_JOINER

Start = Callable[..., AppTest]
DEADLINE_S = 30.0


def texts(app: AppTest) -> str:
    """Return everything that is written on the page, as it is read."""
    kinds = (app.header, app.subheader, app.markdown, app.caption, app.info, app.warning, app.error)
    raw = "\n".join(str(element.value) for kind in kinds for element in kind)
    return re.sub(r"\\(.)", r"\1", raw).replace(WORD_JOINER, "")


@pytest.fixture
def opened(shop: Shop, products: list[Product], start: Start) -> Callable[..., AppTest]:
    """Return what opens the page on a catalogue of forty products."""

    def open_page(**parameters: str) -> AppTest:
        app = start(catalogue="shop", **parameters)
        return app.switch_page("pages/ask.py").run()

    shop.build(products)
    return open_page


@pytest.fixture
def served(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Play], OpenAIServer]]:
    """Return what makes a server on loopback the provider, which answers as it is told."""
    with serving(OpenAIServer()) as server:

        def begin(play: Play) -> OpenAIServer:
            server.plays[:] = [play]
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            monkeypatch.setenv("OPENAI_RETRIES", "0")
            load_settings.cache_clear()
            return server

        yield begin


def put(app: AppTest, question: str) -> AppTest:
    """Ask a question and draw the page once."""
    return app.chat_input(key=ask.BOX).set_value(question).run()


def answered(app: AppTest) -> AppTest:
    """Draw the page until the answer is whole, as the browser does."""
    end = time.monotonic() + DEADLINE_S
    while not any(expander.label == "How this was made" for expander in app.expander):
        assert time.monotonic() < end
        assert not app.exception
        app.run()
    return app


def links(app: AppTest) -> set[str]:
    """Return the anchors that the page's texts link to."""
    return {target for m in app.markdown for target in re.findall(r"\]\(#([^)]+)\)", str(m.value))}


def test_without_a_catalogue_the_page_says_how_to_begin(start: Start) -> None:
    app = start().switch_page("pages/ask.py").run()
    assert not app.exception
    assert "No catalogue yet" in app.info[0].value
    assert not app.chat_input


def test_an_empty_page_offers_questions_of_its_catalogue(opened: Start) -> None:
    app = opened()
    assert not app.exception
    assert "No language model is set up" in texts(app)
    example = app.button(key="ask_example_0")
    assert "chair" in example.label or "lamp" in example.label
    answered(example.click().run())
    assert not app.exception
    assert app.query_params["question"] == "What is the cheapest product in chair?"


def test_an_answer_cites_products_whose_cards_it_leads_to(shop: Shop, opened: Start) -> None:
    app = answered(put(opened(), "What is the cheapest wooden lamp?"))
    assert not app.exception
    anchors = {str(heading.anchor) for heading in app.subheader}
    assert links(app)
    assert links(app) <= anchors
    assert "On this machine" in texts(app)
    assert "The catalogue's facts" in texts(app)
    assert "of the claims cite a product" in texts(app)
    assert app.query_params["question"] == "What is the cheapest wooden lamp?"
    engines.query_log().flush()
    assert query_log.summary(shop.settings.data_dir, "shop").searches == 1


def test_a_follow_up_is_completed_in_sight_and_can_be_asked_as_it_stands(opened: Start) -> None:
    app = answered(put(opened(), "wooden lamp under 60?"))
    answered(put(app, "under 30?"))
    assert not app.exception
    assert "Searched for:" in texts(app)
    assert "– from “under 30?”" in texts(app)
    assert [box.label for box in app.expander if "wooden" in box.label]  # the first one, folded
    assert app.query_params["question"] != "under 30?"  # what is shared can be understood
    app.button(key="as_it_stands_2").click().run()
    answered(app)
    assert "Searched for:" not in texts(app)


def test_a_question_that_nothing_answers_is_refused_with_what_is_near(opened: Start) -> None:
    app = answered(put(opened(), "is there a lamp under 1 dollar?"))
    assert not app.exception
    assert "Not in this catalogue" in texts(app)
    assert "I can't find that in this catalogue" in texts(app)
    assert "Nearest products" in texts(app)
    assert not [button for button in app.button if str(button.key).startswith("follow_up")]


def test_a_page_that_is_loaded_again_has_its_conversation(opened: Start, start: Start) -> None:
    app = answered(put(opened(), "cheapest wooden lamp?"))
    answered(put(app, "which chair is rated best?"))
    again = start(**app.query_params).switch_page("pages/ask.py").run()
    assert not again.exception
    assert links(again) == links(app)
    assert [box.label for box in again.expander][:1] == [box.label for box in app.expander][:1]


def test_an_older_answer_is_drawn_when_it_is_opened(opened: Start) -> None:
    app = answered(put(opened(), "cheapest wooden lamp?"))
    answered(put(app, "which chair is rated best?"))
    assert not [target for target in links(app) if target.startswith("cite-1-")]
    app.session_state["turn_1"] = True
    app.run()
    assert not app.exception
    assert [target for target in links(app) if target.startswith("cite-1-")]
    assert links(app) <= {str(heading.anchor) for heading in app.subheader}


def test_a_new_conversation_begins_empty(opened: Start) -> None:
    app = answered(put(opened(), "cheapest wooden lamp?"))
    app.button(key="ask_anew").click().run()
    assert not app.exception
    assert app.button(key="ask_example_0")
    assert "question" not in app.query_params
    assert "talk" not in app.query_params


def test_a_damaged_index_is_named(shop: Shop, opened: Start) -> None:
    build = compose.catalogues(shop.settings)[0].build
    for file in (shop.settings.index_dir / "shop" / build).rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            Path(file).write_bytes(b"damaged")
    app = opened()
    assert not app.exception
    assert "cannot be searched" in app.error[0].value
    assert not app.chat_input


def test_a_model_writes_with_the_summary_in_its_place_until_then(
    opened: Start, served: Callable[[Play], OpenAIServer]
) -> None:
    server = served(Behaviour.says("The best lamp ", "is here [1]", ".", every_s=0.4))
    app = put(opened(), "which wooden lamp is best?")
    assert not app.exception
    assert app.button(key="stop_1").label == "Stop"
    answered(app)
    assert "The best lamp is here [[1]]" in texts(app)
    assert "120 tokens read, 30 written" in texts(app)
    assert "On this machine" in texts(app)  # a server on this very machine
    assert "which wooden lamp is best?" in server.requests[0]["messages"][-1]["content"]
    assert any("PRODUCTS" in block.value for block in app.code)  # the exact prompt


def test_a_stopped_answer_keeps_what_was_said(opened: Start, served: Callable[[Play], OpenAIServer]) -> None:
    server = served(Behaviour.drips("more of it ", every_s=0.05))
    app = put(opened(), "which wooden lamp is best?")
    end = time.monotonic() + DEADLINE_S
    while "more of it" not in texts(app):
        assert time.monotonic() < end
        app.run()
    app.button(key="stop_1").click().run()
    answered(app)
    assert "stopped before its end" in texts(app)
    assert "more of it" in texts(app)
    assert server.left.wait(DEADLINE_S)


def test_an_answer_that_is_stopped_before_its_first_word_leaves_the_facts(
    opened: Start, served: Callable[[Play], OpenAIServer]
) -> None:
    served(Behaviour.hangs())
    app = put(opened(), "which wooden lamp is best?")
    end = time.monotonic() + DEADLINE_S
    while "while a model reads" not in texts(app):
        assert time.monotonic() < end
        app.run()
    app.button(key="stop_1").click().run()
    answered(app)
    assert "stopped before its end" in texts(app)
    assert "had not said anything yet" in texts(app)
    assert "[[1]]" in texts(app)


def test_only_what_the_products_can_answer_is_offered_next() -> None:
    lamp = Product("a", "Lamp")
    priced, rated = replace(lamp, price=5.0), replace(lamp, rating=4.0)

    def offered(*products: Product, aim: Aim = "find") -> list[str]:
        cards = tuple(Card(n, product) for n, product in enumerate(products, start=1))
        return ask.follow_ups(Evidence(Question("lamps?", "lamps", aim), cards))

    assert offered(lamp, lamp) == [ask.COMPARE]
    assert offered(priced, lamp) == [ask.CHEAPER, ask.COMPARE]
    assert offered(lamp, rated) == [ask.BETTER, ask.COMPARE]
    assert offered(priced, rated, aim="compare") == [ask.CHEAPER, ask.BETTER]
    assert offered(priced) == []


def test_who_leaves_the_page_stops_the_writing(opened: Start, served: Callable[[Play], OpenAIServer]) -> None:
    server = served(Behaviour.drips("more of it ", every_s=0.05))
    app = put(opened(), "which wooden lamp is best?")
    app.switch_page("pages/search.py").run()
    assert not app.exception
    assert server.left.wait(DEADLINE_S)
    app.switch_page("pages/ask.py").run()
    answered(app)
    assert "stopped before its end" in texts(app)


def test_a_writer_that_fails_is_named_and_what_it_said_is_kept(
    opened: Start, served: Callable[[Play], OpenAIServer]
) -> None:
    served(Behaviour.cuts_after("The best lamp is [1]. ", "It has "))
    app = answered(put(opened(), "which wooden lamp is best?"))
    assert not app.exception
    assert any("**OpenAI or a compatible server**" in warning.value for warning in app.warning)
    assert any("**The catalogue's facts** answered instead" in warning.value for warning in app.warning)
    assert "said this before it broke off" in texts(app)
    assert texts(app).count("broke the connection") == 1  # the reason is given once
    assert "The best lamp is [[1]]" in texts(app)
    assert app.button(key="ask_again")


def test_a_link_makes_nothing_leave_this_machine(shop: Shop, opened: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-used")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://llm.invalid/v1")
    load_settings.cache_clear()
    app = answered(opened(question="cheapest wooden lamp?"))
    assert not app.exception
    assert "On this machine" in texts(app)
    assert "llm.invalid" in app.button(key="ask_again").label.replace(WORD_JOINER, "").replace("\\", "")
    assert not app.warning


def test_the_choice_names_what_is_there_and_what_is_not(opened: Start, served: Callable[[Play], OpenAIServer]) -> None:
    app = opened()
    assert app.radio(key=ask_choice.WANTED).options == ["Automatic", "The catalogue's facts"]
    assert "OpenAI or a compatible server** is not there" in texts(app)
    assert "Nothing leaves this machine" in texts(app)
    served(Behaviour.says("It is this [1]."))
    app.run()
    assert len(app.radio(key=ask_choice.WANTED).options) == 3
    app.radio(key=ask_choice.WANTED).set_value("extractive").run()
    answered(put(app, "cheapest wooden lamp?"))
    assert "It is this" not in texts(app)
    app.radio(key=ask_choice.WANTED).set_value("openai").run()
    app.button(key="ask_again").click().run()
    answered(app)
    assert "It is this [[1]]" in texts(app)


def test_a_search_that_leaves_this_machine_is_said_whoever_writes(
    shop: Shop, products: list[Product], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embeddings(EmbeddingsServer()) as server:
        monkeypatch.setenv("EMBEDDER", "openai:tiny")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("ANSWER_PROVIDER", "extractive")
        load_settings.cache_clear()
        source = shop.folder / "shop.jsonl"
        source.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in products[:5]), "utf-8")
        compose.build(source, "shop", load_settings())
        app = start(catalogue="shop").switch_page("pages/ask.py").run()
        assert "Searching sends" not in texts(app)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://vectors.invalid/v1")
    load_settings.cache_clear()
    app = app.run()
    assert not app.exception
    assert "Searching sends your question to **vectors.invalid**" in texts(app)
    assert "Nothing leaves this machine" not in texts(app)
    assert "keep them here" not in texts(app)


def test_no_text_of_catalogue_question_or_model_becomes_markup(
    shop: Shop, start: Start, served: Callable[[Play], OpenAIServer]
) -> None:
    evil = "lamp <script>alert(1)</script> ![i](https://e.example/i.png) :red[r] $a$ [l](javascript:alert(1)) www.e.ex"
    shop.build([Product("p1", evil, category=evil, brand=evil, description=evil, price=5.0), *sample_products(5)])
    served(Behaviour.says(f"{evil} [1] [x](https://e.example) <img src=x>", "\n\n| a |\n|--|\n| ", evil, " |"))
    app = start(catalogue="shop").switch_page("pages/ask.py").run()
    answered(put(app, f"which {evil} is best?"))
    assert not app.exception
    kinds = (app.subheader, app.markdown, app.caption, app.warning)
    for shown in [str(element.value) for kind in kinds for element in kind] + [box.label for box in app.expander]:
        bare = re.sub(r"\\.", "", shown)
        assert "<" not in bare
        assert "![" not in bare
        assert "$" not in bare
        assert {target[:6] for target in re.findall(r"\]\(([^)]*)\)", bare)} <= {"#cite-"}
    assert not app.get("image")
