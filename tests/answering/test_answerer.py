"""From a question to a checked answer: who writes, who stands in, what is kept, what is cached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from answering.answer_cache import AnswerCache
from answering.answerer import Answerer, Chain
from answering.protocols import Provider, Stop
from answering.providers.extractive import ExtractiveProvider
from answering.records import (
    REFUSAL,
    Answer,
    Began,
    Delta,
    Done,
    Ended,
    Ending,
    Event,
    Found,
    Piece,
    ProviderChoice,
    ProviderName,
    Summary,
    Switched,
    Task,
    Usage,
    Writing,
)
from retrieval.engine import SearchEngine
from retrieval.errors import AnswerError, ProviderFailed
from retrieval.records import Degraded, Filters
from retrieval.settings import Settings

KETTLES = [
    {"id": "k1", "title": "Steel kettle 1.5 l", "price": 1450, "currency": "BDT", "rating": 4.5, "rating_count": 120},
    {"id": "k2", "title": "Glass kettle 2 l", "price": 990, "currency": "BDT", "rating": 4.1, "rating_count": 30},
    {"id": "m1", "title": "Blue mug", "price": 150, "currency": "BDT", "colors": ["blue"]},
]


class Scripted:
    """A provider that says what it was told to say, then ends or fails."""

    local = False

    def __init__(self, name: ProviderName, said: Sequence[str], ends: Ending | Exception = "stop") -> None:
        self.name = name
        self.model = f"{name}-1"
        self.said = said
        self.ends = ends
        self.tasks: list[Task] = []
        self.closed = 0

    def stream(self, task: Task, stopped: Stop) -> Iterator[Piece]:
        self.tasks.append(task)
        try:
            yield Began(notes=(Degraded("weights", "too large", "smaller ones"),) if self.name == "slm" else ())
            for part in self.said:
                if stopped():
                    yield Ended("cancelled")
                    return
                yield Delta(part)
            if isinstance(self.ends, Exception):
                raise self.ends
            yield Ended(self.ends, Usage(completion_tokens=len(self.said)))
        finally:
            self.closed += 1


@pytest.fixture(scope="module")
def engine() -> SearchEngine:
    settings = Settings(_env_file=None, time_budget_ms=0)  # type: ignore[call-arg]
    return SearchEngine.from_documents(KETTLES, encoder=None, settings=settings)


def by(*providers: Provider, missing: tuple[Degraded, ...] = ()) -> Callable[[ProviderChoice], Chain]:
    facts = ExtractiveProvider()
    return lambda wanted: Chain((facts,) if wanted == "extractive" else (*providers, facts), missing)


def ended(events: Sequence[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Done)
    return last.answer


def test_without_a_model_the_catalogue_answers(engine: SearchEngine) -> None:
    events = list(Answerer(engine, by()).stream("how much is the glass kettle 2 l?"))
    assert [type(event) for event in events][:1] == [Found]
    assert not any(isinstance(event, Summary) for event in events)
    answer = ended(events)
    assert (answer.provider, answer.provider_wanted, answer.left_machine) == ("extractive", "auto", False)
    assert "990" in answer.checked.text
    assert answer.checked.precision == 1.0
    assert [citation.product_id for citation in answer.checked.citations][:1] == ["k2"]
    assert set(answer.timings_ms) == {"search", "evidence", "answer", "check", "total"}


def test_products_come_first_then_the_summary_then_the_model(engine: SearchEngine) -> None:
    model = Scripted("openai", ["The Glass kettle 2 l ", "costs ৳990 [1]."])
    events = list(Answerer(engine, by(model)).stream("how much is the glass kettle 2 l?"))
    kinds = [type(event) for event in events]
    assert kinds[:2] == [Found, Summary]
    assert kinds[-2:] == [Writing, Done]
    answer = ended(events)
    assert (answer.provider, answer.model, answer.left_machine) == ("openai", "openai-1", True)
    assert answer.checked.text == "The Glass kettle 2 l costs ৳990 [1]."
    assert answer.usage.completion_tokens == 2
    assert model.closed == 1


def test_a_wrong_price_is_marked_and_stays(engine: SearchEngine) -> None:
    model = Scripted("openai", ["The Glass kettle 2 l costs ৳450 [1]."])
    answer = Answerer(engine, by(model)).answer("how much is the glass kettle 2 l?")
    assert answer.checked.unsupported
    assert "৳450" in answer.to_dict()["answer"]
    assert "(unsupported)" in answer.to_dict()["answer"]
    assert answer.checked.precision == 0.0


def test_one_that_fails_is_followed_by_the_next_and_what_it_said_is_kept(engine: SearchEngine) -> None:
    first = Scripted("openai", ["The Glass kettle 2 l costs ৳990 [1]. And"], ProviderFailed("the server went away"))
    second = Scripted("slm", ["It is ৳990 [1]."])
    events = list(Answerer(engine, by(first, second)).stream("how much is the glass kettle 2 l?"))
    (switched,) = [event for event in events if isinstance(event, Switched)]
    assert switched.degraded == Degraded("openai", "the server went away", "slm")
    assert switched.interrupted is not None
    assert "৳990 [1]" in switched.interrupted.checked.text
    answer = ended(events)
    assert answer.provider == "slm"
    assert [part.what for part in answer.degraded] == ["openai", "weights"]
    assert [part.provider for part in answer.interrupted] == ["openai"]
    assert answer.to_dict()["interrupted"][0]["why"] == "the server went away"
    assert answer.left_machine  # what was asked of the first one was sent


def test_any_other_fault_of_a_provider_is_named_too(engine: SearchEngine) -> None:
    answer = Answerer(engine, by(Scripted("slm", [], ZeroDivisionError("odd")))).answer("glass kettle?")
    assert answer.provider == "extractive"
    assert [(part.what, part.fallback) for part in answer.degraded][-1] == ("slm", "extractive")
    assert "ZeroDivisionError: odd" in answer.degraded[-1].why


@pytest.mark.parametrize("ending", ["stop", "length", "time"])
def test_one_that_says_nothing_has_failed(engine: SearchEngine, ending: Ending) -> None:
    answer = Answerer(engine, by(Scripted("openai", [" "], ending))).answer("glass kettle?")
    assert answer.provider == "extractive"
    assert answer.degraded[-1].what == "openai"


@pytest.mark.parametrize("ending", ["length", "time"])
def test_an_answer_cut_short_is_kept_and_says_so(engine: SearchEngine, ending: Ending) -> None:
    answer = Answerer(engine, by(Scripted("openai", ["It is ৳990 [1]. It"], ending))).answer(
        "price of glass kettle 2 l"
    )
    assert (answer.provider, answer.ending) == ("openai", ending)
    assert "ANSWER_" in answer.degraded[-1].why


def test_stopped_it_ends_with_what_there_is(engine: SearchEngine) -> None:
    enough = threading.Event()
    model = Scripted("openai", ["It is ৳990 [1]."] * 3)
    answerer = Answerer(engine, by(model), cache=AnswerCache(60))
    events: list[Event] = []
    for event in answerer.stream("price of glass kettle 2 l", stopped=enough.is_set):
        events.append(event)
        if isinstance(event, Summary):
            enough.set()
    answer = ended(events)
    assert answer.ending == "cancelled"
    assert not answer.checked.text
    assert answerer.answer("price of glass kettle 2 l").ending == "stop"  # and nothing of it was kept


def test_one_who_stops_listening_ends_the_provider(engine: SearchEngine) -> None:
    model = Scripted("openai", ["It is ৳990 [1]. "] * 500)
    stream = Answerer(engine, by(model)).stream("price of glass kettle 2 l")
    for event in stream:
        if isinstance(event, Writing):
            break
    stream.close()  # type: ignore[attr-defined]
    assert model.closed == 1


def test_a_refusal_asks_no_model(engine: SearchEngine) -> None:
    model = Scripted("openai", ["Buy a chainsaw [1]."])
    answer = Answerer(engine, by(model)).answer("do you sell petrol chainsaws?")
    assert answer.refused
    assert answer.checked.text.startswith(REFUSAL)
    assert (answer.provider, answer.left_machine, model.tasks) == ("extractive", False, [])


def test_a_model_may_refuse_too(engine: SearchEngine) -> None:
    answer = Answerer(engine, by(Scripted("openai", ["I can’t find that in this catalogue."]))).answer("glass kettle?")
    assert answer.refused
    assert answer.to_dict()["refused"] is True


def test_the_same_question_is_answered_from_the_cache(engine: SearchEngine) -> None:
    model = Scripted("openai", ["It is ৳990 [1]."])
    answerer = Answerer(engine, by(model), cache=AnswerCache(60))
    first, again = (answerer.answer("price of glass kettle 2 l") for _ in range(2))
    assert (first.from_cache, again.from_cache, len(model.tasks)) == (False, True, 1)
    assert again.checked == first.checked
    for other in (
        answerer.answer("price of the glass kettle 2 l"),
        answerer.answer("price of glass kettle 2 l", style="plain"),
        answerer.answer("price of glass kettle 2 l", filters=Filters(max_price=5000)),
    ):
        assert not other.from_cache
    unkept = Answerer(engine, by(model), cache=AnswerCache(0))
    assert [unkept.answer("price of glass kettle 2 l").from_cache for _ in range(2)] == [False, False]


def test_an_answer_that_came_by_a_detour_is_not_kept(engine: SearchEngine) -> None:
    answerer = Answerer(engine, by(Scripted("openai", [], ProviderFailed("down"))), cache=AnswerCache(60))
    assert [answerer.answer("price of glass kettle 2 l").from_cache for _ in range(2)] == [False, False]


def test_kept_answers_go_when_their_time_is_over(monkeypatch: pytest.MonkeyPatch, engine: SearchEngine) -> None:
    cache = AnswerCache(0.01)
    answer = Answerer(engine, by()).answer("price of glass kettle 2 l")
    cache.put("key", answer)
    threading.Event().wait(0.03)
    assert cache.get("key") is None


def test_a_follow_up_is_completed_visibly(engine: SearchEngine) -> None:
    answerer = Answerer(engine, by())
    first = answerer.answer("show me kettles")
    assert len(first.evidence.cards) == 2
    then = answerer.answer("under 1000?", before=first.evidence)
    assert [card.product.product_id for card in then.evidence.cards] == ["k2"]
    assert then.evidence.question.follows is not None
    assert "under 1000?" in then.evidence.question.follows


def test_what_was_wanted_and_is_missing_is_named(engine: SearchEngine) -> None:
    missing = (Degraded("openai", "no key", "extractive"),)
    answer = Answerer(engine, by(missing=missing)).answer("price of glass kettle 2 l", wanted="openai")
    assert (answer.provider, answer.provider_wanted) == ("extractive", "openai")
    assert answer.degraded == missing


def test_an_empty_question_is_an_error_that_says_what_to_do(engine: SearchEngine) -> None:
    with pytest.raises(AnswerError, match="question"):
        Answerer(engine, by()).answer("   ")


def test_a_search_on_a_server_leaves_the_machine(engine: SearchEngine) -> None:
    assert Answerer(engine, by(), searches_leave=lambda: True).answer("price of glass kettle 2 l").left_machine


def test_markers_stand_behind_their_claims(engine: SearchEngine) -> None:
    answer = Answerer(engine, by()).answer("price of glass kettle 2 l")
    assert answer.checked.marked() == answer.checked.text
    claim = replace(answer.checked.claims[0], start=0, end=2, supported=False, checked=True, citations=())
    assert replace(answer.checked, text="It is.", claims=(claim,)).marked() == "It (no source) is."
