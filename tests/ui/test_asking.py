"""Answers written behind the page: looked at while they come, stopped, left, failed, and found again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from answering.records import Answer, Done, Event, Found, Interrupted, Summary, Switched, Writing
from retrieval.errors import AnswerError
from retrieval.records import Degraded, Product
from tests.support import sample_products
from tests.ui.answers import Scripted, checked, evidence
from ui.asking import MOST_TURNS, PATIENCE_S, Asked, Conversation, Conversations, Progress, Turn

DEADLINE_S = 20.0


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def products() -> list[Product]:
    return sample_products(3)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, and fail where it never does."""
    end = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)  # between two looks at what another thread does


def said(turn: Turn) -> str:
    """Return what a turn shows of its answer so far."""
    writing = turn.look().writing
    return "" if writing is None else writing.checked.text


def test_progress_follows_every_event(products: list[Product]) -> None:
    found, short = evidence(products, considered=tuple(products)), checked("In short [1].", products)
    half = Interrupted("openai", checked("Half", products), "cut off")
    switch = Degraded("openai", "cut off", "slm")
    one = Progress().after(Found(found)).after(Summary(short)).after(Writing("openai", "m", short))
    assert (one.evidence, one.summary, one.answer) == (found, short, None)
    assert one.writing is not None
    two = one.after(Switched(switch, half))
    assert two.writing is None  # what was said stands among the interrupted, not where the next one writes
    assert (two.switches, two.interrupted) == ((switch,), (half,))
    assert two.after(Switched(switch)).interrupted == (half,)
    done = two.after(Done(Answer(found, short, "slm", "auto")))
    assert done.answer is not None
    assert done.answer.evidence.considered == ()  # whole catalogues are not kept with every answer
    assert done.answer.evidence.cards == found.cards


def test_an_answer_is_seen_growing_and_whole_at_its_end(products: list[Product], workers: ThreadPoolExecutor) -> None:
    answers = Scripted(products, "The first one [1]")
    turn = Conversation("shop").ask(Asked("a lamp?"), answers, workers)
    until(lambda: turn.look().summary is not None)
    assert turn.running
    answers.go.release(2)
    until(lambda: said(turn) == "The first")
    answers.go.release(2)
    assert turn.look(DEADLINE_S).answer is not None
    assert not turn.running
    assert turn.failure() is None
    answer = turn.progress.answer
    assert answer is not None
    assert (answer.checked.text, answer.ending) == ("The first one [1]", "stop")


def test_a_stopped_answer_keeps_what_was_said(products: list[Product], workers: ThreadPoolExecutor) -> None:
    answers = Scripted(products, "one two three")
    turn = Conversation("shop").ask(Asked("a lamp?"), answers, workers)
    answers.go.release()
    until(lambda: said(turn) == "one")
    turn.stop()
    assert turn.stopping
    answer = turn.look(DEADLINE_S).answer
    assert answer is not None
    assert (answer.checked.text, answer.ending) == ("one", "cancelled")


def test_an_answer_that_nobody_looks_at_any_more_stops(products: list[Product]) -> None:
    now = [100.0]
    turn = Turn(1, Asked("a lamp?"), clock=lambda: now[0])
    now[0] += PATIENCE_S - 1
    assert not turn.stopped()
    turn.look()
    now[0] += PATIENCE_S
    assert not turn.stopped()
    now[0] += 1
    assert turn.stopped()


def test_a_new_question_stops_the_one_before(products: list[Product], workers: ThreadPoolExecutor) -> None:
    first, second = Scripted(products, "one two"), Scripted(products, "three")
    talk = Conversation("shop")
    turn = talk.ask(Asked("a lamp?"), first, workers)
    second.go.release()
    other = talk.ask(Asked("a chair?"), second, workers)
    assert first.closed.wait(DEADLINE_S)
    assert other.look(DEADLINE_S).answer is not None
    assert turn.look(DEADLINE_S).answer is not None
    assert [turn.number for turn in talk.turns] == [1, 2]


