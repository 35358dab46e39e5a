"""Make an answer harmless: no HTML, link, image or address survives, the words do.

A model's Markdown is stripped down to paragraphs, bold, lists, tables and citations `[n]`. What is taken away can leave
behind something that was not there before (`<im<b>g>`), so the steps are repeated until nothing changes any more; this
also makes `defuse(defuse(text)) == defuse(text)`.
"""

from __future__ import annotations

import html
import re

from answering.visible import visible

_LAYERS = 8
"""Layers of markup that are unwrapped one by one; only an attack nests deeper."""
_ROUNDS = 40
_MOST_EXPANDED = 20

_OPENING, _CLOSING = "【［〔〖〚⟦「『", "】］〕〗〛⟧」』"
_WIDE_CITATION = re.compile(rf"[{_OPENING}]\s*\^?(\d{{1,3}})\s*(?:[†‡:][^\n{_CLOSING}]{{0,80}})?[{_CLOSING}]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED_PIPE = re.compile(r"\\+\|")
_BACKSLASH = re.compile(r"\\+(?=[!-/:-@\[-`{-~\n]|\Z)")

_UNSEEN = tuple(
    (re.compile(opens, re.IGNORECASE), re.compile(closes, re.IGNORECASE))
    for opens, closes in (
        ("<!--", "-->"),
        *((rf"<{name}\b[^<>]{{0,500}}>", rf"</{name}\s*>") for name in ("script", "style", "think", "thinking")),
    )
)
"""What stands between these is not for readers: comments, code, and what a model thinks before it answers."""
_DECLARATION = re.compile(r"<!\[CDATA\[|<[!?][A-Za-z][^<>]*>")
_CHAT_TOKEN = re.compile(r"<[|｜][^<>|｜\n]{1,60}[|｜]>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[/?INST\]")
_ADDRESS_TAG = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^<>\s]*>")
_TAG = re.compile(r"</?([A-Za-z][\w:-]*)((?:[\s/][^<>]*)?)>")
_BREAKING = frozenset("br hr p div li ul ol td th tr table section h1 h2 h3 h4 h5 h6 dd dt".split())
_INLINE = frozenset(
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body button "
    "canvas caption center cite code col colgroup data datalist del details dfn dialog dir dl em embed fieldset "
    "figcaption figure font footer form frame frameset head header html i iframe img image input ins kbd label legend "
    "link listing main map mark marquee math menu meta meter nav nobr noembed noframes noscript object optgroup option "
    "output param picture plaintext portal pre progress q rp rt ruby s samp script search select slot small source "
    "span strike strong style sub summary sup svg tbody textarea template tfoot thead think thinking time title track "
    "tt u var video wbr xmp".split()
)
_COULD_BE_TAG = re.compile(r"<(?=[A-Za-z/!?])")

