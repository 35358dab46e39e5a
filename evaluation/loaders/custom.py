"""Our own files, and foreign ones whose columns are mapped: a catalogue, queries, and judgements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.files import read_queries
from evaluation.loaders.found import by_stem, checked_folder, named
from evaluation.loaders.judgements import NAMES as QRELS_NAMES
from evaluation.loaders.judgements import grade_of, read_judgements
from evaluation.loaders.lines import Record, records
from evaluation.loaders.source import Judgement, Options, Passage, Problems, Source, checked_id, query
from evaluation.records import Query
from retrieval.catalogue import SUFFIXES, parse_file, takes_mapping
from retrieval.catalogue.mapping import known_field
from retrieval.errors import EvaluationError, SettingsError
from retrieval.text import fold

CATALOGUE, QUERIES, QRELS = "catalogue", "queries", "qrels"
_STEMS = {
    CATALOGUE: ("catalogue", "catalog", "products", "product", "corpus"),
    QUERIES: ("queries", "query"),
    QRELS: ("qrels", "judgements", "judgments", "labels", "label"),
}
_TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_QUERY_NAMES: Mapping[str, tuple[str, ...]] = {
    "query_id": ("query_id", "query-id", "queryid", "query id", "qid", "_id", "id"),
    "text": ("text", "query", "query_text", "question", "keywords", "search"),
    "type": ("type", "query_type", "query_class", "class"),
}
_FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {QUERIES: _QUERY_NAMES, QRELS: QRELS_NAMES}


def open_own(folder: Path, options: Options) -> Source:
    """Return the source of our own files: a catalogue, queries.jsonl and qrels.tsv (or TREC qrels).

    The catalogue is called catalogue, products or corpus, in any format that `index` reads. Raises EvaluationError
    where a file is not there.
    """
    catalogue = _file(folder, options.catalogue, CATALOGUE, SUFFIXES)
    asked = _file(folder, options.queries, QUERIES, (".jsonl",))
    qrels = _file(folder, options.qrels, QRELS, (".tsv", ".txt", ".qrels"))
    return Source(
        name=folder.resolve().name,
        passages=lambda problems: _passages(catalogue, {}, problems),
        queries=lambda: read_queries(asked),
        judgements=lambda: read_judgements(qrels),
        files=(catalogue, asked, qrels),
    )


def open_custom(folder: Path, options: Options) -> Source:
    """Return the source of foreign files: JSON, JSON Lines or CSV, columns named by `options.mapping` or known names.

    Queries and judgements may stand in one file, the text of a query on each of its rows. Raises EvaluationError where
    a file is not there, SettingsError for a mapping of a field that there is not.
    """
    mappings = split_mapping(options.mapping)
    catalogue = _file(folder, options.catalogue, CATALOGUE, SUFFIXES)
    asked = _file(folder, options.queries, QUERIES, _TABLES)
    qrels = _file(folder, options.qrels, QRELS, _TABLES)
    return Source(
        name=folder.resolve().name,
        passages=lambda problems: _passages(catalogue, mappings[CATALOGUE], problems),
        queries=lambda: _queries(asked, mappings[QUERIES]),
        judgements=lambda: _judgements(qrels, mappings[QRELS], options.grades),
        files=(catalogue, asked, qrels),
    )


def _file(folder: Path, given: Path | None, kind: str, suffixes: Sequence[str]) -> Path:
    checked_folder(folder)
    if given is not None:
        return named(given, folder)
    return by_stem(folder, _STEMS[kind], suffixes, kind, f"--{kind}")


def split_mapping(mapping: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return field -> column for the catalogue, the queries and the judgements.

    `queries.text` is the field of one file; `query_id` is that of queries and judgements both, `product_id` of
    judgements and catalogue. What is said of one file goes before what is said of several. Raises SettingsError for a
    field that no file has.
    """
    result: dict[str, dict[str, str]] = {CATALOGUE: {}, QUERIES: {}, QRELS: {}}
    for field, column in sorted(mapping.items(), key=lambda pair: "." in pair[0]):
        kind, dot, name = field.partition(".")
        if dot and kind in _FIELDS:
            if name not in _FIELDS[kind]:
                raise SettingsError(f"{name!r} is no field of {kind}; map one of {', '.join(_FIELDS[kind])}.")
            result[kind][name] = column
        elif dot and kind == CATALOGUE:
            result[CATALOGUE][known_field(name)] = column
        elif dot:
            raise SettingsError(
                f"{field!r}: {kind!r} is no file; write {CATALOGUE}., {QUERIES}. or {QRELS}. before a field."
            )
        else:
            homes = [kind for kind, fields in _FIELDS.items() if field in fields]
            for kind in homes:
                result[kind][field] = column
            if not homes or field == "product_id":
                result[CATALOGUE][known_field(field)] = column
    return result


