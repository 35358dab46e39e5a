"""`silver`: queries with known right products, drawn from a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import chosen_index
from cli.output import console, count, print_json, progress_bars

if TYPE_CHECKING:
    from evaluation.silver import SilverSet


@click.command()
@click.argument("name", required=False)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for train, dev, test and card.json.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed draws other queries.")
@click.option("--per-product", type=click.IntRange(1, 3), default=3, show_default=True, help="Queries a product.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def silver(name: str | None, output: Path, seed: int, per_product: int, as_json: bool) -> None:
    """Draw queries with known right products from the catalogue NAME, to tune and measure search on.

    Up to three short queries a product, in three parts that share no product, no near-duplicate and no query.
    """
    from evaluation.silver import SHARES, Corpus, leak, make, write
    from retrieval.loading import open_build
    from retrieval.settings import load_settings

    settings = load_settings()
    build = open_build(settings.index_dir, chosen_index(name, settings), settings)
    try:
        products = build.store.all_products()
    finally:
        build.close()
    steps = len(SHARES) + 1
    with progress_bars() as progress:
        progress("silver", 0, steps)
        made = make(products, seed=seed, per_product=per_product)
        corpus, leaks = Corpus(products), {}
        for done, (side, split) in enumerate(made.splits.items(), start=1):
            progress("silver", done, steps)
            if split.queries:
                leaks[side] = leak(split.queries, split.qrels, corpus)
        write(made, output, leaks)
        progress("silver", steps, steps)
    card = made.card() | {"leak": {side: report.to_dict() for side, report in leaks.items()}}
    if as_json:
        print_json(card)
    else:
        _show(made, card, output)


def _show(made: SilverSet, card: dict[str, Any], output: Path) -> None:
    out = console()
    for side, numbers in made.counts.items():
        line = (
            f"{side}: {count(numbers['queries'], 'query', 'queries')}, {count(numbers['pairs'], 'pair')}, "
            f"drawn from {count(numbers['products'], 'product')}"
        )
        if side in card["leak"]:
            found = card["leak"][side]
            line += (
                f"; {found['in_title']:.0%} of the words stand in the right title, {found['only_match']:.0%} of the "
                f"queries are answered by all words alone; nDCG@10 {found['rank_bm25']['nDCG@10']:.3f} by rank_bm25, "
                f"{found['oracle']['nDCG@10']:.3f} at best"
            )
        out.print(line)
    for reason, number in made.dropped.items():
        out.print(f"left out, {reason}: {number:,}")
    out.print(f"{made.version}, seed {made.seed}: {output}")
