"""The search page: a box, filters, and the ranked products."""

from __future__ import annotations

import streamlit as st

from ui import cards, filters, notices, results, routes, sidebar, state

routes.require()

st.header("Search", anchor=False)
name = state.get(state.CATALOGUE)
if name is None:
    notices.no_catalogue()
else:
    st.text_input(
        "Search products",
        key=state.QUERY,
        type="search",
        max_chars=state.MAX_QUERY,
        placeholder="What are you looking for?",
        label_visibility="collapsed",
        on_change=state.first_page,
        persist_state="session",
    )
    notices.still_embedding(name)
    answer = results.search(name, state.ask())
    if answer is not None:
        filters.draw(answer.facets)
        notices.degraded(answer.degraded)
        results.summary(answer, sidebar.MODE_LABELS)
        for hit in answer.hits:
            cards.draw(hit, pictures=bool(state.get(state.PICTURES)))
        if answer.total == 0:
            notices.nothing_found(answer, filtered=bool(filters.active()))
        results.paging(answer)
        results.timings(answer)
