"""Read judgements: TREC qrels of four columns, and tables of three with or without a header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from evaluation.loaders.lines import read_lines
from evaluation.loaders.source import Judgement, checked_id
from evaluation.measures import LARGEST_GRADE, bad_grade
from retrieval.errors import EvaluationError

NAMES: Mapping[str, tuple[str, ...]] = {
    "query_id": ("query_id", "query-id", "queryid", "qid", "query id", "topic", "topic_id"),
    "product_id": ("product_id", "product-id", "corpus-id", "corpus_id", "doc_id", "docid", "doc-id", "pid", "item_id"),
    "relevance": ("relevance", "score", "grade", "rel", "label", "relevance_score", "judgement", "judgment"),
}
"""What columns of judgements are called, by what they hold."""
_GRADE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0+)?")


def grade_of(text: object, where: str, labels: Mapping[str, int] | None = None) -> int:
    """Return a grade: a whole number, or what a label stands for; raise EvaluationError for anything else."""
    written = str(text).strip() if not isinstance(text, bool) and text is not None else ""
    if labels and written in labels:
        return labels[written]
    if not _GRADE.fullmatch(written) or int(float(written)) > LARGEST_GRADE:
        hint = f" Labels that are known: {', '.join(labels)}." if labels else ""
        raise EvaluationError(f"{where}: {bad_grade(written)}{hint}")
    return int(float(written))


def read_judgements(path: Path) -> Iterator[Judgement]:
    """Yield the rows of a judgements file, plain or gzipped.

    Read are TREC's four columns (query, 0, product, grade; split by any white space), and three columns split by tabs:
    ours (`query_id product_id relevance`) and BEIR's (`query-id corpus-id score`) by their header in any order, or
    query, product and grade without one. Raises EvaluationError naming file and line.
    """
    order: tuple[int, int, int] | None = None
    trec = found = False
    for number, line in read_lines(path):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        if order is None:
            cells = _cells(line, where)
            trec = len(cells) != 3
            order = (0, 2, 3) if trec else _columns(cells, where)
            if not trec and not _GRADE.fullmatch(cells[2].strip()):
                continue
        cells = line.split() if trec else _cells(line, where)
        if len(cells) != (4 if trec else 3):
            raise EvaluationError(
                f"{where}: {len(cells)} columns where {'four of TREC (query 0 product grade)' if trec else 'three'} "
                "should be; correct the line"
            )
        query_id, product_id, grade = (cells[at] for at in order)
        found = True
        yield Judgement(
            checked_id(query_id, "the query's id", where),
            checked_id(product_id, "the product's id", where),
            grade_of(grade, where),
            path,
            number,
        )
    if not found:
        raise EvaluationError(f"{path}: holds no judgement; each line is query, product and grade")


def _cells(line: str, where: str) -> list[str]:
    """Return the cells between tabs; an id that holds a quotation mark stands in quotes, as in CSV."""
    if '"' not in line:
        return line.split("\t")
    try:
        return next(csv.reader([line], delimiter="\t"))
    except csv.Error as error:
        raise EvaluationError(f"{where}: this line is no row of judgements ({error}); correct it") from error


def _columns(header: list[str], where: str) -> tuple[int, int, int]:
    """Return where query, product and grade stand; in this order where the first line is no header."""
    if _GRADE.fullmatch(header[2].strip()):
        return 0, 1, 2
    found = []
    for field, names in NAMES.items():
        at = next((n for n, cell in enumerate(header) if cell.strip().casefold() in names), None)
        if at is None:
            raise EvaluationError(
                f"{where}: the header names no column for {field}; it has {', '.join(map(repr, header))}; call it "
                f"{field!r}"
            )
        found.append(at)
    return found[0], found[1], found[2]
