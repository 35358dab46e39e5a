"""Cut a Markdown catalogue into header, blocks and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.catalogue.keys import field_of

FIELDS_MARKER = "<!--DOC:FIELDS"
"""Opens a comment of a block that holds fields as JSON: what an export could not write as Markdown."""
_MARKER = re.compile(r"<!--\s*DOC:(?P<kind>START|END)(?!\w)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"""(?:(?<![^\s"'])|^)([A-Za-z_][\w.-]*)\s?=""")
_QUOTED = re.compile(r"""\s?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')(?=\s?[A-Za-z_][\w.-]*\s?=|\s?$)""")
KEY = re.compile(r"\*\*\s*(?P<key>[^*\s](?:[^*]{0,79}?[^*\s])??)\s*(?::\s*\*\*|\*\*\s*:)\s*(?P<value>.*)", re.DOTALL)
TITLE = re.compile(r"##(?!#)\s*(?P<title>.*)", re.DOTALL)
_SECTION = re.compile(r"##?\s")
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
RULE = re.compile(r"(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}")


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines `first` to `last` (1-based, both included) of a file.

    `header` stands before the first block; `block` is one product with its markers; `outside` stands between or
    behind blocks; `stray-end` is a single end marker without a start. `content` are the line numbers and texts inside
    a block, without its markers; `attributes` those of its start marker; `closed` False where the end is missing.
    A line with text behind its end marker is a segment `outside` besides.
    """

    kind: Literal["header", "block", "outside", "stray-end"]
    first: int
    last: int
    content: tuple[tuple[int, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    closed: bool = True


def marker_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """Return the `name=value` pairs of a start marker.

    A value may stand in quotes; without them it reaches to the next `name=`, spaces included. Text before the first
    name is the value of `marker`.
    """
    text = " ".join(text.split())
    pairs = []
    match = _NAME.search(text)
    unnamed = text[: match.start() if match else None].strip()
    if unnamed:
        pairs.append(("marker", unnamed))
    while match:
        quoted = _QUOTED.match(text, match.end())
        after = _NAME.search(text, quoted.end() if quoted else match.end())
        if quoted:
            value = quoted["double"] if quoted["double"] is not None else quoted["single"]
        else:
            value = text[match.end() : after.start() if after else len(text)].strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
        pairs.append((match[1], value.strip()))
        match = after
    return tuple(pairs)


def is_prose(line: str) -> bool:
    """Tell whether a line between blocks is neither blank nor a heading nor a rule."""
    stripped = line.strip()
    return bool(stripped) and not _HEADING.match(stripped) and not RULE.fullmatch(stripped)


def cut_at_markers(lines: Sequence[str]) -> list[Segment]:
    """Return the segments of a file, in order, covering every line once; [] where there is no start marker."""
    marks = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("<!--"):
            match = _MARKER.match(line)
            if match:
                marks.append((number, match["kind"].upper(), match["rest"]))
    if not any(kind == "START" for _, kind, _ in marks):
        return []
    segments: list[Segment] = []
    started = False
    opened: tuple[int, str] | None = None
    position = 1

    def loose(until: int) -> None:
        if until >= position:
            content = tuple(enumerate(lines[position - 1 : until], start=position))
            segments.append(Segment("outside" if started else "header", position, until, content))

    def block(start: int, rest: str, until: int, closed: bool) -> None:
        inside, _, behind = rest.partition("-->")
        body = list(enumerate(lines[start : until - 1 if closed else until], start=start + 1))
        if behind.strip():
            body.insert(0, (start, behind.strip()))
        segments.append(Segment("block", start, until, tuple(body), marker_attributes(inside), closed))

    for number, kind, rest in marks:
        if opened is not None:
            block(*opened, number if kind == "END" else number - 1, kind == "END")
            opened = None
            position = number + 1 if kind == "END" else number
        else:
            loose(number - 1)
            if kind == "END":
                segments.append(Segment("stray-end", number, number))
                position = number + 1
        if kind == "START":
            opened, started = (number, rest), True
        elif rest.partition("-->")[2].strip():
            segments.append(Segment("outside", number, number, ((number, lines[number - 1]),)))
    if opened is not None:
        block(*opened, len(lines), False)
    else:
        loose(len(lines))
    return segments


def cut_at_headings(lines: Sequence[str]) -> list[Segment]:
    """Return the segments of a file without start markers: a `## ` heading with `**Key:**` lines below is a block.

    A block ends at the next `# ` or `## ` heading or at an end marker. [] where no such heading has a key of a
    product's field below it.
    """
    cuts = [n for n, line in enumerate(lines, start=1) if _SECTION.match(line) or _MARKER.match(line)]
    segments: list[Segment] = []
    known = started = False
    for start, following in zip([1, *cuts], [*cuts, len(lines) + 1], strict=True):
        if following == start:
            continue
        content = tuple(enumerate(lines[start - 1 : following - 1], start=start))
        head = content[0][1]
        if _MARKER.match(head):
            segments.append(Segment("stray-end", start, start))
            start, content = start + 1, content[1:]
        keys = [match["key"] for _, line in content if (match := KEY.match(line.strip()))]
        if head.startswith("##") and _SECTION.match(head) and keys:
            known = known or any(field_of(key) for key in keys)
            started = True
            segments.append(Segment("block", start, following - 1, content))
        elif content:
            segments.append(Segment("outside" if started else "header", start, following - 1, content))
    return segments if known else []
