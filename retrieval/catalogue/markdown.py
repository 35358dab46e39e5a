"""Read a Markdown catalogue: DOC-delimited blocks, or headings where there is no marker."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from retrieval.catalogue.drafts import Draft, Entry, Note, Raw, add_attribute, assemble, clean_id, one_line
from retrieval.catalogue.keys import field_of
from retrieval.catalogue.records import raw_from_record
from retrieval.catalogue.segments import (
    FIELDS_MARKER,
    KEY,
    RULE,
    TITLE,
    Segment,
    cut_at_headings,
    cut_at_markers,
    is_prose,
)
from retrieval.records import Problem

_SOURCE = re.compile(r"_source(?![a-z])", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+•‣]|\d{1,3}[.)])\s+(?P<item>.*)", re.DOTALL)

_WITH_ITEMS = frozenset({"colors", "sizes", "images", "seller"})


class _BlockReader:
    """Reads the lines of one block in order; `raw` is what was found, `empty` that nothing was."""

    def __init__(self, segment: Segment) -> None:
        self.raw = Raw(segment.first, segment.last, segment.first)
        self._others: list[Entry] = []
        self._prose: list[str] = []
        self._open: Entry | None = None  # the key that what stands right below it belongs to
        self._gap = False  # a blank line stood below that key
        self._flowing = False  # that key's value stands on the lines below it
        self._describing = False
        self._exact: list[tuple[int, str]] = []
        for number, line in segment.content:
            self._read(number, line)
        self._finish()
        self._take_marker(segment)
        for number, text in self._exact:
            self._take_fields(number, text)

    def _read(self, number: int, line: str) -> None:
        text = line.strip()
        if not text:
            self._gap = True
            self._prose.append("")
        elif not self._describing and line.startswith(FIELDS_MARKER):
            self._open = None
            self._exact.append((number, text.removeprefix(FIELDS_MARKER).removesuffix("-->")))
        elif text.startswith("##") and "title" not in self.raw.entries and (match := TITLE.match(text)):
            self._describing, self._open = False, None
            if match["title"]:
                self.raw.entries["title"] = Entry("Title", number, match["title"])
        elif text.startswith("**") and (match := KEY.match(text)) and self._key(number, match["key"], match["value"]):
            pass
        elif text.startswith("_") and _SOURCE.match(text):
            self._describing, self._open = False, None
        elif self._describing:
            self._prose.append(line)
        elif RULE.fullmatch(text):
            self._open = None
        elif not self._below_key(number, text):
            self._open = None
            self._prose.append(line)

    def _key(self, number: int, key: str, value: str) -> bool:
        """Take a `**Key:** value` line; False where it is part of the description."""
        field = field_of(key)
        value = value.strip()
        if field == "description" and not (self._describing and value):
            self._describing, self._open = True, None
            self._prose.append(value)
            return True
        if self._describing and (field is None or field == "description" or field in self.raw.entries):
            return False
        self._describing = self._gap = self._flowing = False
        self._open = Entry(key, number, value)
        if field is None or field in self.raw.entries:
            self._others.append(self._open)
        else:
            self.raw.entries[field] = self._open
        return True

    def _below_key(self, number: int, text: str) -> bool:
        """Take a line as an item or as the value of the key above it; False where it belongs to no key."""
        entry = self._open
        if entry is None or (self._gap and (entry.text or not _ITEM.fullmatch(text))):
            return False
        match = _ITEM.fullmatch(text)
        if match and not self._flowing:
            entry.items.append((number, match["item"].strip()))
            return True
        if (entry.text and not self._flowing) or entry.items:
            return False
        self._flowing = True
        entry.text = f"{entry.text} {text}".strip()
        return True

    def _finish(self) -> None:
        raw = self.raw
        while self._prose and (not self._prose[-1].strip() or RULE.fullmatch(self._prose[-1].strip())):
            self._prose.pop()
        raw.description = "\n".join(self._prose)
        raw.entries = {field: entry for field, entry in raw.entries.items() if entry.text or entry.items}
        self.empty = not (raw.entries or raw.description.strip() or any(e.text or e.items for e in self._others))
        for entry in self._others:
            field = field_of(entry.key)
            if field is None or not _same(field, raw.entries.get(field), entry):
                add_attribute(raw.attributes, entry.key, entry.value())
        for field, entry in raw.entries.items():
            if entry.text and entry.items and field not in _WITH_ITEMS:
                add_attribute(raw.attributes, entry.key, tuple(text for _, text in entry.items))
                entry.items = []

    def _take_marker(self, segment: Segment) -> None:
        """Take the start marker's attributes: they decide id and category, and fill in what the block leaves open."""
        raw = self.raw
        said = {key.casefold(): value for key, value in raw.attributes.items()}
        seen: set[str] = set()
        for name, value in segment.attributes:
            field = field_of(name)
            entry = Entry(name, segment.first, value)
            if field is None or field in seen or not value:
                if said.get(name.casefold()) != value:
                    add_attribute(raw.attributes, name, value)
                continue
            seen.add(field)
            written = raw.entries.get(field)
            if field == "description":
                raw.description = f"{value}\n{raw.description}"
            elif written is None:
                raw.entries[field] = entry
            elif not _same(field, entry, written):
                if field in ("product_id", "category"):
                    raw.entries[field], entry = entry, written
                add_attribute(raw.attributes, entry.key, entry.value())

    def _take_fields(self, number: int, text: str) -> None:
        """Take fields written as JSON: they go before what the block says otherwise."""
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            record = None
        exact = raw_from_record(record, number, number) if isinstance(record, dict) else None
        if exact is None:
            message = f"this line holds no fields as JSON and was left out: {text.strip()[:80]!r}; mend or delete it"
            self.raw.notes.append(Note(number, "text-outside", message))
            return
        self.empty = False
        self.raw.entries.update(exact.entries)
        self.raw.attributes.update(exact.attributes)
        self.raw.description = exact.description or self.raw.description