def _passages(path: Path, mapping: Mapping[str, str], problems: Problems) -> Iterator[Passage]:
    if not takes_mapping(path.name):
        # `product_id` may have been said for the judgements; any other field is refused by the reader.
        mapping = {field: column for field, column in mapping.items() if field != "product_id"}
    report = parse_file(path, mapping or None)
    for problem in report.problems:
        problems.add(
            f"catalogue-{problem.code}",
            f"oddities of the catalogue, explained by: product-search check {path}",
            f"{path}:{problem.line}",
        )
    for product in report.products:
        checked_id(product.product_id, "the product's id", f"{path}:{product.line}")
        yield Passage(product, path)


def _queries(path: Path, mapping: Mapping[str, str]) -> Iterator[Query]:
    seen: dict[str, tuple[str, int]] = {}
    columns: dict[str, str | None] = {}
    for number, row in records(path):
        where = f"{path}:{number}"
        columns = columns or _columns(row, mapping, QUERIES, where, optional=("type",))
        kind = _cell(row, columns["type"]) if columns["type"] else None
        found = query(
            _cell(row, columns["query_id"]),
            _cell(row, columns["text"]),
            where,
            str(kind).strip() or None if kind is not None else None,
        )
        text, line = seen.setdefault(found.query_id, (found.text, number))
        if text != found.text:
            raise EvaluationError(
                f"{where}: query {found.query_id!r} has another text on line {line}; give each query an id of its own"
            )
        if line == number:
            yield found


def _judgements(path: Path, mapping: Mapping[str, str], grades: Mapping[str, int]) -> Iterator[Judgement]:
    columns: dict[str, str | None] = {}
    for number, row in records(path):
        where = f"{path}:{number}"
        columns = columns or _columns(row, mapping, QRELS, where)
        yield Judgement(
            checked_id(_cell(row, columns["query_id"]), "the query's id", where),
            checked_id(_cell(row, columns["product_id"]), "the product's id", where),
            grade_of(_cell(row, columns["relevance"]), where, grades),
            path,
            number,
        )


def _cell(row: Record, column: str | None) -> Any:
    return row.get(column) if column is not None else None


def _columns(
    row: Record, mapping: Mapping[str, str], kind: str, where: str, optional: Sequence[str] = ()
) -> dict[str, str | None]:
    """Return the column of each field, as the mapping says or by the names that are known for it."""
    there = {fold(column).strip(): column for column in row}
    columns: dict[str, str | None] = {}
    for field, names in _FIELDS[kind].items():
        wanted = mapping.get(field)
        if wanted is not None:
            column = wanted if wanted in row else there.get(fold(wanted).strip())
        else:
            column = next((there[name] for name in names if name in there), None)
        if column is None and (wanted is not None or field not in optional):
            said = f"column {wanted!r}, which the mapping names for {field}" if wanted else f"column for {field}"
            raise EvaluationError(
                f"{where}: no {said}; the columns there are {', '.join(map(repr, row)) or 'none'}. Say --map "
                f"{kind}.{field}=COLUMN"
            )
        columns[field] = column
    return columns
