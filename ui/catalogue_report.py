"""What was odd about a catalogue's file: every problem with the lines of the file that it is about."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

import compose
from retrieval.catalogue.decoding import decode
from retrieval.engine import SearchEngine
from retrieval.records import Problem
from ui import engines
from ui.formats import count
from ui.safe_text import clean, plain, shorten

SHOWN = 1_000
LINE_LENGTH = 300
AROUND = 3


@st.cache_data(show_spinner=False, max_entries=4)
def _lines(path: str, sha256: str, changed: int) -> list[str] | None:
    """Return the lines of a kept file; None where it is not the one that was built from."""
    data = Path(path).read_bytes()
    return decode(data, path).lines if hashlib.sha256(data).hexdigest() == sha256 else None


def source_lines(name: str, sha256: str) -> list[str] | None:
    """Return the lines of the file that a catalogue's build was made from, None where it is not kept any more."""
    path = compose.kept_source(name, engines.settings())
    return None if path is None else _lines(str(path), sha256, path.stat().st_mtime_ns)


def line_at(lines: Sequence[str] | None, number: int) -> str:
    """Return a line of a file, counted from 1, as text for a table; empty where there is none."""
    if lines is None or not 1 <= number <= len(lines):
        return ""
    return shorten(clean(lines[number - 1]), LINE_LENGTH)


def around(lines: Sequence[str], number: int) -> str:
    """Return the lines beside a line, numbered, that line marked."""
    first, last = max(1, number - AROUND), min(len(lines), number + AROUND)
    width = len(str(last))
    return "\n".join(f"{'>' if n == number else ' '} {n:{width}} | {line_at(lines, n)}" for n in range(first, last + 1))


def draw(name: str, engine: SearchEngine) -> None:
    """Draw the problems of the build that serves."""
    manifest = engine.build.manifest
    problems(
        engine.build.store.problems(),
        source_lines(name, manifest.source_sha256),
        manifest.counts.products,
        key="report",
    )


def problems(found: Sequence[Problem], lines: Sequence[str] | None, products: int, key: str) -> None:
    """Draw problems, chosen by code, as a table with their source lines, and one of them in its surroundings."""
    read = f"**{count(products, 'product')}** read"
    if not found:
        st.markdown(f":green[:material/check_circle:] {read}, no problems.")
        return
    st.markdown(f":orange[:material/rule:] {read}, **{count(len(found), 'problem')}**. The products were kept.")
    codes = Counter(problem.code for problem in found)
    chosen = st.pills(
        "Kinds of problems",
        [code for code, _ in codes.most_common()],
        selection_mode="multi",
        key=f"{key}_codes",
        format_func=lambda code: f"{plain(code)} :gray[{codes[code]:,}]",
    )
    picked = [problem for problem in found if not chosen or problem.code in chosen]
    shown = picked[:SHOWN]
    st.dataframe(
        {
            "Line": [problem.line for problem in shown],
            "Code": [problem.code for problem in shown],
            "Product": [problem.product_id or "" for problem in shown],
            "What": [problem.message for problem in shown],
            "Line in the file": [line_at(lines, problem.line) for problem in shown],
        },
        hide_index=True,
        width="stretch",
        key=f"{key}_table",
    )
    if len(picked) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(picked):,}. `product-search check FILE` lists every one of them.")
    if lines is None:
        st.caption("The file of this build is not kept any more, so its lines cannot be shown.")
        return
    number = st.number_input("Show the file around line", 1, max(1, len(lines)), shown[0].line or 1, key=f"{key}_line")
    st.code(around(lines, int(number)), language=None, wrap_lines=True)
