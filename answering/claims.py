"""A text into its claims: sentences, clauses that cite apart, list items, table rows and cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from answering.checking.marks import GROUP, MARK, Kind, Passage, marks, without_marks
from answering.checking.tables import Line, is_row, table

_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•‣]|\d{1,3}[.)])[ \t]+")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+")
_BOLD_LINE = re.compile(r"[ \t]*\*\*[^*\n]+\*\*[ \t]*:?[ \t]*(?:" + MARK.pattern + r"[ \t]*)*:?[ \t]*$")
_QUOTED = re.compile(r"> ?")
_END = re.compile(
    rf"(?P<stop>[.!?।…]+)(?P<close>[\"'”’)*_]*)(?P<cites>(?:\s{{0,3}}{MARK.pattern}){{0,12}}+)[.]?(?=\s|$|[“\"*])|"
    rf"(?P<cited>(?:{MARK.pattern}\s{{0,3}}){{1,12}})(?=\s[A-Z*“\"])"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(*\"“])(?:rs|tk|no|nos|mr|mrs|ms|dr|st|vs|approx|e\.g|i\.e|eg|ie|incl|excl|max|min|pcs|"
    r"pc|ltr|lt|in|ft|sq|"
    r"fig|vol|ver|gen|inc|ltd|co|corp|etc|avg|qty|wt|dia|ca|cf|al|mod|mm|cm|kg|gm|hr|hrs|sec|mins|[a-z])$",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*")
_QUOTES = re.compile(
    r"“[^“\n]{1,900}”(?=\s*(?:[\[.,;:!?)]|$))|“[^”\n]{1,900}”|(?<![\w.])\"(?=\S)[^\"\n]{1,400}(?<=\S)\"(?!\w)",
    re.MULTILINE,
)
_CONNECTS = re.compile(r"\s*[,;–—-]?\s*(?:and|while|whereas|but|though|although|yet|or|;|,)\s", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|costs?|comes?|sells?|sold|offers?|includes?|features?|weighs?|measures?|holds?|"
    r"carries|carry|gets?|got|goes|scores?|earns?|runs?|lists?|listed|rated|priced|provides?|lasts?|"
    r"made|supports?|uses?|"
    r"asks?|stands?|sits?|boasts?|averages?|takes?|gives?|fits?|does|do|can|at)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


@dataclass(slots=True)
class _State:
    """What a line hangs on: citations of the list item or heading above it."""

    block: int = 0
    heading: tuple[int, ...] = ()
    parents: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


def passages(text: str, *, partial: bool = False) -> tuple[Passage, ...]:
    """Return the passages of an answer in their order; none overlaps another.

    Of a `partial` text the last sentence, item or row is left out until something follows it that shows its end.
    """
    lines = list(_lines(text))
    found: list[Passage] = []
    state = _State()
    at = 0
    while at < len(lines):
        last = at + 1
        if is_row(lines[at].text):
            while last < len(lines) and is_row(lines[last].text):
                last += 1
            state.block += 1
            found += table(lines[at:last], state.block)
        elif not lines[at].text.strip():
            state.block += 1
        else:
            while last < len(lines) and _continues(lines[last - 1].text, lines[last].text):
                last += 1
            found += _flowing(text, lines[at:last], state, open_ended=partial and last == len(lines))
        at = last
    if partial and lines and not lines[-1].ended:
        begun = lines[-1].start
        if is_row(lines[-1].text) or _is_special(lines[-1].text):
            found = [passage for passage in found if passage.start < begun]
    return tuple(found)


def _lines(text: str) -> Iterator[Line]:
    start = 0
    while start < len(text):
        stop = text.find("\n", start)
        end = len(text) if stop < 0 else stop
        yield Line(start, end, text[start:end], stop >= 0)
        start = end + 1


def _is_special(line: str) -> bool:
    return bool(_ITEM.match(line) or _HEADING.match(line) or _BOLD_LINE.match(line))


def _continues(before: str, line: str) -> bool:
    """Tell whether a line goes on with the one before it: hard-wrapped prose."""
    ended = before.rstrip().rstrip('*_"”’)')
    if not line.strip() or is_row(line) or _is_special(line) or _HEADING.match(before) or _BOLD_LINE.match(before):
        return False
    return not (before.endswith("  ") or ended.endswith(":"))


def _flowing(text: str, lines: Sequence[Line], state: _State, *, open_ended: bool) -> Iterator[Passage]:
    """Yield the passages of a paragraph, heading or list item, which may go over several lines."""
    first = lines[0]
    start, end = first.start, lines[-1].end
    item, heading = _ITEM.match(first.text), _HEADING.match(first.text)
    quoted = _QUOTED.match(first.text)
    inherited: tuple[int, ...] = ()
    if item:
        depth = len(item["indent"].expandtabs(4))
        while state.parents and state.parents[-1][0] >= depth:
            state.parents.pop()
        inherited = state.parents[-1][1] if state.parents else state.heading
        state.parents.append((depth, marks(text[start:end]) or inherited))
        start += item.end()
    elif heading or _BOLD_LINE.match(first.text):
        state.parents.clear()
        state.block += 1
        state.heading = marks(first.text)
        start += heading.end() if heading else 0
        bare = text[start:end].strip()
        if bare and not (open_ended and not lines[-1].ended):
            yield _trimmed(text, start, end, kind="heading", cited=marks(bare), block=state.block)
        return
    else:
        state.parents.clear()
        start += quoted.end() if quoted else 0
        bare = text[start:end].rstrip()
        # "**Alpha** [1]:" and what hangs on it.
        state.heading = marks(bare[bare.rfind("\n") + 1 :]) if bare.endswith(":") and bare.count("[") else ()
        if not bare.endswith(":"):
            state.block += 1
    whole = marks(text[start:end]) if item else ()
    for sentence in _sentences(text, start, end, open_ended=open_ended):
        cited = marks(sentence.text)
        lone = sentence.text.rstrip().endswith(":")
        kind: Kind = "lead" if lone else "sentence"
        # An item's citation stands for all of it; a sentence within an item may have its own.
        borne = cited or (whole if item else ()) or (inherited if item else ())
        yield from _clauses(text, replace(sentence, kind=kind, cited=borne, block=state.block))


def _trimmed(
    text: str,
    start: int,
    end: int,
    *,
    kind: Kind,
    cited: tuple[int, ...],
    block: int = 0,
    label: str = "",
) -> Passage:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Passage(start, end, text[start:end], kind, cited, label, block)


def _guarded(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans in which no sentence ends: bold names and quotations."""
    part = text[start:end]
    spans = [match.span() for pattern in (_BOLD, _QUOTES) for match in pattern.finditer(part)]
    return [(start + low, start + high) for low, high in spans]


