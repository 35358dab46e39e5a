"""Every job that was asked for: where it is, what it said, and what can be done about it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import streamlit as st

import compose
from shop.jobs import JobRecord
from ui import engines, progress, sending
from ui.formats import duration
from ui.safe_text import plain

SHOWN = 20
LOG_LINES = 200
BADGES = {
    "queued": ":gray-badge[waiting]",
    "running": ":blue-badge[running]",
    "done": ":green-badge[done]",
    "failed": ":red-badge[failed]",
    "died": ":red-badge[interrupted]",
    "cancelled": ":orange-badge[cancelled]",
}
WORDS = {
    compose.BUILD: "Build",
    compose.DELETE: "Deletion",
    compose.COMPARE: "Comparison",
    compose.SILVER: "Making queries",
    "train": "Training",
}


def line(job: JobRecord) -> str:
    """Return a job as safe Markdown: what, of which catalogue, its state, when and for how long."""
    began = datetime.fromtimestamp(job.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
    spent = ""
    if job.started is not None:
        spent = f" · {duration((job.finished or time.time()) - job.started)}"
    what = plain(WORDS.get(job.kind, job.kind))
    badge = BADGES.get(job.state, plain(job.state))
    return f"**{what} of {plain(job.catalogue, 60)}** {badge} :small[:gray[{plain(began + spent)} · {plain(job.id)}]]"


def draw() -> None:
    """Draw the newest jobs; look again every second while one is active."""
    active = _active(compose.jobs(engines.settings()))
    st.fragment(_draw, run_every=progress.POLL_SECONDS if active else None)(active, sending.asking())


def _active(jobs: Iterable[JobRecord]) -> set[str]:
    return {job.id for job in jobs if job.active}


def _draw(drawn: set[str], asking: bool) -> None:
    jobs = compose.jobs(engines.settings())
    if _active(jobs) != drawn or sending.asking() != asking:
        st.rerun()  # what is asked first is drawn by the whole page
    progress.said()
    if not jobs:
        st.caption("Nothing was built or deleted yet.")
        return
    for job in jobs[:SHOWN]:
        with st.container(border=True, gap="xsmall", key=f"joblist_{job.id}"):
            st.markdown(line(job))
            _state(job)
            _buttons(job)
    if len(jobs) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(jobs):,}. `product-search jobs` lists every one of them.")


def _state(job: JobRecord) -> None:
    if job.state == "queued":
        st.caption(progress.waiting_note(job))
    elif job.state == "running":
        label, fraction, note = (progress.stage_bars(job, {job.stage}) or [("Starting", 0.0, "")])[-1]
        st.progress(fraction, text=f":small[{label} :gray[{plain(note)}]]")
    elif job.message and job.state != "done":
        st.markdown(plain(job.message, 600))
    if job.resumed_by:
        st.caption(f"Goes on as job {plain(job.resumed_by)}.")


def _buttons(job: JobRecord) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if job.active:
            st.button(
                "Cancel",
                key=f"joblist_cancel_{job.id}",
                icon=":material/stop_circle:",
                type="tertiary",
                on_click=_cancel,
                args=(job.id,),
            )
        if job.resumable:
            st.button(
                "Resume",
                key=f"joblist_resume_{job.id}",
                icon=":material/resume:",
                on_click=progress.resume,
                args=(job.id,),
            )
        with st.popover(
            "Log", icon=":material/article:", type="tertiary", key=f"log_{job.id}", on_change="rerun"
        ) as log:
            if log.open:
                said = compose.job_log(engines.settings(), job.id, LOG_LINES)
                if said:
                    st.code(said, language=None, wrap_lines=True)
                else:
                    st.caption("It said nothing.")


def _cancel(job_id: str) -> None:
    compose.cancel_job(engines.settings(), job_id)
