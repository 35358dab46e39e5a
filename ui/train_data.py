"""What the models learn from: its card, and wrong answers to read with one's own eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import compose
from retrieval.errors import ProductSearchError
from training.negatives import NegativeToRead
from training.options import TrainingOptions
from ui import engines, train
from ui.progress import say
from ui.safe_text import plain
from ui.train_models import facts_of

COUNTS = {
    "pairs": "Pairs of a query and a product",
    "right": "… in which the product is right",
    "wrong": "… in which it is wrong",
    "queries": "Queries that they come from",
    "triplets": "Examples for the embedder",
    "products": "Products that stand in the pairs",
    "dev_queries": "Queries to choose the best moment by",
}
SEED = "negatives_seed"
READ = 50
FEW = 5
"""False negatives among fifty that are nothing to worry about."""


def draw(name: str) -> None:
    """Draw what the last training of a catalogue learned from, and the way to prepare it without training."""
    try:
        card = compose.dataset_card(engines.settings(), name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if card is None:
        st.info(
            "**Nothing was prepared yet.** A training prepares what it learns from; you can also look at it first, "
            "which trains nothing.",
            icon=":material/dataset:",
        )
        _prepare(name)
        return
    _card(card)
    _negatives(name)
    _prepare(name)


def _prepare(name: str) -> None:
    busy = any(job.active for job in train.jobs(name))
    st.button(
        "Prepare it without training",
        key="train_prepare",
        icon=":material/dataset:",
        disabled=busy,
        help="A job of this page is under way; wait until it has ended." if busy else None,
        on_click=_start,
        args=(name,),
    )


def _start(name: str) -> None:
    try:
        compose.start_training(name, engines.settings(), TrainingOptions(parts="data", quick=True))
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    train.go("train")


def _card(card: Mapping[str, Any]) -> None:
    st.subheader("What the last training learned from", anchor=False)
    st.dataframe(counts(card), hide_index=True, width="stretch")
    original = card["original"]
    st.caption(
        f"For comparison: the original work that this follows learned from {original['train']:,} pairs, and chose by "
        f"{original['dev']:,}."
    )
    with st.expander("Everything on its card", type="compact", key="data_card", on_change="rerun") as view:
        if view.open:
            st.dataframe(facts_of(card), hide_index=True, width="stretch")


def counts(card: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return how much a training learned from, as a table of two columns."""
    return {"What": list(COUNTS.values()), "Number": [f"{card['counts'][name]:,}" for name in COUNTS]}


def _negatives(name: str) -> None:
    """Draw some of the mined wrong answers, which a reader can judge better than any rule."""
    st.subheader("Wrong answers to read", anchor=False)
    st.markdown(
        "The models learn from products that look like an answer and are none. Now and then such a product is right "
        f"after all. Read {READ} of them: up to {FEW} right ones do no harm; if there are many, take a wider margin "
        "(More settings, in the section Train), or add judged queries."
    )
    seed = int(st.session_state.setdefault(SEED, 7))
    try:
        rows = compose.negatives(engines.settings(), name, READ, seed)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not rows:
        st.caption("None were chosen yet.")
        return
    st.dataframe(table(rows), hide_index=True, width="stretch", key="negatives_table")
    st.button("Draw others", key="negatives_others", icon=":material/casino:", type="tertiary", on_click=_others)


def table(rows: Sequence[NegativeToRead]) -> dict[str, list[str]]:
    """Return the columns that a reader compares: the query, a right product, and what is taken for wrong."""
    return {
        "Query": [row.query for row in rows],
        "Right": [row.positive_title for row in rows],
        "Taken for wrong": [row.negative_title for row in rows],
        "Id": [row.id for row in rows],
    }


def _others() -> None:
    st.session_state[SEED] += 1