def _sentences(text: str, start: int, end: int, *, open_ended: bool) -> Iterator[Passage]:
    guarded = _guarded(text, start, end)
    begun = start
    for match in _END.finditer(text, start, end):
        stop = match.start()
        inside = any(low <= stop < high for low, high in guarded)
        if match.end() <= begun or (inside and not _whole(text, stop, guarded)):
            continue
        if match["cited"]:
            # "... [1] The next": a sentence without its full stop.
            before = text[begun:stop].rstrip()
            if not before or not _VERB.search(before) or _names_on(text, match.end(), end):
                continue
        elif match["stop"] == "." and _is_short(text, begun, stop, match.end(), end, bool(match["cites"])):
            continue
        if open_ended and not text[match.end() : end].strip():
            # More may come that belongs to it, a citation or the rest of a number.
            return
        piece = _trimmed(text, begun, match.end(), kind="sentence", cited=())
        if piece.text:
            yield piece
        begun = match.end()
    rest = _trimmed(text, begun, end, kind="sentence", cited=())
    if rest.text and not open_ended:
        yield rest


def _whole(text: str, stop: int, guarded: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a mark ends the bold sentence or quotation that it stands in: a title may end in one as well."""
    low, high = next(span for span in guarded if span[0] <= stop < span[1])
    if high - stop > 3:
        return False
    if text[low] != "*":
        return text[stop] != "…" or text[high : high + 1] != "*"
    goes_on = re.match(r"(?:\s*" + MARK.pattern + r")*\s*(?:$|\n|[A-Z])", text[high:])
    return text[stop] != "…" and goes_on is not None and _VERB.search(text[low:high]) is not None


def _names_on(text: str, at: int, end: int) -> bool:
    """Tell whether a name after a citation goes on with a list of names: "Alpha [1] Beta [2] both"."""
    following = text[at:end].lstrip()
    mark = MARK.search(following)
    return mark is not None and not _VERB.search(following[: mark.start()])


def _is_short(text: str, begun: int, stop: int, after: int, end: int, cited: bool) -> bool:
    """Tell whether a full stop is an abbreviation's: "Rs. 500", "e.g. this"."""
    short = _ABBREVIATION.search(text[begun:stop])
    if not short or cited:
        return False
    following = text[after:end].lstrip()
    word = short[0].strip(' (*"“').lower()
    # "5 kg. It" ends a sentence, "No. 5" and "Dr. Khan" do not.
    units = {
        "in",
        "ft",
        "mm",
        "cm",
        "kg",
        "gm",
        "hr",
        "hrs",
        "sec",
        "mins",
        "pcs",
        "pc",
        "ltr",
        "lt",
        "etc",
        "no",
        "co",
    }
    if word in units or re.search(r"\d\s?[a-z]$", text[begun:stop], re.IGNORECASE):
        return bool(following) and (following[0].islower() or (word == "no" and following[0].isdigit()))
    return bool(following)


def _clauses(text: str, sentence: Passage) -> Iterator[Passage]:
    """Yield a sentence's clauses, where each has its own citation and says something; else the sentence."""
    groups = list(GROUP.finditer(sentence.text))
    if len(groups) < 2:
        yield sentence
        return
    pieces: list[tuple[int, int]] = []
    begun = 0
    for place, group in enumerate(groups):
        until = groups[place + 1].start() if place + 1 < len(groups) else len(sentence.text)
        between = sentence.text[group.end() : until]
        joins = _CONNECTS.match(between)
        last = place + 1 == len(groups)
        if (joins and _LETTERS.search(between[joins.end() :])) or (last and not _LETTERS.search(between)):
            pieces.append((begun, group.end() if not last else len(sentence.text)))
            begun = group.end()
    apart = len(pieces) > 1 and begun >= groups[-1].end()
    if not apart or not all(_says(sentence.text[low:high]) for low, high in pieces):
        yield sentence
        return
    for low, high in pieces:
        cited = marks(sentence.text[low:high])
        start, end = sentence.start + low, sentence.start + high
        yield _trimmed(text, start, end, kind="clause", cited=cited, block=sentence.block)


def _says(clause: str) -> bool:
    """Tell whether a clause says something by itself, and compares with no other."""
    bare = without_marks(clause)
    says = _VERB.search(bare) or re.search(r"\d", bare)
    return bool(says) and not re.search(r"\b(?:than|both|respectively|versus|against|compared)\b", bare, re.IGNORECASE)
