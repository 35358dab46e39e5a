"""Every problem code, with its line and product id."""

from __future__ import annotations

import pytest

from retrieval.catalogue import parse_bytes
from retrieval.records import ParseReport


def parse(text: str) -> ParseReport:
    return parse_bytes(text.encode(), "shop.md")


def problems(report: ParseReport) -> list[tuple[int, str, str | None]]:
    return [(p.line, p.code, p.product_id) for p in report.problems]


def block(product_id: str, *lines: str) -> str:
    return "\n".join([f"<!--DOC:START id={product_id} -->", *lines, "<!--DOC:END-->", ""])


def test_missing_end_at_the_next_start_and_at_the_end_of_the_file() -> None:
    report = parse("head\n<!--DOC:START id=1 -->\n## A\n\n<!--DOC:START id=2 -->\n## B\n**Price:** ৳ 5")
    assert [(p.product_id, p.title, p.price) for p in report.products] == [("1", "A", None), ("2", "B", 5)]
    assert problems(report) == [(2, "missing-end", "1"), (5, "missing-end", "2")]


def test_stray_end() -> None:
    report = parse("<!--DOC:END-->\n" + block("1", "## A") + "<!--DOC:END-->\n")
    assert problems(report) == [(1, "stray-end", None), (5, "stray-end", None)]


def test_missing_id_is_made_from_the_content_and_not_from_the_place() -> None:
    one = "<!--DOC:START category=toys -->\n## Ball\n**Price:** ৳ 5\n<!--DOC:END-->\n"
    first = parse(one)
    made = first.products[0].product_id
    assert problems(first) == [(1, "missing-id", made)]
    moved = parse(block("1", "## A") + "\n" + one.replace("## Ball", "## Ball  "))
    assert moved.products[1].product_id == made
    assert parse(one.replace("৳ 5", "৳ 6")).products[0].product_id != made


def test_identical_products_are_kept_once() -> None:
    report = parse(block("1", "## A", "**Price:** ৳ 5") + "\n" + block("1", "## A  ", "", "**Price:** Tk 5"))
    assert [(p.product_id, p.line) for p in report.products] == [("1", 1)]
    assert problems(report) == [(6, "duplicate-id", "1")]
    assert "kept once" in report.problems[0].message
    assert "line 1" in report.problems[0].message


def test_other_content_under_one_id_is_numbered_in_file_order_and_stays_so() -> None:
    text = block("1", "## A") + block("1", "## B") + block("1", "## A") + block("1", "## C") + block("1", "## B")
    report = parse(text)
    assert [(p.product_id, p.title) for p in report.products] == [("1", "A"), ("1~2", "B"), ("1~3", "C")]
    assert problems(report) == [(n, "duplicate-id", "1") for n in (4, 7, 10, 13)]
    assert parse(text).products == report.products
    assert parse(text + block("2", "## D")).products[:3] == report.products


def test_a_numbered_id_never_takes_one_that_the_file_uses() -> None:
    report = parse(block("1", "## A") + block("1", "## B") + block("1~2", "## C"))
    assert [(p.product_id, p.title) for p in report.products] == [("1", "A"), ("1~3", "B"), ("1~2", "C")]


def test_problems_of_a_renumbered_product_name_its_new_id() -> None:
    report = parse(block("1", "## A") + block("1", "## B", "**Price:** cheap"))
    assert problems(report) == [(4, "duplicate-id", "1"), (6, "bad-price", "1~2")]


@pytest.mark.parametrize("heading", [(), ("## ",), ("##",), ("# A",)])
def test_missing_title_is_titled_by_its_id(heading: tuple[str, ...]) -> None:
    report = parse("\n" + block("x7", *heading, "**Price:** ৳ 5"))
    assert [(p.product_id, p.title, p.price) for p in report.products] == [("x7", "x7", 5)]
    assert problems(report) == [(2, "missing-title", "x7")]


def test_missing_title_and_id() -> None:
    report = parse("<!--DOC:START -->\n**Price:** ৳ 5\n<!--DOC:END-->\n")
    made = report.products[0].product_id
    assert report.products[0].title == made
    assert {p[1:] for p in problems(report)} == {("missing-id", made), ("missing-title", made)}


@pytest.mark.parametrize("body", [(), ("",), ("", "---", ""), ("_Source: x / y_",), ("**Brand:**",)])
def test_empty_block_is_skipped(body: tuple[str, ...]) -> None:
    report = parse(block("1", "## A") + block("2", *body))
    assert [p.product_id for p in report.products] == ["1"]
    assert problems(report) == [(4, "empty-block", "2")]
    assert report.blocks == 2


def test_bad_price_and_bad_original_price() -> None:
    report = parse(block("1", "## A", "**Price:** cheap", "**Original Price:** dear"))
    assert (report.products[0].price, report.products[0].original_price) == (None, None)
    assert problems(report) == [(3, "bad-price", "1"), (4, "bad-price", "1")]
    assert "'cheap'" in report.problems[0].message


@pytest.mark.parametrize("rating", ["7.5/5 (3 ratings)", "good", "-1/5", "9/10"])
def test_bad_rating(rating: str) -> None:
    report = parse(block("1", "## A", "", f"**Rating:** {rating}"))
    assert report.products[0].rating is None
    assert problems(report) == [(4, "bad-rating", "1")]


def test_bad_url_of_the_product_and_of_each_picture() -> None:
    report = parse(
        block(
            "1",
            "## A",
            "**URL:** javascript:alert(1)",
            "**Images (sample):**",
            "- https://img.example/1.jpg",
            "- //img.example/2.jpg",
            "- data:image/png;base64,xx",
        )
    )
    assert (report.products[0].url, report.products[0].images) == (None, ("https://img.example/1.jpg",))
    assert problems(report) == [(3, "bad-url", "1"), (6, "bad-url", "1"), (7, "bad-url", "1")]


def test_text_outside_is_named_line_by_line_but_headings_rules_and_header_are_not() -> None:
    between = "\n# Chapter\n---\nLost words.\nMore of them.\n***\n"
    report = parse("Header text.\n" + block("1", "## A") + between + block("2", "## B") + "Tail.\n")
    assert problems(report) == [(8, "text-outside", None), (9, "text-outside", None), (14, "text-outside", None)]
    assert "'Lost words.'" in report.problems[0].message
    assert report.header == "Header text."


def test_text_behind_an_end_marker_is_outside() -> None:
    report = parse("<!--DOC:START id=1 -->\n## A\n<!--DOC:END--> lost\n")
    assert problems(report) == [(3, "text-outside", None)]


def test_encoding_names_each_line_and_its_product() -> None:
    data = block("1", "## Caf\u00e9").encode("latin-1") + b"\n" + b"l\xffst\n" + block("2", "## \u09ac\ufffd").encode()
    report = parse_bytes(data, "shop.md")
    assert [p.title for p in report.products] == ["Caf\ufffd", "\u09ac\ufffd"]
    assert problems(report) == [(2, "encoding", "1"), (5, "text-outside", None), (5, "encoding", None)]


def test_no_markers_is_a_notice() -> None:
    report = parse("## A\n**DocID:** 1\n**Price:** ৳ 5\n")
    assert problems(report) == [(1, "no-markers", None)]
    assert report.products[0].product_id == "1"
