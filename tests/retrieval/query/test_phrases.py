"""Phrases of titles: counted by hand, and against a plain count."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.phrases import Phrase, phrases


def found(*titles: str) -> dict[str, int]:
    return {phrase.text: phrase.titles for phrase in phrases(titles, 1_000)}


def test_titles_are_counted_and_not_their_repeats_within_one() -> None:
    counted = found("Desk lamp desk lamp", "Red desk lamp", "Floor lamp")
    assert counted["desk lamp"] == 2
    assert counted["lamp"] == 3
    assert counted["desk"] == 2


def test_a_phrase_of_one_title_alone_is_none_but_a_word_is() -> None:
    assert found("Copper kettle") == {"copper": 1, "kettle": 1}


def test_punctuation_parts_phrases_and_joins_no_words() -> None:
    counted = found("Lamp, red (new)", "Lamp, red / new")
    assert counted == {"lamp": 2, "red": 2, "new": 2}
    counted = found("Women's t-shirt, 4.5 oz", "Women's t-shirt, 4.5 oz")
    assert counted["women's t-shirt"] == counted["4.5 oz"] == 2


def test_loose_words_stand_within_phrases_and_not_at_their_ends() -> None:
    counted = found("Shoes for men", "New shoes for men")
    assert counted["shoes for men"] == 2
    assert not {"for", "shoes for", "for men"} & set(counted)


def test_a_piece_of_a_longer_phrase_is_left_out() -> None:
    counted = found("Stainless steel bottle red", "Stainless steel bottle blue", "Stainless steel bottle", "Bottle")
    assert counted["stainless steel bottle"] == 3
    assert not {"stainless steel", "steel bottle"} & set(counted)
    # Of four titles with "steel bottle" two have more before it: half is less than seven tenths.
    counted = found("Stainless steel bottle", "Stainless steel bottle x2", "Blue steel bottle", "Big steel bottle")
    assert counted["steel bottle"] == 4


def test_phrases_are_read_in_small_letters_with_what_their_script_needs() -> None:
    assert set(found("কালো র‍্যাক", "কালো র‍্যাক")) == {"কালো", "র‍্যাক", "কালো র‍্যাক"}
    assert set(found("𝐁𝐥𝐮𝐞 𝐓𝐨𝐲", "Blue TOY")) == {"blue", "toy", "blue toy"}


def test_numbers_and_pasted_runs_are_no_phrases() -> None:
    assert found("12 24", "12 24") == {}
    assert found("w" * 33 + " lamp") == {"lamp": 1}


def test_the_most_frequent_come_first_and_no_more_than_wanted() -> None:
    titles = ["lamp", "lamp shade", "kettle", "kettle", "lamp"]
    assert phrases(titles, 2) == [Phrase("lamp", 3), Phrase("kettle", 2)]
    assert phrases([], 5) == []
    assert phrases(["!!", ""], 5) == []


@given(st.lists(st.text(alphabet="abc ,", max_size=24), max_size=12))
def test_counts_are_those_of_a_plain_count(titles: list[str]) -> None:
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for title in titles:
        runs = [run.split() for run in title.split(",")]
        words.update({word for run in runs for word in run})
        pairs.update({" ".join(pair) for run in runs for pair in pairwise(run)})
    for phrase in phrases(titles, 1_000):
        parts = phrase.text.split()
        assert len(parts) <= 3
        assert "a" not in (parts[0], parts[-1])  # loose
        if len(parts) == 1:
            assert phrase.titles == words[phrase.text]
            assert len(phrase.text) > 1
        elif len(parts) == 2:
            assert phrase.titles == pairs[phrase.text] >= 2
    singles = {word for word in words if len(word) > 1}
    assert singles <= {phrase.text for phrase in phrases(titles, 1_000)}
