"""Who writes the answers: the choice, what stands behind it, and where texts would go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

import streamlit as st

import compose
from answering.records import PROMPT_STYLES, PROVIDER_CHOICES, PromptStyle, ProviderChoice
from compose import ProviderState
from retrieval.engine import SearchEngine
from retrieval.settings import Settings
from ui import engines
from ui.safe_text import plain

WANTED = "answer_wanted"
STYLE = "answer_style"
OPENAI_HOST = "api.openai.com"
LABELS: Mapping[str, str] = {
    "auto": "Automatic",
    "openai": "OpenAI or a compatible server",
    "slm": "Language model on this machine",
    "extractive": "The catalogue's facts",
}
STYLES: Mapping[PromptStyle, str] = {"chat": "Chat", "plain": "Plain text"}
NO_MODEL = (
    "No language model is set up, so answers are made of the catalogue's own facts. To add one, set "
    "`OPENAI_API_KEY` (or `OPENAI_BASE_URL` for a server of your own), or put a small model into `models/slm`."
)


def host(settings: Settings) -> str:
    """Return the machine that the OpenAI provider sends to."""
    return (urlsplit(settings.openai_base_url).hostname if settings.openai_base_url else None) or OPENAI_HOST


def first_asked(states: Sequence[ProviderState], wanted: ProviderChoice, settings: Settings) -> ProviderState:
    """Return who is asked first for a choice: the first that is ready, in the order of `auto`."""
    chosen = settings.answer_provider if wanted == "auto" else wanted
    names = [state.name for state in states]
    allowed = states if chosen == "auto" else states[names.index(chosen) :]
    return next(state for state in allowed if state.ready)


def destination(wanted: ProviderChoice, settings: Settings) -> str | None:
    """Return the other machine that a question would be sent to first, None where it stays on this one."""
    first = first_asked(compose.provider_states(settings), wanted, settings)
    return None if first.local else host(settings)


def searched_on(engine: SearchEngine) -> str | None:
    """Return the other machine that searching sends a question to, None where it stays on this one."""
    settings = engines.settings()
    return host(settings) if compose.searches_leave(settings, engine) else None


def wanted() -> ProviderChoice:
    """Return who was chosen to write."""
    chosen = st.session_state.get(WANTED, "auto")
    return cast("ProviderChoice", chosen if chosen in PROVIDER_CHOICES else "auto")


def style() -> PromptStyle:
    """Return the chosen style of prompts."""
    chosen = st.session_state.get(STYLE, engines.settings().answer_prompt)
    return cast("PromptStyle", chosen if chosen in PROMPT_STYLES else "chat")


def draw(searched: str | None) -> None:
    """Draw the choice behind one button that names who would write; `searched` is as `searched_on` returns it."""
    settings = engines.settings()
    states = compose.provider_states(settings)
    first = first_asked(states, wanted(), settings)
    with st.popover(_button(first), icon=":material/edit_note:", key="answer_choice", help="Who writes the answers"):
        _choose(states, settings, searched)


def notice(searched: str | None) -> None:
    """Say before the first question where it goes, or that no model is set up."""
    settings = engines.settings()
    states = compose.provider_states(settings)
    first = first_asked(states, wanted(), settings)
    if not first.local:
        st.caption(sends(first, settings))
        return
    if searched is not None:
        st.caption(searches(searched))
    if not any(state.ready for state in states if state.name != "extractive"):
        st.caption(NO_MODEL)


def sends(state: ProviderState, settings: Settings) -> str:
    """Return what a provider on another machine is sent, as safe Markdown."""
    return (
        f":material/cloud_upload: **{plain(state.model, 60)}** writes on **{plain(host(settings), 60)}**: your "
        "question and the texts of the products found for it are sent there."
    )


def searches(searched: str) -> str:
    """Return what searching sends to another machine, as safe Markdown."""
    return (
        f":material/cloud_upload: Searching sends your question to **{plain(searched, 60)}**, which makes this "
        "catalogue's vectors."
    )


def _button(first: ProviderState) -> str:
    return "Facts" if first.name == "extractive" else plain(first.model, 24)


def _choose(states: Sequence[ProviderState], settings: Settings, searched: str | None) -> None:
    ready = {state.name: state for state in states if state.ready}
    options: list[ProviderChoice] = ["auto", *(name for name in PROVIDER_CHOICES if name in ready)]
    st.session_state.setdefault(WANTED, "auto")
    if st.session_state[WANTED] not in options:
        st.session_state[WANTED] = "auto"
    first = first_asked(states, "auto", settings)
    captions = [f"Now: {plain(_named(first))}"]
    captions += [plain(_described(ready[name]), 120) for name in options[1:] if name in ready]
    st.radio(
        "Who writes the answers",
        options,
        key=WANTED,
        format_func=lambda name: LABELS[name],
        captions=captions,
        persist_state="session",
    )
    for state in states:
        if not state.ready:
            st.caption(f":material/block: **{LABELS[state.name]}** is not there: {plain(state.why, 200)}")
    if len(ready) > 1:
        st.session_state.setdefault(STYLE, settings.answer_prompt)
        st.segmented_control(
            "Prompt",
            PROMPT_STYLES,
            key=STYLE,
            required=True,
            format_func=lambda style: STYLES[style],
            help="Chat turns, or one plain text for models that know no chat.",
            persist_state="session",
        )
    else:
        st.caption(NO_MODEL)
    remote = ready.get("openai")
    if remote is not None and not remote.local:
        kept = " The other choices keep them here." if searched is None else ""
        st.caption(f"{sends(remote, settings)}{kept}")
    if searched is not None:
        st.caption(searches(searched))
    elif remote is None or remote.local:
        st.caption(":material/lock: Nothing leaves this machine.")


def _described(state: ProviderState) -> str:
    return state.why if state.name == "extractive" else f"{state.model} · {state.why}"


def _named(state: ProviderState) -> str:
    return LABELS[state.name] if state.name == "extractive" else f"{state.model} · {LABELS[state.name]}"
