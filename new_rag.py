"""Product search in the browser: `streamlit run new_rag.py`. Routes to the pages, draws what they share."""

from __future__ import annotations

import streamlit as st

from ui import ask, routes, sidebar, state

st.set_page_config(page_title="Product search", page_icon="🔎", layout="wide")
page = routes.route()
state.begin(page.url_path)
ask.leave(page.url_path)
sidebar.draw()
page.run()
state.publish()
