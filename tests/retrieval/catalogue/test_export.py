"""What is exported reads back as the same products, whatever stands in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue import MarkdownReport, parse_bytes, parse_file, write_csv, write_jsonl, write_markdown
from retrieval.errors import CatalogueError
from retrieval.records import Product

PLAIN = Product(
    product_id="k-1",
    title="Blue kettle",
    category="kitchen ware",
    brand="Acme & Sons",
    sku="K/1",
    url="https://shop.example/k-1?a=b&c=d",
    price=300.0,
    price_max=450.5,
    currency="BDT",
    original_price=600.0,
    discount=12.5,
    rating=4.1,
    rating_count=1031,
    sales=1600,
    colors=("Dark blue", "Red"),
    sizes=("1.5 L",),
    seller="Hearth",
    description="A kettle.\n\n- boils\n- whistles",
    images=("https://i.example/k.jpg",),
    attributes={"Material": "enamel", "Tags": ("hot", "new")},
    line=7,
)
HOSTILE = [
    "<!--DOC:END-->",
    "a\n<!--DOC:START id=x -->\n## Other\n<!--DOC:END-->\nb",
    "<!-- doc:end",
    "text\n\n---",
    "**Price:** ৳ 5\n**Seller:** x",
    "**Description:**\nagain",
    "## Heading\n# Top",
    "_Source: a / b_\nbehind",
    '<!--DOC:FIELDS {"title": "other"} -->',
    "--> & <b>bold</b> -->",
    "**Images:**\n- https://x.example/y.png",
    "=HYPERLINK(1)",
    "'=1",
    "@x, +1; -2 | 3",
    '"quoted", “curly”',
    "id=7 category=9",
    "x\u2028y\x0cz\x85",
    "- item\n  - inner",
    "`code`",
    "কেটলি ৳ ৫",
    "\u202ertl\u202c",
    "[\"a\", 'b']",
    "{'a': 1}",
    "\\<!--DOC:END-->",
]
FIELDS = ["title", "category", "brand", "sku", "seller", "description", "product_id", "currency"]


def markdown(products: Sequence[Product]) -> tuple[list[Product], MarkdownReport]:
    stream = io.StringIO()
    report = write_markdown(products, stream, "shop")
    return list(parse_bytes(stream.getvalue().encode(), "shop.md").products), report


def csv_again(products: Sequence[Product]) -> list[Product]:
    stream = io.StringIO(newline="")
    write_csv(products, stream)
    return list(parse_bytes(stream.getvalue().encode(), "shop.csv").products)


def jsonl_again(products: Sequence[Product]) -> list[Product]:
    stream = io.StringIO()
    write_jsonl(products, stream)
    return list(parse_bytes(stream.getvalue().encode(), "shop.jsonl").products)


def without_lines(products: Sequence[Product]) -> list[Product]:
    return [replace(product, line=None) for product in products]


def read(*records: dict[str, object]) -> list[Product]:
    """Return products as a reader makes them: no other ones are ever exported."""
    text = "\n".join(json.dumps(record) for record in records)
    return list(parse_bytes(text.encode("utf-8", "surrogatepass"), "x.jsonl").products)


def test_a_product_with_every_field_reads_back_from_every_format() -> None:
    bare = Product(product_id="k-2", title="Kettle", rating_count=0, line=9)
    counted = Product(product_id="k-3", title="Kettle", rating_count=5, rating=0.0, line=11)
    products = [PLAIN, bare, counted]
    again, report = markdown(products)
    assert without_lines(again) == without_lines(products)
    assert (report.products, report.as_fields, report.lost) == (3, {}, {})
    assert csv_again(products) == products
    assert jsonl_again(products) == products


def test_the_markdown_is_what_a_person_would_write() -> None:
    stream = io.StringIO()
    write_markdown([PLAIN], stream, "shop")
    lines = stream.getvalue().split("\n")
    assert lines[:5] == [
        "# shop",
        "",
        "<!--DOC:START id=k-1 category=kitchen ware -->",
        "## Blue kettle",
        "**DocID:** k-1",
    ]
    assert "**Rating:** 4.1/5 (1,031 ratings)" in lines
    assert lines[lines.index("**Tags:**") :][:3] == ["**Tags:**", "- hot", "- new"]
    assert "DOC:FIELDS" not in stream.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", [*FIELDS, "colors", "attribute", "key"])
def test_hostile_text_in_any_field_reads_back(name: str, text: str) -> None:
    record: dict[str, object] = {"product_id": "1", "title": "Kettle", "brand": "Acme", "attributes": {"A": "b"}}
    if name == "attribute":
        record["attributes"] = {"A": "b", "Price": text, "List": [text, "c"]}
    elif name == "key":
        record["attributes"] = {text: "value", "A": "b"}
    else:
        record[name] = [text, "Red"] if name == "colors" else text
    products = read(record, {"product_id": "2", "title": "Guard"})
    again, report = markdown(products)
    assert without_lines(again) == without_lines(products)
    assert [list(p.attributes) for p in again] == [list(p.attributes) for p in products]
    assert report.lost == {}
    assert csv_again(products) == products
    assert jsonl_again(products) == products


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE), st.text(max_size=12), st.sampled_from(["\n", "**", ":", "- ", " ", "#", "-->"])
    ),
    max_size=4,
).map("".join)
RECORDS = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={
        **dict.fromkeys(("product_id", "category", "brand", "sku", "seller", "description", "currency"), TEXTS),
        "colors": st.lists(TEXTS, max_size=3),
        "sizes": st.lists(TEXTS, max_size=3),
        "price": st.floats(0, 1e9),
        "price_max": st.integers(0, 10**9),
        "original_price": TEXTS,
        "rating": st.floats(0, 5),
        "rating_count": st.integers(0, 10**6),
        "discount": st.floats(0, 100),
        "sales": st.one_of(st.integers(0, 10**9), TEXTS),
        "attributes": st.dictionaries(TEXTS, st.one_of(TEXTS, st.lists(TEXTS, max_size=3)), max_size=3),
    },
)


@given(st.lists(RECORDS, min_size=1, max_size=3))
def test_whatever_was_read_is_exported_and_read_the_same(records: list[dict[str, object]]) -> None:
    try:
        products = read(*records)
    except CatalogueError:
        return  # all of them were empty
    again, report = markdown(products)
    assert report.lost == {}
    assert without_lines(again) == without_lines(products)
    assert csv_again(products) == products
    assert jsonl_again(products) == products


def test_a_product_that_no_reader_makes_is_named_as_lost() -> None:
    odd = replace(PLAIN, title="two\nlines", price=900.0, price_max=300.0)
    _, report = markdown([odd])
    assert report.lost == {"k-1": ("title", "price", "price_max")}


def test_a_spreadsheet_finds_no_formula_in_the_csv() -> None:
    stream = io.StringIO(newline="")
    write_csv(read({"id": "-1", "title": "=1+1", "brand": "@x", "description": "+1", "seller": "'=1"}), stream)
    cells = next(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert [cells[n] for n in ("product_id", "title", "brand", "description", "seller")] == [
        "'-1",
        "'=1+1",
        "'@x",
        "'+1",
        "''=1",
    ]


def test_fields_that_are_no_json_are_reported() -> None:
    text = "<!--DOC:START id=1 -->\n## A\n<!--DOC:FIELDS {broken -->\n<!--DOC:END-->\n"
    report = parse_bytes(text.encode(), "x.md")
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [(3, "text-outside", "1")]


def test_fields_inside_a_description_are_text() -> None:
    text = '<!--DOC:START id=1 -->\n## A\n**Description:**\n<!--DOC:FIELDS {"title": "B"} -->\n<!--DOC:END-->\n'
    (product,) = parse_bytes(text.encode(), "x.md").products
    assert (product.title, product.description) == ("A", '<!--DOC:FIELDS {"title": "B"} -->')


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["daraz", "crowdflower"])
def test_real_catalogues_read_back(realdata_dir: Path, name: str) -> None:
    products = list(parse_file(realdata_dir / name / "products.md").products)
    again, report = markdown(products)
    assert report.lost == {}
    assert without_lines(again) == without_lines(products)
    assert csv_again(products) == products
