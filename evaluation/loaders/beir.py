"""BEIR's layout: corpus.jsonl, queries.jsonl and qrels/<split>.tsv (Thakur et al., NeurIPS 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.loaders.found import checked_folder, exact, named, plain_name, unpacked_first
from evaluation.loaders.judgements import read_judgements
from evaluation.loaders.lines import json_lines
from evaluation.loaders.source import Options, Passage, Problems, Source, checked_id, passage, query
from evaluation.records import Query
from retrieval.errors import EvaluationError


def open_beir(folder: Path, options: Options) -> Source:
    """Return the source of a data set as BEIR has it; the split is `test` where none is named.

    Passages have `_id`, `title` (which may be missing or null) and `text`, queries `_id` and `text`; their `metadata`
    is left alone. Raises EvaluationError where a file or the split is not there.
    """
    checked_folder(folder)
    corpus = named(options.catalogue, folder) if options.catalogue else exact(folder, "corpus.jsonl", "the passages")
    asked = named(options.queries, folder) if options.queries else exact(folder, "queries.jsonl", "the queries")
    qrels = named(options.qrels, folder) if options.qrels else _qrels(folder, options.split or "test")
    return Source(
        name=folder.resolve().name,
        passages=lambda problems: _passages(corpus, problems),
        queries=lambda: _queries(asked),
        judgements=lambda: read_judgements(qrels),
        files=(corpus, asked, qrels),
    )


def _qrels(folder: Path, split: str) -> Path:
    inside = folder / "qrels"
    found = unpacked_first(inside.glob("*.tsv*")) if inside.is_dir() else []
    for path in found:
        if plain_name(path) == f"{split.lower()}.tsv":
            return path
    there = ", ".join(plain_name(path).removesuffix(".tsv") for path in found)
    raise EvaluationError(
        f"{inside}: holds no {split}.tsv; "
        + (f"the splits there are {there}: choose with --split" if there else "it should hold one .tsv file a split")
    )


def _passages(path: Path, problems: Problems) -> Iterator[Passage]:
    for number, row in json_lines(path):
        where = f"{path}:{number}"
        product_id = checked_id(row.get("_id"), "`_id`", where)
        title, text = _text(row, "title", where), _text(row, "text", where)
        yield passage(product_id, title, text, number, problems, path)


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is None and (key == "title" or key in row):
        return ""
    if not isinstance(value, str):
        raise EvaluationError(
            f"{where}: {key!r} must be a text, it is {'missing' if key not in row else repr(value)[:80]}"
        )
    return value


def _queries(path: Path) -> Iterator[Query]:
    for number, row in json_lines(path):
        yield query(row.get("_id"), row.get("text"), f"{path}:{number}")
