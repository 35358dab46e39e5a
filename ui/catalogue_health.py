"""How good a catalogue is: what its fields hold, how prices and ratings spread, and what looks wrong."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from retrieval.catalogue.health import KINDS, Distribution, Health, health
from retrieval.catalogue.suspicions import Finding
from retrieval.engine import SearchEngine
from ui.detail import LABELS
from ui.formats import amount, count
from ui.safe_text import plain

SHOWN = 500
SHOWN_IDS = 20
SHOWN_CATEGORIES = 100
SHOWN_CURRENCIES = 3


@st.cache_data(show_spinner="Looking the catalogue over …", max_entries=4)
def _health(name: str, build: str, _engine: SearchEngine) -> Health:
    """Return the health of a build, which never changes."""
    store = _engine.build.store
    return health(store.all_products(), store.problems())


def draw(name: str, engine: SearchEngine) -> None:
    """Draw the state of the build that serves."""
    found = _health(name, engine.build.manifest.build, engine)
    _findings(found)
    _coverage(found)
    grid = st.grid(2, min_column_width=300, gap="medium")
    for spread in found.prices[:SHOWN_CURRENCIES]:
        with grid.cell():
            _distribution(f"Prices in {spread.unit}" if spread.unit else "Prices without a currency", spread)
    if found.ratings is not None:
        with grid.cell():
            _distribution("Ratings", found.ratings)
    _categories(found)


def bands(spread: Distribution) -> list[tuple[str, int]]:
    """Return a label and a number for each bin of a distribution."""
    return [(f"{amount(b.low) if b.low >= 1 else f'{b.low:g}'} – {amount(b.high)}", b.count) for b in spread.bins]


def _distribution(title: str, spread: Distribution) -> None:
    st.subheader(plain(title, 40), anchor=False)
    st.caption(
        f"{count(spread.count, 'product')}, from {plain(amount(spread.lowest))} to {plain(amount(spread.highest))}, "
        f"half of them up to {plain(amount(spread.median))}."
    )
    rows = bands(spread)
    table = {"From – to": [label for label, _ in rows], "Products": [number for _, number in rows]}
    st.bar_chart(table, x="From – to", y="Products", sort=False, height=240)


def _coverage(found: Health) -> None:
    st.subheader("Fields", anchor=False)
    st.dataframe(
        {
            "Field": [LABELS.get(entry.field, entry.field.capitalize()) for entry in found.coverage],
            "Products": [entry.filled for entry in found.coverage],
            "Filled": [100 * entry.share for entry in found.coverage],
        },
        column_config={"Filled": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)},
        hide_index=True,
        width="stretch",
    )


def _categories(found: Health) -> None:
    st.subheader("Categories", anchor=False)
    shown = found.categories[:SHOWN_CATEGORIES]
    st.dataframe(
        {"Category": [name or "(none)" for name, _ in shown], "Products": [number for _, number in shown]},
        hide_index=True,
        width="stretch",
    )
    if len(shown) < len(found.categories):
        st.caption(f"The {SHOWN_CATEGORIES} largest of {len(found.categories):,}.")


def _findings(found: Health) -> None:
    st.subheader("What looks wrong", anchor=False)
    about = found.counts()
    if not about:
        st.markdown(":green[:material/check_circle:] Nothing looks wrong.")
        return
    st.caption("Guesses, each to be looked at: a strange price can be right. Numbers are products.")
    kind = st.pills(
        "What looks wrong",
        list(about),
        default=next(iter(about)),
        key="health_kind",
        required=True,
        format_func=lambda one: f"{KINDS[one]} :gray[{about[one]:,}]",
        label_visibility="collapsed",
    )
    _table(found.of_kind(kind))


def _table(findings: Sequence[Finding]) -> None:
    shown = findings[:SHOWN]
    st.dataframe(
        {
            "What": [finding.message for finding in shown],
            "Products": [len(finding.product_ids) for finding in shown],
            "Ids": [", ".join(finding.product_ids[:SHOWN_IDS]) for finding in shown],
        },
        hide_index=True,
        width="stretch",
    )
    if len(findings) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(findings):,}.")
