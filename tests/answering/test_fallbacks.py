"""Whatever a server does, a question ends in an answer, or in a named fallback that keeps what was said."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import compose
from answering.answer_cache import AnswerCache
from answering.answerer import Answerer, Chain
from answering.providers.extractive import ExtractiveProvider
from answering.providers.openai import OpenAIProvider
from answering.records import Answer, Done, Event, Found, Limits, Summary, Switched, Writing
from retrieval.engine import SearchEngine
from retrieval.settings import Settings
from tests.answering.providers.openai_server import KEY, Behaviour, Exchange, OpenAIServer, Play, serving

PRODUCTS = [
    {"id": "k1", "title": "Steel kettle 1.5 l", "price": 1450, "currency": "BDT", "rating": 4.5, "rating_count": 120},
    {"id": "k2", "title": "Glass kettle 2 l", "price": 990, "currency": "BDT", "rating": 4.1, "rating_count": 30},
    {"id": "m1", "title": "Blue mug", "price": 150, "currency": "BDT", "colors": ["blue"]},
]
QUESTION = "how much is the glass kettle 2 l?"
RIGHT = "The Glass kettle 2 l costs ৳990 [1]."


@pytest.fixture(scope="module")
def engine() -> SearchEngine:
    return SearchEngine.from_documents(PRODUCTS, encoder=None, settings=Settings(_env_file=None, time_budget_ms=0))


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serving(OpenAIServer([Behaviour.says(RIGHT)])) as running:
        yield running


def settings_of(server: OpenAIServer, **changes: Any) -> Settings:
    known: dict[str, Any] = {
        "openai_api_key": KEY,
        "openai_base_url": server.url,
        "openai_model": "tiny",
        "openai_timeout_s": 10.0,
        "openai_retries": 1,
        "slm": "none",
    }
    return Settings(_env_file=None, **(known | changes))


def answerer_of(
    server: OpenAIServer, engine: SearchEngine, *, limits: Limits | None = None, **changes: Any
) -> Answerer:
    openai = OpenAIProvider(settings_of(server, **changes), back_off_s=0.01)
    chain = Chain((openai, ExtractiveProvider()))
    return Answerer(engine, lambda wanted: chain, limits=limits, cache=AnswerCache(60))


def asked(answerer: Answerer) -> tuple[list[Event], Answer]:
    """Return the events and the answer, once all that holds for every question was seen to hold."""
    events = list(answerer.stream(QUESTION))
    assert isinstance(events[0], Found)
    assert isinstance(events[1], Summary)
    assert events[1].checked.text
    last = events[-1]
    assert isinstance(last, Done)
    assert last.answer.checked.text.strip()
    assert not last.answer.refused
    assert KEY not in repr(events)
    assert KEY not in json.dumps(last.answer.to_dict())
    return events, last.answer


@pytest.mark.parametrize(
    "plays",
    [
        [Behaviour.says("The Glass kettle 2 l ", "costs ৳990 ", "[1].")],
        [Behaviour.fails(429, headers={"Retry-After": "0.1"}), Behaviour.says(RIGHT)],
        [Behaviour.fails(500), Behaviour.says(RIGHT)],
        [Behaviour.cuts_after(), Behaviour.says(RIGHT)],
        [Behaviour.refusing("stream_options", "max_tokens", then=Behaviour.says(RIGHT))],
    ],
)
def test_what_can_be_put_right_is_no_fallback(server: OpenAIServer, engine: SearchEngine, plays: list[Play]) -> None:
    server.plays = plays
    events, answer = asked(answerer_of(server, engine))
    assert (answer.provider, answer.ending, answer.degraded) == ("openai", "stop", ())
    assert answer.checked.text == RIGHT
    assert answer.checked.precision == 1.0
    assert not any(isinstance(event, Switched) for event in events)


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (Behaviour.fails(401), "did not accept the key (401)"),
        (Behaviour.echoes_key(401), "did not accept the key (401)"),
        (Behaviour.echoes_key(500), "answered 500"),
        (Behaviour.fails(404, "no such model"), "no such model"),
        (Behaviour.fails(429), "asked too much"),
        (Behaviour.fails(429, headers={"Retry-After": "600"}), "wants 600 s to pass, longer than the 10 s there are"),
        (Behaviour.fails(500), "answered 500"),
        (Behaviour.hangs(), "sent nothing for 0.3 s"),
        (Behaviour.cuts_after(), "broke the connection"),
        (Behaviour.breaks_with("{bro"), "a chunk that cannot be read"),
        (Behaviour.breaks_with(b"data: \xff\n\n"), "a chunk that cannot be read"),
        (Behaviour.sends_page(), "text/html"),
        (Behaviour.says(""), "ended without a word"),
    ],
)
def test_a_server_that_says_nothing_is_named_and_the_catalogue_answers(
    server: OpenAIServer, engine: SearchEngine, play: Play, why: str
) -> None:
    server.plays = [play]
    events, answer = asked(answerer_of(server, engine, openai_timeout_s=0.3 if "0.3 s" in why else 10.0))
    (switched,) = [event for event in events if isinstance(event, Switched)]
    assert (switched.degraded.what, switched.degraded.fallback, switched.interrupted) == ("openai", "extractive", None)
    assert why in switched.degraded.why
    assert "127.0.0.1" in switched.degraded.why
    assert answer.degraded == (switched.degraded,)
    assert (answer.provider, answer.provider_wanted, answer.interrupted) == ("extractive", "auto", ())
    assert answer.checked.precision == 1.0
    assert "990" in answer.checked.text


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (Behaviour.cuts_after(RIGHT, " It costs ৳5 [1]."), "broke the connection"),
        (Behaviour.hangs_after(RIGHT, " It costs ৳5 [1]."), "sent nothing for 0.3 s"),
        (Behaviour.breaks_with("{bro", RIGHT, " It costs ৳5 [1]."), "a chunk that cannot be read"),
        (Behaviour.says(RIGHT, " It costs ৳5 [1].", finish=None), "broke off in the middle"),
        (Behaviour.says(RIGHT, " It costs ৳5 [1].", finish="content_filter"), "content filter"),
    ],
)
def test_what_was_streamed_before_a_failure_is_kept_and_marked(
    server: OpenAIServer, engine: SearchEngine, play: Play, why: str
) -> None:
    server.plays = [play]
    events, answer = asked(answerer_of(server, engine, openai_timeout_s=0.3 if "0.3 s" in why else 10.0))
    (switched,) = [event for event in events if isinstance(event, Switched)]
    kept = switched.interrupted
    assert kept is not None
    assert kept.provider == "openai"
    assert why in kept.why
    assert kept.checked.text == f"{RIGHT} It costs ৳5 [1]."
    assert [claim.text for claim in kept.checked.unsupported] == ["It costs ৳5 [1]."]
    assert answer.interrupted == (kept,)
    assert answer.provider == "extractive"


def test_time_that_is_up_keeps_the_answer_as_far_as_it_came(server: OpenAIServer, engine: SearchEngine) -> None:
    server.plays = [Behaviour.drips(f"{RIGHT} ", 0.05)]
    events, answer = asked(answerer_of(server, engine, limits=Limits(tokens=10_000, seconds=0.4)))
    assert (answer.provider, answer.ending) == ("openai", "time")
    assert "ANSWER_SECONDS" in answer.degraded[-1].why
    assert any(isinstance(event, Writing) for event in events[:-2])


def test_stopping_ends_a_hang_with_what_there_is(server: OpenAIServer, engine: SearchEngine) -> None:
    server.plays = [Behaviour.hangs_after(RIGHT)]
    enough = threading.Event()
    answerer = answerer_of(server, engine, openai_timeout_s=15.0)
    timer = threading.Timer(0.3, enough.set)
    timer.start()
    (done,) = [e for e in answerer.stream(QUESTION, stopped=enough.is_set) if isinstance(e, Done)]
    timer.join()
    assert (done.answer.provider, done.answer.ending, done.answer.checked.text) == ("openai", "cancelled", RIGHT)
    assert server.left.wait(5)


def test_nobody_listening_any_more_closes_the_connection(server: OpenAIServer, engine: SearchEngine) -> None:
    server.plays = [Behaviour.drips(f"{RIGHT} ", 0.02)]
    stream = answerer_of(server, engine).stream(QUESTION)
    for event in stream:
        if isinstance(event, Writing):
            break
    del stream, event
    assert server.left.wait(5)


def test_fifty_questions_at_once_each_end_in_an_answer(
    server: OpenAIServer, engine: SearchEngine, caplog: pytest.LogCaptureFixture
) -> None:
    ways: list[tuple[Play, str]] = [
        (Behaviour.says("The Glass kettle 2 l ", "costs ৳990 [1].", every_s=0.01), "openai"),
        (Behaviour.echoes_key(401), "extractive"),
        (Behaviour.fails(503), "extractive"),
        (Behaviour.hangs_after(RIGHT), "extractive"),
        (Behaviour.cuts_after(RIGHT), "extractive"),
        (Behaviour.breaks_with("{bro", RIGHT), "extractive"),
        (Behaviour.says_key(), "openai"),
    ]

    def play(exchange: Exchange) -> None:
        number = int(exchange.shown.rpartition("number ")[2])
        ways[number % len(ways)][0](exchange)

    server.plays = [play]
    answerer = answerer_of(server, engine, openai_timeout_s=2.0)

    def ask(number: int) -> Answer:
        return answerer.answer(f"price of the glass kettle 2 l, number {number}")

    with caplog.at_level(logging.DEBUG), ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))
    assert [answer.provider for answer in answers] == [ways[number % len(ways)][1] for number in range(50)]
    assert all(answer.checked.text.strip() for answer in answers)
    assert all(answer.degraded for answer in answers if answer.provider == "extractive")
    assert KEY not in repr(answers) + caplog.text


def test_as_the_settings_wire_it(server: OpenAIServer, engine: SearchEngine, caplog: pytest.LogCaptureFixture) -> None:
    server.plays = [Behaviour.says(RIGHT), Behaviour.echoes_key(403)]
    answerer = compose.answerer(settings_of(server), engine)
    with caplog.at_level(logging.DEBUG):
        first = answerer.answer(QUESTION, wanted="openai")
        again = answerer.answer(QUESTION, wanted="openai")
        other = answerer.answer("price of the steel kettle 1.5 l", wanted="openai")
    assert (first.provider, first.model, first.left_machine) == ("openai", "tiny", False)
    assert first.usage.prompt_tokens == 120
    assert again.from_cache
    assert (other.provider, other.provider_wanted) == ("extractive", "openai")
    assert "answered 403" in other.degraded[0].why
    assert len(server.requests) == 2
    assert KEY not in repr((first, again, other)) + caplog.text
