"""The provider that asks a server: how it is asked, and what comes of it; over real sockets."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from answering import prompts
from answering.records import Began, Delta, Ended, Evidence, Limits, Piece, Question, Task
from retrieval.dense.encoders.openai import estimated_tokens
from tests.answering.providers.openai_server import (
    KEY,
    USAGE,
    Behaviour,
    Exchange,
    OpenAIServer,
    Play,
)
from tests.answering.providers.openai_support import EVIDENCE, TASK, failing, never, provider_of, said


def test_an_answer_is_streamed_with_the_exact_prompt_and_the_tokens_that_it_took(server: OpenAIServer) -> None:
    server.plays = [Behaviour.says("It ", "is ", "a kettle [1].")]
    provider = provider_of(server, openai_input_price_per_million=0.5, openai_output_price_per_million=2.0)
    pieces = list(provider.stream(TASK, never))
    prompt = prompts.write(TASK)
    assert pieces[0] == Began(prompt)
    assert pieces[1:-1] == [Delta("It "), Delta("is "), Delta("a kettle [1].")]
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.why == "stop"
    usage = ended.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated, usage.retries) == (120, 30, False, 0)
    assert usage.cost == pytest.approx((120 * 0.5 + 30 * 2.0) / 1e6)
    assert usage.first_token_ms is not None
    assert usage.first_token_ms > 0
    assert server.requests == [
        {
            "path": "/v1/chat/completions",
            "model": "tiny",
            "messages": [{"role": turn.role, "content": turn.content} for turn in prompt.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.0,
            "max_tokens": 50,
        }
    ]
    assert server.keys == [f"Bearer {KEY}"]
    assert (provider.name, provider.model, provider.local) == ("openai", "tiny", True)


def test_a_plain_prompt_is_sent_as_one_turn(server: OpenAIServer) -> None:
    task = Task(EVIDENCE, style="plain", limits=TASK.limits)
    assert said(list(provider_of(server).stream(task, never))) == "It is a kettle [1]."
    assert server.requests[0]["messages"] == [{"role": "user", "content": prompts.write(task).text}]


def test_deltas_come_while_the_server_still_writes(server: OpenAIServer) -> None:
    server.plays = [Behaviour.hangs_after("A kettle")]
    pieces = provider_of(server).stream(TASK, never)
    assert isinstance(next(pieces), Began)
    assert next(pieces) == Delta("A kettle")
    pieces.close()
    assert server.left.wait(5)


def test_tokens_a_second_count_from_the_first_text_to_the_last(server: OpenAIServer) -> None:
    server.plays = [Behaviour.says("a", "b", "c", every_s=0.1)]
    ended = list(provider_of(server).stream(TASK, never))[-1]
    assert isinstance(ended, Ended)
    # (30 tokens - 1) over the two gaps of at least 0.1 s between three pieces.
    assert ended.usage.tokens_per_s is not None
    assert 29 / 5 < ended.usage.tokens_per_s <= 29 / 0.19


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": "many", "completion_tokens": -1}, {"prompt_tokens": True}])
def test_tokens_that_nobody_told_are_estimated_and_said_to_be(server: OpenAIServer, usage: Any) -> None:
    server.plays = [Behaviour.says("It is a kettle [1].", usage=usage)]
    ended = list(provider_of(server).stream(TASK, never))[-1]
    assert isinstance(ended, Ended)
    prompt = "\n".join(turn.content for turn in prompts.write(TASK).messages)
    assert ended.usage.estimated
    assert ended.usage.prompt_tokens == estimated_tokens(prompt)
    assert ended.usage.completion_tokens == estimated_tokens("It is a kettle [1].")
    assert ended.usage.cost is None


def test_tokens_that_the_server_had_kept_are_told(server: OpenAIServer) -> None:
    server.plays = [Behaviour.says("yes", usage={**USAGE, "prompt_tokens_details": {"cached_tokens": 64}})]
    ended = list(provider_of(server).stream(TASK, never))[-1]
    assert isinstance(ended, Ended)
    assert ended.usage.reused == 64


@pytest.mark.parametrize(
    ("finish", "why"), [("stop", "stop"), ("length", "length"), ("max_tokens", "length"), ("eos", "stop")]
)
def test_why_an_answer_ends(server: OpenAIServer, finish: str, why: str) -> None:
    server.plays = [Behaviour.says("It is", finish=finish)]
    ended = list(provider_of(server).stream(TASK, never))[-1]
    assert isinstance(ended, Ended)
    assert ended.why == why


def test_a_server_that_ignores_the_limit_of_tokens_is_left(server: OpenAIServer) -> None:
    server.plays = [Behaviour.drips("x" * 500, 0.0)]
    pieces = list(provider_of(server).stream(TASK, never))
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.why == "length"
    assert 50 * 32 < len(said(pieces)) <= 50 * 32 + 500
    assert server.left.wait(5)


@pytest.mark.parametrize(
    ("refused", "sent"),
    [
        (("stream_options",), {"temperature": 0.0, "max_tokens": 50}),
        (("max_tokens",), {"stream_options": {"include_usage": True}, "temperature": 0.0, "max_completion_tokens": 50}),
        (("temperature",), {"stream_options": {"include_usage": True}, "max_tokens": 50}),
        (("temperature", "stream_options", "max_tokens"), {"max_completion_tokens": 50}),
        (("max_tokens", "max_completion_tokens"), {"stream_options": {"include_usage": True}, "temperature": 0.0}),
    ],
)
def test_what_a_server_refuses_is_left_out_or_named_otherwise_and_remembered(
    server: OpenAIServer, refused: tuple[str, ...], sent: dict[str, Any]
) -> None:
    server.plays = [Behaviour.refusing(*refused, then=Behaviour.says("It is a kettle [1]."))]
    provider = provider_of(server)
    pieces = list(provider.stream(TASK, never))
    assert said(pieces) == "It is a kettle [1]."
    assert len(server.requests) == 1 + len(refused)
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.usage.retries == 0
    assert ended.usage.estimated == ("stream_options" in refused)
    asked = {key: value for key, value in server.requests[-1].items() if key not in ("path", "messages", "model")}
    assert asked == {"stream": True, **sent}
    list(provider.stream(TASK, never))
    assert len(server.requests) == 2 + len(refused)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "json: unknown field stream_options"},
        {"object": "error", "message": "stream_options is not allowed here"},
        {"detail": [{"loc": ["body", "stream_options"], "msg": "extra fields not permitted"}]},
        "unknown: stream_options",
    ],
)
def test_refusals_are_understood_however_a_server_words_them(server: OpenAIServer, body: Any) -> None:
    server.plays = [lambda exchange: exchange.refuse(422, body), Behaviour.says("yes [1]")]
    assert said(list(provider_of(server).stream(TASK, never))) == "yes [1]"
    assert "stream_options" not in server.requests[-1]


def test_a_parameter_that_is_refused_for_its_value_is_not_forgotten_for_ever(server: OpenAIServer) -> None:
    server.plays = [
        Behaviour.fails(400, "max_tokens or max_completion_tokens: is 50, may be 10"),
        *[Behaviour.fails(400)] * 9,
    ]
    provider = provider_of(server)
    assert "answered 400" in failing(provider)[1]
    server.plays = [Behaviour.says("yes")]
    list(provider.stream(TASK, never))
    assert server.requests[-1]["max_tokens"] == 50


def test_openai_itself_is_asked_by_the_new_name(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answering.providers.openai.DEFAULT_URL", server.url)
    list(provider_of(None).stream(TASK, never))
    assert server.requests[0]["max_completion_tokens"] == 50
    assert "max_tokens" not in server.requests[0]


@pytest.mark.parametrize(("play", "words"), [(Behaviour.hangs(), ""), (Behaviour.hangs_after("It is"), "It is")])
def test_stopping_works_while_nothing_comes(server: OpenAIServer, play: Play, words: str) -> None:
    server.plays = [play]
    enough = threading.Event()
    timer = threading.Timer(0.3, enough.set)
    timer.start()
    pieces = list(provider_of(server, openai_timeout_s=15.0).stream(TASK, enough.is_set))  # or it fails after 15 s
    timer.join()
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.why == "cancelled"
    assert said(pieces) == words
    assert server.left.wait(5)


def test_stopping_works_while_another_attempt_is_waited_for(server: OpenAIServer) -> None:
    server.plays = [Behaviour.fails(429, headers={"Retry-After": "14"})]
    pieces = list(provider_of(server, openai_timeout_s=15.0).stream(TASK, lambda: bool(server.requests)))
    assert isinstance(pieces[-1], Ended)
    assert pieces[-1].why == "cancelled"
    assert len(server.requests) == 1


def test_stopping_between_words_closes_the_connection(server: OpenAIServer) -> None:
    server.plays = [Behaviour.drips("word ", 0.01)]
    seen: list[Piece] = []
    for piece in provider_of(server).stream(TASK, lambda: len(seen) > 5):
        seen.append(piece)
    assert isinstance(seen[-1], Ended)
    assert seen[-1].why == "cancelled"
    assert len(seen) == 7
    assert seen[-1].usage.completion_tokens is not None
    assert server.left.wait(5)


def test_fifty_questions_at_once_share_one_client(server: OpenAIServer) -> None:
    together = threading.Barrier(50, timeout=20)

    def play(exchange: Exchange) -> None:
        together.wait()  # nobody is answered before all have asked: none waits for another
        Behaviour.says(exchange.request["messages"][-1]["content"].rpartition("\n")[2], " [1]")(exchange)

    server.plays = [play]
    provider = provider_of(server, openai_timeout_s=20.0)

    def ask(number: int) -> str:
        evidence = Evidence(Question(f"question {number}", "kettle"), EVIDENCE.cards)
        return said(list(provider.stream(Task(evidence, limits=Limits(400, 30.0)), never)))

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))
    assert answers == [f"question {number} [1]" for number in range(50)]
    assert len(server.requests) == 50
    server.plays = [Behaviour.says("yes")]
    before = len(server.peers)
    list(provider.stream(TASK, never))
    assert len(server.peers) == before  # the next question goes over a connection that is still open
