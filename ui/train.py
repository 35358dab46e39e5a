"""What the sections of the Train page share: which one is open, and the jobs of training."""

from __future__ import annotations

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from shop.jobs import JobRecord
from training.cards import Kind
from ui import engines
from ui.safe_text import plain

SECTION = "train_section"
SECTIONS = {
    "train": ":material/school: Train",
    "models": ":material/deployed_code: Models",
    "data": ":material/dataset: Learning data",
}
KINDS: tuple[Kind, ...] = ("embedder", "reranker")
TITLES = {"embedder": "Embedder", "reranker": "Reranker"}
DOES = {
    "embedder": "finds products by meaning",
    "reranker": "reads the best ones again and puts them in order",
}


def go(section: str) -> None:
    """Open a section: the callback of the buttons that lead on."""
    st.session_state[SECTION] = section


def lead(label: str, section: str, icon: str, *, key: str, primary: bool = False) -> None:
    """Draw a button that opens a section."""
    st.button(label, key=key, icon=icon, type="primary" if primary else "secondary", on_click=go, args=(section,))


def jobs(name: str) -> list[JobRecord]:
    """Return the catalogue's trainings and the jobs that let a model serve, newest first, those under way too."""
    return [job for job in compose.jobs(engines.settings(), name) if job.kind == compose.TRAIN]


def serves_only(job: JobRecord) -> bool:
    """Return whether a job trains nothing, but lets a model serve whose index has to be built."""
    return "serve" in job.params


def trainings(name: str) -> list[JobRecord]:
    """Return the catalogue's trainings, newest first, those under way too."""
    return [job for job in jobs(name) if not serves_only(job)]


def serving(name: str) -> set[tuple[str, str]]:
    """Return kind and version of the trained models that serve a catalogue; none where that cannot be read."""
    try:
        return {
            (model.kind, model.version) for model in compose.trained_models(engines.settings(), name) if model.serving
        }
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return set()
