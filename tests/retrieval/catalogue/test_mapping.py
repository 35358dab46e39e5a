"""Foreign files: their columns named, previewed and mapped."""

from __future__ import annotations

import json

import pytest

from retrieval.catalogue import columns_of, parse_bytes, parse_pairs, preview, suggest_mapping, takes_mapping
from retrieval.errors import CatalogueError, SettingsError

FOREIGN = (
    'Product title;Unit price;SKU code;Image URL;Warranty\n"Kettle; blue";1250;K-1;https://i.example/k.jpg;2 years\n'
)


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (
            ["Name", "Unit price", "SKU code", "Image URL", "Stock"],
            {
                "product_id": "SKU code", "title": "Name", "sku": "SKU code", "price": "Unit price",
                "images": "Image URL",
            },
        ),
        (
            ["Item ID", "পণ্যের নাম", "দাম (টাকা)", "ব্র্যান্ড", "রং", "ছবি"],
            {
                "product_id": "Item ID", "title": "পণ্যের নাম", "brand": "ব্র্যান্ড", "price": "দাম (টাকা)", "colors": "রং",
                "images": "ছবি",
            },
        ),
        (
            ["Handle", "Title", "Body (HTML)", "Vendor", "Variant SKU", "Variant Price", "Variant Compare At Price"],
            {
                "product_id": "Variant SKU", "title": "Title", "brand": "Vendor", "sku": "Variant SKU",
                "price": "Variant Price", "original_price": "Variant Compare At Price", "description": "Body (HTML)",
            },
        ),
        (["productName", "priceBDT"], {"title": "productName", "price": "priceBDT"}),
        (["id", "price", "sale_price"], {"product_id": "id", "price": "price"}),
        (["Name", "Title"], {"title": "Title"}),
        (["Warranty", ""], {}),
    ],
)  # fmt: skip
def test_a_mapping_is_suggested_by_the_columns_names(columns: list[str], mapping: dict[str, str]) -> None:
    assert suggest_mapping(columns) == mapping


def test_a_foreign_csv_is_read_by_its_mapping() -> None:
    report = parse_bytes(FOREIGN.encode(), "foreign.csv", suggest_mapping(columns_of(FOREIGN.encode(), "foreign.csv")))
    (product,) = report.products
    assert (product.product_id, product.title, product.price, product.sku) == ("K-1", "Kettle; blue", 1250, "K-1")
    assert product.images == ("https://i.example/k.jpg",)
    assert product.attributes == {"Warranty": "2 years"}
    assert report.problems == ()


def test_without_a_mapping_a_foreign_csv_says_what_to_do() -> None:
    with pytest.raises(CatalogueError, match=r"foreign\.csv, line 1: .* --map title='Bezeichnung'"):
        parse_bytes(b"Bezeichnung;Preis\nKessel;5\n", "foreign.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_and_encodings_are_found_with_foreign_headers(delimiter: str, encoding: str) -> None:
    rows = [["Bezeichnung", "Preis", "Farbe"], ["Kessel", "5", "blau"], ["বাতি", "7", "rot"]]
    data = "\n".join(delimiter.join(row) for row in rows).encode(encoding)
    assert columns_of(data, "x.csv") == rows[0]
    report = parse_bytes(data, "x.csv", {"title": "Bezeichnung", "price": "Preis"})
    assert [(p.title, p.price, p.attributes) for p in report.products] == [
        ("Kessel", 5, {"Farbe": "blau"}),
        ("বাতি", 7, {"Farbe": "rot"}),
    ]


def test_columns_that_are_not_mapped_keep_their_own_meaning_unless_their_field_is_taken() -> None:
    data = b"id,Label,Price,Net,Brand\n1,Kettle,9,7,Acme\n"
    product = parse_bytes(data, "x.csv", {"title": "Label", "price": "Net", "brand": ""}).products[0]
    assert (product.title, product.price, product.brand) == ("Kettle", 7, None)
    assert product.attributes == {"Price": "9", "Brand": "Acme"}
    empty = parse_bytes(b"id,title,Price,Net\n1,Kettle,9,\n", "x.csv", {"price": "Net"}).products[0]
    assert (empty.price, empty.attributes) == (None, {"Price": "9"})


def test_a_column_without_a_name_and_one_that_stands_twice_can_be_mapped() -> None:
    data = b"id,,Note,Note\n1,Kettle,a,b\n"
    assert columns_of(data, "x.csv") == ["id", "column 2", "Note"]
    product = parse_bytes(data, "x.csv", {"title": "column 2"}).products[0]
    assert (product.title, product.attributes) == ("Kettle", {"Note": ("a", "b")})


def test_letter_case_and_space_around_a_column_make_no_difference_where_one_is_meant() -> None:
    assert parse_bytes(b"Item ,x\nKettle,1\n", "x.csv", {"title": " item"}).products[0].title == "Kettle"
    with pytest.raises(CatalogueError, match="no column 'item'"):
        parse_bytes(b"Item,ITEM\na,b\n", "x.csv", {"title": "item"})


@pytest.mark.parametrize("name", ["x.csv", "x.json"])
def test_an_unknown_column_is_an_error_that_names_those_there(name: str) -> None:
    data = b"Item,Cost\na,1\n" if name == "x.csv" else b'[{"Item": "a"}, {"Cost": 1}]'
    with pytest.raises(CatalogueError, match=rf"{name}.* no column 'Nmae'.*title.*'Item', 'Cost'\. Correct"):
        parse_bytes(data, name, {"title": "Nmae"})


def test_an_unknown_field_and_a_mapping_of_markdown_are_errors() -> None:
    with pytest.raises(SettingsError, match=r"'colour scheme' is no field .*title"):
        parse_bytes(b"a,b\n1,2\n", "x.csv", {"colour scheme": "a"})
    with pytest.raises(SettingsError, match=r"x\.md is Markdown"):
        parse_bytes(b"<!--DOC:START id=1 -->\n## A\n<!--DOC:END-->\n", "x.md", {"title": "A"})
    assert [takes_mapping(name) for name in ("a.CSV", "a.json", "a.jsonl", "a.tsv", "a.md")] == [True] * 4 + [False]


def test_pairs_of_the_command_line() -> None:
    assert parse_pairs(["title=Name", "Product ID = a=b", "brand="]) == {
        "title": "Name",
        "product_id": "a=b",
        "brand": "",
    }
    for wrong in (["title"], ["=Name"], ["wheels=4"], ["title=a", "name=b"]):
        with pytest.raises(SettingsError):
            parse_pairs(wrong)


OBJECTS = [{"Name": "Kettle", "Cost": 5, "Tags": ["a", "b"]}, {"Name": "Lamp", "Cost": "৳ 7", "Box": {"w": 2}}]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps(OBJECTS), "x.json"),
        (json.dumps(OBJECTS, indent=2), "x.json"),
        (json.dumps({"products": OBJECTS}), "x.json"),
        (json.dumps({"total": 2, "meta": {"products": [1]}, "products": OBJECTS, "next": None}, indent=1), "x.json"),
        ("\n".join(map(json.dumps, OBJECTS)), "x.json"),
        ("\n".join(map(json.dumps, OBJECTS)), "x.jsonl"),
        (json.dumps(OBJECTS), "x.jsonl"),
    ],
)
def test_json_in_every_form_gives_the_same_products(text: str, name: str) -> None:
    assert columns_of(text.encode(), name) == ["Name", "Cost", "Tags", "Box"]
    report = parse_bytes(text.encode(), name, {"title": "Name", "price": "Cost"})
    assert [(p.title, p.price, p.attributes) for p in report.products] == [
        ("Kettle", 5, {"Tags": ("a", "b")}),
        ("Lamp", 7, {"Box": '{"w": 2}'}),
    ]
    assert [p.code for p in report.problems] == ["missing-id", "missing-id"]
    assert report.blocks == 2


