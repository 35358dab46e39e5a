"""What is taken out of catalogue text, and what stays."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalogue import parse_file
from retrieval.text import clean_text, fold, listing_key, once


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Soft  cotton\t shirt \n\n for men ", "Soft cotton shirt\nfor men"),
        ("Made for you.<!DOCTYPE html><html><body>Soft<br/>cotton</body></html>", "Made for you. Soft cotton"),
        ("&lt;style&gt; pre { white-space: pre-wrap; } &lt;/style&gt;Soft &amp; light", "Soft & light"),
        ("a &amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt; word", "a bold word"),
        ("before<script>alert(1)</script>after", "before after"),
        ("Sink #productDescription h3 { margin: 0.75em 0px; } steel", "Sink steel"),
        ("Good shoe, .a, .b { color: #fff } pre {margin:0} soft", "Good shoe, soft"),
        ("Tap #a dt {margin: 0 …", "Tap"),
        ('Sink <img <="" div=""> strainer', "Sink strainer"),
        ('<kse:widget data-type="x">Light</kse:widget> lamp', "Light lamp"),
        ("H<sub>2</sub>O bottle <!-- note --> blue", "H2O bottle blue"),
        ("Cut <div cla…", "Cut"),
        ("see https://shop.example/a?b=1 and www.shop.example/x now", "see and now"),
        ("বল https://shop.example/aলাল", "বল লাল"),
        ("see [our shop](https://shop.example/) ![x](https://img.example/1.jpg) now", "see our shop now"),
        ("Soft\n**Images (sample):**\n- https://img.example/1.jpg\n- https://img.example/2.jpg\nred", "Soft\nred"),
        ("Soft\n_Source: jeans / products.json_\nred", "Soft\nred"),
        ("𝐁𝐨𝐥𝐝 ﬁt １２ cm²", "Bold fit 12 cm2"),
        ("you\x19ll like\u200b it\ufeff", "you ll like it"),
        ("", ""),
    ],
)
def test_what_is_no_text_goes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "speed <10km/h, weight <1kg, 5 < 6 > 4",
        "RF power: <20dBm>",
        "{ Full Converge } {size: 5} { color: red }",
        '{ "productTitle": "drone" }',
        "black&notebook R&D AT&T",
        "18x24\" 36''X 18''",
        "#Shoes #জুতা - white",
        "কালো জুতা ক্যামেরা র‍্যাম",
        "C++ 2.4GHz W/L 50% off!",
        "M<>L>XL <XXL",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert clean_text(text).split() == text.split()


def test_a_text_repeated_whole_is_kept_once() -> None:
    unit = "Soft cotton shirt for men. Wash cold."
    for times in (2, 3, 4):
        assert clean_text(unit * times) == unit
        assert clean_text(" ".join([unit] * times)) == unit
        assert clean_text("\n\n".join([unit] * times)) == unit
    assert clean_text("Great shoe. Great shoe") == "Great shoe."
    assert clean_text("Great shoe | Great shoe") == "Great shoe"
    assert clean_text("Soft cottonSoft  cotton") == "Soft cotton"


def test_a_last_repeat_cut_short_goes_with_its_ellipsis() -> None:
    unit = "Soft cotton shirt for men, with a pocket and two buttons, wash cold and dry flat."
    assert clean_text(unit + unit[:60] + " …") == unit
    assert clean_text(unit + unit[:60]) == unit + unit[:60]


@pytest.mark.parametrize(
    "text",
    ["bye bye", "10 10", "Red shirt. Red shoe.", "Soft shirt. Soft shirt. And a hat.", "abcabc", "A new day …", "aaaa"],
)
def test_a_text_that_only_begins_alike_is_kept_whole(text: str) -> None:
    assert once(text) == text


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120))
def test_cleaning_never_fails_and_leaves_single_spaces(text: str) -> None:
    clean = clean_text(text)
    assert "\n".join(" ".join(line.split()) for line in clean.split("\n")) == clean


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("soft cotton shirt 12 লাল জুতা x2 (new) 5% - &".split()), min_size=1, max_size=30))
def test_plain_words_all_stay(words: list[str]) -> None:
    text = " ".join(["first", *words, "last"])
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "text", ["<" * 20_000, "{a:" * 10_000, "[x](" * 10_000, "&lt;" * 10_000, "<!--" * 10_000, "a b " * 20_000]
)
def test_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    assert isinstance(clean_text(text), str)


def test_fold() -> None:
    assert fold("ＮＥＷ 𝐂𝐨𝐥𝐨𝐫 ১২৩ Straße") == "new color 123 strasse"
    assert fold("plain ASCII") == "plain ascii"
    # Two spellings of one Bangla letter, with and without the joiner, are one.
    assert fold("\u09df") == fold("\u09af\u09bc")
    assert fold("র\u200d্যাম") == fold("র্যাম")
    for word in ("কালো জুতা", "ক্যামেরা", "শাড়ি", "মেয়েদের"):
        assert fold(word) == unicodedata.normalize("NFKC", word)


def test_identical_listings_share_a_key() -> None:
    key = listing_key("Slim Jeans - Blue", "No Brand")
    for title, brand in (
        ("slim  jeans – blue", None),
        ("【Slim Jeans】 Blue!", ""),
        ("𝐒𝐥𝐢𝐦 Jeans, blue.", "no brand"),
    ):
        assert listing_key(title, brand) == key
    for title, brand in (
        ("Slim Jeans - Blue", "Acme"),
        ("Slim Jeans - Black", None),
        ("Slim Jeans - Blue 2", None),
    ):
        assert listing_key(title, brand) != key
    assert listing_key("S22+ case", None) != listing_key("S22 case", None)
    assert listing_key("4.5 mm", None) != listing_key("45 mm", None)
    assert listing_key("কালো", None) != listing_key("কাল", None)
    assert listing_key("***", None) != listing_key("---", None)


@pytest.mark.realdata
def test_real_descriptions_come_out_clean(realdata_dir: Path) -> None:
    for name in ("daraz", "crowdflower"):
        for product in parse_file(realdata_dir / name / "products.md").products:
            clean = clean_text(product.description)
            assert "http://" not in clean
            assert "https://" not in clean
            assert "</" not in clean
            assert clean_text(clean) == clean
