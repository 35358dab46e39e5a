"""What replacing a catalogue would change, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import streamlit as st

from retrieval.records import Product
from ui.formats import count

SHOWN = 500
COMPARED = tuple(field.name for field in fields(Product) if field.name != "line")
"""Where a product stands in its file is no change of the product."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Products only in the new file, in both but different (with the names of their fields), and only in the old."""

    added: tuple[Product, ...]
    changed: tuple[tuple[Product, tuple[str, ...]], ...]
    removed: tuple[Product, ...]
    same: int


def compare(old: Sequence[Product], new: Sequence[Product]) -> Changes:
    """Return what tells two readings of a catalogue apart, products matched by id, in the order of their files."""
    before = {product.product_id: product for product in old}
    after = {product.product_id for product in new}
    added, changed = [], []
    for product in new:
        known = before.get(product.product_id)
        if known is None:
            added.append(product)
            continue
        names = tuple(name for name in COMPARED if getattr(product, name) != getattr(known, name))
        if names:
            changed.append((product, names))
    removed = tuple(product for product in old if product.product_id not in after)
    return Changes(tuple(added), tuple(changed), removed, len(new) - len(added) - len(changed))


def draw(changes: Changes) -> None:
    """Draw the numbers, and the products behind them."""
    grid = st.grid(4, min_column_width=110, gap="small")
    numbers = (
        ("Added", len(changes.added)),
        ("Changed", len(changes.changed)),
        ("Removed", len(changes.removed)),
        ("Unchanged", changes.same),
    )
    for label, number in numbers:
        grid.metric(label, f"{number:,}", border=True)
    rows = [("added", product, "") for product in changes.added]
    rows += [("changed", product, ", ".join(names)) for product, names in changes.changed]
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