_TARGET = (
    r"\(\s*<?((?:[^()\s<>]|\([^()\s]{0,500}\)){0,2000})>?"
    r"(?:\s+(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\)))?\s*\)"
)
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,500})\]" + _TARGET)
_LOOKS_LIKE_ADDRESS = re.compile(r"[/.:#?%]|^$")
_NAMED_LINK = re.compile(r"!?\[(?!\^?\s*\d+\s*\])([^\[\]]{1,300})\]\[([^\[\]\n]{0,100})\]")
_DEFINITION = re.compile(
    r"^[ >]{0,8}\[[^\[\]\n]{1,200}\]:[ ]*\n?[ ]*<?(?:[a-z][a-z0-9+.-]{1,20}:|//|/|www\.|\#|data:)\S*[^\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
_URL = re.compile(
    r" ?(?:[a-z][a-z0-9+.-]{1,20}://|www\.(?=[\w-]+\.)|(?<![\w:/])//(?=[\w-]+(?:\.[\w-]+)+)"
    r"|\b(?:javascript|vbscript|mailto|xmpp|blob):(?=\S)|\bdata:[\w.+-]*/?[\w.+-]*[;,])"
    r"(?:[^\s<>\[\]|*`()]|\([^\s<>\[\]|*`()]*\))*(?<![.,;:!?])",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"((?::(?=//))|(?:javascript|vbscript|mailto|xmpp|blob):(?=\S)|www\.(?=[\w-]+\.))", re.IGNORECASE)
_MAIL = re.compile(r" ?[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}(?![\w-])")
_AT = re.compile(r"(?<=[\w.+-])@(?=[\w-]+(?:\.[\w-]+)+)")

_PREFIX = r"^((?:[ >]*(?:[-*+][ ]+|\d{1,9}[.)][ ]+)){0,30}[ >]*)"
"""What may stand before a block on its line: marks of lists and quotations."""
_FENCE = re.compile(_PREFIX + r"(?:`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
_CODE_INDENT = re.compile(r"^ {4,}(?![-*+] |\d{1,3}[.)] )", re.MULTILINE)
_HEADING = re.compile(_PREFIX + r"#{1,6}(?:[ ]+([^\n]*?))?[ ]*#*[ ]*$", re.MULTILINE)
_RULE = re.compile(_PREFIX + r"(?:(?:-[ ]*)+|(?:_[ ]*){3,}|(?:\*[ ]*){3,}|=+[ ]*)$", re.MULTILINE)
_QUOTED = re.compile(r"^((?:[ ]*(?:[-*+][ ]+|\d{1,9}[.)][ ]+)){0,30}[ ]*)>[ ]?", re.MULTILINE)
_TASK = re.compile(r"^([ ]*[-*+][ ]+)\[[ xX]\][ ]+", re.MULTILINE)
_CITED = re.compile(
    r"\[\s*(?:(?:product|card|source|item|ref|reference|no|number|#|\^)\.?\s*){0,2}"
    r"(\d{1,3}(?:\s*[,;]\s*\d{1,3}|\s*[-–]\s*\d{1,3}){0,20})\s*\]",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\[\d{1,3}\]|[\[\]]")
_AFTER_CITATION = re.compile(r"(\[\d{1,3}\])(?=[({])")
_AT_START = re.compile(r"^([ >]*(?:[-*+][ ]+|\d{1,3}[.)][ ]+)*\[\d{1,3}\]):", re.MULTILINE)
_EMPTY = re.compile(r"\([\s.,;:]*\)|“”|‘’")


def defuse(text: str, partial: bool = False) -> str:
    """Return a model's Markdown without HTML, comments, links, images, addresses, definitions and terminal escapes.

    Bold, lists, tables, numbers and citations stay, a link keeps its words; citations in other shapes (`【1】`,
    `[1, 2]`, `[^1]`, `[product 1]`) become `[1]`; headings become bold. With `partial` the text is still being written:
    what cannot be told yet at its end (`[text](htt`, `<im`) is held back.
    """
    if partial:
        text = _told(text)
    for layer in range(_ROUNDS):
        before = text
        text = _once(text if layer < _LAYERS else _flat(text))
        if text == before:
            break
    return text


def inline(text: str, limit: int = 120) -> str:
    """Return catalogue text fit to stand in a line of an answer: one line of at most `limit` characters, no syntax.

    Words stay readable and numbers intact; brackets become round, so that nothing in it is taken for a citation.
    """
    text = text[: 20 * limit + 1000]  # descriptions of a hundred pages are not worth reading for one line
    for _ in range(_ROUNDS):
        before = text
        text = _once_inline(text)
        if text == before:
            break
    return _shortened(text, limit)


def _once(text: str) -> str:
    """Return `text` with one layer of markup taken away."""
    text = visible(text)
    text = _WIDE_CITATION.sub(r"[\1]", text)
    text = _BACKSLASH.sub("", _ESCAPED_PIPE.sub("/", text))
    text = _ENTITY.sub(_character, text)
    text = _CITED.sub(_citations, text)
    text = _without_links(text)
    text = _without_html(text)
    text = _without_addresses(text)
    text = _plain_blocks(text)
    text = _BRACKET.sub(_rounded, text)
    text = _AFTER_CITATION.sub(r"\1 ", text)
    text = _AT_START.sub(r"\1 :", text)
    text = re.sub(r"!(?=\[)", "! ", text)
    return _tidy(text)


def _flat(text: str) -> str:
    """Return `text` without any character that markup is made of."""
    return re.sub(r"[<>&\\`~#]|[\[\]()](?!\d)(?<!\d[\])])", " ", text)


def _character(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _without_html(text: str) -> str:
    if "<" not in text and "[" not in text:
        return text
    for opens, closes in _UNSEEN:
        text = _without_between(text, opens, closes)
    text = _CHAT_TOKEN.sub("", _DECLARATION.sub("", text))
    text = _ADDRESS_TAG.sub("", text)
    text = _TAG.sub(_tag, text)
    return _COULD_BE_TAG.sub("< ", text)


def _without_between(text: str, opens: re.Pattern[str], closes: re.Pattern[str]) -> str:
    """Return `text` without what stands between two marks, and them; what is opened and never closed stays."""
    kept: list[str] = []
    at = 0
    while (first := opens.search(text, at)) and (last := closes.search(text, first.end())):
        kept.append(text[at : first.start()])
        at = last.end()
    return "".join([*kept, text[at:]])


def _tag(match: re.Match[str]) -> str:
    name = match[1].lower()
    if name in _BREAKING:
        return " "
    return "" if name in _INLINE or re.search(r"[:=-]", name + match[2]) else "< " + match[0][1:]


def _without_links(text: str) -> str:
    if "[" not in text:
        return text
    text = _DEFINITION.sub("", text)
    for _ in range(_LAYERS):  # an image in a link
        text, links = _LINK.subn(_link, text)
        if not links:
            break
    return _NAMED_LINK.sub(_named_link, text)


def _link(match: re.Match[str]) -> str:
    words, target = match[1], match[2]
    if re.fullmatch(r"\s*\^?\d{1,3}\s*", words):
        words = f"[{words.strip(' ^')}]"
    return words if _LOOKS_LIKE_ADDRESS.search(target) else f"{words} ({target})"


def _named_link(match: re.Match[str]) -> str:
    number = re.fullmatch(r"\s*\^?(\d{1,3})\s*", match[2])
    return f"{match[1]} [{number[1]}]" if number else match[1]


def _without_addresses(text: str) -> str:
    text = _SCHEME.sub(r"\1 ", _URL.sub("", text))
    return _AT.sub(" @ ", _MAIL.sub("", text)) if "@" in text else text


def _plain_blocks(text: str) -> str:
    text = _QUOTED.sub(r"\1", _FENCE.sub(r"\1", text).replace("`", ""))
    text = _RULE.sub(r"\1", _HEADING.sub(_bold, text))
    return _TASK.sub(r"\1", _CODE_INDENT.sub("", text))


def _bold(match: re.Match[str]) -> str:
    words = (match[2] or "").replace("**", "").strip()
    return f"{match[1]}**{words}**" if words else match[1]


def _citations(match: re.Match[str]) -> str:
    numbers: list[str] = []
    for part in re.split(r"[,;]", match[1]):
        first, _, last = (end.strip() for end in re.sub("–", "-", part).partition("-"))
        if not last:
            numbers.append(first)
        elif last.isdigit() and int(first) < int(last) <= _MOST_EXPANDED:
            numbers.extend(str(n) for n in range(int(first), int(last) + 1))
        else:
            return f"({match[1]})"
    return "".join(f"[{number}]" for number in numbers)


def _rounded(match: re.Match[str]) -> str:
    return {"[": "(", "]": ")"}.get(match[0], match[0])


def _tidy(text: str) -> str:
    text = re.sub(r"(?<=\S) {2,}(?=\S)", " ", _EMPTY.sub("", text))
    text = re.sub(r" +$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


_UNFINISHED = (
    re.compile(r"\x1b[^a-zA-Z]*\Z|[\x90\x9b\x9d][^\x07\x9c]*\Z|\x1b\][^\x07]*\Z"),
    re.compile(r"\\\Z|!\Z"),
    re.compile(r"&#?\w{0,31}\Z"),
    re.compile(
        r"<(?:script|style|think|thinking)\b(?:(?!</(?:script|style|think|thinking)\s*>).)*\Z",
        re.DOTALL | re.IGNORECASE,
    ),
    re.compile(r"<!--(?:(?!-->).)*\Z", re.DOTALL),
    re.compile(r"<(?:[A-Za-z/!?|｜][^<>]{0,2000})?\Z"),
    re.compile(rf"[{_OPENING}][^{_CLOSING}\n]{{0,90}}\Z"),
    re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,500}(?:\](?:\([^()\s]{0,2000}(?:\s[^()\n]{0,500})?)?)?\Z"),
    re.compile(r"!?\[(?!\d{1,3}\])[^\[\]]{1,300}\]\[[^\[\]\n]{0,100}\Z"),
    re.compile(
        r"(?:^|(?<=[^\w]))(?:[a-z][a-z0-9+.-]{0,20}(?::/{0,2})|ht{0,2}|https?|f|ft|ftps?|w{1,3}\.?[\w-]{0,60}|[\w.+-]{1,64}@\S{0,255})\Z",
        re.IGNORECASE,
    ),
)


def _told(text: str) -> str:
    """Return the part of an unfinished text of which it is known what it is."""
    finished_citation = re.compile(r"\[\d{1,3}\]\Z")
    for _ in range(_LAYERS):
        starts = [
            match.start()
            for pattern in _UNFINISHED
            if (match := pattern.search(text)) and not finished_citation.fullmatch(match[0])
        ]
        if not starts:
            break
        text = text[: min(starts)]
    return text


_SIGNS = {
    ord("["): "(",
    ord("]"): ")",
    ord("|"): "/",
    ord("\\"): "/",
    ord("`"): "'",
    ord("<"): "‹",
    ord(">"): "›",
    **dict.fromkeys(map(ord, _OPENING), "("),
    **dict.fromkeys(map(ord, _CLOSING), ")"),
}


def _once_inline(text: str) -> str:
    text = " ".join(visible(text).split())
    text = _ENTITY.sub(_character, text)
    text = _without_addresses(text)
    text = re.sub(r"!(?=\[)", "", text).translate(_SIGNS)
    text = re.sub(r"(?<=\d)\s?\*+\s?(?=\d)", "x", text).replace("*", " ")
    text = re.sub(r"_{2,}", " ", re.sub(r"(?<![^\W_])_+|_+(?![^\W_])", " ", text))
    text = re.sub(r"~+", "~", text)
    text = re.sub(r"(?<=\w)~(?=\w)|(?<=\w) ~ (?=\w)", "–", text).replace("~", "≈")
    text = re.sub(r"(?:^|(?<= ))#+(?= |$)", " ", text)
    text = re.sub(r"!(?=\()", "! ", text)
    text = re.sub(r"^(?:[-+=]+(?: |$)|: )+", "", text)
    text = re.sub(r"^(\d{1,9})[.)](?= |$)", r"\1:", text)
    return " ".join(_EMPTY.sub("", text).split())


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    cut = cut[:space] if space > limit // 2 else re.sub(r"\d[\d.,]*$", "", cut) or cut
    return cut.rstrip(" ,;:-–(_") + "…"
