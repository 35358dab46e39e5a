"""What the checker makes of answers: single facts by hand, and whole answers in free prose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answering.citations import check
from answering.records import REFUSAL, Card, Checked, Evidence
from tests.answering.prose import FIFTH, FIRST, FOURTH, SECOND, THIRD
from tests.answering.prose_eighth import EIGHTH
from tests.answering.prose_eleventh import ELEVENTH
from tests.answering.prose_ninth import NINTH
from tests.answering.prose_seventh import SEVENTH
from tests.answering.prose_shop import EVERYTHING, GLASS, KETTLE, KETTLES, PHONE, SAREE, TRAVEL, evidence
from tests.answering.prose_sixth import SIXTH
from tests.answering.prose_tenth import TENTH

PROSE = (*FIRST, *SECOND, *THIRD, *FOURTH, *FIFTH, *SIXTH, *SEVENTH, *EIGHTH, *NINTH, *TENTH, *ELEVENTH)


def whys(text: str, of: Evidence = KETTLES) -> list[str]:
    """Return why each unsupported claim of a text is so."""
    return [claim.why for claim in check(text, of).unsupported]


def test_faults_in_free_prose_are_found_and_right_answers_left_alone() -> None:
    faulty = [(of, text) for of, text, right in PROSE if not right]
    sound = [(of, text) for of, text, right in PROSE if right]
    assert len(faulty) >= 40
    assert len(sound) >= 40
    missed = [text for of, text in faulty if not whys(text, of)]
    alarms = [text for of, text in sound if whys(text, of)]
    print(f"prose: {len(faulty) - len(missed)}/{len(faulty)} faults found, {len(alarms)}/{len(sound)} false alarms")
    assert len(missed) <= 0.03 * len(faulty), missed
    assert len(alarms) <= 0.03 * len(sound), alarms


def test_citations_are_numbered_by_first_use_without_gaps() -> None:
    checked = check("The glass one costs ৳ 1,990 [2]. The travel kettle costs ৳ 890 [3]. It is glass [2].", KETTLES)
    assert checked.text == "The glass one costs ৳ 1,990 [1]. The travel kettle costs ৳ 890 [2]. It is glass [1]."
    assert [(citation.n, citation.product_id) for citation in checked.citations] == [(1, "k2"), (2, "k3")]
    assert checked.citations[0].url == GLASS.url
    assert [claim.citations for claim in checked.claims] == [(1,), (2,), (1,)]
    assert [checked.text[claim.start : claim.end] for claim in checked.claims] == [c.text for c in checked.claims]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[1, 2]", "[1][2]"),
        ("[1][2]", "[1][2]"),
        ("[1-3]", "[1][2][3]"),
        ("[1–2]", "[1][2]"),
        ("【1】", "[1]"),
        ("［2］", "[1]"),
        ("[1] [2]", "[1] [2]"),
        ("[1,9]", "[1][?]"),
    ],
)
def test_marks_in_their_many_forms(written: str, expected: str) -> None:
    assert check(f"All of them cost less than ৳ 5,000 {written}.", KETTLES).text.endswith(f"{expected}.")


def test_a_number_that_no_product_bears_is_marked_in_the_text_and_supports_nothing() -> None:
    checked = check("The glass kettle costs ৳ 1,990 [9].", KETTLES)
    assert checked.text == "The glass kettle costs ৳ 1,990 [?]."
    assert [claim.why for claim in checked.unsupported] == ["there is no product [9]"]
    assert checked.citations == ()
    assert checked.precision == 0.0


def test_precision_and_coverage_count_claims() -> None:
    # Cited: one right, one wrong; uncited: one. The opening claims nothing.
    text = "Here is what fits:\n\nIt costs ৳ 890 [3]. It costs ৳ 891 [3]. It has sold 15 times."
    checked = check(text, KETTLES)
    assert checked.precision == 1 / 2
    assert checked.coverage == 2 / 3
    assert [claim.checked for claim in checked.claims] == [False, True, True, True]
    empty = check("Would you like to see more?", KETTLES)
    assert (empty.precision, empty.coverage) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL,
        f"{REFUSAL} No product in it is purple.",
        "Here is what fits best:",
        "## Kettles",
        "Which one would you like?",
        "Let me know if you want something larger.",
        "There are 3 products.",
        "",
        "   \n\n",
    ],
)
def test_what_claims_nothing_of_a_product_needs_no_citation(text: str) -> None:
    refused = replace(KETTLES, refusal="no product in it is purple")
    assert whys(text, refused if REFUSAL in text else KETTLES) == []


@pytest.mark.parametrize(
    "text",
    [
        "The glass kettle costs ৳ 1,990.",
        "It is waterproof.",
        "**Jhorna Glass Kettle with Blue LED 2.0 Litre** is lovely.",
    ],
)
def test_what_claims_something_needs_one(text: str) -> None:
    assert whys(text) == ["no source"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It costs ৳ 1,500 [1].", "it costs ৳1,450, not ৳ 1,500"),
        ("It costs $1,450 [1].", "its price is in BDT, not in USD"),
        ("It was ৳ 1,900 before [1].", "it cost ৳1,850 before, not ৳ 1,900"),
        ("It is rated 4.5/5 [1].", "it is rated 4.4, not 4.5"),
        ("It is rated 4.5/5 [3].", "nobody has rated it"),
        ("It is rated 6.0/5 [1].", "it is rated 4.4, not 6.0"),
        ("It has 213 ratings [1].", "it has 212 ratings, not 213"),
        ("It was sold 941 times [1].", "it was sold 940 times, not 941"),
        ("It is 30% off [1].", "its discount is 22%"),
        ("It holds 1.8 ml [1].", "“1.8 ml” is not stated of it"),
        ("It comes in purple [1].", "purple is not stated of it"),
        ("It is the most expensive of 3 products [1].", "it is not the most expensive of 3 products"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, why: str) -> None:
    assert whys(text) == [why]


@pytest.mark.parametrize(
    "text",
    [
        "It holds 1800 ml [1].",
        "It draws 1.5 kW [1].",
        "It is about ৳ 1,500 [1].",
        "It costs less than ৳ 1,500 [1].",
        "It is rated above 4 [1].",
        "It has over 200 ratings [1].",
        "Nearly a thousand were sold [1].",
        "It does not come in red [1].",
        "It is not the cheapest [1].",
        "It costs one thousand four hundred and fifty taka [1].",
    ],
)
def test_units_bounds_and_denials_are_understood(text: str) -> None:
    assert whys(text) == []


def test_a_table_is_judged_cell_by_cell_whichever_way_it_stands() -> None:
    header = "| Product | Price | Rating |\n|---|---|---|\n"
    rows = f"{header}| Travel kettle [3] | ৳ 890 | not rated yet |\n| Pahari [1] | ৳ 1,450 | 4.7/5 |"
    assert whys(rows) == ["it is rated 4.4, not 4.7"]
    columns = "| | Pahari [1] | Jhorna [2] |\n|---|---|---|\n| Price | ৳ 1,450 | ৳ 1,990 |\n| Capacity | 2 L | 2 L |"
    assert whys(columns) == ["“2 l” is not stated of it"]
    without = "| Product | Price |\n|---|---|\n| Pahari | ৳ 1,450 |"
    assert set(whys(without)) == {"no source"}


def test_that_nothing_is_known_is_right_only_where_nothing_is() -> None:
    assert whys("The catalogue does not say its warranty [2].") == []
    assert whys("The catalogue does not say its warranty [1].") == ["the catalogue does state its warranty"]
    assert whys("The catalogue does not say its price [1].") == ["the catalogue does state its price"]


def test_that_there_is_nothing_of_a_kind_is_wrong_where_there_is() -> None:
    assert whys("There are no kettles in red.", EVERYTHING) == []
    assert whys("There are no sarees in red.", EVERYTHING) == ["there is such a product"]
    assert whys("Nothing costs less than ৳ 890.", KETTLES) == []
    assert whys("Nothing costs less than ৳ 900.", KETTLES) == ["there is such a product"]
    assert whys("No kettle costs less than ৳ 800.", KETTLES) == []


def test_quotations_are_looked_up_as_they_stand() -> None:
    quoted = "The description says: “Boils a full jug in six minutes and switches itself off.” [1]."
    assert whys(quoted) == []
    assert whys(quoted.replace("[1]", "[2]")) == ["the quotation is not in the text of the product"]


def test_superlatives_and_counts_are_computed_over_the_whole_set_and_not_the_cards() -> None:
    # The travel kettle is the cheapest of all, but not among the cards.
    cards = (Card(1, KETTLE), Card(2, GLASS))
    of = replace(KETTLES, cards=cards, considered=(KETTLE, GLASS, TRAVEL), matching=3)
    assert whys("The Pahari is the cheapest [1].", of) == ["it is not the cheapest of 3 products"]
    assert whys("The Pahari is the cheapest [1].", replace(of, considered=())) == []
    assert whys("The Jhorna is the most expensive of 3 products [2].", of) == []
    assert whys("There are 4 products.", of) == ["4 is not how many there are"]


def test_equal_values_are_all_the_extreme_and_comparisons_strict() -> None:
    twin = replace(TRAVEL, product_id="k9", title="Tin Travel Pot", price=890.0)
    of = evidence(TRAVEL, twin, KETTLE)
    assert whys("The Tin Travel Pot is the cheapest [2].", of) == []
    assert whys("The Tin Travel Pot is cheaper than the Foldable Travel Kettle [2][1].", of) != []
    assert whys("The Tin Travel Pot and the Foldable Travel Kettle cost the same [2][1].", of) == []


def test_an_invented_maker_is_found_wherever_it_stands() -> None:
    for text in (
        "It is made by Zorvexa [1].",
        "Zorvexa makes this kettle [1].",
        "The brand is Zorvexa [1].",
        "A fine Zorvexa kettle [1].",
    ):
        assert whys(text) != [], text
    assert whys("It is made by Pahari [1].") == []


def _judged(checked: Checked) -> dict[tuple[int, str], tuple[bool, str]]:
    return {(c.start, c.text): (c.supported, c.why) for c in checked.claims}


@pytest.mark.parametrize("text", [text for of, text, _ in THIRD if of is KETTLES][:12])
def test_a_claim_that_is_complete_is_judged_the_same_while_more_comes(text: str) -> None:
    whole = _judged(check(text, KETTLES))
    for end in range(len(text)):
        for place, verdict in _judged(check(text[:end], KETTLES, partial=True)).items():
            assert whole.get(place) == verdict, (text[:end], place)


def test_an_unfinished_sentence_is_not_judged_yet() -> None:
    assert check("It costs ৳ 1", KETTLES, partial=True).claims == ()
    assert check("It costs ৳ 1,450. ", KETTLES, partial=True).claims == ()
    assert len(check("It costs ৳ 1,450 [1]. It", KETTLES, partial=True).claims) == 1


MARKS = (
    *"[1]  [2][3]  [99999]  [1-500]  ৳ 1,450  4.5/5  **  -  “  ”  cheapest  than  not  [  ]  【1  ২০  ½  İ  ß".split(
        "  "
    ),
    *("\n", "- ", "# ", '"', "|", "| a | b |\n|---|---|\n", " of 3 products ", "respectively"),
    *("\ud800", "\x00", "\ue000", "\ue8ff"),
)
PIECES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(MARKS),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.booleans())
def test_no_text_makes_it_fail_and_its_claims_lie_in_the_text(pieces: list[str], partial: bool) -> None:
    checked = check("".join(pieces), EVERYTHING, partial=partial)
    for claim in checked.claims:
        assert checked.text[claim.start : claim.end] == claim.text
        assert set(claim.citations) <= {citation.n for citation in checked.citations}
    assert [citation.n for citation in checked.citations] == list(range(1, len(checked.citations) + 1))
    ends = [claim.end for claim in checked.claims]
    assert all(claim.start >= end for claim, end in zip(checked.claims[1:], ends, strict=False))


@pytest.mark.parametrize("piece", ["two thousand and ", "[1]", "“", "9", "not ", "| a ", "\n- x", "৳ 5 ", '"a ', "1,"])
def test_nothing_is_too_long(piece: str) -> None:
    checked = check(piece * 4000, EVERYTHING)
    assert all(checked.text[claim.start : claim.end] == claim.text for claim in checked.claims)


def test_an_empty_record_bears_nothing_out() -> None:
    bare = replace(
        SAREE, price=None, rating=None, rating_count=None, sales=None, colors=(), attributes={}, description=""
    )
    of = evidence(bare, PHONE)
    assert whys("It costs ৳ 1,200 [1].", of) == ["the catalogue states no price for it"]
    assert whys("It was sold 3 times [1].", of) == ["the catalogue does not say how often it was sold"]
    assert check("It costs ৳ 1,200 [1].", Evidence(KETTLES.question, ())).precision == 0.0
