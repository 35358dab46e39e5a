"""What to compare: a set of queries, a grid of rankings, a baseline and measures; and the job that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

import compose
from evaluation.measures import DEFAULT, canonical
from evaluation.systems import BACKENDS, System, ablations, grid, sweep
from retrieval.errors import DataError, ProductSearchError
from retrieval.records import MODES, Mode
from shop import judgements, query_sets
from shop.jobs import JobRecord
from ui import engines, evaluate
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain
from ui.sidebar import MODE_LABELS

START = ("bm25", "dense", "hybrid")
RRF_KS = (10, 20, 40, 60, 100)
ALPHAS = (0.1, 0.3, 0.5, 0.7, 0.9)
RULE = "By length"
MEASURES = tuple(name for name in DEFAULT if name != "Judged@10")
MANY = 60
"""More rankings than anybody reads side by side, and than a correction for so many comparisons lets win."""


def draw(name: str) -> None:
    """Draw the choice of what is compared, the running job, or what came of the last one."""
    evaluate.jobs_panel(name, {compose.COMPARE}, _ended)
    try:
        cards = query_sets.cards(engines.settings().data_dir, name)
    except DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not cards:
        evaluate.no_sets()
        return
    card = evaluate.choose_set(cards)
    _judged(name, card)
    systems = _systems(name)
    if not systems:
        st.info("**Choose at least one ranking.**", icon=":material/compare_arrows:")
        return
    baseline, measures, relevant = _how([system.spec for system in systems])
    busy = bool(evaluate.active(name, {compose.COMPARE}))
    st.button(
        f"Compare {count(len(systems), 'ranking')} on {count(card.queries, 'query', 'queries')}",
        key="compare_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=busy or len(systems) > MANY,
        on_click=_start,
        args=(name, card.name, [system.spec for system in systems], baseline, measures, relevant),
    )


def _ended(job: JobRecord) -> None:
    """Say what came of the last comparison, as long as it is kept."""
    made = str((job.summary or {}).get("comparison", ""))
    if made not in {info.id for info in compose.comparisons(engines.settings(), job.catalogue)}:
        return
    with st.container(border=True, gap="xsmall", key="compare_done"):
        st.markdown(f":green[:material/check_circle:] {plain(str((job.summary or {}).get('verdict', '')))}")
        evaluate.lead(
            "Open the result",
            "results",
            ":material/leaderboard:",
            key="open_result",
            choosing={evaluate.COMPARISON: made},
        )


def _judged(name: str, card: query_sets.Card) -> None:
    """Say where nothing of a set is judged, so that nothing could be measured on it."""
    if card.judged_pairs:
        return
    folder = engines.settings().data_dir
    held = judgements.qrels(folder, name, query_sets.load(folder, name, card.name).texts)
    if held:
        st.caption(f"Judged by hand: {count(len(held), 'query', 'queries')} of {card.queries:,}.")
        return
    st.warning(
        "**Nothing of this set is judged yet**, so nothing can be measured on it. Judge some products, or add a file "
        "of judgements to the set.",
        icon=":material/gavel:",
    )
    evaluate.lead("Judge", "judge", ":material/gavel:", key="lead_judge")


def _systems(name: str) -> tuple[System, ...]:
    """Draw the choice of rankings and return them, each once."""
    modes = [
        cast("Mode", mode)
        for mode in st.pills(
            "Rankings",
            MODES,
            selection_mode="multi",
            default=START,
            key="evaluate_modes",
            format_func=lambda mode: MODE_LABELS[mode],
            persist_state="session",
        )
    ]
    _lacking(name, modes)
    with st.expander("More settings of each, as a grid", icon=":material/grid_on:", key="evaluate_grid"):
        found = _grid([mode for mode in MODES if mode in modes])
    if len(found) > MANY:
        st.warning(
            f"**{len(found):,} rankings are more than {MANY}.** Choose fewer values; try the rest in a second "
            "comparison.",
            icon=":material/warning:",
        )
    elif len(found) > len(modes):
        st.caption(f"{count(len(found), 'ranking')}: " + ", ".join(plain(system.spec) for system in found))
    return found


def _grid(modes: Sequence[Mode]) -> tuple[System, ...]:
    cells = st.grid(2, min_column_width=260, gap="small")
    with cells.cell():
        backends = st.pills(
            "Keyword index",
            BACKENDS,
            selection_mode="multi",
            key="evaluate_backends",
            help="None chosen: the one that serves.",
            persist_state="session",
        )
    with cells.cell():
        rrf_ks = st.pills(
            "k of reciprocal rank fusion",
            RRF_KS,
            selection_mode="multi",
            key="evaluate_rrf",
            help="How fast a place further down loses its weight. None chosen: the one of the settings.",
            persist_state="session",
        )
    with cells.cell():
        alphas = st.pills(
            "Weighted fusion: alpha, the weight of words",
            (*ALPHAS, RULE),
            selection_mode="multi",
            key="evaluate_alphas",
            help="By length: 0.7 for queries under 5 words, else 0.3.",
            persist_state="session",
        )
    with cells.cell():
        swept = st.toggle("Sweep alpha from 0 to 1", key="evaluate_sweep", persist_state="session")
        without = st.toggle(
            "Hybrid without each of its parts",
            key="evaluate_ablations",
            help="What words, parts of words, titles and passages are worth in it.",
            persist_state="session",
        )
    found = list(
        grid(
            modes,
            backends=tuple(backends) or (None,),
            rrf_ks=tuple(int(k) for k in rrf_ks),
            alphas=tuple("rule" if alpha == RULE else float(str(alpha)) for alpha in alphas),
        )
    )
    if swept:
        found += sweep()
    if without:
        found += [replace(system, name="") for system in ablations(System("hybrid"))]
    return tuple({system.spec: system for system in found}.values())


def _lacking(name: str, modes: Sequence[Mode]) -> None:
    """Say which of the rankings cannot be made of this catalogue."""
    info = next((info for info in compose.catalogues(engines.settings()) if info.name == name), None)
    dense = [MODE_LABELS[mode] for mode in modes if mode != "bm25"]
    if dense and info is not None and info.keyword_only:
        st.caption(
            f":orange[:material/warning:] This catalogue has no vectors: {', '.join(dense)} will be left out. Build it "
            "with an encoder to compare them."
        )
        return
    lacks = [part for part in engines.engine(name).components() if part.name == "reranker" and part.state != "ready"]
    if "rerank" in modes and lacks:
        st.caption(f":orange[:material/warning:] No cross-encoder is ready: {plain(lacks[0].detail)}")


def _how(labels: Sequence[str]) -> tuple[str, list[str], int]:
    """Draw the choice of baseline, measures and what counts as right; return all three."""
    cells = st.grid(3, min_column_width=220, gap="small")
    with cells.cell():
        baseline = st.selectbox(
            "Baseline", labels, key="evaluate_baseline", help="What you have: the others are set against it."
        )
    with cells.cell():
        typed = st.session_state.get("evaluate_measure")
        first = st.selectbox(
            "The measure that decides",
            list(dict.fromkeys((*MEASURES, *([str(typed)] if typed else [])))),
            key="evaluate_measure",
            accept_new_options=True,
            help="nDCG@10 looks at the grades and the order of the first ten. Others can be typed: Recall@50.",
            persist_state="session",
        )
    with cells.cell():
        relevant = st.segmented_control(
            "Right from grade",
            (1, 2, 3),
            default=1,
            required=True,
            key="evaluate_relevant",
            help="For the measures that know only right and wrong; nDCG uses the grades as they are.",
            persist_state="session",
        )
    rest = st.multiselect(
        "Other measures",
        [name for name in MEASURES if name != first],
        default=[name for name in MEASURES if name != first],
        key=f"evaluate_measures_{first}",
        accept_new_options=True,
    )
    return str(baseline), [str(first), *map(str, rest)], int(relevant or 1)


def _start(
    name: str, query_set: str, systems: Sequence[str], baseline: str, measures: Sequence[str], relevant: int
) -> None:
    try:
        compose.start_comparison(
            engines.settings(),
            name,
            query_set,
            systems,
            baseline=baseline,
            measures=list(map(canonical, measures)),
            relevant=relevant,
        )
    except ProductSearchError as error:
        say(str(error), failed=True)
