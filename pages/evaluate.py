"""The evaluate page: which ranking finds this catalogue's products best, and whether that is more than chance."""

from __future__ import annotations

import streamlit as st

from ui import (
    evaluate,
    evaluate_compare,
    evaluate_history,
    evaluate_judge,
    evaluate_result,
    evaluate_sets,
    notices,
    progress,
    results,
    routes,
    sections,
    sidebar,
    state,
)

routes.require()

st.header("Evaluate", anchor=False)
progress.said()
name = state.get(state.CATALOGUE)
if name not in sidebar.catalogue_names():
    notices.no_catalogue()
else:
    section = sections.choose(evaluate.SECTIONS, evaluate.SECTION, "queries")
    if section == "queries":
        evaluate_sets.draw(name)
    elif section == "history":
        evaluate_history.draw(name)
    else:
        engine = results.open_engine(name)
        if section == "results":
            evaluate_result.draw(name, engine)
        elif engine is not None and section == "judge":
            evaluate_judge.draw(name, engine)
        elif engine is not None:
            evaluate_compare.draw(name)
