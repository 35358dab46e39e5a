"""What was understood: chips that are changed and taken back, corrections, and the plain search without any of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.query.records import Beside, Correction, Part
from retrieval.records import SearchResult
from tests.hostile import TEXTS
from tests.ui.conftest import TIMEOUT
from ui import state
from ui.safe_text import WORD_JOINER, plain

Draw = Callable[..., AppTest]
TEXT = "elctric ketle under 2000 rated 4.5 or better without lid red"


def at(words: str) -> tuple[int, int, str]:
    """Return where words stand in the query, and the words."""
    return TEXT.index(words), TEXT.index(words) + len(words), words


PARTS = (
    Part("price", *at("under 2000"), high=2000.0, exact=True),
    Part("rating", *at("rated 4.5 or better"), low=4.5, exact=True),
    Part("negation", *at("without lid"), values=("lid",)),
    Part("color", *at("red"), values=("red",)),
)
SPELLING = (
    Correction(*at("elctric"), "electric", "spelling"),
    Correction(*at("ketle"), "kettle", "spelling"),
)
SYNONYMS = (Beside("red", ("crimson", "scarlet")), Beside("kettle", ("water kettle",)))
KEYS = [
    "price:-2000",
    "rating:4.5-",
    "negation:lid",
    "color:red",
    "spelling:elctric",
    "spelling:ketle",
    "synonym:red",
    "synonym:kettle",
]


def result(
    parts: tuple[Part, ...] = (),
    corrections: tuple[Correction, ...] = (),
    synonyms: tuple[Beside, ...] = (),
    text: str = TEXT,
    total: int = 0,
) -> SearchResult:
    """Return a result of a query of which this was understood."""
    understood = {
        "text": text,
        "rest": text,
        "parts": [part.to_dict() for part in parts],
        "corrections": [correction.to_dict() for correction in corrections],
        "synonyms": [synonym.to_dict() for synonym in synonyms],
        "intent": "keyword",
        "named": [],
        "dropped": [],
        "no_good_match": False,
    }
    return SearchResult(text, "bm25", "bm25", (), total, {}, {}, (), understood=understood)


ALL = result(PARTS, SPELLING, SYNONYMS)


def _page() -> None:
    import streamlit

    from ui import notices, state, understood

    for key, default in state.DEFAULTS.items():
        streamlit.session_state.setdefault(key, list(default) if isinstance(default, list) else default)
    streamlit.text_input("Search products", key=state.QUERY, on_change=state.query_changed)
    shown = streamlit.session_state["result"]
    understood.draw(shown)
    if streamlit.session_state.get("empty"):
        notices.nothing_found(shown, filtered=False)


@pytest.fixture
def draw() -> Draw:
    """Return what draws a result on a page of its own, with values of the session given."""

    def drawn(shown: SearchResult, **values: Any) -> AppTest:
        app = AppTest.from_function(_page, default_timeout=TIMEOUT)
        app.session_state["result"] = shown
        app.session_state[state.QUERY] = shown.query
        app.session_state[state.PAGE] = 3
        for key, value in values.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        return app

    return drawn


def popovers(app: AppTest) -> list[str]:
    """Return the labels of the chips."""
    return [block.proto.popover.label for block in app.get("popover")]


def bare(label: str) -> str:
    """Return a label as it is read."""
    return label.replace("\\", "").replace(WORD_JOINER, "")


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of this label."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def take_back(app: AppTest, chip: str) -> AppTest:
    """Press the cross of a chip."""
    next(button for button in app.button if bare(button.help) == f"Take back: {chip}").click().run()
    assert not app.exception
    return app


def asked(app: AppTest) -> tuple[str, bool, list[str], int]:
    """Return what the session asks for: query, whether plainly, what was taken back, page."""
    return tuple(app.session_state[key] for key in (state.QUERY, state.PLAIN, state.DROPPED, state.PAGE))


def test_everything_that_was_understood_has_a_chip(draw: Draw) -> None:
    assert [bare(label) for label in popovers(draw(ALL))] == [
        "Spelling: electric",
        "Spelling: kettle",
        "Under 2,000",
        "Rated 4.5 or better",
        "Without lid",
        "Colour: red",
        "Also: crimson, water kettle, scarlet",
    ]


def test_nothing_is_drawn_where_nothing_was_understood(draw: Draw) -> None:
    for shown in (result(), SearchResult("lamp", "bm25", "bm25", (), 0, {}, {}, ())):
        app = draw(shown)
        assert not app.button
        assert not popovers(app)
        assert not app.markdown


def test_a_chip_is_taken_back_by_its_key_and_the_search_begins_on_its_first_page(draw: Draw) -> None:
    app = take_back(draw(ALL), "Under 2,000")
    assert asked(app) == (TEXT, False, ["price:-2000"], 1)
    app = take_back(app, "Colour: red")
    assert asked(app) == (TEXT, False, ["price:-2000", "color:red"], 1)


def test_taking_back_the_last_one_searches_plainly(draw: Draw) -> None:
    app = take_back(draw(result(PARTS[:1]), dropped=KEYS[1:]), "Under 2,000")
    assert asked(app) == (TEXT, True, [], 1)
    assert not popovers(app)
    assert "words as you typed them" in app.markdown[0].value
    app = press(app, "Understand the query again")
    assert asked(app) == (TEXT, False, [], 1)


def test_what_was_taken_back_can_be_understood_again(draw: Draw) -> None:
    app = press(draw(result(PARTS[1:]), dropped=["price:-2000"]), "Understand the query again")
    assert asked(app) == (TEXT, False, [], 1)


def test_a_new_query_is_understood_afresh(draw: Draw) -> None:
    app = draw(result(PARTS[1:]), dropped=["price:-2000"])
    app.text_input(key=state.QUERY).set_value("lamp").run()
    assert asked(app) == ("lamp", False, [], 1)
    app = draw(result(), plain=True)
    app.text_input(key=state.QUERY).set_value("lamp").run()
    assert asked(app) == ("lamp", False, [], 1)


@pytest.mark.parametrize(
    ("label", "value", "wanted"),
    [
        ("Price to", 1500.0, "under 1500"),
        ("Price from", 500.0, "between 500 and 2000"),
        ("Price to", None, ""),
    ],
)
def test_a_price_is_changed_in_the_query(draw: Draw, label: str, value: float | None, wanted: str) -> None:
    app = draw(result(PARTS[:1]), dropped=["color:red"])
    next(field for field in app.number_input if field.label == label).set_value(value)
    press(app, "Search")
    assert asked(app) == (" ".join(TEXT.replace("under 2000", wanted).split()), False, ["color:red"], 1)


def test_a_rating_is_changed_in_the_query(draw: Draw) -> None:
    app = draw(result(PARTS[1:2]))
    next(field for field in app.number_input if field.label == "Rated at least").set_value(4.1)
    press(app, "Search")
    assert app.session_state[state.QUERY] == TEXT.replace("4.5", "4.1")


@pytest.mark.parametrize(
    ("shown", "words", "wanted"),
    [
        (result(PARTS[2:3]), "without handle", TEXT.replace("without lid", "without handle")),
        (result(PARTS[3:]), "", TEXT.removesuffix(" red")),
    ],
)
def test_other_parts_are_changed_as_words(draw: Draw, shown: SearchResult, words: str, wanted: str) -> None:
    app = draw(shown)
    next(field for field in app.text_input if field.label == "In your query").set_value(words)
    press(app, "Search")
    assert app.session_state[state.QUERY] == wanted


def test_the_fields_of_a_chip_begin_anew_when_it_says_something_else(draw: Draw) -> None:
    app = draw(result(PARTS[:1]))
    next(field for field in app.number_input if field.label == "Price to").set_value(1500.0).run()
    text = TEXT.replace("2000", "900")
    start = text.index("under 900")
    app.session_state["result"] = result(
        (Part("price", start, start + 9, "under 900", high=900.0, exact=True),), text=text
    )
    app.run()
    assert [field.value for field in app.number_input] == [None, 900.0]


def test_corrections_are_told_and_taken_back_together(draw: Draw) -> None:
    app = draw(result(PARTS, SPELLING))
    (line,) = [m.value for m in app.markdown if m.value.startswith("Showing results for")]
    assert line.startswith("Showing results for **electric** **kettle**")
    app = press(app, f"Search instead for :blue[{plain(TEXT)}]")
    assert asked(app) == (TEXT, False, ["spelling:elctric", "spelling:ketle"], 1)
    app.session_state["result"] = result(PARTS)
    app.run()
    press(app, next(button.label for button in app.button if button.label.startswith("Did you mean")))
    assert asked(app) == (TEXT, False, [], 1)


def test_a_correction_that_was_all_is_offered_again_beside_the_plain_search(draw: Draw) -> None:
    app = draw(result((), SPELLING[1:]), dropped=["color:red"])
    app = press(app, f"Search instead for :blue[{plain(TEXT)}]")
    assert asked(app) == (TEXT, True, [], 1)
    app = press(app, next(button.label for button in app.button if button.label.startswith("Did you mean")))
    assert asked(app) == (TEXT, False, ["color:red"], 1)


def test_a_correction_of_another_query_is_not_offered(draw: Draw) -> None:
    app = draw(result((), SPELLING[1:]))
    app.session_state["result"] = result(text="lamp")
    app.session_state[state.PLAIN] = True
    app.run()
    assert not [button for button in app.button if button.label.startswith("Did you mean")]


def test_one_correction_of_two_can_be_taken_back(draw: Draw) -> None:
    app = take_back(draw(result((), SPELLING)), "Spelling: kettle")
    assert asked(app) == (TEXT, False, ["spelling:ketle"], 1)


def test_synonyms_are_taken_back_together_or_of_one_term(draw: Draw) -> None:
    app = take_back(draw(ALL), "Also: crimson, water kettle, scarlet")
    assert asked(app) == (TEXT, False, ["synonym:red", "synonym:kettle"], 1)
    app = press(draw(ALL), "**red**: crimson\\, scarlet")
    assert asked(app) == (TEXT, False, ["synonym:red"], 1)


def test_a_bound_that_leaves_nothing_is_offered_to_be_taken_back_by_name(draw: Draw) -> None:
    app = draw(result(PARTS), empty=True)
    offers = [button.label for button in app.button if button.label.startswith("Take back")]
    assert offers == [f"Take back “{plain(name)}”" for name in ("Under 2,000", "Rated 4.5 or better")]
    assert asked(press(app, offers[0])) == (TEXT, False, ["price:-2000"], 1)
    assert not [button for button in draw(result(PARTS[3:]), empty=True).button if "Take back" in button.label]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_a_query_becomes_markup(draw: Draw, text: str) -> None:
    query = " ".join(text.split())
    whole = (0, len(query), query)
    shown = result(
        (Part("brand", *whole, values=(query,)), Part("negation", *whole, values=(query,))),
        (Correction(*whole, query, "spelling"), Correction(*whole, f"{query}x", "spelling")),
        (Beside(query, (query,)),),
        query,
    )
    app = draw(shown, dropped=["color:red"])
    labels = [*popovers(app), *(button.label for button in app.button), *(m.value for m in app.markdown)]
    for label in labels:
        ours = label.replace("**", "").replace(":blue[", "")
        assert "<script" not in ours.replace("\\<", "")
        assert "](" not in ours.replace("\\]", "")
        assert ":red[" not in ours
        assert "$x" not in ours.replace("\\$", "")
