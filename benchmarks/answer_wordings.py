"""How shoppers put questions: by variant, one half to build with and another to be looked at last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "queries" / "answer_wordings.json"


@dataclass(frozen=True, slots=True)
class Wordings:
    """One half of the wordings: phrases by variant with their parts in braces, and what no shop answers."""

    questions: Mapping[str, Sequence[str]]
    nonsense: Sequence[str]


def load() -> dict[str, Wordings]:
    """Return the halves by name: `development` and `held-out`."""
    return {half: Wordings(**found) for half, found in json.loads(FILE.read_text("utf-8")).items()}


HALVES = load()
