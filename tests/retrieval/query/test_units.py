from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.codes import codes
from retrieval.query.units import canonical, measures
from retrieval.text import fold

SAME = [
    ('18x24"', '24" x 18"', "24 x 18 inch", "18''X 24''", "18 by 24 inches", "১৮×২৪ ইঞ্চি", "24in x 18in"),
    ("1.5 litre", "1500ml", "1500 ML", "1.5L", "১.৫ লিটার", "1,500 ml"),
    ("512GB", "512 gb", "RAM512GB", "512gbSSD", "৫১২ জিবি", "512-GB"),
    ("6 pcs", "6pcs", "6 pieces", "6-piece", "pack of 6", "six piece", "৬ পিস", "6 pack", "half 6 Pics"),
    ("1 tb", "1024 gb"),
    ("6 x 7 feet", "7 ft by 6 ft", "72 x 84 inch", "84in x 72in", "৬×৭ ফিট"),
    ("2 kg", "2000 gm", "2000g", "২ কেজি"),
    ("5 feet", "60 inch", "60\u2033"),
    ("5mm", "0.5 cm"),
    ("1 dozen", "12 pcs"),
    ("GTX-1650", "gtx1650", "GTX 1650", "gtx_1650"),
    ("w.47", "w-47", "W047", "w47"),
]


@pytest.mark.parametrize("notations", SAME)
def test_one_thing_has_one_token_in_any_notation(notations: tuple[str, ...]) -> None:
    shared = set.intersection(*(set(canonical(text)) for text in notations))
    assert shared, [canonical(text) for text in notations]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("500 ml", "500 gb"),
        ("18x24 cm", "18x25 cm"),
        ("6 pcs", "16 pcs"),
        ("15 inch", "15.6 inch"),
        ("gtx1650", "gtx1660"),
    ],
)
def test_different_things_share_no_token(one: str, other: str) -> None:
    assert canonical(one)
    assert not {*canonical(one)} & {*canonical(other)}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("RAM512GB", ("512gb", "ram512gb")),
        ("GTX-1650-4G", ("4g", "gtx16504g", "gtx1650")),
        ("18x24 inch 6 pcs", ("18x24in", "18x24", "6pcs")),
        ("7.5 by 8 feet", ("90x96in", "7.5x8")),
        ("3 x 20 x 10 cm", ("3x10x20cm", "3x10x20")),
        ("2 x 500 ml", ("500ml",)),
        ("King-size bed sheet", ("kingsize",)),
        ("a2212 1000kv", ("1000kv", "a2212")),
        ("a 32 in", ("32in",)),
    ],
)
def test_tokens_of_a_text(text: str, tokens: tuple[str, ...]) -> None:
    assert canonical(text) == tokens


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2 in 1",
        "3 in 1 charger",
        "9 in stock",
        "iphone",
        "16/9",
        "no 1",
        "xl",
        "2019",
        "4.5+",
        "1'8 x 3'9",
        "slim fit",
    ],
)
def test_what_measures_nothing_has_no_token(text: str) -> None:
    assert canonical(text) == ()


def test_a_quotation_mark_is_no_inch() -> None:
    assert canonical('"iphone 6"') == ("iphone6",)


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(["x", " x ", "X", " by ", "×", "*"]))
def test_the_order_of_sides_does_not_matter(one: int, other: int, times: str) -> None:
    assert canonical(f"mat {one}{times}{other} inch") == canonical(f"mat {other}{times}{one} inch")


@given(st.integers(1, 9999))
def test_litres_are_a_thousand_millilitres(count: int) -> None:
    assert canonical(f"{count} l") == canonical(f"{count * 1000}ml") == (f"{count * 1000}ml",)


@given(st.text(max_size=80))
def test_spans_lie_apart_within_any_text(text: str) -> None:
    folded = fold(text)
    position = 0
    for measure in measures(folded):
        assert position <= measure.start < measure.end <= len(folded)
        position = measure.end
    assert all(codes(folded))


@given(st.text(alphabet="0123456789 x.,'\"-/gbmlincwp", max_size=60))
def test_tokens_are_their_own_canonical_form(text: str) -> None:
    for measure in measures(fold(text)):
        for token in measure.tokens:
            assert token in canonical(token)
