"""The one door for questions: `Answerer`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Unpack

from answering.answer_cache import AnswerCache
from answering.citations import check
from answering.defuse import defuse
from answering.evidence import gather
from answering.follow_ups import follow_up
from answering.protocols import Catalogue, Options, Provider, Stop
from answering.providers.extractive import ExtractiveProvider
from answering.records import (
    Answer,
    Began,
    Checked,
    Delta,
    Done,
    Ended,
    Ending,
    Event,
    Evidence,
    Found,
    Interrupted,
    Limits,
    Piece,
    Prompt,
    PromptStyle,
    ProviderChoice,
    Summary,
    Switched,
    Task,
    Usage,
    Writing,
)
from retrieval.errors import AnswerError, ProviderFailed
from retrieval.records import Degraded, Filters, Mode

logger = logging.getLogger(__name__)
REDRAW_S = 0.05
"""Text that comes faster is checked and shown together."""


def never() -> bool:
    """Let an answer be written to its end."""
    return False


@dataclass(frozen=True, slots=True)
class Chain:
    """Who is asked in turn, and why somebody wanted is not among them; the last one never fails."""

    providers: tuple[Provider, ...]
    missing: tuple[Degraded, ...] = ()


Providers = Callable[[ProviderChoice], Chain]
"""Returns who is asked in turn for a choice; called for every question, since keys and weights come and go."""


@dataclass(slots=True)
class _Course:
    """How far an answer has come."""

    evidence: Evidence
    wanted: ProviderChoice
    degraded: list[Degraded]
    interrupted: list[Interrupted] = field(default_factory=list)
    left_machine: bool = False
    prompt: Prompt | None = None
    raw: str = ""
    check_s: float = 0.0


class Answerer:
    """Answers questions about one catalogue; safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        providers: Providers,
        *,
        products: int = 6,
        style: PromptStyle = "chat",
        limits: Limits | None = None,
        cache: AnswerCache | None = None,
        searches_leave: Callable[[], bool] = never,
    ) -> None:
        """Answer from a catalogue; `products` is how many an answer may be made of.

        `searches_leave` says whether searching itself sends the question to another machine, as an encoder on a
        server does.
        """
        self._catalogue = catalogue
        self._providers = providers
        self._products = products
        self._style = style
        self._limits = limits or Limits()
        self._cache = cache or AnswerCache(0)
        self._searches_leave = searches_leave

    def answer(self, text: str, **options: Unpack[Options]) -> Answer:
        """Return what `stream` ends with."""
        for event in self.stream(text, **options):
            if isinstance(event, Done):
                return event.answer
        raise AnswerError(f"the answer to {text[:80]!r} did not come to an end; ask again.")

    def stream(
        self,
        text: str,
        *,
        before: Evidence | None = None,
        wanted: ProviderChoice = "auto",
        style: PromptStyle | None = None,
        mode: Mode | None = None,
        filters: Filters | None = None,
        stopped: Stop = never,
    ) -> Iterator[Event]:
        """Yield Found, Summary where a model will write, Writing and Switched in turn, and Done.

        `before` is the evidence of the question that this one may follow up. A refusal is written here, no model is
        asked. Raises AnswerError for an empty question, QueryError for one that cannot be searched, IndexStoreError.
        """
        began = time.perf_counter()
        followed = None if before is None else follow_up(text, before)
        evidence = gather(
            text if followed is None else followed.text,
            self._catalogue,
            most=self._products,
            mode=mode,
            filters=filters or Filters(),
            follows=None if followed is None else f"{text} · {followed.why}",
        )
        gathered = time.perf_counter()
        yield Found(evidence)
        chain = self._providers("extractive" if evidence.refusal is not None else wanted)
        task = Task(evidence, style or self._style, self._limits)
        key = (_key(task, chain), repr(filters))
        answer = self._cache.get(key)
        if answer is None:
            if chain.providers[0].name != "extractive":
                yield Summary(check(summary(task), evidence))
            course = _Course(
                evidence, wanted, [*evidence.degraded, *chain.missing], left_machine=self._searches_leave()
            )
            answer = yield from self._written(chain.providers, task, course, stopped)
            if answer.ending == "stop" and not answer.degraded:
                # The evidence is gathered anew for every question; a set of thousands need not be kept with it.
                kept = replace(evidence, considered=(), result=None)
                self._cache.put(key, replace(answer, evidence=kept))
            timings = dict(answer.timings_ms)
        else:
            answer = replace(answer, from_cache=True, provider_wanted=wanted)
            timings = {"answer": 0.0, "check": 0.0}
        timings = {
            "search": evidence.search_ms,
            "evidence": (gathered - began) * 1000 - evidence.search_ms,
            **timings,
            "total": (time.perf_counter() - began) * 1000,
        }
        rounded = {stage: round(spent, 3) for stage, spent in timings.items()}
        yield Done(replace(answer, evidence=evidence, timings_ms=rounded))

    def _written(
        self, providers: Sequence[Provider], task: Task, course: _Course, stopped: Stop
    ) -> Generator[Event, None, Answer]:
        for provider, following in zip(providers, (*providers[1:], None), strict=True):
            try:
                return (yield from self._by(provider, task, course, stopped))
            except ProviderFailed as error:
                why = str(error)
            except Exception as error:  # third-party code: recorded and shown
                logger.exception("%s failed", provider.name)
                why = f"{type(error).__name__}: {error}"
            if following is None:
                raise AnswerError(f"nobody could answer; the last to try was {provider.name}: {why}")
            switch = Degraded(provider.name, why, following.name)
            course.degraded.append(switch)
            said = check(defuse(course.raw), task.evidence)
            kept = Interrupted(provider.name, said, why) if said.text.strip() else None
            if kept is not None:
                course.interrupted.append(kept)
            yield Switched(switch, kept)
        raise AnswerError("no provider was given; one that needs no model always can be.")

    @staticmethod
    def _by(provider: Provider, task: Task, course: _Course, stopped: Stop) -> Generator[Event, None, Answer]:
        """Let one provider write; raise ProviderFailed where it cannot, with what it said in `course.raw`."""
        course.raw, course.prompt, course.check_s = "", None, 0.0
        course.left_machine = course.left_machine or not provider.local
        began = drawn = time.perf_counter()
        ending: Ending | None = None
        usage = Usage()
        with closing(_generator(provider.stream(task, stopped))) as pieces:
            for piece in pieces:
                if isinstance(piece, Began):
                    course.prompt = piece.prompt
                    course.degraded.extend(piece.notes)
                elif isinstance(piece, Delta):
                    course.raw += piece.text
                    if time.perf_counter() - drawn >= REDRAW_S:
                        shown = _checked(course, partial=True)
                        yield Writing(provider.name, provider.model, shown, course.prompt)
                        drawn = time.perf_counter()
                elif isinstance(piece, Ended):
                    ending, usage = piece.why, piece.usage
        if ending is None:
            raise ProviderFailed(f"{provider.model} broke off without an end; ask again.")
        checked = _checked(course, partial=False)
        if not checked.text.strip() and ending != "cancelled":
            raise ProviderFailed(f"{provider.model} {_SILENT[ending]}.")
        if ending in _SHORT:
            limits = task.limits
            why = _SHORT[ending].format(tokens=limits.tokens, seconds=limits.seconds)
            course.degraded.append(Degraded(provider.name, why, "the answer as far as it came"))
        yield Writing(provider.name, provider.model, checked, course.prompt)
        spent = (time.perf_counter() - began) * 1000
        return Answer(
            task.evidence,
            checked,
            provider.name,
            course.wanted,
            model=provider.model,
            ending=ending,
            degraded=tuple(course.degraded),
            interrupted=tuple(course.interrupted),
            prompt=course.prompt,
            usage=usage,
            left_machine=course.left_machine,
            timings_ms={"answer": spent - course.check_s * 1000, "check": course.check_s * 1000},
        )


