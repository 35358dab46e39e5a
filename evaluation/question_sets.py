"""Question sets: questions with what is right about their answers, as JSON Lines (docs/answers.md, "Question sets")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that an answer has to state of one product at least: its value by product id.

    `field` is one of Product's fields or a key of its attributes; a value is a number, a text, a tuple of texts all of
    which are to be stated, or None for "not rated".
    """

    field: str
    values: Mapping[str, float | str | tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """A question and what is right about its answer.

    `refused` says that the catalogue does not answer it. Else `cited` are groups of product ids, one of each of which
    has to be cited; `allowed` all that may be, None without a limit; `first` those of which the first cited product is
    one; `winner` those of which the first product of a comparing sentence is one; `least` how many different ones have
    to be cited; `verdict` whether a yes is right; `count` the number that has to be stated.
    """

    question_id: str
    text: str
    kind: str
    refused: bool
    cited: tuple[frozenset[str], ...] = ()
    allowed: frozenset[str] | None = None
    first: frozenset[str] = frozenset()
    winner: frozenset[str] = frozenset()
    least: int = 0
    facts: tuple[Fact, ...] = ()
    verdict: bool | None = None
    count: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


KEYS = frozenset({"refused", "cited", "allowed", "first", "winner", "least", "facts", "verdict", "count"})


def read_questions(path: Path) -> tuple[AnswerQuestion, ...]:
    """Return the questions of a JSON Lines file in its order; raise EvaluationError naming file and line."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}); name a UTF-8 file of JSON Lines") from error
    found: dict[str, AnswerQuestion] = {}
    # Not splitlines: a text may hold U+2028 and its like.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(f"{where}: not JSON ({error}); each line is one question") from error
        question = to_question(row, where)
        if question.question_id in found:
            raise EvaluationError(f"{where}: question_id {question.question_id!r} stands twice; give each its own")
        found[question.question_id] = question
    if not found:
        raise EvaluationError(f"{path}: holds no question; write one a line, see docs/answers.md")
    return tuple(found.values())


def to_question(row: Any, where: str = "question") -> AnswerQuestion:
    """Return one row of a question set as a question; raise EvaluationError that begins with `where`."""
    if not isinstance(row, Mapping):
        raise EvaluationError(f"{where}: not a JSON object; each line is one question")
    for key in ("question_id", "text", "kind"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise EvaluationError(f"{where}: {key!r} must be a text that is not empty, it is {row.get(key)!r}")
    expected = row.get("expected")
    if not isinstance(expected, Mapping) or not isinstance(expected.get("refused"), bool):
        raise EvaluationError(f'{where}: "expected" must be an object with "refused", true or false')
    unknown = sorted(set(expected) - KEYS)
    if unknown:
        raise EvaluationError(f"{where}: expected holds {', '.join(unknown)}; known are {', '.join(sorted(KEYS))}")
    try:
        verdict, count = expected.get("verdict"), expected.get("count")
        if not isinstance(verdict, bool | None) or not isinstance(count, int | None) or isinstance(count, bool):
            raise TypeError("verdict is true or false and count a whole number")
        return AnswerQuestion(
            row["question_id"],
            row["text"],
            row["kind"],
            expected["refused"],
            tuple(_ids(group) for group in expected.get("cited", [])),
            None if expected.get("allowed") is None else _ids(expected["allowed"]),
            _ids(expected.get("first", [])),
            _ids(expected.get("winner", [])),
            int(expected.get("least", 0)),
            tuple(_fact(one) for one in expected.get("facts", [])),
            verdict,
            count,
            {key: value for key, value in row.items() if key not in {"question_id", "text", "kind", "expected"}},
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise EvaluationError(f"{where}: expected cannot be read ({error}); see docs/answers.md") from error


def _ids(found: Any) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TypeError(f"a list of product ids is wanted, not {json.dumps(found)[:60]}")
    return frozenset(found)


def _fact(row: Mapping[str, Any]) -> Fact:
    name, values = row["field"], row["values"]
    if not isinstance(name, str) or not isinstance(values, Mapping) or not values:
        raise TypeError('a fact is {"field": "price", "values": {"product id": 450}}')
    return Fact(name, {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
