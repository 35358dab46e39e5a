from __future__ import annotations

from typing import Any

import pytest

from cli.understood import part, sentence
from retrieval.query.line import Line
from retrieval.query.prices import find_prices
from retrieval.query.ratings import find_ratings
from retrieval.query.records import Correction, Part


def stated(kind: Any, text: str = "", **values: Any) -> dict[str, Any]:
    return Part(kind, 0, len(text), text, **values).to_dict()


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (stated("price", high=2000.0, exact=True), "price up to 2,000"),
        (stated("price", low=99.5, unit="BDT", exact=True), "price from 99.50 BDT"),
        (stated("price", low=1000.0, high=2500.0, unit="USD", exact=True), "price 1,000 to 2,500 USD"),
        (stated("price", low=900.0, high=900.0, exact=True), "price of 900"),
        (stated("price", low=900.0, high=1100.0), "price about 1,000"),
        (stated("rating", low=4.5, exact=True), "rated 4.5 or better"),
        (stated("rating", high=3.0, exact=True), "rated 3 or less"),
        (stated("rating", low=3.0, high=4.0, exact=True), "rated 3 to 4"),
        (stated("rating", low=4.0, high=4.0, exact=True), "rated 4"),
        (stated("rating", low=4.0), "well rated"),
        (stated("rating_count", low=1200.0, exact=True), "1,200 ratings or more"),
        (stated("rating_count", high=1.0, exact=True), "1 rating or fewer"),
        (stated("negation", "without remote", values=("remote",)), "without remote"),
        (stated("brand", "Lumo", values=("lumo",)), "brand Lumo"),
        (stated("color", "লাল", values=("red",)), "colour red"),
        (stated("size", "42", values=("42",)), "size 42"),
        (stated("size", "Size 42", values=("42",)), "Size 42"),
        (stated("quantity", "1.5 litre", values=("1500ml",)), "1.5 litre"),
        (stated("dimension", '18x24"', values=("18x24in",)), '18x24"'),
    ],
)
def test_a_part_is_said_in_words(one: dict[str, Any], words: str) -> None:
    assert part(one) == words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lamp under 2000", "price up to 2,000"),
        ("lamp rated 4.5 or above", "rated 4.5 or better"),
        ("lamp between 500 and 900 taka", "price 500 to 900 BDT"),
        ("lamp with at least 20 ratings", "20 ratings or more"),
    ],
)
def test_what_is_read_is_what_is_said(query: str, words: str) -> None:
    line = Line.of(query)
    rated = find_ratings(line, line.folded)
    masked = line.masked([(one.start, one.end) for one in rated])
    assert [part(one.to_dict()) for one in (*rated, *find_prices(line, masked))] == [words]


def test_everything_is_said_in_one_line_and_moves_no_terminal() -> None:
    text = "elctric ketle under 2000 sofa"
    corrections = [
        Correction(0, 7, "elctric", "electric", "spelling").to_dict(),
        Correction(8, 13, "ketle", "ket\x1b[2Jtle", "spelling").to_dict(),
    ]
    said = sentence(
        {
            "text": text,
            "rest": "electric ket\x1b[2Jtle sofa",
            "corrections": corrections,
            "parts": [stated("price", high=2000.0, exact=True)],
            "synonyms": [{"key": "synonym:sofa", "term": "sofa", "also": ["couch", "settee", "divan", "daybed"]}],
        }
    )
    assert said == (
        "price up to 2,000; showing results for electric ket[2Jtle sofa; also couch, settee, divan and 1 more for sofa"
    )


def test_nothing_understood_is_not_spoken_of() -> None:
    assert sentence({}) == ""
    assert sentence({"text": "lamp", "parts": [], "corrections": [], "synonyms": []}) == ""
