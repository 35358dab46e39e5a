"""The card of a trained model: what it was made from, how, what it is worth, and what the gate said of it.

`card.json` stands beside a model's weights:
    {"format": 1, "kind": "reranker" | "embedder", "version": "YYYYMMDD-HHMMSS-xxxx", "catalogue", "base",
     "base_fingerprint", "data_sha256", "data": {counts}, "settings": {...}, "measures": {...},
     "created": UTC in ISO 8601, "gate": {...} | null, "blend": {"weight": 0.6}, "max_length": 320}
`blend` and `max_length` are a reranker's alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from retrieval.errors import DataError
from retrieval.files import replace_text

FORMAT = 1
FILE = "card.json"
Kind = Literal["embedder", "reranker"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a trained model.

    `data` counts what it learned from and `data_sha256` is of those rows; `measures` are its means by name; `gate` is a
    verdict as `training.gate` writes it, None before there was one; `weight` is the cross-encoder's share of the score
    in serving, from 0 to 1, and `max_length` what it reads in model tokens, both None for an embedder.
    """

    kind: Kind
    version: str
    catalogue: str
    base: str
    base_fingerprint: str
    data_sha256: str
    data: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    created: str = ""
    gate: Mapping[str, Any] | None = None
    weight: float | None = None
    max_length: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the card as it is written."""
        row: dict[str, Any] = {"format": FORMAT, **{each.name: getattr(self, each.name) for each in fields(self)}}
        weight, length = row.pop("weight"), row.pop("max_length")
        if weight is not None:
            row["blend"] = {"weight": weight}
        if length is not None:
            row["max_length"] = length
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Card:
        """Return the card that `to_dict` wrote; raise LookupError, TypeError or ValueError for anything else."""
        if row["format"] != FORMAT:
            raise ValueError(f"it is of format {row['format']!r}, this program reads format {FORMAT}")
        if row["kind"] not in KINDS:
            raise ValueError(f"its kind is {row['kind']!r}, not one of {', '.join(KINDS)}")
        blend, length = row.get("blend"), row.get("max_length")
        return cls(
            **{each: str(row[each]) for each in ("version", "catalogue", "base", "base_fingerprint", "data_sha256")},
            kind=row["kind"],
            data=dict(row["data"]),
            settings=dict(row["settings"]),
            measures={str(name): float(value) for name, value in row["measures"].items()},
            created=str(row["created"]),
            gate=None if row["gate"] is None else dict(row["gate"]),
            weight=None if blend is None else float(blend["weight"]),
            max_length=None if length is None else int(length),
        )


def new_version() -> str:
    """Return a name for a model made now, `YYYYMMDD-HHMMSS-xxxx` in UTC: later ones sort behind, no two are alike."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def write_card(folder: Path, card: Card) -> None:
    """Write a model's card into its folder, whole or not at all."""
    text = json.dumps(card.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)
    replace_text(folder / FILE, text + "\n")


def read_card(folder: Path) -> Card:
    """Return the card in a model's folder; raise DataError where there is none or it cannot be read."""
    path = folder / FILE
    try:
        return Card.from_dict(json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there, so nothing is known of that model; train it again") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); train the model again, or remove its folder") from error
