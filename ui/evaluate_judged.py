"""What was judged: a list in which every grade can be changed, how far judges agree, and files in and out."""

from __future__ import annotations

import hashlib

import streamlit as st

import compose
from evaluation.agreement import Agreement
from retrieval.engine import SearchEngine
from retrieval.errors import ProductSearchError
from shop import judgements, query_sets
from shop.judgements import GRADES, Judgement
from ui import engines, progress
from ui.formats import count
from ui.safe_text import clean, plain, shorten

SHOWN = 50
LONGEST_OPTION = 80
TITLE_LENGTH = 110


def listing(name: str, engine: SearchEngine, card: query_sets.Card, judge: str) -> None:
    """Draw the judge's own judgements of a set, the newest first, each to be changed or taken back in its place."""
    texts = {judgements.query_key(text) for text in _texts(name, card).values()}
    mine = [one for one in judgements.listed(engines.settings().data_dir, name, judge=judge) if one.query in texts]
    if not mine:
        st.info(f"**{plain(judge)} has not judged anything of this set yet.**", icon=":material/edit_note:")
        return
    counts: dict[str, int] = {}
    for one in mine:
        counts[one.query] = counts.get(one.query, 0) + 1
    chosen = st.selectbox(
        "Query",
        [None, *counts],
        key=f"judged_query_{card.name}",
        format_func=lambda query: (
            f"All queries ({len(mine):,})"
            if query is None
            else f"{shorten(clean(query), LONGEST_OPTION)} ({counts.get(query, 0):,})"
        ),
    )
    found = [one for one in mine if chosen is None or one.query == chosen]
    for one in found[:SHOWN]:
        _row(name, engine, one)
    if len(found) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(found):,}. Choose a query to see all of its products.")


def _row(name: str, engine: SearchEngine, one: Judgement) -> None:
    mark = hashlib.sha256("\0".join((one.judge, one.query, one.product_id)).encode("utf-8", "surrogatepass"))
    key = f"judged_{mark.hexdigest()[:12]}"
    product = engine.get(one.product_id)
    title = plain(one.product_id, TITLE_LENGTH) if product is None else plain(product.title, TITLE_LENGTH)
    with st.container(border=True, gap="xsmall", key=f"{key}_row"):
        st.markdown(f":small[:gray[{plain(one.query, LONGEST_OPTION)}]]  \n{title}")
        if product is None:
            st.caption("Not in the catalogue any more.")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.session_state[key] = one.grade
            st.segmented_control(
                "Grade",
                GRADES,
                key=key,
                required=True,
                label_visibility="collapsed",
                on_change=_regrade,
                args=(name, one, key),
            )
            st.button(
                "Take back",
                key=f"{key}_remove",
                icon=":material/backspace:",
                type="tertiary",
                on_click=_remove,
                args=(name, one),
            )


def _regrade(name: str, one: Judgement, key: str) -> None:
    grade = int(st.session_state[key])
    try:
        judgements.record(engines.settings().data_dir, name, one.judge, one.query, one.product_id, grade)
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
    else:
        progress.say(f"{one.product_id} is graded {grade} now.")


def _remove(name: str, one: Judgement) -> None:
    try:
        judgements.remove(engines.settings().data_dir, name, one.judge, one.query, one.product_id)
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
    else:
        progress.say(f"The grade of {one.product_id} was taken back.")


