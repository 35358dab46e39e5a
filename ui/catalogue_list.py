"""The catalogues that are kept, and the switch between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from compose import CatalogueInfo
from ui.catalogue_builds import when
from ui.formats import count
from ui.safe_text import plain


def line(info: CatalogueInfo) -> str:
    """Return a catalogue as safe Markdown: what it holds, and how it can be searched."""
    if info.error:
        return f"**{plain(info.name)}** :red-badge[cannot be searched]\n\n:small[{plain(info.error, 300)}]"
    kind = ":gray-badge[keyword search]" if info.keyword_only else ":green-badge[keyword and meaning]"
    facts = f"{count(info.products, 'product')} · {count(info.chunks, 'passage')} · {when(info.created)}"
    return f"**{plain(info.name)}** {kind} :small[:gray[{plain(facts)}]]"


def draw(infos: Sequence[CatalogueInfo], current: str | None) -> None:
    """Draw a row a catalogue; the one that is chosen is marked, the others can be."""
    with st.container(border=True, gap="xsmall", key="catalogues"):
        for info in infos:
            with st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
            ):
                st.markdown(line(info), width="content")
                chosen = info.name == current
                st.button(
                    "Chosen" if chosen else "Choose",
                    key=f"choose_{info.name}",
                    type="tertiary",
                    icon=":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:",
                    disabled=chosen,
                    on_click=_choose,
                    args=(info.name,),
                )


def _choose(name: str) -> None:
    st.session_state["choose_catalogue"] = name
