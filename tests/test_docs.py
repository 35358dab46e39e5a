"""What the pages on understanding and on answers promise, tried on the sample shop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import compose
from answering.answerer import Answerer
from answering.follow_ups import follow_up
from answering.prompts import MARKER
from answering.providers.slm_source import KNOWN
from answering.records import PROVIDER_CHOICES, Answer
from cli.answer import took
from cli.understood import sentence
from retrieval.engine import SearchEngine
from retrieval.models import ModelPool
from retrieval.query.synonyms import Synonyms
from retrieval.query.units import canonical
from retrieval.settings import Settings
from tests.support import settings_in

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/understanding.md").read_text("utf-8")
READ = re.findall(r"^\| `([^`]+)` \| ([^|`]+) \|$", PAGE.split("## Taking it back")[0], re.MULTILINE)

ANSWERS = (ROOT / "docs/answers.md").read_text("utf-8")
ANSWERED = re.findall(r"^\| `([^`]+)` \| ([^|`]+) \|$", ANSWERS, re.MULTILINE)
FOLLOWED = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", ANSWERS, re.MULTILINE)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    settings = settings_in(tmp_path_factory.mktemp("sample"), embedder="none")
    compose.build(ROOT / "samples/catalogue.md", compose.SAMPLE, settings)
    opened = compose.open_engine(compose.SAMPLE, settings, ModelPool(settings))
    yield opened
    opened.close()


def test_the_page_holds_its_examples() -> None:
    assert len(READ) >= 19


@pytest.mark.parametrize(("query", "words"), READ)
def test_every_query_is_understood_as_the_page_says(engine: SearchEngine, query: str, words: str) -> None:
    understood = engine.search(query, mode="bm25").understood
    assert sentence({**understood, "synonyms": []}) == words


def test_the_terminal_says_what_the_page_shows(engine: SearchEngine) -> None:
    query = re.search(r'search "([^"]+)" --index sample', PAGE)
    total = re.search(r"^ {4}(\d+) hits by", PAGE, re.MULTILINE)
    said = re.search(r"^ {4}Understood: (.+) \(--no-understand", PAGE, re.MULTILINE)
    assert query is not None
    assert total is not None
    assert said is not None
    result = engine.search(query[1], mode="bm25")
    assert sentence(result.understood) == said[1]
    assert result.total == int(total[1])


def test_bounds_are_kept_and_words_not_searched_for(engine: SearchEngine) -> None:
    result = engine.search("saree under 1000 rated 4 or above", mode="bm25", top_k=100)
    assert result.understood["rest"] == "saree"
    assert all((hit.product.price or 9e9) <= 1000 and (hit.product.rating or 0) >= 4 for hit in result.hits)


def test_a_part_number_comes_first_in_any_case(engine: SearchEngine) -> None:
    (sku,) = re.findall(r"`(KB-[\w-]+)`", PAGE)
    for query in (sku, sku.lower(), f"jeans {sku} black"):
        first = engine.search(query, mode="bm25").hits[0]
        assert (first.product.sku, first.named) == (sku, True)


def test_both_scripts_name_the_colour(engine: SearchEngine) -> None:
    for query in ("লাল শাড়ি", "lal saree"):
        assert f"`{query}`" in PAGE
        result = engine.search(query, mode="bm25")
        assert [part["kind"] for part in result.understood["parts"]] == ["color"]
        assert "Red" in result.hits[0].product.colors


def test_where_nothing_fits_the_nearest_are_few(engine: SearchEngine) -> None:
    (query,) = re.findall(r"When nothing fits\*\*, as for `([^`]+)`", PAGE)
    result = engine.search(query, mode="bm25")
    assert result.understood["no_good_match"]
    assert result.total <= 6
    assert not engine.search("saree under 1000", mode="bm25").understood["no_good_match"]
    assert not engine.search(query, mode="bm25", cutoff=False).understood["no_good_match"]


def test_naming_and_describing_are_told_apart(engine: SearchEngine) -> None:
    for query, intent in (("red saree", "keyword"), ("something to carry my lunch in", "descriptive")):
        assert f"`{query}`" in PAGE
        assert engine.search(query, mode="bm25").understood["intent"] == intent


def test_numbers_are_the_same_in_every_notation_that_the_page_names() -> None:
    for one, other in (("8 GB", "RAM8GB"), ("0.5 litre", "500ml"), ("24 x 18 inch", '18x24"')):
        assert f"`{one}`" in PAGE
        assert f"`{other}`" in PAGE
        assert set(canonical(one)) & set(canonical(other))


def test_the_list_of_synonyms_does_what_its_remarks_say() -> None:
    (block,) = re.findall(r"```text\n(.+?)```", PAGE, re.DOTALL)
    base = Synonyms.parse("lamp, lantern")
    found = Synonyms.parse(block, "the page", base)
    assert found.expand(["settee"]) == (("settee", ("sofa", "couch")),)
    assert found.expand(["gowns"]) == (("gowns", ("dress", "maxi dress")),)
    assert found.expand(["dress"]) == ()
    assert base.expand(["lamps"])
    assert found.expand(["lamps"]) == ()


@pytest.fixture(scope="module")
def answerer(engine: SearchEngine, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    settings = settings_in(tmp_path_factory.mktemp("answers"), answer_provider="extractive")
    return compose.answerer(settings, engine)


def asked(answerer: Answerer, question: str) -> Answer:
    return answerer.answer(question, mode="bm25")


def test_the_page_on_answers_holds_its_examples() -> None:
    assert (len(ANSWERED), len(FOLLOWED)) == (7, 5)


@pytest.mark.parametrize(("question", "words"), ANSWERED)
def test_every_question_is_answered_as_the_page_says(answerer: Answerer, question: str, words: str) -> None:
    answer = asked(answerer, question)
    assert words in answer.checked.text
    assert answer.refused == ("purple" in question)
    assert answer.checked.unsupported == ()


@pytest.mark.parametrize(("first", "then", "whole"), FOLLOWED)
def test_every_follow_up_becomes_what_the_page_says(answerer: Answerer, first: str, then: str, whole: str) -> None:
    before = asked(answerer, first).evidence
    followed = follow_up(then, before)
    assert followed is not None
    assert followed.text == whole
    assert answerer.answer(then, before=before, mode="bm25").evidence.question.text == whole


def test_the_terminal_answers_as_the_page_shows(answerer: Answerer) -> None:
    question = re.search(r'answer "([^"]+)" --index sample', ANSWERS)
    shown = re.search(r"^ {4}(\*\*.+)$", ANSWERS, re.MULTILINE)
    source = re.search(r"^ {4}(\[1\] .+) — (\S+)$", ANSWERS, re.MULTILINE)
    last = re.search(r"^ {4}(extractive \(facts\)).* · (nothing left this machine)$", ANSWERS, re.MULTILINE)
    assert question is not None
    assert shown is not None
    assert source is not None
    assert last is not None
    answer = asked(answerer, question[1])
    assert answer.checked.text == shown[1]
    (cited,) = answer.checked.citations
    assert (f"[{cited.n}] {cited.title}", cited.url) == source.groups()
    assert took(answer).startswith(last[1])
    assert took(answer).endswith(last[2])


def test_the_page_names_providers_models_and_marks_as_they_are() -> None:
    for provider in PROVIDER_CHOICES:
        assert f"| `{provider}` |" in ANSWERS
    for repository, folder in KNOWN.items():
        assert f"models pull {folder} " in ANSWERS
        assert repository in ANSWERS
    assert f"`{MARKER}`" in ANSWERS
    fields = {name.upper() for name in Settings.model_fields}
    settings = set(re.findall(r"`((?:ANSWER|OPENAI|SLM)(?:_[A-Z_]+)?)`", ANSWERS))
    assert settings
    assert settings <= fields
