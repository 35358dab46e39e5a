"""The sidebar: which catalogue, how to rank it, and whether everything works."""

from __future__ import annotations

import streamlit as st

import compose
from retrieval.errors import IndexStoreError
from retrieval.records import MODES
from ui import engines, health, progress, sending, state, uploads
from ui.formats import count

SAYING = frozenset({"catalogue", "evaluate", "train"})
"""The pages that say below their own heading what came of a click."""
LABELS = "catalogue_labels"
MODE_LABELS = {"bm25": "BM25", "dense": "Dense", "hybrid": "Hybrid", "rerank": "Hybrid + rerank"}
MODE_HINTS = {"bm25": "words", "dense": "meaning", "hybrid": "both", "rerank": "re-read"}


def draw() -> None:
    """Draw the whole sidebar and settle which catalogue and mode are chosen."""
    st.logo(":material/storefront:", size="large")
    infos = compose.catalogues(engines.settings())
    uploads.choose_pending()
    with st.sidebar:
        _catalogues([info.name for info in infos])
        uploads.panel()
        progress.panel()
        name = state.get(state.CATALOGUE)
        if name in {info.name for info in infos}:
            st.divider()
            _ranking(name)
            health.panel(name)
    sending.question()
    if st.session_state.get(state.DRAWN) not in SAYING:
        progress.said()


def catalogue_names() -> list[str]:
    """Return the names of the catalogues that there are."""
    return [info.name for info in compose.catalogues(engines.settings())]


def _catalogues(names: list[str]) -> None:
    chosen = state.get(state.CATALOGUE)
    if chosen is not None and chosen not in names and progress.deleted(chosen):
        st.session_state[state.CATALOGUE] = chosen = None
    if not names:
        return
    waiting = chosen is not None and chosen not in names and progress.building(chosen)
    options = [*names, chosen] if waiting else names
    if chosen not in options:
        st.session_state[state.CATALOGUE] = options[0]
    labels = [_catalogue_label(name) for name in options]
    if st.session_state.get(LABELS, labels) != labels:
        # The browser keeps the label that was chosen, which may count the products of the build before.
        st.session_state[state.CATALOGUE] = st.session_state[state.CATALOGUE]
    st.session_state[LABELS] = labels
    st.selectbox(
        "Catalogue",
        options,
        key=state.CATALOGUE,
        format_func=_catalogue_label,
        on_change=state.catalogue_changed,
        persist_state="session",
    )


def _catalogue_label(name: str) -> str:
    for info in compose.catalogues(engines.settings()):
        if info.name == name and not info.error:
            return f"{name} · {count(info.products, 'product')}"
    return name


def default_mode(name: str) -> str:
    """Return the mode of a visitor who chose none: the best one whose parts are all ready."""
    ready = {part.name for part in engines.engine(name).components() if part.state == "ready"}
    if {"encoder", "vectors"} <= ready:
        return "rerank" if "reranker" in ready else "hybrid"
    return "bm25"


def _ranking(name: str) -> None:
    if not state.get(state.MODE_CHOSEN):
        try:
            st.session_state[state.MODE] = default_mode(name)
        except IndexStoreError:
            st.session_state[state.MODE] = "hybrid"  # nothing to ask; the page says what is wrong with the index
    st.radio(
        "Ranking",
        MODES,
        key=state.MODE,
        format_func=lambda mode: f"{MODE_LABELS[mode]} :gray[· {MODE_HINTS[mode]}]",
        on_change=state.mode_changed,
        persist_state="session",
    )
    mixes = state.get(state.MODE) in {"hybrid", "rerank"}
    st.segmented_control(
        "Fusion",
        ("rrf", "weighted"),
        key=state.FUSION,
        required=True,
        format_func=lambda fusion: {"rrf": "RRF", "weighted": "Weighted"}[fusion],
        help="How keyword and meaning are joined: by their ranks (reciprocal rank fusion), or by their weighted "
        "scores. Only the hybrid rankings use it.",
        disabled=not mixes,
        on_change=state.first_page,
        persist_state="session",
    )
    if mixes and state.get(state.FUSION) == "weighted":
        _alpha()
    st.select_slider(
        "Results per page (top-k)",
        state.TOP_KS,
        key=state.TOP_K,
        on_change=state.first_page,
        persist_state="session",
    )


def _alpha() -> None:
    st.segmented_control(
        "Alpha",
        ("fixed", "rule"),
        key=state.ALPHA_FROM,
        required=True,
        format_func=lambda source: {"fixed": "Fixed", "rule": "By query length"}[source],
        help="The weight of BM25. By query length: 0.7 for queries under 5 words, else 0.3.",
        on_change=state.first_page,
        persist_state="session",
    )
    if state.get(state.ALPHA_FROM) == "fixed":
        st.slider(
            "Weight of BM25 (alpha)",
            0.0,
            1.0,
            step=0.05,
            key=state.ALPHA,
            on_change=state.first_page,
            persist_state="session",
        )
