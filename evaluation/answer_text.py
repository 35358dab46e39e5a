"""What an answer says, read without its maker's help: units of text, their citations, the values stated in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CITATION = re.compile(r"\[(\d+)\]")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
UNRATED = re.compile(
    r"\b(?:not (?:yet )?(?:been )?rated|unrated|no (?:ratings?|reviews?)|nobody (?:has )?rated)\b", re.I
)
COMPARES = re.compile(r"\b(?:cheap|bett?er|best|less|low|high|more|most|rated more)\w*\b", re.I)
# An initial ("M. Rahman") ends no sentence.
_SENTENCE = re.compile(r"(?<!\b\w)[.!?।](?:\[\d+\])*\s+(?=[A-Z*“\"])")
_WORD = re.compile(r"[^\W_]+")
_RULE = re.compile(r"^[|:\-\s]+$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_SCALE = re.compile(r"(?:/|\bof|\bout of)\s?5(?:\.0)?(?![.,]?\d)")
_COUNTED = re.compile(
    r"\b(?:the )?(\d[\d,]*) (?:(?:more|other|of the|matching) )?"
    r"(?:products?|listings?|items?|results?|cheapest|most|best|lowest|least|highest)\b|\band \d+ more\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, item or row, with the numbers that it cites in their order."""

    text: str
    cites: tuple[int, ...]


def units(text: str) -> tuple[Unit, ...]:
    """Return the units of an answer in Markdown: sentences, list items, and a table's rows.

    A table whose header cites products is read by columns.
    """
    return tuple(Unit(part, tuple(dict.fromkeys(map(int, CITATION.findall(part))))) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    table: list[str] = []
    for line in [*text.split("\n"), ""]:
        stripped = line.strip()
        if stripped.startswith("|"):
            table.append(stripped)
            continue
        if table:
            yield from _table(table)
            table = []
        if stripped:
            yield from _sentences(_ITEM.sub("", stripped))


def _table(lines: list[str]) -> Iterator[str]:
    rows = [line for line in lines if not _RULE.match(line)]
    if not rows:
        return  # nothing but its rule: a model may break off there
    if not CITATION.search(rows[0]):
        yield from rows[1:]
        return
    columns = zip(*([cell.strip() for cell in row.strip("|").split("|")] for row in rows), strict=False)
    yield from (" | ".join(column) for column in list(columns)[1:])


def _sentences(line: str) -> Iterator[str]:
    """Yield a line's sentences; a full stop within bold or quoted text ends none."""
    start = 0
    for end in _SENTENCE.finditer(line):
        before = line[: end.start()]
        if before.count("**") % 2 == 0 and before.count("“") == before.count("”"):
            yield line[start : end.end()].strip()
            start = end.end()
    if line[start:].strip():
        yield line[start:].strip()


def folded(text: str) -> str:
    """Return a text's words alone, spelt alike: compatibility forms, case and marks do not matter."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return f" {' '.join(_WORD.findall(plain.casefold()))} "


def numbers(text: str) -> frozenset[float]:
    """Return the numbers of a text, digits of any script, thousands with or without commas."""
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return frozenset(float(found.replace(",", "")) for found in NUMBER.findall(digits))


def states(text: str, value: float | str | tuple[str, ...] | None) -> bool:
    """Return whether a text states a value; None is that nobody rated."""
    if value is None:
        return UNRATED.search(text) is not None
    if isinstance(value, tuple):
        return all(states(text, one) for one in value)
    if isinstance(value, str):
        return not folded(value).strip() or folded(value) in folded(text)
    return any(abs(found - value) < 0.005 for found in numbers(CITATION.sub(" ", text)))


def says_yes(text: str) -> bool | None:
    """Return whether an answer begins with yes or with no, None for neither."""
    words = folded(text).split()
    return {"yes": True, "no": False}.get(words[0]) if words else None


def first_compared(parts: tuple[Unit, ...]) -> int | None:
    """Return the first citation of the first sentence that compares."""
    return next((part.cites[0] for part in parts if part.cites and COMPARES.search(part.text)), None)


def foreign_numbers(part: Unit, texts: Mapping[int, str], asked: str) -> frozenset[float]:
    """Return the numbers of a citing unit that stand neither in a cited product's text nor in the question.

    `texts` is all text of a product by its number. Numbers that count products, or the rest of a list, are left to
    other checks, and so are differences between two of the cited products' numbers.
    """
    said = numbers(_SCALE.sub(" ", _COUNTED.sub(" ", CITATION.sub(" ", part.text))))
    known = {number for n in part.cites for number in numbers(texts.get(n, ""))}
    between = {round(abs(a - b), 2) for a in known for b in known} if len(part.cites) > 1 else set()
    return frozenset(said - known - between - numbers(asked))
