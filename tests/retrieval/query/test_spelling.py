"""Misspelt words are mended by what the catalogue sells; right ones, codes, brands and titles stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.records import Correction
from retrieval.query.spelling import apply, correct, in_latin, variants, variants_of
from retrieval.query.vocabulary import Vocabulary
from retrieval.records import Product
from tests.support import ADJECTIVES, NOUNS, sample_products

TITLES = (
    "Electric kettle 1.5 litre stainless steel",
    "Kitchen sink stopper plug",
    "Cotton bedsheet king size",
    "Bed sheet with pillow cover",
    "Bluetooth speaker portable",
    "External hard disk 500 GB",
    "Silk jamdani saree",
    "Men gabardine pant",
    "Wireless headphone",
    "ছেলেদের শার্ট",
    "লাল শাড়ি",
)
BRANDED = (("Zenbo fan for table", "Zenbo"), ("Vision rice cooker", "Vision"))


def catalogue() -> Vocabulary:
    """Return the vocabulary of six listings a title, told apart by numbers, and of some that stand once."""
    plain = [Product(f"{i}-{n}", f"{title} {n}00") for i, title in enumerate(TITLES) for n in range(1, 7)]
    rare = [Product("r1", "Kichen rack of steel"), Product("r2", "Velour throw"), Product("r3", "Sari of silk")]
    return Vocabulary.from_products([*plain, *rare, *(Product(title, title, brand=b) for title, b in BRANDED)])


VOCABULARY = catalogue()


def mended(text: str) -> str:
    return apply(text, correct(text, VOCABULARY))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("elctric ketle 1.5 litre", "electric kettle 1.5 litre"),
        ("kitchin  sink stoper plag", "kitchen  sink stopper plug"),
        ("cotten bedseet", "cotton bedsheet"),
        ("Blutooth, speeker!", "bluetooth, speaker!"),
        ("jamdany sharee", "jamdani saree"),
        ("gabadin pant for man", "gabardine pant for man"),
        ("headfon", "headphone"),
        ("হেডফোন", "headphone"),
        ("ব্লুটুথ স্পিকার", "bluetooth speaker"),
        ("লাল শাড়ির", "লাল শাড়ি"),
        ("saree", "saree"),
    ],
)
def test_what_is_misspelt_is_mended(typed: str, meant: str) -> None:
    assert mended(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant", "why"),
    [
        ("kettel", "kettle", "spelling"),
        ("speekar", "speaker", "phonetic"),
        ("externalhard", "external hard", "split"),
        ("hardisk", "hard disk", "split"),
        ("head phone", "headphone", "join"),
        ("blue tooth", "bluetooth", "join"),
    ],
)
def test_a_correction_says_why(typed: str, meant: str, why: str) -> None:
    text = f"my {typed} 5"
    found = correct(text, VOCABULARY)
    assert [(c.start, c.end, c.before, c.after, c.why) for c in found] == [(3, 3 + len(typed), typed, meant, why)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "lunch wedding birthday",  # right words that nothing sold here bears
        "dressy guests",
        "kettl3 GTX-1650-ketle ketle@home.example http://ketle.example www.ketle.example",
        "ke tl xl 4k mp3",
        "zenbo fan",
        "bed sheet",
        "velour throw",
        "kichen rack",
        "500 taka",
        "zxqwvbnm lkjhgf",
        "with that those",
    ],
)
def test_what_is_right_or_no_word_stays(text: str) -> None:
    assert correct(text, VOCABULARY) == ()


@pytest.mark.parametrize("title", [*TITLES, *(title for title, _ in BRANDED), "Kichen rack of steel", "Sari of silk"])
def test_a_title_as_a_query_is_never_touched(title: str) -> None:
    assert mended(title) == title
    words = title.split()
    for i in range(len(words)):
        assert mended(" ".join(words[i : i + 2])) == " ".join(words[i : i + 2])


def test_a_rare_word_that_the_catalogue_holds_is_mended_only_in_company_it_never_has() -> None:
    many = [Product(str(i), f"Kitchen mixer {i}00") for i in range(1, 201)]
    vocabulary = Vocabulary.from_products([*many, Product("odd", "Kichen rack")])
    assert correct("kichen", vocabulary) == ()
    assert correct("kichen rack", vocabulary) == ()
    assert [c.after for c in correct("kichen mixer", vocabulary)] == ["kitchen"]
    assert variants("kitchen", vocabulary) == ("kichen",)


def test_protected_spans_stay() -> None:
    text = "ketle stoper"
    assert [c.before for c in correct(text, VOCABULARY, [(0, 5)])] == ["stoper"]
    assert correct(text, VOCABULARY, [(3, 4), (7, 12)]) == ()
    assert correct("blue tooth", VOCABULARY, [(0, 4)]) == ()


def test_company_decides_between_equal_candidates() -> None:
    products = [Product(f"{i}{t}", f"{t} {i}00") for i in range(1, 8) for t in ("wall clock", "winter cloak")]
    vocabulary = Vocabulary.from_products(products)
    assert [c.after for c in correct("wall clok", vocabulary)] == ["clock"]
    assert correct("winter cloak", vocabulary) == ()
    assert [c.after for c in correct("winter clok", vocabulary)] == ["cloak"]
    assert [c.after for c in correct("winter cloack", vocabulary)] == ["cloak"]


def test_a_mistake_of_the_catalogue_is_not_what_was_meant() -> None:
    products = [Product(str(i), f"Gabardine pant {i}00") for i in range(1, 15)]
    vocabulary = Vocabulary.from_products([*products, Product("odd", "Gabading trouser")])
    assert [c.after for c in correct("gabadin", vocabulary)] == ["gabardine"]


def test_bangla_script_is_meant_by_sound_and_not_by_a_slip() -> None:
    vocabulary = Vocabulary.from_products([Product(str(i), f"কোমল {i}00") for i in range(1, 15)])
    assert correct("kombol", vocabulary) == ()
    assert [c.after for c in correct("komal", vocabulary)] == ["কোমল"]


def test_other_spellings_of_right_words() -> None:
    assert variants("saree", VOCABULARY) == ("শাড়ি", "sari")
    assert variants("Saree", VOCABULARY) == variants("saree", VOCABULARY)
    assert variants("bedsheet", VOCABULARY) == ("bed sheet",)
    assert variants("bed sheet", VOCABULARY) == ("bedsheet",)
    assert variants("velvet", VOCABULARY) == ()
    assert variants("", VOCABULARY) == ()
    assert variants("one two three", VOCABULARY) == ()


def test_other_spellings_of_a_text() -> None:
    assert variants_of("cotton bed sheet, saree", VOCABULARY) == (
        ("bed sheet", ("bedsheet",)),
        ("saree", ("শাড়ি", "sari")),
    )


def test_bangla_words_for_readers_of_latin_letters() -> None:
    assert in_latin("লাল শাড়ি 2 pcs", VOCABULARY) == "lal saree 2 pcs"
    assert in_latin("Red kettle", VOCABULARY) == "Red kettle"


def test_corrections_are_put_in_from_left_to_right() -> None:
    corrections = (Correction(0, 1, "a", "one", "spelling"), Correction(4, 6, "cd", "", "join"))
    assert apply("a, bcd!", corrections) == "one, b!"


WORDS = st.sampled_from([word for title in TITLES for word in title.split()])
LETTERS = "abdehiklnorstz"


@st.composite
def mistyped(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORDS, min_size=1, max_size=5))
    out = []
    for word in words:
        place = draw(st.integers(0, len(word) - 1))
        slip = draw(st.sampled_from(["none", "drop", "change", "space", "add", "glue"]))
        letter = draw(st.sampled_from(LETTERS))
        before, after = word[:place], word[place + 1 :]
        slips = {"none": word, "drop": before + after, "change": before + letter + after, "glue": word}
        slips |= {"space": f"{before} {word[place:]}", "add": before + letter + word[place:]}
        out.append(slips[slip] + ("" if slip == "glue" else " "))
    return "".join(out)


@given(st.one_of(mistyped(), st.text(), st.text(alphabet="কাশড়ি্ seti-2")))
def test_any_text_is_read_and_read_again_the_same(text: str) -> None:
    found = correct(text, VOCABULARY)
    position = 0
    for correction in found:
        assert position <= correction.start < correction.end <= len(text)
        assert correction.before == text[correction.start : correction.end] != correction.after
        position = correction.end
    once = apply(text, found)
    assert correct(once, VOCABULARY) == ()
    for term, spellings in variants_of(once, VOCABULARY):
        assert term not in spellings


@given(st.integers(0, 99), st.integers(1, 6), st.booleans())
def test_a_letter_lost_or_doubled_in_a_long_word_is_put_right(number: int, place: int, lost: bool) -> None:
    vocabulary = Vocabulary.from_products(sample_products(100))
    adjective, noun = ADJECTIVES[number % 10], NOUNS[number // 10]
    place = min(place, len(noun) - 1)
    slip = noun[:place] + ("" if lost else noun[place]) + noun[place:][lost:]
    if len(slip) >= 6:
        assert apply(f"{adjective} {slip}", correct(f"{adjective} {slip}", vocabulary)) == f"{adjective} {noun}"
