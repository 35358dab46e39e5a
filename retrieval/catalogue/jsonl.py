"""Read and write products as JSON Lines: one object a line, keys named as the fields of a Product."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TextIO

from retrieval.catalogue.drafts import Draft, Note, assemble
from retrieval.catalogue.records import raw_from_record, tidy
from retrieval.records import Problem, Product


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


def read_jsonl(lines: Sequence[str]) -> tuple[list[Draft], list[Problem], int]:
    """Return drafts, problems outside of products and the number of objects.

    A line that is no JSON object is reported as `text-outside`, an object without any value as `empty-block`.
    """
    drafts: list[Draft] = []
    problems: list[Problem] = []
    blocks = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            message = f"this line is no JSON ({str(error)[:80]}) and was left out: {line.strip()[:80]!r}; mend it"
            problems.append(Problem(number, "text-outside", None, message))
            continue
        if not isinstance(record, dict):
            message = f"this line is no JSON object and was left out: {line.strip()[:80]!r}; write one product a line"
            problems.append(Problem(number, "text-outside", None, message))
            continue
        blocks += 1
        tidied, changed = _tidied(record)
        raw = raw_from_record(tidied, number, number) if isinstance(tidied, dict) else None
        if raw is None:
            message = "this object says nothing about a product and was skipped; fill it in or delete it"
            problems.append(Problem(number, "empty-block", None, message))
            continue
        if changed:
            message = "characters that are no text were replaced by \ufffd; mend this line"
            raw.notes.append(Note(number, "encoding", message))
        drafts.append(assemble(raw))
    return drafts, problems, blocks


def write_jsonl(products: Iterable[Product], stream: TextIO) -> None:
    """Write one product a line, fields in the order of Product, letters of every script as they are."""
    for product in products:
        stream.write(json.dumps(product.to_dict(), ensure_ascii=False, allow_nan=False))
        stream.write("\n")
