"""Chips speak as people do, and a changed bound is written so that it is read as just that bound."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.line import Line
from retrieval.query.prices import find_prices
from retrieval.query.ratings import find_ratings
from retrieval.query.records import Beside, Correction, Kind, Part
from tests.hostile import TEXTS
from ui import wording
from ui.safe_text import plain


def part(kind: Kind, text: str = "", **said: Any) -> dict[str, Any]:
    """Return a part as a result holds it."""
    return Part(kind, 0, len(text), text, **said).to_dict()


def read(text: str) -> list[dict[str, Any]]:
    """Return the ratings and prices that are read in a query."""
    line = Line.of(text)
    ratings = find_ratings(line, line.folded)
    prices = find_prices(line, line.masked([(one.start, one.end) for one in ratings]))
    return [one.to_dict() for one in (*ratings, *prices)]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (part("price", high=2000.0, exact=True), "Under 2,000"),
        (part("price", high=99.5, unit="USD", exact=True), "Under $99.50"),
        (part("price", low=500.0, unit="BDT", exact=True), "From ৳500"),
        (part("price", low=500.0, high=900.0, exact=True), "500 – 900"),
        (part("price", low=500.0, high=500.0, exact=True), "Exactly 500"),
        (part("price", low=400.0, high=600.0), "About 500"),
        (part("rating", low=4.5, exact=True), "Rated 4.5 or better"),
        (part("rating", high=3.0, exact=True), "Rated 3 or less"),
        (part("rating", low=3.0, high=4.0, exact=True), "Rated 3 – 4"),
        (part("rating", low=4.0), "Well rated"),
        (part("rating_count", low=1000.0, exact=True), "1,000 ratings or more"),
        (part("rating_count", high=10.0, exact=True), "10 ratings at most"),
        (part("negation", "w/o remote", values=("remote",)), "Without remote"),
        (part("negation", "without hand blender", values=("hand", "blender")), "Without hand blender"),
        (part("color", "lal", values=("red",)), "Colour: red"),
        (part("brand", "Hearth & Co", values=("hearth & co",)), "Brand: Hearth & Co"),
        (part("size", "size 42", values=("42",)), "Size: 42"),
        (part("size", "king size", values=("kingsize",)), "Size: king"),
        (part("size", "size", values=("size",)), "Size: size"),
        (part("quantity", "1.5 litre", values=("1500ml",)), "Quantity: 1.5 litre"),
        (part("dimension", "24 x 18 inch", values=("18x24in",)), "Dimensions: 24 x 18 inch"),
    ],
)
def test_a_part_is_said_in_plain_words(said: dict[str, Any], words: str) -> None:
    assert wording.words(said) == words


@pytest.mark.parametrize("text", TEXTS)
def test_a_label_shows_hostile_words_literally(text: str) -> None:
    corrected = Correction(len(text) + 1, len(text) + 6, "ketle", text, "spelling").to_dict()
    for shown in (
        wording.label(part("brand", text, values=(text,))),
        wording.label(part("negation", text, values=(text,))),
        wording.beside([Beside("sofa", (text, text)).to_dict()]),
        *wording.corrected(f"{text} ketle", [corrected]),
    ):
        bare = shown.replace("**", "")
        assert "<script" not in bare.replace("\\<", "")
        assert "](" not in bare.replace("\\]", "")
        assert ":red[" not in bare


def test_synonyms_beyond_the_third_are_counted() -> None:
    assert wording.beside([Beside("sofa", ("couch", "settee")).to_dict()]) == plain("Also: couch, settee")
    synonyms = [Beside("red", ("lal", "laal", "crimson")).to_dict(), Beside("sofa", ("couch",)).to_dict()]
    assert wording.beside(synonyms) == plain("Also: lal, couch, laal +1")
    long = [Beside("kettle", ("electric kettle", "water kettle", "boiler")).to_dict()]
    assert wording.beside(long) == plain("Also: electric kettle, water kettle +1")


def corrections(text: str, **changed: str) -> list[dict[str, Any]]:
    """Return corrections of words of a text."""
    return [
        Correction(text.index(before), text.index(before) + len(before), before, after, "spelling").to_dict()
        for before, after in changed.items()
    ]


def test_what_was_corrected_stands_in_bold() -> None:
    text = "elctric ketle, red"
    assert wording.corrected(text, corrections(text, ketle="kettle", elctric="electric")) == (
        "**electric** **kettle**\\, red",
        "elctric ketle\\, red",
    )


def test_of_a_long_query_only_the_words_around_are_shown() -> None:
    text = "a very long query that goes on and on about a red ketle for the office kitchen of our firm"
    assert wording.corrected(text, corrections(text, ketle="kettle")) == ("**kettle**", "ketle")


@pytest.mark.parametrize(
    ("text", "low", "high", "wanted"),
    [
        ("bedsheet under 2000", None, 1500.0, "bedsheet under 1500"),
        ("bedsheet within ৳2,000 cotton", None, 1500.0, "bedsheet within ৳1500 cotton"),
        ("২০০০ টাকার মধ্যে শাড়ি", None, 1500.0, "1500 টাকার মধ্যে শাড়ি"),
        ("bedsheet under 2000", 500.0, None, "bedsheet over 500"),
        ("bedsheet under 2000", 500.0, 900.0, "bedsheet between 500 and 900"),
        ("bedsheet under 2000", 900.0, 500.0, "bedsheet between 500 and 900"),
        ("bedsheet under 2000 taka", 500.0, None, "bedsheet over 500 bdt"),
        ("bedsheet under 2000", None, None, "bedsheet"),
        ("under 2000 bedsheet", None, 20.0, "price under 20 bedsheet"),
        ("kettle rating 4.5+", 4.0, None, "kettle rating 4+"),
        ("kettle 4.5+", 4.0, None, "kettle rated 4 or better"),
        ("kettle rated 4 or better", None, 3.0, "kettle rated at most 3"),
        ("kettle rated 4 or better", 3.0, 4.0, "kettle rated 3 to 4"),
        ("kettle with 100 reviews", 250.0, None, "kettle with 250 reviews"),
    ],
)
def test_a_changed_bound_is_written_in_words_that_are_read_as_it(
    text: str, low: float | None, high: float | None, wanted: str
) -> None:
    (said,) = read(text)
    changed = wording.restated(text, said, low, high)
    assert changed == wanted
    if low is not None or high is not None:
        ordered = sorted(bound for bound in (low, high) if bound is not None)
        assert [bound for one in read(changed) for bound in (one["low"], one["high"]) if bound is not None] == ordered


bounds = st.one_of(st.none(), st.integers(1, 10**6).map(float), st.decimals(1, 10**5, places=2).map(float))


@given(st.sampled_from(["saree {}", "{} saree", "red saree {} cotton", "২ পিস {} saree"]), bounds, bounds)
def test_any_price_can_be_stated(query: str, low: float | None, high: float | None) -> None:
    text = query.format("under 2000 taka")
    said = next(one for one in read(text) if one["kind"] == "price")
    changed = wording.restated(text, said, low, high)
    found = [(one["low"], one["high"]) for one in read(changed) if one["kind"] == "price"]
    wanted = tuple(sorted((low, high))) if low is not None and high is not None else (low, high)
    assert found == ([] if wanted == (None, None) else [wanted])


ratings = st.one_of(st.none(), st.integers(1, 50).map(lambda tenths: tenths / 10))


@given(st.sampled_from(["kettle {}", "{} kettle", "red kettle {} under 2000"]), ratings, ratings)
def test_any_rating_can_be_stated(query: str, low: float | None, high: float | None) -> None:
    text = query.format("rated 4 or better")
    said = next(one for one in read(text) if one["kind"] == "rating")
    changed = wording.restated(text, said, low, high)
    found = [(one["low"], one["high"]) for one in read(changed) if one["kind"] == "rating"]
    wanted = tuple(sorted((low, high))) if low is not None and high is not None else (low, high)
    assert found == ([] if wanted == (None, None) else [wanted])


def test_a_part_is_taken_out_or_said_otherwise() -> None:
    assert wording.rewritten("red sofa under 5", 9, 16, "") == "red sofa"
    assert wording.rewritten("red sofa", 0, 3, "blue") == "blue sofa"
    assert wording.rewritten("red sofa", 0, 3, "") == "sofa"


def test_only_stated_bounds_keep_products_away() -> None:
    said = [
        part("price", high=5.0, exact=True),
        part("price", low=4.0, high=6.0),
        part("color", "red", values=("red",)),
        part("negation", "no lid", values=("lid",)),
    ]
    assert wording.blocking({"parts": said}) == [said[0]]


def test_every_key_of_what_was_understood_is_listed() -> None:
    understood = {
        "parts": [part("price", high=5.0, exact=True)],
        "corrections": [Correction(0, 5, "ketle", "kettle", "spelling").to_dict()],
        "synonyms": [Beside("sofa", ("couch",)).to_dict()],
    }
    assert wording.keys(understood) == ["price:-5", "spelling:ketle", "synonym:sofa"]
    assert wording.keys({}) == []
