"""Answers read by the grader: units, citations, values."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluation.answer_text import first_compared, foreign_numbers, says_yes, states, units

TABLE = """Here they are [1]:

| Product | Price |
|---|---|
| **Oak lamp** [1] | ৳450 |
| **Paper lamp** [2] | ৳300 |
"""
SIDEWAYS = """
| | Oak lamp [1] | Paper lamp [2] |
| --- | --- | --- |
| Price | ৳450 | ৳300 |
"""


def test_sentences_items_and_rows_are_units_with_their_citations() -> None:
    text = "**Oak lamp. Tall** costs ৳450 [1]. It is red [1][2].\n\n- One – ৳3.50 [3]\n2. Two [4]"
    assert [(unit.text, unit.cites) for unit in units(text)] == [
        ("**Oak lamp. Tall** costs ৳450 [1].", (1,)),
        ("It is red [1][2].", (1, 2)),
        ("One – ৳3.50 [3]", (3,)),
        ("Two [4]", (4,)),
    ]


@given(st.text(alphabet="|-: \n[1]a.৳9,*", max_size=40))
@example("|---|---|")
@example("| [1] |\n|--|\n| a | b |")
def test_a_text_that_breaks_off_anywhere_can_be_read(text: str) -> None:
    for unit in units(text):
        assert unit.text
        assert all(f"[{n}]" in text for n in unit.cites)


def test_a_quoted_full_stop_ends_no_sentence() -> None:
    assert len(units("It says: “Warm. Bright.” [1]. It costs 3 [1].")) == 2


def test_an_initial_ends_no_sentence() -> None:
    assert [unit.text for unit in units("It is by M. Rahman [1]. It is red [1].")] == [
        "It is by M. Rahman [1].", "It is red [1].",
    ]  # fmt: skip


def test_rows_are_units_where_each_cites_its_product() -> None:
    assert [unit.cites for unit in units(TABLE)] == [(1,), (1,), (2,)]


def test_columns_are_units_where_the_header_cites() -> None:
    first, second = units(SIDEWAYS)
    assert (first.cites, second.cites) == ((1,), (2,))
    assert "৳450" in first.text
    assert "৳300" not in first.text


@pytest.mark.parametrize(
    ("text", "value", "stated"),
    [
        ("costs ৳1,850 [1]", 1850.0, True),
        ("costs ৳1,850.00", 1850.0, True),
        ("costs ১৮৫০ taka", 1850.0, True),
        ("costs 18,500", 1850.0, False),
        ("see [450]", 450.0, False),
        ("rated 4.0/5", 4, True),
        ("in navy-blue and RED", ("Red", "Navy Blue"), True),
        ("in red", ("Red", "Navy Blue"), False),
        ("redder", "Red", False),
        ("made by Ｌｕｍｏ.", "lumo", True),
        ("not rated yet", None, True),
        ("nobody has rated it", None, True),
        ("rated 4.0/5", None, False),
    ],
)
def test_a_value_is_found_however_it_is_written(
    text: str, value: float | str | tuple[str, ...] | None, stated: bool
) -> None:
    assert states(text, value) is stated


def test_yes_and_no_are_read_from_the_first_word() -> None:
    assert says_yes("**Yes**: it does") is True
    assert says_yes("No, it is red") is False
    assert says_yes("Nothing fits") is None
    assert says_yes("") is None


def test_the_winner_is_the_first_product_of_the_first_comparing_sentence() -> None:
    assert first_compared(units("Both are lamps [1][2]. **Oak** is cheaper: ৳3 against ৳4 [2][1].")) == 2
    assert first_compared(units("Both are lamps [1][2].")) is None


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("It costs ৳450 and is rated 4.5/5 [1].", set()),
        ("It costs ৳455 [1].", {455.0}),
        ("It costs ৳300 [1].", {300.0}),
        ("It is ৳150 cheaper [2][1].", set()),
        ("It is under ৳500 [1].", set()),
        ("It is the cheapest of 31 products [1].", set()),
        ("These and 4 more products are the cheapest of 1,031 products, all at ৳450 [1]:", set()),
        ("It is rated 4.5 of 5 [1].", set()),
        ("It is rated 5 [1].", {5.0}),
        ("It is listed in the sizes 450, 4.5 and 6 more [1].", set()),
        ("It holds 31 litres [1].", {31.0}),
        ("It costs ৳450 [3].", {450.0}),
    ],
)
def test_a_number_has_to_stand_in_what_is_cited_or_asked(text: str, foreign: set[float]) -> None:
    texts = {1: "Oak lamp 450.0 4.5", 2: "Paper lamp 300"}
    (unit,) = units(text)
    assert foreign_numbers(unit, texts, "lamps under 500?") == foreign
