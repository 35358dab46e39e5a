"""The provider that asks a server: what it asks again, what it gives up, and what it says then."""

from __future__ import annotations

import socket
import threading
import time
from email.utils import formatdate

import pytest

from answering.records import Began, Ended, Limits, Task
from tests.answering.providers.openai_server import (
    Behaviour,
    Exchange,
    OpenAIServer,
    Play,
)
from tests.answering.providers.openai_support import EVIDENCE, TASK, failing, never, provider_of, said


@pytest.mark.parametrize(
    "first",
    [
        Behaviour.fails(429, headers={"Retry-After": "0"}),
        Behaviour.fails(429),
        Behaviour.fails(500),
        Behaviour.fails(503),
        Behaviour.cuts_after(),
        lambda exchange: exchange.cut(),
        Behaviour.breaks_with('{"error": {"message": "overloaded", "code": 503}}'),
    ],
)
def test_a_server_that_fails_before_the_first_word_is_asked_again(server: OpenAIServer, first: Play) -> None:
    server.plays = [first, Behaviour.says("It is a kettle [1].")]
    pieces = list(provider_of(server).stream(TASK, never))
    assert said(pieces) == "It is a kettle [1]."
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.usage.retries == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(server: OpenAIServer, form: str) -> None:
    asked: list[float] = []

    def busy(exchange: Exchange) -> None:
        asked.append(time.monotonic())
        headers = {"Retry-After": "0.4" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)}
        exchange.refuse(429, {"error": {"message": "slow down"}}, headers)

    def ready(exchange: Exchange) -> None:
        asked.append(time.monotonic())
        Behaviour.says("yes")(exchange)

    server.plays = [busy, ready]
    assert said(list(provider_of(server).stream(TASK, never))) == "yes"
    assert asked[1] - asked[0] >= (0.4 if form == "seconds" else 0.9)  # a date has whole seconds


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "600"}, {"Retry-After": formatdate(time.time() + 3600, usegmt=True)}]
)
def test_a_wait_beyond_what_there_is_fails_at_once_and_is_said(server: OpenAIServer, headers: dict[str, str]) -> None:
    server.plays = [Behaviour.fails(429, "slow down", headers=headers)]
    pieces, message = failing(provider_of(server))
    assert len(server.requests) == 1
    assert "wants" in message
    assert "longer than the 5 s there are" in message
    assert [type(piece) for piece in pieces] == [Began]


@pytest.mark.parametrize(("status", "word"), [(429, "asked too much"), (500, "answered 500"), (503, "answered 503")])
def test_retries_are_bounded(server: OpenAIServer, status: int, word: str) -> None:
    server.plays = [Behaviour.fails(status, "busy")]
    _, message = failing(provider_of(server, openai_retries=3))
    assert len(server.requests) == 4
    assert word in message
    assert "after 4 attempts" in message
    server.requests.clear()
    failing(provider_of(server, openai_retries=0))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (Behaviour.fails(401, "who are you"), ("did not accept the key (401)", '"who are you"', "OPENAI_API_KEY")),
        (Behaviour.fails(403, "not yours"), ("answered 403", "OPENAI_MODEL")),
        (Behaviour.fails(404, "no such model"), ("answered 404", "no such model", "OPENAI_BASE_URL", "/v1")),
        (Behaviour.fails(429, "pay", code="insufficient_quota"), ("429", "quota is used up")),
        (Behaviour.fails(400, "odd"), ("answered 400", "odd")),
        (Behaviour.fails(400, "x", code="context_length_exceeded"), ("ANSWER_PRODUCTS",)),
        (Behaviour.fails(400, "This model's maximum context length is 10"), ("ANSWER_PRODUCTS",)),
        (Behaviour.fails(413), ("ANSWER_PRODUCTS",)),
        (Behaviour.fails(418), ("answered 418",)),
        (Behaviour.fails(307, headers={"Location": "http://127.0.0.1:1/v1"}), ("sends elsewhere (307)",)),
        (Behaviour.sends_page(), ("no chat completion (it is text/html)", "OPENAI_BASE_URL")),
        (Behaviour.sends_page("application/json", '{"choices": []}'), ("it is application/json",)),
        (Behaviour.says(""), ("ended without a word",)),
        (Behaviour.says("", finish="length"), ("used up its 50 tokens", "ANSWER_TOKENS")),
        (Behaviour.breaks_with('{"error": {"message": "out of memory"}}'), ('reported an error: "out of memory"',)),
    ],
)
def test_each_failure_says_what_happened_and_what_to_do(
    server: OpenAIServer, play: Play, words: tuple[str, ...]
) -> None:
    server.plays = [play]
    pieces, message = failing(provider_of(server))
    assert [type(piece) for piece in pieces] == [Began]
    assert server.url.removeprefix("http://") in message
    assert [word for word in words if word not in message] == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("play", "word"),
    [
        (Behaviour.cuts_after("It is", " a"), "broke the connection"),
        (Behaviour.hangs_after("It is", " a"), "sent nothing for 0.3 s"),
        (Behaviour.breaks_with('{"choices": [{"delta": {"con', "It is", " a"), "JSONDecodeError"),
        (Behaviour.breaks_with("[1, 2]", "It is", " a"), "a chunk that cannot be read"),
        (Behaviour.breaks_with('{"choices": 7}', "It is", " a"), "a chunk that cannot be read"),
        (Behaviour.breaks_with('{"choices": [{"delta": {"content": 7}}]}', "It is", " a"), "a chunk that cannot be"),
        (Behaviour.breaks_with(b"data: \xff\xfe\n\n", "It is", " a"), "UnicodeDecodeError"),
        (Behaviour.breaks_with("[" * 100_000, "It is", " a"), "a chunk that cannot be read"),
        (Behaviour.breaks_with('{"error": {"message": "out of memory"}}', "It is", " a"), "out of memory"),
        (Behaviour.says("It is", " a", finish=None), "broke off in the middle"),
        (Behaviour.says("It is", " a", finish="content_filter"), "content filter"),
    ],
)
def test_an_answer_that_breaks_off_keeps_what_was_said_and_is_not_asked_again(
    server: OpenAIServer, play: Play, word: str
) -> None:
    server.plays = [play]
    pieces, message = failing(provider_of(server, openai_timeout_s=0.3 if "0.3 s" in word else 10.0))
    assert said(pieces) == "It is a"
    assert word in message
    assert len(server.requests) == 1