def agreement(name: str, card: query_sets.Card) -> None:
    """Draw how far every two judges of a set agree, with the table of their grades."""
    pairs = compose.agreements(engines.settings(), name, card.name)
    if not pairs:
        st.info(
            "**Agreement needs two judges.** Let somebody else judge the same pool under another name; what both "
            "judged is compared.",
            icon=":material/handshake:",
        )
        return
    rows = [
        f"| {plain(pair.first)} | {plain(pair.second)} | {pair.quadratic.items:,} | {_kappa(pair.quadratic)} | "
        f"{_kappa(pair.plain)} |"
        for pair in pairs
    ]
    st.markdown(
        "\n".join(
            ["| Judge | Judge | Judged by both | Kappa, quadratic | Kappa, plain |", "|:--|:--|--:|--:|--:|", *rows]
        )
    )
    st.caption(
        "Cohen's kappa: 1 is full agreement, 0 what chance alone would give. With quadratic weights a disagreement "
        "counts by the square of its distance; plain, every one counts the same. A dash: nothing can be said, for "
        "there is no common product, or one and the same grade throughout."
    )
    for pair in pairs:
        if pair.quadratic.items:
            with st.expander(f"Grades of {plain(pair.first)} and {plain(pair.second)}"):
                st.markdown(_matrix(pair.first, pair.second, pair.quadratic))


def _kappa(found: Agreement) -> str:
    return "–" if found.kappa is None else f"{found.kappa:.3f}"


def _matrix(first: str, second: str, found: Agreement) -> str:
    """Return the confusion matrix as a Markdown table, the first judge's grades down, the second's across."""
    head = f"| {plain(first)} ↓ {plain(second)} → | " + " | ".join(map(str, GRADES)) + " |"
    rows = [f"| **{grade}** | " + " | ".join(f"{n:,}" for n in row) + " |" for grade, row in enumerate(found.matrix)]
    return "\n".join([head, "|:--|" + "--:|" * len(GRADES), *rows])


def exchange(name: str, card: query_sets.Card, judge: str | None) -> None:
    """Draw the files of judgements: to take away, and to bring in under a judge's name."""
    settings = engines.settings()
    texts = _texts(name, card)
    st.subheader("Take away", anchor=False)
    judged = judgements.qrels(settings.data_dir, name, texts)
    if judged:
        own = judge if judge is not None and judgements.qrels(settings.data_dir, name, texts, judge=judge) else None
        st.caption(
            "Qrels: a line a judgement, with query id, product id and grade. Where several judged the same, it is "
            "their median, the lower grade where two are in the middle."
        )
        with st.container(horizontal=True, gap="small"):
            _download(name, card, None, "Qrels of all judges")
            if own is not None:
                _download(name, card, own, f"Qrels of {plain(own)}")
    else:
        st.caption("Nothing of this set is judged yet.")
    st.subheader("Bring in", anchor=False)
    with st.form(f"judged_import_{card.name}", clear_on_submit=True):
        uploaded = st.file_uploader(
            "A file of judgements",
            type=["tsv", "txt", "qrels"],
            key=f"judged_file_{card.name}",
            help="With the header query_id, product_id, relevance and tabs between, or TREC's four columns.",
        )
        whose = st.text_input(
            "Keep them under the name", value=judge or "", max_chars=judgements.LONGEST_NAME, key="judged_whose"
        )
        asked = st.form_submit_button("Bring in")
    if asked and uploaded is None:
        st.warning("Choose a file first.", icon=":material/upload_file:")
    elif asked and uploaded is not None:
        try:
            taken = compose.import_upload(settings, name, card.name, clean(whose), uploaded.getvalue(), uploaded.name)
        except ProductSearchError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        again = f", {taken.changed:,} of them in place of another grade" if taken.changed else ""
        progress.say(f"{count(taken.judgements, 'judgement')} brought in{again}.")
        st.rerun()


def _download(name: str, card: query_sets.Card, judge: str | None, label: str) -> None:
    settings = engines.settings()
    st.download_button(
        label,
        lambda: compose.export_judgements(settings, name, card.name, judge).encode("utf-8"),
        f"{name}-{card.name}{'-own' if judge else ''}-qrels.tsv",
        "text/tab-separated-values",
        key="judged_download_own" if judge else "judged_download",
        icon=":material/download:",
        on_click="ignore",
    )


def _texts(name: str, card: query_sets.Card) -> dict[str, str]:
    return query_sets.load(engines.settings().data_dir, name, card.name).texts
