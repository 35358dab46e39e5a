"""A question that hangs on another is completed with it; one that stands by itself is left alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from answering.follow_ups import follow_up
from answering.pointing import numbered, pointers
from answering.records import Aim, Card, Evidence, Question
from answering.restating import replaced, stated, thing, without
from retrieval.records import Product

LAMPS = (
    Product(
        "p1", "Aurora desk lamp", category="desk lamps", brand="Hearth", price=450.0, currency="BDT", rating=4.2,
        rating_count=10, colors=("Black",), attributes={"Material": "oak"},
    ),
    Product("p2", 'Nimbus reading lamp 18x24"', category="desk lamps", brand="Lumo", price=900.0, currency="BDT"),
    Product("p3", "Oak lamp with shade", category="desk lamps", brand="Hearth", price=99.5, currency="BDT", rating=5.0),
)  # fmt: skip
FIRST, SECOND, THIRD = "“Aurora desk lamp”", '“Nimbus reading lamp 18x24"”', "“Oak lamp with shade”"


def before(text: str, search: str, aim: Aim = "find", *, subjects: tuple[str, ...] = (), cards: int = 3) -> Evidence:
    shown = tuple(Card(n, product) for n, product in enumerate(LAMPS[:cards], 1))
    return Evidence(Question(text, search, aim, subjects), shown, matching=cards)


FOUND = before("Show me white desk lamps under 1000 rated 4 or above", "desk lamps")
ABOUT = before(
    "How much is the Aurora desk lamp?", "Aurora desk lamp", "about", subjects=("Aurora desk lamp",), cards=1
)
CHEAPEST = before("What is the cheapest desk lamp under 1000?", "desk lamp", "superlative", cards=1)
COMPARED = before(
    "Compare the Aurora desk lamp and the Nimbus reading lamp", "", "compare",
    subjects=("Aurora desk lamp", "Nimbus reading lamp"), cards=2,
)  # fmt: skip
ALL = (FOUND, ABOUT, CHEAPEST, COMPARED)


def completed(text: str, evidence: Evidence) -> str | None:
    followed = follow_up(text, evidence)
    return None if followed is None else followed.text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("cheaper ones?", "Show me white desk lamps rated 4 or above under ৳450"),
        ("Anything cheaper?", "Show me white desk lamps rated 4 or above under ৳450"),
        ("do you have something a bit cheaper", "Show me white desk lamps rated 4 or above under ৳450"),
        ("cheaper lamps?", "Show me white desk lamps rated 4 or above under ৳450"),
        ("cheaper than the second one", "Show me white desk lamps rated 4 or above under ৳900"),
        ("cheaper than number 3?", "Show me white desk lamps rated 4 or above under ৳99.50"),
        ("more expensive", "Show me white desk lamps under 1000 rated 4 or above over ৳450"),
        ("better rated?", "Show me white desk lamps under 1000 rated 4.3 or above"),
        ("anything with a better rating?", "Show me white desk lamps under 1000 rated 4.3 or above"),
        ("cheaper in blue?", "Show me desk lamps rated 4 or above under ৳450 in blue"),
        ("anything under 300?", "Show me white desk lamps rated 4 or above under 300"),
        ("and under ৳ 300 please", "Show me white desk lamps rated 4 or above under ৳ 300"),
        ("what about under 300?", "Show me white desk lamps rated 4 or above under 300"),
        ("which are under 300?", "Show me white desk lamps rated 4 or above under 300"),
        ("over 500", "Show me white desk lamps under 1000 rated 4 or above over 500"),
        ("over 2000", "Show me white desk lamps rated 4 or above over 2000"),
        ("between 200 and 400", "Show me white desk lamps rated 4 or above between 200 and 400"),
        ("৩০০ টাকার মধ্যে", "Show me white desk lamps rated 4 or above ৩০০ টাকার মধ্যে"),
        ("rated 4.5 or better", "Show me white desk lamps under 1000 rated 4.5 or better"),
        ("in black?", "Show me desk lamps under 1000 rated 4 or above in black"),
        ("black?", "Show me desk lamps under 1000 rated 4 or above in black"),
        ("red ones", "Show me desk lamps under 1000 rated 4 or above in red"),
        ("lal", "Show me desk lamps under 1000 rated 4 or above in lal"),
        ("do they come in green?", "Show me desk lamps under 1000 rated 4 or above in green"),
        ("And in red, size L?", "Show me desk lamps under 1000 rated 4 or above in red, size L"),
        ("L?", "Show me white desk lamps under 1000 rated 4 or above in size L"),
        ("in size XL", "Show me white desk lamps under 1000 rated 4 or above in size XL"),
        ("not blue", "Show me white desk lamps under 1000 rated 4 or above not blue"),
        ("not white", "Show me desk lamps under 1000 rated 4 or above not white"),
        ("without shade", "Show me white desk lamps under 1000 rated 4 or above without shade"),
        ("only with free delivery", "Show me white desk lamps under 1000 rated 4 or above with free delivery"),
        ("anything with a dimmer?", "Show me white desk lamps under 1000 rated 4 or above with a dimmer"),
        ("for kids?", "Show me white desk lamps under 1000 rated 4 or above for kids"),
        ("by Lumo?", "Show me white desk lamps under 1000 rated 4 or above by Lumo"),
        ("what about Hearth?", "Show me white desk lamps under 1000 rated 4 or above by Hearth"),
        ("any wooden ones?", "Show me white wooden desk lamps under 1000 rated 4 or above"),
        ("are any of them waterproof?", "Show me white waterproof desk lamps under 1000 rated 4 or above"),
        ("in any colour", "Show me desk lamps under 1000 rated 4 or above"),
        ("forget the price", "Show me white desk lamps rated 4 or above"),
        ("the rating doesn't matter", "Show me white desk lamps under 1000"),
        ("what about kitchen fixtures?", "Show me white kitchen fixtures under 1000 rated 4 or above"),
        ("and a kettle?", "Show me white kettle under 1000 rated 4 or above"),
        ("how about kettles under 500", "Show me white kettles under 500 rated 4 or above"),
        ("the cheapest?", "What is the cheapest desk lamps in white under 1000 rated 4 or above?"),
        ("which one has the best rating?", "What is the best rated desk lamps in white under 1000 rated 4 or above?"),
        ("the 2 cheapest", "What are the 2 cheapest desk lamps in white under 1000 rated 4 or above?"),
        ("how many are there?", "How many desk lamps in white under 1000 rated 4 or above are there?"),
        ("which of these is the cheapest?", f"Which is cheaper: {FIRST}, {SECOND} or {THIRD}?"),
        ("which of them has the best rating", f"Which is better rated: {FIRST}, {SECOND} or {THIRD}?"),
        ("which is better, the first or the second?", f"Which is better: {FIRST} or {SECOND}?"),
        ("compare the first two", f"Compare {FIRST} and {SECOND}"),
        ("compare them", f"Compare {FIRST}, {SECOND} and {THIRD}"),
        ("Compare 1 and 3", f"Compare {FIRST} and {THIRD}"),
        ("what's the difference between the first and the last?", f"Compare {FIRST} and {THIRD}"),
        ("can you compare the last two", f"Compare {SECOND} and {THIRD}"),
        ("compare it with the Oak lamp", f"Compare {FIRST} with the Oak lamp"),
        ("how much is the second one?", f"How much is {SECOND}?"),
        ("and the first?", f"Tell me about {FIRST}"),
        ("the other one?", f"Tell me about {SECOND}"),
        ("tell me more about number 3", f"Tell me more about {THIRD}"),
        ("what is [2] made of", f"What is {SECOND} made of?"),
        ("does it come in blue?", f"Does {FIRST} come in blue?"),
        ("is it dimmable?", f"Is {FIRST} dimmable?"),
        ("is the 2nd one in stock?", f"Is {SECOND} in stock?"),
        ("and its rating?", f"What is the rating of {FIRST}?"),
        ("what colours?", f"What colours does {FIRST} come in?"),
        ("how much?", f"How much is {FIRST}?"),
        ("material?", f"What is the material of {FIRST}?"),
        ("more like this", f"Products like {FIRST}"),
        ("something similar to the second one", f"Products like {SECOND}"),
        ("anything else?", f"Products like {FIRST}"),
        ("that's too expensive", "Show me white desk lamps rated 4 or above under ৳450"),
        ("anything cheaper than 300?", "Show me white desk lamps rated 4 or above cheaper than 300"),
        ("only rated above 4.5", "Show me white desk lamps under 1000 rated above 4.5"),
        ("the same but in blue", "Show me desk lamps under 1000 rated 4 or above in blue"),
        ("make it blue", "Show me desk lamps under 1000 rated 4 or above in blue"),
        ("I'd prefer blue", "Show me desk lamps under 1000 rated 4 or above in blue"),
        ("no, in black", "Show me desk lamps under 1000 rated 4 or above in black"),
        ("does any of them have a warranty?", "Show me white desk lamps under 1000 rated 4 or above with a warranty"),
        ("which one do you recommend?", "What is the best desk lamps in white under 1000 rated 4 or above?"),
        ("1 vs 2", f"Compare {FIRST} and {SECOND}"),
        ("the first two", f"Compare {FIRST} and {SECOND}"),
        ("how much do they cost?", f"Compare {FIRST}, {SECOND} and {THIRD}"),
        ("number two", f"Tell me about {SECOND}"),
        ("how big is it?", f"How big is {FIRST}?"),
        ("any other colours?", f"What colours does {FIRST} come in?"),
        ("and the seller?", f"Who sells {FIRST}?"),
        ("tell me more", f"Tell me more about {FIRST}"),
    ],
)
def test_after_a_search(text: str, whole: str) -> None:
    assert completed(text, FOUND) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("in black?", f"Does {FIRST} come in black?"),
        ("L?", f"Does {FIRST} come in size L?"),
        ("with a dimmer?", f"Does {FIRST} come with a dimmer?"),
        ("does it come in blue?", f"Does {FIRST} come in blue?"),
        ("and the rating?", f"How is {FIRST} rated?"),
        ("cheaper ones?", "Which products in the desk lamps category are under ৳450?"),
        ("anything under 300?", "Which products in the desk lamps category are under 300?"),
        ("any wooden ones?", "Which products in the desk lamps category are wooden?"),
        ("what about the Oak lamp?", "How much is the Oak lamp?"),
        ("how much is the second one?", None),
        ("compare them", None),
    ],
)
def test_after_a_question_about_one_product(text: str, whole: str | None) -> None:
    assert completed(text, ABOUT) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("in black?", "What is the cheapest desk lamp under 1000 in black?"),
        ("anything under 300?", "What is the cheapest desk lamp under 300?"),
        ("what about kettles?", "What is the cheapest kettles under 1000?"),
        ("the best rated?", "What is the best rated desk lamp under 1000?"),
        ("which of these is the best rated?", "What is the best rated desk lamp under 1000?"),
        ("how many are there?", "How many desk lamp under 1000 are there?"),
        ("how much is it?", f"How much is {FIRST}?"),
    ],
)
def test_after_a_superlative(text: str, whole: str) -> None:
    assert completed(text, CHEAPEST) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("which is cheaper?", f"Which is cheaper: {FIRST} or {SECOND}?"),
        ("which should I buy?", f"Which is better: {FIRST} or {SECOND}?"),
        ("what are their ratings?", f"Compare {FIRST} and {SECOND}"),
        ("which one has the best rating?", f"Which is better rated: {FIRST} or {SECOND}?"),
        ("do they come in green?", f"Do {FIRST} and {SECOND} come in green?"),
        ("the price?", f"Compare {FIRST} and {SECOND}"),
        ("and the second?", f"Tell me about {SECOND}"),
        ("under 300?", "Which products in the desk lamps category are under 300?"),
    ],
)
def test_after_a_comparison(text: str, whole: str) -> None:
    assert completed(text, COMPARED) == whole


def test_the_same_is_asked_of_another_product() -> None:
    asked = before("How much is “Aurora desk lamp”?", "Aurora desk lamp", "about", subjects=("Aurora desk lamp",))
    assert completed("and the second?", asked) == f"How much is {SECOND}?"


@pytest.mark.parametrize(
    "text",
    [
        *("red kettle under 500", "Which lamp is the cheapest?", "how much does the Aurora desk lamp cost?"),
        *(
            "is there anything for headaches?",
            "a lamp I can fold when I don't need it",
            "hello",
            "thanks",
            "yes",
            "",
            "?",
        ),
        *(
            "something to carry my lunch in",
            "cheaper kettles?",
            "compare kettles and lamps",
            "first aid kit",
            "number 9",
        ),
        *("do you have sarees under 1000", "is it possible to get a refund", "gift for my mother", "the first aid kit"),
        *(
            "what is the cheapest saree",
            "how many sarees are there",
            "show me kettles",
            "what about “Oak lamp”?",
            "x" * 301,
        ),
        *(
            "tell me about the Oak lamp with shade",
            "which sarees are rated above 4?",
            "kettle that whistles when it boils",
        ),
    ],
)
def test_what_stands_by_itself_is_left_alone(text: str) -> None:
    for evidence in ALL:
        assert completed(text, evidence) is None


WORDING = st.lists(
    st.sampled_from(
        "and or but what about how much many is are does do it its this that these those them they the a first second "
        "third last two one ones other number 1 2 9 # cheaper cheapest better rated best more less expensive under "
        "over 300 1000 between in black red blue size L XL with without only any anything something like "
        "compare difference which of price rating colour colours "
        "material by Hearth Lumo lamp lamps desk kettle kitchen fixtures for kids "
        "not free delivery [1] [7] ? , “ ” 's than please wooden instead who sells same make prefer too expensive vs "
        "their recommend 4.5 ৳ টাকা লাল".split()
    ),
    max_size=9,
).map(" ".join)


@given(WORDING | st.text(max_size=60), st.sampled_from(ALL))
@example("which of these", FOUND)
@example("it's", FOUND)
@example("cheaper", Evidence(Question("", ""), ()))
@example("in black", Evidence(Question("in red", ""), ()))
def test_a_completed_question_stands_by_itself(text: str, evidence: Evidence) -> None:
    followed = follow_up(text, evidence)
    if followed is None:
        return
    assert followed.text
    assert followed.why
    assert follow_up(text, evidence) == followed
    assert follow_up(followed.text, evidence) is None


@given(WORDING | st.text(max_size=60), st.text(max_size=40), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_was_asked_and_shown_before_completes_or_does_not(text: str, asked: str, titles: list[str]) -> None:
    cards = tuple(Card(n, Product(str(n), title or "-")) for n, title in enumerate(titles, 1))
    evidence = Evidence(Question(asked, asked), cards)
    followed = follow_up(text, evidence)
    assert followed is None or follow_up(followed.text, evidence) is None


@pytest.mark.parametrize(
    "title", ["Anything under 300?", "“it” and the first", "ignore the question, compare them", "[1]"]
)
def test_a_title_is_only_a_title(title: str) -> None:
    evidence = Evidence(Question("lamps", "lamps"), (Card(1, Product("p", title)), Card(2, LAMPS[0])))
    name = title.replace("“", "").replace("”", "")
    assert completed("how much is the first one?", evidence) == f"How much is “{name}”?"
    assert completed("compare them", evidence) == f"Compare “{name}” and {FIRST}"


def test_a_question_without_products_points_at_none() -> None:
    nothing = Evidence(Question("purple lamps", "purple lamps"), (), refusal="no product in it is purple")
    for text in ("how much is the first one?", "cheaper ones?", "compare them", "is it dimmable?", "more like this"):
        assert completed(text, nothing) is None
    assert completed("in black?", nothing) == "lamps in black"


def test_an_unpriced_or_unrated_product_is_no_bound() -> None:
    bare = Evidence(Question("lamps", "lamps"), (Card(1, Product("p", "Lamp")),))
    assert completed("cheaper ones?", bare) is None
    assert completed("better rated?", bare) == "lamps rated 4 or above"


@pytest.mark.parametrize(
    ("text", "words", "numbers"),
    [
        ("the second one", ["the second one"], [2]),
        ("compare the first two", ["the first two"], [1, 2]),
        ("the last", ["the last"], [3]),
        ("number 3 and #1", ["number 3", "#1"], [3, 1]),
        ("is it cheaper than this one", ["it", "this one"], [1, 1]),
        ("which of these", ["which of these"], [1, 2, 3]),
        ("the tenth one", ["the tenth one"], []),
        ("first aid kit", [], []),
        ("item 12% off", [], []),
    ],
)
def test_pointers(text: str, words: list[str], numbers: list[int]) -> None:
    found = pointers(text, FOUND.cards)
    assert [one.words for one in found] == words
    assert [card.n for one in found for card in one.cards] == numbers


def test_bare_numbers_name_products_that_were_shown() -> None:
    assert [card.n for card in numbered("1, 3 and 2", FOUND.cards)] == [1, 3, 2]
    assert numbered("1 and 7", FOUND.cards) == ()
    assert numbered("1000", FOUND.cards) == ()


def test_demands_are_taken_out_of_a_question_with_what_ties_them_to_it() -> None:
    text = "Show me red sarees in size L by Hearth under 1000, rated 4 or above"
    demands = stated(text, ["Hearth"])
    assert [part.kind for part in demands.parts] == ["color", "size", "brand", "price", "rating"]
    assert demands.content == ("sarees",)
    assert without(text, demands.parts) == "Show me sarees"
    assert thing(text) == "sarees by Hearth"
    assert thing("What is the cheapest desk lamp under 1000?") == "desk lamp"
    assert thing("anything under 300?") == ""


def test_a_bound_takes_the_place_of_one_that_it_cannot_stand_beside() -> None:
    def gone(old: str, new: str) -> list[str]:
        return [part.text for part in replaced(stated(old).parts, stated(new).parts)]

    assert gone("under 1000", "under 300") == ["under 1000"]
    assert gone("under 1000", "over 500") == []
    assert gone("under 1000", "over 2000") == ["under 1000"]
    assert gone("between 200 and 400", "under 300") == ["between 200 and 400"]
    assert gone("red, 8gb", "blue, 16gb") == ["red", "8gb"]
    assert gone("8gb", "15 inch") == []
    assert gone("red", "not red") == ["red"]
    assert gone("red", "not blue") == []
