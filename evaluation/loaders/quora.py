"""Quora question pairs: a question's right answers are its duplicates.

The pairs are made a retrieval task much as in BEIR (Thakur et al., NeurIPS 2021, appendix) and its source, the splits
of sentence-transformers: the duplicate relation is closed (its connected components are the groups of one meaning),
each group falls to one split, one question of a group of dev or test is a query and the others are its right answers,
and every question that is no query is in the corpus, which both splits share. Unlike there, the draw is by hash and
seed, and of questions that were not marked only those that differ in nothing but case, punctuation and spaces count as
duplicates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evaluation.loaders.found import by_stem, checked_folder, named
from evaluation.loaders.lines import csv_rows, plain_suffix
from evaluation.loaders.sampling import drawn
from evaluation.loaders.source import Judgement, Options, Passage, Problems, Source, checked_id, passage
from evaluation.records import Query
from retrieval.errors import EvaluationError
from retrieval.text import fold

SPLITS = ("dev", "test")
_SHARE = {"dev": 1, "test": 2}
"""Tenths of the groups; the rest is for training and has no queries."""
_MOST = {"dev": 5_000, "test": 10_000}
"""Queries of a split at most, as in BEIR."""
_PUNCTUATION = str.maketrans(dict.fromkeys("?!.,;:'\"’‘“”", " "))
_COLUMNS = ("qid1", "qid2", "question1", "question2", "is_duplicate")


class Question(NamedTuple):
    """A question as it first stands in the pairs."""

    text: str
    line: int


def open_quora(folder: Path, options: Options) -> Source:
    """Return the source of quora_duplicate_questions.tsv (or Kaggle's train.csv) for one split, `test` by default.

    A tenth of the groups is `dev`, a fifth `test`. The file is held in memory (400,000 pairs). Raises EvaluationError
    for another split and where the file is not there.
    """
    checked_folder(folder)
    split = options.split or "test"
    if split not in SPLITS:
        raise EvaluationError(f"{split!r} is no split of the question pairs; choose {', '.join(SPLITS)}")
    path = (
        named(options.catalogue, folder)
        if options.catalogue
        else by_stem(
            folder,
            ("quora_duplicate_questions", "questions", "train"),
            (".tsv", ".csv"),
            "table of question pairs",
            "--catalogue",
        )
    )

    @cache
    def task() -> _Task:
        return _task(path, options.seed)

    return Source(
        name=f"quora-{split}",
        passages=lambda problems: _passages(task(), path, problems),
        queries=lambda: [Query(name, task().questions[name].text) for name in task().queries[split]],
        judgements=lambda: _judgements(task(), task().queries[split], path),
        files=(path,),
    )


class _Task(NamedTuple):
    questions: dict[str, Question]
    group_of: dict[str, list[str]]
    queries: dict[str, list[str]]
    empty: int


def _task(path: Path, seed: int) -> _Task:
    questions, duplicates, empty = _read(path)
    groups = [group for group in _groups(questions, duplicates) if len(group) > 1]
    # Named by its smallest id, so that a group's lot does not hang on the order of the file.
    by_name = {min(group): group for group in groups}
    names = drawn(by_name, len(by_name), seed)
    queries: dict[str, list[str]] = {}
    start = 0
    for split in SPLITS:
        end = start + len(names) * _SHARE[split] // 10
        queries[split] = [drawn(by_name[name], 1, seed)[0] for name in names[start:end][: _MOST[split]]]
        start = end
    return _Task(questions, {name: group for group in groups for name in group}, queries, empty)


def _read(path: Path) -> tuple[dict[str, Question], list[tuple[str, str]], int]:
    """Return the questions by id, the pairs marked as duplicates, and how many pairs lack a question."""
    questions: dict[str, Question] = {}
    duplicates: list[tuple[str, str]] = []
    empty = 0
    at: Sequence[int] = ()
    width = 0
    # Cells stand in quotes only where they hold a quotation mark or a line break, and not all as CSV asks for it.
    for number, row in csv_rows(path, "," if plain_suffix(path) == ".csv" else "\t", strict=False):
        where = f"{path}:{number}"
        if not at:
            missing = [column for column in _COLUMNS if column not in row]
            if missing:
                raise EvaluationError(
                    f"{where}: the header names no column {missing[0]!r}; it has {', '.join(map(repr, row))}"
                )
            at, width = [row.index(column) for column in _COLUMNS], len(row)
            continue
        if len(row) != width:
            raise EvaluationError(
                f"{where}: {len(row)} cells where the header has {width}; is a quote left open before this row?"
            )
        first, second, text1, text2, mark = (row[n].strip() for n in at)
        if mark not in ("0", "1"):
            raise EvaluationError(f"{where}: is_duplicate must be 0 or 1, it is {mark[:40]!r}")
        if not text1 or not text2:
            empty += 1
            continue
        for name, text in ((first, text1), (second, text2)):
            questions.setdefault(checked_id(name, "the question's id", where), Question(" ".join(text.split()), number))
        if mark == "1":
            duplicates.append((first, second))
    if not questions:
        raise EvaluationError(f"{path}: holds no pair of questions below its header")
    return questions, duplicates, empty


def _groups(questions: dict[str, Question], duplicates: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components of the duplicate relation, by union and find with path halving."""
    parent = {name: name for name in questions}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    alike: dict[str, str] = {}
    for name, question in questions.items():
        words = " ".join(fold(question.text).translate(_PUNCTUATION).split())
        if words:
            parent[root(name)] = root(alike.setdefault(words, name))
    for first, second in duplicates:
        parent[root(first)] = root(second)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in questions:
        groups[root(name)].append(name)
    return list(groups.values())


def _passages(task: _Task, path: Path, problems: Problems) -> Iterator[Passage]:
    if task.empty:
        problems.add("empty-question", "pairs lack one of their questions and were left out", count=task.empty)
    asked = {name for names in task.queries.values() for name in names}
    problems.add("held-out", "questions are queries of some split and not in the corpus", count=len(asked))
    for name, question in task.questions.items():
        if name not in asked:
            yield passage(name, question.text, "", question.line, problems, path)


def _judgements(task: _Task, queries: Sequence[str], path: Path) -> Iterator[Judgement]:
    for name in queries:
        for other in task.group_of[name]:
            if other != name:
                yield Judgement(name, other, 1, path, task.questions[name].line)
