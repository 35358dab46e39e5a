"""The one place that makes catalogue text safe for widgets that read Markdown.

Streamlit's Markdown is more than CommonMark: directives (`:red[...]`), icons (`:material/home:`), emoji shortcodes,
`$LaTeX$`, bare links and typographic arrows. Some of these are matched in the syntax tree, where a backslash is
already gone, so escaping alone is not enough: an invisible WORD JOINER is put where the pattern would have to match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

WORD_JOINER = "\u2060"
JOINERS = ("\u200c", "\u200d")
"""ZWNJ and ZWJ: letters of Bangla and family emoji need them, Latin text does not."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")
_TREE_PATTERNS = re.compile(
    r":(?!\s)"  # :material/x:, :smile:, :streamlit:, http://, mailto:
    r"|(?<=www)(?=\.)"  # www.example.com
    r"|@(?=\S)"  # somebody@example.com
    r"|<(?=-)|-(?=[>-])|[<>~](?==)",  # typographic arrows, dashes and comparison signs
    re.IGNORECASE,
)
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})


def clean(text: str) -> str:
    """Return `text` on one line without control, bidirectional and zero-width characters (display only)."""
    text = _SPACES.sub(" ", text)
    kept = []
    for index, char in enumerate(text):
        if char in JOINERS:
            around = (text[index - 1 : index], text[index + 1 : index + 2])
            if all(c > "\x7f" and c not in JOINERS for c in around):
                kept.append(char)
        elif char.isascii():
            if char.isprintable():
                kept.append(char)
        elif unicodedata.category(char) not in _DROPPED:
            kept.append(char)
    return _SPACES.sub(" ", "".join(kept)).strip()


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
    url = "".join(char for char in url.strip() if unicodedata.category(char) not in _DROPPED)
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
