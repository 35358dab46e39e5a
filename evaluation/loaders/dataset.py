"""From a source to a data set: queries and judgements that fit together, products streamed past, our own files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.files import write_qrels, write_queries
from evaluation.loaders.beir import open_beir
from evaluation.loaders.custom import open_custom, open_own
from evaluation.loaders.msmarco import open_msmarco
from evaluation.loaders.quora import open_quora
from evaluation.loaders.sampling import drawn, sampled
from evaluation.loaders.source import Dataset, Options, Passage, Problem, Problems, Source
from evaluation.records import Qrels, Query
from retrieval.errors import EvaluationError
from retrieval.files import replacing
from retrieval.protocols import Progress
from retrieval.records import Product

OPENERS: Mapping[str, Callable[[Path, Options], Source]] = {
    "own": open_own,
    "beir": open_beir,
    "msmarco": open_msmarco,
    "quora": open_quora,
    "custom": open_custom,
}
KINDS = tuple(OPENERS)
_TOLD_EVERY = 10_000
CATALOGUE, QUERIES, QRELS = "catalogue.jsonl", "queries.jsonl", "qrels.tsv"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion wrote: counts, how many judgements of each grade, what was odd, and the files."""

    name: str
    products: int
    queries: int
    judgements: int
    grades: Mapping[int, int]
    problems: tuple[Problem, ...]
    catalogue: Path
    queries_file: Path
    qrels_file: Path


@dataclass(slots=True)
class _Judged:
    """The judged queries and their judgements, and what was odd about them so far."""

    source: Source
    options: Options
    queries: list[Query] = field(default_factory=list)
    qrels: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    passages: int = 0
    progress: Progress | None = None


def load(kind: str, folder: Path, options: Options | None = None) -> Dataset:
    """Return a data set in memory; `convert` writes one of millions of products without holding it.

    `kind` is one of KINDS. Raises EvaluationError naming file and line for whatever cannot be read or does not fit
    together (CatalogueError for a catalogue without products, SettingsError for a mapping that makes no sense).
    """
    judged = _judged(_open(kind, folder, options or Options()), options or Options())
    products = tuple(_products(judged))
    return Dataset(judged.source.name, products, tuple(judged.queries), judged.qrels, judged.problems.all())


def convert(
    kind: str, folder: Path, output: Path, options: Options | None = None, progress: Progress | None = None
) -> Conversion:
    """Write a data set as catalogue.jsonl, queries.jsonl and qrels.tsv into `output`, products streamed past.

    Nothing takes its place before everything was read; `progress` is told how many products were, of a number that is
    not known before. Raises as `load` does, and EvaluationError where a file of the
    source would be overwritten.
    """
    judged = _judged(_open(kind, folder, options or Options()), options or Options())
    judged.progress = progress
    targets = {(output / name).resolve() for name in (CATALOGUE, QUERIES, QRELS)}
    for path in judged.source.files:
        if path.resolve() in targets:
            raise EvaluationError(f"{path} would be overwritten by its own conversion; write into another folder")
    return _written(judged.source.name, _products(judged), judged.queries, judged.qrels, judged.problems, output)


def write(dataset: Dataset, folder: Path) -> Conversion:
    """Write a data set as catalogue.jsonl, queries.jsonl and qrels.tsv into a folder, each file whole or not at all."""
    problems = Problems()
    for problem in dataset.problems:
        problems.add(problem.code, problem.message, count=problem.count)
    return _written(dataset.name, iter(dataset.products), list(dataset.queries), dataset.qrels, problems, folder)


def _open(kind: str, folder: Path, options: Options) -> Source:
    if kind not in OPENERS:
        raise EvaluationError(f"{kind!r} is no kind of data set; choose one of {', '.join(KINDS)}")
    return OPENERS[kind](folder, options)


