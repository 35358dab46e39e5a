"""Reading whole queries against a small shop: told by where it was typed, once, and as long as it is wanted."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from retrieval.columns import Columns
from retrieval.query.constraints import REMOVED
from retrieval.query.lexicon import Lexicon
from retrieval.query.names import Names
from retrieval.query.records import Understood
from retrieval.query.synonyms import Synonyms, shipped
from retrieval.query.understand import Features, Reader
from retrieval.query.vocabulary import Vocabulary
from tests.retrieval.stall import PRODUCTS

VOCABULARY = Vocabulary.from_products(PRODUCTS)
COLUMNS = Columns.from_products(PRODUCTS)
READER = Reader(VOCABULARY, Lexicon.from_columns(COLUMNS, VOCABULARY.sold), Names.from_products(PRODUCTS))
NOTHING = Features(**{flag.name: False for flag in fields(Features)})

WORDS = st.sampled_from(
    """kettle ketle bedsheet bed sheet headphone hedphone bottle botle lamp saree sari steel cotton wooden plastic glass
    walton prestige red blue green black lal color size xl m litre 1.5 0.5 2 ml 1500ml 16gb inch x by under below above
    over between and or to from upto max min less than more rs taka tk $ ৳ usd k 500 499.99 1000 1,200 ৫০০ ১০০০ 60k
    rated rating star stars 4 4.5 4.1+ 5 reviews ratings with at least without no not except ছাড়া remote lid free nr 6
    বাজেট শাড়ি কেতলি টাকার নিচে SK-7012 sk7012 QX-8010 qx8010 top best something to carry my lunch in for the - – ( ) ,
    . / + % " ' : & <b> é ß İ ﬁ ½ \u200d \u0301 😀""".split()
)
QUERIES = st.one_of(
    st.text(max_size=40),
    st.lists(WORDS, max_size=9).map(" ".join),
    st.lists(WORDS, max_size=9).map("".join),
    st.tuples(st.sampled_from([p.title for p in PRODUCTS]), st.lists(WORDS, max_size=5)).map(
        lambda said: " ".join([said[0], *said[1]])
    ),
)


def read(text: str, synonyms: Synonyms | None = None, **changes: Any) -> Understood:
    return READER.read(text, shipped() if synonyms is None else synonyms, **changes)


def keys(understood: Understood) -> list[str]:
    return [one.key for one in (*understood.parts, *understood.corrections, *understood.synonyms)]


@settings(max_examples=300, deadline=None)
@given(QUERIES)
def test_everything_that_is_read_stands_where_it_says(text: str) -> None:
    understood = read(text)
    assert understood.text == " ".join(text.split())
    for told in (understood.parts, understood.corrections):
        ends = 0
        for one in sorted(told, key=lambda one: one.start):
            assert ends <= one.start < one.end
            ends = one.end
    for part in understood.parts:
        assert part.text == understood.text[part.start : part.end]
        assert part.text.strip()
        assert not part.exact or part.kind in REMOVED
    for correction in understood.corrections:
        assert correction.before == understood.text[correction.start : correction.end]
        assert correction.after != correction.before
    names = (*understood.named, *understood.mentioned)
    assert all(0 <= place < len(PRODUCTS) for positions in names for place in positions)
    assert (understood.intent == "exact") == bool(names)


@settings(max_examples=300, deadline=None)
@given(QUERIES)
def test_reading_what_is_left_changes_nothing(text: str) -> None:
    understood = read(text)
    again = read(understood.rest)
    assert again.rest == understood.rest
    assert again.corrections == ()
    assert [part for part in again.parts if part.kind in REMOVED] == []


@settings(max_examples=200, deadline=None)
@given(QUERIES, st.data())
def test_what_is_taken_back_is_gone(text: str, data: st.DataObject) -> None:
    understood = read(text)
    assume(keys(understood))
    chosen = data.draw(st.sets(st.sampled_from(keys(understood)), min_size=1))
    again = read(text, dropped=chosen)
    assert not chosen & set(keys(again))
    assert again.dropped == tuple(chosen)
    if all(key.partition(":")[0] in REMOVED for key in chosen):
        # A bound that is no longer wanted does not become words to be searched for.
        unlike = {"parts": (), "dropped": (), "emphasis": ()}
        assert replace(again, **unlike) == replace(understood, **unlike)
        assert list(again.parts) == [part for part in understood.parts if part.key not in chosen]


@settings(max_examples=60, deadline=None)
@given(QUERIES, st.lists(st.sampled_from(["", "price", "price:1-2", "spelling:zz", "nonsense:zz", "negation:"])))
def test_keys_that_the_query_has_not_are_ignored(text: str, dropped: list[str]) -> None:
    assume(not set(dropped) & set(keys(read(text))))
    assert replace(read(text, dropped=dropped), dropped=()) == read(text)


@settings(max_examples=100, deadline=None)
@given(QUERIES)
def test_with_every_part_of_it_off_nothing_is_read(text: str) -> None:
    plain = " ".join(text.split())
    understood = read(text, features=NOTHING)
    assert (understood.rest, understood.said) == (plain, plain)
    assert keys(understood) == []
    assert (understood.named, understood.spellings, understood.emphasis) == ((), (), ())


def test_a_query_of_everything() -> None:
    text = "  red  steel botle 1.5 litre under 500 tk rated 4.1+  without remote "
    understood = read(text)
    assert understood.text == "red steel botle 1.5 litre under 500 tk rated 4.1+ without remote"
    assert understood.rest == "red steel bottle 1.5 litre"
    assert understood.said == "red steel botle 1.5 litre"
    assert [(part.key, part.exact) for part in understood.parts] == [
        ("color:red", False),
        ("quantity:1500ml", False),
        ("price:-500", True),
        ("rating:4.1-", True),
        ("negation:remote", False),
    ]
    assert [(c.key, c.after) for c in understood.corrections] == [("spelling:botle", "bottle")]
    assert understood.intent == "keyword"


