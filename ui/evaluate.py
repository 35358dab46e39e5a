"""What the sections of the Evaluate page share: which one is open, which set and comparison, and the jobs under way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import streamlit as st

import compose
from shop import query_sets
from shop.jobs import JobRecord
from ui import engines, progress
from ui.formats import count
from ui.safe_text import clean, plain

SECTION = "evaluate_section"
SET = "evaluate_set"
COMPARISON = "evaluate_comparison"
SECTIONS = {
    "queries": ":material/format_list_bulleted: Queries",
    "judge": ":material/gavel: Judge",
    "compare": ":material/compare_arrows: Compare",
    "results": ":material/leaderboard: Results",
    "history": ":material/history: History",
}


def go(section: str, choosing: Mapping[str, str]) -> None:
    """Open a section, with these values in the session: the callback of the buttons that lead on."""
    st.session_state[SECTION] = section
    st.session_state.update(choosing)


def lead(
    label: str,
    section: str,
    icon: str,
    *,
    key: str,
    primary: bool = False,
    choosing: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Draw a button that opens a section; `choosing` are values that go into the session with that."""
    st.button(
        label,
        key=key,
        icon=icon,
        type="primary" if primary else "secondary",
        on_click=go,
        args=(section, choosing),
    )


def no_sets() -> None:
    """Say that there are no queries yet, and lead to where they are made."""
    st.info(
        "**No queries yet.** Rankings are compared on a set of queries: let some be made from the catalogue, type your "
        "own, or upload a file.",
        icon=":material/format_list_bulleted:",
    )
    lead("Make a set of queries", "queries", ":material/add:", key="lead_queries", primary=True)


def title(card: query_sets.Card) -> str:
    """Return a set's title and size as safe Markdown."""
    return f"{plain(card.title, 60)} :gray[· {count(card.queries, 'query', 'queries')}]"


def choose_set(cards: Collection[query_sets.Card], key: str = SET) -> query_sets.Card:
    """Draw the choice of a set; there must be one."""
    by_name = {card.name: card for card in cards}
    if st.session_state.get(key) not in by_name:
        st.session_state[key] = next(iter(by_name))  # another catalogue, or the set was deleted
    name = st.selectbox(
        "Set of queries",
        list(by_name),
        key=key,
        format_func=lambda one: f"{clean(by_name[one].title)} · {count(by_name[one].queries, 'query', 'queries')}",
        persist_state="session",
    )
    return by_name[str(name)]


def active(name: str, kinds: Collection[str]) -> list[JobRecord]:
    """Return the catalogue's jobs of these kinds that are queued or running."""
    return [job for job in compose.jobs(engines.settings(), name) if job.kind in kinds and job.active]


def jobs_panel(name: str, kinds: Collection[str], ended: Callable[[JobRecord], None]) -> None:
    """Draw the newest job of these kinds: how far it is, or, by `ended`, what came of it.

    While it is active it is looked at again every second; the sidebar redraws the page when it has ended.
    """
    newest = next((job for job in compose.jobs(engines.settings(), name) if job.kind in kinds), None)
    if newest is None:
        return
    if newest.active:
        st.fragment(_running, run_every=progress.POLL_SECONDS)(newest.id)
    elif newest.state == "done":
        ended(newest)
    else:
        why = f"\n\n{plain(newest.message, 600)}" if newest.message else ""
        words = progress.KINDS.get(newest.kind, progress.OTHER)
        text = f"**The last {words.noun} {progress.ENDS.get(newest.state, 'failed')}.**{why}"
        if newest.state == "cancelled":
            st.info(text, icon=":material/stop_circle:")
        else:
            st.error(text, icon=":material/error:")


def _running(job_id: str) -> None:
    job = compose.job(engines.settings(), job_id)
    with st.container(border=True, gap="xsmall", key="evaluate_job"):
        if not job.stage:
            st.caption(progress.waiting_note(job))
        for label, fraction, note in progress.stage_bars(job, {job.stage})[-1:]:
            st.progress(fraction, text=f"{label} :gray[{plain(note)}]")
        if job.active and st.button("Cancel", key="evaluate_cancel", icon=":material/stop_circle:", type="tertiary"):
            compose.cancel_job(engines.settings(), job_id)
            st.rerun()
