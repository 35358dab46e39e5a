"""The one place that makes catalogue text safe for widgets that read Markdown.

Streamlit's Markdown is more than CommonMark: directives (`:red[...]`), icons (`:material/home:`), emoji shortcodes,
`$LaTeX$`, bare links and typographic arrows. Some of these are matched in the syntax tree, where a backslash is
already gone, so escaping alone is not enough: an invisible WORD JOINER is put where the pattern would have to match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from answering.records import Checked
from answering.visible import DROPPED, seen

WORD_JOINER = "\u2060"

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")
_TREE_PATTERNS = re.compile(
    r":(?!\s)"  # :material/x:, :smile:, :streamlit:, http://, mailto:
    r"|(?<=www)(?=\.)"  # www.example.com
    r"|@(?=\S)"  # somebody@example.com
    r"|<(?=-)|-(?=[>-])|[<>~](?==)",  # typographic arrows, dashes and comparison signs
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return `text` on one line without control, bidirectional and zero-width characters (display only)."""
    return _SPACES.sub(" ", seen(_SPACES.sub(" ", text))).strip()


def _escape(cleaned: str) -> str:
    joined = _TREE_PATTERNS.sub(lambda match: match.group() + WORD_JOINER, cleaned)
    return _PUNCTUATION.sub(r"\\\1", joined)


def plain(text: str, limit: int | None = None) -> str:
    """Return Markdown that shows `text` literally, on one line, at most `limit` characters of it."""
    return _escape(shorten(clean(text), limit))


def shorten(text: str, limit: int | None) -> str:
    """Return `text` cut at a word where possible so that it has at most `limit` characters, the ellipsis included."""
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def _pattern(terms: Sequence[str]) -> re.Pattern[str] | None:
    words = sorted({clean(term) for term in terms} - {""}, key=lambda word: (-len(word), word))
    if not words:
        return None
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)


def marked(text: str, terms: Sequence[str], limit: int | None = None, style: str = "orange-background") -> str:
    """Return Markdown that shows `text` literally with every whole word of `terms` marked in a colour."""
    shown = shorten(clean(text), limit)
    pattern = _pattern(terms)
    if pattern is None:
        return _escape(shown)
    pieces = pattern.split(shown)
    return "".join(f":{style}[{_escape(piece)}]" if i % 2 else _escape(piece) for i, piece in enumerate(pieces))


def web_url(url: str | None) -> str | None:
    """Return an http(s) address that is safe as a Markdown link target, None for anything else."""
    if not url:
        return None
    url = "".join(char for char in url.strip() if unicodedata.category(char) not in DROPPED)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None  # an address that cannot be parsed is shown as no link at all
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username or parts.password:
        return None
    try:
        netloc = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[A-Za-z0-9._-]+", netloc):
        return None
    if port is not None:
        netloc = f"{netloc}:{port}"
    safe = "/%~+,=&@!'-._"  # no semicolon: with one, "&copy;" in an address would be read as a character
    address = f"{parts.scheme.lower()}://{netloc}{quote(parts.path, safe=safe)}"
    if parts.query:
        address += "?" + quote(parts.query, safe=safe + "?")
    if parts.fragment:
        address += "#" + quote(parts.fragment, safe=safe + "?")
    return address


def linked(markdown: str, url: str | None) -> str:
    """Return already safe `markdown` as a link to `url` where that is an http(s) address, else unchanged."""
    target = web_url(url)
    return f"[{markdown}](<{target}>)" if target else markdown


Link = Callable[[int], str | None]
"""Returns the anchor of this page that a citation's number leads to, None for one that leads nowhere."""

_ANCHOR = re.compile(r"[a-z][a-z0-9-]*")
_ITEM = re.compile(r"(?P<indent> *)(?:[-*+•]|(?P<number>\d{1,3})[.)])[ \t]+(?=\S)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?=\S)")
_SEPARATOR = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")
_TOKEN = re.compile(r"\\(?P<literal>[!-/:-@\[-`{-~])|(?P<bold>\*\*)|\[(?P<number>\d{1,4})\]")
_NO_INK = "\u200a"
"""HAIR SPACE: keeps the asterisks of bold text working between a punctuation mark and a letter."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of one look: text of a claim that does not hold is `flagged`; `target` makes it a citation."""

    text: str
    bold: bool = False
    flagged: bool = False
    target: str | None = None