@pytest.mark.parametrize(
    ("flag", "gone", "rest"),
    [
        ("constraints", ("price:-500",), "steel bottle 1.5 litre under 500"),
        ("negation", ("negation:remote",), "steel bottle 1.5 litre, without remote"),
        ("attributes", ("quantity:1500ml",), "steel bottle 1.5 litre"),
        ("spelling", ("spelling:botle",), "steel botle 1.5 litre"),
        ("synonyms", ("synonym:steel",), "steel bottle 1.5 litre"),
    ],
)
def test_each_part_of_it_can_be_left_out_alone(flag: str, gone: tuple[str, ...], rest: str) -> None:
    text = "steel botle 1.5 litre under 500 without remote"
    whole, less = read(text), read(text, features=Features(**{flag: False}))
    assert set(keys(whole)) - set(keys(less)) == set(gone)
    assert {key for key in keys(less) if not key.startswith("synonym:")} <= set(keys(whole))
    assert less.rest == rest


def test_names_and_other_spellings_can_be_left_out() -> None:
    assert read("SK-7012").named == ((12,),)
    less = read("SK-7012", features=Features(names=False))
    assert (less.named, less.intent) == ((), "keyword")
    both = read("bed sheet", features=Features(spelling=False))
    assert ("bed sheet", ("bedsheet",)) in both.spellings
    assert read("bed sheet", features=Features(spelling=False, spellings=False)).spellings == ()


def test_a_title_typed_whole_is_not_read_any_further() -> None:
    title = PRODUCTS[6].title
    understood = read(title)
    assert understood.named == ((6,),)
    assert keys(understood) == []
    assert understood.rest == title
    beside = read(f"{title} under 500")
    assert beside.named == ((6,),)
    assert [part.key for part in beside.parts] == ["price:-500"]
    assert beside.rest == title


def test_what_names_a_product_is_no_bound_and_no_mistake() -> None:
    products = [
        replace(PRODUCTS[0], product_id="x", title="Under 500 Ketle Stand", sku=None),
        *(replace(product, title=f"kettle {i}") for i, product in enumerate(PRODUCTS[1:30])),
    ]
    vocabulary = Vocabulary.from_products(products)
    lexicon = Lexicon.from_columns(Columns.from_products(products), vocabulary.sold)
    reader = Reader(vocabulary, lexicon, Names.from_products(products))
    understood = reader.read("cheap under 500 ketle stand under 300", shipped())
    assert understood.named == ((0,),)
    assert [part.key for part in understood.parts] == ["price:-300"]
    assert understood.rest == "cheap under 500 ketle stand"
    assert understood.corrections == ()


def test_a_correction_that_is_taken_back_leaves_every_word_as_typed() -> None:
    text = "botle lamp botle"
    assert read(text).rest == "bottle lamp bottle"
    back = read(text, dropped=["spelling:botle"])
    assert back.rest == text
    assert back.corrections == ()
    one = read("botle ketle", dropped=["spelling:botle"])
    assert one.rest == "botle kettle"


def test_a_bound_that_is_misspelt_is_read_once_it_is_mended() -> None:
    products = [replace(product, title=f"{product.title} without battery") for product in PRODUCTS]
    vocabulary = Vocabulary.from_products(products)
    lexicon = Lexicon.from_columns(Columns.from_products(products), vocabulary.sold)
    reader = Reader(vocabulary, lexicon, Names.from_products([]))
    understood = reader.read("lamp withuot lid", shipped())
    assert understood.rest == "lamp"
    (part,) = understood.parts
    assert (part.key, part.text, part.start, part.end) == ("negation:lid", "withuot lid", 5, 16)


def test_synonyms_are_those_that_are_handed_in() -> None:
    own = Synonyms.parse("kettle, water heater\nlamp =>", base=shipped())
    assert [(b.key, "water heater" in b.also) for b in read("kettle", own).synonyms] == [("synonym:kettle", True)]
    assert read("lamp", own).synonyms == ()
    assert read("lamp").synonyms != ()
    assert read("kettle", own, dropped=["synonym:kettle"]).synonyms == ()
    assert read("kettle", Synonyms()).synonyms == ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("red steel kettle", "keyword"),
        ("lamp for desk", "keyword"),
        ("something to carry my lunch in", "descriptive"),
        ("what keeps water cold while hiking", "descriptive"),
        ("SK-7012", "exact"),
        ("", "keyword"),
    ],
)
def test_how_a_query_is_meant(text: str, intent: str) -> None:
    assert read(text).intent == intent


def test_bangla_is_read_and_put_into_latin_letters_for_meaning() -> None:
    understood = read("লাল শাড়ি ৫০০ টাকার নিচে")
    assert [part.key for part in understood.parts if part.exact] == ["price:-500"]
    assert understood.text == "লাল শাড়ি ৫০০ টাকার নিচে"
    assert "saree" in understood.rest  # as this shop writes it
    assert understood.meaning.isascii()
    assert read("red saree").meaning == "red saree"


@example("İ" * 50)
@example("\u0301" * 20 + "kettle")
@example("under " * 300)
@example("1" * 2000)
@example("without " * 200 + "remote")
@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=120))
def test_reading_never_fails(text: str) -> None:
    understood = read(text)
    assert understood.text == " ".join(text.split())
    assert understood.to_dict()["rest"] == understood.rest
