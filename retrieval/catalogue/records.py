"""From a record with field names (a JSON object, a CSV row) to what Markdown would have written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

from retrieval.catalogue.decoding import REPLACEMENT
from retrieval.catalogue.drafts import Entry, Raw, add_attribute
from retrieval.catalogue.mapping import FieldsOf, native
from retrieval.records import AttributeValue

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def tidy(text: str) -> tuple[str, bool]:
    """Return text without zeros and lone surrogates, and whether any was replaced by U+FFFD."""
    cleaned = _NO_TEXT.sub(REPLACEMENT, text)
    return cleaned, cleaned != text


def as_text(value: object) -> str:
    """Return a JSON value as a person would write it: numbers without exponent, nested values as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if math.isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return "an overlong number"
    return json.dumps(value, ensure_ascii=False, allow_nan=True)


def _value(value: object) -> AttributeValue:
    if isinstance(value, list):
        return tuple(text for item in value if (text := as_text(item)))
    return as_text(value)


def raw_from_record(record: Mapping[str, object], first: int, last: int, fields_of: FieldsOf = native) -> Raw | None:
    """Return what a record says, None where it says nothing; `first` and `last` are its lines in the file.

    `fields_of` says which fields a key fills; keys that fill none become attributes, but for `attributes` and `line`,
    which have the meaning that they have in a Product. A record's own `line` is kept, so that parsing again changes
    nothing.
    """
    raw = Raw(first, last, first)
    empty = True
    for key, value in record.items():
        name = key.strip()
        fields = fields_of(name)
        if not fields and name.casefold() == "line" and (number := _line_number(value)):
            raw.line = number
            continue
        if not fields and name.casefold() == "attributes" and isinstance(value, Mapping):
            for attribute, said in value.items():
                empty = not _add(raw, str(attribute), _value(said)) and empty
            continue
        said = _value(value)
        if not said:
            continue
        empty = False
        if not fields:
            _add(raw, name, said)
        for field in fields:
            _fill(raw, field, name, said)
    return None if empty else raw


def _fill(raw: Raw, field: str, name: str, said: AttributeValue) -> None:
    """Fill a field of a product; what comes second becomes an attribute."""
    if field == "description" and not raw.description:
        raw.description = said if isinstance(said, str) else "\n".join(said)
    elif field == "description" or field in raw.entries:
        _add(raw, name, said)
    else:
        items = [] if isinstance(said, str) else [(raw.first, item) for item in said]
        raw.entries[field] = Entry(name, raw.first, said if isinstance(said, str) else "", items)


def _add(raw: Raw, key: str, value: AttributeValue) -> bool:
    add_attribute(raw.attributes, key.strip() or "value", value)
    return bool(value)


def _line_number(value: object) -> int | None:
    text = as_text(value)
    if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d{0,9}(?:\.0)?", text):
        return None
    return int(text.removesuffix(".0"))