def test_what_a_question_follows_up_is_the_last_that_was_answered(
    products: list[Product], workers: ThreadPoolExecutor
) -> None:
    talk = Conversation("shop")
    assert talk.before() is None
    answers = Scripted(products, "one")
    answers.go.release()
    talk.ask(Asked("a lamp?"), answers, workers).look(DEADLINE_S)
    talk.ask(Asked("broken"), Failing(AnswerError("nobody could answer")), workers).look(DEADLINE_S)
    before = talk.before()
    assert before is not None
    assert before.question.text == "a lamp?"


class Failing:
    """Raises as soon as it is asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def stream(self, text: str, **asked: Any) -> Iterator[Event]:
        raise self.error
        yield  # a generator, as an answerer's is


def test_a_failure_is_told_and_a_mistake_of_ours_is_raised(workers: ThreadPoolExecutor) -> None:
    talk = Conversation("shop")
    turn = talk.ask(Asked("?"), Failing(AnswerError("ask something")), workers)
    turn.look(DEADLINE_S)
    assert str(turn.failure()) == "ask something"
    turn = talk.ask(Asked("?"), Failing(ZeroDivisionError("ours")), workers)
    turn.look(DEADLINE_S)
    with pytest.raises(ZeroDivisionError):
        turn.failure()


def test_everything_that_was_asked_for_reaches_the_answerer(
    products: list[Product], workers: ThreadPoolExecutor
) -> None:
    answers = Scripted(products, "")
    before = evidence(products)
    asked = Asked("cheaper?", wanted="slm", style="plain", mode="bm25", before=before)
    Conversation("shop").ask(asked, answers, workers).look(DEADLINE_S)
    (got,) = answers.asked
    assert got == {
        "text": "cheaper?",
        "before": before,
        "wanted": "slm",
        "style": "plain",
        "mode": "bm25",
        "filters": asked.filters,
    }


def test_a_turn_knows_its_question_as_typed_and_as_completed(
    products: list[Product], workers: ThreadPoolExecutor
) -> None:
    turn = Turn(1, Asked("in black?"))
    assert turn.says("in black?")
    assert not turn.says("")
    turn.progress = turn.progress.after(Found(evidence(products, "a black lamp?")))
    assert turn.says("a black lamp?")
    assert turn.says("in black?")
    assert not turn.says("a lamp?")


def test_a_long_conversation_drops_its_beginning_and_counts_on(
    products: list[Product], workers: ThreadPoolExecutor
) -> None:
    talk = Conversation("shop")
    for _ in range(MOST_TURNS + 2):
        talk.ask(Asked("a lamp?"), Scripted(products, ""), workers).look(DEADLINE_S)
    assert [turn.number for turn in talk.turns] == list(range(3, MOST_TURNS + 3))


def test_a_conversation_is_found_by_its_token_and_goes_on_by_itself(
    products: list[Product], workers: ThreadPoolExecutor
) -> None:
    kept = Conversations()
    talk = Conversation("shop")
    turn = talk.ask(Asked("a lamp?"), Scripted(products, ""), workers)
    kept.keep(talk)
    again = kept.again(talk.token, "shop")
    assert again is not None
    assert again.turns == [turn]
    assert again.token != talk.token
    again.ask(Asked("a chair?"), Scripted(products, ""), workers)
    assert talk.turns == [turn]  # who was sent an address asks for himself
    assert kept.again(again.token, "shop") is not None
    assert kept.again(talk.token, "other") is None
    assert kept.again("no-such-token", "shop") is None


def test_the_conversation_that_was_used_longest_ago_leaves() -> None:
    kept = Conversations(most=2)
    first, second, third = (Conversation("shop") for _ in range(3))
    kept.keep(first)
    kept.keep(second)
    kept.keep(first)
    kept.keep(third)
    assert kept.again(second.token, "shop") is None
    assert kept.again(third.token, "shop") is not None
