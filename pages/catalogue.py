"""The catalogue page: what is kept, how good it is, and everything that can be done with it."""

from __future__ import annotations

import streamlit as st

import compose
from ui import (
    catalogue_builds,
    catalogue_delete,
    catalogue_export,
    catalogue_health,
    catalogue_import,
    catalogue_jobs,
    catalogue_list,
    catalogue_queries,
    catalogue_report,
    catalogue_rules,
    catalogue_synonyms,
    engines,
    notices,
    progress,
    results,
    routes,
    state,
)

routes.require()

SECTIONS = {
    "import": ":material/upload_file: Import",
    "report": ":material/rule: Report",
    "health": ":material/monitor_heart: Health",
    "builds": ":material/history: Builds",
    "synonyms": ":material/translate: Synonyms",
    "rules": ":material/push_pin: Rules",
    "queries": ":material/query_stats: Queries",
    "export": ":material/download: Export",
    "jobs": ":material/work_history: Jobs",
    "delete": ":material/delete: Delete",
}
ALWAYS = ("import", "jobs")

st.header("Catalogue", anchor=False)
progress.said()
infos = compose.catalogues(engines.settings())
name = state.get(state.CATALOGUE)
there = name in {info.name for info in infos}
if infos:
    catalogue_list.draw(infos, name)
else:
    notices.no_catalogue()
section = st.segmented_control(
    "Section",
    list(SECTIONS) if there else ALWAYS,
    key="catalogue_section" if there else "catalogue_section_empty",
    default="import",
    required=True,
    format_func=lambda key: SECTIONS[key],
    label_visibility="collapsed",
)
if section == "import":
    catalogue_import.draw(name)
elif section == "jobs":
    catalogue_jobs.draw()
elif section == "builds":
    catalogue_builds.draw(name)
elif section == "synonyms":
    catalogue_synonyms.draw(name)
elif section == "rules":
    catalogue_rules.draw(name)
elif section == "queries":
    catalogue_queries.draw(name)
elif section == "delete":
    catalogue_delete.draw(name)
else:
    engine = results.open_engine(name)
    if engine is not None and section == "report":
        catalogue_report.draw(name, engine)
    elif engine is not None and section == "health":
        catalogue_health.draw(name, engine)
    elif engine is not None:
        catalogue_export.draw(name, engine)
