"""Jobs in the background: a bar a stage with the time left, redrawn while one runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from ui import engines, sending, state, train_stages
from ui.formats import count, duration
from ui.safe_text import plain

POLL_SECONDS = 1.0
IDLE_SECONDS = 5.0
"""How soon a page that stands still learns of what another visitor started."""
ACTIVE = frozenset({"queued", "running"})
SEEN = "jobs_seen"
DISMISSED = "jobs_dismissed"
SAID = "said"
CLICKED = "resume_clicked"
STAGES: Mapping[str, str] = {
    "read": "Reading the file",
    "chunk": "Cutting into passages",
    "keyword": "Keyword index",
    "embed": "Embedding",
}
"""The stages that get a bar, in their order; others are shown only while they last."""
PASSING: Mapping[str, str] = {
    "waiting": "Waiting for another build",
    "parse": "Reading the file",
    "encoder": "Loading the encoder",
    "write": "Writing",
    "delete": "Deleting the builds",
}


class JobLike(Protocol):
    """What the panel reads of a job record."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def catalogue(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...
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
    @property
    def ahead(self) -> int: ...
    @property
    def resumable(self) -> bool: ...


def stage_label(stage: str) -> str:
    """Return a stage's name as it is shown."""
    known = STAGES.get(stage) or PASSING.get(stage) or train_stages.LABELS.get(stage)
    return known or stage.replace("_", " ").capitalize()


def stage_bars(job: JobLike, seen: Collection[str]) -> list[tuple[str, float, str]]:
    """Return a bar a stage that has begun: label, fraction done and what stands behind the label.

    `seen` are the stages that earlier looks at this job met; a look may miss a short stage, which is over when a later
    one has begun. Only a build has bars for what is over: others pass through stages of a build, and of their own.
    """
    order = list(STAGES) if job.kind == compose.BUILD else []
    reached = [order.index(stage) for stage in {*seen, job.stage} if stage in order]
    bars = [(STAGES[s], 1.0, "done") for s in order[: max(reached, default=-1) + 1] if s != job.stage]
    if job.stage:
        fraction = min(1.0, job.done / job.total) if job.total > 0 else 0.0
        notes = [f"{job.done:,} of {job.total:,}"] if job.total > 1 else []
        if job.eta_s is not None and fraction < 1.0:
            notes.append(f"{duration(job.eta_s)} left")
        bars.append((stage_label(job.stage), fraction, " · ".join(notes)))
    return bars


def active_jobs() -> list[JobLike]:
    """Return the jobs that are queued or running, of all catalogues."""
    return [job for job in compose.jobs(engines.settings()) if job.state in ACTIVE]


def building(name: str) -> bool:
    """Return whether a build of this catalogue is queued or running."""
    return any(job.catalogue == name and job.kind == compose.BUILD for job in active_jobs())


def deleted(name: str) -> bool:
    """Return whether the last thing that was asked for of this catalogue is its deletion."""
    newest = next(iter(compose.jobs(engines.settings(), name)), None)
    return newest is not None and newest.kind == compose.DELETE and newest.state in {*ACTIVE, "done"}


def waiting_note(job: JobLike) -> str:
    """Return what a queued job waits for."""
    return f"Waiting for {count(job.ahead, 'job')} before it" if job.ahead else "Waiting to start …"


def resume(job_id: str) -> None:
    """Let a new job go on with one that ended early; where that cannot be, keep the reason for the next drawing.

    A build that would send texts to a server goes on when the visitor has said yes to that.
    """
    settings = engines.settings()
    go = partial(_resume, job_id)
    try:
        job = compose.job(settings, job_id)
        source = Path(job.source)
        if not source.is_file():
            source = compose.kept_source(job.catalogue, settings) or source
        if job.kind == compose.BUILD and job.resumable and source.is_file():
            sending.ask_first(job.catalogue, source, go, str(job.params.get("embedder", "auto")))
        else:
            go()  # sends nothing, or says what is in the way
    except ProductSearchError as error:
        say(str(error), failed=True)


def _resume(job_id: str) -> None:
    try:
        compose.resume_job(engines.settings(), job_id)
    except ProductSearchError as error:
        say(str(error), failed=True)


def say(text: str, *, failed: bool = False) -> None:
    """Keep a sentence for the next drawing of the page: what came of a click."""
    st.session_state[SAID] = (text, failed)


def said() -> None:
    """Draw what came of the last click, once."""
    found = st.session_state.pop(SAID, None)
    if found is None:
        return
    text, failed = found
    if failed:
        st.error(plain(text), icon=":material/error:")
    else:
        st.success(plain(text), icon=":material/check_circle:")


