from __future__ import annotations

import pytest

from evaluation.silver.words import phrase_end, title_words, words


def surfaces(title: str) -> list[str]:
    return [word.surface for word in title_words(title)]


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Steel kettle for camping", ["steel", "kettle", "camping"]),
        ("【HOT】 Steel kettle (NEW) #cheap #kettle", ["steel", "kettle"]),
        ("Steel kettle - kettle for men - kettles - tea kettle", ["steel", "kettle"]),
        ("Kettle | steel, tall", ["kettle", "steel"]),
        ("New hot best quality oak lamp 2 pcs 30 cm", ["oak", "lamp"]),
        ("Kettle kettles Kettle's oak", ["kettle", "oak"]),
        ("লাল শাড়ি ১২৩৪", ["লাল", "শাড়ি", "1234"]),
        ("Ｏａｋ lamp", ["oak", "lamp"]),
        ("T-shirt X200", ["shirt", "x200"]),
        ("500 ml 75 W", ["500"]),
        ("for the - ...", []),
    ],
)
def test_title_words_leave_out_tags_tails_praise_and_measures(title: str, kept: list[str]) -> None:
    assert surfaces(title) == kept


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("Steel kettle for camping", "kettl"),
        ("For camping: steel kettle", "kettl"),
        ("Oak lamp with shade", "lamp"),
        ("Cotton saree, red", "sare"),
        ("Kettle 2000 W", "kettl"),
        ("Kettle black", "kettl"),
        ("নকশি কাঁথা", "কাঁথা"),
        ("Red for men", None),
    ],
)
def test_a_phrase_ends_before_a_preposition_with_its_noun(title: str, noun: str | None) -> None:
    assert phrase_end(title) == noun


def test_words_carry_stems_and_no_function_words() -> None:
    assert [tuple(word) for word in words("The Kettles of SHOPS")] == [("kettles", "kettl"), ("shops", "shop")]