def test_objects_of_a_list_know_their_lines() -> None:
    text = '[\n {"id": 1, "title": "A",\n  "price": "cheap"},\n 5,\n {},\n {"id": 2, "title": "B"}]\ntrailing'
    report = parse_bytes(text.encode(), "x.json")
    assert [(p.product_id, p.line) for p in report.products] == [("1", 2), ("2", 6)]
    assert [(p.line, p.code) for p in report.problems] == [
        (2, "bad-price"),
        (4, "text-outside"),
        (5, "empty-block"),
        (6, "text-outside"),
    ]


@pytest.mark.parametrize(
    "cut", ['[{"id": 1, "title": "A"},\n{"id": 2, "ti', '[{"id": 1, "title": "A"}\n', '[{"id":1} {']
)
def test_a_list_that_breaks_off_keeps_what_was_read_and_says_so(cut: str) -> None:
    report = parse_bytes(cut.encode(), "x.json")
    assert [p.product_id for p in report.products] == ["1"]
    assert [p.code for p in report.problems if p.code != "missing-title"] == ["text-outside"]
    assert "from here on" in next(p.message for p in report.problems if p.code == "text-outside")


def test_one_object_over_several_lines_is_one_product_and_numbers_may_be_long() -> None:
    text = json.dumps({"id": 1, "title": "A", "serial": 7}, indent=1)
    assert parse_bytes(text.encode(), "x.json").products[0].title == "A"
    long = '[{"id": 1, "title": "A", "serial": ' + "9" * 5000 + "}]"
    assert parse_bytes(long.encode(), "x.json").products[0].attributes == {"serial": "an overlong number"}


def test_what_stands_around_a_list_of_products_is_the_header() -> None:
    text = '{"shop": "Acme", "products": [{"id": 1, "title": "A"}], "pages": 3}'
    report = parse_bytes(text.encode(), "x.json")
    assert '"shop": "Acme"' in report.header
    assert '"pages": 3' in report.header
    assert report.problems == ()


@pytest.mark.parametrize("text", ["[]", '{"products": []}', "{}", "7", "[1, 2]"])
def test_json_without_a_product_is_an_error(text: str) -> None:
    with pytest.raises(CatalogueError, match="holds no product"):
        parse_bytes(text.encode(), "x.json")


def test_a_preview_shows_the_first_rows_as_text() -> None:
    shown = preview(b"a;b\n1;2\n;\n3\n4;5;6\n", "x.csv", rows=2)
    assert (shown.columns, shown.rows, shown.rows_read) == (("a", "b"), (("1", "2"), ("3", "")), 3)
    shown = preview(json.dumps(OBJECTS).encode(), "x.json", rows=2)
    assert shown.rows == (("Kettle", "5", '["a", "b"]', ""), ("Lamp", "৳ 7", "", '{"w": 2}'))
    assert preview(b"# nothing", "x.md").columns == ()


def test_a_quote_that_guards_a_formula_is_taken_off() -> None:
    data = b"id,title,sku\n1,'=A1,'it''s\n2,''=A1,'\n"
    products = parse_bytes(data, "x.csv").products
    assert [(p.title, p.sku) for p in products] == [("=A1", "'it''s"), ("'=A1", "'")]
