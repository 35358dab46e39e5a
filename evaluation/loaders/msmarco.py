"""MS MARCO and TREC Deep Learning: passages or documents as TSV (version 1) or JSON Lines (version 2), queries, qrels.

Files are taken as the tracks publish them (https://microsoft.github.io/msmarco), plain or gzipped, without a header and
without quoting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evaluation.loaders.found import checked_folder, named, plain_name, unpacked_first
from evaluation.loaders.judgements import read_judgements
from evaluation.loaders.lines import json_lines, plain_suffix, read_lines
from evaluation.loaders.source import Options, Passage, Problems, Source, checked_id, passage, query
from evaluation.records import Query
from retrieval.catalogue.fields import parse_url
from retrieval.errors import EvaluationError

_COLLECTIONS = ("collection", "msmarco-docs", "msmarco_passage", "msmarco_doc", "passages")


def open_msmarco(folder: Path, options: Options) -> Source:
    """Return the source of a collection with the queries and qrels of one split (`dev.small`, `2019`, ...).

    A split is part of the files' names and may be left out where there is only one file of each; files may stand one
    folder deeper. A collection in several files (`msmarco_passage_00.gz`, ...) is read in their order. Raises
    EvaluationError where a file is not there or it is not clear which one is meant.
    """
    checked_folder(folder)
    there = [path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file()]
    collection = [named(options.catalogue, folder)] if options.catalogue else _collection(folder, there)
    asked = (
        named(options.queries, folder)
        if options.queries
        else _one(folder, there, _is_queries, "queries", options.split, "--queries")
    )
    qrels = (
        named(options.qrels, folder)
        if options.qrels
        else _one(folder, there, _is_qrels, "qrels", options.split, "--qrels")
    )
    return Source(
        name="-".join(part for part in (folder.resolve().name, options.split) if part),
        passages=lambda problems: _passages(collection, problems),
        queries=lambda: _queries(asked),
        judgements=lambda: read_judgements(qrels),
        files=(*collection, asked, qrels),
    )


def _is_queries(name: str) -> bool:
    return name.endswith((".tsv", ".txt")) and ("queries" in name or "topics" in name) and "qrels" not in name


def _is_qrels(name: str) -> bool:
    return name.endswith((".tsv", ".txt")) and "qrels" in name


def _collection(folder: Path, there: Sequence[Path]) -> list[Path]:
    for start in _COLLECTIONS:
        found = unpacked_first(
            path
            for path in there
            if plain_name(path).startswith(start)
            and (plain_suffix(path) in (".tsv", ".jsonl", ".json") or path.suffix.lower() == ".gz")
            and not plain_name(path).endswith(".tar")
        )
        if found:
            return found
    raise EvaluationError(
        f"{folder}: holds no collection.tsv, msmarco-docs.tsv or msmarco_passage_*.gz; unpack the collection there, or "
        "name it with --catalogue FILE"
    )


def _one(
    folder: Path, there: Sequence[Path], wanted: Callable[[str], bool], what: str, split: str | None, option: str
) -> Path:
    """Return the file of the split: of several whose names hold it the shortest (`dev` is not `dev.small`)."""
    found = unpacked_first(path for path in there if wanted(plain_name(path)))
    if not found:
        raise EvaluationError(f"{folder}: holds no {what}, a .tsv or .txt file with {what!r} in its name; "
                              f"name it with {option} FILE")  # fmt: skip
    chosen = [path for path in found if split is None or split.lower() in plain_name(path)]
    shortest = min((len(plain_name(path)) for path in chosen), default=0)
    if split is not None:
        chosen = [path for path in chosen if len(plain_name(path)) == shortest]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(path.name for path in chosen or found)
    asked = f"which {what} are those of split {split!r}" if split else f"which {what} are meant"
    raise EvaluationError(f"{folder}: it is not clear {asked}: there are {names}; say --split NAME or {option} FILE")


def _passages(paths: Sequence[Path], problems: Problems) -> Iterator[Passage]:
    for path in paths:
        yield from _tsv(path, problems) if plain_suffix(path) == ".tsv" else _json(path, problems)


def _tsv(path: Path, problems: Problems) -> Iterator[Passage]:
    """Yield passages (id, text) or documents (id, URL, title, body); the first line says which."""
    width = 0
    for number, line in read_lines(path):
        if not line.strip():
            continue
        cells = line.split("\t")
        where = f"{path}:{number}"
        if not width and len(cells) not in (2, 4):
            raise EvaluationError(
                f"{where}: {len(cells)} columns where 2 (id, passage) or 4 (id, URL, title, body) should be, split by "
                "tabs; is this the collection?"
            )
        width = width or len(cells)
        if len(cells) != width:
            raise EvaluationError(f"{where}: {len(cells)} columns where the lines before have {width}; mend the line")
        product_id = checked_id(cells[0], "the passage's id", where)
        if width == 2:
            yield passage(product_id, "", cells[1], number, problems, path)
        else:
            yield passage(product_id, cells[2], cells[3], number, problems, path, parse_url(cells[1]))


def _json(path: Path, problems: Problems) -> Iterator[Passage]:
    """Yield passages (`pid`, `passage`) or documents (`docid`, `url`, `title`, `headings`, `body`) of version 2."""
    for number, row in json_lines(path):
        where = f"{path}:{number}"
        key, text = ("pid", "passage") if "passage" in row else ("docid", "body")
        for needed in (key, text):
            if not isinstance(row.get(needed), str):
                raise EvaluationError(f"{where}: {needed!r} must be a text, it is {repr(row.get(needed))[:80]}")
        product_id = checked_id(row[key], f"`{key}`", where)
        title, url = row.get("title"), row.get("url")
        yield passage(
            product_id,
            title if isinstance(title, str) else "",
            row[text],
            number,
            problems,
            path,
            parse_url(url) if isinstance(url, str) else None,
        )


def _queries(path: Path) -> Iterator[Query]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        query_id, tab, text = line.partition("\t")
        if not tab:
            raise EvaluationError(f"{path}:{number}: no tab; each line is a query's id, a tab, and its text")
        yield query(query_id, text, f"{path}:{number}")
