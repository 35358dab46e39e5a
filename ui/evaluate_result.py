"""A comparison as it is read: a sentence, the means, what to take, the plots, and the way to each query."""

from __future__ import annotations

import streamlit as st

import compose
from compose import ComparisonInfo
from evaluation.comparison import Comparison
from evaluation.report import markdown, verdict
from retrieval.engine import SearchEngine
from retrieval.errors import ProductSearchError
from ui import engines, evaluate, evaluate_charts, evaluate_queries, evaluate_tables
from ui.catalogue_builds import when
from ui.formats import count
from ui.safe_text import plain

WIDEST = 8
"""Systems that a table of groups shows."""
NARROW = 3
"""Systems up to which two such tables stand side by side."""


@st.cache_data(show_spinner=False, max_entries=4)
def _loaded(name: str, comparison_id: str, data_dir: str) -> Comparison:
    """Return a kept comparison, which never changes."""
    return compose.comparison(engines.settings(), name, comparison_id)


def draw(name: str, engine: SearchEngine | None) -> None:
    """Draw the chosen comparison, the newest where none is; `engine` gives products their titles."""
    settings = engines.settings()
    try:
        infos = compose.comparisons(settings, name)
        info = next((one for one in infos if one.id == st.session_state.get(evaluate.COMPARISON)), None)
        info = info or next(iter(infos), None)
        if info is None:
            nothing()
            return
        found = _loaded(name, info.id, str(settings.data_dir))
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _head(name, info, found)
    measure = st.pills(
        "Measure",
        found.measures,
        default=found.primary,
        required=True,
        key=f"result_measure_{info.id}",
        label_visibility="collapsed",
    )
    measure = str(measure or found.primary)
    _means(found, measure)
    _charts(found, measure)
    _groups(found, measure)
    evaluate_queries.draw(found, measure, engine, key=info.id)


def nothing() -> None:
    """Say that nothing was compared yet, and lead to where that is done."""
    st.info(
        "**Nothing was compared yet.** A comparison says which ranking finds your products best, and whether the "
        "difference is more than chance.",
        icon=":material/leaderboard:",
    )
    evaluate.lead("Compare rankings", "compare", ":material/compare_arrows:", key="lead_compare", primary=True)


def _head(name: str, info: ComparisonInfo, found: Comparison) -> None:
    st.subheader(plain(verdict(found)), anchor=False)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        facts = [
            f"set {info.query_set}",
            count(info.queries, "judged query", "judged queries"),
            f"build {info.build}",
            *([f"encoder {info.encoder}"] if info.encoder else []),
            when(info.created),
        ]
        st.caption(plain(" · ".join(facts)), width="content")
        _downloads(name, info, found)
    if found.choice is not None:
        st.info(f"**What to take.** {plain(found.choice.explanation)}", icon=":material/lightbulb:")
    if evaluate_tables.made_from_catalogue(found):
        st.caption(
            ":orange[:material/warning:] These queries were made from the catalogue's own words, which flatters "
            "rankings by words. Your shoppers' own queries, judged, say more."
        )
    for note in found.notes:
        st.caption(f":material/info: {plain(note)}")


def _downloads(name: str, info: ComparisonInfo, found: Comparison) -> None:
    with st.popover("Download the report", icon=":material/download:", key="report_download"):
        texts = st.toggle(
            "With the queries' texts", value=True, key="report_texts", help="Without them: ids and figures only."
        )
        stem = f"{name}-{info.id}"
        st.download_button(
            "Markdown",
            lambda: markdown(found, texts=texts).encode(),
            f"{stem}.md",
            "text/markdown",
            key="report_markdown",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Markdown and plots (ZIP)",
            lambda: compose.comparison_zip(engines.settings(), name, info.id, texts=texts),
            f"{stem}.zip",
            "application/zip",
            key="report_zip",
            on_click="ignore",
            width="stretch",
        )


def _means(found: Comparison, measure: str) -> None:
    st.dataframe(
        evaluate_tables.means(found, measure),
        column_config={
            measure: st.column_config.NumberColumn(format="%.3f"),
            "Judged only": st.column_config.NumberColumn(
                format="%.3f", help="The mean with products that nobody judged taken out of the rankings."
            ),
            "Judged@10": st.column_config.TextColumn(help="Share of the first ten that somebody judged."),
            "p": st.column_config.TextColumn(
                help="How often chance alone would make a difference as large: paired randomisation test, corrected "
                "for the number of rankings (Holm). Below 0.05 counts as told."
            ),
        },
        hide_index=True,
        width="stretch",
        key="result_means",
    )
    low = min(result.judged for result in found.results)
    if low < 0.5:
        st.caption(
            f":orange[:material/warning:] Only {100 * low:.0f}% of the first ten were judged in one of the rankings. "
            "What nobody judged counts as wrong; judging more makes the figures fairer."
        )


def _charts(found: Comparison, measure: str) -> None:
    points = evaluate_tables.latency_points(found, measure)
    swept = evaluate_tables.sweeps(found, measure)
    if not points and not swept:
        return
    cells = st.grid(2 if points and swept else 1, min_column_width=300, gap="medium")
    if points:
        with cells.cell():
            st.subheader("Quality against time", anchor=False)
            st.caption("Up is better, left is faster. The times are those of this machine while it compared.")
            evaluate_charts.quality_and_time(points, measure)
    if swept:
        with cells.cell():
            st.subheader("Words against meaning", anchor=False)
            st.caption("The weight of words in weighted fusion: 0 is meaning alone, 1 is words alone.")
            evaluate_charts.sweep(swept, measure)


def _groups(found: Comparison, measure: str) -> None:
    labels = [result.label for result in evaluate_tables.ordered(found, measure)][:WIDEST]
    tables = [evaluate_tables.groups(found, by, measure, labels) for by in ("type", "words")]
    there = [table for table in tables if table]
    if not there:
        return
    st.subheader("By kind of query", anchor=False)
    st.caption(f"Means of {plain(measure)}. Few queries in a row mean that chance has much to say in it.")
    cells = st.grid(len(there) if len(labels) <= NARROW else 1, min_column_width=300, gap="medium")
    for table in there:
        with cells.cell():
            st.dataframe(
                table,
                column_config={label: st.column_config.NumberColumn(format="%.3f") for label in labels},
                hide_index=True,
                width="stretch",
            )
