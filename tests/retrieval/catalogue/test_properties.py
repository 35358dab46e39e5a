"""Mutated catalogues: nothing crashes, no line is lost, parsing what was written changes nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.catalogue import SUFFIXES, parse_bytes, write_jsonl
from retrieval.catalogue.segments import cut_at_headings, cut_at_markers
from retrieval.errors import CatalogueError
from retrieval.records import ParseReport

CODES = {
    "missing-end", "stray-end", "missing-id", "duplicate-id", "missing-title", "empty-block", "bad-price", "bad-rating",
    "bad-url", "text-outside", "encoding", "no-markers",
}  # fmt: skip
GUARD = ["<!--DOC:START id=guard -->", "## Guard", "**DocID:** guard", "<!--DOC:END-->"]
GARBAGE = [
    "", "---", "***", "# Chapter", "## ", "## W", "**", "**:**", "**Price:**", "**Price:** cheap", "**Rating:** 9/5",
    "**URL:** ftp://x", "**Description:**", "**Images (sample):**", "**Brand:** W", "**Fit:** W", "**Fit:**", "- W",
    "* W", "- ", "W", "> W", "<!--DOC:START id=W -->", "<!-- doc:start category=W", "<!--DOC:START W -->",
    "<!--DOC:END-->", " <!--DOC:END-->", "<!--DOC:END--> W", "<!-- DOC:START id=W --> ## W",
    "<!-- W -->", "_Source: a / b_", "_Source",
    "{W}", "[x](https://x.example)", "\ufeffW", "W\rW", "W\x0cW", "W\u2028W", "ৰ W",
]  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn) -> list[str]:
    """Return the lines of a block of the real format; every `W` will become a word of its own."""
    product_id = draw(st.sampled_from(["1", "2", "W", "W"]))
    optional = [
        ["**Category:** W"],
        ["**Brand:** " + draw(st.sampled_from(["No Brand", "W"]))],
        ["**SKU:** W_BD"],
        ["**URL:** https://shop.example/W.html"],
        ["**Sales:** " + draw(st.sampled_from(["33 sold", "1.6K sold", "W"]))],
        ["**Location:** W"],
        [
            "**Price:** "
            + draw(st.sampled_from(["৳ 1,250", "৳ 300 - ৳ 450", "2,150৳ 2,299৳", "Up Coming", "W", "$12.99"]))
        ],
        ["**Original:** " + draw(st.sampled_from(["৳ 2,250", "W"]))],
        ["**Discount:** " + draw(st.sampled_from(["7%", "35% Off", "W"]))],
        ["**Rating:** " + draw(st.sampled_from(["0.0/5 (0 ratings)", "4.1/5 (1,031 ratings)", "6/5", "W"]))],
        ["**Colors:** W, W"],
        ["**Sizes:** W"],
        ["**Variants (sample):**", "- W", "- W"],
        ["**Seller:** W [Store Link](https://shop.example/W)", "- W: 9% | W: 8%"],
        ["**Description:**", "W W. W", "**W:** - W", "", "- W"],
        [
            "**Images (sample):**",
            "- https://img.example/W.jpg",
            "- " + draw(st.sampled_from(["W", "http://i.example/W"])),
        ],
        ["_Source: a / products.json_"],
    ]
    chosen = draw(st.lists(st.sampled_from(range(len(optional))), unique=True).map(sorted))
    body = [line for n in chosen for line in [*optional[n], *([""] if n % 3 == 0 else [])]]
    start = f"<!--DOC:START id={product_id} category=W W -->"
    return [start, "## W W  ", f"**DocID:** {product_id}", "", *body, "", "---", "<!--DOC:END-->"]


Mutation = Callable[[list[str], int, int, str], None]


def delete(lines: list[str], i: int, j: int, new: str) -> None:
    del lines[i]


def double(lines: list[str], i: int, j: int, new: str) -> None:
    lines.insert(j, lines[i])


def swap(lines: list[str], i: int, j: int, new: str) -> None:
    lines[i], lines[j] = lines[j], lines[i]


def cut(lines: list[str], i: int, j: int, new: str) -> None:
    lines[i] = lines[i][: j % (len(lines[i]) + 1)]


def insert(lines: list[str], i: int, j: int, new: str) -> None:
    lines.insert(i, new)


def glue(lines: list[str], i: int, j: int, new: str) -> None:
    lines[i] += new


MUTATIONS: tuple[Mutation, ...] = (delete, double, swap, cut, insert, glue)


@st.composite
def catalogues(draw: st.DrawFn, marked: bool = True) -> str:
    """Return a mutated catalogue in which every word stands for itself, with a sound block at its end."""
    lines = ["# Corpus W", "", "> in `<!--DOC:START ...-->` W", ""]
    for block in draw(st.lists(blocks(), max_size=4)):
        lines += block
    for _ in range(draw(st.integers(0, 8))):
        i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        draw(st.sampled_from(MUTATIONS))(lines, i, j, draw(st.sampled_from(GARBAGE)))
        lines = lines or [""]
    if not marked:
        lines = [line for line in lines if "DOC:" not in line.upper()]
        lines += ["## Guard", "**DocID:** guard"]
    else:
        lines += GUARD
    count = iter(range(10**6))
    return "\n".join(re.sub(r"\bW\b", lambda _: f"w{next(count)}w", line) for line in lines) + "\n"


def check(text: str, report: ParseReport) -> None:
    lines = text.split("\n")[:-1]
    products = [json.dumps(p.to_dict(), ensure_ascii=False) for p in report.products]
    kept = report.header + "\n".join(products) + "\n".join(p.message for p in report.problems)
    segments = cut_at_markers(lines) or cut_at_headings(lines)
    outside = {n for s in segments if s.kind == "outside" for n in range(s.first, s.last + 1)}
    for number, line in enumerate(lines, start=1):
        if (number in outside and re.match(r"\s*#{1,6}\s", line)) or line.strip().startswith("_Source"):
            continue  # neither heading between blocks nor provenance is part of a product
        for word in re.findall(r"w\d+w", line):
            assert word in kept, (number, line, report.problems)
    ids = [p.product_id for p in report.products]
    assert len(set(ids)) == len(ids)
    assert all(p.title and p.product_id for p in report.products)
    assert [p.line for p in report.products] == sorted(p.line or 0 for p in report.products)
    known = {None, *ids, *(p.product_id for p in report.problems if p.code == "empty-block")}
    for problem in report.problems:
        assert problem.code in CODES
        assert 1 <= problem.line <= len(lines)
        assert problem.message
        assert problem.product_id in known
    stream = io.StringIO()
    write_jsonl(report.products, stream)
    again = parse_bytes(stream.getvalue().encode(), "again.jsonl")
    assert again.products == report.products
    assert again.problems == ()


def run_marked(text: str) -> None:
    report = parse_bytes(text.encode(), "shop.md")
    assert any(p.title == "Guard" for p in report.products)
    covered = [n for s in cut_at_markers(text.split("\n")[:-1]) for n in range(s.first, s.last + 1)]
    assert sorted(set(covered)) == list(range(1, text.count("\n") + 1))
    check(text, report)
    for other in (text.replace("\n", "\r\n").encode(), text.encode("utf-16")):
        if "\r" not in text:
            assert parse_bytes(other, "shop.md").products == report.products


QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=1200, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(catalogues())
def test_no_line_of_a_mutated_catalogue_is_lost(text: str) -> None:
    run_marked(text)


@pytest.mark.soak
@LONG
@given(catalogues())
def test_no_line_of_a_mutated_catalogue_is_lost_soak(text: str) -> None:
    run_marked(text)


@QUICK
@given(catalogues(marked=False))
def test_no_line_of_a_catalogue_without_markers_is_lost(text: str) -> None:
    report = parse_bytes(text.encode(), "shop.md")
    covered = [n for s in cut_at_headings(text.split("\n")[:-1]) for n in range(s.first, s.last + 1)]
    assert covered == list(range(1, text.count("\n") + 1))
    check(text, report)


@QUICK
@given(catalogues(), st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=3)), max_size=6))
def test_bytes_that_are_no_text_are_reported_and_crash_nothing(text: str, edits: list[tuple[int, bytes]]) -> None:
    data = text.encode()
    for position, junk in edits:
        position %= len(data) + 1
        data = data[:position] + junk + data[position:]
    try:
        report = parse_bytes(data, "shop.md")
    except CatalogueError:
        return
    if "\ufffd" in "".join(json.dumps(p.to_dict(), ensure_ascii=False) for p in report.products):
        assert "encoding" in {p.code for p in report.problems}


@QUICK
@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
def test_any_bytes_raise_nothing_but_a_catalogue_error(data: bytes, suffix: str) -> None:
    try:
        report = parse_bytes(data, "shop" + suffix)
    except CatalogueError:
        return
    assert report.products


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    "product_id id title price price_max currency original_price rating rating_count sales discount colors images url "
    "seller description attributes line Location".split()
) | st.text(max_size=6)


@QUICK
@given(st.lists(st.dictionaries(KEYS, JSON_VALUES, max_size=6), min_size=1, max_size=4))
def test_any_json_objects_read_back_the_same(records: list[dict[str, object]]) -> None:
    data = "\n".join(json.dumps(record) for record in [*records, {"product_id": "guard", "title": "Guard"}]).encode()
    report = parse_bytes(data, "shop.jsonl")
    assert report.blocks == len(records) + 1
    stream = io.StringIO()
    write_jsonl(report.products, stream)
    again = parse_bytes(stream.getvalue().encode(), "again.jsonl")
    assert again.products == report.products
    assert again.problems == ()


@QUICK
@given(st.lists(st.lists(st.text(alphabet='ab,"\n\r;|[]{}\x00১', max_size=8), max_size=5), max_size=5))
def test_any_csv_text_raises_nothing_but_a_catalogue_error(rows: list[list[str]]) -> None:
    text = "product_id,title,colors,attributes\n" + "\n".join(",".join(row) for row in rows) + "\nguard,Guard,,\n"
    report = parse_bytes(text.encode(), "shop.csv")
    assert report.products
