"""The Markdown format: fields, markers, descriptions, attributes, headings."""

from __future__ import annotations

import textwrap

import pytest

from retrieval.catalogue import parse_bytes
from retrieval.catalogue.segments import marker_attributes
from retrieval.errors import CatalogueError
from retrieval.records import ParseReport, Product

FULL = """\
# A corpus

> Each product is wrapped by `<!--DOC:START ...-->` and `<!--DOC:END-->`.

<!--DOC:START id=a-1 category=mens jeans -->
## Slim jeans, blue
**DocID:** `a-1`

**Category:** mens jeans
**Brand:** No Brand
**SKU:** J-1_BD
**URL:** https://shop.example/j-1.html
**Sales:** 1.6K sold
**Location:** Dhaka

**Price:** ৳ 300 - ৳ 450
**Original Price:** ৳ 600
**Discount:** 35% Off
**Rating:** 4.1/5 (1,031 ratings)

**Colors:** Red, Blue, Red
**Sizes:** 30, 32
**Variants (sample):**
- Red — price ৳ 300
- Blue — price ৳ 450

**Return & Warranty:**

- 7 days return
**Seller:** Dhaka Mart [Store Link](https://shop.example/s)
- Positive: 90% | On time: 100%

**Description:** Soft denim.
**Fit:** slim
- machine wash

---
Second paragraph.

**Images (sample):**
- https://img.example/1.jpg
- https://img.example/2.jpg

_Source: jeans / products.json_

---
<!--DOC:END-->
"""


def parse(text: str, name: str = "shop.md") -> ParseReport:
    return parse_bytes(textwrap.dedent(text).encode(), name)


def only(text: str) -> Product:
    """Return the one product of a block with this body."""
    report = parse_bytes(f"<!--DOC:START id=1 -->\n{text}\n<!--DOC:END-->\n".encode(), "shop.md")
    assert [p.code for p in report.problems] == []
    assert len(report.products) == 1
    return report.products[0]


def test_every_field_of_a_full_block() -> None:
    report = parse(FULL)
    assert parse(FULL.replace("\n", "  \n")).products == report.products
    assert report.problems == ()
    assert report.blocks == 1
    assert report.header.startswith("# A corpus\n\n> Each product")
    assert report.products == (
        Product(
            product_id="a-1",
            title="Slim jeans, blue",
            category="mens jeans",
            brand="No Brand",
            sku="J-1_BD",
            url="https://shop.example/j-1.html",
            price=300,
            price_max=450,
            currency="BDT",
            original_price=600,
            discount=35,
            rating=4.1,
            rating_count=1031,
            sales=1600,
            colors=("Red", "Blue"),
            sizes=("30", "32"),
            seller="Dhaka Mart",
            description="Soft denim.\n**Fit:** slim\n- machine wash\n\n---\nSecond paragraph.",
            images=("https://img.example/1.jpg", "https://img.example/2.jpg"),
            attributes={
                "Location": "Dhaka",
                "Variants (sample)": ("Red — price ৳ 300", "Blue — price ৳ 450"),
                "Return & Warranty": ("7 days return",),
                "Seller Link": "https://shop.example/s",
                "Seller": ("Positive: 90% | On time: 100%",),
            },
            line=5,
        ),
    )


