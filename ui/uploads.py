"""Taking a catalogue in: read once, kept at once, built in the background."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
from streamlit.typing import UploadedFile

import compose
from retrieval import catalogue
from retrieval.errors import ProductSearchError
from retrieval.records import Problem
from shop import mappings
from ui import engines, state
from ui.formats import count
from ui.safe_text import plain

TYPES = ["md", "jsonl", "csv"]
SHOWN_PROBLEMS = 200
OUTCOMES = "upload_outcomes"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an uploaded file: an `error`, or a catalogue `name` that is being built."""

    filename: str
    name: str | None
    products: int = 0
    problems: tuple[Problem, ...] = ()
    error: str | None = None


def take_in(data: bytes, filename: str) -> Outcome:
    """Check an uploaded file, keep it and start its build; the outcome says what was wrong where it cannot be read."""
    settings = engines.settings()
    try:
        name = compose.catalogue_name(filename)
        kept = mappings.load(settings.data_dir, name) if catalogue.takes_mapping(filename) else None
        report = catalogue.parse_bytes(data, filename, kept)
        source = compose.save_upload(data, filename, settings)
        compose.start_build(source, name, settings)
    except ProductSearchError as error:
        return Outcome(filename, None, error=str(error))
    return Outcome(filename, name, len(report.products), report.problems)


def _receive(uploaded: UploadedFile) -> Outcome:
    """Return the outcome of an upload; the same content in the same widget is taken in once, whatever reruns."""
    outcomes: dict[str, Outcome] = st.session_state.setdefault(OUTCOMES, {})
    data = uploaded.getvalue()
    key = f"{uploaded.file_id}:{hashlib.sha256(data).hexdigest()}"
    if key not in outcomes:
        with st.spinner(f"Reading {plain(uploaded.name, 60)} …"):
            outcomes[key] = take_in(data, uploaded.name)
        if outcomes[key].name is not None:
            st.session_state["choose_catalogue"] = outcomes[key].name
            st.rerun()
    return outcomes[key]


def panel() -> None:
    """Draw the upload box and what was found in the last file."""
    uploaded = st.file_uploader(
        "Upload a catalogue",
        type=TYPES,
        key="upload",
        max_upload_size=engines.settings().max_upload_mb,
        help="Markdown with DOC blocks, JSON Lines or CSV. Uploading a file of the same name again updates its "
        "catalogue; the old one keeps answering until the new one is ready.",
    )
    if uploaded is None:
        return
    outcome = _receive(uploaded)
    if outcome.error is not None:
        st.error(
            f"{plain(outcome.error)}\n\nNothing was changed. Correct the file and upload it again.",
            icon=":material/error:",
        )
        if catalogue.takes_mapping(outcome.filename):
            st.caption("Do its columns have other names? The **Catalogue** page maps them.")
        return
    problems(outcome)


def problems(outcome: Outcome) -> None:
    """Draw how many products were read, and every problem with its line."""
    read = f"**{count(outcome.products, 'product')}** read"
    if not outcome.problems:
        st.markdown(f":green[:material/check_circle:] {read}, no problems.")
        return
    st.markdown(f":green[:material/check_circle:] {read}.")
    with st.popover(f"{count(len(outcome.problems), 'problem')} found", icon=":material/rule:", width="stretch"):
        st.caption("The products were kept; these places in the file may need a look.")
        shown = outcome.problems[:SHOWN_PROBLEMS]
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
        if len(outcome.problems) > SHOWN_PROBLEMS:
            st.caption(
                f"The first {SHOWN_PROBLEMS} of {len(outcome.problems):,}. "
                "`product-search check FILE` lists every one of them."
            )


def choose_pending() -> None:
    """Select the catalogue that was just uploaded: before the widget that shows the choice is drawn."""
    name = st.session_state.pop("choose_catalogue", None)
    if name is not None and name != state.get(state.CATALOGUE):
        st.session_state[state.CATALOGUE] = name
        state.catalogue_changed()
