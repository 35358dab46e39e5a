"""Deleting a catalogue, for whoever typed its name."""

from __future__ import annotations

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from ui import engines
from ui.progress import say
from ui.safe_text import plain

TYPED = "delete_typed"


def draw(name: str) -> None:
    """Draw what goes, and the button that needs the name."""
    st.warning(
        f"This deletes **{plain(name)}**: every build of its index and the file that was uploaded. It cannot be taken "
        "back; export the catalogue first to keep a copy.",
        icon=":material/warning:",
    )
    _hand_work(name)
    typed = st.text_input(f"Type **{plain(name)}** to confirm", key=TYPED, autocomplete="off")
    st.button(
        "Delete this catalogue",
        key="delete_catalogue",
        type="primary",
        icon=":material/delete_forever:",
        disabled=typed.strip() != name,
        on_click=_delete,
        args=(name,),
    )


def _hand_work(name: str) -> None:
    """Say what people made for the catalogue that goes with it: no other file holds that."""
    try:
        made = compose.hand_work(engines.settings(), name).parts()
    except ProductSearchError as error:
        st.error(f"**What people made for it goes too**, uncounted: {plain(str(error))}", icon=":material/error:")
        return
    if made:
        st.error(
            f"**What people made for it goes too: {', '.join(made)}.** The page Evaluate exports judgements, and "
            "`product-search backup FILE` keeps everything.",
            icon=":material/gavel:",
        )


def _delete(name: str) -> None:
    if str(st.session_state.get(TYPED, "")).strip() != name:
        return  # somebody chose another catalogue between typing and clicking
    try:
        compose.start_deletion(name, engines.settings())
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    engines.forget(name)
    st.session_state[TYPED] = ""
    say(f"{name} is being deleted.")
