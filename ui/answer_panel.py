"""An answer above the products of the search page, where the search is a question or somebody asks for one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from retrieval.errors import ProductSearchError
from retrieval.outcome import Ask
from ui import answer, answer_cards, engines, questions, routes, state
from ui.formats import milliseconds
from ui.safe_text import plain

ASKED_FOR = "answer_asked_for"
PREFIX = "cite-0"


def wanted(ask: Ask) -> bool:
    """Return whether a search is to be answered: on its first page, and read as it was typed."""
    if not ask.query or ask.page != 1:
        return False
    if st.session_state.get(ASKED_FOR) == ask.query:
        return True
    as_typed = ask.understand and not ask.dropped
    return bool(state.get(state.ANSWERS)) and as_typed and questions.is_question(ask.query)


def offer(ask: Ask) -> None:
    """Draw the button that has a search answered which is not put as a question."""
    st.button(
        "",
        key="answer_this",
        icon=":material/question_answer:",
        help="Answer this from the catalogue's facts",
        disabled=not ask.query or wanted(ask),
        on_click=_ask_for,
        args=(ask.query,),
    )


def _ask_for(query: str) -> None:
    st.session_state[ASKED_FOR] = query
    state.first_page()


def _switched() -> None:
    if not state.get(state.ANSWERS):
        st.session_state.pop(ASKED_FOR, None)


def place(ask: Ask) -> Any:
    """Draw the frame of the answer above the products, filled when they are there; None where none is wanted."""
    if not wanted(ask):
        return None
    frame = st.container(border=True, key="answer_panel", gap="small").empty()
    frame.markdown(":shimmer[Answering …]")
    return frame


def fill(frame: Any, name: str, ask: Ask) -> bool:
    """Answer a search in its frame, from the facts alone: quick, and nothing leaves this machine for it.

    Returns whether there was an answer.
    """
    answer_cards.style()
    with frame.container(gap="small"):
        try:
            made = engines.answerer(name).answer(ask.query, wanted="extractive", mode=ask.mode, filters=ask.filters)
        except ProductSearchError as error:
            st.caption(plain(str(error)))
            return False
        if made.refused:
            st.markdown(":material/search_off: **Not in this catalogue**")
        answer.text(made.evidence, made.checked, PREFIX)
        answer.switches(made.degraded)
        answer_cards.sources(made.evidence, made.checked, PREFIX)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            spent = milliseconds(made.timings_ms.get("total", 0.0))
            st.caption(f"From the catalogue's facts, checked · {spent}", width="content")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                st.toggle(
                    "Answer questions",
                    key=state.ANSWERS,
                    help="Off, a question is answered here only when you ask for it.",
                    on_change=_switched,
                    persist_state="session",
                )
                routes.ask_link(ask.query, "Ask more")
        return not made.refused
