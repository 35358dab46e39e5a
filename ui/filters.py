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


def frame() -> Any:
    """Draw the closed form and a button for every filter that is on, and return the form for `fill`.

    None of this needs a search, so that it stands in its place before the hits do.
    """
    stated = active()
    label = f"Filters · {len(stated)} on" if stated else "Filters"
    form = st.expander(label, icon=":material/tune:", key="filters")
    if stated:
        _chips(stated)
    return form


def fill(form: Any, facets: Facets) -> None:
    """Draw the filters into their form, each value with the number of hits that choosing it gives."""
    with form:
        grid = st.grid(4, min_column_width=160)
        for key, names, title in LISTS:
            _choices(grid.cell(), key, title, facet_of(facets, names))
        grid = st.grid(4, min_column_width=160)
        _price_band(grid.cell(), facet_of(facets, ("price",)))
        _rating(grid.cell(), facet_of(facets, ("rating",)))
        _bounds(grid)
        _unknown()


def rating_options(values: Sequence[FacetValue], chosen: float) -> dict[float, int | None]:
    """Return least rating -> count, best first after "any" (0); a chosen one that is not counted has None."""
    counts: dict[float, int | None] = {value.low: value.count for value in values if value.low is not None}
    if chosen:
        counts.setdefault(chosen, None)
    return {0.0: None, **{least: counts[least] for least in sorted(counts, reverse=True)}}


def _price_band(cell: Any, values: Sequence[FacetValue]) -> None:
    bands = {(value.low, value.high): value for value in values}
    stated = (state.get(state.MIN_PRICE), state.get(state.MAX_PRICE))
    st.session_state[state.PRICE_BAND] = stated if stated in bands else ()
    otherwise = "Any" if stated == (None, None) else "As stated"

    def label(band: tuple[float, ...]) -> str:
        return band_label(bands[band]) if band in bands else otherwise

    cell.selectbox(
        "Price range",
        [(), *bands],
        key=state.PRICE_BAND,
        format_func=label,
        on_change=state.choose_price_band,
    )


def band_label(value: FacetValue) -> str:
    """Return a price range and its count: `5 – 24.50 (12)`."""
    low, high = amount(value.low or 0.0), amount(value.high or 0.0)
    return f"{low if low == high else f'{low} – {high}'} ({value.count:,})"


def _rating(cell: Any, values: Sequence[FacetValue]) -> None:
    counts = rating_options(values, state.get(state.MIN_RATING))

    def label(least: float) -> str:
        number = counts.get(least)
        return (f"{least:g} and up" if least else "Any") + ("" if number is None else f" ({number:,})")

    cell.selectbox(
        "Rating",
        list(counts),
        key=state.MIN_RATING,
        format_func=label,
        on_change=state.first_page,
        persist_state="session",
    )


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


def _bounds(grid: Any) -> None:
    price_from, price_to = grid.cell(), grid.cell()
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


def _unknown() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.number_input(
            "Number of ratings from",
            min_value=1,
            value=None,
            step=1,
            key=state.MIN_COUNT,
            placeholder="Any",
            on_change=state.first_page,
            persist_state="session",
            width=200,
        )
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
