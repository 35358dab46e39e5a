"""The train page: models that learn from the catalogue, whether they are better, and which of them serve."""

from __future__ import annotations

import streamlit as st

from ui import (
    notices,
    progress,
    results,
    routes,
    sections,
    sidebar,
    state,
    train,
    train_data,
    train_form,
    train_models,
    train_running,
)

routes.require()

st.header("Train", anchor=False)
progress.said()
name = state.get(state.CATALOGUE)
if name not in sidebar.catalogue_names():
    notices.no_catalogue()
else:
    section = sections.choose(train.SECTIONS, train.SECTION, "train")
    if section == "models":
        train_models.draw(name)
    elif section == "data":
        train_data.draw(name)
    else:
        train_running.draw(name)
        engine = results.open_engine(name)
        if engine is not None:
            train_form.draw(name, engine)
