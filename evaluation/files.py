"""Queries, judgements and runs as files: JSON Lines, TSV or TREC qrels, and TREC runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.measures import LARGEST_GRADE, bad_grade
from evaluation.records import Qrels, Query, Ranked, Run
from evaluation.runs import first_fault, strictly_falling, tie_free
from retrieval.errors import EvaluationError
from retrieval.files import replace_text, replacing

QRELS_HEADER = ("query_id", "product_id", "relevance")


def read_queries(path: Path) -> tuple[Query, ...]:
    """Return the queries of a JSON Lines file in its order; raise EvaluationError naming file and line.

    A line is an object with `query_id` and `text`, and perhaps `type`; its other keys are kept as details.
    """
    found: dict[str, tuple[int, Query]] = {}
    for number, line in _lines(path, "JSON Lines"):
        query = _query(line, f"{path}:{number}")
        if query.query_id in found:
            raise EvaluationError(
                f"{path}:{number}: query_id {query.query_id!r} stands on line {found[query.query_id][0]} already; "
                "give each query its own"
            )
        found[query.query_id] = (number, query)
    if not found:
        raise EvaluationError(f'{path}: holds no query; write one a line: {{"query_id": "1", "text": "red shoes"}}')
    return tuple(query for _, query in found.values())


def _lines(path: Path, form: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers from 1."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read ({error.strerror}); name a file that is there") from error
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"{path}: not a UTF-8 text file (byte {error.start}); write it as {form} in UTF-8"
        ) from error
    # Not splitlines: a text may hold U+2028 and its like.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _query(line: str, where: str) -> Query:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{where}: not JSON ({error}); each line is one object with query_id and text") from error
    if not isinstance(row, dict):
        raise EvaluationError(f"{where}: not a JSON object; each line is one object with query_id and text")
    for key in ("query_id", "text"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise EvaluationError(f"{where}: {key!r} must be a text that is not empty, it is {row.get(key)!r}")
    if _spaced(row["query_id"]):
        raise EvaluationError(
            f"{where}: query_id {row['query_id']!r} holds a space, which a TREC run cannot; rename it"
        )
    if not isinstance(row.get("type"), str | None):
        raise EvaluationError(f"{where}: 'type' must be a text or be left out, it is {row['type']!r}")
    # The line was UTF-8, so half a letter can only have come in by an escape.
    if "\\ud" in line.lower():
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise EvaluationError(f"{where}: holds half a letter (a lone \\ud... escape); correct the text") from error
    details = {key: value for key, value in row.items() if key not in {"query_id", "text", "type"}}
    return Query(row["query_id"], row["text"], row.get("type"), details)


def _spaced(name: str) -> bool:
    return len(name.split()) != 1 or name != name.strip()


def write_queries(path: Path, queries: Iterable[Query]) -> None:
    """Write queries as JSON Lines that read_queries reads back."""
    rows: list[dict[str, Any]] = [
        {
            "query_id": query.query_id,
            "text": query.text,
            **({} if query.type is None else {"type": query.type}),
            **query.details,
        }
        for query in queries
    ]
    replace_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return grade by product id by query id; raise EvaluationError naming file and line.

    Reads our TSV, whose first line is `query_id product_id relevance`, and TREC's four columns without a header (query,
    0, product, grade). A grade is a whole number from 0; a pair that was judged twice is refused.
    """
    qrels: dict[str, dict[str, int]] = {}
    lines: dict[tuple[str, str], int] = {}
    ours: bool | None = None
    for number, line in _lines(path, "tab-separated text"):
        where = f"{path}:{number}"
        if ours is None:
            ours = tuple(line.split("\t")) == QRELS_HEADER
            if ours:
                continue
        query_id, product_id, grade = _judgement(line, where, ours)
        if (query_id, product_id) in lines:
            raise EvaluationError(
                f"{where}: product {product_id!r} was judged for query {query_id!r} on line "
                f"{lines[query_id, product_id]} already; keep one of the two"
            )
        lines[query_id, product_id] = number
        qrels.setdefault(query_id, {})[product_id] = grade
    if not qrels:
        raise EvaluationError(f"{path}: holds no judgement; each line is query_id, product_id and relevance")
    return qrels


