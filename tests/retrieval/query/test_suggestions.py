from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from retrieval.columns import Columns
from retrieval.protocols import FloatArray
from retrieval.query.suggestions import _contexts, listed_values, suggest
from retrieval.query.synonyms import Synonyms, phrase_key
from retrieval.records import Product

MATERIALS = ("oak", "leather", "velvet", "linen", "rattan", "walnut")
ROOMS = ("office", "garden", "bedroom", "kitchen", "hallway", "nursery")
NONE = Synonyms()


def titles(*words: str) -> list[str]:
    """Return titles in which each of the words stands in the same places."""
    return [
        f"{material} {word} for {room}, {edition}"
        for edition in ("plain", "carved")
        for word in words
        for material, room in zip(MATERIALS, ROOMS, strict=True)
    ]


class Table:
    """An encoder that knows some words: each points along the axis given for it, unknown ones along their own."""

    id = "table"
    window = 8
    dimension = 64

    def __init__(self, axes: dict[str, int]) -> None:
        self._axes = axes

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        axes = [self._axes.get(text, 10 + place) for place, text in enumerate(texts)]
        return np.eye(self.dimension, dtype=np.float32)[axes]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def test_words_in_the_same_places_that_are_spelt_alike_are_suggested_with_their_evidence() -> None:
    found = suggest([*titles("moslin", "muslin"), "muslin moslin"], NONE)
    assert [one.words for one in found] == [("moslin", "muslin")]
    (one,) = found
    assert one.titles == (13, 13)
    assert one.together == 1
    assert one.meaning is None
    assert one.spelling == pytest.approx(2 * 5 / 12)  # five letters of six, in both
    assert one.score == pytest.approx(one.contexts * one.spelling)
    assert one.examples == (
        ("oak moslin for office, plain", "leather moslin for garden, plain"),
        ("oak muslin for office, plain", "leather muslin for garden, plain"),
    )
    assert one.to_text() == "moslin, muslin"


def test_an_encoder_finds_what_spelling_cannot() -> None:
    listed = titles("sofa", "couch", "wardrobe")
    assert suggest(listed, NONE) == ()
    found = suggest(listed, NONE, encoder=Table({"sofa": 0, "couch": 0}))
    assert [(one.words, one.meaning) for one in found] == [(("couch", "sofa"), 1.0)]
    assert found[0].contexts > 0.9


def test_words_that_mean_the_same_but_stand_elsewhere_are_not_suggested() -> None:
    elsewhere = [f"blue {word} with lid" for word in ("couch",) for _ in range(6)]
    listed = [*titles("sofa"), *(f"{title} {number}" for number, title in enumerate(elsewhere))]
    assert suggest(listed, NONE, encoder=Table({"sofa": 0, "couch": 0})) == ()


def test_known_declined_listed_and_contrasting_words_are_left_out() -> None:
    pair = titles("moslin", "muslin")
    assert suggest(pair, Synonyms.parse("moslin => muslin")) == ()
    assert suggest(pair, Synonyms.parse("muslin =>")) == ()
    assert suggest(pair, NONE, declined=[frozenset({phrase_key("muslins"), phrase_key("moslin")})]) == ()
    assert suggest(pair, NONE, excluded=["muslin"]) == ()
    assert suggest(titles("women", "men"), NONE) == ()
    assert suggest(titles("lamp", "lamps"), NONE) == ()
    assert suggest(titles("ab12", "ab13"), NONE) == ()


def test_a_listing_that_stands_many_times_counts_once() -> None:
    assert suggest(["oak moslin bag", "oak muslin bag"] * 20, NONE) == ()


def test_the_likeliest_come_first_and_the_limit_holds() -> None:
    listed = [*titles("moslin", "muslin"), *(f"new {title}" for title in titles("kettledrum", "kettledrun"))]
    found = suggest(listed, NONE)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert {one.key for one in found} >= {frozenset({("moslin",), ("muslin",)})}
    assert suggest(listed, NONE, limit=1) == found[:1]


@pytest.mark.parametrize("listed", [[], [""], ["a"], ["!!"], ["one title alone"]])
def test_too_little_gives_nothing(listed: list[str]) -> None:
    assert suggest(listed, NONE, encoder=Table({})) == ()


def test_contexts_are_cosines_of_ppmi_by_another_way() -> None:
    rows = [[0, 1, 2, 3], [0, 4, 2, 3, 1], [5, -1, 4, 0], [2], [], [3, 5, 1, 5, 4]]
    asked, size = [0, 1, 3, 4, 5], 6
    counts: Counter[tuple[int, tuple[int, int]]] = Counter()
    for row in rows:
        for place, word in enumerate(row):
            for offset in (-2, -1, 1, 2):
                beside = place + offset
                if word in asked and 0 <= beside < len(row) and row[beside] not in (-1, word):
                    counts[word, (offset, row[beside])] += 1
    total = sum(counts.values())
    of_word: Counter[int] = Counter()
    of_context: Counter[tuple[int, int]] = Counter()
    for (word, context), number in counts.items():
        of_word[word] += number
        of_context[context] += number
    smoothed = sum(number**0.75 for number in of_context.values())
    weights = {
        (word, context): max(
            0.0, math.log((number / total) / (of_word[word] / total * of_context[context] ** 0.75 / smoothed))
        )
        for (word, context), number in counts.items()
    }

    def cosine(a: int, b: int) -> float:
        dot = sum(weights[a, c] * weights.get((b, c), 0.0) for c in of_context if (a, c) in weights)
        sizes = [math.sqrt(sum(w**2 for (word, _), w in weights.items() if word == one)) for one in (a, b)]
        return dot / (sizes[0] * sizes[1]) if all(sizes) else 0.0

    found = _contexts(rows, np.array(asked), size)
    wanted = [[cosine(a, b) for b in asked] for a in asked]
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert any(0 < value < 1 - 1e-6 for row in wanted for value in row)  # the example can fail


def test_the_listed_values_are_those_of_colours_sizes_and_brands() -> None:
    columns = Columns.from_products([Product("p", "Lamp", brand="Lumo", colors=("Oak", "RED"), sizes=("XL",))])
    assert listed_values(columns) == {"lumo", "oak", "red", "xl"}
