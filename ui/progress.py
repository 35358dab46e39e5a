"""Builds in the background: a bar a stage with the time left, redrawn while one runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

import streamlit as st

import compose
from ui import engines
from ui.formats import duration
from ui.safe_text import plain

POLL_SECONDS = 1.0
ACTIVE = frozenset({"queued", "running"})
SEEN = "jobs_seen"
DISMISSED = "jobs_dismissed"
STAGES: Mapping[str, str] = {
    "read": "Reading the file",
    "chunk": "Cutting into passages",
    "keyword": "Keyword index",
    "embed": "Embedding",
}
"""The stages that get a bar, in their order; others are shown only while they last."""
PASSING: Mapping[str, str] = {
    "waiting": "Waiting for another build",
    "encoder": "Loading the encoder",
    "write": "Writing",
}


class JobLike(Protocol):
    """What the panel reads of a job record."""

    @property
    def id(self) -> str: ...
    @property
    def catalogue(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def eta_s(self) -> float | None: ...
    @property
    def message(self) -> str: ...


def stage_label(stage: str) -> str:
    """Return a stage's name as it is shown."""
    return STAGES.get(stage) or PASSING.get(stage) or stage.replace("_", " ").capitalize()


def stage_bars(job: JobLike, seen: Collection[str]) -> list[tuple[str, float, str]]:
    """Return a bar a stage that has begun: label, fraction done and what stands behind the label.

    `seen` are the stages that earlier looks at this job met; a look may miss a short stage, which is over when a later
    one has begun.
    """
    order = list(STAGES)
    reached = [order.index(stage) for stage in {*seen, job.stage} if stage in STAGES]
    bars = [(STAGES[s], 1.0, "done") for s in order[: max(reached, default=-1) + 1] if s != job.stage]
    if job.stage:
        fraction = min(1.0, job.done / job.total) if job.total > 0 else 0.0
        notes = [f"{job.done:,} of {job.total:,}"] if job.total > 1 else []
        if job.eta_s is not None and fraction < 1.0:
            notes.append(f"{duration(job.eta_s)} left")
        bars.append((stage_label(job.stage), fraction, " · ".join(notes)))
    return bars


def active_jobs() -> list[JobLike]:
    """Return the builds that are queued or running, of all catalogues."""
    return [job for job in compose.jobs(engines.settings()) if job.state in ACTIVE]


def building(name: str) -> bool:
    """Return whether a build of this catalogue is queued or running."""
    return any(job.catalogue == name for job in active_jobs())


def _signature(jobs: Iterable[JobLike]) -> tuple[object, ...]:
    """Return what a page must be redrawn for: which jobs are active, and which builds are there."""
    builds = tuple((info.name, info.build) for info in compose.catalogues(engines.settings()))
    return (tuple(job.id for job in jobs if job.state in ACTIVE), builds)


def panel() -> None:
    """Draw the builds; while one is active, look again every second and redraw the page when something changed."""
    drawn = _signature(compose.jobs(engines.settings()))
    st.fragment(_draw, run_every=POLL_SECONDS if drawn[0] else None)(drawn)


def _draw(drawn: tuple[object, ...]) -> None:
    jobs = compose.jobs(engines.settings())
    if _signature(jobs) != drawn:
        st.rerun()
    seen: dict[str, set[str]] = st.session_state.setdefault(SEEN, {})
    dismissed: set[str] = st.session_state.setdefault(DISMISSED, set())
    latest: set[str] = set()
    for job in jobs:
        if job.state in ACTIVE:
            latest.add(job.catalogue)
            _running(job, seen.setdefault(job.id, set()))
        elif job.catalogue not in latest:
            latest.add(job.catalogue)
            if job.state in {"failed", "died"} and job.id not in dismissed:
                _failed(job, dismissed)


def _running(job: JobLike, stages: set[str]) -> None:
    stages.add(job.stage)
    with st.container(border=True, gap="xsmall", key=f"job_{job.id}"):
        st.markdown(f":shimmer[Building **{plain(job.catalogue, 60)}**]")
        if not job.stage:
            st.caption("Waiting to start …")
        for label, fraction, note in stage_bars(job, stages):
            st.progress(fraction, text=f":small[{label} :gray[{plain(note)}]]")
        if st.button("Stop building", key=f"cancel_{job.id}", type="tertiary", icon=":material/stop_circle:"):
            compose.cancel_job(engines.settings(), job.id)
            st.rerun()


def _failed(job: JobLike, dismissed: set[str]) -> None:
    what = "was interrupted" if job.state == "died" else "failed"
    why = f"\n\n{plain(job.message, 600)}" if job.message else ""
    with st.container(gap="xsmall", key=f"job_{job.id}"):
        st.error(
            f"The build of **{plain(job.catalogue, 60)}** {what}.{why}\n\n"
            "What was searchable before still is. Upload the file again to retry.",
            icon=":material/error:",
        )
        if st.button("Dismiss", key=f"dismiss_{job.id}", type="tertiary"):
            dismissed.add(job.id)
            st.rerun(scope="fragment")
