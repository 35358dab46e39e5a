"""An answer on the page: bold, lists, tables and citations as they are, everything else as the text it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from answering.records import Checked, Claim
from tests.hostile import TEXTS
from tests.ui.test_safe_text import HOSTILE, TREE
from ui.safe_text import WORD_JOINER, answer_markdown

PARSER = MarkdownIt("commonmark").enable("table")
ALLOWED = {
    "paragraph", "inline", "text", "softbreak", "hardbreak", "strong", "link", "bullet_list", "ordered_list",
    "list_item", "table", "thead", "tbody", "tr", "th", "td", "text_special",
}  # fmt: skip
OWN = re.compile(r":orange-background(?=\[)")


def link(n: int) -> str | None:
    """Return the anchors of an answer with two citations."""
    return f"cite-1-{n}" if n in (1, 2) else None


def markdown(text: str, *flagged: str) -> str:
    """Return an answer's Markdown in which the `flagged` parts are claims that do not hold."""
    claims = []
    for part in flagged:
        start = text.index(part)
        claims.append(Claim(part, start, start + len(part), supported=False, why="not so"))
    return answer_markdown(Checked(text, tuple(claims)), link)


def tokens(text: str) -> list[Token]:
    """Return all tokens of a Markdown text, those within lines too."""
    return [token for block in PARSER.parse(text) for token in (block, *(block.children or ()))]


def kinds(text: str) -> set[str]:
    """Return which elements a Markdown text is made of."""
    return {re.sub("_(open|close)$", "", token.type) for token in tokens(text)}


def seen(text: str) -> str:
    """Return the words that a reader sees, without blanks."""
    words = "".join(token.content for token in tokens(text) if token.type in {"text", "text_special"})
    return re.sub(r"\s", "", OWN.sub("", words).replace(WORD_JOINER, ""))


def targets(text: str) -> set[str]:
    """Return where the links of a Markdown text lead to."""
    return {str(token.attrs["href"]) for token in tokens(text) if token.type == "link_open"}


def check(shown: str) -> None:
    """Check that a text is made of nothing but what an answer may hold."""
    assert kinds(shown) <= ALLOWED
    assert targets(shown) <= {"#cite-1-1", "#cite-1-2"}
    for token in tokens(shown):
        if token.type == "inline":
            runs = "".join(t.content if t.type in {"text", "text_special"} else "\x00" for t in token.children or ())
            for pattern in TREE:
                assert not re.search(pattern, OWN.sub("\x00", runs), re.IGNORECASE), runs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One kettle.", "One kettle\\."),
        ("A **red** one [1].", "A **red** one [\\[1\\]](#cite-1-1)\\."),
        ("Both [1][2], neither [3].", "Both [\\[1\\]](#cite-1-1)[\\[2\\]](#cite-1-2)\\, neither \\[3\\]\\."),
        ("## Best ones", "**Best ones**"),
        ("- one\n- two\n  - three", "- one\n- two\n    - three"),
        ("1. one\n2) two", "1. one\n2. two"),
        ("one\ntwo\n\nthree", "one\\\ntwo\n\nthree"),
        ("Nearest:\n- one\n\nEnd", "Nearest\\:" + WORD_JOINER + "\n\n- one\n\nEnd"),
        ("| a | b |\n|---|:-:|\n| 1 [1] | x \\| y |", "| a | b |\n|:--|:--|\n| 1 [\\[1\\]](#cite-1-1) | x \\| y |"),
        ("a | b\n--|--\n1 | 2", "| a | b |\n|:--|:--|\n| 1 | 2 |"),
        ("| a |\n|---|\n| 1 | 2 |", "| a |  |\n|:--|:--|\n| 1 | 2 |"),  # a cell too many is not lost
        ("5 ** 3", "5 \\*\\* 3"),
        ("unfinished **bold", "unfinished **bold**"),
        ("**Price:**450", "**Price\\:" + WORD_JOINER + "**\u200a450"),
        ("\\*not bold\\*", "\\*not bold\\*"),
        ("", ""),
    ],
)
def test_what_an_answer_is_made_of(text: str, shown: str) -> None:
    assert markdown(text) == shown
    check(shown)


def test_what_is_not_supported_stands_out_and_its_citation_stays_a_link() -> None:
    shown = markdown("It is **very** big [1]. Good [2].", "It is **very** big [1].")
    assert shown == (
        ":orange-background[It is] :orange-background[**very**] :orange-background[big] [\\[1\\]](#cite-1-1)"
        "\\. Good [\\[2\\]](#cite-1-2)\\."
    )


def test_a_flag_in_a_list_and_in_a_table_colours_its_words_alone() -> None:
    assert markdown("- good\n- bad", "bad") == "- good\n- :orange-background[bad]"
    shown = markdown("| a | b |\n|---|---|\n| 1 | 2 |", "2")
    assert shown.endswith("| 1 | :orange-background[2] |")


def test_an_anchor_that_is_none_makes_no_link() -> None:
    said = Checked("One [1].")
    assert answer_markdown(said, lambda n: "x) [evil](https://evil.example") == "One \\[1\\]\\."
    assert answer_markdown(said, lambda n: "#x y") == "One \\[1\\]\\."


@pytest.mark.parametrize("text", [*HOSTILE, *TEXTS])
def test_hostile_text_becomes_nothing_but_text(text: str) -> None:
    for said in (text, f"- {text}", f"x [1] {text}", f"| a | b |\n|--|--|\n| {text} | [1] |", f"**{text}**"):
        shown = markdown(said)
        check(shown)
        check(markdown(said, said))


PIECES = st.sampled_from(
    [
        *("**", "[1]", "[2]", "[3]", "\n", "\n\n", "- ", "  - ", "1. ", "| ", " |\n", "|--|--|\n", "# ", " ", "\\"),
        *("![", "](", ")", "http://", "www", ".evil.com", "<b>", "&lt;", ":red[", "]", "$x$", ":smile:", "`", "~~"),
        *("    ", "\t", "a@b.c", "x", "5", "---\n", "> ", "[^1]:", "\u200b", "\r", "\u2028", ":material/", "home:"),
        *("{", "}", "<!--", "_", "="),
    ]
)
SAID = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


@settings(max_examples=300)
@given(SAID, st.integers(0, 60), st.integers(0, 60))
def test_no_text_makes_more_than_an_answer_may_hold(text: str, first: int, second: int) -> None:
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    claims = (Claim(text[start:end], start, end, supported=False, why="not so"),) if start < end else ()
    shown = answer_markdown(Checked(text, claims), link)
    check(shown)
    shown.encode("utf-8")


@given(st.text(alphabet="ab .,5৳%&<>", min_size=1))
def test_every_word_is_seen(text: str) -> None:
    visible = re.sub(r"\s", "", text)
    assert seen(markdown(text)) == visible
    assert seen(markdown(f"- **{text.strip() or 'x'}**")) == (visible or "x")
