"""Text without the characters that a reader cannot see, terminals obey, or that turn the writing around."""

from __future__ import annotations

import re
import unicodedata

JOINERS = ("\u200c", "\u200d")
"""ZWNJ and ZWJ: letters of Bangla and family emoji need them, Latin text does not."""

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, erasing (ECMA-48, 5.4)
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, APC: whole texts
    r"|\x1b[ -/]*[0-~]"
)
_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")
DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
"""Unicode's categories of characters that nobody sees: control, format, surrogate, unassigned and private ones."""


def visible(text: str) -> str:
    """Return `text` without terminal escapes, control, bidirectional, zero-width and unassigned characters.

    Every kind of line break becomes a line feed, every other white space one space; joiners stay where letters of a
    script other than Latin need them.
    """
    if text.isascii() and text.isprintable():
        return text
    return seen(_BREAKS.sub("\n", _ESCAPES.sub("", text)))


def seen(text: str) -> str:
    """Return the characters of `text` that are seen, white space but line feeds as single spaces."""
    kept: list[str] = []
    for index, char in enumerate(text):
        if char.isascii():
            if char.isprintable() or char == "\n":
                kept.append(char)
            elif char == "\t":
                kept.append(" ")
        elif char in JOINERS:
            around = (text[index - 1 : index], text[index + 1 : index + 2])
            if all(c > "\x7f" and c not in JOINERS for c in around):
                kept.append(char)
        elif char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in DROPPED:
            kept.append(char)
    return "".join(kept)