def _same(field: str, one: Entry | None, other: Entry) -> bool:
    """Tell whether two entries of one field say the same."""
    if one is None:
        return False
    clean = clean_id if field == "product_id" else one_line
    return clean(one.joined()) == clean(other.joined())


def read_markdown(lines: Sequence[str]) -> tuple[list[Draft], list[Problem], int, str]:
    """Return drafts, problems outside of products, the number of blocks and the header of a Markdown catalogue."""
    segments = cut_at_markers(lines)
    problems: list[Problem] = []
    if not segments:
        segments = cut_at_headings(lines)
        if segments:
            message = (
                "the file has no `<!--DOC:START id=… -->` markers and was read heading by heading; add markers so that "
                "every product has an id and a clear end"
            )
            problems.append(Problem(1, "no-markers", None, message))
    drafts: list[Draft] = []
    header: list[str] = []
    for segment in segments:
        if segment.kind == "block":
            _read_block(segment, drafts, problems)
        elif segment.kind == "stray-end":
            message = "this end marker closes no product; delete it, or add the start marker that it belongs to"
            problems.append(Problem(segment.first, "stray-end", None, message))
        elif segment.kind == "header":
            header.extend(line for _, line in segment.content)
        else:
            for number, line in segment.content:
                if is_prose(line):
                    message = f"text between products was left out: {line.strip()[:120]!r}; move it into a block"
                    problems.append(Problem(number, "text-outside", None, message))
    blocks = sum(segment.kind == "block" for segment in segments)
    return drafts, problems, blocks, "\n".join(header)


def _read_block(segment: Segment, drafts: list[Draft], problems: list[Problem]) -> None:
    reader = _BlockReader(segment)
    raw = reader.raw
    if not segment.closed:
        message = "the end marker is missing; the product was read up to the next start or the end of the file"
        raw.notes.append(Note(segment.first, "missing-end", message + "; add `<!--DOC:END-->` behind it"))
    if reader.empty:
        product_id = clean_id(raw.text("product_id")) or None
        problems.extend(Problem(n.line, n.code, product_id, n.message) for n in raw.notes)
        said = ", ".join(f"{name}={value}" for name, value in segment.attributes)
        message = f"this block holds nothing but its markers ({said}) and was skipped; fill it in or delete it"
        problems.append(Problem(segment.first, "empty-block", product_id, message))
        return
    drafts.append(assemble(raw))
