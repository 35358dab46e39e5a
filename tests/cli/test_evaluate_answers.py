"""`evaluate-answers`: a question set from a file to figures, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run


def question(name: str, text: str, kind: str, **expected: Any) -> dict[str, Any]:
    return {"question_id": name, "text": text, "kind": kind, "expected": {"refused": False, **expected}}


PRICE = {"facts": [{"field": "price", "values": {"kettle-1": 1250}}]}
QUESTIONS = (
    question("q1", "How much is the Blue enamel kettle 1.5 L?", "single", cited=[["kettle-1"]], **PRICE),
    question("q2", "What is the cheapest product in kitchen?", "superlative", cited=[["kettle-2"]], first=["kettle-2"]),
    # Wrong on purpose: the cheaper kettle is another one.
    question("q3", "cheapest kettle", "superlative", cited=[["kettle-1"]], allowed=["kettle-1"]),
    question("q4", "Do you have a kettle in purple?", "unanswerable", refused=True),
)


@pytest.fixture
def asked(place: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)), "utf-8")
    capsys.readouterr()
    return place


def test_figures_come_by_kind_and_wrong_answers_by_id(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate-answers", "--questions", "questions.jsonl", "--mode", "bm25", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["provider"], found["model"]) == ("extractive", "facts")
    assert list(found["worth"]) == ["single", "superlative", "unanswerable", "all"]
    assert [found["worth"][kind]["correct"] for kind in found["worth"]] == [1.0, 1 / 2, 1.0, 3 / 4]
    assert (found["worth"]["single"]["stated"], found["worth"]["unanswerable"]["refused"]) == (1.0, 1.0)
    assert found["worth"]["all"]["precision"] == 1.0
    assert list(found["wrong"]) == ["q3"]


def test_a_table_is_printed_for_people(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate-answers", "--questions", "questions.jsonl", "--mode", "bm25"]) == 0
    text = capsys.readouterr().out
    assert "superlative" in text
    assert "75.0%" in text
    assert "q3: " in text


def test_a_provider_that_is_not_ready_and_a_bad_file_are_named(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate-answers", "--questions", "questions.jsonl", "--provider", "openai"]) == 2
    assert "openai cannot answer here:" in capsys.readouterr().err
    (asked / "bad.jsonl").write_text('{"question_id": "q1"}', "utf-8")
    assert run(["evaluate-answers", "--questions", "bad.jsonl"]) == 2
    assert "bad.jsonl:1: 'text' must be a text" in capsys.readouterr().err
