"""The ask page: a question box, and answers with the products that they are made of."""

from __future__ import annotations

import streamlit as st

from ui import ask, notices, results, routes, state

routes.require()

st.header("Ask", anchor=False)
name = state.get(state.CATALOGUE)
if name is None:
    notices.no_catalogue()
else:
    notices.still_embedding(name)
    engine = results.open_engine(name)
    if engine is not None:
        ask.draw(name, engine)
