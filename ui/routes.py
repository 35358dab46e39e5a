"""The app's pages, and the way to them."""

from __future__ import annotations

from typing import Any

import streamlit as st

ROUTED = "routed"


def pages() -> list[Any]:
    """Return the pages in the order of the menu; the first is the default one."""
    return [
        st.Page("pages/search.py", title="Search", icon=":material/search:", default=True),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
    ]


def route() -> Any:
    """Return the page that the visitor is on, to be run by the entry script."""
    page = st.navigation(pages())
    st.session_state[ROUTED] = True
    return page


def require() -> None:
    """Begin a page: make sure that it runs inside of the app, with its sidebar and state.

    Before any session has declared its pages, Streamlit takes every file of a folder named `pages` for a page that
    stands alone: a first visit straight to /compare would show it without the rest. Declaring the pages ends that.
    """
    if not st.session_state.pop(ROUTED, False):
        st.navigation(pages())
        st.rerun()
