"""A file on its way in: its columns mapped, read on trial, compared with what is there, and only then taken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import streamlit as st

import compose
from retrieval import catalogue
from retrieval.catalogue import Preview
from retrieval.catalogue.decoding import decode
from retrieval.catalogue.keys import FIELDS
from retrieval.errors import ProductSearchError
from shop import mappings
from ui import catalogue_report, engines, incoming, progress
from ui.detail import LABELS
from ui.formats import count
from ui.incoming import Trial
from ui.safe_text import plain

FILE = "import_file"
ROUND = "import_round"
TRIAL = "import_trial"
EXAMPLES = 3
NONE = ""
MAPPABLE = tuple(name for name in dict.fromkeys(("product_id", "title", "description", *LABELS)) if name in FIELDS)


def draw(current: str | None) -> None:
    """Draw the steps from a file to a build; `current` is the catalogue that is chosen."""
    turn = st.session_state.setdefault(ROUND, 0)
    uploaded = st.file_uploader(
        "File to import",
        type=incoming.TYPES,
        key=f"{FILE}_{turn}",
        max_upload_size=engines.settings().max_upload_mb,
        help="Markdown, JSON, JSON Lines, CSV or TSV, its columns under any names. "
        "Nothing is changed before you confirm.",
    )
    if uploaded is None:
        st.session_state.pop(TRIAL, None)
        return
    data = uploaded.getvalue()
    digest = hashlib.sha256(data + uploaded.name.encode("utf-8", "replace")).hexdigest()[:12]
    name = _target(uploaded.name, current, digest)
    try:
        mapping = _mapping(data, uploaded.name, name, digest) if catalogue.takes_mapping(uploaded.name) else None
        trial = _trial(data, uploaded.name, name, mapping, digest)
    except ProductSearchError as error:
        st.error(f"{plain(str(error))}\n\nNothing was changed.", icon=":material/error:")
        return
    st.subheader("What was read", anchor=False)
    lines = decode(data, uploaded.name).lines
    catalogue_report.problems(trial.changes.problems, lines, trial.products, key=f"import_{digest}")
    if trial.known:
        st.subheader(f"What would change in {plain(name)}", anchor=False)
    incoming.draw(trial)
    waits = incoming.waits_for(name)
    st.button(
        f"{incoming.verb(trial).capitalize()} {plain(name)}",
        key="import_confirm",
        type="primary",
        icon=":material/check:",
        disabled=waits is not None,
        help=waits,
        on_click=_take,
        args=(trial,),
    )


def _trial(data: bytes, filename: str, name: str, mapping: Mapping[str, str] | None, digest: str) -> Trial:
    """Return the file read on trial; once, until the file, its columns or what it replaces are others."""
    asked = (digest, name, mapping)
    kept: tuple[object, Trial] | None = st.session_state.get(TRIAL)
    trial = kept[1] if kept is not None and kept[0] == asked else incoming.read(data, filename, name, mapping)
    trial = incoming.read_again(trial)
    st.session_state[TRIAL] = (asked, trial)
    return trial


def _target(filename: str, current: str | None, digest: str) -> str:
    """Draw the choice of the catalogue that the file becomes, and return its name."""
    there = [info.name for info in compose.catalogues(engines.settings())]
    own = compose.catalogue_name(filename)
    options = list(dict.fromkeys([own, *([current] if current in there and current else []), *there]))
    chosen = st.selectbox(
        "As catalogue",
        options,
        key=f"import_name_{digest}",
        accept_new_options=True,
        format_func=lambda name: f"{name} · replace" if name in there else f"{name} · new",
        help="A new one, or one that is there and is replaced. Type another name to make another catalogue.",
    )
    return str(chosen or own)


def suggestion(columns: Sequence[str], kept: Mapping[str, str]) -> dict[str, str]:
    """Return field -> column: as it was kept where those columns are there, else as their names suggest."""
    if kept and all(column in columns for column in kept.values() if column):
        return dict(kept)
    return catalogue.suggest_mapping(columns)


def _mapping(data: bytes, filename: str, name: str, digest: str) -> dict[str, str]:
    """Draw which column fills which field, beside the first rows, and return field -> column."""
    seen = catalogue.preview(data, filename, EXAMPLES)
    kept = mappings.load(engines.settings().data_dir, name)
    guess = suggestion(seen.columns, kept)
    st.subheader("Columns", anchor=False)
    st.caption(
        f"{count(seen.rows_read, 'row')}, {count(len(seen.columns), 'column')}. "
        + ("As you mapped them the last time." if guess == kept and kept else "Suggested by their names.")
        + " A column that fills no field is kept as an attribute."
    )
    _rows(seen)
    chosen: dict[str, str] = {}
    with st.expander("Which column fills which field", icon=":material/conversion_path:", expanded=True):
        grid = st.grid(4, min_column_width=170, gap="small")
        for field in MAPPABLE:
            options = [NONE, *seen.columns]
            column = guess.get(field, NONE)
            picked = grid.selectbox(
                LABELS.get(field, field.replace("_", " ").capitalize()),
                options,
                index=options.index(column) if column in options else 0,
                key=f"map_{digest}_{name}_{field}",
                format_func=lambda value: value or "–",
            )
            if picked or field in guess:
                chosen[field] = str(picked or NONE)
    # A field that nobody mapped keeps the meaning of its own column; one that was taken away says so.
    return chosen


def _rows(seen: Preview) -> None:
    if seen.rows:
        st.dataframe(
            {column: [row[place] for row in seen.rows] for place, column in enumerate(seen.columns)},
            hide_index=True,
            width="stretch",
        )


def _take(trial: Trial) -> None:
    try:
        incoming.take(trial)
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
        return
    st.session_state[ROUND] += 1  # an empty upload box: this file has been taken
    st.session_state.pop(TRIAL, None)
    st.session_state["choose_catalogue"] = trial.name
    progress.say(f"{trial.name} is being built. What was searchable before stays so until it is ready.")
