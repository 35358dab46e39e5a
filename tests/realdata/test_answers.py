"""Answers about the real catalogue, to questions whose truth is worked out from its products by brute force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering.answerer import Answerer, Chain
from answering.providers.extractive import ExtractiveProvider
from benchmarks import answer_questions
from benchmarks.answer_wordings import HALVES
from benchmarks.answers import TARGETS
from benchmarks.retrieval import build
from compose.answer_sets import replies
from evaluation.answers import ALL, ask_all, worth
from evaluation.question_sets import to_question
from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.loading import memory_build
from retrieval.models import ModelPool, ReadyModels
from retrieval.records import Mode
from retrieval.settings import Settings

pytestmark = pytest.mark.realdata
WORK = Path(__file__).parents[2] / "data" / "bench"
SLICE, FULL = 60, 240
# That nothing is sold which is somehow near is told by meaning: words alone find a cricket shirt for a capital.
BY_MEANING = {"not sold", "no shopping"}


@pytest.fixture(scope="module")
def catalogue(realdata_dir: Path) -> Path:
    return realdata_dir / "daraz"


@pytest.fixture(scope="module")
def by_words(catalogue: Path) -> Iterator[SearchEngine]:
    """Return the catalogue served from memory, without vectors."""
    settings = Settings(_env_file=None, time_budget_ms=0, cache_ttl_s=0)
    products = parse_file(catalogue / "products.md").products
    engine = SearchEngine(memory_build(products, settings=settings, encoder=None), settings, ReadyModels(None, None))
    yield engine
    engine.close()


def measured(engine: SearchEngine, catalogue: Path, count: int, half: str, mode: Mode) -> None:
    """Ask questions and hold the answers to what is promised of them."""
    rows = [json.loads(json.dumps(p.to_dict())) for p in parse_file(catalogue / "products.md").products]
    made = answer_questions.make(rows, count=count, half=half)
    left_out = BY_MEANING if mode == "bm25" else set()
    questions = [to_question(row) for row in made if row["variant"] not in left_out]
    answerer = Answerer(engine, lambda _: Chain((ExtractiveProvider(),)))
    grades = ask_all(questions, replies(answerer, "extractive", mode=mode), engine.get)
    found = worth(grades)
    wrong = {grade.question_id: grade.why for grade in grades if grade.why}
    assert found[ALL].correct >= TARGETS["correct"], wrong  # type: ignore[operator]
    assert found[ALL].stated >= TARGETS["stated"], wrong  # type: ignore[operator]
    assert found["unanswerable"].refused >= TARGETS["refused"], wrong  # type: ignore[operator]
    assert found[ALL].precision == TARGETS["precision"]
    assert found[ALL].sound == 1.0, wrong


def test_answers_found_by_words_are_right(by_words: SearchEngine, catalogue: Path) -> None:
    measured(by_words, catalogue, SLICE, "development", "bm25")


@pytest.mark.soak
@pytest.mark.parametrize("half", list(HALVES))
def test_answers_found_by_words_and_meaning_are_right(
    catalogue: Path, half: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(_env_file=None, index_dir=tmp_path_factory.mktemp("index"), data_dir=WORK, cache_ttl_s=0)
    build(catalogue, "daraz", settings)
    engine = SearchEngine.open("daraz", settings, ModelPool(settings))
    try:
        measured(engine, catalogue, FULL, half, "hybrid")
    finally:
        engine.close()
