"""The filters of the search page, drawn from the facets of the result that they filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from retrieval.records import FacetValue
from ui import state
from ui.formats import amount
from ui.safe_text import clean, plain, shorten

Facets = Mapping[str, Sequence[FacetValue]]
LISTS = (
    (state.CATEGORIES, ("category", "categories"), "Category"),
    (state.BRANDS, ("brand", "brands"), "Brand"),
    (state.COLORS, ("colors",), "Colour"),
    (state.SIZES, ("sizes",), "Size"),
)
LONGEST_OPTION = 48


def facet_of(facets: Facets, names: Sequence[str]) -> Sequence[FacetValue]:
    """Return the values of the first facet of these names, none where there is none."""
    return next((facets[name] for name in names if name in facets), ())


def options(values: Sequence[FacetValue], chosen: Sequence[str]) -> dict[str, int]:
    """Return value -> count: the facet's values, most frequent first, then chosen ones that have no hit any more."""
    counts = {value.value: value.count for value in values}
    return {**counts, **{value: 0 for value in chosen if value not in counts}}


def active() -> list[tuple[str, str | None, str]]:
    """Return the stated filters as (key, value, label in safe Markdown), in the order of the form."""
    found: list[tuple[str, str | None, str]] = []
    for key, _, label in LISTS:
        found += [(key, value, f"{label}: {plain(value, 40)}") for value in state.get(key)]
    bounds: tuple[tuple[str, str, Any], ...] = (
        (state.MIN_PRICE, "Price from {}", amount),
        (state.MAX_PRICE, "Price to {}", amount),
        (state.MIN_RATING, "Rated {} and up", amount),
        (state.MIN_COUNT, "{} ratings and up", lambda number: f"{number:,}"),
    )
    for key, text, show in bounds:
        if state.get(key):
            found.append((key, None, plain(text.format(show(state.get(key))))))
    for key, text in ((state.UNPRICED, "With unpriced"), (state.UNRATED, "With unrated")):
        if state.get(key):
            found.append((key, None, text))
    return found


def draw(facets: Facets) -> None:
    """Draw the form of filters, and above the hits a button for every filter that is on."""
    stated = active()
    label = f"Filters · {len(stated)} on" if stated else "Filters"
    with st.expander(label, icon=":material/tune:", key="filters"):
        grid = st.grid(4, min_column_width=160)
        for key, names, title in LISTS:
            _choices(grid.cell(), key, title, facet_of(facets, names))
        _bounds()
    if stated:
        _chips(stated)


def _choices(cell: Any, key: str, title: str, values: Sequence[FacetValue]) -> None:
    counts = options(values, state.get(key))
    cell.multiselect(
        title,
        list(counts),
        key=key,
        format_func=lambda value: f"{shorten(clean(value), LONGEST_OPTION)} ({counts.get(value, 0):,})",
        placeholder="Any" if counts else "None in these results",
        on_change=state.first_page,
        persist_state="session",
    )


def _bounds() -> None:
    grid = st.grid(4, min_column_width=160)
    price_from, price_to, rating, number = (grid.cell() for _ in range(4))
    price_from.number_input(
        "Price from",
        min_value=0.0,
        value=None,
        step=1.0,
        format="%g",
        key=state.MIN_PRICE,
        placeholder="Any",
        on_change=state.first_page,
        persist_state="session",
    )
    price_to.number_input(
        "Price to",
        min_value=0.0,
        value=None,
        step=1.0,
        format="%g",
        key=state.MAX_PRICE,
        placeholder="Any",
        on_change=state.first_page,
        persist_state="session",
    )
    rating.selectbox(
        "Rating",
        state.RATINGS,
        key=state.MIN_RATING,
        format_func=lambda least: f"{least:g} and up" if least else "Any",
        on_change=state.first_page,
        persist_state="session",
    )
    number.number_input(
        "Number of ratings from",
        min_value=1,
        value=None,
        step=1,
        key=state.MIN_COUNT,
        placeholder="Any",
        on_change=state.first_page,
        persist_state="session",
    )
    with st.container(horizontal=True, gap="medium"):
        st.toggle(
            "Keep products without a price",
            key=state.UNPRICED,
            on_change=state.first_page,
            persist_state="session",
        )
        st.toggle(
            "Keep products nobody rated",
            key=state.UNRATED,
            on_change=state.first_page,
            persist_state="session",
        )


def _chips(stated: Sequence[tuple[str, str | None, str]]) -> None:
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for number, (key, value, label) in enumerate(stated):
            st.button(
                label,
                key=f"chip_{number}",
                icon=":material/close:",
                help="Take this filter back",
                on_click=state.drop_value,
                args=(key, value),
            )
        st.button("Clear filters", key="clear_filters", type="tertiary", on_click=state.clear_filters)
