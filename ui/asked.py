"""What shoppers ask for, kept for the catalogue's reports: once for each search, however often its page is drawn."""

from __future__ import annotations

import streamlit as st

from answering.records import Answer
from retrieval.outcome import Ask
from retrieval.records import SearchResult
from ui import engines, state

LAST = "search_logged"


def keep(name: str, ask: Ask, answer: SearchResult) -> None:
    """Hand a search to the log, unless it is the last one drawn again, on another page or under other filters."""
    # A ranking that nobody chose may become a better one while the shopper looks: that is no search of his.
    said = (name, " ".join(ask.query.split()), ask.mode if state.get(state.MODE_CHOSEN) else None)
    if ask.page != 1 or not said[1] or st.session_state.get(LAST) == said:
        return
    st.session_state[LAST] = said
    engines.query_log().record(
        name,
        ask.query,
        mode=answer.mode_used,
        total=answer.total,
        ms=answer.timings_ms["total"],
        no_good_match=bool(answer.understood.get("no_good_match")),
    )


def keep_question(name: str, text: str, answer: Answer) -> None:
    """Hand a question to the log, with the number of products that answer it."""
    evidence = answer.evidence
    refused = evidence.refusal is not None
    engines.query_log().record(
        name,
        text,
        mode=evidence.result.mode_used if evidence.result is not None else "bm25",
        total=0 if refused else max(evidence.matching, len(evidence.cards)),
        ms=answer.timings_ms.get("search", 0.0),
        no_good_match=refused,
    )
