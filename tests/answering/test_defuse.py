"""Nothing that links, loads or runs survives in an answer, and no word of it is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from answering.defuse import defuse, inline
from answering.visible import visible
from tests.hostile import TEXTS

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FORBIDDEN = {"html_inline", "html_block", "link_open", "image", "code_inline", "fence", "heading_open"}
BARE = re.compile(r"[a-z][a-z0-9+.-]+://|www\.[\w-]+\.|mailto:\S|\w@[\w-]+\.\w", re.IGNORECASE)
"""What GitHub's autolinks and the app's Markdown take for an address."""

ANSWER = """The **Aurora desk lamp** fits best: ৳ 1,250, rated 4.5/5 by 40 people [1].
It beats the 5 * 3 cm one & costs < ৳ 2,000!

| Product | Price | Rating |
|---|---:|---|
| Aurora desk lamp [1] | ৳ 1,250 – ৳ 1,400 | 4.5/5 |
| Reading lamp [2] | ৳ 900 | nobody has rated it |

- *Colours*: black, S~XL, 8 GB, 18x24" [1][2]
  - size M/L [3]
1. first: 12% off [10]

Prices (in BDT) are a > b, 3 < 5 and 10:30; ask 2 @ 500."""

PIECES = st.sampled_from(
    [
        *("<", ">", "</", "<!--", "-->", "<b>", "<script>", "</script>", "<img src=x ", "onerror=1", "<think>"),
        *("[", "]", "](", ")", "(", "![", "[1]", "[2]:", "]:", "[^1]", "【1】", "【", "】", "[a][b]", "(x.y)", "]["),
        *(
            "https://e.example/x",
            "http",
            "s://",
            "://",
            "www.",
            "e.example",
            "mailto:",
            "a@b.co",
            "//e.example",
            "data:,x",
        ),
        *("&lt;", "&", "amp;", "#91;", "&#x5B;", "\\", "`", "```", "~~~", "\n", "\n\n", "    ", "> ", "- ", "1. "),
        *("# ", "---", "===", "**", "*", "_", "|", "!", ":", "$", "{", "}", "<|im_end|>", "[INST]", "\x1b[31m"),
        *("\x1b]0;", "\x07", "\u200b", "\u202e", "\ufeff", "word", "৳ 450", "4.5/5", " ", ",", ".", "-", "12"),
    ]
)
MARKUP = st.lists(PIECES, max_size=24).map("".join)


def forbidden(markdown: str) -> set[str]:
    """Return the kinds of token in `markdown` that an answer must not hold, as CommonMark reads it."""

    def walk(tokens: list[Token]) -> set[str]:
        return {one.type for token in tokens for one in (token, *(token.children or ()))}

    return walk(COMMONMARK.parse(markdown)) & FORBIDDEN


@given(MARKUP | st.text())
@example("[1]: e.example\n\n[1]")
@example("[1\n]:\ne.example\n\n[1]")
@example("![1]\n\n[1]: x")
@example("a\n---")
@example("<a<b>>")
@example("\\\\[x](https://e.example)")
@example("&amp;lt;b&amp;gt;")
def test_no_markup_survives(text: str) -> None:
    safe = defuse(text)
    assert forbidden(safe) == set()
    assert not BARE.search(safe)
    assert re.sub(r"\[\d{1,3}\]", "", safe).translate({ord("["): "\0", ord("]"): "\0"}).count("\0") == 0


@given(MARKUP | st.text())
@example("<" * 30 + "b>" * 30)
@example("[" * 30 + "1]" * 30)
@example("&" + "amp;" * 30 + "lt;b>")
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    safe = defuse(text)
    assert defuse(safe) == safe


@given(MARKUP)
def test_what_is_still_being_written_is_as_harmless(text: str) -> None:
    for end in range(len(text) + 1):
        shown = defuse(text[:end], partial=True)
        assert forbidden(shown) == set()
        assert not BARE.search(shown)


def test_an_answer_passes_unharmed() -> None:
    assert defuse(ANSWER) == ANSWER


def test_an_answer_grows_and_takes_nothing_back() -> None:
    text = "**Lamp** ![x](https://e.example/?q=1)<b>good</b> [1] &amp; [see](https://e.example), <br>end [2]."
    whole = defuse(text)
    assert whole == "**Lamp** xgood [1] & see, end [2]."
    for end in range(len(text) + 1):
        assert whole.startswith(defuse(text[:end], partial=True))


def test_an_answer_in_writing_shows_all_that_is_sure() -> None:
    for end in range(len(ANSWER) + 1):
        shown = defuse(ANSWER[:end], partial=True)
        assert ANSWER.startswith(shown)
        assert len(shown) >= end - 40, "more is held back than a construct at the end can need"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [text](htt", "See"),
        ("See [text]", "See"),
        ('See [text](https://e.example "ti', "See"),
        ("See ![", "See"),
        ("See <im", "See"),
        ("See <img src='x'", "See"),
        ("See <", "See"),
        ("See <!-- secret", "See"),
        ("See <think>let me", "See"),
        ("See <|im_e", "See"),
        ("See &lt", "See"),
        ("See \\", "See"),
        ("See http", "See"),
        ("See https://e.exam", "See"),
        ("See www.e", "See"),
        ("See someone@e", "See"),
        ("See 【1†so", "See"),
        ("See [1", "See"),
        ("See [1]", "See [1]"),
        ("See [1][2", "See [1]"),
        ("3 < 5", "3 < 5"),
        ("a > b", "a > b"),
        ("\x1b[3", ""),
    ],
)
def test_held_back_until_it_is_known_what_it_is(text: str, shown: str) -> None:
    assert defuse(text, partial=True) == shown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a [lamp](https://e.example 'title') [1]", "a lamp [1]"),
        ("[lamp [1]](https://e.example/a_(b))", "lamp [1]"),
        ("![alt text](https://e.example/?leak=1)", "alt text"),
        ("[![alt](https://e.example/i.png)](https://e.example)", "alt"),
        ("[lamp][ref] [other][]\n\n[ref]: https://e.example 'x'", "lamp other"),
        ("[Aurora lamp][2]", "Aurora lamp [2]"),
        ("[1](https://e.example) [1](#card) [1](javascript:alert(1))", "[1] [1] [1]"),
        ("[1] (in stock)", "[1] (in stock)"),
        ("[1](cheap)", "[1] (cheap)"),
        ("[1]: the best", "[1] : the best"),
        ("【1】 〔2〕 ［3］ 【4†source】 【5:0†x】", "[1] [2] [3] [4] [5]"),
        ("[1, 2] [3;4] [1-3] [^7] [Product 2] [card #3]", "[1][2] [3][4] [1][2][3] [7] [2] [3]"),
        ("[9-2] [S-XL] [1.5 L]", "(9-2) (S-XL) (1.5 L)"),
        ("<p>One</p><p>two</p>", "One two"),
        ("<script>steal()</script>ok", "ok"),
        ("<style>p{}</style>ok<!-- no -->", "ok"),
        ("<think>The user wants…</think>The lamp [1].", "The lamp [1]."),
        ("a<br/>b, H<sub>2</sub>O", "a b, H2O"),
        ("size <M or >S and <b", "size < M or >S and < b"),
        ("&lt;img src=x onerror=1&gt;done", "done"),
        ("&#x5B;x&#x5D;(https://e.example)", "x"),
        ("Salt &amp; pepper &copy;", "Salt & pepper ©"),
        ("a\\|b \\*c\\* \\$5", "a/b *c* $5"),
        ("htt<b></b>ps://e.example now", "now"),
        ("See https://e.example/a(b)?c. Or www.e.example!", "See. Or!"),
        ("(https://e.example) <https://e.example> <a@e.example>", "<>"),
        ("write to sales@e.example today", "write to today"),
        ("4000mAh@3.7V, 2 @ 500", "4000mAh @ 3.7V, 2 @ 500"),
        ("javascript:alert(1) data:text/html;base64,xx data: 5 GB", "data: 5 GB"),
        ("```html\n<b>bold</b>\n```", "bold"),
        ("`code` and ``more``", "code and more"),
        ("    [x](https://e.example)", "x"),
        ("# Answer #\n## **Best** lamp", "**Answer**\n**Best lamp**"),
        ("Lamp\n====\nor\n---", "Lamp\n\nor"),
        ("- [ ] one\n- [x] two", "- one\n- two"),
        (":red[danger] :material/home:", ":red(danger) :material/home:"),
        ("done<|im_end|></s><end_of_turn>[/INST]", "done"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x9b2J", "red bell"),
        ("a\u202eb\u200bc\ufeffd", "abcd"),
        ("Great![1]", "Great! [1]"),
        ("one\r\n\r\n\r\n\r\ntwo\u2028three", "one\n\ntwo\nthree"),
    ],
)
def test_words_stay(text: str, safe: str) -> None:
    assert defuse(text) == safe


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_texts_are_harmless_in_both_ways(text: str) -> None:
    for safe in (defuse(text), inline(text)):
        assert forbidden(safe) == set()
        assert not BARE.search(safe)


def test_nested_markup_costs_no_more_than_its_length() -> None:
    for bomb in ("<" * 20_000 + "b>" * 20_000, "[" * 20_000 + "](x)" * 5_000, "&" + "amp;" * 20_000, "![" * 20_000):
        assert forbidden(defuse(bomb)[:2_000]) == set()
        assert len(inline(bomb)) <= 120


@given(MARKUP | st.text(), st.integers(2, 150))
def test_a_line_of_catalogue_text_has_no_syntax(text: str, limit: int) -> None:
    line = inline(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert not set("[]|*`<>\\") & set(line)
    assert not re.search(r"__|(?<!\w)_|_(?!\w)|~", line)
    assert not BARE.search(line)
    assert {token.type for token in COMMONMARK.parse(line)} <= {"paragraph_open", "inline", "paragraph_close"}
    assert forbidden(line) == set()
    assert defuse(line) in (line, re.sub(r"!(?=\[)", "! ", line))


@given(MARKUP | st.text())
def test_a_line_of_catalogue_text_is_made_once(text: str) -> None:
    assert inline(inline(text)) == inline(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Aurora lamp [1] 【2】", "Aurora lamp (1) (2)"),
        ('3*5 cm, 10 * 20 cm, 18x24"', '3x5 cm, 10x20 cm, 18x24"'),
        ("A|B | **bold** __x__ snake_case", "A/B / bold x snake_case"),
        ("S~XL ~500 g 10~20", "S–XL ≈500 g 10–20"),
        ('<b>Lamp</b> & "co" <5kg', '‹b›Lamp‹/b› & "co" ‹5kg'),
        ("# 1 best #1 C#", "1 best #1 C#"),
        ("1. Lamp", "1: Lamp"),
        ("> - quoted\n- item", "› - quoted - item"),
        ("get https://e.example/x now, a@b.example", "get now,"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("৳ 1,250 – 50% off; 4.5/5 (40)", "৳ 1,250 – 50% off; 4.5/5 (40)"),
        ("লাল শাড়ি র\u200d্যাব", "লাল শাড়ি র\u200d্যাব"),
        ("", ""),
    ],
)
def test_catalogue_text_stays_readable(text: str, line: str) -> None:
    assert inline(text) == line


def test_a_long_line_is_cut_at_a_word_and_never_within_a_number() -> None:
    assert inline("a lamp that folds", 12) == "a lamp that…"
    assert inline("x" * 20 + "1234567890", 25) == "x" * 20 + "…"
    assert inline("price 12,500 taka", 10) == "price…"


@given(st.text())
def test_visible_text_has_no_invisible_character_and_is_made_once(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert all(char.isprintable() or char in "\n\u200c\u200d" for char in shown)
