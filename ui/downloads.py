"""All hits of a search as a file: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from retrieval.engine import SearchEngine
from retrieval.outcome import Ask
from retrieval.records import Hit, SearchResult

MOST = 1_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "rank",
    "product_id",
    "title",
    "category",
    "brand",
    "sku",
    "price",
    "price_max",
    "currency",
    "original_price",
    "discount",
    "rating",
    "rating_count",
    "sales",
    "colors",
    "sizes",
    "seller",
    "url",
    "images",
    "description",
    "attributes",
    "identical_listings",
)


def all_hits(engine: SearchEngine, ask: Ask) -> SearchResult:
    """Return the first 1,000 hits of a search, whatever page of it is shown."""
    return engine.answer(replace(ask, page=1, top_k=MOST))


def cell(value: Any) -> str:
    """Return a value as the text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = " | ".join(map(str, value))
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _row(hit: Hit) -> list[str]:
    fields = {"rank": hit.rank, **hit.product.to_dict(), "identical_listings": hit.group_size - 1}
    return [cell(fields[name]) for name in COLUMNS]


def as_csv(result: SearchResult) -> bytes:
    """Return the hits as CSV with a header, in UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, result.hits))
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(result: SearchResult, ask: Ask) -> bytes:
    """Return the search and its hits, every field of each product and every score, as JSON."""
    answer = result.to_dict()
    for name in ("page", "page_size", "pages"):
        del answer[name]
    answer["filters"] = asdict(ask.filters)
    answer["hits"] = [{**hit.to_dict(), "product": hit.product.to_dict()} for hit in result.hits]
    text = json.dumps(answer, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes the escape that JSON has for it


def filename(catalogue: str, query: str, suffix: str) -> str:
    """Return a name that every file system takes."""
    words = re.sub(r"[^\w]+", "-", query.casefold())[:60].strip("-_")
    return "-".join(filter(None, (catalogue, words))) + suffix


def draw(name: str, engine: SearchEngine, ask: Ask) -> None:
    """Draw the menu of files; a file is made when it is asked for."""
    kinds: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        ("CSV", ".csv", "text/csv", lambda: as_csv(all_hits(engine, ask))),
        ("JSON", ".json", "application/json", lambda: as_json(all_hits(engine, ask), ask)),
    )
    with st.popover("Download", icon=":material/download:", type="tertiary", key="downloads"):
        st.caption(f"All hits of this search, the first {MOST:,} at most.")
        for label, suffix, mime, make in kinds:
            st.download_button(
                label,
                make,
                filename(name, ask.query, suffix),
                mime,
                key=f"download_{label.lower()}",
                on_click="ignore",
                width="stretch",
            )