def _judgement(line: str, where: str, ours: bool) -> tuple[str, str, int]:
    columns = line.split("\t") if ours else re.split(r"[ \t]+", line.strip(" \t"))
    if len(columns) != (3 if ours else 4) or not all(columns):
        wanted = (
            "query_id, product_id and relevance, split by tabs"
            if ours
            else "four columns of TREC qrels, or a first line 'query_id<tab>product_id<tab>relevance' and three columns"
        )
        raise EvaluationError(f"{where}: {len(columns)} columns where {wanted} should be; correct the line")
    query_id, product_id, grade = columns if ours else (columns[0], columns[2], columns[3])
    if not re.fullmatch(r"\+?[0-9]{1,9}", grade.strip(" ")) or int(grade) > LARGEST_GRADE:
        raise EvaluationError(f"{where}: {bad_grade(grade)}")
    return query_id, product_id, int(grade)


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write judgements as TSV that read_qrels reads back; raise EvaluationError for an id that TSV cannot hold."""
    lines = ["\t".join(QRELS_HEADER)]
    for query_id, grades in qrels.items():
        for product_id, grade in grades.items():
            for name in (query_id, product_id):
                if not name.strip() or re.search(r"[\t\r\n]", name):
                    raise EvaluationError(
                        f"query {query_id!r}, product {product_id!r}: the id {name!r} is empty or holds a tab or line "
                        "break, which a TSV file cannot; rename it"
                    )
            lines.append(f"{query_id}\t{product_id}\t{grade}")
    replace_text(path, "\n".join(lines) + "\n")


@dataclass(slots=True)
class _Rows:
    """The lines of one query in a run file."""

    product_ids: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def read_run(path: Path, name: str | None = None, *, mend: bool = False) -> Run:
    """Return a TREC run: `query_id Q0 product_id rank score tag` a line; raise EvaluationError naming file and line.

    A run that is tied (in single precision), unsorted or names a product twice is refused, or put in order by tie_free
    with `mend`. The name is the file's tag where it has a single one, else the file's name without its ending.
    """
    rows: dict[str, _Rows] = {}
    tags: set[str] = set()
    for number, line in _lines(path, "a TREC run"):
        columns = re.split(r"[ \t]+", line.strip(" \t"))
        where = f"{path}:{number}"
        if len(columns) != 6:
            raise EvaluationError(
                f"{where}: {len(columns)} columns, not the six of a TREC run "
                "(query_id Q0 product_id rank score tag); correct the line"
            )
        query_id, _, product_id, rank, score, tag = columns
        if not re.fullmatch(r"[0-9]{1,9}", rank):
            raise EvaluationError(f"{where}: the rank is {rank!r}, not a whole number; correct it")
        entry = rows.setdefault(query_id, _Rows())
        entry.product_ids.append(product_id)
        entry.scores.append(_score(score, where))
        entry.ranks.append(int(rank))
        entry.numbers.append(number)
        tags.add(tag)
    if not rows:
        raise EvaluationError(f"{path}: holds no result; a run has lines `query_id Q0 product_id rank score tag`")
    if not mend:
        for query_id, entry in rows.items():
            _refuse(path, query_id, entry)
    return Run(
        name=name or (tags.pop() if len(tags) == 1 else path.stem),
        ranked={
            query_id: tie_free(pairs) if mend else list(pairs)
            for query_id, entry in rows.items()
            for pairs in [list(zip(entry.product_ids, entry.scores, strict=True))]
        },
    )


def _score(text: str, where: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = float("nan")
    if score - score != 0:
        raise EvaluationError(f"{where}: the score is {text!r}, not a finite number; rank again")
    return score


def _refuse(path: Path, query_id: str, entry: _Rows) -> None:
    fault = first_fault(entry.product_ids, entry.scores)
    unsorted = next((i for i in range(1, len(entry.ranks)) if entry.ranks[i] <= entry.ranks[i - 1]), None)
    if unsorted is not None and (fault is None or unsorted < fault[0]):
        fault = unsorted, f"rank {entry.ranks[unsorted]} comes after rank {entry.ranks[unsorted - 1]}"
    if fault is not None:
        raise EvaluationError(
            f"{path}:{entry.numbers[fault[0]]}: query {query_id!r}: {fault[1]}; order the run by score and id, each "
            "product once, or have it mended"
        )


def trec_lines(query_id: str, ranked: Ranked, tag: str) -> Iterator[str]:
    """Yield a query's lines of a TREC run, ranks from 1, in the order given.

    Scores fall strictly even in single precision, which is what trec_eval reads them in: a tie is broken by the least
    step down, so that the order on paper is the order measured. Raises EvaluationError for an id that the format cannot
    hold, and for a product that is there twice.
    """
    if _spaced(query_id):
        raise EvaluationError(f"query_id {query_id!r} holds a space, which a TREC run cannot; rename it")
    seen: set[str] = set()
    falling = strictly_falling([score for _, score in ranked])
    for rank, ((product_id, _), score) in enumerate(zip(ranked, falling, strict=True), start=1):
        if _spaced(product_id):
            raise EvaluationError(
                f"product id {product_id!r} holds a space, which a TREC run cannot; rename it in the catalogue and "
                "index that again"
            )
        if product_id in seen:
            raise EvaluationError(f"query {query_id}: product {product_id!r} was ranked twice")
        seen.add(product_id)
        yield f"{query_id} Q0 {product_id} {rank} {score:.9g} {tag}"


def write_run(path: Path, run: Run) -> None:
    """Write a run in TREC format, its name as the tag with `_` for spaces; raise EvaluationError as trec_lines does."""
    tag = "_".join(run.name.split()) or "run"
    with replacing(path) as file:
        for query_id, ranked in run.ranked.items():
            for line in trec_lines(query_id, ranked, tag):
                file.write((line + "\n").encode("utf-8"))
