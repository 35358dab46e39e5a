"""Question sets as files: what is read, and what is said of what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.question_sets import KEYS, Fact, read_questions, to_question
from retrieval.errors import EvaluationError

GOOD: dict[str, Any] = {
    "question_id": "q1",
    "text": "how much is the lamp?",
    "kind": "single",
    "variant": "price",
    "expected": {
        "refused": False,
        "cited": [["a", "b"]],
        "allowed": ["a", "b"],
        "facts": [{"field": "price", "values": {"a": 450, "b": 460.5}}],
    },
}


def written(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_question_is_read_with_all_that_is_expected(tmp_path: Path) -> None:
    bare = {"question_id": "q2", "text": "red ones?", "kind": "unanswerable", "expected": {"refused": True}}
    first, second = read_questions(written(tmp_path, GOOD, "", bare))
    assert first.cited == (frozenset({"a", "b"}),)
    assert first.allowed == {"a", "b"}
    assert first.facts == (Fact("price", {"a": 450, "b": 460.5}),)
    assert first.details == {"variant": "price"}
    assert (second.refused, second.allowed, second.verdict, second.count) == (True, None, None, None)


def test_the_page_on_answers_shows_questions_that_are_read() -> None:
    page = (Path(__file__).parents[2] / "docs/answers.md").read_text("utf-8")
    shown = page.split("```json\n")[1].split("```")[0].splitlines()
    first, second = (to_question(json.loads(line)) for line in shown)
    assert first.facts[0].values == {"L-204": 1850, "L-207": 1900}
    assert second.refused
    assert all(f"- `{key}`: " in page for key in KEYS - {"facts"})


def test_a_list_of_values_is_kept_as_a_tuple() -> None:
    expected = {"refused": False, "facts": [{"field": "colors", "values": {"a": ["Red", "Blue"], "b": None}}]}
    question = to_question({**GOOD, "expected": expected})
    assert question.facts[0].values == {"a": ("Red", "Blue"), "b": None}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question_id": ""}, "'question_id' must be a text"),
        ({"text": None}, "'text' must be a text"),
        ({"kind": 3}, "'kind' must be a text"),
        ({"expected": {}}, '"expected" must be an object with "refused"'),
        ({"expected": {"refused": "no"}}, '"expected" must be an object with "refused"'),
        ({"expected": {"refused": False, "answer": "x"}}, "expected holds answer; known are allowed"),
        ({"expected": {"refused": False, "cited": ["a"]}}, "a list of product ids"),
        ({"expected": {"refused": False, "allowed": "a"}}, "a list of product ids"),
        ({"expected": {"refused": False, "facts": [{"field": "price"}]}}, "expected cannot be read"),
        ({"expected": {"refused": False, "facts": [{"field": "price", "values": {}}]}}, "a fact is"),
        ({"expected": {"refused": False, "count": "three"}}, "count a whole number"),
        ({"expected": {"refused": False, "count": True}}, "count a whole number"),
        ({"expected": {"refused": False, "least": None}}, "expected cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = written(tmp_path, {**GOOD, "question_id": "q0"}, {**GOOD, **change})
    with pytest.raises(EvaluationError) as error:
        read_questions(path)
    assert f"{path}:2: " in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", ":1: not JSON"), ("[]", ":1: not a JSON object"), ("", "holds no question"), ("\n \n", "holds no question")],
)
def test_what_is_no_question_set_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        read_questions(written(tmp_path, text))


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="stands twice"):
        read_questions(written(tmp_path, GOOD, GOOD))


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.jsonl: cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_questions(tmp_path / "bytes.jsonl")