@pytest.mark.parametrize(
    ("marker", "pairs"),
    [
        ("id=1 category=mens jeans ", {"id": "1", "category": "mens jeans"}),
        ("category=mens jeans id=1", {"id": "1", "category": "mens jeans"}),
        ("id=\"1\" category='mens jeans'", {"id": "1", "category": "mens jeans"}),
        ("category='men's jeans' id=1", {"id": "1", "category": "men's jeans"}),
        ('category="a id=9" id=1', {"id": "1", "category": "a id=9"}),
        ("ID = 1 source=x", {"ID": "1", "source": "x"}),
        ("id= category=x", {"id": "", "category": "x"}),
        ("", {}),
    ],
)
def test_marker_attributes(marker: str, pairs: dict[str, str]) -> None:
    assert dict(marker_attributes(marker)) == pairs


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("<!--DOC:START id=1 category=toys-->", "<!--DOC:END-->"),
        ("<!-- doc:start id=1 category=toys -->", "<!--   Doc:End -->"),
        ("<!--Doc:Start category=toys id=1 -->", "<!-- DOC:END"),
    ],
)
def test_markers_in_any_case_with_spaces(start: str, end: str) -> None:
    report = parse_bytes(f"{start}\n## Ball\n{end}\n".encode(), "shop.md")
    assert [(p.product_id, p.category, p.title) for p in report.products] == [("1", "toys", "Ball")]
    assert report.problems == ()


def test_markers_count_only_at_the_start_of_a_line() -> None:
    product = only("## Ball\n**Description:**\nsee <!--DOC:END--> and\n <!--DOC:START id=9 -->")
    assert product.description == "see <!--DOC:END--> and\n <!--DOC:START id=9 -->"


def test_a_title_may_stand_behind_the_marker() -> None:
    report = parse_bytes(b"<!--DOC:START id=1 --> ## Ball\n<!--DOC:END-->\n", "shop.md")
    assert (report.products[0].title, report.problems) == ("Ball", ())


def test_id_and_category_come_from_the_marker_before_the_block() -> None:
    product = only("## Ball\n**DocID:** 2\n**Category:** toys")
    assert (product.product_id, product.category, dict(product.attributes)) == ("1", "toys", {"DocID": "2"})
    report = parse("<!--DOC:START category=a -->\n## Ball\n**DocID:** `7`\n**Category:** b\n<!--DOC:END-->\n")
    product = report.products[0]
    assert (product.product_id, product.category, dict(product.attributes)) == ("7", "a", {"Category": "b"})


def test_other_marker_attributes_are_kept_once() -> None:
    body = "## Ball\n**Source:** Mart\n"
    report = parse(f"<!--DOC:START id=1 source=Mart lang=bn brand=Acme -->\n{body}<!--DOC:END-->\n")
    assert dict(report.products[0].attributes) == {"Source": "Mart", "lang": "bn"}
    assert report.products[0].brand == "Acme"


def test_the_description_ends_at_a_field_not_read_yet_a_source_line_or_the_last_rule() -> None:
    product = only("## Ball\n**Brand:** A\n**Description:**\nRound.\n**Brand:** B\n**Price:** ৳ 5\n**Weight:** 1 kg")
    assert product.description == "Round.\n**Brand:** B"
    assert product.price == 5
    assert product.attributes == {"Weight": "1 kg"}
    assert only("## Ball\n**Description:**\nRound.\n_Source: x_\n---").description == "Round."
    assert only("## Ball\n**Description:**\nRound.\n\n---\n\n***\n").description == "Round."


def test_loose_text_of_a_block_is_description() -> None:
    product = only("## Ball\nRed and round.\n- bounces\n**Price:** ৳ 5\n\n- floats\n## Care\nWipe.")
    assert product.description == "Red and round.\n- bounces\n\n- floats\n## Care\nWipe."
    assert product.price == 5


def test_a_value_may_stand_below_its_key() -> None:
    product = only("## Ball\n**Price:**\n৳ 5\n**Colors:**\n- Red\n- Blue\n**Warranty:**\none year,\nat the shop")
    assert (product.price, product.colors) == (5, ("Red", "Blue"))
    assert product.attributes == {"Warranty": "one year, at the shop"}


def test_a_list_below_a_field_with_a_value_becomes_an_attribute() -> None:
    product = only("## Ball\n**Price:** ৳ 5\n- per piece\n**Material:** rubber\n- natural")
    assert product.price == 5
    assert product.attributes == {"Price": ("per piece",), "Material": ("rubber", "natural")}


