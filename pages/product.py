"""The product page: one product with everything that is known of it, at an address that can be shared."""

from __future__ import annotations

import streamlit as st

from ui import detail, results, routes, state

routes.require()

name = state.get(state.CATALOGUE)
product_id = st.query_params.get(state.PRODUCT, "")
routes.back_link()
engine = results.open_engine(name) if name is not None else None
if engine is not None:
    product = engine.get(product_id)
    if product is None:
        detail.not_there(product_id)
    else:
        detail.draw(name, engine, product, pictures=bool(state.get(state.PICTURES)))
elif name is None:
    detail.not_there("")
