"""What a query names outright: whole titles, SKUs and model numbers, however they are typed, and nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.query.names import Named, Names
from retrieval.records import Product
from retrieval.text import clean_text, fold


def sold(*titles: str) -> Names:
    return Names.from_products(Product(f"p{i}", title) for i, title in enumerate(titles))


def with_skus(*skus: str) -> Names:
    return Names.from_products(Product(f"p{i}", f"thing {'abcdefgh'[i % 8]}", sku=sku) for i, sku in enumerate(skus))


def said(names: Names, text: str) -> list[tuple[str, str, tuple[int, ...]]]:
    """Return what a text names: kind, the span as typed, positions."""
    return [(name.kind, text[name.start : name.end], name.positions) for name in names.find(text)]


SHOP = ("Bed Sheet", "Men's T-Shirt (Cotton)", "bed sheet!", "Café Crème Cup, 300 ml", "নকশি কাঁথা", "★★★", "")


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("bed sheet", (0, 2)),
        ("  BED -- SHEET ", (0, 2)),
        ("bedsheet", (0, 2)),
        ("men's t-shirt (cotton)", (1,)),
        ("MENS TSHIRT COTTON", (1,)),
        ("men s t shirt/cotton", (1,)),
        ("CAFÉ CRÈME cup 300ml", (3,)),
        ("cafe\u0301 cre\u0300me cup, 300 ml", (3,)),
        ("ｃａｆé crème cup 300 ml", (3,)),
        ("Café Crème Cup ৩০০ ml", (3,)),
        ("নকশি   কাঁথা।", (4,)),
    ],
)
def test_a_whole_title_is_named_however_it_is_written(query: str, positions: tuple[int, ...]) -> None:
    (name,) = sold(*SHOP).find(query)
    assert (name.kind, name.positions) == ("title", positions)


@pytest.mark.parametrize("query", ["", "  ", "★★★", "bed", "bed sheets", "sheet bed", "cafe creme cup 300 ml"])
def test_anything_else_is_no_title(query: str) -> None:
    assert sold(*SHOP).find(query) == ()


def test_figures_of_a_title_stay_apart() -> None:
    names = sold("Lamp 1 12", "Lamp 11 2")
    assert said(names, "lamp 1-12") == [("title", "lamp 1-12", (0,))]
    assert said(names, "lamp 112") == []


def test_a_title_is_found_as_the_catalogue_writes_it_and_without_its_markup() -> None:
    names = sold("<b>Blue</b> kettle &amp; cup")
    for query in ("<b>Blue</b> kettle &amp; cup", "blue kettle & cup"):
        assert [name.positions for name in names.find(query)] == [(0,)]


def test_a_title_of_three_words_is_found_within_a_query() -> None:
    names = sold("Steel Water Bottle", "Bed Sheet", "Steel Water Bottle, 1 L Blue", "T-Shirt For Boys")
    assert said(names, "buy STEEL water-bottle now") == [("title", "STEEL water-bottle", (0,))]
    assert said(names, "buy steel water bottle 1 l blue now") == [("title", "steel water bottle 1 l blue", (2,))]
    assert said(names, "a bed sheet") == []
    assert said(names, "steel water bottles") == []
    assert said(names, "stainless-steel water bottle or tshirt for boys") == [
        ("title", "steel water bottle", (0,)),
        ("title", "tshirt for boys", (3,)),
    ]


def test_titles_within_a_query_do_not_overlap() -> None:
    names = sold("red green blue", "green blue red lamp", "blue red lamp")
    assert said(names, "my red green blue red lamp") == [("title", "red green blue", (0,))]
    assert said(names, "my red green blue, blue red lamp") == [
        ("title", "red green blue", (0,)),
        ("title", "blue red lamp", (2,)),
    ]


@pytest.mark.parametrize("title", ["This is it", "for the men", "4 x 6 12", "women's capris", "A b c d e f"])
def test_a_title_of_filler_is_named_by_itself_alone(title: str) -> None:
    names = sold(title)
    assert [name.kind for name in names.find(title)] == ["title"]
    assert names.find(f"gift {title} please") == ()


def test_the_span_is_that_of_the_text_as_typed() -> None:
    text = "ﬁnd ½ Blauer ŒUVRE-Kessel №9  jetzt"
    assert said(sold("blauer œuvre kessel"), text) == [("title", "Blauer ŒUVRE-Kessel", (0,))]


@pytest.mark.parametrize(
    "query",
    [
        "326711679_BD-1578758926",
        "326711679_bd-1578758926",
        "326711679 BD 1578758926",
        "326711679BD1578758926",
        "326711679/bd.1578758926",
        "buy 326711679_BD-1578758926, please",
        "sku:326711679_BD-1578758926",
        "(326711679_BD-1578758926)",
        "৩২৬৭১১৬৭৯_BD-১৫৭৮৭৫৮৯২৬",
    ],
)
def test_an_sku_is_named_without_regard_to_marks_and_case(query: str) -> None:
    names = with_skus("9_BD-1", "326711679_BD-1578758926")
    ((kind, span, positions),) = said(names, query)
    assert (kind, positions) == ("sku", (1,))
    assert re.sub(r"\W|_", "", fold(span)) == "326711679bd1578758926"


@pytest.mark.parametrize("sku", ["AB1", "ABCDEF", "1234", "500 ml", "16GB", ""])
def test_what_is_too_short_or_says_something_else_is_no_sku(sku: str) -> None:
    assert with_skus(sku).find(f"cup {sku}") == ()


def test_a_short_sku_is_not_read_out_of_words_that_stand_apart() -> None:
    names = with_skus("RED-42", "12345", "4006381333931", "123-4567")
    assert said(names, "shirt red-42") == [("sku", "red-42", (0,))]
    assert said(names, "red 42") == [("sku", "red 42", (0,))]
    assert said(names, "shirt red 42") == []
    assert said(names, "shirt 12 345") == said(names, "shirt 123 4567") == []
    assert said(names, "shirt 123-4567") == [("sku", "123-4567", (3,))]
    assert said(names, "pen 4 006381 333931") == [("sku", "4 006381 333931", (2,))]


@pytest.mark.parametrize(
    "query", ["phone under 50000", "phone 50000 taka", "power bank 50000mah", "power bank 50000 mah", "phone ৳50000"]
)
def test_a_price_or_measure_is_no_sku(query: str) -> None:
    names = with_skus("50000")
    assert names.find(query) == ()
    assert said(names, "50000") == [("sku", "50000", (0,))]
    assert said(names, "item 50000") == [("sku", "50000", (0,))]


@pytest.mark.parametrize(("shared", "named"), [(20, True), (21, False)])
def test_an_sku_of_many_products_is_no_name(shared: int, named: bool) -> None:
    found = with_skus(*["AB-123"] * shared).find("ab123")
    assert [name.positions for name in found] == ([tuple(range(shared))] if named else [])


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Asus GTX1650 4G card", ["GTX-1650-4G", "gtx1650", "gtx16504g", "gtx1650 4g", "GTX_1650", "card gtx-1650"]),
        ("Asus GTX-1650-4G card", ["GTX1650 4G", "gtx16504g", "gtx.1650", "GTX-1650-4G"]),
        ("Zotac RTX 3060 Ti twin", ["rtx3060", "rtx3060ti", "RTX-3060-Ti", "rtx 3060ti-x rtx3060"]),
        ("Olila W047 glass", ["w047", "W47", "w.47", "W-047", "olila w_47"]),
        ("Olila w.47 glass", ["w047", "W47", "w.47", "W-047"]),
        ("HP 15s-fq5357TU notebook", ["fq5357tu", "15s-fq5357tu", "HP15s-FQ5357TU", "hp-15s-fq5357tu", "15sfq5357tu"]),
        ("IdeaPad (82XM007ULK) grey", ["82XM007ULK", "82xm-007ulk", "buy 82XM007ULK, grey"]),
        ("WD-40 spray", ["wd40", "wd-40"]),
        ("ফ্যান 82XM007ULK", ["82XM007ULKটি"]),
    ],
)
def test_a_model_number_is_named_however_it_is_joined(title: str, queries: list[str]) -> None:
    names = sold("grey lamp", title)
    for query in queries:
        assert {(name.kind, name.positions) for name in names.find(query)} == {("code", (1,))}, query


@pytest.mark.parametrize("query", ["gtx 1650", "1650", "gtx", "w 47", "olila glass", "82xm 007ulk", "15s"])
def test_what_is_not_typed_as_a_code_names_nothing(query: str) -> None:
    assert sold("GTX1650 4G", "Olila W047", "82XM007ULK laptop", "HP 15s 2").find(query) == ()


PLAIN = (
    "16gb 300ml 18x24 24x18in 4k 3d 5g 2pcs 100pcs 2xl xxl 3xl w34 l32 w34l32 eu42 uk8 1080p 720p 1st 11th 90s 10x "
    "5000mah 12v 36b 2in1 3in1 in1 4port 12cup 6pack usb3 mp3 ddr4 cat6 ip68 spf50 win11 h264 gen5 set6 size9 men2024 "
    "ram512gb 3-piece 2-pack usb-c pack-6 top-10 2024 20-24 half-2024 fy-2024 24/7 x15 t-shirt 1.5l 24-7"
).split()


@pytest.mark.parametrize("word", PLAIN)
def test_quantities_sizes_years_and_standards_are_no_model_numbers(word: str) -> None:
    names = sold(f"Acme {word} thing of steel", f"Other {word}")
    assert names.find(f"steel {word}") == ()
    assert names.find(word) == ()


def test_the_side_of_a_dimension_is_no_model_number() -> None:
    names = sold('Rug 70.8"x200" soft', "Lenovo X200 notebook")
    assert said(names, "x200 charger") == [("code", "x200", (1,))]
    assert said(names, 'rug 70.8"x200"') == []


@pytest.mark.parametrize(
    ("catalogue", "holding", "named"), [(10, 3, True), (10, 4, False), (1_000, 5, True), (1_000, 6, False)]
)
def test_a_model_number_of_many_products_is_no_name(catalogue: int, holding: int, named: bool) -> None:
    titles = [f"lamp {'E88max' if i < holding else 'grey'} item" for i in range(catalogue)]
    found = sold(*titles).find("e88max lamp")
    assert [name.positions for name in found] == ([tuple(range(holding))] if named else [])


def test_products_that_hold_more_of_the_model_numbers_come_first() -> None:
    names = sold("A2212 motor", "F450 frame", "F450 frame with A2212 motor", "A2212 spare")
    text = "a2212 motor for f450"
    assert said(names, text) == [
        ("code", "a2212 motor for f450", (2,)),
        ("code", "a2212", (0, 3)),
        ("code", "f450", (1,)),
    ]
    assert said(names, "f450, f450") == [("code", "f450", (1, 2))]


def test_the_longest_code_of_a_run_is_meant() -> None:
    names = sold("GTX1650 card", "GTX-1650-4G card", "4G lamp")
    assert said(names, "gtx-1650-4g") == [("code", "gtx-1650-4g", (1,))]
    assert said(names, "gtx-1650-9z") == [("code", "gtx-1650", (0, 1))]


def test_attributes_tell_model_and_part_numbers() -> None:
    names = Names.from_products(
        [
            Product("a", "kettle", attributes={"Model No.": "KT-900 X"}),
            Product("b", "kettle two", attributes={"EAN": ("4006381333931", "123")}),
            Product("c", "kettle three", attributes={"Colour": "QX-77Z", "model": "steel"}),
        ]
    )
    assert said(names, "kettle kt900x") == [("code", "kt900x", (0,))]
    assert said(names, "kt-900 kettle") == [("code", "kt-900", (0,))]
    assert said(names, "4006381333931") == [("code", "4006381333931", (1,))]
    assert said(names, "123") == said(names, "qx-77z") == said(names, "steel") == []


def test_skus_come_before_titles_and_model_numbers_outside_both_last() -> None:
    products = [
        Product("a", "Blue Steel Kettle"),
        Product("b", "QX77Z pump", sku="ZZ-1001"),
        Product("c", "Rare HK900 lamp"),
        Product("d", "Red QX77Z pump"),
    ]
    text = "hk900 and blue steel kettle, red qx77z pump, zz-1001"
    assert said(Names.from_products(products), text) == [
        ("sku", "zz-1001", (1,)),
        ("title", "blue steel kettle", (0,)),
        ("title", "red qx77z pump", (3,)),
        ("code", "hk900", (2,)),
    ]


def saved(names: Names) -> dict[str, NDArray[Any]]:
    """Return the arrays after a way through a file."""
    file = io.BytesIO()
    np.savez(file, **names.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as read:
        return {name: read[name] for name in read.files}


def test_names_read_from_arrays_are_the_same() -> None:
    products = [Product(f"p{i}", title, sku=f"SKU-{i}00") for i, title in enumerate([*SHOP, "Asus GTX-1650-4G card"])]
    names = Names.from_products(products)
    read = Names.from_arrays(saved(names))
    for query in (*SHOP, "sku-100", "gtx1650", "buy asus gtx 1650 4g card", "nothing"):
        assert read.find(query) == names.find(query)
    assert read.find("sku-100") == (Named(0, 7, "sku", (1,)),)


def test_an_empty_catalogue_names_nothing() -> None:
    names = Names.from_arrays(saved(sold()))
    assert len(names) == 0
    assert names.find("bed sheet 82XM007ULK") == ()


def damaged(arrays: Mapping[str, NDArray[Any]], **other: NDArray[Any] | None) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in {**arrays, **other}.items() if array is not None}


def test_damaged_arrays_are_refused_with_what_does_not_fit() -> None:
    arrays = saved(sold(*SHOP))
    count = len(arrays["keys"])
    for other, message in (
        ({"keys": None, "values": None}, "the names have no keys, values"),
        ({"ends": arrays["ends"].astype(np.float64)}, "ends of 1 dimensions and float64 instead of 1 and int64"),
        ({"values": arrays["values"][:, None]}, "values of 2 dimensions and int32"),
        ({"keys": arrays["keys"][:-1]}, f"{count - 1} keys, {count} ends and {len(arrays['values'])} values"),
        ({"values": arrays["values"][:-1]}, f"{len(arrays['values']) - 1} values"),
        ({"keys": arrays["keys"][::-1].copy()}, "out of order"),
        ({"values": -1 - arrays["values"]}, "out of order"),
    ):
        with pytest.raises(IndexDamaged, match=message) as caught:
            Names.from_arrays(damaged(arrays, **other))
        assert str(caught.value).endswith("Build the index again.")


LETTERS = st.text(st.sampled_from("ab1 2-_.'\"xé½ŒকোW047,৳"), max_size=40)
TITLES = ("ab ab 12x ab", "a b1 é", "ab1", "ab ba ab", "W047 ab ab", "কো ab ab", "xé ab")
SMALL = Names.from_products(
    Product(f"p{i}", title, sku=("ab-12b" if i == 3 else "12.120" if i == 4 else None))
    for i, title in enumerate(TITLES)
)


@given(st.one_of(st.text(max_size=60), LETTERS))
@example("½½½ W-047")
@example("\ud800 ab ba ab")
@example("12.120 12.120")
def test_any_text_is_read_and_spans_are_its_own(text: str) -> None:
    found = SMALL.find(text)
    assert found == SMALL.find(text)
    for name in found:
        assert 0 <= name.start < name.end <= len(text)
        assert name.positions == tuple(sorted(set(name.positions)))
        assert set(name.positions) <= set(range(len(TITLES)))
    kinds = [name.kind for name in found]
    assert kinds == sorted(kinds, key=["sku", "title", "code"].index)
    for kind in ("sku", "title"):
        spans = [(name.start, name.end) for name in found if name.kind == kind]
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


WORDS = ("red", "blue", "tin", "lamp", "of")


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=8),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=14),
)
def test_titles_are_those_that_reading_word_by_word_finds(titles: list[list[str]], query: list[str]) -> None:
    # A title that says the same twice is known by what it says once, too.
    assume(all(clean_text(" ".join(title)) == " ".join(title) for title in titles))

    def same(words: list[str]) -> tuple[int, ...]:
        return tuple(i for i, title in enumerate(titles) if title == words)

    expected = []
    if same(query):
        expected = [(" ".join(query), same(query))]
    else:
        first = 0
        while first < len(query):
            for last in range(len(query), first + 2, -1):
                part = query[first:last]
                if same(part) and sum(word != "of" for word in part) >= 2:
                    expected.append((" ".join(part), same(part)))
                    first = last - 1
                    break
            first += 1
    found = said(sold(*(" ".join(title) for title in titles)), " ".join(query))
    assert [(span, positions) for _, span, positions in found] == expected
