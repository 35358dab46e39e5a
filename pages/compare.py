"""The compare page: one query, two to four rankings side by side."""

from __future__ import annotations

import streamlit as st

from ui import comparison, notices, routes, sidebar, state

routes.require()

st.header("Compare", anchor=False)
name = state.get(state.CATALOGUE)
if name is None:
    notices.no_catalogue()
else:
    st.text_input(
        "Search products",
        key=state.QUERY,
        type="search",
        max_chars=state.MAX_QUERY,
        placeholder="A query to compare the rankings on",
        label_visibility="collapsed",
        on_change=state.query_changed,
        persist_state="session",
    )
    modes = comparison.choose(sidebar.MODE_LABELS)
    notices.still_embedding(name)
    if not state.ask().query:
        comparison.no_query()
    elif len(modes) < 2:
        comparison.too_few()
    else:
        compared = comparison.run(name, modes, state.ask())
        if compared:
            comparison.draw(compared, sidebar.MODE_LABELS)