def _signature(jobs: Iterable[JobLike]) -> tuple[object, ...]:
    """Return what a page must be redrawn for: which jobs are active, and which builds are there."""
    builds = tuple((info.name, info.build) for info in compose.catalogues(engines.settings()))
    return (tuple(job.id for job in jobs if job.state in ACTIVE), builds)


def panel() -> None:
    """Draw the builds; look again, every second while one is active, and redraw the page when something changed.

    Also when what a visitor entered was lost on its way: the page would show another search than its widgets for ever.
    """
    drawn = _signature(compose.jobs(engines.settings()))
    st.fragment(_draw, run_every=POLL_SECONDS if drawn[0] else IDLE_SECONDS)(drawn)


def _draw(drawn: tuple[object, ...]) -> None:
    jobs = compose.jobs(engines.settings())
    if _signature(jobs) != drawn or st.session_state.pop(CLICKED, False) or state.overtaken():
        st.rerun()
    seen: dict[str, set[str]] = st.session_state.setdefault(SEEN, {})
    dismissed: set[str] = st.session_state.setdefault(DISMISSED, set())
    latest: set[tuple[str, str]] = set()
    for job in jobs:
        # A build is made up for by a later build or deletion, but not by a comparison of what serves.
        about = (job.catalogue, "" if job.kind in (compose.BUILD, compose.DELETE) else job.kind)
        if job.state in ACTIVE:
            latest.add(about)
            _running(job, seen.setdefault(job.id, set()))
        elif about not in latest:
            latest.add(about)
            if job.resumable and job.id not in dismissed:
                _ended(job, dismissed)


def _running(job: JobLike, stages: set[str]) -> None:
    stages.add(job.stage)
    said_of = words(job)
    with st.container(border=True, gap="xsmall", key=f"job_{job.id}"):
        st.markdown(f":shimmer[{said_of.doing} **{plain(job.catalogue, 60)}**]")
        if not job.stage:
            st.caption(waiting_note(job))
        for label, fraction, note in stage_bars(job, stages):
            st.progress(fraction, text=f":small[{label} :gray[{plain(note)}]]")
        stop = f"cancel_{job.id}"
        st.button(said_of.stop, stop, type="tertiary", icon=":material/stop_circle:", on_click=_stop, args=(job.id,))


def _stop(job_id: str) -> None:
    """Stop a job; called back before the panel is drawn, whose own redrawing of the page would lose the click."""
    compose.cancel_job(engines.settings(), job_id)
    st.session_state[CLICKED] = True


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of job is spoken of: while it runs, to stop it, and afterwards."""

    doing: str
    stop: str
    noun: str


KINDS: Mapping[str, Words] = {
    compose.BUILD: Words("Building", "Stop building", "build"),
    compose.DELETE: Words("Deleting", "Stop deleting", "deletion"),
    "compare": Words("Comparing rankings of", "Stop comparing", "comparison"),
    "silver": Words("Making queries for", "Stop making queries", "making of queries"),
    "train": Words("Training on", "Stop training", "training"),
}
OTHER = Words("Working on", "Stop", "job")
SERVES = Words("Indexing with another embedder:", "Stop indexing", "indexing with another embedder")


def words(job: JobLike) -> Words:
    """Return how a job is spoken of; one of training may only let a trained model serve."""
    return SERVES if "serve" in job.params else KINDS.get(job.kind, OTHER)


def _resume_here(job_id: str) -> None:
    resume(job_id)
    st.session_state[CLICKED] = True  # the panel is a part of the page; what was asked or said is drawn by the whole


ENDS: Mapping[str, str] = {"died": "was interrupted", "cancelled": "was stopped"}


def _ended(job: JobLike, dismissed: set[str]) -> None:
    """Draw a job that ended before its end, and the ways on."""
    text = f"The {words(job).noun} of **{plain(job.catalogue, 60)}** {ENDS.get(job.state, 'failed')}."
    with st.container(gap="xsmall", key=f"ended_{job.id}"):
        if job.state == "cancelled":
            st.info(text, icon=":material/stop_circle:")
        else:
            why = f"\n\n{plain(job.message, 600)}" if job.message else ""
            kept = "\n\nWhat was searchable before still is." if job.kind in (compose.BUILD, "train") else ""
            st.error(text + why + kept, icon=":material/error:")
        with st.container(horizontal=True, gap="small"):
            st.button("Resume", key=f"resume_{job.id}", icon=":material/resume:", on_click=_resume_here, args=(job.id,))
            st.button("Dismiss", f"dismiss_{job.id}", type="tertiary", on_click=dismissed.add, args=(job.id,))