def _written(
    name: str, products: Iterator[Product], queries: list[Query], qrels: Qrels, problems: Problems, folder: Path
) -> Conversion:
    count = 0
    with replacing(folder / CATALOGUE) as file:
        for product in products:
            count += 1
            file.write(json.dumps(product.to_dict(), ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
        # Only now is it known which judged products are there; queries and judgements are those that are left.
        write_queries(folder / QUERIES, queries)
        write_qrels(folder / QRELS, qrels)
    grades: dict[int, int] = {}
    for row in qrels.values():
        for grade in row.values():
            grades[grade] = grades.get(grade, 0) + 1
    return Conversion(
        name=name,
        products=count,
        queries=len(queries),
        judgements=sum(grades.values()),
        grades=dict(sorted(grades.items())),
        problems=problems.all(),
        catalogue=folder / CATALOGUE,
        queries_file=folder / QUERIES,
        qrels_file=folder / QRELS,
    )


def _judged(source: Source, options: Options) -> _Judged:
    """Return the queries that are judged with their judgements; raise EvaluationError where the two do not fit."""
    judged = _Judged(source, options)
    _read_judgements(judged)
    unjudged = 0
    texts: dict[str, Query] = {}
    for query in source.queries():
        if query.query_id not in judged.qrels:
            unjudged += 1
        elif query.query_id in texts:
            raise EvaluationError(
                f"{source.name}: query id {query.query_id!r} stands twice among the queries; give each query its own"
            )
        else:
            texts[query.query_id] = query
    if len(texts) < len(judged.qrels):
        _drop_unknown_queries(judged, texts)
    if unjudged:
        judged.problems.add("unjudged-query", "queries without a judgement were left out", count=unjudged)
    if options.max_queries is not None and options.max_queries < len(texts):
        keep = frozenset(drawn(texts, options.max_queries, options.seed))
        judged.problems.add("undrawn-query", "judged queries were not drawn", count=len(texts) - len(keep))
        texts = {name: query for name, query in texts.items() if name in keep}
    judged.queries = list(texts.values())
    # In the order of the queries: a file of judgements may be sorted by anything.
    judged.qrels = {name: judged.qrels[name] for name in texts}
    _nonempty(judged)
    return judged


def _nonempty(judged: _Judged) -> None:
    if not judged.queries:
        raise EvaluationError(
            f"{judged.source.name}: no query with a judgement is left; the ids of queries and judgements may be of "
            "different data sets, or the split may be too small"
        )


def _read_judgements(judged: _Judged) -> None:
    problems = judged.problems
    for query_id, product_id, grade, path, line in judged.source.judgements():
        place = f"{path}:{line}"
        if grade < 0:
            problems.add(
                "negative-grade", "judgements below 0 say that nobody judged, as in trec_eval; left out", place
            )
            continue
        row = judged.qrels.setdefault(query_id, {})
        if product_id in row and row[product_id] != grade:
            raise EvaluationError(
                f"{place}: product {product_id!r} was graded {row[product_id]} for query {query_id!r} before, and "
                f"{grade} here; keep one of the two"
            )
        if product_id in row:
            problems.add("repeated-judgement", "judgements stand twice with one grade and count once", place)
        row[product_id] = grade


def _products(judged: _Judged) -> Iterator[Product]:
    """Yield the products that are kept; at the end every judgement is of one of them.

    The queries and judgements of `judged` are complete only when the last product was taken.
    """
    options, problems = judged.options, judged.problems
    missing = {product_id for row in judged.qrels.values() for product_id in row}
    passages = _once(judged)
    if options.sample is not None:
        passages = sampled(passages, missing, options.sample, options.seed)
    kept = 0
    for passage in passages:
        kept += 1
        missing.discard(passage.product.product_id)
        yield passage.product
    if not kept:
        raise EvaluationError(f"{judged.source.files[0]}: holds no product")
    if judged.passages > kept:
        problems.add("undrawn-product", "products were not drawn", count=judged.passages - kept)
    if missing:
        _drop_unknown_products(judged, missing)


def _once(judged: _Judged) -> Iterator[Passage]:
    """Yield each product once and count it; note queries that stand in the catalogue under their own id."""
    seen: set[str] = set()
    texts = {query.query_id: query.text for query in judged.queries}
    for passage in judged.source.passages(judged.problems):
        product, path = passage
        if product.product_id in seen:
            message = "product ids stand twice; the first product was kept"
            judged.problems.add("repeated-product", message, f"{path}:{product.line}")
            continue
        seen.add(product.product_id)
        if texts.get(product.product_id) in (product.title, product.description):
            message = (
                "queries stand in the catalogue with their own id and text; BEIR takes that hit out of a ranking, "
                "a run here keeps it"
            )
            judged.problems.add("query-in-catalogue", message, f"{path}:{product.line}")
        judged.passages += 1
        if judged.progress and judged.passages % _TOLD_EVERY == 0:
            judged.progress("products", judged.passages, judged.passages)
        yield passage


def _drop_unknown_queries(judged: _Judged, known: Mapping[str, Query]) -> None:
    """Leave out judgements of queries that are not there, or raise EvaluationError naming the first."""
    for query_id, product_id, _, path, line in judged.source.judgements():
        if query_id in known or product_id not in judged.qrels.get(query_id, ()):
            continue
        if not judged.options.drop_unknown:
            raise EvaluationError(
                f"{path}:{line}: query {query_id!r} is judged, but it is not among the queries; mend the files, or "
                "leave such judgements out with --drop-unknown"
            )
        message = "judgements of queries that are not there were left out"
        judged.problems.add("unknown-query", message, f"{path}:{line}")
        del judged.qrels[query_id][product_id]


def _drop_unknown_products(judged: _Judged, missing: AbstractSet[str]) -> None:
    """Leave out judgements of products that are not there, or raise EvaluationError naming the first."""
    for query_id, product_id, _, path, line in judged.source.judgements():
        row = judged.qrels.get(query_id, {})
        if product_id not in missing or product_id not in row:
            continue
        place = f"{path}:{line}"
        if not judged.options.drop_unknown:
            raise EvaluationError(
                f"{place}: product {product_id!r} is judged, but it is not in the catalogue ({len(missing):,} such "
                "in all); mend the files, or leave such judgements out with --drop-unknown"
            )
        judged.problems.add("unknown-product", "judgements of products that are not there were left out", place)
        del row[product_id]
        if not row:
            del judged.qrels[query_id]
            judged.problems.add("emptied-query", "queries lost their last judgement and were left out", place)
    judged.queries[:] = [query for query in judged.queries if query.query_id in judged.qrels]
    _nonempty(judged)
