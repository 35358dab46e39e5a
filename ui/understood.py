"""What was understood of the query: a chip for everything, to be changed or taken back, and the way to undo that."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from retrieval.records import SearchResult
from ui import state, wording
from ui.safe_text import plain

MEANT = "meant"
"""Session key of the last correction: the query's text, the corrected one, the keys of all and of the corrections."""
AGAIN = "Understand the query again"
HIGHEST_RATING = 5.0
FEWEST_RATINGS = 6
Understood = Mapping[str, Any]


def draw(result: SearchResult) -> None:
    """Draw what was understood of a result's query, or how to have it understood again; nothing where it is neither."""
    if not result.query.strip():
        return
    if state.get(state.PLAIN):
        _plainly(result)
        return
    understood = result.understood
    if not understood:
        return
    everything = wording.keys(understood)
    _spelling(understood, everything)
    chips = [
        *((correction, _correction) for correction in _each(understood)),
        *((part, _part) for part in understood["parts"]),
    ]
    if not chips and not understood["synonyms"] and not state.get(state.DROPPED):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="understood_chips"):
        for number, (entry, chip) in enumerate(chips):
            chip(number, understood["text"], entry, everything)
        if understood["synonyms"]:
            _synonyms(len(chips), understood["synonyms"], everything)
        if state.get(state.DROPPED):
            _again()


def _plainly(result: SearchResult) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="understood_plain"):
        st.markdown(":gray[Searched for the words as you typed them.]", width="content")
        _did_you_mean(" ".join(result.query.split()))
        _again()


def _again() -> None:
    st.button(
        AGAIN,
        key="understand_again",
        type="tertiary",
        icon=":material/undo:",
        on_click=state.understand_but,
        args=((),),
    )


def _each(understood: Understood) -> Sequence[Understood]:
    """Return the corrections that are taken back one by one: a single one is taken back by its line."""
    return understood["corrections"] if len(understood["corrections"]) > 1 else ()


def _spelling(understood: Understood, everything: Sequence[str]) -> None:
    """Draw "showing results for", with the way back to what was typed; or that way's way back."""
    text, corrections = understood["text"], understood["corrections"]
    keys = [correction["key"] for correction in corrections]
    if not corrections:
        if any(key.startswith("spelling:") for key in state.get(state.DROPPED)):
            with st.container(horizontal=True, key="understood_spelling"):
                _did_you_mean(text)
        return
    meant, typed = wording.corrected(text, corrections)
    st.session_state[MEANT] = (text, meant, [*everything, *state.get(state.DROPPED)], keys)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="understood_spelling"):
        st.markdown(f"Showing results for {meant}", width="content")
        st.button(
            f"Search instead for :blue[{typed}]",
            key="search_instead",
            type="tertiary",
            on_click=state.take_back,
            args=(keys, everything),
        )


def _did_you_mean(text: str) -> None:
    """Offer the corrections that this session took back of the same query."""
    of, meant, everything, keys = st.session_state.get(MEANT, ("", "", (), ()))
    if of != text:
        return
    dropped = everything if state.get(state.PLAIN) else state.get(state.DROPPED)
    st.button(
        f"Did you mean :blue[{meant}]?",
        key="did_you_mean",
        type="tertiary",
        on_click=state.understand_but,
        args=([key for key in dropped if key not in keys],),
    )


def widget_key(number: int, entry: Understood | Sequence[Understood]) -> str:
    """Return a widget key that is another one as soon as the chip says something else: its fields begin anew."""
    said = json.dumps(entry, sort_keys=True).encode()
    return f"understood_{number}_{hashlib.sha256(said).hexdigest()[:12]}"


def _chip(key: str, label: str) -> Any:
    """Draw the left half of a chip, which opens its editor, and return that."""
    return st.popover(label, key=f"{key}_edit")


def _close(key: str, label: str, keys: Sequence[str], everything: Sequence[str]) -> None:
    """Draw the right half of a chip, which takes it back."""
    st.button(
        "",
        key=f"{key}_drop",
        icon=":material/close:",
        help=f"Take back: {label}",
        on_click=state.take_back,
        args=(keys, everything),
    )


def _half(key: str) -> Any:
    return st.container(horizontal=True, wrap=False, gap=None, width="content", key=f"{key}_chip")


def _part(number: int, text: str, part: Understood, everything: Sequence[str]) -> None:
    key, label = widget_key(number, part), wording.label(part)
    with _half(key):
        with _chip(key, label):
            if part["kind"] in wording.BOUNDED:
                _bounds(key, text, part)
            else:
                _words(key, text, (part["start"], part["end"]))
        _close(key, label, [part["key"]], everything)


