"""What stands around an answer: where it was made, what it took, what does not hold, how it was checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from answering.records import Answer, Checked, Claim, Usage
from compose import ProviderState
from retrieval.records import Product
from retrieval.settings import Settings
from tests.support import sample_products
from tests.ui.answers import checked, evidence
from ui import answer, answer_cards, ask_choice
from ui.safe_text import plain

EVIL = "**x** [l](https://evil.example) <b> | :red[r]"


def made(products: list[Product], **more: object) -> Answer:
    """Return an answer with one claim that holds."""
    said = Checked("It is red [1].", (Claim("It is red [1].", 0, 14, (1,)),), precision=1.0, coverage=0.5)
    return replace(Answer(evidence(products), said, "openai", "auto", "a-model"), **more)  # type: ignore[arg-type]


@pytest.fixture
def products() -> list[Product]:
    return sample_products(3)


def test_the_badge_says_where_an_answer_was_made() -> None:
    assert "On this machine" in answer.badge(None)
    assert f"Sent to {plain('api.example.com')}" in answer.badge("api.example.com")


def test_what_an_answer_took_is_told_as_far_as_it_is_known(products: list[Product]) -> None:
    assert answer.measured(Usage()) == []
    usage = Usage(1200, 45, first_token_ms=430.0, tokens_per_s=38.24, cost=0.000182)
    assert answer.measured(usage) == [
        "1,200 tokens read, 45 written",
        "first token after 430 ms",
        "38.2 tokens/s",
        "cost about 0.000182",
    ]
    assert answer.measured(Usage(10, 1, estimated=True)) == ["about 10 tokens read, 1 written"]
    assert answer.measured(Usage(completion_tokens=1)) == ["1 token written"]
    line = answer.numbers(made(products, usage=usage, timings_ms={"total": 1500.0}, ending="cancelled"))
    assert line.startswith(f"OpenAI or a compatible server · {plain('a-model')} · 1,200 tokens")
    assert line.endswith("1.50 s in all · stopped before its end")
    assert "kept from before" in answer.numbers(made(products, from_cache=True))
    more = answer.took(made(products, usage=Usage(reused=300, retries=1, memory_bytes=3 * 2**20)))
    assert more == ["300 tokens known from before", "1 retry", "weights 3 MiB"]


def test_claims_are_told_with_their_check(products: list[Product]) -> None:
    claims = (
        Claim("It is red [1].", 0, 14, (1,)),
        Claim("Here is what fits:", 15, 33, checked=False),
        Claim("It costs 5.", 34, 45, (), supported=False, why="no product is cited"),
    )
    table = answer.claims_table(Checked("", claims))
    assert table.splitlines()[2:] == [
        f"| {plain('It is red [1].')} | 1 | :green[holds] |",
        f"| {plain('It costs 5.')} | – | :orange[no product is cited] |",
    ]
    assert answer.claims_table(Checked("", claims[1:2])) == ""
    assert answer.doubt(claims[2]) == f"“{plain('It costs 5.')}” :gray[– no product is cited]"
    assert answer.shares(made(products).checked) == "50% of the claims cite a product, 100% of the cited ones hold"
    assert answer.shares(Checked("")) == ""


def test_hostile_claims_and_reasons_are_only_text() -> None:
    claim = Claim(EVIL, 0, len(EVIL), (), supported=False, why=EVIL)
    for shown in (answer.doubt(claim), answer.claims_table(Checked(EVIL, (claim,)))):
        assert "](" not in shown.replace("\\]", "").replace("\\(", "")
        assert "<b" not in shown.replace("\\<", "")
    assert answer.claims_table(Checked(EVIL, (claim,))).splitlines()[2].replace("\\|", "").count("|") == 4


def test_citations_lead_to_the_cards_of_what_they_cite(products: list[Product]) -> None:
    found = evidence(products)
    said = checked("Two [1], one [2].", [products[1], products[0]])
    link = answer_cards.links(found, said, "cite-4")
    assert [link(n) for n in (1, 2, 3)] == ["cite-4-2", "cite-4-1", None]


def test_wanted_facts_are_told_or_said_to_be_missing(products: list[Product]) -> None:
    product = replace(products[0], colors=("red", "oak"), seller=None, attributes={"warranty": "2 years"})
    assert answer_cards.asked_for(product, ("price", "colors", "seller", "warranty", "wattage")) == [
        "**Colours:** red, oak",
        "**Seller:** :gray[not stated]",
        "**Warranty:** 2 years",
        "**Wattage:** :gray[not stated]",
    ]


def states(*ready: str, local: bool = False) -> list[ProviderState]:
    """Return the states of all providers, these being ready."""
    return [
        ProviderState("openai", "gpt", "openai" in ready, "", local),
        ProviderState("slm", "small", "slm" in ready, "", True),
        ProviderState("extractive", "facts", True, "", True),
    ]


def test_who_is_asked_first_follows_choice_and_readiness(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path)

    def first(wanted: str, *ready: str, chosen: Settings = settings) -> str:
        return ask_choice.first_asked(states(*ready), wanted, chosen).name  # type: ignore[arg-type]

    assert first("auto") == "extractive"
    assert first("auto", "openai", "slm") == "openai"
    assert first("auto", "slm") == "slm"
    assert first("slm", "openai") == "extractive"  # what was to stay here does not go to a server
    assert first("openai", "slm") == "slm"
    assert first("extractive", "openai", "slm") == "extractive"
    own = Settings(index_dir=tmp_path, answer_provider="slm")
    assert first("auto", "openai", "slm", chosen=own) == "slm"


def test_the_machine_that_is_sent_to_is_named(tmp_path: Path) -> None:
    assert ask_choice.host(Settings(index_dir=tmp_path, openai_base_url=None)) == "api.openai.com"
    own = Settings(index_dir=tmp_path, openai_base_url="https://user:secret@llm.example:8000/v1")
    assert ask_choice.host(own) == "llm.example"
    said = ask_choice.sends(states("openai")[0], own)
    assert "llm" in said
    assert "secret" not in said
