"""The app's pages, and the way to them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import state

ROUTED = "routed"
SEARCH = "pages/search.py"
ASK = "pages/ask.py"
PRODUCT = "pages/product.py"


def pages() -> list[Any]:
    """Return the pages in the order of the menu; the first is the default one."""
    return [
        st.Page(SEARCH, title="Search", icon=":material/search:", default=True),
        st.Page(ASK, title="Ask", icon=":material/question_answer:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
        st.Page("pages/evaluate.py", title="Evaluate", icon=":material/leaderboard:"),
        st.Page("pages/train.py", title="Train", icon=":material/school:"),
        st.Page("pages/catalogue.py", title="Catalogue", icon=":material/storefront:"),
        st.Page(PRODUCT, title="Product", icon=":material/inventory_2:", visibility="hidden"),
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


def product_link(name: str, product_id: str, label: str) -> None:
    """Draw a link to a product's page; `label` is safe Markdown."""
    st.page_link(PRODUCT, label=label, query_params={state.CATALOGUE: name, state.PRODUCT: product_id})


def ask_link(question: str, label: str) -> None:
    """Draw a link that asks a question on the page Ask; `label` is safe Markdown."""
    address = state.search_address() | {state.QUESTION: [question]}
    st.page_link(ASK, label=label, icon=":material/question_answer:", query_params=address)


def back_link() -> None:
    """Draw the way back to the search that the session was at."""
    st.page_link(
        SEARCH,
        label="Back to the results",
        icon=":material/arrow_back:",
        query_params=state.search_address(),
    )