@pytest.mark.parametrize("tail", [b"data: {bro\n\n", None])
def test_what_breaks_behind_a_complete_answer_does_not_matter(server: OpenAIServer, tail: bytes | None) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk("yes [1]", finish="stop")
        if tail is not None:
            exchange.raw(tail)
        exchange.cut()

    server.plays = [play]
    pieces = list(provider_of(server).stream(TASK, never))
    assert said(pieces) == "yes [1]"
    assert isinstance(pieces[-1], Ended)


def test_a_server_that_never_closes_a_complete_answer_is_not_waited_for(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answering.providers.openai_asking.GRACE_S", 0.1)

    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk("yes [1]", finish="stop")
        exchange.hang()

    server.plays = [play]
    pieces = list(provider_of(server, openai_timeout_s=60.0).stream(TASK, never))
    assert isinstance(pieces[-1], Ended)
    assert pieces[-1].why == "stop"
    assert server.left.wait(5)  # the server itself would end the hang after 20 s, and say nothing here


def test_thinking_aloud_is_not_shown(server: OpenAIServer) -> None:
    server.plays = [Behaviour.says("<thi", "nk>It may be a kett", "le.</think>\n\nIt is ", "a kettle [1].")]
    pieces = list(provider_of(server).stream(TASK, never))
    assert said(pieces) == "It is a kettle [1]."
    server.plays = [Behaviour.says("<think>It may be", finish="length")]
    assert "used up its 50 tokens" in failing(provider_of(server))[1]
    assert len(server.requests) == 2


def test_a_model_that_declines_is_quoted(server: OpenAIServer) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk(refusal="I would ")
        exchange.chunk(refusal="rather not.", finish="stop")
        exchange.end()

    server.plays = [play]
    assert 'declined to answer: "I would rather not."' in failing(provider_of(server))[1]


def test_a_server_that_is_silent_is_given_up_after_the_time_out_and_not_asked_again(server: OpenAIServer) -> None:
    server.plays = [Behaviour.hangs()]
    pieces, message = failing(provider_of(server, openai_timeout_s=0.3))
    assert "sent nothing for 0.3 s" in message
    assert "OPENAI_TIMEOUT_S" in message
    assert [type(piece) for piece in pieces] == [Began]
    assert len(server.requests) == 1
    assert server.left.wait(5)


def test_the_time_for_an_answer_bounds_everything(server: OpenAIServer) -> None:
    task = Task(EVIDENCE, limits=Limits(tokens=1000, seconds=0.5))
    server.plays = [Behaviour.drips("word ", 0.05)]
    pieces = list(provider_of(server).stream(task, never))
    ended = pieces[-1]
    assert isinstance(ended, Ended)
    assert ended.why == "time"
    assert said(pieces).startswith("word word ")
    assert ended.usage.estimated
    assert server.left.wait(5)
    server.plays = [Behaviour.hangs()]
    assert "had not begun to answer after 0.5 s" in failing(provider_of(server), task)[1]
    server.plays = [Behaviour.fails(500)]
    message = failing(provider_of(server, openai_retries=10, openai_timeout_s=60.0), task)[1]
    assert "longer than" in message or "had not begun" in message


def test_nobody_there_and_a_name_that_nobody_knows(server: OpenAIServer) -> None:
    with socket.socket() as taken:  # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        _, message = failing(provider_of(None, openai_base_url=url, openai_retries=1))
    assert "nothing takes connections there after 2 attempts" in message
    assert "start the server" in message
    _, message = failing(provider_of(None, openai_base_url="http://nowhere.invalid/v1", openai_retries=0))
    assert "nowhere.invalid/v1 could not be found" in message
    https = server.url.replace("http:", "https:")
    _, message = failing(provider_of(None, openai_base_url=https, openai_retries=0))
    assert "could not be trusted" in message


def test_a_server_that_ends_an_encrypted_connection_before_it_begins_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def close_at_once() -> None:
            with listening.accept()[0] as connection:
                connection.recv(1)

        thread = threading.Thread(target=close_at_once)
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/v1"
        _, message = failing(provider_of(None, openai_base_url=url, openai_retries=0))
        thread.join()
    assert "broke the connection" in message or "could not be trusted" in message
