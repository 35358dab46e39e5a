"""The same products as JSON Lines and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from retrieval.catalogue import parse_bytes, write_jsonl
from retrieval.errors import CatalogueError
from retrieval.records import ParseReport, Product

PRODUCT = Product(
    product_id="1",
    title="বল, red",
    category="toys",
    brand="Acme",
    sku="B-1",
    url="https://shop.example/1",
    price=300.5,
    price_max=450.0,
    currency="BDT",
    original_price=600.0,
    discount=7.5,
    rating=4.1,
    rating_count=12,
    sales=1600,
    colors=("Red, dark", "Blue"),
    sizes=("30",),
    seller="Mart",
    description='Line one, "quoted".\n\nLine two; a|b.',
    images=("https://img.example/1,2.jpg", "https://img.example/3.jpg"),
    attributes={"Fit": "slim", "Tags": ("a, b", "c")},
    line=17,
)
BARE = Product(product_id="2~2", title="2~2", rating_count=0, line=40)


def jsonl(*records: object) -> ParseReport:
    return parse_bytes("\n".join(json.dumps(r) for r in records).encode(), "shop.jsonl")


def written(*products: Product) -> bytes:
    stream = io.StringIO()
    write_jsonl(products, stream)
    return stream.getvalue().encode()


def as_csv(rows: list[dict[str, object]]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def test_what_parse_writes_reads_back_the_same_line_included() -> None:
    data = written(PRODUCT, BARE)
    assert "বল" in data.decode()
    assert list(json.loads(data.splitlines()[0])) == list(PRODUCT.to_dict())
    report = parse_bytes(data, "shop.jsonl")
    assert report.products == (PRODUCT, BARE)
    assert report.problems == ()
    assert report.blocks == 2
    assert written(*report.products) == data


@pytest.mark.parametrize("dump", [lambda v: json.dumps(v, ensure_ascii=False), str])
def test_csv_reads_back_the_same_with_lists_as_json_or_as_python_prints_them(dump) -> None:  # type: ignore[no-untyped-def]
    rows = [
        {k: dump(v) if isinstance(v, list | dict) else v for k, v in product.to_dict().items()}
        for product in (PRODUCT, BARE)
    ]
    report = parse_bytes(as_csv(rows), "shop.csv")
    assert report.products == (PRODUCT, BARE)
    assert report.problems == ()


def test_markdown_jsonl_and_csv_of_one_product_are_the_same() -> None:
    markdown = (
        "<!--DOC:START id=1 category=toys -->\n## Ball\n**Price:** ৳ 300 - ৳ 450\n**Rating:** 0.0/5\n"
        "**Sales:** 1.6K sold\n**Colors:** Red, Blue\n**Weight:** 1 kg\n<!--DOC:END-->\n"
    )
    row = {
        "product_id": "1",
        "title": "Ball",
        "category": "toys",
        "price": "৳ 300 - ৳ 450",
        "rating": "0.0/5",
        "sales": "1.6K sold",
        "colors": "Red, Blue",
        "Weight": "1 kg",
        "line": 1,
    }
    expected = parse_bytes(markdown.encode(), "shop.md").products
    assert expected[0].rating_count == 0
    assert jsonl(row).products == expected
    assert parse_bytes(as_csv([row]), "shop.csv").products == expected


def test_json_values_of_every_kind() -> None:
    report = jsonl(
        {
            "id": 7,
            "title": " Ball\nred ",
            "price": 1e3,
            "currency": "৳",
            "rating": 0,
            "sales": 12.0,
            "colors": ["Red", "", None, "Red"],
            "sizes": [36, 37.5],
            "depth": {"a": [1]},
            "weight": 2,
            "new": True,
            "none": None,
            "empty": "",
            "list": [],
            "attributes": {"Fit": ["a", "b"], "": "x"},
        }
    )
    assert report.problems == ()
    assert report.products == (
        Product(
            product_id="7",
            title="Ball red",
            price=1000,
            currency="BDT",
            rating_count=0,
            sales=12,
            colors=("Red",),
            sizes=("36", "37.5"),
            attributes={"depth": '{"a": [1]}', "weight": "2", "new": "true", "Fit": ("a", "b"), "value": "x"},
            line=1,
        ),
    )


def test_odd_numbers_are_problems_and_never_crash() -> None:
    for price in (float("nan"), float("inf"), -5, 10**400, True, 1e300):
        report = jsonl({"product_id": "1", "title": "A", "price": price})
        assert report.products[0].price is None
        assert [(p.line, p.code, p.product_id) for p in report.problems] == [(1, "bad-price", "1")]
    report = jsonl({"product_id": "1", "title": "A", "rating": 4.5, "rating_count": "many"})
    assert (report.products[0].rating, report.products[0].rating_count) == (4.5, None)
    assert [p.code for p in report.problems] == ["bad-rating"]


def test_lines_that_are_no_objects_are_named() -> None:
    lines = ['{"product_id": "1", "title": "A"}', "", "{broken", "[1, 2]", "{}", "[" * 100_000, '{"title": "B"}']
    report = parse_bytes("\n".join(lines).encode(), "shop.ndjson")
    made = report.products[1].product_id
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [
        (3, "text-outside", None),
        (4, "text-outside", None),
        (5, "empty-block", None),
        (6, "text-outside", None),
        (7, "missing-id", made),
    ]
    assert report.blocks == 3


def test_lone_surrogates_and_zeros_in_json_are_replaced_and_reported() -> None:
    report = parse_bytes(b'{"product_id": "1", "title": "A\\ud800\\u0000", "x": {"y": "\\udfff"}}', "shop.jsonl")
    assert report.products[0].title == "A\ufffd\ufffd"
    assert [p.code for p in report.problems] == ["encoding"]
    assert written(*report.products)


def test_csv_rows_know_their_lines() -> None:
    text = 'product_id;title;price\n1;"A\nB";5\n\n;;\n2;C;cheap;more\n'
    report = parse_bytes(text.encode(), "shop.csv")
    assert [(p.product_id, p.title, p.price, p.line) for p in report.products] == [
        ("1", "A B", 5, 2),
        ("2", "C", None, 6),
    ]
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [
        (5, "empty-block", None),
        (6, "bad-price", "2"),
        (6, "text-outside", None),
    ]


def test_csv_separators_of_lists_and_columns() -> None:
    text = "title\tcolors\tid\timages\nA\tRed, dark|Blue\t1\thttps://i.example/1 https://i.example/2\n"
    product = parse_bytes(text.encode(), "shop.csv").products[0]
    assert product.colors == ("Red, dark", "Blue")
    assert product.images == ("https://i.example/1", "https://i.example/2")


def test_an_open_quote_in_csv_is_reported() -> None:
    report = parse_bytes(b'product_id,title,description\n1,A,"never closed\n2,B,x\n', "shop.csv")
    assert [p.product_id for p in report.products] == ["1"]
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [(2, "missing-end", "1")]
    assert "2,B,x" in report.products[0].description


def test_a_long_cell_is_read() -> None:
    text = "product_id,title,description\n1,A," + "word " * 60_000
    assert len(parse_bytes(text.encode(), "shop.csv").products[0].description.split()) == 60_000


def test_a_csv_header_without_fields_is_an_error() -> None:
    with pytest.raises(CatalogueError, match=r"shop\.csv, line 1: the header names no"):
        parse_bytes(b"1,2,3\n4,5,6\n", "shop.csv")
    with pytest.raises(CatalogueError, match="no product"):
        parse_bytes(b"product_id,title\n", "shop.csv")
    with pytest.raises(CatalogueError, match="no product"):
        parse_bytes(b"[]\n", "shop.jsonl")
