"""A whole catalogue as a file that reads back the same."""

from __future__ import annotations

import io
from collections.abc import Callable

import streamlit as st

from retrieval.catalogue import write_csv, write_jsonl, write_markdown
from retrieval.engine import SearchEngine
from retrieval.records import Product

KINDS = (
    ("Markdown", ".md", "text/markdown"),
    ("JSON Lines", ".jsonl", "application/jsonl"),
    ("CSV", ".csv", "text/csv"),
)


def as_file(products: list[Product], suffix: str, heading: str) -> bytes:
    """Return products in the format of a file ending: `.md`, `.jsonl` or `.csv`."""
    stream = io.StringIO(newline="")
    if suffix == ".md":
        write_markdown(products, stream, heading)
    elif suffix == ".csv":
        write_csv(products, stream)
    else:
        write_jsonl(products, stream)
    return stream.getvalue().encode("utf-8", "replace")


def _maker(engine: SearchEngine, suffix: str, name: str) -> Callable[[], bytes]:
    return lambda: as_file(engine.build.store.all_products(), suffix, name)


def draw(name: str, engine: SearchEngine) -> None:
    """Draw a button a format; the file is made when it is asked for."""
    st.caption(
        "Every product with all its fields, as the index holds it. Each of these files can be imported again and gives "
        "the same products; JSON Lines is the plainest of them for programs, CSV for spreadsheets."
    )
    with st.container(horizontal=True, gap="small"):
        for label, suffix, mime in KINDS:
            st.download_button(
                label,
                _maker(engine, suffix, name),
                f"{name}{suffix}",
                mime,
                key=f"export{suffix.replace('.', '_')}",
                icon=":material/download:",
                on_click="ignore",
            )
