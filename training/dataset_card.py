"""What models learned from, in files: rows as JSON Lines, and a card that says how many, of what, and their hash."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from retrieval.errors import DataError
from retrieval.files import replace_text, replacing
from training.negatives import MiningSettings
from training.pools import MiningPool
from training.records import Candidate, Example, Triplet

FORMAT = 1
ORIGINAL = {"train": 148_037, "dev": 16_449}
"""Pairs that the original work learned from and chose by."""
T = TypeVar("T")


def write_rows(path: Path, rows: Sequence[Example | Triplet]) -> str:
    """Write rows as JSON Lines, whole or not at all, and return their SHA-256 as `sha256` gives it."""
    digest = hashlib.sha256()
    with replacing(path) as file:
        for line in _lines(rows):
            file.write(line)
            digest.update(line)
    return digest.hexdigest()


def sha256(rows: Sequence[Example | Triplet]) -> str:
    """Return the SHA-256 over the rows as they are written, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for line in _lines(rows):
        digest.update(line)
    return digest.hexdigest()


def _lines(rows: Sequence[Example | Triplet]) -> Iterator[bytes]:
    for row in rows:
        # ASCII: a text may hold half of a surrogate pair, which is no UTF-8.
        yield json.dumps(asdict(row), ensure_ascii=True).encode("ascii") + b"\n"


def read_examples(path: Path) -> list[Example]:
    """Return the examples of a file; raise DataError naming file and line of what is none."""

    def example(row: Mapping[str, Any]) -> Example:
        found = Example(
            _text(row["query_id"]),
            _text(row["query"]),
            _texts(row["product_ids"]),
            _texts(row["passages"]),
            tuple(float(label) for label in row["labels"]),
        )
        if not len(found.product_ids) == len(found.passages) == len(found.labels):
            raise ValueError("product_ids, passages and labels must be as many")
        return found

    return _read(path, example)


def read_triplets(path: Path) -> list[Triplet]:
    """Return the triplets of a file; raise DataError naming file and line of what is none."""

    def triplet(row: Mapping[str, Any]) -> Triplet:
        return Triplet(
            _text(row["anchor"]), _text(row["positive"]), _texts(row["negatives"]), _text(row.get("group", ""))
        )

    return _read(path, triplet)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is wanted, not {value!r:.60}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"a list of texts is wanted, not {value!r:.60}")
    return tuple(map(_text, value))


def _read(path: Path, made: Callable[[Mapping[str, Any]], T]) -> list[T]:
    found = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    found.append(made(json.loads(line)))
                except (ValueError, TypeError, KeyError, RecursionError) as error:
                    raise DataError(
                        f"{path}:{number}: no row to learn from ({type(error).__name__}: {error}); prepare the data "
                        "anew"
                    ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); prepare the data anew") from error
    return found


def card(
    pools: Sequence[MiningPool],
    mined: Mapping[str, Sequence[Candidate]],
    examples: Sequence[Example],
    triplets: Sequence[Triplet] = (),
    *,
    mining: MiningSettings | None = None,
    dev_queries: int = 0,
) -> dict[str, Any]:
    """Return what was learned from, JSON-ready: counts beside the original's, settings and the hash of all rows.

    `pairs` are passages with a query, as the original counted its data. `mined` counts negatives by the leg that ranks
    them best; `gone` known products that the catalogue does not hold.
    """
    labels = [label for example in examples for label in example.labels]
    sources = {pool.query.query_id: pool.query for pool in pools}
    used = [sources[example.query_id] for example in examples if example.query_id in sources]
    return {
        "format": FORMAT,
        "original": dict(ORIGINAL),
        "counts": {
            "pairs": len(labels),
            "right": sum(label > 0 for label in labels),
            "wrong": sum(label == 0 for label in labels),
            "queries": len(examples),
            "triplets": len(triplets),
            "dev_queries": dev_queries,
            "products": len({name for example in examples for name in example.product_ids}),
        },
        "sources": dict(sorted(Counter(query.source for query in used).items())),
        "types": dict(sorted(Counter(query.type for query in used if query.type).items())),
        "labels": {f"{label:.2f}": count for label, count in sorted(Counter(labels).items())},
        "mined": {
            "negatives": sum(map(len, mined.values())),
            "queries_without": sum(not mined.get(pool.query.query_id) for pool in pools),
            "best_leg": dict(sorted(Counter(_best_leg(c) for own in mined.values() for c in own).items())),
            "settings": asdict(mining or MiningSettings()),
        },
        "gone": sum(len(pool.query.grades) - len(pool.known) for pool in pools),
        "sha256": sha256([*examples, *triplets]),
    }


def _best_leg(candidate: Candidate) -> str:
    return min(candidate.ranks, key=lambda leg: (candidate.ranks[leg], leg), default="none")


def write_card(path: Path, content: Mapping[str, Any]) -> None:
    """Write a card as JSON, whole or not at all."""
    replace_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_card(path: Path) -> dict[str, Any]:
    """Return the card that `write_card` wrote; raise DataError where it cannot be read or is of another format."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); prepare the data anew") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: no JSON ({error}); prepare the data anew") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{path}: not a data set's card of format {FORMAT}; prepare the data anew")
    return found
