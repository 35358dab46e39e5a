"""Catalogue text must reach the page as the text it is, whatever it holds."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.safe_text import WORD_JOINER, clean, linked, marked, plain, shorten, web_url

HOSTILE = [
    "# heading",
    "- list item",
    "1. ordered",
    "> quote",
    "**bold** _em_ ~~gone~~ `code`",
    "[link](https://evil.example)",
    "[x](javascript:alert(1))",
    "![image](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &copy; &#58;",
    ":material/home: :material_home:",
    ":red[danger] :small[x] :orange-background[y] :blue-badge[z]",
    ':color[x]{foreground="red"}',
    ":help[x] :shimmer[x]",
    ":smile: :+1: :streamlit:",
    "$x^2$ and $$y$$",
    "\\(a\\) \\[b\\] \\$5$",
    "https://evil.example www.evil.example http://a.example",
    "mail somebody@evil.example mailto:a@b.example xmpp:a@b.example",
    "a | b\n--|--\n1 | 2",
    "```\ncode\n```",
    "    indented code",
    "line\r\n\r\n# new paragraph",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "<https://evil.example> <a@b.example>",
    "[ref]: https://evil.example",
    "[^1] and [^1]: footnote",
    "- [ ] task",
    "***\n---\n===",
    "::leaf[x]{a=b} :::container\nx\n:::",
    "trailing backslash \\",
    "{.class} [a]{b}",
]
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
TREE = [  # what the app's Markdown matches in the syntax tree, after the escapes are resolved
    r":material_(\w+):",
    r":streamlit:",
    r":\+1:|:-1:|:[\w-]+:",
    r"(https?:\/\/|www(?=\.))([-.\w]+)([^ \t\r\n]*)",
    r"(?:^|(?<=[\s\W]))([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)",
    r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
]


def shown(markdown: str) -> str:
    """Return what a reader sees of escaped text: escapes resolved, word joiners invisible."""
    return ESCAPED.sub(r"\1", markdown).replace(WORD_JOINER, "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is_and_nothing_in_it_is_syntax(text: str) -> None:
    safe = plain(text)
    assert shown(safe) == " ".join(text.split())
    assert "\n" not in safe
    assert not re.search(r"[!-/:-@\[-`{-~]", ESCAPED.sub("", safe))
    for pattern in TREE:
        assert not re.search(pattern, ESCAPED.sub(r"\1", safe), re.IGNORECASE)


@given(st.text())
def test_any_text_keeps_what_is_visible_of_it(text: str) -> None:
    safe = plain(text)
    assert shown(safe) == clean(text)
    assert not re.search(r"[!-/:-@\[-`{-~]", ESCAPED.sub("", safe))
    safe.encode("utf-8")


@given(st.text(alphabet=":/w.@-<>=~$[]ahtps_+1 \\"))
def test_no_pattern_of_the_syntax_tree_survives(text: str) -> None:
    resolved = ESCAPED.sub(r"\1", plain(text))
    for pattern in TREE:
        assert not re.search(pattern, resolved, re.IGNORECASE)


@given(st.text())
def test_clean_text_is_one_line_without_invisible_characters(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned
    for char in cleaned:
        assert char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066iso\u2069late\u200f", "isolate"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tab\tnew\nline\u2028sep\u00a0nbsp", "tab new line sep nbsp"),
        ("bell\x07 null\x00", "bell null"),
        ("pa\u200dss\u200cword", "password"),
        ("র\u200d্যাব", "র\u200d্যাব"),  # Bangla ya-phala needs its joiner
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_marked_words_are_whole_words_in_any_case() -> None:
    assert marked("Red chair, redder than red", ["red"]) == (
        ":orange-background[Red] chair\\, redder than :orange-background[red]"
    )


def test_marked_text_stays_escaped_inside_and_outside_of_a_mark() -> None:
    assert marked("$5 :red[a] x_y", ["red", "x_y"]) == (
        "\\$5 \\:" + WORD_JOINER + ":orange-background[red]\\[a\\] :orange-background[x\\_y]"
    )


def test_the_longest_of_overlapping_terms_is_marked() -> None:
    assert marked("night light lamp", ["night", "night light"]) == ":orange-background[night light] lamp"


def test_terms_that_are_no_words_mark_nothing() -> None:
    assert marked("a b", ["", " ", "\u200b"]) == "a b"


@given(st.text(), st.lists(st.text(max_size=5), max_size=4))
def test_marking_changes_no_visible_character(text: str, terms: list[str]) -> None:
    visible = re.sub(r"(?<!\\):orange-background\[((?:\\.|[^\]\\])*)\]", r"\1", marked(text, terms))
    assert shown(visible) == clean(text)


def test_shorten_cuts_at_a_word_and_counts_the_ellipsis() -> None:
    assert shorten("a lamp that folds", 12) == "a lamp that…"
    assert shorten("unbreakable", 5) == "unbr…"
    assert shorten("short", 5) == "short"


@given(st.text(), st.integers(2, 40))
def test_shorten_keeps_within_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://shop.example/a?b=c&d=e#f", "https://shop.example/a?b=c&d=e#f"),
        ("HTTP://Shop.Example:8080/", "http://shop.example:8080/"),
        ("https://shop.example/a b(c)>d<e\"f'", "https://shop.example/a%20b%28c%29%3Ed%3Ce%22f'"),
        ("https://shop.example/%20kept", "https://shop.example/%20kept"),
        ("https://shop.example/:material/home:", "https://shop.example/%3Amaterial/home%3A"),
        ("https://shop.example/?x=&copy;", "https://shop.example/?x=&copy%3B"),
        ("https://shop.example/৳", "https://shop.example/%E0%A7%B3"),
        ("https://shöp.example/", "https://xn--shp-tna.example/"),
    ],
)
def test_web_addresses_are_made_safe_as_link_targets(url: str, safe: str) -> None:
    assert web_url(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//shop.example/x",
        "/relative",
        "shop.example/x",
        "https://",
        "https:///path",
        "https://user:pass@shop.example/",
        "https://shop.example:port/",
        "https://[::1/",
        "https://a b.example/",
        "mailto:a@b.example",
    ],
)
def test_anything_else_is_no_link(url: str | None) -> None:
    assert web_url(url) is None
    assert linked("name", url) == "name"


@given(st.text(min_size=1))
def test_a_link_target_never_leaves_its_brackets(path: str) -> None:
    target = web_url("https://shop.example/" + path)
    if target is not None:
        assert re.fullmatch(r"https://[!-;=?-~]*", target)
        assert not set('<>"\\$`*[]() \n') & set(target)
        assert linked("name", target) == f"[name](<{target}>)"
