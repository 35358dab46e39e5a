"""Comparisons of rankings that were made of a catalogue: kept until the user deletes them.

data/<catalogue>/evaluations/<id>.json        the comparison, whole
data/<catalogue>/evaluations/<id>.card.json   what a list shows of it; written last, so that it stands for a whole one
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from retrieval.files import replace_text

FOLDER = "evaluations"
_CARD = ".card.json"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def save(data_dir: Path, name: str, comparison_id: str, card: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Keep a comparison under an id, whole or not at all."""
    whole, short = _paths(data_dir, name, comparison_id)
    replace_text(whole, json.dumps(body, ensure_ascii=False, allow_nan=False))
    replace_text(short, json.dumps(card, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def ids(data_dir: Path, name: str) -> list[str]:
    """Return the ids of a catalogue's comparisons, sorted; one may be damaged."""
    found = (path.name.removesuffix(_CARD) for path in (data_dir / check_name(name) / FOLDER).glob(f"*{_CARD}"))
    return sorted(filter(_ID.fullmatch, found))


def card(data_dir: Path, name: str, comparison_id: str) -> dict[str, Any]:
    """Return what a list shows of a comparison; raise DataError where that cannot be read."""
    return _read(_paths(data_dir, name, comparison_id)[1])


def load(data_dir: Path, name: str, comparison_id: str) -> dict[str, Any]:
    """Return a comparison, whole; raise DataError where there is none of that id, or it cannot be read."""
    whole, _ = _paths(data_dir, name, comparison_id)
    if not whole.is_file():
        raise DataError(f"there is no comparison {comparison_id!r} of {name!r}; it may have been deleted")
    return _read(whole)


def delete(data_dir: Path, name: str, comparison_id: str) -> bool:
    """Delete a comparison, and say whether there was one."""
    whole, short = _paths(data_dir, name, comparison_id)
    there = whole.is_file() or short.is_file()
    short.unlink(missing_ok=True)
    whole.unlink(missing_ok=True)
    return there


def _paths(data_dir: Path, name: str, comparison_id: str) -> tuple[Path, Path]:
    if not _ID.fullmatch(comparison_id):
        raise DataError(f"{comparison_id!r} is no id of a comparison; ids are letters, digits, - and _")
    folder = data_dir / check_name(name) / FOLDER
    return folder / f"{comparison_id}.json", folder / f"{comparison_id}{_CARD}"


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: the comparison cannot be read ({error}); delete it and compare again") from error
    if not isinstance(kept, dict):
        raise DataError(f"{path}: the comparison cannot be read (no JSON object); delete it and compare again")
    return kept
