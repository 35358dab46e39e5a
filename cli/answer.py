"""`answer`: one question, its answer as it is written, the sources, and what it took."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

import compose
from cli.called import as_called
from cli.loading import AnnouncedModels, said_while
from cli.options import MODES, chosen_index
from cli.output import clean, console, count, print_json

if TYPE_CHECKING:
    from answering.records import Answer, Checked, Event, Prompt, Switched
    from retrieval.records import Degraded
    from retrieval.settings import Settings

PROVIDERS = ("auto", "extractive", "openai", "slm")
STYLES = ("chat", "plain")
STOPPED = 130


@click.command()
@click.argument("question")
@click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one.")
@click.option(
    "--provider",
    type=click.Choice(PROVIDERS),
    default="auto",
    show_default=True,
    help="Who writes: the catalogue's own facts, a server, or a small model on this machine.",
)
@click.option("--model", help="Model of the provider: its name on the server, or a folder or hub id on disk.")
@click.option("--prompt", "style", type=click.Choice(STYLES), help="The model's chat template, or one plain text.")
@click.option("--show-prompt", is_flag=True, help="Show the exact prompt too.")
@click.option("--mode", type=click.Choice(MODES), help="How products are found; the best way available when left out.")
@click.option("--products", type=click.IntRange(1, 20), help="Products that the answer may be made of.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def answer(
    question: str,
    name: str | None,
    provider: Any,
    model: str | None,
    style: Any,
    show_prompt: bool,
    mode: Any,
    products: int | None,
    as_json: bool,
) -> int:
    """Answer QUESTION from a catalogue: every claim cites the product that it came from, and is checked against it.

    What no product supports is marked, and what the catalogue cannot answer is refused, with the nearest products.
    """
    from retrieval.models import ModelPool
    from retrieval.settings import load_settings

    settings = load_settings()
    if products is not None:
        settings = settings.model_copy(update={"answer_products": products})
    if model is not None:
        settings = with_model(settings, provider, model)
    engine = compose.open_engine(chosen_index(name, settings), settings, AnnouncedModels(ModelPool(settings)))
    try:
        answerer = compose.answerer(settings, engine)
        with stopping() as stopped:
            events = answerer.stream(question, wanted=provider, style=style, mode=mode, stopped=stopped)
            found = told(events, _Silent() if as_json else _Reader(show_prompt))
            if as_json:
                prompt = {"prompt": found.prompt.shown() if found.prompt else None} if show_prompt else {}
                print_json({**found.to_dict(), **prompt})
            return STOPPED if stopped() else 0
    finally:
        engine.close()


def with_model(settings: Settings, provider: str, model: str) -> Settings:
    """Return settings in which a provider takes another model; of `auto` it is the one that would be asked.

    Raises a usage error for the extractive answer, which has none.
    """
    chosen = settings.answer_provider if provider == "auto" else provider
    if chosen == "auto":
        ready = [state.name for state in compose.provider_states(settings) if state.ready]
        chosen = "openai" if "openai" in ready else "slm"
    if chosen == "extractive":
        raise click.BadParameter("the extractive answer is made without a model.", param_hint="'--model'")
    return settings.model_copy(update={"openai_model" if chosen == "openai" else "slm": model})


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Yield what says whether Ctrl-C was pressed; pressed again, it interrupts as usual."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return

    def press(number: int, frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


class _Silent:
    """Takes an answer without showing it."""

    def take(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Leave nothing behind."""


