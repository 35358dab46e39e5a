"""Query by query: what a ranking wins and loses, and both rankings of one query with the right products marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from evaluation.comparison import Comparison
from retrieval.engine import SearchEngine
from retrieval.records import Product
from ui import evaluate_tables
from ui.formats import price
from ui.safe_text import clean, linked, plain, shorten

KINDS = {"losses": "Loses", "wins": "Wins", "ties": "Ties"}
MOST = 500
DEPTHS = (10, 20)
TITLE_LENGTH = 90
TEXT_LENGTH = 80
MISSED = 10


def draw(found: Comparison, measure: str, engine: SearchEngine | None, *, key: str) -> None:
    """Draw wins and losses of a system against the baseline, and one query with both rankings."""
    st.subheader("Query by query", anchor=False)
    others = [result.label for result in evaluate_tables.ordered(found, measure) if result.label != found.baseline]
    label = found.baseline
    if others:
        label = str(
            st.selectbox(
                f"Ranking to set against {clean(found.baseline)}", others, key=f"duel_{key}", format_func=clean
            )
        )
    query_id = _choose(found, label, measure, key) if others else _weakest(found, measure, key)
    if query_id is None:
        return
    _query(found, query_id, list(dict.fromkeys((label, found.baseline))), measure, engine)


def _choose(found: Comparison, label: str, measure: str, key: str) -> str | None:
    duel = found.duel(label, measure=measure)
    lists = {"losses": duel.losses, "wins": duel.wins, "ties": duel.ties}
    kind = st.segmented_control(
        "Which queries",
        list(KINDS),
        key=f"duel_kind_{key}",
        default="losses" if duel.losses else "wins" if duel.wins else "ties",
        required=True,
        format_func=lambda one: f"{KINDS[one]} :gray[{len(lists[one]):,}]",
        label_visibility="collapsed",
    )
    kind = str(kind or "losses")
    chosen = lists[kind]
    if not chosen:
        st.caption(f"{plain(label)} {KINDS[kind].lower()} no query against {plain(found.baseline)}.")
        return None
    return _pick(found, dict(chosen[:MOST]), f"{key}_{label}_{measure}_{kind}", len(chosen))


def _weakest(found: Comparison, measure: str, key: str) -> str | None:
    values = found.values[found.baseline][measure]
    lowest = sorted(values.items(), key=lambda one: (one[1], one[0]))
    return _pick(found, dict(lowest[:MOST]), f"{key}_{measure}", len(lowest), differences=False)


def _pick(
    found: Comparison, values: Mapping[str, float], key: str, whole: int, *, differences: bool = True
) -> str | None:
    texts = {query.query_id: query.text for query in found.queries}

    def label(query_id: str) -> str:
        value = evaluate_tables.signed(values[query_id]) if differences else f"{values[query_id]:.3f}"
        return f"{value}  {shorten(clean(texts[query_id]), TEXT_LENGTH) or query_id}"

    query_id = st.selectbox("Query", list(values), key=f"query_{key}", format_func=label)
    if whole > len(values):
        st.caption(f"The first {len(values):,} of {whole:,}; the report lists more.")
    return None if query_id is None else str(query_id)


def _query(found: Comparison, query_id: str, labels: Sequence[str], measure: str, engine: SearchEngine | None) -> None:
    grades = found.grades[query_id]
    right = evaluate_tables.right_products(grades, found.relevant)
    asked = found.query(query_id)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{plain(asked.text) or plain(query_id)}** :gray[{plain(query_id)} · {len(right)} right, "
            f"{len(grades)} judged]",
            width="content",
        )
        depth = st.segmented_control(
            "Places shown",
            DEPTHS,
            default=DEPTHS[0],
            required=True,
            key="duel_depth",
            label_visibility="collapsed",
            format_func=lambda number: f"First {number}",
        )
    depth = int(depth or DEPTHS[0])
    st.caption("Green: right, with its grade. Grey 0: judged wrong. Grey ?: nobody judged it, so it counts as wrong.")
    cells = st.grid(len(labels), min_column_width=280, gap="small")
    for place, label in enumerate(labels):
        with cells.cell().container(border=True, gap="xsmall", key=f"duel_ranking_{place}"):
            st.markdown(f"**{plain(label)}** :gray[{plain(measure)} {found.values[label][measure][query_id]:.3f}]")
            _ranking(found.ranked[label][query_id][:depth], grades, found.relevant, engine)
    missed = evaluate_tables.unshown(grades, found.relevant, [found.ranked[label][query_id] for label in labels], depth)
    if missed:
        with st.container(border=True, gap="xsmall", key="duel_missed"):
            st.markdown(f"**Right, but in neither list** :gray[{len(missed)}]")
            _lines([(badge(grades.get(i), found.relevant), i) for i in missed[:MISSED]], engine)


def badge(grade: int | None, relevant: int) -> str:
    """Return a judgement as it stands beside a product: green where it is right."""
    if grade is None:
        return ":gray-badge[?]"
    return f":green-badge[{grade}]" if grade >= relevant else f":gray-badge[{grade}]"


def _ranking(ids: Sequence[str], grades: Mapping[str, int], relevant: int, engine: SearchEngine | None) -> None:
    if not ids:
        st.caption("Nothing found.")
    _lines([(f":gray[{rank}] {badge(grades.get(i), relevant)}", i) for rank, i in enumerate(ids, 1)], engine)


def _lines(rows: Sequence[tuple[str, str]], engine: SearchEngine | None) -> None:
    for before, product_id in rows:
        product = None if engine is None else engine.get(product_id)
        st.markdown(f"{before} {product_line(product_id, product)}")


def product_line(product_id: str, product: Product | None) -> str:
    """Return a product of a ranking as safe Markdown, its id alone where it is not in the catalogue any more."""
    if product is None:
        return f"{plain(product_id)} :gray[not in the catalogue now]"
    title = linked(plain(product.title, TITLE_LENGTH) or plain(product_id), product.url)
    cost = price(product)
    return f"{title}" + (f" :gray[· {plain(cost)}]" if cost else "")
