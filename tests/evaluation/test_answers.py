"""What answers are worth, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.answers import ALL, Grade, Judged, Reply, ask_all, grade, worth
from evaluation.question_sets import AnswerQuestion, Fact
from retrieval.records import Product

OAK = Product("oak", "Oak lamp", price=450.0, rating=4.5, rating_count=31, colors=("Red", "Blue"))
TWIN = Product("twin", "Oak lamp", price=470.0)
PAPER = Product("paper", "Paper lamp", price=300.0, original_price=400.0)
PRODUCTS = {product.product_id: product for product in (OAK, TWIN, PAPER)}.get
PRICE = AnswerQuestion(
    "q1", "how much is the oak lamp?", "single", False, (frozenset({"oak", "twin"}),), frozenset({"oak", "twin"}),
    facts=(Fact("price", {"oak": 450.0, "twin": 470.0}),),
)  # fmt: skip
RIGHT = Reply("**Oak lamp** costs ৳450 [1].", False, {1: "oak"}, (Judged(True, True),), 30.0, 32.5)


def why(question: AnswerQuestion, text: str, cited: dict[int, str], *, refused: bool = False) -> str:
    return grade(question, Reply(text, refused, cited), PRODUCTS).why


def test_a_right_answer_is_right_stated_and_sound() -> None:
    found = grade(PRICE, RIGHT, PRODUCTS)
    assert found == Grade("q1", "single", True, True, False, 1, 1, 1, 1, 1, 2.5)


def test_either_of_two_listings_of_a_title_is_right_with_its_own_price() -> None:
    assert why(PRICE, "It costs ৳470 [1].", {1: "twin"}) == ""
    swapped = grade(PRICE, Reply("It costs ৳470 [1].", False, {1: "oak"}), PRODUCTS)
    assert (swapped.correct, swapped.stated, swapped.sound) == (True, False, 0)


def test_a_fact_counts_only_beside_its_citation() -> None:
    apart = Reply("**Oak lamp** is there [1]. Something costs ৳450.", False, {1: "oak"})
    assert grade(PRICE, apart, PRODUCTS).stated is False


@pytest.mark.parametrize(
    ("change", "text", "cited", "fault"),
    [
        ({}, "I can't find that.", {}, "does not cite every product"),
        ({}, "Oak lamp [1], paper lamp [2].", {1: "oak", 2: "paper"}, "none of those that fit"),
        ({"cited": (), "allowed": None}, "Paper lamp [1].", {1: "paper"}, ""),
        ({"first": frozenset({"oak"}), "allowed": None}, "Paper [1], oak [2].", {1: "paper", 2: "oak"}, "first"),
        ({"least": 2}, "Oak lamp [1].", {1: "oak"}, "too few"),
        ({"verdict": True}, "No: it is not [1].", {1: "oak"}, "yes or no"),
        ({"verdict": True}, "It is [1].", {1: "oak"}, "yes or no"),
        ({"verdict": False}, "No: it is not [1].", {1: "oak"}, ""),
        ({"count": 31}, "There are 30 products [1].", {1: "oak"}, "right number"),
        ({"count": 31}, "There are 31 products [1].", {1: "oak"}, ""),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], text: str, cited: dict[int, str], fault: str) -> None:
    said = why(replace(PRICE, facts=(), **change), text, cited)  # type: ignore[arg-type]
    assert fault in said
    assert bool(said) is bool(fault)


def test_the_better_one_has_to_be_named_as_such() -> None:
    question = AnswerQuestion(
        "q2", "which is cheaper?", "compare", False, (frozenset({"oak"}), frozenset({"paper"})),
        winner=frozenset({"paper"}),
    )  # fmt: skip
    cited = {1: "oak", 2: "paper"}
    assert why(question, "**Paper lamp** is cheaper: 300 against 450 [2][1].", cited) == ""
    assert "better one" in why(question, "**Oak lamp** is cheaper: 450 against 300 [1][2].", cited)
    assert "better one" in why(question, "Oak lamp [1] and paper lamp [2].", cited)


def test_a_refusal_is_right_only_where_the_catalogue_does_not_answer() -> None:
    nothing = AnswerQuestion("q3", "a purple lamp?", "unanswerable", True)
    assert why(nothing, "I can't find that in this catalogue.", {}, refused=True) == ""
    assert "does not say" in why(nothing, "**Oak lamp** [1].", {1: "oak"})
    assert "refused" in why(PRICE, "I can't find that in this catalogue.", {}, refused=True)


def test_a_citation_of_no_product_and_a_foreign_number_are_unsound() -> None:
    assert "cites [2]" in why(PRICE, "**Oak lamp** costs ৳450 [1]. It is new [2].", {1: "oak"})
    assert why(PRICE, "**Oak lamp** costs ৳450 [1]. It weighs 3 kg [1].", {1: "oak"}) == "cites [1] for 3"
    # 100 * (1 - 300 / 400) = 25
    assert grade(PRICE, Reply("25% off: ৳300 [1].", False, {1: "paper"}), PRODUCTS).sound == 1


def test_means_are_taken_by_kind_and_over_all() -> None:
    refusal = AnswerQuestion("q3", "a purple lamp?", "unanswerable", True)
    replies = {
        PRICE.text: RIGHT,
        refusal.text: Reply(
            "**Oak lamp** [1]", False, {1: "oak"}, (Judged(False, False), Judged(True, False)), 5.0, 10.5
        ),
    }
    told: list[tuple[int, int]] = []
    found = worth(ask_all([PRICE, refusal], lambda text: replies[text], PRODUCTS, lambda *done: told.append(done)))
    assert told == [(1, 2), (2, 2)]
    assert list(found) == ["single", "unanswerable", ALL]
    assert (found["single"].correct, found["single"].stated, found["single"].precision) == (1.0, 1.0, 1.0)
    assert (found["unanswerable"].correct, found["unanswerable"].stated) == (0.0, None)
    # One of two cited claims is supported, two of three claims are cited.
    assert (found[ALL].precision, found[ALL].coverage, found[ALL].refused) == (1 / 2, 2 / 3, 0.0)
    assert found[ALL].p50 == pytest.approx((2.5 + 5.5) / 2)
    assert found[ALL].p95 == pytest.approx(2.5 + 0.95 * (5.5 - 2.5))


def test_what_another_wrote_in_place_of_the_one_who_was_asked_counts_as_wrong() -> None:
    found = grade(PRICE, replace(RIGHT, failure="it answered 500"), PRODUCTS)
    assert (found.correct, found.stated, found.units, found.claims) == (False, False, 0, 0)
    assert found.why == "was not answered: it answered 500"
    means = worth([grade(PRICE, RIGHT, PRODUCTS), found])["all"]
    assert (means.correct, means.stated, means.precision, means.sound) == (1 / 2, 1 / 2, 1.0, 1.0)


def test_nothing_to_count_is_no_share() -> None:
    silent = worth([])[ALL]
    assert (silent.questions, silent.correct, silent.precision, silent.sound) == (0, None, None, None)
