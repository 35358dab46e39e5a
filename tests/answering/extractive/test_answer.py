"""Extractive answers: what is said of which product, by what the question asks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.comparing import EVERYTHING
from answering.defuse import defuse
from answering.extractive import write
from answering.records import REFUSAL, Aim, Card, Evidence, Extreme, Need, Question
from retrieval.records import Filters, Product
from tests.answering.extractive.lamps import LAMPS, OAK, PAPER, STEEL, cards

FIRST = re.compile(r"^.*?(?=\n\n|$)", re.DOTALL)


def asking(aim: Aim = "find", *products: Product, **more: object) -> str:
    """Return the answer about products; `more` are fields of Question or, of these names, of Evidence."""
    evidence = {key: more.pop(key) for key in ("considered", "matching", "refusal", "unknown") if key in more}
    question = Question("a lamp?", "lamp", aim, **more)  # type: ignore[arg-type]
    return write(Evidence(question, cards(*products), **evidence))  # type: ignore[arg-type]


def test_the_best_comes_first_with_price_rating_and_what_was_asked_for() -> None:
    text = asking("find", OAK, STEEL, needs=(Need("colors", "oak"),), wants=("Material",))
    first, lead, item = text.split("\n\n")
    assert first == (
        "**Oak table lamp** fits best: it costs ৳1,850 to ৳2,200, is rated 4.4/5 (31 ratings), "
        "is listed in the colours Oak, Walnut and gives its Material as Oak, linen [1]."
    )
    assert lead == "These fit too:"
    assert item == "- **Steel desk lamp** – ৳950, not rated yet [2]"


def test_a_product_is_told_with_every_field_that_it_has() -> None:
    text = asking("about", OAK)
    for said in ("৳1,850 to ৳2,200", "4.4/5 (31 ratings)", "brand Lumo", "table lamps", "Oak, Walnut", "size S",
                 "Lamp House", "1,600 times", "Material as Oak, linen", "Warranty as 6 months", "A warm"):  # fmt: skip
        assert said in text
    assert text.startswith("**Oak table lamp** costs")


def test_what_was_asked_is_said_before_the_rest() -> None:
    text = asking("about", OAK, wants=("sizes", "sku"))
    assert text == (
        "**Oak table lamp** is listed in the size S and has the SKU LM-1 [1]. "
        "It costs ৳1,850 to ৳2,200 and is rated 4.4/5 (31 ratings) [1]."
    )


def test_a_fact_that_no_field_holds_is_quoted_from_the_description() -> None:
    text = asking("about", OAK, wants=("bulb",))
    assert "The description says: “Bulb E27 of 40 W at most.” [1]." in text


def test_a_quotation_is_what_the_seller_wrote_without_a_gap() -> None:
    odd = replace(OAK, description="• Warm. • Bright!\nBrand: Lumo • Bulb: " + "E27 " * 90)
    said = re.search(r"“(.*?)”", asking("about", odd))
    assert said is not None
    assert said[1].startswith("• Warm. • Bright! Brand: Lumo • Bulb: E27 E27")
    assert len(said[1]) <= 220
    assert "“Bulb: E27 E27" in asking("about", odd, wants=("bulb",))


def test_a_passage_that_search_found_is_quoted_before_the_description() -> None:
    question = Question("washable?", "lamp", "about", wants=("shade",))
    text = write(Evidence(question, (Card(1, OAK, "Its shade is of linen."),)))
    assert "“Its shade is of linen.”" in text


def test_what_the_catalogue_does_not_say_is_owned_up_to() -> None:
    text = asking("about", OAK, wants=("weight",), unknown=("weight",))
    assert text.startswith("About **Oak table lamp**: The catalogue does not say its weight [1].")
    both = asking("find", OAK, STEEL, wants=("weight",), unknown=("weight",))
    assert "The catalogue does not say their weight [1][2]." in both


def test_what_was_found_nowhere_is_not_passed_over() -> None:
    assert "The catalogue does not say its weight [1]." in asking("about", OAK, wants=("weight",))


def test_other_listings_of_the_name_are_listed_with_the_asked_fact() -> None:
    text = asking("about", OAK, PAPER, wants=("sizes",))
    assert "The name fits these too:" in text
    assert "Sizes: S, M [2]" in text


def test_a_full_stop_after_a_value_ends_no_sentence() -> None:
    text = asking("about", replace(OAK, colors=("Oak .", "Walnut.")), wants=("colors",))
    assert "is listed in the colours Oak, Walnut [1]." in text


def test_dots_are_no_colour_and_nobody_s_rating_is_none() -> None:
    text = asking("about", STEEL)
    assert "colour" not in text
    assert "is not rated yet" in text


def test_yes_and_no_come_with_the_fact_that_decides() -> None:
    assert asking("available", OAK, filters=Filters(max_price=2000)).startswith("Yes: **Oak table lamp** costs ৳1,850")
    assert asking("available", OAK, filters=Filters(max_price=1000)).startswith("No: **Oak table lamp** costs ৳1,850")
    assert asking("available", STEEL, filters=Filters(min_rating=3)).startswith(
        "No: **Steel desk lamp** is not rated yet"
    )
    assert asking("available", OAK, needs=(Need("colors", "oak"),)).startswith(
        "Yes: **Oak table lamp** is listed in the colours Oak, Walnut [1]."
    )


def test_words_that_decide_are_shown_where_they_stand() -> None:
    in_a_field = asking("available", PAPER, needs=(Need("text", "m"),))
    assert in_a_field.startswith("Yes: **Paper lamp / white (9)")
    assert "is listed in the sizes S, M [1]. It costs ৳950" in in_a_field
    in_the_text = asking("available", OAK, needs=(Need("text", "washing"),))
    assert "The description says: “The shade lifts off for washing. Bulb" in in_the_text


def test_of_others_only_those_within_the_bounds_fit_too() -> None:
    text = asking("available", STEEL, OAK, PAPER, filters=Filters(max_price=1000))
    assert "[3]" in text
    assert "[2]" not in text


def test_a_number_is_stated_with_the_first_of_the_products() -> None:
    text = asking("count", OAK, STEEL, matching=31, filters=Filters(max_price=2000, min_rating=4, brands=("Lumo",)))
    assert text.startswith(
        "There are 31 products of the brand Lumo, up to ৳2,000, rated 4 or more, among them these [1][2]:"
    )
    assert asking("count", OAK, matching=1).startswith("There is 1 product, this one [1]:")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"filters": Filters(max_price=6000), "needs": (Need("price", "less than 6000"),)}, "under ৳6,000"),
        ({"filters": Filters(min_price=50), "needs": (Need("price", "more than 50"),)}, "over ৳50"),
        ({"filters": Filters(min_price=50, max_price=60)}, "from ৳50 to ৳60"),
        ({"filters": Filters(min_rating=4.0), "needs": (Need("rating", "more than 4"),)}, "rated more than 4"),
        ({"needs": (Need("sales", "at least 1000"),)}, "sold at least 1,000 times"),
        ({"needs": (Need("colors", "oak"), Need("sizes", "S"))}, "in oak, in size S"),
        ({"needs": (Need("text", "not linen"),)}, "without linen"),
        ({"filters": Filters(attributes={"Material": ("oak", "elm")})}, "with Material oak or elm"),
    ],
)
def test_conditions_are_said_once_and_in_words(more: dict[str, object], said: str) -> None:
    assert f"There are 31 products {said}, among them" in asking("count", OAK, matching=31, **more)


def test_a_strict_bound_is_broken_by_its_own_value() -> None:
    filters, needs = Filters(max_price=950), (Need("price", "less than 950"),)
    assert asking("available", STEEL, filters=filters).startswith("Yes: **Steel desk lamp** costs ৳950")
    assert asking("available", STEEL, filters=filters, needs=needs).startswith("No: **Steel desk lamp** costs ৳950")


def test_the_cheapest_is_named_with_the_set_it_was_chosen_from() -> None:
    extreme = Extreme("price", most=False)
    filters = Filters(categories=("table lamps",), min_rating=4)
    text = asking("superlative", PAPER, OAK, extreme=extreme, considered=(OAK, PAPER), filters=filters)
    assert text.startswith("**Paper lamp / white (9)")
    assert "is the cheapest of 2 products in table lamps, rated 4 or more [1]. It costs ৳950" in text
    assert "[2]" not in text


def test_all_that_share_the_first_place_are_named() -> None:
    text = asking("superlative", STEEL, PAPER, OAK, extreme=Extreme("price", most=False), considered=LAMPS)
    assert FIRST.search(text)[0] == "These are the cheapest of 3 products, all at ৳950 [1][2]:"  # type: ignore[index]
    assert "[3]" not in text


def test_winners_that_have_no_card_are_not_passed_over() -> None:
    considered = (*LAMPS, *(Product(f"twin{n}", "Twin", price=950.0, currency="BDT") for n in range(4)))
    text = asking("superlative", STEEL, PAPER, extreme=Extreme("price", most=False), considered=considered)
    assert text.startswith("These are among the cheapest of 7 products, all at ৳950 [1][2]:")


def test_as_many_as_were_asked_for_are_listed_in_order() -> None:
    text = asking("superlative", OAK, STEEL, PAPER, extreme=Extreme("price", most=True, count=2), considered=LAMPS)
    assert text.startswith("The 2 most expensive of 3 products [1][2]:\n\n- **Oak table lamp** – ৳1,850 to ৳2,200")
    assert "[3]" not in text


def test_a_discount_is_worked_out_from_the_price_before() -> None:
    text = asking("superlative", OAK, extreme=Extreme("discount", most=True), considered=LAMPS)
    assert "is the most reduced of 3 products [1]" in text
    assert f"{round(100 * (1 - 1850 / 2500))}% off" in text


def test_a_comparison_says_who_wins_and_shows_a_row_a_product() -> None:
    text = asking("compare", OAK, PAPER, subjects=("oak lamp", "paper lamp"))
    verdict, table = text.split("\n\n")
    assert "is cheaper: ৳950 against ৳1,850 to ৳2,200 [2][1]." in verdict
    assert "**Oak table lamp** is better rated: 4.4/5 (31 ratings) against 4.0/5 (1 rating) [1][2]." in verdict
    header, rule, oak, paper = table.split("\n")
    assert header == "| Product | Price | Rating | Brand | Colours | Sizes |"
    assert rule == "|---|---|---|---|---|---|"
    assert oak == "| **Oak table lamp** [1] | ৳1,850 to ৳2,200 | 4.4/5 (31 ratings) | Lumo | Oak, Walnut | S |"
    assert paper.endswith("[2] | ৳950 | 4.0/5 (1 rating) | not stated | White | S, M |")


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("Is the oak lamp cheaper than the paper lamp?", "price", "No: **Paper lamp"),
        ("does the oak lamp cost more than the paper lamp", "price", "Yes: **Paper lamp"),
        ("Is the oak lamp better rated than the paper lamp?", "rating", "Yes: **Oak table lamp** is better rated"),
        ("Which is cheaper, the oak lamp or the paper lamp?", "price", "**Paper lamp"),
    ],
)
def test_whether_one_is_more_than_the_other_is_answered_yes_or_no(text: str, field: str, said: str) -> None:
    question = Question(text, "lamps", "compare", ("oak lamp", "paper lamp"), (field,))
    assert write(Evidence(question, cards(OAK, PAPER))).startswith(said)


def test_equal_prices_are_called_equal_and_an_unrated_one_is_not_called_worse() -> None:
    text = asking("compare", STEEL, PAPER, wants=("price", "rating"))
    assert text.startswith("Both cost the same: ৳950 [1][2].")
    assert "is rated 4.0/5 (1 rating) [2], while **Steel desk lamp** is not rated yet [1]." in text
    assert "better rated" not in text
    assert "| not rated yet |" in text


def test_equal_ratings_by_different_numbers_of_people_are_called_equal_alone() -> None:
    text = asking("compare", PAPER, replace(PAPER, product_id="other", rating_count=9), wants=("rating",))
    assert text.startswith("Both are rated the same [1][2].")


def test_what_nobody_states_is_no_column_unless_it_was_asked_for() -> None:
    bare = [replace(lamp, brand=None, colors=(), sizes=(), rating=None, rating_count=None) for lamp in (OAK, PAPER)]
    text = asking("compare", *bare, wants=EVERYTHING)
    assert "| Product | Price |\n|---|---|\n" in text
    assert "does not say" not in text
    asked = asking("compare", *bare, wants=("price", "brand", "colors"))
    assert "| Product | Price | Brand | Colours |" in asked
    assert asked.endswith("The catalogue does not say the brand or colours of either [1][2].")


def test_products_of_which_only_the_description_is_known_are_compared_by_it() -> None:
    bare = [Product("a", "Oak lamp", description="A warm light."), Product("b", "Paper lamp")]
    assert asking("compare", *bare, wants=EVERYTHING) == (
        "The catalogue does not say the price, rating, brand, colours or sizes of either [1][2].\n\n"
        "About **Oak lamp**: The description says: “A warm light.” [1]."
    )


def test_where_no_product_has_a_price_or_a_rating_none_is_called_missing_line_by_line() -> None:
    bare = [Product("a", "Oak lamp", description="A warm light."), Product("b", "Paper lamp")]
    assert asking("find", *bare) == (
        "**Oak lamp** fits best [1]. The description says: “A warm light.” [1].\n\n"
        "These fit too:\n\n- **Paper lamp** [2]"
    )
    rated = asking("find", bare[0], replace(bare[1], rating=4.5))
    assert rated.startswith("**Oak lamp** fits best: it is not rated yet [1].")
    assert rated.endswith("- **Paper lamp** – rated 4.5/5 [2]")


def test_a_comparison_of_what_nobody_states_says_so() -> None:
    assert "The catalogue does not say the weight of either [1][2]." in asking("compare", OAK, STEEL, wants=("weight",))


def test_prices_in_two_currencies_are_not_compared() -> None:
    dollars = Product("usd", "Glass lamp", price=9.0, currency="USD")
    assert "cheaper" not in asking("compare", OAK, dollars)


def test_a_refusal_gives_the_reason_and_the_nearest() -> None:
    text = asking("find", *LAMPS, STEEL, refusal="no product in it is purple")
    assert text.startswith(f"{REFUSAL} No product in it is purple.\n\nNearest:\n\n- **Oak table lamp** –")
    assert "[3]" in text
    assert "[4]" not in text
    about = asking("about", OAK, refusal="it is not listed in size 52")
    assert about.startswith(f"{REFUSAL} It is not listed in size 52 [1].")
    assert asking("find", refusal="nothing is called so") == f"{REFUSAL} Nothing is called so."
    assert asking("find") == REFUSAL


@given(
    st.sampled_from(["find", "about", "compare", "superlative", "available", "count"]),
    st.text(max_size=60),
    st.text(max_size=80),
    st.sampled_from([(), ("colors",), ("rating_count", "rating"), ("Fabric",), ("description",)]),
    st.booleans(),
)
def test_whatever_a_catalogue_says_is_harmless_and_cited(
    aim: Aim, title: str, description: str, wants: tuple[str, ...], refused: bool
) -> None:
    odd = Product("odd", title, price=3.0, colors=(title,), attributes={"Fabric": description}, description=description)
    question = Question("?", title, aim, (title,), wants, Extreme("price", most=True) if aim == "superlative" else None)
    evidence = Evidence(question, cards(odd, OAK), (odd, OAK), 2, description if refused else None)
    text = write(evidence)
    assert text == write(evidence)
    # Nothing that has to be taken out of it: no link, picture or HTML came in with the catalogue.
    assert defuse(text) == text
    assert {int(n) for n in re.findall(r"\[(\d+)\]", text)} <= {1, 2}
    assert not re.search(r"\[(?!\d+\])", text)
