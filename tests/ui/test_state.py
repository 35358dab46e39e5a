"""The address and the widgets say the same, and a hostile address does no harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import state

SEARCH: dict[str, Any] = {
    state.CATALOGUE: "shop",
    state.QUERY: "red chair & more",
    state.MODE: "hybrid",
    state.FUSION: "weighted",
    state.ALPHA: 0.35,
    state.TOP_K: 20,
    state.SORT: "price_asc",
    state.PAGE: 3,
    state.COLLAPSE: False,
    state.CATEGORIES: ["chair", "lamp"],
    state.MIN_PRICE: 12.5,
    state.MIN_RATING: 4.0,
    state.MIN_COUNT: 10,
    state.UNRATED: True,
    state.COLORS: ["red"],
    state.COMPARED: ["bm25", "rerank"],
    state.PLAIN: True,
    state.DROPPED: ["price:0-2000", "spelling:ketle", "synonym:সোফা"],
}


def test_a_search_survives_its_address() -> None:
    assert state.read_address(state.write_address(SEARCH)) == SEARCH


@given(st.floats(0, 1e12))
def test_a_bound_loses_no_digit_in_the_address(price: float) -> None:
    asked = {state.MIN_PRICE: price}
    assert state.read_address(state.write_address(asked)) == asked


def test_what_stands_at_its_default_is_not_in_the_address() -> None:
    assert state.write_address(state.DEFAULTS) == {}
    assert state.write_address({**state.DEFAULTS, state.QUERY: "lamp"}) == {"q": ["lamp"]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"mode": ["sql"]},
        {"fusion": [""]},
        {"alpha": ["2"]},
        {"alpha": ["nan"]},
        {"top_k": ["1000000"]},
        {"page": ["0"]},
        {"page": ["-3"]},
        {"page": ["²"]},
        {"min_price": ["inf"]},
        {"min_price": ["-1"]},
        {"min_price": ["1e999"]},
        {"min_rating": ["5.1"]},
        {"min_rating": ["-1"]},
        {"min_rating_count": ["many"]},
        {"unrated": ["yes"]},
        {"categories": ["", "  "]},
        {"compared": ["bm25"]},
        {"sort": ["price_asc; drop"]},
        {"unknown": ["x"]},
        {"pictures": ["1"]},  # a link must not switch foreign hosts on
        {"started": ["1"]},
        {"plain": ["yes"]},
        {"dropped": ["price", ":2000", "price: ", "Price:5", "spelling:" + "x" * 1000]},
    ],
)
def test_what_cannot_be_used_is_left_out(parameters: dict[str, list[str]]) -> None:
    assert state.read_address(parameters) == {}


@given(st.dictionaries(st.sampled_from([*state.DEFAULTS, "other"]), st.lists(st.text(), min_size=1, max_size=3)))
def test_any_address_gives_values_that_can_be_written_back(parameters: dict[str, list[str]]) -> None:
    values = state.read_address(parameters)
    assert set(values) <= set(state.DEFAULTS)
    again = state.read_address(state.write_address(values))
    assert again == {key: value for key, value in values.items() if value != state.DEFAULTS[key] and value is not None}


def test_a_long_query_is_cut() -> None:
    assert len(state.read_address({"q": ["x" * 10_000]})["q"]) == state.MAX_QUERY


def test_no_more_is_taken_back_than_a_query_can_say() -> None:
    keys = [f"color:{number}" for number in range(1000)]
    assert state.read_address({"dropped": [*keys, *keys]}) == {state.DROPPED: keys[: state.MOST_DROPPED]}


SHOWN = {"catalogue": ["shop"], "q": ["lamp"]}
BEFORE = {"catalogue": ["shop"], "q": ["kettle"]}


@pytest.mark.parametrize(
    ("published", "address", "wanted"),
    [
        (None, BEFORE, False),  # the first page of a session reads its address as it begins
        ((SHOWN, SHOWN), SHOWN, False),
        ((SHOWN, SHOWN), BEFORE, True),
        ((BEFORE, BEFORE), BEFORE, False),  # changed in the page; the address follows
        ((BEFORE, BEFORE), {"catalogue": ["shop"]}, False),
    ],
)
def test_an_address_goes_before_the_session_only_where_nothing_was_changed_in_the_page(
    monkeypatch: pytest.MonkeyPatch, published: Any, address: dict[str, list[str]], wanted: bool
) -> None:
    session = {state.CATALOGUE: "shop", state.QUERY: "lamp"}
    if published is not None:
        session[state.PUBLISHED] = published
    monkeypatch.setattr(state.st, "session_state", session)
    assert state.asks_for_another(address) is wanted


@pytest.mark.parametrize(
    ("published", "drawing", "wanted"),
    [
        ((BEFORE, BEFORE), False, True),  # entered, and lost on its way to the page
        ((SHOWN, SHOWN), False, False),
        ((BEFORE, BEFORE), True, False),  # the page is about to show it
        (None, True, False),
    ],
)
def test_a_page_is_overtaken_by_what_its_widgets_hold_once_it_is_drawn(
    monkeypatch: pytest.MonkeyPatch, published: Any, drawing: bool, wanted: bool
) -> None:
    session = {state.CATALOGUE: "shop", state.QUERY: "lamp", state.DRAWING: drawing}
    if published is not None:
        session[state.PUBLISHED] = published
    monkeypatch.setattr(state.st, "session_state", session)
    assert state.overtaken() is wanted


def test_a_question_and_its_conversation_stand_in_an_address() -> None:
    asked = {state.QUESTION: "which lamp is cheapest?", state.TALK: "aB3_-xyz01234567", state.ANSWERS: False}
    assert state.read_address(state.write_address(asked)) == asked


@pytest.mark.parametrize("token", ["", "short", "x" * 33, "has blank 123", "semi;colon12", "../../etc/passwd", "ü" * 9])
def test_what_is_no_token_names_no_conversation(token: str) -> None:
    assert state.TALK not in state.read_address({state.TALK: [token]})