def _correction(number: int, text: str, correction: Understood, everything: Sequence[str]) -> None:
    key, label = widget_key(number, correction), f"Spelling: {plain(correction['after'], wording.LABEL_LENGTH)}"
    with _half(key):
        with _chip(key, label):
            _words(key, text, (correction["start"], correction["end"]), correction["after"])
        _close(key, label, [correction["key"]], everything)


def _synonyms(number: int, synonyms: Sequence[Understood], everything: Sequence[str]) -> None:
    """Draw one chip for all synonyms, in which each term's are taken back on their own: few shoppers look at them."""
    key, label = widget_key(number, synonyms), wording.beside(synonyms)
    with _half(key):
        with _chip(key, label):
            st.markdown("Words that are searched for beside yours, with less weight:")
            for place, synonym in enumerate(synonyms):
                st.button(
                    f"**{plain(synonym['term'], wording.LABEL_LENGTH)}**: {plain(', '.join(synonym['also']))}",
                    key=f"{key}_term_{place}",
                    icon=":material/close:",
                    help="Take these back",
                    on_click=state.take_back,
                    args=([synonym["key"]], everything),
                )
            st.caption("The list of synonyms is kept on the Catalogue page.")
        _close(key, label, [synonym["key"] for synonym in synonyms], everything)


def _words(key: str, text: str, place: tuple[int, int], said: str | None = None) -> None:
    """Draw the editor of a part that is said in words."""
    start, end = place
    with st.form(f"{key}_form", border=False):
        st.text_input(
            "In your query",
            text[start:end] if said is None else said,
            key=f"{key}_words",
            max_chars=max(1, state.MAX_QUERY - len(text) + end - start),
        )
        st.form_submit_button("Search", type="primary", on_click=_rewrite, args=(key, text, place))


def _rewrite(key: str, text: str, place: tuple[int, int]) -> None:
    state.rewrite(wording.rewritten(text, *place, str(st.session_state[f"{key}_words"] or "").strip()))


def _bounds(key: str, text: str, part: Understood) -> None:
    """Draw the editor of a part that is said in numbers."""
    with st.form(f"{key}_form", border=False):
        if part["kind"] == "price":
            unit = f" ({plain(part['unit'])})" if part["unit"] else ""
            _number(f"Price from{unit}", f"{key}_low", part["low"], step=1.0)
            _number(f"Price to{unit}", f"{key}_high", part["high"], step=1.0)
        elif part["kind"] == "rating":
            _number("Rated at least", f"{key}_low", part["low"], step=0.1, most=HIGHEST_RATING)
            _number("Rated at most", f"{key}_high", part["high"], step=0.1, most=HIGHEST_RATING)
        elif part["low"] is not None:
            _number("Ratings at least", f"{key}_low", part["low"], step=1.0, least=FEWEST_RATINGS)
        else:
            _number("Ratings at most", f"{key}_high", part["high"], step=1.0, least=FEWEST_RATINGS)
        st.form_submit_button("Search", type="primary", on_click=_restate, args=(key, text, part))


def _number(
    label: str, key: str, value: float | None, *, step: float, least: float = 0.0, most: float | None = None
) -> None:
    if key not in st.session_state and value is not None:
        # Not as the field's own value: one that has one cannot be emptied.
        st.session_state[key] = min(max(float(value), least), math.inf if most is None else most)
    st.number_input(
        label,
        min_value=float(least),
        max_value=most,
        value=None,
        step=step,
        format="%g",
        key=key,
        placeholder="Any",
    )


def _restate(key: str, text: str, part: Understood) -> None:
    # Read here, as they were sent: what the fields held when they were drawn is the bounds of before.
    low, high = (st.session_state.get(f"{key}_{end}") for end in ("low", "high"))
    if part["kind"] == "rating":
        low, high = (None if not bound else round(bound, 2) for bound in (low, high))
    state.rewrite(wording.restated(text, part, low or None, high))


def offer(result: SearchResult) -> None:
    """Offer to take back, each by its name, what keeps every product away."""
    everything = wording.keys(result.understood)
    blocking = wording.blocking(result.understood)
    if not blocking:
        return
    st.markdown("What was understood of the query may be too strict:")
    with st.container(horizontal=True, gap="small", key="understood_blocking"):
        for number, part in enumerate(blocking):
            st.button(
                f"Take back “{wording.label(part)}”",
                key=f"{widget_key(number, part)}_offer",
                icon=":material/close:",
                on_click=state.take_back,
                args=([part["key"]], everything),
            )
