"""Who answers questions: settings -> providers in their order, and an answerer for a catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.records import Degraded

if TYPE_CHECKING:
    from answering.answerer import Answerer, Chain
    from answering.protocols import Provider
    from answering.records import ProviderChoice, ProviderName
    from retrieval.engine import SearchEngine
    from retrieval.settings import Settings

ORDERS: dict[str, tuple[ProviderName, ...]] = {
    "auto": ("openai", "slm", "extractive"),
    "openai": ("openai", "slm", "extractive"),
    "slm": ("slm", "extractive"),
    "extractive": ("extractive",),
}
FACTS = "always there: the catalogue's own facts, no model"


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Whether one who writes answers can be asked, and why; `local` says that nothing leaves this machine."""

    name: ProviderName
    model: str
    ready: bool
    why: str
    local: bool


def provider_states(settings: Settings) -> list[ProviderState]:
    """Return the state of every provider, in the order in which `auto` takes them; loads no weights, asks no server."""
    from answering.providers.openai import OpenAIProvider
    from answering.providers.openai_client import key_of, unusable
    from answering.providers.slm import slm_name, slm_source

    cannot = unusable(settings)
    why = cannot or ("OPENAI_API_KEY is set" if key_of(settings) else "OPENAI_BASE_URL is set")
    openai = OpenAIProvider(settings)
    folder, slm_why = slm_source(settings)
    slm = "" if folder is None else slm_name(settings, folder)
    return [
        ProviderState("openai", openai.model, cannot is None, why, openai.local),
        ProviderState("slm", slm, folder is not None, slm_why, True),
        ProviderState("extractive", "facts", True, FACTS, True),
    ]


def answerer(settings: Settings, engine: SearchEngine) -> Answerer:
    """Return what answers questions about an engine's catalogue; weights are loaded when they are first asked for."""
    from answering.answer_cache import AnswerCache
    from answering.answerer import Answerer
    from answering.records import Limits

    return Answerer(
        engine,
        lambda wanted: chain(settings, wanted),
        products=settings.answer_products,
        style=settings.answer_prompt,
        limits=Limits(settings.answer_tokens, settings.answer_seconds, settings.answer_temperature),
        cache=AnswerCache(settings.answer_ttl_s),
        searches_leave=lambda: searches_leave(settings, engine),
    )


def searches_leave(settings: Settings, engine: SearchEngine) -> bool:
    """Return whether searching a catalogue sends the question to another machine: to the server of its encoder."""
    from answering.providers.openai_client import is_local
    from retrieval.models import SERVED

    encoder = engine.build.manifest.encoder
    return encoder is not None and encoder.source.startswith(SERVED) and not is_local(settings.openai_base_url)


def chain(settings: Settings, wanted: ProviderChoice) -> Chain:
    """Return who is asked in turn: what was wanted, then what stands in for it.

    What was wanted to stay on this machine never goes to a server: after `slm` comes the extractive answer.
    """
    from answering.answerer import Chain

    choice = settings.answer_provider if wanted == "auto" else wanted
    names = ORDERS[choice]
    states = {state.name: state for state in provider_states(settings)}
    ready = tuple(name for name in names if states[name].ready)
    missing = () if choice == "auto" or states[choice].ready else (Degraded(choice, states[choice].why, ready[0]),)
    # Two first questions at once would make two providers each, and with them load the weights twice.
    with _making:
        return Chain(tuple(_MAKERS[name](settings) for name in ready), missing)


_making = threading.Lock()


@lru_cache(maxsize=4)
def _openai(settings: Settings) -> Provider:
    from answering.providers.openai import OpenAIProvider

    return OpenAIProvider(settings)


@lru_cache(maxsize=1)
def _slm(settings: Settings) -> Provider:
    from answering.providers.slm import SlmProvider

    return SlmProvider(settings)


def _extractive(settings: Settings) -> Provider:
    from answering.providers.extractive import ExtractiveProvider

    return ExtractiveProvider()


_MAKERS: dict[str, Callable[[Settings], Provider]] = {
    "openai": _openai,
    "slm": _slm,
    "extractive": _extractive,
}
