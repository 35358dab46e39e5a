"""Asking the engine, and what stands around the hits: total, order, pages, times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import streamlit as st

from retrieval.engine import SearchEngine
from retrieval.errors import IndexStoreError, QueryError
from retrieval.outcome import Ask
from retrieval.records import SearchResult
from ui import downloads, engines, notices, state
from ui.formats import count, milliseconds
from ui.safe_text import plain

PATIENCE_S = 0.25
"""A ranking that takes longer is preceded by what the keyword index finds."""
WORKERS = 8
TOP = "search"
"""The anchor of the page's title."""
SORT_LABELS = {
    "relevance": "Relevance",
    "price_asc": "Price, low first",
    "price_desc": "Price, high first",
    "rating": "Rating",
    "sales": "Most sold",
}


@st.cache_resource(show_spinner=False)
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="search")


def open_engine(name: str) -> SearchEngine | None:
    """Return a catalogue's engine; where it cannot be served, say why and what to do, and return None."""
    try:
        return engines.engine(name)
    except IndexStoreError as error:
        notices.unusable(name, error)
        return None


def search(
    engine: SearchEngine, name: str, ask: Ask, preview: Callable[[SearchResult], None]
) -> SearchResult | QueryError | None:
    """Return the engine's answer, or None after saying why there is none; `preview` gets keyword results if it is slow.

    A search that makes no sense is said and returned as its error: the page then shows where to correct it.
    """
    try:
        result = _patiently(engine, ask, preview)
        if ask.page > result.pages:
            st.session_state[state.PAGE] = result.pages
            result = engine.answer(replace(ask, page=result.pages))
    except IndexStoreError as error:
        notices.unusable(name, error)
        return None
    except QueryError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return error
    return result


def _patiently(engine: SearchEngine, ask: Ask, preview: Callable[[SearchResult], None]) -> SearchResult:
    if not ask.query or (ask.mode or engine.default_mode()) == "bm25":
        return engine.answer(ask)
    wanted = _workers().submit(engine.answer, ask)
    if not wait([wanted], PATIENCE_S).done:
        preview(engine.answer(replace(ask, mode="bm25")))
    return wanted.result()


def total_line(result: SearchResult, labels: Mapping[str, str], *, answered: bool = False) -> str:
    """Return how many products there are, found how and in what time.

    Of a question that was `answered` it is not said that nothing matches it well.
    """
    about = "about " if result.estimated else ""
    number = f"**{about}{count(result.total, 'product')}**"
    stages = sum(value for stage, value in result.timings_ms.items() if stage != "total")
    spent = milliseconds(result.timings_ms.get("total", stages))
    if no_good_match(result) and not answered:
        return f"**No good match** :gray[· {result.total:,} nearest · {labels[result.mode_used]} · {spent}]"
    if not result.query:
        grouped = ", identical ones grouped" if result.collapsed else ""
        return f"{number} :gray[in the catalogue{grouped} · {spent}]"
    near = "nearest · " if no_good_match(result) else ""
    return f"{number} :gray[· {near}{labels[result.mode_used]} · {spent}]"


def no_good_match(result: SearchResult) -> bool:
    """Return whether the hits are only the nearest there is, none of them what the query asks for."""
    return bool(result.understood.get("no_good_match")) and result.total > 0


def preview_line(result: SearchResult) -> str:
    """Return what stands in the place of the total while the better ranking is being made."""
    return f":shimmer[{count(result.total, 'product')} by keyword, ranking …]"


def head(name: str, engine: SearchEngine, ask: Ask) -> Any:
    """Draw the row above the hits and return the place of the total, which is not known yet."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
        key="results_head",
    ):
        place = st.container(key="total", width="content").empty()
        place.markdown(":gray[Searching …]")
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
                width=170,
                persist_state="session",
            )
            downloads.draw(name, engine, ask)
    return place


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
    st.markdown(f"[Back to the top](#{TOP})", text_alignment="center")


def timings(result: SearchResult) -> None:
    """Draw how long each stage took."""
    stages = [f"{plain(stage.replace('_', ' '))} {milliseconds(value)}" for stage, value in result.timings_ms.items()]
    if result.from_cache:
        stages.append("stages as they once ran, kept since")
    if stages:
        st.caption(":material/timer: " + " · ".join(stages), text_alignment="center")
