"""Products like one product: looked for when they are asked for, after everything else is on the page."""

from __future__ import annotations

import hashlib

import streamlit as st

from retrieval.errors import IndexStoreError, QueryError
from retrieval.records import Hit
from ui import engines, formats, routes
from ui.safe_text import plain

NUMBER = 6
TITLE_LENGTH = 100


def widget_key(kind: str, product_id: str) -> str:
    """Return a widget key of a product that holds nothing of what its id may hold."""
    return f"{kind}_{hashlib.sha256(product_id.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def expander(name: str, product_id: str) -> None:
    """Draw a closed section that looks for similar products when it is opened, without redrawing the page."""
    st.fragment(_expander)(name, product_id)


def _expander(name: str, product_id: str) -> None:
    with st.expander(
        "Similar products", type="compact", key=widget_key("similar", product_id), on_change="rerun"
    ) as box:
        if box.open:
            listed(name, product_id)


def line(hit: Hit) -> str:
    """Return title and price of a similar product as safe Markdown."""
    title = plain(hit.product.title, TITLE_LENGTH) or plain(hit.product_id)
    price = formats.price(hit.product)
    return title + (f" :gray[· {plain(price)}]" if price else "")


def listed(name: str, product_id: str) -> None:
    """Draw the similar products, each leading to its own page."""
    try:
        found = engines.engine(name).similar(product_id, NUMBER)
    except (IndexStoreError, QueryError) as error:
        st.caption(plain(str(error)))
        return
    if not found.hits:
        st.caption("Nothing like it in this catalogue.")
    with st.container(gap="xxsmall"):
        for hit in found.hits:
            routes.product_link(name, hit.product_id, line(hit))
    if found.degraded:
        st.caption(f"By {plain(found.mode_used)} alone: {plain(found.degraded[0].why)}")
