"""The search page below its box, drawn so that nothing moves: first what needs no search, then the hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from retrieval.engine import SearchEngine
from retrieval.errors import QueryError
from retrieval.outcome import Ask
from retrieval.records import SearchResult
from ui import answer_panel, asked, cards, filters, notices, recents, results, state, understood


def draw(name: str, engine: SearchEngine, ask: Ask, labels: Mapping[str, str]) -> None:
    """Draw filters, total and order, then the hits as soon as there are some; last what is filled in from them."""
    form = filters.frame()
    total = results.head(name, engine, ask)
    pictures = bool(state.get(state.PICTURES))
    said = st.container(key="understood")
    answered = answer_panel.place(ask)
    missing = st.container(key="missing")
    place = st.container(key="results")
    slots: list[Any] = []

    def preview(result: SearchResult) -> None:
        total.markdown(results.preview_line(result))
        # What was understood is the same whatever ranks: drawn once, for its buttons must not come twice.
        with said:
            understood.draw(result)
        # Only what is drawn twice in one run needs a slot: an empty one would take the last hits off the page.
        slots.append(place.empty())
        with slots[0].container(key="preview"):
            for hit in result.hits:
                cards.draw(name, hit, pictures, final=False)

    answer = results.search(engine, name, ask, preview)
    if isinstance(answer, QueryError):
        total.empty()
        filters.fill(form, {})  # what was asked for makes no sense, and here it is corrected
    if not isinstance(answer, SearchResult):
        return
    nearest = results.no_good_match(answer)
    # "No good match" below an answer would gainsay it: here the answer comes first.
    covered = nearest and answered is not None and answer_panel.fill(answered, name, ask)
    total.markdown(results.total_line(answer, labels, answered=covered))
    if not slots:
        with said:
            understood.draw(answer)
    with missing:
        notices.degraded(answer.degraded)
    with (slots[0] if slots else place).container():
        if covered:
            st.caption("Nearest to the words of your question; the answer above looked at the whole catalogue.")
        elif nearest:
            notices.no_good_match(answer, filtered=bool(filters.active()))
        for hit in answer.hits:
            cards.draw(name, hit, pictures, nearest=nearest and not covered)
        if answer.total == 0:
            notices.nothing_found(answer, filtered=bool(filters.active()))
    results.paging(answer)
    results.timings(answer)
    filters.fill(form, answer.facets)
    if answered is not None and not nearest:
        answer_panel.fill(answered, name, ask)
    recents.remember(name, ask.query)
    asked.keep(name, ask, answer)
