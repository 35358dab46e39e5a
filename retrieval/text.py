"""Make catalogue text fit to be indexed: markup and links out, Unicode folded, repeats once."""

from __future__ import annotations

import html
import re
import unicodedata

_TAGS = frozenset(
    "a abbr address article aside audio b big blockquote body br button caption center code col colgroup dd del div dl "
    "dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input "
    "ins label legend li link main map mark meta nav noscript object ol option p param picture pre s section select "
    "small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead title tr tt u ul "
    "var video".split()
)
_CSS = frozenset(
    "align animation background border clear cursor display flex float font grid justify margin max min opacity "
    "outline overflow padding position quotes transform transition vertical visibility z".split()
)
# Properties whose names are words that a shop may also put between braces.
_CSS_WORDS = frozenset(
    "bottom box color content direction fill filter gap height left letter line list object order right table text top "
    "white width word".split()
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?][A-Za-z][^<>]{0,200}>")
_TAG = re.compile(r"</?([A-Za-z][\w:-]{0,40})(\s[^<>]{0,2000}|)/?>")
_BROKEN_IMAGE = re.compile(r"<img\b[^>]{0,500}>", re.IGNORECASE)
_CUT_TAG = re.compile(
    r"<(?:!--[^>]{0,2000}|/?([A-Za-z][A-Za-z0-9]*)(?:\s+[\w:-]+\s*=[^<>]{0,300}|\s+[\w:-]*)?)\s*…?\s*$"
)
_CSS_VALUE = re.compile(r";|#[0-9a-fA-F]{3,6}\b|\d(?:px|em|%)")
_SELECTOR = re.compile(r"[.#@*][\w.#:-]*")
_RULES = re.compile(r"\{\s*([a-z][a-z-]{0,30})\s*:([^{}]{0,2000})(?:\}|$)")
_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\((?:https?:)?//[^()\s]{0,2000}\)")
_URL = re.compile(r"(?:https?://|(?<![A-Za-z0-9.])www\.(?=[A-Za-z0-9-]+\.))[!#-&(-;=?-~]*", re.IGNORECASE)
_SOURCE = re.compile(r"_source(?![a-z])", re.IGNORECASE)
_IMAGES_KEY = re.compile(r"\*\*images?\b[^*]{0,40}:?\*\*:?", re.IGNORECASE)
_ONLY_BULLET = re.compile(r"(?:[-*+•‣,;|]|\d{1,3}[.)])*")
# Zero-width and other characters that draw nothing; joiners stay in the text, where Bangla needs them.
_INVISIBLE = dict.fromkeys([0x00AD, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])
_CONTROL = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x85, 0x2028, 0x2029], " ")
_JOINERS = dict.fromkeys([0x200C, 0x200D])
_BANGLA_DIGITS = {0x09E6 + digit: str(digit) for digit in range(10)}
_FOLD = {**_INVISIBLE, **_JOINERS, **_BANGLA_DIGITS}
_DECORATION = re.compile(r"[\s,;:!?|()\[\]{}<>【】《》「」\"'`´‘’“”*_~•·\-–—]+|\.(?!\d)|(?<!\w)\.")
_NO_BRAND = frozenset(
    {"", "no brand", "nobrand", "no-brand", "none", "n/a", "na", "not specified", "unbranded", "null"}
)
_CUT = re.compile(r"(?:…|\.\.\.)+$")


