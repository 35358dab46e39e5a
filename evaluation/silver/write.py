"""A silver set as files: queries, judgements and a card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from evaluation.files import write_qrels, write_queries
from evaluation.silver.leak import LeakReport
from evaluation.silver.sets import SilverSet
from evaluation.silver.split import Side
from retrieval.files import replace_text


def write(silver: SilverSet, folder: Path, leaks: Mapping[Side, LeakReport] | None = None) -> None:
    """Write `<side>/queries.jsonl` and `<side>/qrels.tsv`, then `card.json` with counts and leak checks.

    The version stands in the card and in every query's id. Raises EvaluationError for an id that no file can hold.
    """
    for side, split in silver.splits.items():
        write_queries(folder / side / "queries.jsonl", split.queries)
        write_qrels(folder / side / "qrels.tsv", split.qrels)
    card = silver.card()
    if leaks is not None:
        card["leak"] = {side: report.to_dict() for side, report in leaks.items()}
    replace_text(folder / "card.json", json.dumps(card, ensure_ascii=False, indent=1) + "\n")
