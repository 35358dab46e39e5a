"""The comparisons that were made of a catalogue: to open again, and to delete."""

from __future__ import annotations

import streamlit as st

import compose
from compose import ComparisonInfo
from retrieval.errors import ProductSearchError
from ui import engines, evaluate, evaluate_result
from ui.catalogue_builds import when
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain

SHOWN = 50


def line(info: ComparisonInfo) -> str:
    """Return a comparison as safe Markdown: what came of it, on which queries, when."""
    facts = " · ".join(
        (
            f"set {info.query_set}",
            count(info.queries, "judged query", "judged queries"),
            count(len(info.systems), "ranking"),
            f"build {info.build}",
            when(info.created),
        )
    )
    return f"{plain(info.verdict)}\n\n:small[:gray[{plain(facts)}]]"


def draw(name: str) -> None:
    """Draw every comparison of a catalogue, newest first."""
    try:
        infos = compose.comparisons(engines.settings(), name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not infos:
        evaluate_result.nothing()
        return
    for info in infos[:SHOWN]:
        with st.container(border=True, gap="xsmall", key=f"comparison_{info.id}"):
            st.markdown(line(info))
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                evaluate.lead(
                    "Open",
                    "results",
                    ":material/leaderboard:",
                    key=f"open_{info.id}",
                    choosing={evaluate.COMPARISON: info.id},
                )
                with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"forget_{info.id}"):
                    st.markdown("This deletes the comparison; its queries and judgements stay.")
                    st.button(
                        "Delete this comparison",
                        key=f"delete_{info.id}",
                        type="primary",
                        icon=":material/delete_forever:",
                        on_click=_delete,
                        args=(name, info.id),
                    )
    if len(infos) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(infos):,}; delete some to see the others.")


def _delete(name: str, comparison_id: str) -> None:
    try:
        compose.delete_comparison(engines.settings(), name, comparison_id)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    say("The comparison was deleted.")
