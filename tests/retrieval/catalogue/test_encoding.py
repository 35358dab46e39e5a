"""Byte order marks, line ends, UTF-16, and files that are no text."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from retrieval.catalogue import parse_bytes, parse_file
from retrieval.errors import CatalogueError

TEXT = (
    "<!--DOC:START id=1 category=খেলনা -->\n## বল Ball\n**Price:** ৳ ১,২৫০\n\n"
    "**Description:**\nলাল\ngreen\n<!--DOC:END-->\n"
)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_LE + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
)
def test_one_text_in_every_encoding_is_one_product(data: bytes) -> None:
    report = parse_bytes(data, "shop.md")
    assert report.problems == ()
    assert report.products == parse_bytes(TEXT.encode(), "shop.md").products
    product = report.products[0]
    assert (product.category, product.title, product.price) == ("খেলনা", "বল Ball", 1250)
    assert product.description == "লাল\ngreen"
    assert (product.line, report.header) == (1, "")


def test_lines_count_as_in_an_editor() -> None:
    text = "a\x0bb\u2028c\x85d\re\n<!--DOC:START id=1 -->\n## A\n**Price:** x\n"
    report = parse_bytes(text.encode(), "shop.md")
    assert [(p.line, p.code) for p in report.problems] == [(2, "missing-end"), (4, "bad-price")]


def test_a_zero_byte_in_text_is_replaced_and_reported() -> None:
    report = parse_bytes(b"<!--DOC:START id=1 -->\n## A\x00B\n<!--DOC:END-->\n", "shop.md")
    assert report.products[0].title == "A\ufffdB"
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [(2, "encoding", "1")]


@pytest.mark.parametrize("data", [b"", b"\n \r\n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\x00\x00"])
@pytest.mark.parametrize("name", ["shop.md", "shop.jsonl", "shop.csv"])
def test_an_empty_file_is_an_error(data: bytes, name: str) -> None:
    with pytest.raises(CatalogueError, match=f"{name} is empty"):
        parse_bytes(data, name)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + bytes(100), "Excel"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture"),
        (b"%PDF-1.7\n", "PDF"),
        (bytes(range(256)) * 8, "binary"),
        (b"\x00\x01\x02\x80\xff" * 50, "binary"),
    ],
)
@pytest.mark.parametrize("name", ["shop.md", "shop.jsonl"])
def test_a_binary_file_is_an_error(data: bytes, said: str, name: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        parse_bytes(data, name)


def test_an_unknown_ending_says_what_is_accepted() -> None:
    with pytest.raises(CatalogueError, match=r"shop\.xlsx is of no known kind.*\.md.*\.jsonl.*\.csv"):
        parse_bytes(b"x", "shop.xlsx")
    assert parse_bytes(TEXT.encode(), "SHOP.MD").products


def test_parse_file_reads_and_says_why_it_cannot(tmp_path: Path) -> None:
    path = tmp_path / "shop.md"
    path.write_text(TEXT, encoding="utf-8")
    report = parse_file(path)
    assert report == parse_bytes(TEXT.encode(), "shop.md")
    with pytest.raises(CatalogueError, match=r"cannot read .*none\.md: No such file"):
        parse_file(tmp_path / "none.md")
    with pytest.raises(CatalogueError, match="cannot read"):
        parse_file(tmp_path)
