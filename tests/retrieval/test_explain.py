from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.explain import best_chunk_by_words, matched_terms, snippet
from retrieval.keyword.tokens import Tokenizer
from retrieval.records import Chunk

TOKENIZER = Tokenizer("unicode")


def test_matched_terms_are_the_texts_own_words():
    tokens = frozenset(TOKENIZER("lamps for reading"))
    assert matched_terms(["An oak Lamp", "to read by, a reading lamp"], tokens, TOKENIZER) == (
        "lamp",
        "read",
        "reading",
    )


def test_later_texts_are_read_only_for_what_is_missing():
    tokens = frozenset(TOKENIZER("lamp oak"))
    assert matched_terms(["oak lamp", "lamps"], tokens, TOKENIZER) == ("oak", "lamp")
    assert matched_terms(["oak", "lamps"], tokens, TOKENIZER) == ("oak", "lamps")


def test_a_short_text_is_its_own_snippet():
    assert snippet("a  short\ntext", ["text"], size=5) == "a short text"


def test_a_snippet_holds_most_distinct_terms_and_shows_what_was_cut():
    words = [f"w{i}" for i in range(30)]
    words[3], words[20], words[22] = "lamp", "Lamp", "oak"
    shown = snippet(" ".join(words), ["lamp", "oak"], size=5)
    assert shown == "…Lamp w21 oak w23 w24…"
    assert snippet(" ".join(words), [], size=3) == "w0 w1 w2…"


@given(
    st.lists(st.sampled_from(["a", "b", "c", "x"]), min_size=1, max_size=40),
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.integers(1, 10),
)
def test_no_window_holds_more_than_the_snippet(words: list[str], terms: set[str], size: int):
    shown = snippet(" ".join(words), terms, size).strip("…").split()
    windows = [words[i : i + size] for i in range(max(1, len(words) - size + 1))]
    assert len(terms & set(shown)) == max(len(terms & set(window)) for window in windows)


def test_the_chunk_with_most_query_words_is_shown():
    chunks = [Chunk(f"p#{i}", "p", "t", text) for i, text in enumerate(["oak", "oak lamp", "lamp oak"])]
    assert best_chunk_by_words(chunks, frozenset(TOKENIZER("oak lamps")), TOKENIZER) == 1