def fold(text: str) -> str:
    """Return text for comparing: NFKC, case folded, Bangla digits as ASCII, without characters that draw nothing."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_FOLD)


def listing_key(title: str, brand: str | None) -> str:
    """Return the key that identical listings share: their title and brand without case, decoration and spacing.

    An empty brand, `No Brand` and the like are one and the same.
    """
    maker = " ".join(fold(brand or "").split())
    maker = "" if maker in _NO_BRAND else " ".join(_DECORATION.sub(" ", maker).split())
    name = " ".join(_DECORATION.sub(" ", fold(title)).split())
    return f"{name or ' '.join(fold(title).split())}\x1f{maker}"


def _unescape(text: str) -> str:
    # Twice, for markup that was escaped once by the shop and once by the export. Only entities that end in `;`:
    # HTML would read `black&notebook` as `black¬ebook`.
    for _ in range(2):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return text


def _tag(match: re.Match[str]) -> str:
    name, rest = match[1].lower(), match[2]
    if name in _TAGS:
        return "" if name in ("sub", "sup") else " "
    return " " if ":" in name or "=" in rest or name in ("script", "kse") else match[0]


def _tag_at_end(match: re.Match[str]) -> str:
    return " " if match[1] is None or match[1].lower() in _TAGS else match[0]


def _strip_selector(text: str) -> str:
    """Return text without the CSS selector at its end: `pre`, `#id h3`, `.a, .b`."""
    kept, plain_allowed = text, True
    while True:
        trimmed = kept.rstrip(" \n\t,>+~")
        listed = "," in kept[len(trimmed) :]
        word = re.split(r"[\s,>+~]", trimmed[-80:])[-1]
        if not (_SELECTOR.fullmatch(word) or (word in _TAGS and (plain_allowed or listed))):
            return kept
        kept, plain_allowed = trimmed[: len(trimmed) - len(word)], False


def _strip_css(text: str) -> str:
    parts, position = [], 0
    for match in _RULES.finditer(text):
        root, _, more = match[1].partition("-")
        if root not in _CSS and not (root in _CSS_WORDS and (more or _CSS_VALUE.search(match[2]))):
            continue
        parts.append(_strip_selector(text[position : match.start()]))
        position = match.end()
    return " ".join([*parts, text[position:]]) if parts else text


def _strip_markup(text: str) -> str:
    if "-->" in text:
        text = _COMMENT.sub(" ", text)
    if "</" in text:
        text = _SCRIPT.sub(" ", text)
    text = _DECLARATION.sub(" ", text)
    text = _TAG.sub(_tag, text)
    return _BROKEN_IMAGE.sub(" ", text)


def _strip_links(text: str) -> str:
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(" ", text))
    return _URL.sub(" ", text)


def _line(line: str) -> str:
    """Return a line with single spaces, "" for one that holds nothing but provenance, an image key or a bullet."""
    line = " ".join(line.split())
    if _SOURCE.match(line) or _IMAGES_KEY.fullmatch(line) or _ONLY_BULLET.fullmatch(line.replace(" ", "")):
        return ""
    return line


def once(text: str) -> str:
    """Return a text that is one passage repeated whole, with or without space between, as that passage once.

    The last repeat may lack a closing mark, and may be cut short where the text ends in an ellipsis. A passage has two
    different words or more.
    """
    solid = "".join(text.split())
    cut = _CUT.search(solid)
    body = solid[: cut.start()] if cut else solid
    head = body[: max(1, min(24, len(body) // 2))]
    period = body.find(head, 1)
    for _ in range(64):
        if period < 1:
            break
        rest = len(body) % period
        unmarked = rest == period - 1 and not body[period - 1].isalnum()
        whole = rest == 0 or (unmarked and len(body) > period)
        cut_short = cut is not None and len(body) - period >= 40
        if (whole or cut_short) and body.startswith(body[period:]):
            kept = _first(text, period)
            if len(set(kept.split())) >= 2:
                return kept.rstrip(" |,;/-–—\n") if unmarked else kept
        period = body.find(head, period + 1)
    return text


def _first(text: str, count: int) -> str:
    """Return the shortest beginning of text that holds `count` characters other than white space."""
    seen = 0
    for position, character in enumerate(text):
        if not character.isspace():
            seen += 1
            if seen == count:
                return text[: position + 1]
    return text


def clean_text(text: str) -> str:
    """Return text as it is indexed: words only, lines joined by `\\n`, single spaces.

    Left out are HTML tags, scripts, style sheets, links' addresses, lists of images and `_Source_` lines. Unicode is
    folded (NFKC); text that is one passage repeated whole is kept once. Words are otherwise left as they are.
    """
    text = _unescape(text)
    if "<" in text:
        text = _CUT_TAG.sub(_tag_at_end, _strip_markup(text))
    if "{" in text:
        text = _strip_css(text)
    text = _strip_links(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    text = text.translate(_CONTROL)
    lines = [kept for line in text.splitlines() if (kept := _line(line))]
    return once("\n".join(lines))
