"""What a build would send to a server of embeddings, and the question before it: nothing leaves the machine unasked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

import compose
from retrieval.errors import ModelUnavailable
from ui import engines
from ui.formats import count
from ui.safe_text import plain

if TYPE_CHECKING:
    from retrieval.estimates import Estimate

WAITING = "sending_waiting"
LEAST_SHOWN = 0.0001


@dataclass(frozen=True, slots=True)
class Waiting:
    """A build that waits for the visitor's yes: what it would send, and what starts it."""

    name: str
    figures: Estimate
    go: Callable[[], None]


def figures(
    source: Path, name: str, embedder: str = "auto", mapping: Mapping[str, str] | None = None
) -> Estimate | None:
    """Return what a build of a file would send to a server, None where nothing would leave this machine.

    Raises CatalogueError or SettingsError where the file cannot be read, ModelUnavailable for a model that was asked
    for by name.
    """
    settings = engines.settings()
    if not compose.is_served(settings, name, embedder):
        return None
    try:
        return compose.estimate(source, name, settings, embedder, mapping)
    except ModelUnavailable:
        if embedder != "auto":
            raise
        return None  # no client, nothing sent: the build goes on with words alone and says why


def figures_of(data: bytes, suffix: str, name: str, mapping: Mapping[str, str] | None) -> Estimate | None:
    """Return what a build of a file that is in memory would send, None where nothing would leave this machine."""
    if not compose.is_served(engines.settings(), name):
        return None
    with TemporaryDirectory() as folder:
        source = Path(folder) / f"upload{suffix}"
        source.write_bytes(data)
        return figures(source, name, mapping=mapping)


def ask_first(name: str, source: Path, go: Callable[[], None], embedder: str = "auto") -> None:
    """Start a build by `go`: now, or, where it would send texts to a server, when the visitor has said yes.

    Raises what `figures` raises; `go` says itself what went wrong.
    """
    found = figures(source, name, embedder)
    if found is None:
        go()
    else:
        st.session_state[WAITING] = Waiting(name, found, go)


def asking() -> bool:
    """Return whether a build waits for the visitor's yes."""
    return WAITING in st.session_state


def question() -> None:
    """Draw the question of a build that waits for a yes."""
    waiting: Waiting | None = st.session_state.get(WAITING)
    if waiting is not None:
        st.dialog("Send texts to a server?", icon=":material/cloud_upload:", on_dismiss=_forget)(_ask)(waiting)


def _ask(waiting: Waiting) -> None:
    if not asking():
        st.rerun()  # answered: the page without the dialog
    st.markdown(line(waiting.name, waiting.figures))
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Send and build",
            key="sending_yes",
            type="primary",
            icon=":material/cloud_upload:",
            on_click=_accept,
            args=(waiting,),
        )
        st.button("Do not send", key="sending_no", on_click=_forget)


def _accept(waiting: Waiting) -> None:
    _forget()
    waiting.go()


def _forget() -> None:
    st.session_state.pop(WAITING, None)


def line(name: str, found: Estimate) -> str:
    """Return what a build would send, where to and what it costs, as safe Markdown."""
    to = f"**{plain(found.encoder)}**"
    if not found.new:
        return (
            f"All {count(found.texts, 'text')} of **{plain(name)}** were embedded before by {to}. Building it asks "
            "that server once for the length of its vectors; no text of the catalogue is sent."
        )
    known = f" {count(found.known, 'text')} more were embedded before and stay here." if found.known else ""
    if found.price is None:
        cost = "What that costs cannot be told: EMBEDDING_PRICE_PER_MILLION is not set."
    else:
        price = f"At most about {found.price:,.4f}" if found.price >= LEAST_SHOWN else f"Less than {LEAST_SHOWN}"
        cost = f"{price} in the currency of EMBEDDING_PRICE_PER_MILLION."
    return (
        f"Building **{plain(name)}** sends **{count(found.new, 'text')}**, about {found.tokens:,} tokens, to {to}."
        f"{known} {plain(cost)}"
    )
