"""Asking the engine, and what stands around the hits: total, order, pages, times."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from retrieval.errors import IndexStoreError, QueryError
from retrieval.records import SearchResult
from ui import engines, filters, notices, state
from ui.formats import count, milliseconds
from ui.safe_text import plain
from ui.state import Ask

SORT_LABELS = {
    "relevance": "Relevance",
    "price_asc": "Price, low first",
    "price_desc": "Price, high first",
    "rating": "Rating",
    "sales": "Most sold",
}


def search(name: str, ask: Ask) -> SearchResult | None:
    """Return the engine's answer; where there is none, say why and what to do, and return None."""
    try:
        result = _search(name, ask, ask.page)
        if ask.page > result.pages:
            st.session_state[state.PAGE] = result.pages
            result = _search(name, ask, result.pages)
    except IndexStoreError as error:
        notices.unusable(name, error)
        return None
    except QueryError as error:
        st.error(plain(str(error)), icon=":material/error:")
        filters.draw({})  # what was asked for makes no sense, and here it is corrected
        return None
    return result


def _search(name: str, ask: Ask, page: int) -> SearchResult:
    return engines.engine(name).search(
        ask.query,
        mode=ask.mode,
        top_k=ask.top_k,
        page=page,
        filters=ask.filters,
        sort=ask.sort,
        fusion=ask.fusion,
        alpha=ask.alpha,
        collapse=ask.collapse,
    )


def total_line(result: SearchResult, labels: Mapping[str, str]) -> str:
    """Return how many products there are, found how and in what time."""
    about = "about " if result.estimated else ""
    number = f"**{about}{count(result.total, 'product')}**"
    stages = sum(value for stage, value in result.timings_ms.items() if stage != "total")
    spent = milliseconds(result.timings_ms.get("total", stages))
    if not result.query:
        return f"{number} :gray[in the catalogue · {spent}]"
    cached = " · from cache" if result.from_cache else ""
    return f"{number} :gray[· {labels[result.mode_used]} · {spent}{cached}]"


def summary(result: SearchResult, labels: Mapping[str, str]) -> None:
    """Draw the total, the order and the switches of the list."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(total_line(result, labels), width="content")
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.toggle(
                "Pictures",
                key=state.PICTURES,
                help="Loads pictures from the addresses that stand in the catalogue. Off, no other host is contacted.",
                persist_state="session",
            )
            st.toggle(
                "Group identical",
                key=state.COLLAPSE,
                help="Shows listings of the same title and brand once, with their number.",
                on_change=state.first_page,
                persist_state="session",
            )
            st.selectbox(
                "Sort by",
                tuple(SORT_LABELS),
                key=state.SORT,
                format_func=lambda sort: SORT_LABELS[sort],
                label_visibility="collapsed",
                on_change=state.first_page,
                width=190,
                persist_state="session",
            )


def paging(result: SearchResult) -> None:
    """Draw the pages where there are more than one."""
    if result.pages < 2:
        return
    with st.container(horizontal=True, horizontal_alignment="center"):
        # A widget for each page: one that lived on would have to be told its value, which Streamlit warns about.
        key = f"paging_{result.pages}_{result.page}"
        st.pagination(
            result.pages,
            default=result.page,
            key=key,
            max_visible_pages=7,
            on_change=state.turn_page,
            args=(key,),
        )


def timings(result: SearchResult) -> None:
    """Draw how long each stage took."""
    stages = [f"{plain(stage.replace('_', ' '))} {milliseconds(value)}" for stage, value in result.timings_ms.items()]
    if stages:
        st.caption(":material/timer: " + " · ".join(stages), text_alignment="center")
