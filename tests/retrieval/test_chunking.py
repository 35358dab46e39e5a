"""Passages: their size, their words, and the encoder's window."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalogue import parse_file
from retrieval.chunking import body_text, chunk_product
from retrieval.records import Product


def product(text: str, **fields: object) -> Product:
    return Product("p1", "A title", description=text, **fields)  # type: ignore[arg-type]


def words(count: int, stop_every: int = 0) -> str:
    return " ".join(f"w{n}." if stop_every and (n + 1) % stop_every == 0 else f"w{n}" for n in range(count))


def sizes(text: str, **options: object) -> list[int]:
    return [len(c.text.split()) for c in chunk_product(product(text), **options)]  # type: ignore[arg-type]


def test_body_is_the_clean_description_and_the_attributes() -> None:
    made = product(
        "Soft<br>cotton.\nhttps://shop.example/x",
        attributes={"Fit": "slim", "Tags": ("a", "b"), "Link": "https://shop.example/y"},
        images=("https://img.example/1.jpg",),
        url="https://shop.example/1",
    )
    assert body_text(made) == "Soft cotton.\nFit: slim\nTags: a, b"


def test_chunks_carry_their_product() -> None:
    chunks = chunk_product(product(words(200)))
    assert [(c.chunk_id, c.product_id, c.title) for c in chunks] == [
        ("p1#0", "p1", "A title"),
        ("p1#1", "p1", "A title"),
    ]


def test_a_product_without_text_has_one_empty_chunk() -> None:
    assert [(c.chunk_id, c.text) for c in chunk_product(product(""))] == [("p1#0", "")]
    assert [c.text for c in chunk_product(product("https://shop.example/only"), fits=lambda _: False)] == [""]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [1]),
        (160, [160]),
        (161, [121, 40]),
        (199, [159, 40]),
        (200, [160, 40]),
        (320, [160, 160]),
        (321, [160, 121, 40]),
    ],
)
def test_a_short_tail_takes_words_from_its_neighbour(count: int, expected: list[int]) -> None:
    assert sizes(words(count)) == expected


def test_sentence_ends_are_kept_where_that_costs_no_chunk() -> None:
    # 250 words need two chunks; the first may have 90 to 160, and the last full stop in there is the 150th word.
    assert sizes(words(250, stop_every=50)) == [150, 100]
    # 320 words fill two chunks to the brim; a cut at the 150th word would make a third.
    assert sizes(words(320, stop_every=50)) == [160, 160]
    assert sizes(f"{words(100)}\n" + words(100).replace("w", "v")) == [100, 100]


def test_the_window_wins() -> None:
    def fits(text: str) -> bool:
        return len(text.split()) <= 2 + 30

    assert sizes(words(95), fits=fits) == [30, 30, 30, 5]
    assert sizes(words(30), fits=fits) == [30]


def test_a_tail_is_joined_or_filled_up_where_the_window_allows() -> None:
    def fits(text: str) -> bool:
        return len(text.split()) <= 2 + 100

    assert sizes(words(120), fits=fits) == [80, 40]
    assert sizes(words(210), fits=fits) == [100, 70, 40]


def test_a_title_beyond_the_window_still_emits_every_word() -> None:
    asked = []

    def fits(text: str) -> bool:
        asked.append(text)
        return False

    assert sizes(words(300), fits=fits) == [1] * 300
    assert len(asked) == 2


def test_a_word_beyond_the_window_is_a_chunk_of_its_own() -> None:
    text = f"{words(50)} {'x' * 500} {words(50)}"
    chunks = chunk_product(product(text), fits=lambda t: len(t) <= 300)
    assert "x" * 500 in [c.text for c in chunks]
    assert " ".join(c.text for c in chunks).split() == text.split()


def test_the_window_is_asked_seldom() -> None:
    asked = 0

    def fits(text: str) -> bool:
        nonlocal asked
        asked += 1
        return len(text.split()) <= 2 + 100

    chunks = chunk_product(product(words(2000)), fits=fits)
    assert asked <= len(chunks) + 10


@pytest.mark.parametrize("options", [{"max_words": 0}, {"min_words": 0}])
def test_sizes_below_one_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        chunk_product(product("x"), **options)  # type: ignore[arg-type]


TEXTS = st.lists(st.sampled_from(["a", "bb.", "ccc", "dddddddddd", "লাল।", "e!", "f\n"]), max_size=500).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 200), st.integers(1, 60))
def test_no_word_is_lost_or_doubled_and_sizes_hold(text: str, most: int, least: int) -> None:
    made = product(text)
    chunks = chunk_product(made, max_words=most, min_words=least)
    assert " ".join(c.text for c in chunks).split() == body_text(made).split()
    counts = [len(c.text.split()) for c in chunks]
    assert max(counts) <= most
    assert len(counts) == max(1, -(-sum(counts) // most))
    if 2 * least <= most and sum(counts) >= least:
        assert min(counts) >= least


def window(limit: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= limit


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 900))
def test_every_chunk_fits_and_a_short_one_could_not_be_joined(text: str, limit: int) -> None:
    made = product(text)
    fits = window(limit)
    chunks = chunk_product(made, fits=fits)
    assert " ".join(c.text for c in chunks).split() == body_text(made).split()
    for chunk in chunks:
        assert fits(f"{chunk.title}\n{chunk.text}") or len(chunk.text.split()) <= 1
    if len(chunks) > 1 and len(chunks[-1].text.split()) < 40:
        joined = f"{chunks[-2].text} {chunks[-1].text}"
        assert len(joined.split()) > 160 or not fits(f"{made.title}\n{joined}")


@pytest.mark.realdata
def test_the_real_catalogue_is_cut_in_time(realdata_dir: Path) -> None:
    products = parse_file(realdata_dir / "daraz" / "products.md").products
    started = time.process_time()
    chunked = [chunk_product(p) for p in products]
    seconds = time.process_time() - started
    for made, chunks in zip(products, chunked, strict=True):
        counts = [len(c.text.split()) for c in chunks]
        assert " ".join(c.text for c in chunks).split() == body_text(made).split()
        assert max(counts) <= 160
        assert len(counts) == 1 or min(counts) >= 40
    assert seconds < 3
