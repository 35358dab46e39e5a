"""Questions and how far their answers have come: written behind the page, looked at by it. Knows no Streamlit."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field, replace
from typing import Protocol, Unpack

from answering.protocols import Options
from answering.records import (
    Answer,
    Checked,
    Event,
    Evidence,
    Found,
    Interrupted,
    PromptStyle,
    ProviderChoice,
    Summary,
    Switched,
    Writing,
)
from retrieval.errors import ProductSearchError
from retrieval.records import Degraded, Filters, Mode

PATIENCE_S = 20.0
"""An answer that nobody has looked at for so long is written no further: its reader has gone."""
MOST_TURNS = 30
MOST_CONVERSATIONS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put.

    `before` is what it may follow up, `host` the machine that it may be sent to with its products, `searched` the one
    that searching sends it to.
    """

    text: str
    wanted: ProviderChoice = "auto"
    style: PromptStyle = "chat"
    mode: Mode | None = None
    before: Evidence | None = None
    filters: Filters = field(default_factory=Filters)
    host: str | None = None
    searched: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an answer has come; None is not there yet."""

    evidence: Evidence | None = None
    summary: Checked | None = None
    writing: Writing | None = None
    switches: tuple[Degraded, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    answer: Answer | None = None

    def after(self, event: Event) -> Progress:
        """Return the progress after an event."""
        if isinstance(event, Found):
            return replace(self, evidence=event.evidence)
        if isinstance(event, Summary):
            return replace(self, summary=event.checked)
        if isinstance(event, Writing):
            return replace(self, writing=event)
        if isinstance(event, Switched):
            kept = () if event.interrupted is None else (event.interrupted,)
            return replace(
                self,
                writing=None,
                switches=(*self.switches, event.degraded),
                interrupted=(*self.interrupted, *kept),
            )
        # Looked over whole catalogues, `considered` is most of an answer's memory, and the check is done.
        evidence = replace(event.answer.evidence, considered=())
        return replace(self, evidence=evidence, answer=replace(event.answer, evidence=evidence))


class Answers(Protocol):
    """What answers questions; `answering.answerer.Answerer` is one."""

    def stream(self, text: str, **options: Unpack[Options]) -> Iterator[Event]:
        """Yield how the answer comes about."""
        ...


class Turn:
    """One question of a conversation: one thread writes its answer, any number of pages look at it."""

    def __init__(self, number: int, asked: Asked, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing written; `number` counts the conversation's questions from 1."""
        self.number = number
        self.asked = asked
        self.progress = Progress()
        self.logged = False
        self._clock = clock
        self._seen = clock()
        self._stop = threading.Event()
        self._work: Future[None] | None = None

    def begin(self, answers: Answers, workers: Executor) -> None:
        """Let a worker write the answer."""
        self._work = workers.submit(self._write, answers)

    def _write(self, answers: Answers) -> None:
        asked = self.asked
        events = answers.stream(
            asked.text,
            before=asked.before,
            wanted=asked.wanted,
            style=asked.style,
            mode=asked.mode,
            filters=asked.filters,
            stopped=self.stopped,
        )
        for event in events:
            self.progress = self.progress.after(event)

    def stop(self) -> None:
        """Let the answer end where it is."""
        self._stop.set()

    def stopped(self) -> bool:
        """Return whether the reader has had enough, or has gone."""
        return self._stop.is_set() or self._clock() - self._seen > PATIENCE_S

    @property
    def stopping(self) -> bool:
        """Whether the reader has asked to stop."""
        return self._stop.is_set()

    def look(self, patience: float = 0.0) -> Progress:
        """Return how far the answer has come, waiting `patience` seconds for its end."""
        self._seen = self._clock()
        if patience and self._work is not None:
            wait_for([self._work], patience)
        return self.progress

    @property
    def running(self) -> bool:
        """Whether the answer is still being written."""
        return self._work is not None and not self._work.done()

    def failure(self) -> ProductSearchError | None:
        """Return why there is no answer, None where there is one or will be; raise what is nobody's fault but ours."""
        error = None if self._work is None or self.running else self._work.exception()
        if error is None or isinstance(error, ProductSearchError):
            return error
        raise error

    def says(self, text: str) -> bool:
        """Return whether this turn asks `text`, as it was typed or as it was completed."""
        evidence = self.progress.evidence
        return text == self.asked.text or (evidence is not None and text == evidence.question.text)


@dataclass
class Conversation:
    """The questions to one catalogue, one after the other; `token` names it in an address and cannot be guessed."""

    catalogue: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    turns: list[Turn] = field(default_factory=list)

    def ask(self, asked: Asked, answers: Answers, workers: Executor) -> Turn:
        """Add a question, stop what is still being written, and begin its answer."""
        self.stop()
        turn = Turn(self.turns[-1].number + 1 if self.turns else 1, asked)
        self.turns = [*self.turns, turn][-MOST_TURNS:]
        turn.begin(answers, workers)
        return turn

    def before(self) -> Evidence | None:
        """Return what the last answered question was about, None where there is none."""
        answered = (turn.progress.answer for turn in reversed(self.turns))
        return next((answer.evidence for answer in answered if answer is not None), None)

    def stop(self) -> None:
        """Stop what is still being written."""
        for turn in self.turns:
            if turn.running:
                turn.stop()


class Conversations:
    """The conversations of a process, so that a page that is loaded again finds its own; safe to use from threads."""

    def __init__(self, most: int = MOST_CONVERSATIONS) -> None:
        """Keep the `most` that were used last."""
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()

    def keep(self, conversation: Conversation) -> None:
        """Keep a conversation; the one that was used longest ago leaves."""
        with self._lock:
            self._kept[conversation.token] = conversation
            self._kept.move_to_end(conversation.token)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def again(self, token: str, catalogue: str) -> Conversation | None:
        """Return a conversation that goes on where the one of a token is, None where that is not kept any more.

        It is another one: whoever was sent the address reads along, but asks for himself.
        """
        with self._lock:
            found = self._kept.get(token)
        if found is None or found.catalogue != catalogue:
            return None
        begun = Conversation(catalogue, turns=list(found.turns))
        self.keep(begun)
        return begun
