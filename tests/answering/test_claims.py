"""A text into its claims."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.checking.marks import marks, numbers_of, without_marks
from answering.claims import passages


def texts(text: str, *, partial: bool = False) -> list[str]:
    return [passage.text for passage in passages(text, partial=partial)]


def cited(text: str) -> list[tuple[int, ...]]:
    return [passage.cited for passage in passages(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs Rs. 450 [1]. It is red [1].", ["It costs Rs. 450 [1].", "It is red [1]."]),
        (
            "Rated 4.5/5 by 31 buyers. It costs ৳ 1,200.50 [1].",
            ["Rated 4.5/5 by 31 buyers.", "It costs ৳ 1,200.50 [1]."],
        ),
        ("Some, e.g. this one, hold 2 L [1]. Others do not.", ["Some, e.g. this one, hold 2 L [1].", "Others do not."]),
        ("It holds approx. 2 L. It is red.", ["It holds approx. 2 L.", "It is red."]),
        ("দাম ৳ ৮৯০ [1]। রং লাল [1]।", ["দাম ৳ ৮৯০ [1]।", "রং লাল [1]।"]),
        ("It costs ৳ 5. [1] It is red. [2]", ["It costs ৳ 5. [1]", "It is red. [2]"]),
        ("It costs ৳ 5 [1] It is red [1]", ["It costs ৳ 5 [1]", "It is red [1]"]),
        ("**A. Title! Of this?** costs ৳ 5 [1].", ["**A. Title! Of this?** costs ৳ 5 [1]."]),
        ("It says “Good. Very good.” [1]. It is red [1].", ["It says “Good. Very good.” [1].", "It is red [1]."]),
        ("A hard-wrapped\nline [1].", ["A hard-wrapped\nline [1]."]),
        ("One\n\nTwo", ["One", "Two"]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_clauses_with_citations_of_their_own_are_claims_of_their_own() -> None:
    assert texts("Alpha costs ৳ 5 [1], while Beta costs ৳ 6 [2].") == [
        "Alpha costs ৳ 5 [1]",
        ", while Beta costs ৳ 6 [2].",
    ]
    assert texts("Alpha [1] and Beta [2] cost less than ৳ 9.") == ["Alpha [1] and Beta [2] cost less than ৳ 9."]
    assert texts("Alpha [1] is cheaper than Beta [2].") == ["Alpha [1] is cheaper than Beta [2]."]


def test_an_items_citation_is_that_of_its_sentences_and_of_the_items_under_it() -> None:
    assert cited("- It is red. It costs ৳ 5 [1]\n- It is blue") == [(1,), (1,), ()]
    assert cited("- Alpha [2]\n  - ৳ 5\n  - red\n- Beta") == [(2,), (2,), (2,), ()]
    assert cited("**Alpha** [3]\n- ৳ 5\n\nIt is red.") == [(3,), (3,), ()]


def test_tables_by_rows_and_by_columns() -> None:
    rows = passages("| Product | Price |\n|---|---|\n| Alpha [1] | ৳ 5 |\n| Beta | ৳ 6 [2] |")
    assert [(p.text, p.label, p.cited) for p in rows] == [
        ("Alpha [1]", "", (1,)),
        ("৳ 5", "Price", (1,)),
        ("Beta", "", (2,)),
        ("৳ 6 [2]", "Price", (2,)),
    ]
    columns = passages("| | Alpha [1] | Beta [2] |\n|---|---|---|\n| Price | ৳ 5 | ৳ 6 |")
    assert [(p.text, p.label, p.cited) for p in columns][2:] == [("৳ 5", "Price", (1,)), ("৳ 6", "Price", (2,))]
    listed = passages("| | Alpha | Beta | |\n|---|---|---|---|\n| Price | ৳ 5 | ৳ 6 | [1][2] |")
    assert [(p.text, p.cited) for p in listed][:2] == [("৳ 5", (1,)), ("৳ 6", (2,))]


def test_of_a_text_that_goes_on_the_last_sentence_waits() -> None:
    assert texts("It is red. It costs ৳ 1", partial=True) == ["It is red."]
    assert texts("It is red.", partial=True) == []
    assert texts("- Alpha [1]\n- Be", partial=True) == ["Alpha [1]"]
    assert texts("| A | B |\n|---|---|\n| x [1] | y |\n| z", partial=True) == ["x [1]", "y"]


def test_numbers_of_a_mark() -> None:
    assert numbers_of("1, 3-5") == (1, 3, 4, 5)
    assert numbers_of("1 and 2") == (1, 2)
    # A range too wide for citations names its ends.
    assert numbers_of("1-9999") == (1, 9999)
    assert marks("a [2] b [1][2] c [x]") == (2, 1)
    assert without_marks("a [2] b") == "a  b"


@given(st.text(alphabet="ab .!?|\n-*#[]12,“”\"'", max_size=120), st.booleans())
def test_passages_follow_one_another_and_are_what_stands_there(text: str, partial: bool) -> None:
    found = passages(text, partial=partial)
    for passage in found:
        assert text[passage.start : passage.end] == passage.text
    assert all(one.end <= other.start for one, other in pairwise(found))
