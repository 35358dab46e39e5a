"""The sidebar's upload box: a new catalogue is taken in at once, replacing one that is there is confirmed first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
from streamlit.typing import UploadedFile

import compose
from retrieval import catalogue
from retrieval.errors import ProductSearchError
from retrieval.records import Problem
from ui import engines, incoming, state
from ui.formats import count
from ui.incoming import Trial
from ui.safe_text import plain

SHOWN_PROBLEMS = 200
OUTCOMES = "upload_outcomes"
TURN = "upload_turn"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an uploaded file: an `error`, a `trial` that waits to be confirmed, or a build that was started.

    `name` is the catalogue that is being built, None where nothing was taken.
    """

    filename: str
    name: str | None = None
    products: int = 0
    problems: tuple[Problem, ...] = ()
    error: str | None = None
    trial: Trial | None = None


def offer(data: bytes, filename: str) -> Outcome:
    """Read an uploaded file and take it in at once, unless it replaces something or would send texts to a server."""
    try:
        trial = incoming.read(data, filename, compose.catalogue_name(filename))
    except ProductSearchError as error:
        return Outcome(filename, error=str(error))
    return Outcome(filename, trial=trial) if trial.asks else take_in(trial)


def take_in(trial: Trial) -> Outcome:
    """Keep a file and start its build; the outcome says what was in the way where that cannot be."""
    try:
        incoming.take(trial)
    except ProductSearchError as error:
        return Outcome(trial.filename, error=str(error))
    return Outcome(trial.filename, trial.name, trial.products, trial.changes.problems)


def _outcomes() -> dict[str, Outcome]:
    kept: dict[str, Outcome] = st.session_state.setdefault(OUTCOMES, {})
    return kept


def _receive(uploaded: UploadedFile) -> str:
    """Return the key of an upload's outcome; the same content in the same widget is read once, whatever reruns."""
    data = uploaded.getvalue()
    key = f"{uploaded.file_id}:{hashlib.sha256(data).hexdigest()}"
    if key not in _outcomes():
        with st.spinner(f"Reading {plain(uploaded.name, 60)} …"):
            _settle(key, offer(data, uploaded.name))
        if _outcomes()[key].name is not None:
            st.rerun()
    return key


def _settle(key: str, outcome: Outcome) -> None:
    """Keep what became of a file, and choose the catalogue that it is built into."""
    _outcomes()[key] = outcome
    if outcome.name is not None:
        st.session_state["choose_catalogue"] = outcome.name


def panel() -> None:
    """Draw the upload box, what was found in the last file, and the question whether it replaces what is there."""
    turn = st.session_state.setdefault(TURN, 0)
    uploaded = st.file_uploader(
        "Upload a catalogue",
        type=incoming.TYPES,
        key=f"upload_{turn}",
        max_upload_size=engines.settings().max_upload_mb,
        help="Markdown with DOC blocks, JSON, JSON Lines, CSV or TSV. A file of the same name as before updates its "
        "catalogue: you see first what would change, and the old one keeps answering until the new one is ready.",
    )
    if uploaded is None:
        return
    key = _receive(uploaded)
    outcome = _outcomes()[key]
    if outcome.trial is not None:
        _confirm(key, outcome.trial)
    elif outcome.error is not None:
        st.error(
            f"{plain(outcome.error)}\n\nNothing was changed. Correct the file and upload it again.",
            icon=":material/error:",
        )
        if catalogue.takes_mapping(outcome.filename):
            st.caption("Do its columns have other names? The **Catalogue** page maps them.")
    else:
        problems(outcome)


def _confirm(key: str, trial: Trial) -> None:
    """Open the dialog that shows what a file would change; to close it is to cancel."""
    try:
        trial = incoming.read_again(trial)
    except ProductSearchError as error:
        _settle(key, Outcome(trial.filename, error=str(error)))
        st.rerun()
    _outcomes()[key] = Outcome(trial.filename, trial=trial)
    title = f"Replace {plain(trial.name)}?" if trial.known else f"Build {plain(trial.name)}?"
    st.dialog(title, width="medium", on_dismiss=_put_back)(_question)(key, trial)


def _question(key: str, trial: Trial) -> None:
    if key not in _outcomes() or _outcomes()[key].trial is None:
        st.rerun()  # answered: the page without the dialog
    incoming.draw(trial)
    found = trial.changes.problems
    if found:
        with st.expander(f"{count(len(found), 'problem')} in {plain(trial.filename, 60)}", icon=":material/rule:"):
            _table(found)
    else:
        st.caption(f"{count(trial.products, 'product')} read from {plain(trial.filename, 60)}, no problems.")
    waits = incoming.waits_for(trial.name)
    if waits:
        st.caption(waits)
    with st.container(horizontal=True, gap="small"):
        st.button(
            incoming.verb(trial).capitalize(),
            key="upload_confirm",
            type="primary",
            icon=":material/check:",
            disabled=waits is not None,
            on_click=_accept,
            args=(key, trial),
        )
        st.button("Cancel", key="upload_cancel", on_click=_put_back)


def _accept(key: str, trial: Trial) -> None:
    _settle(key, take_in(trial))


def _put_back() -> None:
    """Empty the upload box and forget its file, which was not taken."""
    st.session_state[TURN] += 1
    st.session_state[OUTCOMES] = {key: kept for key, kept in _outcomes().items() if kept.trial is None}


def problems(outcome: Outcome) -> None:
    """Draw how many products were read, and every problem with its line."""
    read = f"**{count(outcome.products, 'product')}** read"
    if not outcome.problems:
        st.markdown(f":green[:material/check_circle:] {read}, no problems.")
        return
    st.markdown(f":green[:material/check_circle:] {read}.")
    with st.popover(f"{count(len(outcome.problems), 'problem')} found", icon=":material/rule:", width="stretch"):
        _table(outcome.problems)


def _table(found: tuple[Problem, ...]) -> None:
    st.caption("Products are kept as far as they can be read; these places in the file may need a look.")
    shown = found[:SHOWN_PROBLEMS]
    st.dataframe(
        {
            "Line": [problem.line for problem in shown],
            "Code": [problem.code for problem in shown],
            "Product": [problem.product_id or "" for problem in shown],
            "What": [problem.message for problem in shown],
        },
        hide_index=True,
        width="stretch",
    )
    if len(found) > SHOWN_PROBLEMS:
        st.caption(
            f"The first {SHOWN_PROBLEMS} of {len(found):,}. `product-search check FILE` lists every one of them."
        )


def choose_pending() -> None:
    """Select the catalogue that was just uploaded: before the widget that shows the choice is drawn."""
    name = st.session_state.pop("choose_catalogue", None)
    if name is not None and name != state.get(state.CATALOGUE):
        st.session_state[state.CATALOGUE] = name
        state.catalogue_changed()
