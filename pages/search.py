"""The search page: a box, filters, and the ranked products."""

from __future__ import annotations

import streamlit as st

from ui import answer_panel, listing, notices, recents, results, routes, search_box, sidebar, state

routes.require()

st.header("Search", anchor=results.TOP)
name = state.get(state.CATALOGUE)
if name is None:
    notices.no_catalogue()
else:
    with st.container(horizontal=True, gap="xsmall", wrap=False, key="search_row"):
        st.text_input(
            "Search products",
            key=state.QUERY,
            type="search",
            max_chars=state.MAX_QUERY,
            placeholder="What are you looking for?",
            label_visibility="collapsed",
            on_change=state.query_changed,
            persist_state="session",
        )
        answer_panel.offer(state.ask())
        recents.draw(sidebar.catalogue_names(), name)
        search_box.suggest(name)
    notices.still_embedding(name)
    engine = results.open_engine(name)
    if engine is not None:
        listing.draw(name, engine, state.ask(), sidebar.MODE_LABELS)
