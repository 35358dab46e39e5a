"""A new set of queries: made from the catalogue, typed, or uploaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from streamlit.typing import UploadedFile

import compose
from evaluation.files import read_qrels, read_queries
from evaluation.records import Query
from retrieval.errors import EvaluationError, ProductSearchError
from shop import query_sets
from ui import engines, evaluate
from ui.formats import count
from ui.progress import say
from ui.safe_text import clean

WAYS = {
    "silver": ":material/auto_awesome: Made from the catalogue",
    "typed": ":material/keyboard: Typed",
    "uploaded": ":material/upload_file: Uploaded",
}
ROUND = "new_set_round"
QUERY_TYPES = ["jsonl", "txt"]
QRELS_TYPES = ["tsv", "txt", "qrels"]
MOST_MB = 50
T = TypeVar("T")


def draw(name: str) -> None:
    """Draw the three ways to a set.

    The buttons' callbacks read the fields when they run: a click that leaves a field comes before the page was drawn
    with what was typed into it.
    """
    st.subheader("A new set", anchor=False)
    way = st.segmented_control(
        "Where the queries come from",
        list(WAYS),
        key="new_set_way",
        default="silver",
        required=True,
        format_func=lambda key: WAYS[key],
        label_visibility="collapsed",
    )
    # Emptied by another number once a set was taken: what was typed belongs to that set.
    turn = st.session_state.setdefault(ROUND, 0)
    if way == "silver":
        _silver(name)
    elif way == "typed":
        _typed(name, turn)
    else:
        _uploaded(name, turn)


def free_prefix(taken: list[str]) -> str:
    """Return `silver`, or `silver-2` and so on where sets of that name are there."""
    number = 1
    while True:
        prefix = "silver" if number == 1 else f"silver-{number}"
        if not any(one.startswith(f"{prefix}-") and one.rpartition("-")[0] == prefix for one in taken):
            return prefix
        number += 1


def _silver(name: str) -> None:
    st.caption(
        "Up to three short queries a product: its telling words, its kind and brand, a price limit or a colour; each "
        "with every product that answers it. They come in three sets that share no product: **train** and **dev** to "
        "tune on, **test** to measure on. They reward rankings by words more than shoppers' own queries do."
    )
    settings = engines.settings()
    busy = bool(evaluate.active(name, {compose.SILVER}))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        prefix = st.text_input(
            "Name", free_prefix(query_sets.names(settings.data_dir, name)), key="silver_name", width=180, max_chars=40
        )
        st.number_input("Queries a product, at most", 1, 3, 3, key="silver_per_product", width=180)
        st.number_input(
            "Seed", 0, 10**6, 7, key="silver_seed", width=140, help="The same seed makes the same queries again."
        )
    st.button(
        "Make silver queries",
        key="silver_start",
        type="primary",
        icon=":material/auto_awesome:",
        disabled=busy or not prefix,
        on_click=_start_silver,
        args=(name,),
    )


def _start_silver(name: str) -> None:
    held = st.session_state
    seed, per_product = int(held["silver_seed"]), int(held["silver_per_product"])
    try:
        prefix = query_sets.set_name(str(held["silver_name"] or ""))
        compose.start_silver(engines.settings(), name, prefix, seed=seed, per_product=per_product)
    except ProductSearchError as error:
        say(str(error), failed=True)


def _typed(name: str, turn: int) -> None:
    st.text_input("Name", key=f"typed_name_{turn}", placeholder="What shoppers asked in May", max_chars=60)
    st.text_area(
        "Queries, one a line",
        key=f"typed_queries_{turn}",
        height=180,
        placeholder="red table lamp\nsomething to carry my lunch in",
    )
    st.caption("What people find the right products has to be judged then: in the section Judge.")
    st.button(
        "Keep these queries",
        key="typed_keep",
        type="primary",
        icon=":material/check:",
        on_click=_keep_typed,
        args=(name, turn),
    )


def _keep_typed(name: str, turn: int) -> None:
    title, text = (str(st.session_state[f"typed_{field}_{turn}"] or "") for field in ("name", "queries"))
    if not title.strip():
        say("Give the set a name first: you find its figures again by it.", failed=True)
        return
    _keep(name, title, query_sets.typed(text), None, "typed", {})


def _uploaded(name: str, turn: int) -> None:
    st.text_input("Name", key=f"upload_name_{turn}", max_chars=60, placeholder="The file's name")
    queries = st.file_uploader(
        "Queries",
        type=QUERY_TYPES,
        key=f"upload_queries_{turn}",
        max_upload_size=MOST_MB,
        help='JSON Lines, each line {"query_id": "1", "text": "red shoes"}, or a text with one query a line.',
    )
    st.file_uploader(
        "Judgements, where there are some",
        type=QRELS_TYPES,
        key=f"upload_qrels_{turn}",
        max_upload_size=MOST_MB,
        help="A table with the header query_id, product_id, relevance (tabs between them), or TREC's four columns.",
    )
    st.button(
        "Keep this set",
        key="upload_keep",
        type="primary",
        icon=":material/check:",
        disabled=queries is None,
        on_click=_keep_uploaded,
        args=(name, turn),
    )


def _keep_uploaded(name: str, turn: int) -> None:
    queries: UploadedFile | None = st.session_state[f"upload_queries_{turn}"]
    qrels: UploadedFile | None = st.session_state[f"upload_qrels_{turn}"]
    if queries is None:
        return
    try:
        rows = rows_of(queries.getvalue(), queries.name)
        judged = None if qrels is None else qrels_of(qrels.getvalue(), qrels.name)
    except ProductSearchError as error:
        say(f"{error} Nothing was kept.", failed=True)
        return
    title = str(st.session_state[f"upload_name_{turn}"] or "").strip()
    _keep(name, title or Path(queries.name).stem, rows, judged, "uploaded", {"file": clean(queries.name)})


def rows_of(data: bytes, filename: str) -> list[dict[str, Any]]:
    """Return the queries of an uploaded file: JSON Lines, or a text with one query a line; raise EvaluationError."""
    if not filename.lower().endswith(".txt"):
        return [_row(query) for query in _read(data, filename, read_queries)]
    try:
        rows = query_sets.typed(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{filename}: not a UTF-8 text file (byte {error.start}); save it as UTF-8") from error
    if not rows:
        raise EvaluationError(f"{filename}: holds no query; write one a line")
    return list(rows)


def _row(query: Query) -> dict[str, Any]:
    kind = {} if query.type is None else {"type": query.type}
    return {"query_id": query.query_id, "text": query.text, **kind, **query.details}


def qrels_of(data: bytes, filename: str) -> dict[str, dict[str, int]]:
    """Return the judgements of an uploaded file; raise EvaluationError naming file and line."""
    return _read(data, filename, read_qrels)


def _read(data: bytes, filename: str, reader: Callable[[Path], T]) -> T:
    """Read an upload as the file it was, and name it as the user knows it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        try:
            return reader(path)
        except EvaluationError as error:
            raise EvaluationError(str(error).replace(str(path), filename)) from error


def _keep(
    name: str,
    title: str,
    rows: list[dict[str, Any]] | list[dict[str, str]],
    qrels: dict[str, dict[str, int]] | None,
    source: str,
    details: Mapping[str, Any],
) -> None:
    try:
        card = query_sets.save(engines.settings().data_dir, name, title, rows, qrels, source=source, details=details)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    st.session_state[ROUND] += 1
    st.session_state[evaluate.SET] = card.name
    say(f"{card.title} is kept: {count(card.queries, 'query', 'queries')}, {count(card.judged_pairs, 'judged pair')}.")
