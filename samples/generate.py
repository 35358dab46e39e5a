"""Write the sample catalogue, its queries and its judgements: `python -m samples.generate`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from samples.items import Item, build_items
from samples.judge import judge
from samples.load import Query, load_categories, load_queries
from samples.render import render_catalogue

FOLDER = Path(__file__).parent


def generate() -> dict[str, str]:
    """Return the text of every generated file by its name; the same on every run."""
    items = build_items(load_categories())
    queries = load_queries()
    return {
        "catalogue.md": render_catalogue(items),
        "queries.jsonl": "".join(_query_line(query) for query in queries),
        "qrels.tsv": _qrels(queries, items),
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files into a folder, each by way of a temporary one, so that none is ever seen half written."""
    for name, text in files.items():
        temporary = folder / f".{name}.tmp"
        temporary.write_bytes(text.encode())
        temporary.replace(folder / name)


def _query_line(query: Query) -> str:
    row = {
        "query_id": query.query_id,
        "text": query.text,
        "type": query.type,
        "min_price": query.min_price,
        "max_price": query.max_price,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _qrels(queries: list[Query], items: list[Item]) -> str:
    lines = ["query_id\tproduct_id\trelevance"]
    for query in queries:
        lines += [f"{query.query_id}\t{item_id}\t{grade}" for item_id, grade in sorted(judge(query, items).items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Generate the files beside this module, or in the folder named on the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    files = generate()
    write(folder, files)
    for name, text in files.items():
        sys.stdout.write(f"{folder / name}: {len(text.encode()):,} bytes\n")


if __name__ == "__main__":
    main()
