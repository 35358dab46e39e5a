"""Product search in the browser: `streamlit run new_rag.py`. Routes to the pages, draws what they share."""

from __future__ import annotations

import streamlit as st

from ui import sidebar, state

st.set_page_config(page_title="Product search", page_icon=":material/search:", layout="wide")
page = st.navigation(
    [
        st.Page("pages/search.py", title="Search", icon=":material/search:", default=True),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
    ]
)
state.begin()
sidebar.draw()
page.run()
state.publish()
