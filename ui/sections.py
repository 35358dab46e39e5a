"""The sections of a page, one of which is open."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def choose(sections: Mapping[str, str], key: str, first: str) -> str:
    """Draw the choice of a section and return the open one; `sections` are labels by name, `first` opens first.

    The session keeps under `key` which one is open, also while another page is shown.
    """
    return str(
        st.segmented_control(
            "Section",
            list(sections),
            key=key,
            default=None if key in st.session_state else first,
            required=True,
            format_func=lambda name: sections[name],
            label_visibility="collapsed",
            persist_state="session",
        )
    )