def answer_markdown(checked: Checked, link: Link) -> str:
    """Return Markdown that shows an answer: paragraphs, bold, lists, tables, and citations as links within the page.

    Everything else in it is shown literally. What no citation supports stands on an orange ground.
    """
    flags = bytearray(len(checked.text))
    for claim in checked.unsupported:
        flags[claim.start : claim.end] = b"\x01" * len(flags[claim.start : claim.end])
    lines, start = [], 0
    for line in checked.text.splitlines(keepends=True):
        lines.append((start, line.rstrip()))
        start += len(line)
    blocks: list[tuple[str, str]] = []
    level = at = 0
    while at < len(lines):
        start, line = lines[at]
        rows = _table_rows([text for _, text in lines[at:]])
        if rows:
            blocks.append(("table", _table(lines[at : at + rows], flags, link)))
            at += rows
            continue
        at += 1
        item, heading = _ITEM.match(line), _HEADING.match(line)
        kind = "item" if item else "heading" if heading else "text"
        lead = item.end() if item else heading.end() if heading else 0
        shown = _inline(line[lead:], start + lead, flags, link, bold=heading is not None)
        if not shown:
            blocks.append(("gap", ""))
            continue
        if item:
            nested = bool(blocks) and blocks[-1][0] == "item"
            level = min(len(item["indent"]) // 2, level + 1, 3) if nested else 0
            shown = " " * 4 * level + (f"{item['number']}. " if item["number"] else "- ") + shown
        blocks.append((kind, shown))
    return _joined(blocks)


def _joined(blocks: Sequence[tuple[str, str]]) -> str:
    """Return blocks as one text: lines that stood together stay together, list items always do."""
    text, last, gap = "", "", False
    for kind, shown in blocks:
        if kind == "gap":
            gap = True
            continue
        together = kind == last and kind != "table" and (kind == "item" or not gap)
        text += "" if not text else ("\n" if kind == "item" else "\\\n") if together else "\n\n"
        text += shown
        last, gap = kind, False
    return text


def _table_rows(lines: Sequence[str]) -> int:
    """Return how many lines from the first on are a table, 0 where none begins there."""
    if len(lines) < 2 or "|" not in lines[0] or not _SEPARATOR.fullmatch(lines[1]):
        return 0
    return next((n for n in range(2, len(lines)) if "|" not in lines[n]), len(lines))


def _table(lines: Sequence[tuple[int, str]], flags: bytearray, link: Link) -> str:
    rows = []
    for number, (start, line) in enumerate(lines):
        if number != 1:
            rows.append([_inline(cell, start + at, flags, link) for at, cell in _cells(line)])
    width = max(map(len, rows))
    shown = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([shown[0], "|" + ":--|" * width, *shown[1:]])


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """Yield the cells of a table's row and where each begins; a bar behind a backslash parts nothing."""
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", line)]
    first = 0 if line[: bars[0]].strip() else bars.pop(0) + 1 if bars else 0
    edges = [*bars, len(line)] if not bars or line[bars[-1] + 1 :].strip() else bars
    for edge in edges:
        yield first, line[first:edge]
        first = edge + 1


def _inline(text: str, start: int, flags: bytearray, link: Link, *, bold: bool = False) -> str:
    """Return one line as Markdown; `start` is its place in the answer, by which `flags` says what does not hold."""
    spans = [None, *_grouped(_spans(text, start, flags, link, bold)), None]
    around = zip(spans, spans[1:], spans[2:], strict=False)
    return "".join(_shown(span, before, after) for before, span, after in around if span is not None).strip()


def _spans(text: str, start: int, flags: bytearray, link: Link, bold: bool) -> Iterator[_Span]:
    """Yield the characters and citations of a line, each with its look."""
    heading, at = bold, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        flagged = bool(flags[start + at])
        if token is None:
            yield _Span(text[at], bold, flagged)
            at += 1
            continue
        target = link(int(token["number"])) if token["number"] else None
        if token["literal"]:
            yield _Span(token["literal"], bold, flagged)
        elif target is not None and _ANCHOR.fullmatch(target):
            yield _Span(f"[{int(token['number'])}]", target=target)
        elif token["bold"] and (heading or _turns(text, at, bold)):
            bold = heading or not bold
        else:
            for place in range(at, token.end()):
                yield _Span(text[place], bold, bool(flags[start + place]))
        at = token.end()


def _turns(text: str, at: int, bold: bool) -> bool:
    """Return whether two asterisks begin or end bold text, rather than stand between blanks."""
    inner = text[at - 1 : at] if bold else text[at + 2 : at + 3]
    return bool(inner.strip())


def _grouped(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Yield spans with neighbours of one look joined; a citation stays by itself."""
    last: _Span | None = None
    for span in spans:
        same = last is not None and (span.bold, span.flagged, span.target, None) == (
            last.bold,
            last.flagged,
            None,
            last.target,
        )
        if last is not None and same:
            last = replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _shown(span: _Span, before: _Span | None, after: _Span | None) -> str:
    if span.target is not None:
        return f"[{_escape(span.text)}](#{span.target})"
    middle = clean(span.text)
    left = " " if span.text[:1].isspace() else ""
    right = " " if span.text[-1:].isspace() else ""
    if not middle:
        return left or right
    shown = _escape(middle)
    if span.bold:
        shown = f"**{shown}**"
    if span.flagged and any(map(str.isalnum, middle)):
        return f"{left}:orange-background[{shown}]{right}"
    if span.bold and before is not None and not left and not middle[0].isalnum() and before.text[-1:].isalnum():
        left = _NO_INK
    if span.bold and after is not None and not right and not middle[-1].isalnum() and after.text[:1].isalnum():
        right = _NO_INK
    return f"{left}{shown}{right}"