def test_a_field_written_twice_is_kept_in_the_attributes_where_it_differs() -> None:
    product = only("## Ball\n**Brand:** A\n**Brand:** A\n**Brand:** B\n**Size:** 1\n**Size:** 2")
    assert (product.brand, product.sizes) == ("A", ("1",))
    assert product.attributes == {"Brand": "B", "Size": "2"}
    product = only("## Ball\n**Fit:** slim\n**Fit:** slim\n**Fit:** wide")
    assert product.attributes == {"Fit": ("slim", "wide")}


def test_sales_and_discount_without_a_number_are_kept_as_attributes() -> None:
    product = only("## Ball\n**Sales:** many\n**Discount:** big\n")
    assert (product.sales, product.discount) == (None, None)
    assert product.attributes == {"Sales": "many", "Discount": "big"}


def test_words_beside_a_number_are_kept_as_an_attribute() -> None:
    product = only("## Ball\n**Price:** ৳ 5 per piece\n**Sales:** 33 sold this week\n**Discount:** 7% till Friday")
    assert (product.price, product.sales, product.discount) == (5, 33, 7)
    assert product.attributes == {
        "Price": "৳ 5 per piece",
        "Sales": "33 sold this week",
        "Discount": "7% till Friday",
    }
    product = only("## Ball\n**Price:** BDT 5500/- to Tk. 6,000 only\n**Sales:** 1.6K+ sold\n**Discount:** 35% Off")
    assert product.attributes == {}


@pytest.mark.parametrize("rating", ["0.0/5 (0 ratings)", "0.0/5", "0/5"])
def test_zero_is_unrated(rating: str) -> None:
    product = only(f"## Ball\n**Rating:** {rating}")
    assert (product.rating, product.rating_count) == (None, 0)


@pytest.mark.parametrize("price", ["Up Coming", "Call for Price", ""])
def test_no_price_is_null_without_a_problem(price: str) -> None:
    product = only(f"## Ball\n**Price:** {price}\n**Brand:** A")
    assert (product.price, product.brand, dict(product.attributes)) == (None, "A", {})


HEADINGS = """\
# Our shop

We sell lamps.

## Desk lamp
**DocID:** L1
**Price:** ৳ 900

**Description:**
Warm light.

---

## About us
Founded long ago.

## Floor lamp
**Price:** ৳ 1,900
**Bulb:** E27
"""


def test_headings_with_keys_are_products_where_there_is_no_marker() -> None:
    report = parse(HEADINGS)
    lamp, floor = report.products
    assert (lamp.product_id, lamp.title, lamp.price, lamp.description, lamp.line) == (
        "L1",
        "Desk lamp",
        900,
        "Warm light.",
        5,
    )
    assert (floor.title, floor.price, floor.attributes, floor.line) == ("Floor lamp", 1900, {"Bulb": "E27"}, 17)
    assert report.header == "# Our shop\n\nWe sell lamps.\n"
    assert report.blocks == 2
    assert [(p.line, p.code, p.product_id) for p in report.problems] == [
        (1, "no-markers", None),
        (15, "text-outside", None),
        (17, "missing-id", floor.product_id),
    ]


def test_a_file_without_products_is_an_error_that_says_what_to_do() -> None:
    for text in (
        "# Readme\n\n## Install\n\nRun it.\n",
        "Just text\n",
        "## Notes\n**Careful:** hot\n",
        "<!--DOC:END-->\n",
    ):
        with pytest.raises(CatalogueError, match=r"shop\.md holds no product: .*DOC:START"):
            parse(text)
    with pytest.raises(CatalogueError, match="no product"):
        parse("<!--DOC:START id=1 -->\n<!--DOC:END-->\n")


def test_a_value_may_begin_with_a_colon() -> None:
    report = parse_bytes(b"<!--DOC:START id=1-->\n## T\n**Brand:** :red[x]\n<!--DOC:END-->\n", "shop.md")
    assert report.products[0].brand == ":red[x]"
    assert report.products[0].attributes == {}
