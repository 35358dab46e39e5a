"""Words of a catalogue: counted by listing, paired in titles, kept as arrays, joined with their other spellings."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import IndexDamaged
from retrieval.keyword.fields import title_text
from retrieval.keyword.tokens import STOPWORDS
from retrieval.query import english
from retrieval.query.neighbours import slips
from retrieval.query.vocabulary import Vocabulary, split
from retrieval.records import Product


def listing(number: int, title: str, brand: str | None = None, description: str = "", **more: str) -> Product:
    return Product(f"p{number}", title, brand=brand, description=description, attributes=more)


def sold(*titles: str) -> Vocabulary:
    """Return the vocabulary of one listing a title; "3 x lamp" stands for three listings that differ in a number."""
    products = []
    for title in titles:
        times, _, rest = title.partition(" x ")
        for i in range(int(times) if rest else 1):
            products.append(listing(len(products), f"{rest or title} {1000 + i}" if rest else title))
    return Vocabulary.from_products(products)


def test_words_are_counted_by_listing_and_place() -> None:
    vocabulary = Vocabulary.from_products(
        [
            listing(1, "Red kettle, RED", "Acme", "a kettle of steel", material="steel"),
            listing(2, "red KETTLE blue!", "acme"),
            listing(3, "Red lamp", "No Brand", "steel foot, steel head"),
            listing(4, "Blue lamp", None, "steel foot"),
        ]
    )
    assert vocabulary.counts[vocabulary.ids["red"]].tolist() == [3, 0, 0]
    assert vocabulary.counts[vocabulary.ids["steel"]].tolist() == [0, 1, 3]
    assert vocabulary.weight("steel") == pytest.approx(0.5 * 1 + 0.2 * 3)
    assert vocabulary.weight("velvet") == 0
    assert vocabulary.sold("steel") == 1
    assert "foot" not in vocabulary.ids
    assert vocabulary.is_brand("acme")
    assert not vocabulary.is_brand("brand")
    assert vocabulary.pair_count("red", "kettle") == 2
    assert vocabulary.pair_count("kettle", "red") == 1
    assert vocabulary.pair_count("lamp", "red") == 0
    assert vocabulary.pair_count("red", "velvet") == 0


def test_identical_listings_count_once() -> None:
    vocabulary = Vocabulary.from_products([listing(i, f"Lamp{'!' * (i % 2)}") for i in range(20)])
    assert vocabulary.weight("lamp") == 1


def test_another_form_of_a_word_is_known() -> None:
    vocabulary = sold("folding chairs")
    assert vocabulary.known("chairs")
    assert vocabulary.known("chair")
    assert vocabulary.known("folded")
    assert not vocabulary.known("stool")


def test_an_empty_catalogue_has_no_words() -> None:
    vocabulary = Vocabulary.from_products([])
    assert len(vocabulary) == 0
    assert not vocabulary.known("lamp")
    assert vocabulary.pair_count("red", "lamp") == 0
    assert vocabulary.spellings("lamp") == ()
    assert vocabulary.neighbours.near("lamp") == ()
    assert len(Vocabulary.from_arrays(vocabulary.to_arrays())) == 0


def same(one: Vocabulary, other: Vocabulary) -> bool:
    arrays, others = one.to_arrays(), other.to_arrays()
    return arrays.keys() == others.keys() and all(np.array_equal(arrays[name], others[name]) for name in arrays)


def test_arrays_bring_the_same_vocabulary_back() -> None:
    vocabulary = sold("9 x cotton saree", "sari শাড়ি", "bed sheet 2024", "কাঁথা")
    file = io.BytesIO()
    np.savez(file, **vocabulary.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        read = Vocabulary.from_arrays(dict(arrays))
    assert same(read, vocabulary)
    assert read.words == vocabulary.words
    assert read.spellings("saree") == vocabulary.spellings("saree") != ()


@given(st.lists(st.text(max_size=20), max_size=6))
def test_any_titles_make_a_vocabulary(titles: list[str]) -> None:
    products = [listing(i, title) for i, title in enumerate(titles)]
    vocabulary = Vocabulary.from_products(products)
    assert same(Vocabulary.from_arrays(vocabulary.to_arrays()), vocabulary)
    for product in products:
        assert all(word in vocabulary.ids or not word for word in split(title_text(product)))  # without its HTML


def test_arrays_that_do_not_fit_are_named() -> None:
    arrays = sold("red lamp").to_arrays()
    with pytest.raises(IndexDamaged, match="twins"):
        Vocabulary.from_arrays({name: array for name, array in arrays.items() if name != "twins"})
    with pytest.raises(IndexDamaged, match="3 brands"):
        Vocabulary.from_arrays({**arrays, "brands": np.zeros(3, dtype=np.bool_)})


@pytest.mark.parametrize(
    ("titles", "one", "other"),
    [
        (("saree", "sari"), "saree", "sari"),
        (("plazo", "palazzo"), "plazo", "palazzo"),
        (("5 x kitchen", "kichen"), "kitchen", "kichen"),
        (("5 x adapter", "adpater"), "adapter", "adpater"),
        (("5 x shirt", "শার্ট"), "shirt", "শার্ট"),
        (("bag", "ব্যাগ"), "bag", "ব্যাগ"),
        (("খিমার", "khimar"), "khimar", "খিমার"),
        (("hijab", "hizab"), "hijab", "hizab"),
    ],
)
def test_spellings_of_one_word_are_twins(titles: tuple[str, ...], one: str, other: str) -> None:
    vocabulary = sold(*titles)
    assert vocabulary.spellings(one) == (other,)
    assert vocabulary.spellings(other) == (one,)


@pytest.mark.parametrize(
    "titles",
    [
        ("plain", "plane"),  # two English words
        ("kitchen", "kichen"),  # a slip is far rarer than the word
        ("9 x saree", "share"),  # an English word is no slip of a local one
        ("kurta", "kurti"),  # two garments
        ("9 x dress", "dressy"),
        ("9 x lamp", "lamps"),  # joined by their stem
        ("9 x gtx1650", "gtx1651"),
        ("9 x towel", "thule"),
        ("9 x bed", "bet"),
        ("for", "ফোর"),
    ],
)
def test_other_words_are_no_twins(titles: tuple[str, ...]) -> None:
    vocabulary = sold(*titles)
    assert all(vocabulary.spellings(word) == () for word in vocabulary.words)


def test_two_brands_are_no_twins_unless_they_sound_the_same() -> None:
    makers = Vocabulary.from_products([listing(1, "Kenwo fan", "Kenwo"), listing(2, "Kenwa fan", "Kenwa")])
    assert makers.spellings("kenwo") == ()
    wares = Vocabulary.from_products([listing(1, "Kenwo fan"), listing(2, "Kenwa fan")])
    assert wares.spellings("kenwo") == ("kenwa",)


def test_near_words_come_with_their_distances() -> None:
    near = {
        neighbour.word: neighbour
        for neighbour in sold("stopper", "stapler", "kettle", "with").neighbours.near("stoper")
    }
    assert near["stopper"].unlike == pytest.approx(0.3)
    assert "kettle" not in near
    assert sold("with").neighbours.near("wite") == ()


@given(st.text(alphabet="abdeiklnorst", min_size=4, max_size=10), st.integers(0, 9), st.sampled_from("aet"))
def test_every_word_within_one_slip_is_found(word: str, place: int, letter: str) -> None:
    vocabulary = sold("red kettle on a stand", word)
    place %= len(word)
    for slip in (word[:place] + letter + word[place + 1 :], word[:place] + letter + word[place:]):
        if slips(len(slip)) and word not in STOPWORDS:
            assert word in [neighbour.word for neighbour in vocabulary.neighbours.near(slip)]


def test_english_words_and_their_forms_are_common() -> None:
    assert len(english.words()) == 20_000
    assert english.common("guest")
    assert english.common("guests")
    assert english.common("dancing")
    assert not english.common("jamdani")
    assert not english.common("stoper")


@pytest.mark.parametrize(
    ("word", "base"), [("dressy", "dress"), ("waterproof", "water"), ("baby", None), ("kettle", None)]
)
def test_endings_that_make_a_right_word(word: str, base: str | None) -> None:
    assert english.base(word) == base
