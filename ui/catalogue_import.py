"""A file on its way in: its columns mapped, read on trial, compared with what is there, and only then taken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

import compose
from retrieval import catalogue
from retrieval.artifacts import check_name
from retrieval.catalogue import Preview
from retrieval.catalogue.decoding import decode
from retrieval.catalogue.diff import diff
from retrieval.catalogue.keys import FIELDS, field_of
from retrieval.errors import IndexNotFound, IndexStoreError, ProductSearchError, SettingsError
from retrieval.records import ParseReport
from shop import mappings
from ui import catalogue_changes, catalogue_report, engines, progress
from ui.detail import LABELS
from ui.formats import count
from ui.safe_text import plain

TYPES = [suffix.removeprefix(".") for suffix in catalogue.SUFFIXES]
FILE = "import_file"
ROUND = "import_round"
EXAMPLES = 3
NONE = ""
MAPPABLE = tuple(name for name in dict.fromkeys(("product_id", "title", "description", *LABELS)) if name in FIELDS)


def draw(current: str | None) -> None:
    """Draw the steps from a file to a build; `current` is the catalogue that is chosen."""
    turn = st.session_state.setdefault(ROUND, 0)
    uploaded = st.file_uploader(
        "File to import",
        type=TYPES,
        key=f"{FILE}_{turn}",
        max_upload_size=engines.settings().max_upload_mb,
        help="Markdown, JSON, JSON Lines or CSV, its columns under any names. Nothing is changed before you confirm.",
    )
    if uploaded is None:
        return
    data = uploaded.getvalue()
    digest = hashlib.sha256(data + uploaded.name.encode("utf-8", "replace")).hexdigest()[:12]
    name = _target(uploaded.name, current, digest)
    try:
        mapping = _mapping(data, uploaded.name, name, digest) if catalogue.takes_mapping(uploaded.name) else None
        report = catalogue.parse_bytes(data, uploaded.name, mapping)
        check_name(name)
    except ProductSearchError as error:
        st.error(f"{plain(str(error))}\n\nNothing was changed.", icon=":material/error:")
        return
    st.subheader("What was read", anchor=False)
    lines = decode(data, uploaded.name).lines
    catalogue_report.problems(report.problems, lines, len(report.products), key=f"import_{digest}")
    known = _compare(name, report)
    st.button(
        f"Replace {plain(name)}" if known else f"Build {plain(name)}",
        key="import_confirm",
        type="primary",
        icon=":material/check:",
        disabled=progress.building(name),
        help="This catalogue is being built; wait until that has ended." if progress.building(name) else None,
        on_click=_take,
        args=(data, uploaded.name, name, mapping),
    )


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


def worth_keeping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping, empty where it says only what the columns' own names say: a later file may lack some."""
    return {} if all(field_of(column) == field for field, column in mapping.items()) else dict(mapping)


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


def _compare(name: str, report: ParseReport) -> bool:
    """Draw what would change where the catalogue is there already, and return whether it is."""
    if name not in {info.name for info in compose.catalogues(engines.settings())}:
        return False
    st.subheader(f"What would change in {plain(name)}", anchor=False)
    try:
        old = engines.engine(name).build.store.all_products()
    except IndexNotFound:
        return False
    except IndexStoreError as error:
        st.warning(f"It cannot be compared with what is there: {plain(str(error))}", icon=":material/warning:")
        return True
    catalogue_changes.draw(diff(old, report))
    return True


def _take(data: bytes, filename: str, name: str, mapping: Mapping[str, str] | None) -> None:
    """Keep file and mapping, and start the build."""
    settings = engines.settings()
    kept_as = f"{name}{Path(filename).suffix.lower()}"
    try:
        if compose.catalogue_name(kept_as) != name:
            raise SettingsError(f"{name!r} cannot be a catalogue's name; use at most 48 letters a-z, digits, - and _")
        source = compose.save_upload(data, kept_as, settings)
        mappings.save(settings.data_dir, name, worth_keeping(mapping or {}))
        compose.start_build(source, name, settings)
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
        return
    st.session_state[ROUND] += 1  # an empty upload box: this file has been taken
    st.session_state["choose_catalogue"] = name
    progress.say(f"{name} is being built. What was searchable before stays so until it is ready.")
