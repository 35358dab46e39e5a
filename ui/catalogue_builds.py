"""The state of a catalogue's index, its earlier builds, and the way back to one of them."""

from __future__ import annotations

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from retrieval.history import BuildInfo
from ui import engines, progress
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain


def when(created: str) -> str:
    """Return an ISO 8601 time in UTC as `2026-01-31 12:30 UTC`."""
    return f"{created[:10]} {created[11:16]} UTC" if created else ""


def line(info: BuildInfo) -> str:
    """Return a build as safe Markdown: number, time, what it holds, and where it came from."""
    badge = " :green-badge[serving]" if info.serving else ""
    if info.error:
        return f"**{plain(info.build)}**{badge} :red-badge[damaged]\n\n{plain(info.error)}"
    kind = "keyword search only" if info.keyword_only else f"{count(info.vectors, 'vector')}"
    parts = [when(info.created), count(info.products, "product"), count(info.chunks, "passage"), kind]
    if info.problems:
        parts.append(count(info.problems, "problem"))
    notes = []
    if info.restored_from:
        notes.append(f"brought back from {info.restored_from}")
    if info.interim:
        notes.append("the keyword half of a first build")
    elif info.keyword_only and info.why:
        notes.append(info.why)
    if info.encoder_id:
        notes.append(f"encoder {info.encoder_id}")
    if info.source_sha256:
        notes.append(f"file {info.source} ({info.source_sha256[:12]})")
    return f"**{plain(info.build)}**{badge} {plain(' · '.join(parts))}\n\n:small[:gray[{plain(' · '.join(notes))}]]"


def draw(name: str) -> None:
    """Draw every kept build, newest first, each with the button that brings it back; and the check of the files."""
    settings = engines.settings()
    try:
        kept = compose.builds(settings, name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.caption("A build never changes. Bringing one back makes it serve again at once; nothing is lost by it.")
    busy = progress.building(name)
    for info in kept:
        with st.container(border=True, gap="xsmall", key=f"build_{info.build}"):
            st.markdown(line(info))
            if not info.serving and not info.error:
                st.button(
                    "Roll back to this build",
                    key=f"roll_back_{info.build}",
                    icon=":material/history:",
                    disabled=busy,
                    help="A build is running; wait until it has ended." if busy else None,
                    on_click=_roll_back,
                    args=(name, info.build),
                )
    st.button(
        "Check every file of the index",
        icon=":material/verified:",
        key="check_index",
        on_click=_check,
        args=(name,),
    )


def _check(name: str) -> None:
    wrong = compose.damage(name, engines.settings())
    if wrong:
        say(wrong, failed=True)
    else:
        say("Every file of the index is as it was written.")


def _roll_back(name: str, build: str) -> None:
    try:
        info = compose.roll_back(engines.settings(), name, build)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say(f"Build {build} serves again, as {info.build}.")
