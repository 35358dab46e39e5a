"""Suggestions while typing, below the search box.

The box itself is a plain text input. A component without looks of its own listens to it and asks, a moment after the
last key, what may be meant; only its own fragment runs for that, and nothing else of the page.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from retrieval.errors import IndexStoreError
from retrieval.loading import LoadedBuild
from retrieval.query.completions import Completions
from retrieval.records import Product
from ui import engines, recents, state
from ui.safe_text import clean

logger = logging.getLogger(__name__)

SHOWN = 8
PLACE = "suggestions"
KEY = "suggesting"
SLICE = 200
_QUESTION = "suggestions_asked"
_NOTHING = Completions((), ())
_FRONTEND = Path(__file__).with_name("frontend")
_HTML = (
    '<ul role="listbox" aria-label="Suggestions" popover="manual" hidden></ul>'
    '<div role="status" class="search-suggestions-said"></div>'
)
_component = st.components.v2.component(
    "product_search_suggestions",
    html=_HTML,
    css=(_FRONTEND / "search_box.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "search_box.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # a screen reader follows from the box to the marked line only within one tree
)


class Shelf:
    """The completions of each catalogue's newest build, made behind the visitors' backs; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Completions] = {}
        self._making: dict[str, tuple[str, threading.Thread]] = {}

    def completions(self, name: str, build: LoadedBuild) -> tuple[Completions | None, bool]:
        """Return a catalogue's completions, and whether better ones are being made.

        Until a build's are made those of the build before serve, None where there is none.
        """
        wanted = build.manifest.build
        with self._lock:
            made, thread = self._making.get(name, ("", None))
            if thread is None or made != wanted:
                thread = threading.Thread(
                    target=self._make, args=(name, build), name=f"completions-{name}", daemon=True
                )
                self._making[name] = wanted, thread
                thread.start()
            return self._made.get(name), thread.is_alive()

    def _make(self, name: str, build: LoadedBuild) -> None:
        try:
            made = Completions.from_products(_gently(build))
        except IndexStoreError as error:
            # The search itself says what is wrong with the index, and works without suggestions.
            logger.warning("there are no suggestions from %s: %s", name, error)
            return
        with self._lock:
            if self._making[name][0] == build.manifest.build:
                self._made[name] = made


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """Return the process's completions."""
    return Shelf()


def suggest(name: str) -> None:
    """Let the search box of the row that is being drawn suggest searches of a catalogue."""
    with st.container(key=PLACE):
        _fragment(name)


@st.fragment
def _fragment(name: str) -> None:
    try:
        known, more = shelf().completions(name, engines.engine(name).build)
    except IndexStoreError:
        return  # the page itself says what is wrong with the index and what to do
    _component(key=KEY, data=answer(st.session_state.pop(_QUESTION, None), known, name, more), on_asked_change=_asked)


def _asked() -> None:
    st.session_state[_QUESTION] = st.session_state[KEY].asked


def answer(question: object, known: Completions | None, name: str, more: bool) -> dict[str, Any]:
    """Return what the browser is told: nothing without a `question` {"number", "text"}, else what may be meant by it.

    `more` says that it is worth asking again. What a browser sends is checked: it may send anything.
    """
    if not isinstance(question, Mapping):
        return {"number": 0}
    number, text = question.get("number"), question.get("text")
    if not isinstance(number, int) or not isinstance(text, str):
        return {"number": 0}
    typed = text[: state.MAX_QUERY]
    found = (known or _NOTHING).complete(typed, recents.past(name), SHOWN)
    options = [{"text": clean(each.text)[: state.MAX_QUERY], "kind": each.kind} for each in found]
    return {"number": number, "text": text, "options": options, "more": more}


def _gently(build: LoadedBuild) -> Iterator[Product]:
    """Read a build's products, resting as long as that takes: whoever searches meanwhile goes first."""
    for start in range(0, len(build.store), SLICE):
        began = time.perf_counter()
        yield from build.store.products(range(start, min(start + SLICE, len(build.store))))
        time.sleep(min(time.perf_counter() - began, 0.1))
