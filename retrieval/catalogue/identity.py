"""Give every product of a file one id of its own, and every problem its product's id."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from retrieval.catalogue.drafts import Draft, Note
from retrieval.records import Problem, Product


def content_hash(product: Product) -> str:
    """Return 64 hex digits over everything that is written about a product but its id and line."""
    row = product.to_dict()
    del row["product_id"], row["line"]
    return hashlib.sha256(json.dumps(row, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _named(draft: Draft) -> Draft:
    """Return the draft with an id, made from its content where none is written."""
    if draft.product.product_id:
        return draft
    made = f"h{content_hash(draft.product)[:16]}"
    note = Note(
        draft.first,
        "missing-id",
        f"no id is written; {made} was made from the content and changes with it; write `id=` into the start marker",
    )
    return replace(draft, product=replace(draft.product, product_id=made), notes=[note, *draft.notes])


def finish(
    drafts: Sequence[Draft], loose: Sequence[Problem], damaged: Sequence[int]
) -> tuple[tuple[Product, ...], tuple[Problem, ...]]:
    """Return products with distinct ids in file order, and all problems by line.

    Of products with one id and the same content the first is kept; other content is kept as `id~2`, `id~3`, ... in
    file order, which skips ids that the file itself uses. `loose` problems belong to no kept product; `damaged` lines
    become `encoding` problems.
    """
    drafts = [_named(draft) for draft in drafts]
    taken = {draft.product.product_id for draft in drafts}
    first_of: dict[str, Draft] = {}
    contents: dict[str, dict[str, str]] = {}
    products: list[Product] = []
    problems: list[Problem] = []
    final_ids: list[str] = []
    for draft in drafts:
        written = final = draft.product.product_id
        kept = True
        first = first_of.setdefault(written, draft)
        if first is not draft:
            seen = contents.setdefault(written, {content_hash(first.product): written})
            digest = content_hash(draft.product)
            kept = digest not in seen
            if kept:
                number = len(seen) + 1
                while f"{written}~{number}" in taken:
                    number += 1
                final = f"{written}~{number}"
                taken.add(final)
                seen[digest] = final
                said = f"with other content; this one is kept as {final}; give it an id of its own"
            else:
                final = seen[digest]
                said = "with the same content; it is kept once; delete one of the two"
            message = f"id {written} stands already on line {first.first} {said}"
            problems.append(Problem(draft.first, "duplicate-id", written, message))
        final_ids.append(final)
        if not draft.product.title:
            message = f"no title is written, so the id {final} stands for it; add a line `## Title`"
            problems.append(Problem(draft.first, "missing-title", final, message))
        if kept:
            title = draft.product.title or final
            products.append(replace(draft.product, product_id=final, title=title))
        problems.extend(Problem(note.line, note.code, final, note.message) for note in draft.notes)
    problems.extend(loose)
    starts = [draft.first for draft in drafts]
    for line in damaged:
        at = bisect_right(starts, line) - 1
        inside = at >= 0 and line <= drafts[at].last
        message = "bytes that are no text were replaced by \ufffd; save the file as UTF-8 and mend this line"
        problems.append(Problem(line, "encoding", final_ids[at] if inside else None, message))
    return tuple(products), tuple(sorted(problems, key=lambda problem: problem.line))
