"""Read products from JSON: an array of objects, `{"products": [...]}`, one object, or one object a line."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from retrieval.catalogue.drafts import Draft, Note, assemble
from retrieval.catalogue.mapping import resolve
from retrieval.catalogue.records import raw_from_record, tidy
from retrieval.records import Problem

_LIST = "products"
_SPACE = " \t\r\n"
_DIGITS = 40  # of a number beyond which nobody means one; Python refuses to read numbers of thousands of digits


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else "an overlong number"


_DECODER = json.JSONDecoder(parse_int=_integer)


@dataclass(slots=True)
class Objects:
    """The objects of a JSON file with their first and last lines, what else stands there, and what is broken."""

    found: list[tuple[int, int, Mapping[str, object]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    header: str = ""

    def keys(self) -> list[str]:
        """Return every key of an object, in the order in which they first stand."""
        return list(dict.fromkeys(key.strip() for _, _, record in self.found for key in record))

    def add(self, value: object, first: int, last: int, text: str) -> None:
        """Take a value of the list: an object, or something that is reported."""
        if isinstance(value, dict):
            self.found.append((first, last, value))
            return
        message = f"this is no JSON object and was left out: {text.strip()[:80]!r}; write one object a product"
        self.problems.append(Problem(first, "text-outside", None, message))


def read_objects(lines: Sequence[str]) -> Objects:
    """Return the objects of a JSON document or of JSON Lines.

    In JSON Lines a line that cannot be read costs that line; in a document everything behind such a place is left out,
    and said to be.
    """
    text = "\n".join(lines)
    start = _next(text, 0)
    objects = Objects()
    listed = _list_in(text, start)
    if listed is not None:
        end = _read_list(text, listed, lines, objects)
        objects.header = "\n".join(part for part in (text[:listed].strip(), text[end:].strip(" \t\r\n}")) if part)
    elif text[start : start + 1] == "{" and (single := _whole_object(text, start)) is not None:
        objects.add(single, bisect_right(_starts(lines), start), len(lines), text)
    else:
        _read_lines(lines, objects)
    return objects


def _starts(lines: Sequence[str]) -> list[int]:
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _list_in(text: str, start: int) -> int | None:
    """Return where a document's list of objects starts: the text itself, or the member `products`; None without."""
    if text[start : start + 1] == "{":
        found = _member(text, start)
        if found is None:
            return None
        start = found
    elif text[start : start + 1] != "[":
        return None
    inside = _next(text, start + 1)
    return start if text[inside : inside + 1] in ("{", "]") else None


def _member(text: str, start: int) -> int | None:
    """Return where the value of the member `products` of the object at `start` starts, None where it has none."""
    position = _next(text, start + 1)
    try:
        while text[position] == '"':
            key, position = _DECODER.raw_decode(text, position)
            position = _next(text, position)
            if text[position] != ":":
                return None
            position = _next(text, position + 1)
            if key == _LIST and text[position] == "[":
                return position
            _, position = _DECODER.raw_decode(text, position)
            position = _next(text, position)
            if text[position] != ",":
                return None
            position = _next(text, position + 1)
    except (ValueError, RecursionError, IndexError):
        return None
    return None


def _read_list(text: str, start: int, lines: Sequence[str], objects: Objects) -> int:
    """Take the objects of the list at `start` and return where the text behind it starts."""
    starts = _starts(lines)
    position = _next(text, start + 1)
    try:
        while text[position] != "]":
            value, end = _DECODER.raw_decode(text, position)
            objects.add(value, bisect_right(starts, position), bisect_right(starts, end), text[position:end])
            position = _next(text, end)
            if text[position] == ",":
                position = _next(text, position + 1)
            elif text[position] != "]":
                raise ValueError("a comma or the list's end is missing")
    except (ValueError, RecursionError, IndexError) as error:
        said = "it ends in the middle" if isinstance(error, IndexError) or position >= len(text) else str(error)[:80]
        message = (
            f"from here on the file is no JSON ({said}) and was left out: {text[position : position + 80]!r}; "
            "mend it, or export it again"
        )
        objects.problems.append(Problem(min(bisect_right(starts, position), len(lines)), "text-outside", None, message))
        return len(text)
    behind = text[position + 1 :].strip()
    if behind and text[:start].strip() == "":
        message = f"text behind the list was left out: {behind[:80]!r}; delete it"
        objects.problems.append(Problem(bisect_right(starts, position), "text-outside", None, message))
        return len(text)
    return position + 1


def _whole_object(text: str, start: int) -> object | None:
    """Return the one object that the text is, written over several lines; None where it is not that."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if "\n" in text[start:end] and _next(text, end) == len(text) else None


def _read_lines(lines: Sequence[str], objects: Objects) -> None:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            message = f"this line is no JSON ({str(error)[:80]}) and was left out: {line.strip()[:80]!r}; mend it"
            objects.problems.append(Problem(number, "text-outside", None, message))
            continue
        objects.add(value, number, number, line)


def _tidied(value: object) -> tuple[object, bool]:
    """Return a JSON value with every text in it tidied, and whether that changed any."""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, list):
        pairs = [_tidied(item) for item in value]
        return [item for item, _ in pairs], any(changed for _, changed in pairs)
    if isinstance(value, dict):
        keys, values = [tidy(key) for key in value], [_tidied(item) for item in value.values()]
        changed = any(c for _, c in keys) or any(c for _, c in values)
        return {k: v for (k, _), (v, _) in zip(keys, values, strict=True)}, changed
    return value, False


def read_json(
    lines: Sequence[str], where: str, mapping: Mapping[str, str] | None = None
) -> tuple[list[Draft], list[Problem], int, str]:
    """Return drafts, problems outside of products, the number of objects, and the text around a list of products.

    `mapping` is field -> key. What is no object is reported as `text-outside`, an object without any value as
    `empty-block`. Raises CatalogueError where the mapping names a key that no object has.
    """
    objects = read_objects(lines)
    fields_of = resolve(mapping, objects.keys() if mapping else (), where)
    drafts: list[Draft] = []
    problems = list(objects.problems)
    for first, last, record in objects.found:
        tidied, changed = _tidied(record)
        raw = raw_from_record(tidied, first, last, fields_of) if isinstance(tidied, dict) else None
        if raw is None:
            message = "this object says nothing about a product and was skipped; fill it in or delete it"
            problems.append(Problem(first, "empty-block", None, message))
            continue
        if changed:
            message = "characters that are no text were replaced by \ufffd; mend this line"
            raw.notes.append(Note(first, "encoding", message))
        drafts.append(assemble(raw))
    return drafts, problems, len(objects.found), objects.header