_SILENT = {
    "stop": "ended without a word",
    "length": "used up its tokens without a word that can be shown",
    "time": "said nothing in the time that it was given",
}
_SHORT = {
    "length": "reached the limit of {tokens:,} tokens; ANSWER_TOKENS sets it",
    "time": "reached the limit of {seconds:g} seconds; ANSWER_SECONDS sets it",
}


def summary(task: Task) -> str:
    """Return the extractive answer to a task."""
    pieces = ExtractiveProvider().stream(task, never)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def _checked(course: _Course, *, partial: bool) -> Checked:
    began = time.perf_counter()
    checked = check(defuse(course.raw, partial=partial), course.evidence, partial=partial)
    course.check_s += time.perf_counter() - began
    return checked


def _generator(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """Return the pieces as a generator, which closes what it reads from as soon as nobody reads on."""
    try:
        yield from pieces
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _key(task: Task, chain: Chain) -> Hashable:
    """Return all that an answer depends on: build, question, products, provider and settings."""
    evidence = task.evidence
    return (
        evidence.build,
        evidence.question.text,
        evidence.question.search,
        tuple((card.product.product_id, card.passage) for card in evidence.cards),
        evidence.matching,
        evidence.refusal,
        tuple((provider.name, provider.model) for provider in chain.providers),
        chain.missing,
        task.style,
        task.limits,
    )
