"""Words that sound alike are found alike, in either script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query import bangla
from retrieval.query.phonetic import key, letters, skeleton, sound


@pytest.mark.parametrize(
    "spellings",
    [
        "saree sari sharee shari শাড়ি",
        "plazo palazzo plaju plazzo প্লাজো",
        "nokshi naksi nakshi নকশি",
        "khimar qimar খিমার",
        "panjabi punjabi পাঞ্জাবি",
        "jamdani jamdany zamdani জামদানি জামদানী",
        "velvet belbet ভেলভেট",
        "phul ful ফুল",
        "charger charjar চার্জার",
        "headphone hedfon হেডফোন",
        "bluetooth blututh ব্লুটুথ",
        "keyboard kibord কীবোর্ড",
        "watch ওয়াচ",
        "cycle saikel সাইকেল",
        "fashion fasion ফ্যাশন",
        "kitchen kichen কিচেন",
        "knife naif নাইফ",
        "light lait লাইট",
        "camera kemera ক্যামেরা",
        "jeans jins জিন্স",
    ],
)
def test_spellings_of_one_word_have_one_key(spellings: str) -> None:
    assert len({key(word) for word in spellings.split()}) == 1


@pytest.mark.parametrize("words", ["pant shirt", "kettle bottle", "mug rug", "sofa soap", "লাল নীল", "drone phone"])
def test_other_words_have_other_keys(words: str) -> None:
    one, other = words.split()
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("saree", "sari"),
        ("sharee", "sari"),
        ("quilt", "kuilt"),
        ("piece", "pis"),
        ("Café", "kaf"),
        ("মানে", "mane"),
        ("mane", "man"),
        ("12", ""),
        ("", ""),
    ],
)
def test_a_sound_keeps_its_vowels(word: str, said: str) -> None:
    assert sound(word) == said


def test_the_skeleton_marks_a_first_vowel_and_drops_the_rest() -> None:
    assert skeleton("iarfon") == "arfn"
    assert skeleton("kuilt") == "klt"
    assert skeleton("") == ""


@given(st.text())
def test_any_text_has_a_sound_of_small_latin_letters(text: str) -> None:
    assert sound(text).isascii()
    assert sound(text) == "" or sound(text).isalpha()
    assert key(text) == key(text.upper()) or text.upper().casefold() != text.casefold()
    assert isinstance(letters(text), str)


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        ("শাড়ি", "shari"),
        ("জামদানি", "jamdani"),
        ("ল্যাপটপ", "laptop"),
        ("মশারি", "moshari"),
        ("নকশি কাঁথা", "nokshi katha"),
        ("কম্বল", "kombol"),
        ("ব্যাগ", "bag"),
        ("ওয়াটার", "watar"),
        ("লুঙ্গি", "lungi"),
        ("র‍্যাম", "ram"),
        ("অ্যাডাপ্টার", "adaptar"),
        ("USB ক্যাবল ২", "usb kabol 2"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_bangla_in_latin_letters(written: str, latin: str) -> None:
    assert bangla.latin(written) == latin


def test_a_letter_with_a_dot_is_one_letter_however_it_is_encoded() -> None:
    assert bangla.latin("\u09b6\u09be\u09dc\u09bf") == bangla.latin("\u09b6\u09be\u09a1\u09bc\u09bf") == "shari"


@given(st.text(alphabet=st.characters(min_codepoint=0x0980, max_codepoint=0x09FF, categories=["L", "M"]), max_size=30))
def test_no_bangla_letter_in_use_is_left(text: str) -> None:
    rare = set("ঀঌৠৡৢৣৄৰ়৾ঽৗৼ")
    if not rare & set(text):
        assert not bangla.script(bangla.latin(text))


def test_endings_of_bangla_words_come_off_longest_first() -> None:
    assert bangla.stems("জুতাগুলো") == ("জুতা",)
    assert bangla.stems("ছেলেদের") == ("ছেলে", "ছেলেদ", "ছেলেদে")
    assert bangla.stems("লাল") == ()


def test_script_is_told_by_its_letters() -> None:
    assert bangla.script("red শাড়ি")
    assert not bangla.script("red साड़ी saree")
