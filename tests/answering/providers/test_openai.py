"""The provider that asks a server, against a real one on loopback, over real sockets."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest

from answering import prompts
from answering.providers.openai import OpenAIProvider
from answering.providers.openai_client import is_local, unusable
from answering.records import Began, Card, Delta, Ended, Evidence, Limits, Piece, Question, Task
from retrieval.dense.encoders.openai import estimated_tokens
from retrieval.errors import ProviderFailed
from retrieval.records import Product
from retrieval.settings import Settings
from tests.answering.providers.openai_server import (
    KEY,
    USAGE,
    Behaviour,
    Exchange,
    OpenAIServer,
    Play,
    serving,
)

KETTLE = Product("p1", "Steel kettle", price=450.0, currency="USD", brand="Arlo", colors=("silver",))
EVIDENCE = Evidence(Question("which kettle?", "kettle"), (Card(1, KETTLE, "A kettle of steel."),), matching=1)
TASK = Task(EVIDENCE, limits=Limits(tokens=50, seconds=20.0))


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serving(OpenAIServer()) as running:
        yield running


def provider_of(server: OpenAIServer | None, **changes: Any) -> OpenAIProvider:
    known: dict[str, Any] = {
        "openai_api_key": KEY,
        "openai_base_url": server.url if server else None,
        "openai_model": "tiny",
        "openai_timeout_s": 5.0,
    }
    return OpenAIProvider(Settings(_env_file=None, **(known | changes)), back_off_s=0.01)


def never() -> bool:
    return False


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def failing(provider: OpenAIProvider, task: Task = TASK) -> tuple[list[Piece], str]:
    """Return what came before a failure, and its message, in which nothing may lead to the key."""
    pieces: list[Piece] = []
    with pytest.raises(ProviderFailed) as caught:
        pieces.extend(provider.stream(task, never))  # extend keeps what came before the error
    seen: BaseException | None = caught.value
    assert seen.__cause__ is None
    assert seen.__context__ is None
    assert KEY not in str(seen)
    assert KEY not in repr(seen)
    assert "tiny" in str(seen)
    return pieces, str(seen)


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


# --- servers differ in what they take --------------------------------------------------------------------------------


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


# --- retries ---------------------------------------------------------------------------------------------------------


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


# --- failures --------------------------------------------------------------------------------------------------------


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


# --- stopping --------------------------------------------------------------------------------------------------------


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


# --- the key ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500])
def test_a_key_that_a_server_repeats_is_nowhere(
    server: OpenAIServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays = [Behaviour.echoes_key(status)]
    with caplog.at_level(logging.DEBUG):
        pieces, message = failing(provider_of(server, openai_retries=1))
    assert "(hidden)" in message
    assert caplog.records
    assert KEY not in caplog.text
    assert KEY not in repr(pieces)
    assert str(status) in message


def test_a_key_that_a_server_answers_with_is_not_shown(server: OpenAIServer, caplog: pytest.LogCaptureFixture) -> None:
    server.plays = [Behaviour.says_key()]
    with caplog.at_level(logging.DEBUG):
        pieces = list(provider_of(server).stream(TASK, never))
    assert said(pieces) == "Bearer (hidden) is what I got."
    assert KEY not in caplog.text


def test_names_and_passwords_in_an_address_are_sent_as_a_header_and_never_shown(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url.replace("http://", "http://me:pass%2Fword-1@") + "?token=abcdefgh12345"
    provider = provider_of(None, openai_base_url=url)
    server.plays = [Behaviour.echoes_key(401), Behaviour.says("yes")]
    with caplog.at_level(logging.DEBUG):
        _, message = failing(provider)
        assert said(list(provider.stream(TASK, never))) == "yes"
    assert server.keys == ["Basic bWU6cGFzcy93b3JkLTE="] * 2  # base64 of me:pass/word-1
    assert server.requests[0]["path"] == "/v1/chat/completions?token=abcdefgh12345"
    shown = caplog.text + message + repr(provider)
    assert [
        word for word in ("@127.0.0.1", "pass%2Fword-1", "pass/word-1", "bWU6cGFz", "abcdefgh12345") if word in shown
    ] == []


def test_a_key_in_the_models_name_is_not_shown(server: OpenAIServer) -> None:
    provider = provider_of(server, openai_model=f"tiny {KEY}")
    assert provider.model == "tiny (hidden)"
    server.plays = [Behaviour.fails(404, f"no model tiny {KEY}")]
    failing(provider)


def test_prompts_are_not_logged_unless_somebody_asks_for_every_detail(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays = [Behaviour.fails(500), Behaviour.says("yes")]
    with caplog.at_level(logging.INFO):
        list(provider_of(server).stream(TASK, never))
    assert "asking" in caplog.text
    assert "Steel kettle" not in caplog.text
    assert "which kettle?" not in caplog.text


# --- what the settings allow -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"openai_api_key": None}, "OPENAI_API_KEY is not set"),
        ({"openai_api_key": " "}, "OPENAI_API_KEY is not set"),
        ({"openai_api_key": "sk-a b"}, "holds characters"),
        ({"openai_api_key": "sk-ключ"}, "holds characters"),
        ({"openai_model": " "}, "OPENAI_MODEL is empty"),
        ({"openai_base_url": "localhost:8000"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "file:///etc/passwd"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "http://[::1"}, "OPENAI_BASE_URL is no http"),
        ({"openai_base_url": "http://host:99999/v1"}, "OPENAI_BASE_URL is no http"),
    ],
)
def test_settings_that_cannot_work_are_said_before_anything_is_sent(changes: dict[str, Any], why: str) -> None:
    known = {"openai_api_key": KEY, "openai_model": "tiny"} | changes
    settings = Settings(_env_file=None, **known)
    assert why in (unusable(settings) or "")
    with pytest.raises(ProviderFailed, match="cannot be used") as caught:
        list(OpenAIProvider(settings).stream(TASK, never))
    assert why in str(caught.value)


def test_a_key_is_freed_of_the_line_end_that_copying_brings_and_may_be_missing_beside_an_address(
    server: OpenAIServer,
) -> None:
    list(provider_of(server, openai_api_key=f" {KEY}\n").stream(TASK, never))
    provider = provider_of(server, openai_api_key=None)
    list(provider.stream(TASK, never))
    assert server.keys == [f"Bearer {KEY}", "Bearer none"]
    server.plays = [Behaviour.fails(401, "log in")]
    assert "it wants a key: set OPENAI_API_KEY" in failing(provider)[1]


def test_a_question_that_stays_here_goes_through_no_proxy(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert said(list(provider_of(server).stream(TASK, never))) == "It is a kettle [1]."


def test_a_proxy_that_cannot_be_used_is_a_failure_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy")
    with pytest.raises(ProviderFailed, match="Check the certificates and proxies"):
        list(provider_of(None, openai_base_url="https://example.invalid/v1").stream(TASK, never))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:11434/v1", True),
        ("http://LOCALHOST/v1", True),
        ("http://api.localhost/v1", True),
        ("http://127.3.2.1:80/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://me:secret@127.0.0.1/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://127.0.0.1@example.com/v1", False),
        ("http://192.168.0.2/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://[fe80::1]/v1", False),
        ("nonsense", False),
        (None, False),
        ("http://[::1", False),
    ],
)
def test_only_this_very_machine_is_local(url: str | None, local: bool) -> None:
    assert is_local(url) is local
    assert provider_of(None, openai_base_url=url).local is local


def test_the_server_of_these_tests_speaks_the_protocol(server: OpenAIServer) -> None:
    """The chunks are those that the client's own types describe."""
    from openai import OpenAI

    client = OpenAI(api_key=KEY, base_url=server.url, _strict_response_validation=True)
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hi"}], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "It is a kettle [1]."
    assert chunks[-1].usage is not None
    assert json.loads(chunks[-1].usage.model_dump_json())["total_tokens"] == 150
    client.close()
