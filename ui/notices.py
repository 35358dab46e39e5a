"""What the pages say when there is nothing to show, or less than was asked for - and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

import compose
from retrieval.errors import IndexNotFound, IndexStoreError, ProductSearchError
from retrieval.records import Degraded, SearchResult
from ui import engines, progress, sending, state, understood, wording
from ui.safe_text import plain

EXAMPLE = """<!--DOC:START id=lamp-01 category=lighting -->
## Folding desk lamp, warm white
**Brand:** Northlight
**Price:** $24.90
**Rating:** 4.6/5 (212 ratings)
**URL:** https://shop.example/lamp-01
A small lamp that folds flat.
<!--DOC:END-->
"""


def no_catalogue() -> None:
    """Say how to begin: upload a catalogue, or try the sample one."""
    waiting = progress.active_jobs()
    if waiting:
        st.info(
            f"**{plain(waiting[0].catalogue, 60)} is being built.** Search opens by itself as soon as its keyword "
            "index is ready; the sidebar shows how far it is.",
            icon=":material/hourglass_top:",
        )
        return
    st.info(
        "**No catalogue yet.** Upload one in the sidebar: a Markdown, JSON Lines or CSV file. "
        "Keyword search opens as soon as its part is built, the rest follows by itself.",
        icon=":material/upload_file:",
    )
    sample = engines.settings().sample_catalogue
    if sample.is_file():
        st.button(
            "Try the sample catalogue",
            type="primary",
            icon=":material/storefront:",
            on_click=start,
            args=(compose.SAMPLE, sample),
        )
    with st.expander("What a Markdown catalogue looks like", expanded=True):
        st.code(EXAMPLE, language="markdown", wrap_lines=True)


def start(name: str, source: Path) -> None:
    """Start the build of a catalogue and choose it: the callback of a button, which asks first where texts are sent."""
    try:
        sending.ask_first(name, source, partial(_start, name, source))
    except ProductSearchError as error:
        progress.say(str(error), failed=True)


def _start(name: str, source: Path) -> None:
    try:
        compose.start_build(source, name, engines.settings())
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
        return
    engines.forget(name)
    st.session_state["choose_catalogue"] = name


def unusable(name: str, error: IndexStoreError) -> None:
    """Say why a catalogue cannot be searched, with the button that builds it anew where its source is kept."""
    if isinstance(error, IndexNotFound) and progress.building(name):
        st.info(
            f"**{plain(name, 60)} is being built.** Search opens by itself as soon as its keyword index is ready; "
            "the sidebar shows how far it is.",
            icon=":material/hourglass_top:",
        )
        return
    st.error(f"**This catalogue cannot be searched.**\n\n{plain(str(error))}", icon=":material/error:")
    source = _source(name)
    if progress.building(name):
        st.info("It is being built anew; this page opens by itself when that is done.", icon=":material/hourglass_top:")
    elif source:
        st.button("Build it again", type="primary", icon=":material/build:", on_click=start, args=(name, source))
    else:
        st.markdown("Upload the catalogue's file again in the sidebar to build it anew.")


def _source(name: str) -> Path | None:
    """Return the file that a catalogue was last built from, None where it is not there any more."""
    records = compose.jobs(engines.settings(), name)
    paths = [Path(record.source) for record in records if record.kind == compose.BUILD]
    if name == compose.SAMPLE:
        paths.append(engines.settings().sample_catalogue)
    return next((path for path in paths if path.is_file()), None)


def still_embedding(name: str) -> None:
    """Say that only the words are searchable so far, where a build is still embedding."""
    info = next((info for info in compose.catalogues(engines.settings()) if info.name == name), None)
    if info is None or not info.keyword_only:
        return
    if progress.building(name):
        st.info(
            "**Keyword search is ready; search by meaning is still being built.** You can search now, the better "
            "ranking is picked up by itself.",
            icon=":material/hourglass_top:",
        )


def degraded(parts: Sequence[Degraded]) -> None:
    """Say what was asked for but not there, why, and what stood in."""
    if not parts:
        return
    lines = [
        f"**{plain(_name(part.what))}**: {plain(part.why.rstrip('. '))}. Used instead: **{plain(part.fallback)}**."
        for part in parts
    ]
    body = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    st.warning(f"Not everything that was asked for is available.\n\n{body}", icon=":material/warning:")


def _name(what: str) -> str:
    words = what.replace("_", " ")
    return words[:1].upper() + words[1:]


def no_good_match(result: SearchResult, filtered: bool) -> None:
    """Say above the hits that they are only the nearest there is, and what to try."""
    tips = ["other or more general words"]
    if wording.keys(result.understood):
        tips.append("changing or taking back what was understood of your query")
    if filtered:
        tips.append("clearing the filters")
    st.info(
        f"**No good match for “{plain(result.query, 80)}”.** What may help: {', '.join(tips)}.",
        icon=":material/search_off:",
    )
    st.subheader("Nearest in this catalogue", anchor=False)
    st.caption("These share something with your query, but are probably not what you are looking for.")


def nothing_found(result: SearchResult, filtered: bool) -> None:
    """Say what to try when nothing matched."""
    if result.query:
        st.info(f"**Nothing found for “{plain(result.query, 80)}”.**", icon=":material/search_off:")
    else:
        st.info("**No product passes these filters.**", icon=":material/search_off:")
    if filtered:
        st.markdown("The filters may be too strict:")
        st.button(
            "Clear all filters",
            key="clear_filters_empty",
            type="primary",
            icon=":material/filter_alt_off:",
            on_click=state.clear_filters,
        )
    understood.offer(result)
    tips = ["Use fewer or more general words, and check their spelling."]
    if result.mode_used == "bm25":
        tips.append("**BM25** needs a word of the query in the product; **Hybrid** also finds what means the same.")
    tips.append("Empty the search box to look through the whole catalogue.")
    st.markdown("\n".join(f"- {tip}" for tip in tips))
