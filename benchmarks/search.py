"""How fast is it? Every claim beside its reference in one run: ratios, and the absolutes that they come from.

Run it with: python -m benchmarks.search [--data FOLDER]. The texts are those of FOLDER's largest catalogue, repeated
to the sizes measured; without one, the sample catalogue's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rank_bm25 import BM25Okapi

from benchmarks.record import origin, provenance, table, write
from retrieval import keyword
from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.indexing import build_index
from retrieval.keyword.bm25s_index import Bm25sIndex
from retrieval.keyword.fields import FIELDS
from retrieval.keyword.tokens import Tokenizer
from retrieval.models import PACKAGED, ModelPool
from retrieval.records import ParseReport, Product
from retrieval.settings import Settings

THREADS = 2
ROUNDS = 7
TOP = 100
SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def milliseconds(work: Callable[[str], object], queries: Sequence[str]) -> float:
    """Return the median time of a query, after a round of warm-up."""
    for query in queries[:5]:
        work(query)
    times = []
    for query in queries:
        began = time.perf_counter()
        work(query)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def repeated(products: Sequence[Product], count: int) -> list[Product]:
    """Return `count` products, the given ones over and over under new ids."""
    return [replace(products[i % len(products)], product_id=f"n{i}") for i in range(count)]


def keyword_speed(products: Sequence[Product], queries: Sequence[str], settings: Settings) -> list[dict[str, Any]]:
    """Return the time to tokenise, score and take the best hundred, by bm25s and by rank_bm25."""
    rows = []
    tokenizer = Tokenizer(settings.tokenizer)
    for count in (10_000, 100_000):
        sized = repeated(products, count)
        ours = keyword.build("bm25s", sized, settings)
        assert isinstance(ours, Bm25sIndex)
        ours.warm_up()
        reference = BM25Okapi([tokenizer("\n".join(read(product) for read in FIELDS.values())) for product in sized])

        def best(query: str, index: BM25Okapi = reference) -> Any:
            scores = index.get_scores(tokenizer(query))
            head = scores.argpartition(-TOP)[-TOP:]
            return head[(-scores[head]).argsort()]

        few = queries if count == 10_000 else queries[:20]
        fast = milliseconds(lambda query, index=ours: index.top(query, TOP), few)  # type: ignore[misc]
        slow = milliseconds(best, few)
        rows.append({"products": count, "bm25s_ms": fast, "rank_bm25_ms": slow, "ratio": slow / fast})
    return rows


def hybrid_speed(report: ParseReport, queries: Sequence[str], settings: Settings, models: ModelPool) -> dict[str, Any]:
    """Return the median of whole hybrid searches and of the query encoding alone, round by round in turn."""
    encoder = models.encoder(PACKAGED)
    build_index(report, "speed", settings=settings, encoder=encoder, encoder_source=PACKAGED)
    engine = SearchEngine.open("speed", settings.model_copy(update={"cache_ttl_s": 0}), models)
    engine.warm_up()
    rounds = [
        (
            milliseconds(lambda query: encoder.encode([query], query=True), queries),
            milliseconds(lambda query: engine.search(query, mode="hybrid", collapse=True), queries),
        )
        for _ in range(ROUNDS)
    ]
    engine.close()
    # Both of the round in which they differ by the median: a machine's noise comes in waves longer than a query.
    encode, search = sorted(rounds, key=lambda pair: pair[1] - pair[0])[ROUNDS // 2]
    return {
        "products": len(report.products),
        "hybrid_p50_ms": search,
        "encode_p50_ms": encode,
        "rest_ms": search - encode,
    }


def reindex_speed(report: ParseReport, settings: Settings, models: ModelPool) -> dict[str, Any]:
    """Return the seconds of a full build with an empty cache, and of a second one after 1% of the products changed."""
    encoder = models.encoder(PACKAGED)
    with tempfile.TemporaryDirectory() as folder:
        own = settings.model_copy(update={"index_dir": Path(folder) / "index", "data_dir": Path(folder)})
        began = time.perf_counter()
        build_index(report, "full", settings=own, encoder=encoder, encoder_source=PACKAGED)
        full = time.perf_counter() - began
        changed = tuple(
            replace(product, title=f"{product.title} revised", description=f"Revised. {product.description}")
            if number % 100 == 0
            else product
            for number, product in enumerate(report.products)
        )
        began = time.perf_counter()
        summary = build_index(
            replace(report, products=changed), "full", settings=own, encoder=encoder, encoder_source=PACKAGED
        )
        again = time.perf_counter() - began
    return {
        "products": len(changed),
        "full_s": full,
        "again_s": again,
        "share": again / full,
        "embedded": summary.embedded_new,
    }


def start_speed(queries: Sequence[str], settings: Settings) -> dict[str, Any]:
    """Return the seconds from starting `product-search search --mode bm25` to its result."""
    command = [sys.executable, "-m", "cli.main", "search", "--index", "speed", "--mode", "bm25", "--json"]
    environment = {**os.environ, "INDEX_DIR": str(settings.index_dir), "DATA_DIR": str(settings.data_dir)}
    times = []
    for query in [queries[0], *queries[:7]]:
        began = time.perf_counter()
        done = subprocess.run([*command, query], env=environment, capture_output=True, check=True)
        times.append(time.perf_counter() - began)
        json.loads(done.stdout)
    return {"median_s": statistics.median(times[1:]), "worst_s": max(times[1:])}


def markdown(figures: dict[str, Any]) -> str:
    """Return the report."""
    hybrid, again, start = figures["hybrid"], figures["reindex"], figures["start"]
    return "\n".join(
        [
            "# Speed\n",
            origin(figures),
            f"{figures['queries']} queries over the texts of {figures['texts']}, {THREADS} threads, packaged MiniLM on "
            "torch; medians.\n",
            "## Keyword search: tokenise, score, best hundred\n",
            table(
                ["products", "bm25s, ms", "rank_bm25, ms", "times faster"],
                [[r["products"], r["bm25s_ms"], r["rank_bm25_ms"], f"{r['ratio']:.0f}"] for r in figures["keyword"]],
            ),
            "## Hybrid search, whole, without result cache\n",
            table(
                ["products", "search p50, ms", "query encoding p50, ms", "the rest, ms"],
                [[hybrid["products"], hybrid["hybrid_p50_ms"], hybrid["encode_p50_ms"], hybrid["rest_ms"]]],
            ),
            "## Indexing again after 1% of the products changed\n",
            table(
                ["products", "full build, s", "again, s", "share", "texts embedded again"],
                [[again["products"], again["full_s"], again["again_s"], f"{again['share']:.1%}", again["embedded"]]],
            ),
            "## From starting `product-search search --mode bm25` to its result\n",
            table(["products", "median, s", "worst, s"], [[hybrid["products"], start["median_s"], start["worst_s"]]]),
        ]
    )


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--reindex-products", default=2_000, help="Products of the re-indexing measurement.")
@click.option("--report", default="speed", help="Name of the report; empty writes none.")
def main(data: Path | None, work: Path, reindex_products: int, report: str) -> None:
    """Measure keyword and hybrid search, re-indexing and the start of the command line."""
    # Set before torch is imported, so that both sides of every comparison have the same cores.
    os.environ.update({"OMP_NUM_THREADS": str(THREADS), "NUMBA_NUM_THREADS": str(THREADS)})
    catalogues = [(path.parent, parse_file(path)) for path in (data.glob("*/products.md") if data else ())]
    folder, parsed = max(
        catalogues or [(SAMPLES, parse_file(SAMPLES / "catalogue.md"))], key=lambda found: len(found[1].products)
    )
    queries = [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    settings = Settings(_env_file=None, threads=THREADS, index_dir=work / "index", data_dir=work)
    models = ModelPool(settings)
    figures: dict[str, Any] = {
        "made": provenance("benchmarks.search", []),
        "queries": len(queries),
        "texts": folder.name,
        "keyword": keyword_speed(parsed.products, queries, settings),
        "hybrid": hybrid_speed(parsed, queries, settings, models),
        "reindex": reindex_speed(replace(parsed, products=parsed.products[:reindex_products]), settings, models),
        "start": start_speed(queries, settings),
    }
    if report:
        write(report, figures, markdown(figures))


if __name__ == "__main__":
    main()
