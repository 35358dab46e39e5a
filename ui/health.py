"""The state of every component, in the sidebar: what works, what does not, and why."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from retrieval.errors import IndexStoreError
from ui import engines
from ui.safe_text import plain

POLL_SECONDS = 1.5
MARKS = {
    "ready": (":green[:material/check_circle:]", "ready"),
    "loading": (":blue[:material/progress_activity:]", "loading"),
    "degraded": (":orange[:material/error:]", "degraded"),
    "off": (":gray[:material/do_not_disturb_on:]", "off"),
}


class ComponentLike(Protocol):
    """A component's name, state and the reason for it."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def detail(self) -> str: ...


def component_line(component: ComponentLike) -> tuple[str, str]:
    """Return a component's line and what explains it, as safe Markdown."""
    icon, word = MARKS.get(component.state, (":gray[:material/help:]", component.state))
    name = component.name.replace("_", " ")
    return f"{icon} {plain(name[:1].upper() + name[1:])} :gray[· {plain(word)}]", plain(component.detail)


def panel(name: str) -> None:
    """Draw the components' states of a catalogue; redraw by itself while something is still loading."""
    try:
        loading = any(part.state == "loading" for part in engines.engine(name).components())
    except IndexStoreError:
        return  # the page itself says what is wrong with the index and what to do
    st.fragment(_draw, run_every=POLL_SECONDS if loading else None)(name, loading)


def _draw(name: str, was_loading: bool) -> None:
    components = engines.engine(name).components()
    if was_loading and not any(part.state == "loading" for part in components):
        st.rerun()
    with st.container(gap="xxsmall", key="components"):
        st.caption("Components")
        for component in components:
            line, detail = component_line(component)
            quiet = component.state == "ready"
            st.markdown(line, help=detail if quiet else None)
            if detail and not quiet:
                st.caption(detail)
