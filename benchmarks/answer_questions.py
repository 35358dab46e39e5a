"""Questions about a catalogue, drawn by a seed, with the truth worked out from its products by brute force.

Reads what `product-search parse` prints and writes a question set (docs/answers.md, "Question sets"). Nothing of search
or of answering is imported: what is right here is right whatever they do. Products with the same title are one product
to a shopper: any of them is right. Where several share the first place, any of those is.

    product-search parse catalogue.md | python -m benchmarks.answer_questions - --output questions.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.answer_kinds import KINDS
from benchmarks.answer_nothing import unanswerable
from benchmarks.answer_shelf import CannotDrawError, Row, Shelf
from benchmarks.answer_wordings import HALVES

SEED = 11
SHARES = {
    "single": 32,
    "attribute": 36,
    "filter": 36,
    "compare": 30,
    "superlative": 36,
    "count": 10,
    "unanswerable": 60,
}
"""Questions of each kind in a full set."""
TRIES = 200


def make(rows: Sequence[Row], *, count: int = 240, seed: int = SEED, half: str = "development") -> list[dict[str, Any]]:
    """Return about `count` questions as rows of a question set, kinds in fixed shares, no text twice.

    A kind that the catalogue has no product for (a filter on price where nothing is priced) stays short.
    """
    shelf = Shelf(rows, random.Random(f"{seed} {half}"), HALVES[half].questions, HALVES[half].nonsense)
    made: list[dict[str, Any]] = []
    texts: set[str] = set()
    for kind, share in SHARES.items():
        wanted = max(1, round(count * share / sum(SHARES.values())))
        draw = unanswerable if kind == "unanswerable" else KINDS[kind]
        own = 0
        for _ in range(TRIES + 20 * wanted):
            if own == wanted:
                break
            try:
                question = draw(shelf)
            except CannotDrawError:
                continue
            if question["text"].casefold() in texts:
                continue
            texts.add(question["text"].casefold())
            own += 1
            made.append({"question_id": f"{kind}-{own:03d}", "kind": kind, **question})
    return made


def main() -> None:
    """Write a question set over parsed products."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("products", help="JSON Lines as `product-search parse` prints; - is stdin")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--wordings", choices=sorted(HALVES), default="development")
    arguments = parser.parse_args()
    text = sys.stdin.read() if arguments.products == "-" else Path(arguments.products).read_text("utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    made = make(rows, count=arguments.count, seed=arguments.seed, half=arguments.wordings)
    arguments.output.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), "utf-8")
    print(f"{len(made)} questions over {len(rows)} products", file=sys.stderr)


if __name__ == "__main__":
    main()
