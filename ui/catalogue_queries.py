"""What was searched for in a catalogue: most often, without any hit, and without a good match."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import streamlit as st

from retrieval.errors import ProductSearchError
from shop import query_log
from shop.query_log import Asked, Kind
from ui import engines
from ui.downloads import cell
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain

SHOWN = 200
MOST = 10_000
KINDS: dict[Kind, str] = {"all": "Most asked", "zero": "Nothing found", "no_good_match": "No good match"}
EMPTY: dict[Kind, str] = {
    "all": "Nothing was searched for yet.",
    "zero": "Every query found something the last time that it was asked.",
    "no_good_match": "Every query found a good match the last time that it was asked.",
}
SWITCH = "query_log_on"


def draw(name: str) -> None:
    """Draw the switch, the numbers and the report that is chosen."""
    settings = engines.settings()
    log = engines.query_log()
    try:
        _switch(settings.query_log)
        if log.fault:
            st.warning(f"The last searches could not be kept: {plain(log.fault)}", icon=":material/warning:")
        if log.left_out:
            st.caption(f"{count(log.left_out, 'search', 'searches')} came too fast to be kept since the app started.")
        _report(name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _switch(allowed: bool) -> None:
    st.session_state[SWITCH] = allowed and query_log.kept(engines.settings().data_dir)
    st.toggle(
        "Keep what is searched for",
        key=SWITCH,
        disabled=not allowed,
        on_change=_turn,
        help="Kept on the machine that this app runs on, without saying who asked. Nothing is sent anywhere.",
    )
    if not allowed:
        st.caption("`QUERY_LOG=off` in the settings keeps nothing, whatever is chosen here.")


def _turn() -> None:
    on = bool(st.session_state[SWITCH])
    try:
        query_log.switch(engines.settings().data_dir, on)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say("Searches are kept from now on." if on else "Searches are not kept any more; those that were, stay.")


def _report(name: str) -> None:
    folder = engines.settings().data_dir
    held = query_log.summary(folder, name)
    if held.since is None:
        st.info(
            "**Nothing was searched for yet.** What shoppers ask and do not find shows which products, synonyms and "
            "rules are missing.",
            icon=":material/query_stats:",
        )
        return
    grid = st.grid(4, min_column_width=150, gap="small")
    for label, number in (
        ("Searches", held.searches),
        ("Queries", held.queries),
        ("Nothing found", held.zero),
        ("No good match", held.no_good_match),
    ):
        grid.metric(label, f"{number:,}", border=True)
    st.caption(f"Since {day(held.since)}; the newest {query_log.ROWS:,} searches are kept.")
    kind = st.segmented_control(
        "Report",
        list(KINDS),
        key="query_report",
        default="all",
        required=True,
        format_func=lambda one: KINDS[one],
        label_visibility="collapsed",
    )
    asked = query_log.report(folder, name, kind, SHOWN)
    if asked:
        st.dataframe(table(asked), hide_index=True, width="stretch")
    else:
        st.info(EMPTY[kind], icon=":material/check:")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Download as CSV",
            lambda: as_csv(query_log.report(folder, name, kind, MOST)),
            f"{name}-queries-{kind.replace('_', '-')}.csv",
            "text/csv",
            key="queries_csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not asked,
        )
        with st.popover("Clear", icon=":material/delete:", type="tertiary", key="queries_clear_menu"):
            st.caption("This forgets every search of this catalogue. It cannot be taken back.")
            st.button("Forget them", key="queries_clear", type="primary", on_click=_clear, args=(name,))


def day(at: float) -> str:
    """Return Unix seconds as `2026-01-31 12:30 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def table(asked: list[Asked]) -> dict[str, list[object]]:
    """Return the queries as the columns of a table; hits are those of the last time."""
    return {
        "Query": [one.query for one in asked],
        "Times": [one.times for one in asked],
        "Hits": [one.total for one in asked],
        "Good match": ["no" if one.no_good_match or not one.total else "yes" for one in asked],
        "Mean ms": [round(one.ms, 1) for one in asked],
        "Last asked": [day(one.last) for one in asked],
    }


def as_csv(asked: list[Asked]) -> bytes:
    """Return the queries as CSV with a header, in UTF-8 with the mark by which spreadsheets know it."""
    columns = table(asked)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return text.getvalue().encode("utf-8-sig", "replace")


def _clear(name: str) -> None:
    try:
        gone = query_log.clear(engines.settings().data_dir, name)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say(f"{count(gone, 'search', 'searches')} forgotten.")