class _Reader:
    """Shows an answer to whoever sits at the terminal, as it comes."""

    def __init__(self, show_prompt: bool) -> None:
        self._out = console()
        self._shown = ""
        self._show_prompt = show_prompt
        self._waiting = ExitStack()

    def take(self, event: Event) -> None:
        """Show an event."""
        from answering.records import Done, Found, Switched, Writing

        self.close()
        if isinstance(event, Found):
            self._wait("thinking ...")
        elif isinstance(event, Writing):
            self._prompt(event.prompt)
            self._more(event.checked)
        elif isinstance(event, Switched):
            self._switched(event)
            self._wait(f"asking {event.degraded.fallback} ...")
        elif isinstance(event, Done):
            self._whole(event.answer)

    def close(self) -> None:
        """Take back the line that says what is going on."""
        self._waiting.close()

    def _wait(self, line: str) -> None:
        if sys.stderr.isatty():
            self._waiting.enter_context(said_while(line))

    def _prompt(self, prompt: Prompt | None) -> None:
        if not self._show_prompt or prompt is None:
            return
        from rich.text import Text

        self._show_prompt = False
        self._out.print(Text(f"Prompt ({prompt.style}, {count(prompt.cards, 'product')}):", "bold"))
        self._out.print(Text(lines(prompt.shown()) + "\n", "dim"))

    def _more(self, checked: Checked) -> None:
        text = lines(checked.text)
        if not text.startswith(self._shown):
            # Checking the whole changed what stood there: it is said again, for a terminal cannot take back.
            click.echo("\n")
            self._shown = ""
        click.echo(text[len(self._shown) :], nl=False)
        self._shown = text

    def _switched(self, event: Switched) -> None:
        from rich.text import Text

        if event.interrupted is not None:
            # What came between the last look and the failure has not been shown yet.
            self._more(event.interrupted.checked)
        if self._shown:
            click.echo()
            self._out.print(Text("This answer was broken off.", "yellow"))
        self._out.print(Text(_missing(event.degraded), "yellow"))
        self._shown = ""

    def _whole(self, answer: Answer) -> None:
        from rich.text import Text

        self._prompt(answer.prompt)
        self._more(answer.checked)
        click.echo()
        if self._show_prompt:
            self._out.print(Text("No prompt: this answer was made without a model.", "dim"))
        if answer.ending == "cancelled":
            self._out.print(Text("Stopped; this is how far it came.", "yellow"))
        for claim in answer.checked.unsupported:
            self._out.print(Text(f"Not supported: {clean(claim.text)} ({clean(claim.why) or 'no citation'})", "yellow"))
        if answer.checked.citations:
            click.echo()
        for citation in answer.checked.citations:
            line = Text(f"[{citation.n}] {clean(citation.title)}")
            if citation.url:
                line.append(f" — {clean(citation.url)}", "blue")
            self._out.print(line)
        switched = {(part.provider, part.why) for part in answer.interrupted}
        for part in answer.degraded:
            if (part.what, part.why) not in switched:
                self._out.print(Text(_missing(part), "yellow"))
        self._out.print(Text("\n" + took(answer), "dim"))


def told(events: Iterator[Event], reader: _Reader | _Silent) -> Answer:
    """Show the events of an answer to a reader and return the answer."""
    from answering.records import Done

    found: Answer | None = None
    try:
        for event in events:
            reader.take(event)
            if isinstance(event, Done):
                found = event.answer
    finally:
        reader.close()
    if found is None:
        raise RuntimeError("an answer ends with Done")
    return found


def lines(text: str) -> str:
    """Return text of several lines without anything that a terminal would obey; indents stay."""
    cleaned = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        cleaned.append(" " * indent + clean(line))
    return "\n".join(cleaned)


def _missing(part: Degraded) -> str:
    return f"{clean(part.what)}: {as_called(clean(part.why)).rstrip('.')}. Used instead: {clean(part.fallback)}."


def took(answer: Answer) -> str:
    """Return who answered and what it took: model, tokens, time to the first, tokens a second, time, cost."""
    usage = answer.usage
    about = "about " if usage.estimated else ""
    parts = [f"{answer.provider} ({clean(answer.model)})" if answer.model else answer.provider]
    if usage.prompt_tokens is not None and usage.completion_tokens is not None:
        reused = f", {usage.reused:,} of them kept from before" if usage.reused else ""
        parts.append(f"{about}{usage.prompt_tokens:,} tokens in{reused}, {usage.completion_tokens:,} out")
    if usage.first_token_ms is not None and answer.provider != "extractive":
        parts.append(f"first token after {usage.first_token_ms / 1000:.2f} s")
    if usage.tokens_per_s is not None:
        parts.append(f"{usage.tokens_per_s:.1f} tokens/s")
    if usage.memory_bytes is not None:
        parts.append(f"{usage.memory_bytes / 2**20:,.0f} MiB of weights")
    if usage.cost is not None:
        parts.append(f"cost about {usage.cost:.4g}")
    total = answer.timings_ms.get("total")
    if total is not None:
        parts.append(f"{total / 1000:.2f} s in all")
    if answer.from_cache:
        parts.append("kept from before")
    parts.append("sent to another machine" if answer.left_machine else "nothing left this machine")
    return " · ".join(parts)
