"""What replacing a catalogue would change, before anything is changed."""

from __future__ import annotations

import streamlit as st

from retrieval.catalogue.diff import CatalogueDiff
from ui.formats import count

SHOWN = 500


def draw(changes: CatalogueDiff) -> None:
    """Draw the numbers, and the products behind them."""
    grid = st.grid(4, min_column_width=110, gap="small")
    numbers = (
        ("Added", len(changes.added)),
        ("Changed", len(changes.changed)),
        ("Removed", len(changes.removed)),
        ("Unchanged", changes.unchanged),
    )
    for label, number in numbers:
        grid.metric(label, f"{number:,}", border=True)
    rows = [("added", product, "") for product in changes.added]
    rows += [("changed", change.after, ", ".join(change.fields)) for change in changes.changed]
    rows += [("removed", product, "") for product in changes.removed]
    if not rows:
        st.caption("Every product stays as it is.")
        return
    # Of each kind some: a thousand new products must not hide the ten that go.
    share = max(SHOWN // 3, 1)
    kinds = ("removed", "changed", "added")
    shown = [row for kind in kinds for row in [r for r in rows if r[0] == kind][:share]]
    with st.expander(f"{count(len(rows), 'difference')}", expanded=len(rows) <= 20):
        st.dataframe(
            {
                "What": [what for what, _, _ in shown],
                "Product": [product.product_id for _, product, _ in shown],
                "Title": [product.title for _, product, _ in shown],
                "Fields": [names for _, _, names in shown],
            },
            hide_index=True,
            width="stretch",
        )
        if len(shown) < len(rows):
            st.caption(f"The first {share} of each kind, {len(shown):,} of {len(rows):,}.")
