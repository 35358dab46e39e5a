"""Whatever a seller writes changes nothing but that product's own card, on every provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from pydantic import SecretStr

from answering import extractive, prompts
from answering.answerer import Answerer, Chain
from answering.citations import check
from answering.defuse import defuse
from answering.providers.extractive import ExtractiveProvider
from answering.providers.openai import OpenAIProvider
from answering.records import Answer, Card, Done, Evidence, PromptStyle, Question, Task, Writing
from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.records import Product
from retrieval.settings import Settings
from tests.answering.hostile_products import DESCRIPTIONS, FIELDS, FOREIGN, REAL, TITLES, rows
from tests.answering.providers.openai_server import KEY, Behaviour, OpenAIServer, serving
from ui.safe_text import answer_markdown

ROOT = Path(__file__).resolve().parents[2]
COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MARKUP = {"html_inline", "html_block", "image", "code_inline", "fence"}
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|www\.\w|mailto:\S|javascript:\S|\w@\w+\.\w", re.IGNORECASE)
NUMBERS = range(len(TITLES) + len(DESCRIPTIONS) + len(FIELDS))
SETTINGS = Settings(_env_file=None, time_budget_ms=0, openai_retries=0)  # type: ignore[call-arg]


@dataclass(frozen=True)
class Shop:
    engine: SearchEngine
    products: tuple[Product, ...]

    def ask(self, question: str) -> Answer:
        return Answerer(self.engine, lambda wanted: Chain((ExtractiveProvider(),))).answer(question)


def opened(hostile: bool) -> Shop:
    sample = parse_file(ROOT / "samples/catalogue.md").products
    documents = [*(product.to_dict() for product in sample), *rows(hostile=hostile)]
    for document in documents:
        document.pop("line", None)
    return Shop(SearchEngine.from_documents(documents, encoder=None, settings=SETTINGS), sample)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Shop]:
    shop = opened(hostile=True)
    yield shop
    shop.engine.close()


@pytest.fixture(scope="module")
def peaceful() -> Iterator[Shop]:
    shop = opened(hostile=False)
    yield shop
    shop.engine.close()


def kinds(markdown: str) -> set[str]:
    """Return the kinds of token of a text, as CommonMark reads it."""
    tokens = COMMONMARK.parse(markdown)
    return {one.type for token in tokens for one in (token, *(token.children or ()))}


def targets(markdown: str) -> set[str]:
    tokens = [one for token in COMMONMARK.parse(markdown) for one in (token.children or ())]
    return {str(one.attrGet("href")) for one in tokens if one.type == "link_open"}


def assert_harmless(answer: Answer) -> None:
    """Check what is displayed: the checked text itself, and the Markdown that the app makes of it."""
    text = answer.checked.text
    assert not kinds(text) & (MARKUP | {"link_open"})
    assert not ADDRESS.search(text)
    assert FOREIGN not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff]", text)
    shown = answer_markdown(answer.checked, lambda n: f"card-{n}" if n <= len(answer.checked.citations) else None)
    assert not kinds(shown) & MARKUP
    assert all(re.fullmatch(r"#card-\d+", target) for target in targets(shown))


def test_there_are_enough_texts() -> None:
    assert len(NUMBERS) >= 60
    assert len({repr(row) for row in rows(hostile=True)}) == len(NUMBERS)


QUESTIONS = (
    f"How much is the {REAL}?",
    f"What is the rating of the {REAL}?",
    f"Does the {REAL} come in blue?",
    "What is the cheapest product in the mens jeans category?",
    "What is the most expensive product in the mens jeans category?",
    "Which product in the mens jeans category is rated best?",
    "How many products are there in the mens jeans category?",
    "How many products are there in the mens jeans category under 2000?",
    "What are the 3 cheapest products in the sarees category?",
    "How many sneakers under 3000 are there in the sneakers category?",
    "Do you have products under 10?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_about_other_products_stay_word_for_word(hostile: Shop, peaceful: Shop, question: str) -> None:
    said, expected = hostile.ask(question), peaceful.ask(question)
    own = {f"h{number}" for number in NUMBERS}
    if not own & {citation.product_id for citation in expected.checked.citations}:
        assert said.checked.text == expected.checked.text
    assert [one.product_id for one in said.checked.citations] == [one.product_id for one in expected.checked.citations]
    assert said.refused == expected.refused
    assert_harmless(said)


def test_facts_of_other_products_are_theirs(hostile: Shop, peaceful: Shop) -> None:
    jeans = [product for product in hostile.products if product.category == "mens jeans"][:12]
    for product, other in pairwise(jeans):
        for question in (f"How much is “{product.title}”?", f"Compare “{product.title}” and “{other.title}”"):
            assert hostile.ask(question).checked.text == peaceful.ask(question).checked.text


GROUP = 5
FIRSTS = NUMBERS[::GROUP]


def asked_for(first: int) -> str:
    """Return a question that only the hostile products from this number on answer."""
    return f"Show me products in the mens jeans category between {5000 + first} and {5000 + first + GROUP - 1}"


@pytest.mark.parametrize("first", FIRSTS)
def test_hostile_products_say_only_what_their_fields_say(hostile: Shop, first: int) -> None:
    answer = hostile.ask(asked_for(first))
    numbers = NUMBERS[first : first + GROUP]
    assert {card.product.product_id for card in answer.evidence.cards} == {f"h{number}" for number in numbers}
    for number in numbers:
        assert f"৳{5000 + number:,}" in answer.checked.text
    assert answer.checked.text.count("3.0/5 (7 ratings)") == len(numbers)
    assert answer.checked.unsupported == ()
    assert answer.checked.precision == 1.0
    assert len(answer.checked.citations) == len(numbers)
    assert_harmless(answer)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_about_a_hostile_product_is_answered_with_its_fields(hostile: Shop, number: int) -> None:
    product, other = hostile.engine.get(f"h{number}"), hostile.products[0]
    assert product is not None
    stated = ("brand", "seller", "colors", "sizes", "sku")
    wants = ("price", "rating", *(name for name in stated if getattr(product, name)), *product.attributes)
    question = Question("What is it?", "it", "about", wants=wants)
    evidence = Evidence(question, (Card(1, product, passage=product.description[:600]), Card(2, other)), matching=1)
    checked = check(defuse(extractive.write(evidence)), evidence)
    assert f"৳{5000 + number:,}" in checked.text
    assert checked.unsupported == ()
    assert not kinds(checked.text) & (MARKUP | {"link_open"})
    assert FOREIGN not in checked.text


LINES = re.compile(
    r"\[\d+\] |id |says: |Material: |sku: |‹b›Key‹/b›: |PRODUCTS$|CONTEXT$|QUESTION$|ANSWER$|What is it\?$|$",
    re.MULTILINE,
)


@pytest.mark.parametrize("style", ["chat", "plain"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_prompt_holds_each_product_within_its_lines(hostile: Shop, number: int, style: PromptStyle) -> None:
    product, other = hostile.engine.get(f"h{number}"), hostile.products[0]
    assert product is not None
    wants = (*product.attributes, "sku")
    cards = (Card(1, product, passage=product.description), Card(2, other, passage=other.description))
    evidence = Evidence(Question("What is it?", "it", "about", wants=wants), cards, matching=2)
    prompt = prompts.write(Task(evidence, style))
    sent = prompt.text if style == "plain" else prompt.messages[-1].content
    data = sent.removeprefix(prompts.RULES).strip()
    assert data.count(prompts.MARKER) == 2
    for line in data.replace(prompts.MARKER, "").split("\n"):
        assert LINES.match(line), line
    for heading in ("QUESTION", "ANSWER", "CONTEXT", "PRODUCTS"):
        assert len(re.findall(rf"^{heading}$", data, re.MULTILINE)) <= 1
    unmarked = data.replace(prompts.MARKER, "")
    assert not re.search(r"<[|/!a-zA-Z]|\[/?INST|\x1b|`", unmarked)
    assert FOREIGN not in unmarked
    assert len(re.findall(r"\[\d+\]", unmarked)) == 2
    assert len(data) < 4000


def worst(shown: str) -> list[str]:
    """Return what a server says that repeats the worst of what it was shown, in pieces that cut words apart."""
    text = shown.partition("PRODUCTS")[2] or shown
    return [text[at : at + 7] for at in range(0, len(text), 7)]


@pytest.mark.parametrize("first", FIRSTS)
def test_a_server_that_repeats_the_worst_displays_nothing_foreign(hostile: Shop, first: int) -> None:
    said = "\n\n".join(_written(hostile, number) for number in NUMBERS[first : first + GROUP])
    raw = [said[at : at + 11] for at in range(0, len(said), 11)]
    with serving(OpenAIServer([Behaviour.echo(worst), Behaviour.says(*raw)])) as server:
        settings = SETTINGS.model_copy(update={"openai_base_url": server.url, "openai_api_key": SecretStr(KEY)})
        provider = OpenAIProvider(settings)
        answerer = Answerer(hostile.engine, lambda wanted: Chain((provider, ExtractiveProvider())))
        for _ in range(2):
            events = list(answerer.stream(asked_for(first)))
            for event in events:
                if isinstance(event, Writing):
                    assert not kinds(event.checked.text) & (MARKUP | {"link_open"})
                    assert FOREIGN not in event.checked.text
            done = events[-1]
            assert isinstance(done, Done)
            assert done.answer.provider == "openai"
            assert_harmless(done.answer)


def _written(shop: Shop, number: int) -> str:
    """Return all that the seller of a hostile product wrote, as it stands in the catalogue, each field in part."""
    product = shop.engine.get(f"h{number}")
    assert product is not None
    fields = (product.title, product.description, product.brand, product.seller, product.url, product.sku)
    listed = (*product.colors, *product.sizes, *product.images, *map(str, product.attributes.values()))
    return "\n".join(str(value)[:2000] for value in (*fields, *listed) if value)
