"""A training under way: its stages, how far it is and its curves; and what came of the last one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from shop.jobs import JobRecord
from training.gate import Verdict
from training.records import Step
from ui import engines, progress, train, train_charts, train_stages, train_verdict
from ui.formats import duration
from ui.safe_text import plain

POLL_SECONDS = 2.0
MARKS = {
    "done": ":green[:material/check_circle:]",
    "now": ":blue[:material/arrow_circle_right:]",
    "to come": ":gray[:material/circle:]",
}


def draw(name: str) -> None:
    """Draw the newest training of a catalogue; while it is active it is looked at again every two seconds.

    The sidebar redraws the page when it has ended.
    """
    found = train.jobs(name)
    if found and train.serves_only(found[0]) and found[0].state == "done":
        found = train.trainings(name)  # what serves is shown elsewhere; what came of a training is still worth reading
    if not found:
        return
    job = found[0]
    if job.active:
        st.fragment(_running, run_every=POLL_SECONDS)(name, job.id)
    elif job.state == "done":
        _done(name, job)
    else:
        _ended(name, job)


def _running(name: str, job_id: str) -> None:
    job = compose.job(engines.settings(), job_id)
    with st.container(border=True, gap="small", key="train_job"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(head(job, time.time()), width="content")
            st.button(
                progress.words(job).stop,
                key="train_stop",
                icon=":material/stop_circle:",
                type="tertiary",
                on_click=_stop,
                args=(job.id,),
            )
        if job.state == "queued":
            st.caption(progress.waiting_note(job))
        _stages(job)
        st.caption(":material/search: Search goes on as always. You can close the page; this goes on by itself.")
        if not train.serves_only(job):
            _curves(name, job.id)


def head(job: JobRecord, now: float) -> str:
    """Return what a job is doing and since when, as safe Markdown."""
    since = "" if job.started is None else f" :gray[· for {plain(duration(now - job.started))}]"
    return f":shimmer[**{progress.words(job).doing} {plain(job.catalogue, 60)}**]{since}"


def _stages(job: JobRecord) -> None:
    stages = [] if train.serves_only(job) else train_stages.planned(str(job.params.get("parts")))
    bar = next(iter(progress.stage_bars(job, ())[-1:]), None)
    with st.container(gap="xxsmall", key="train_stages"):
        for line in train_stages.lines(stages, job.stage):
            shown = {"done": line.label, "now": f"**{line.label}**", "to come": f":gray[{line.label}]"}[line.state]
            st.markdown(f"{MARKS[line.state]} {shown}")
            if line.state == "now" and bar is not None:
                st.progress(bar[1], text=f":small[{line.why} :gray[{plain(bar[2])}]]")
        if bar is not None and job.stage not in stages:
            st.progress(bar[1], text=f":small[{plain(bar[0])} :gray[{plain(bar[2])}]]")


def _curves(name: str, run_or_job: str) -> None:
    try:
        histories = compose.training_steps(engines.settings(), name, run_or_job)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    curves(histories)


def curves(histories: Mapping[Any, Sequence[Step]]) -> None:
    """Draw the curves of every model that has begun to learn."""
    for kind in train.KINDS:
        steps = histories.get(kind, ())
        if len(steps) > 1:
            st.markdown(f"**{train.TITLES[kind]}**")
            train_charts.draw(steps, f"curve_{kind}")


def _stop(job_id: str) -> None:
    """Stop a job; called back before the panel is drawn, whose own redrawing of the page would lose the click."""
    compose.cancel_job(engines.settings(), job_id)
    st.session_state[progress.CLICKED] = True


def _ended(name: str, job: JobRecord) -> None:
    """Say why a job did not come to its end, and offer to go on with it."""
    with st.container(border=True, gap="small", key="train_ended"):
        what = f"The last {progress.words(job).noun} {progress.ENDS.get(job.state, 'failed')}."
        if job.state == "cancelled":
            st.info(f"**{what}** What served before still does.", icon=":material/stop_circle:")
        else:
            st.error(f"**{what}** What served before still does.\n\n{plain(job.message, 600)}", icon=":material/error:")
        if job.resumable:
            st.button(
                "Go on with it",
                key="train_resume",
                type="primary",
                icon=":material/resume:",
                on_click=progress.resume,
                args=(job.id,),
            )
            st.caption("Stages that are over are not done again, and a model goes on from its last checkpoint.")
        if not train.serves_only(job):
            _past(name, job)


def _done(name: str, job: JobRecord) -> None:
    """Draw the verdict on every model of a training that came to its end."""
    models = [dict(row) for row in (job.summary or {}).get("models", ())]
    serving = train.serving(name)
    with st.container(border=True, gap="small", key="train_done"):
        spent = "" if job.started is None or job.finished is None else f" · took {duration(job.finished - job.started)}"
        st.caption(plain(f"The last training{spent}"))
        for row in models:
            kind, found = str(row["kind"]), Verdict.from_dict(row["gate"])
            verdict(kind, found, serves=(kind, str(row["version"])) in serving)
        if not models:
            st.markdown(":green[:material/check_circle:] What the models learn from is prepared.")
        with st.container(horizontal=True, gap="small"):
            if models:
                train.lead("Open the models", "models", ":material/deployed_code:", key="lead_models")
            train.lead("What it learned from", "data", ":material/dataset:", key="lead_data")
        _past(name, job)


def verdict(kind: str, found: Verdict, *, serves: bool) -> None:
    """Draw what came of a model's exam, the figures one click away."""
    said = train_verdict.said(kind, found, serves=serves)
    mark = ":green[:material/verified:]" if said.passed else ":orange[:material/inventory_2:]"
    st.markdown(f"##### {mark} {plain(said.title)}")
    st.markdown(plain(said.figures))
    if said.help:
        st.markdown(plain(said.help))
    if found.evidence:
        with st.expander("Every figure of the exam", type="compact", key=f"figures_{kind}"):
            st.dataframe(train_verdict.table(found.evidence), hide_index=True, width="stretch")
            st.caption(plain(train_verdict.RULE))


def _past(name: str, job: JobRecord) -> None:
    with st.expander("How it learned", type="compact", key="train_past", on_change="rerun") as past:
        if past.open:
            _curves(name, job.id)
