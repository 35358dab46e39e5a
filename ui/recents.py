"""The menu of recent searches beside the search box."""

from __future__ import annotations

import logging
from collections.abc import Collection

import streamlit as st

from retrieval.errors import JobError
from shop import recent
from ui import engines, state
from ui.safe_text import plain

logger = logging.getLogger(__name__)

SHOWN = 12
LAST = "search_kept"
OWN = "searched_here"
SWITCH = "keep_recent"


def remember(catalogue: str, query: str) -> None:
    """Keep the session's search, unless it is the one that was kept last."""
    address = state.link()
    if query and st.session_state.get(LAST) != address:
        st.session_state[LAST] = address
        try:
            if recent.add(engines.settings().data_dir, catalogue, query, address):
                own = st.session_state.setdefault(OWN, {}).setdefault(catalogue, {})
                own.pop(query, None)
                own[query] = None
        except JobError as error:
            st.warning(f"This search could not be kept: {plain(str(error))}", icon=":material/history:")


def past(catalogue: str) -> list[str]:
    """Return the kept queries to a catalogue, the latest first; with QUERY_LOG=off those of this session alone."""
    if not engines.settings().query_log:
        return list(reversed(st.session_state.get(OWN, {}).get(catalogue, {})))
    try:
        kept = recent.listed(engines.settings().data_dir)
    except JobError as error:
        logger.warning("the recent searches cannot be read: %s", error)
        return []
    return list(dict.fromkeys(search.query for search in kept if search.catalogue == catalogue))


def draw(catalogues: Collection[str], chosen: str) -> None:
    """Draw the menu; a search of another catalogue names it, one of a deleted catalogue is left out."""
    with st.popover("Recent", icon=":material/history:", key="recent", on_change="rerun") as menu:
        if menu.open:
            _menu(catalogues, chosen)


def _menu(catalogues: Collection[str], chosen: str) -> None:
    folder = engines.settings().data_dir
    found = [search for search in recent.listed(folder) if search.catalogue in catalogues][:SHOWN]
    with st.container(gap="xxsmall"):
        for number, search in enumerate(found):
            elsewhere = f" :gray[in {plain(search.catalogue, 40)}]" if search.catalogue != chosen else ""
            st.button(
                plain(search.query, 60) + elsewhere,
                key=f"recent_{number}",
                type="tertiary",
                on_click=_again,
                args=(search.address,),
            )
    st.session_state[SWITCH] = recent.kept(folder)
    if not found:
        st.caption("No searches yet." if st.session_state[SWITCH] else "Searches are not kept.")
    st.toggle(
        "Keep recent searches",
        key=SWITCH,
        on_change=_switch,
        help="They stay on the machine that this app runs on. Switching this off forgets them.",
    )
    if found:
        st.button("Clear", key="recent_clear", icon=":material/delete:", on_click=_clear)


def _again(address: str) -> None:
    state.load(address)
    st.session_state["recent"] = False  # the menu has done its work


def _switch() -> None:
    recent.switch(engines.settings().data_dir, bool(st.session_state[SWITCH]))
    st.session_state.pop(LAST, None)
    st.session_state.pop(OWN, None)


def _clear() -> None:
    recent.clear(engines.settings().data_dir)
    st.session_state.pop(OWN, None)
