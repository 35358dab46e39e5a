"""The records that pass between a question and its checked answer: plain, frozen, JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from retrieval.records import Degraded, Filters, Product, SearchResult

Aim = Literal["find", "about", "compare", "superlative", "available", "count"]
ProviderName = Literal["extractive", "openai", "slm"]
PROVIDERS: tuple[ProviderName, ...] = ("extractive", "openai", "slm")
ProviderChoice = Literal["auto", "extractive", "openai", "slm"]
PROVIDER_CHOICES: tuple[ProviderChoice, ...] = ("auto", *PROVIDERS)
PromptStyle = Literal["chat", "plain"]
PROMPT_STYLES: tuple[PromptStyle, ...] = ("chat", "plain")
Ending = Literal["stop", "length", "time", "cancelled"]
REFUSAL = "I can't find that in this catalogue."


@dataclass(frozen=True, slots=True)
class Extreme:
    """What a superlative asks for: the `count` products with the most (or least) of a field of Product."""

    field: str
    most: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """A value that a product must have to be an answer: `field` is one of Product's, or `text` for words anywhere."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    `text` is the question as asked, `search` what is searched for; `subjects` are the things asked about, one each in a
    comparison, () where only conditions are stated. `wants` names the fields whose values are asked for: fields of
    Product or keys of its attributes. `filters` are the stated bounds, categories and brands, which the answer's
    products satisfy exactly; `needs` what else they must have. `follows` is the question that this one was completed
    with.
    """

    text: str
    search: str
    aim: Aim = "find"
    subjects: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    extreme: Extreme | None = None
    filters: Filters = field(default_factory=Filters)
    needs: tuple[Need, ...] = ()
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One product as evidence: `n` is its number in citations, from 1; `passage` the passage that fits best.

    `same` are the ids of identical listings that the card stands for.
    """

    n: int
    product: Product
    passage: str = ""
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer may be made of.

    `cards` are numbered from 1 without gaps. `considered` is the whole filtered set that a superlative or a count
    speaks of, () where the question has none; `matching` the number of products that satisfy the question. With
    `refusal` (why, in words) nothing fits, and the cards are only the nearest products. `unknown` are the wanted
    fields about which the catalogue is silent. `result` is the search that led here, `search_ms` the time of all
    searches.
    """

    question: Question
    cards: tuple[Card, ...]
    considered: tuple[Product, ...] = ()
    matching: int = 0
    refusal: str | None = None
    unknown: tuple[str, ...] = ()
    result: SearchResult | None = None
    degraded: tuple[Degraded, ...] = ()
    build: str = ""
    search_ms: float = 0.0

    def card(self, n: int) -> Card | None:
        """Return the card of a number, None where there is none."""
        return self.cards[n - 1] if 1 <= n <= len(self.cards) else None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it is sent: turns for a chat model, or one text for a model without a template.

    `stable` counts the leading characters of the first message (or of `text`) that are the same for every question.
    """

    style: PromptStyle
    messages: tuple[Message, ...] = ()
    text: str = ""
    cards: int = 0
    stable: int = 0

    def shown(self) -> str:
        """Return the prompt as people are shown it."""
        if self.style == "plain":
            return self.text
        return "\n\n".join(f"[{message.role}]\n{message.content}" for message in self.messages)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may cost: tokens that it may have, seconds that it may take, and the sampling temperature."""

    tokens: int = 400
    seconds: float = 120.0
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """What a provider is asked to do."""

    evidence: Evidence
    style: PromptStyle = "chat"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took; None is not known.

    `first_token_ms` counts from the start of the provider's work; `cost` is in the currency of the prices that were
    set; `memory_bytes` is the weights' footprint; `reused` counts prompt tokens whose keys and values were kept from
    an earlier question; `estimated` says that the tokens were counted here rather than told by a server.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reused: int | None = None
    first_token_ms: float | None = None
    tokens_per_s: float | None = None
    cost: float | None = None
    memory_bytes: int | None = None
    retries: int = 0
    estimated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what is known as JSON-ready values."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Began:
    """A provider has begun: the exact prompt (None for one that needs none) and what it wants to say beforehand."""

    prompt: Prompt | None = None
    notes: tuple[Degraded, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more text of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A provider has ended, and why."""

    why: Ending
    usage: Usage = field(default_factory=Usage)


Piece = Began | Delta | Ended
"""What a provider yields: Began once, Delta any number of times, Ended once."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of an answer and what checking it found.

    `start` and `end` bound it in the checked text. `supported` says that it has a citation and that everything in it
    that can be checked is so; `checked` is False where a sentence claims nothing ("Here is what fits:"), which needs no
    citation. `why` says in words what is wrong, "" where nothing is.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...] = ()
    supported: bool = True
    checked: bool = True
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the claim as JSON-ready values."""
        return {"text": self.text, "citations": list(self.citations), "supported": self.supported, "why": self.why}


@dataclass(frozen=True, slots=True)
class Citation:
    """A product that an answer cites, by its number there."""

    n: int
    product_id: str
    title: str
    url: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Checked:
    """A text after checking: citations renumbered from 1 without gaps, in the order of their first use.

    `precision` is the share of cited claims that are supported, `coverage` the share of claims that need a citation
    and have one; both None where there is nothing to count.
    """

    text: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    precision: float | None = None
    coverage: float | None = None

    @property
    def unsupported(self) -> tuple[Claim, ...]:
        """Return the claims that nothing supports, the uncited among them."""
        return tuple(claim for claim in self.claims if claim.checked and not claim.supported)

    def marked(self) -> str:
        """Return the text with a mark behind every claim that is unsupported or has no source."""
        text = self.text
        for claim in sorted(self.unsupported, key=lambda claim: claim.end, reverse=True):
            mark = "(unsupported)" if claim.citations else "(no source)"
            text = f"{text[: claim.end]} {mark}{text[claim.end :]}"
        return text


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What a provider had said before it failed, kept and marked; `why` is the failure."""

    provider: ProviderName
    checked: Checked
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whoever made it.

    `provider_wanted` is what was asked for, `provider` what answered. `degraded` names every switch and everything
    missing on the way. `left_machine` says whether anything was sent to another machine. `timings_ms` has `search`,
    `evidence`, `answer`, `check` and `total`.
    """

    evidence: Evidence
    checked: Checked
    provider: ProviderName
    provider_wanted: ProviderChoice
    model: str = ""
    ending: Ending = "stop"
    degraded: tuple[Degraded, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    prompt: Prompt | None = None
    usage: Usage = field(default_factory=Usage)
    left_machine: bool = False
    from_cache: bool = False
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Return whether the answer is that nothing in the catalogue answers the question; a model may say so too."""
        return self.evidence.refusal is not None or self.checked.text.replace("’", "'").startswith(REFUSAL)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready values."""
        question = self.evidence.question
        return {
            "question": question.text,
            "answer": self.checked.marked(),
            "provider": self.provider,
            "provider_wanted": self.provider_wanted,
            "model": self.model,
            "degraded": [asdict(part) for part in self.degraded],
            "citations": [citation.to_dict() for citation in self.checked.citations],
            "claims": [claim.to_dict() for claim in self.checked.claims if claim.checked],
            "cited_precision": self.checked.precision,
            "coverage": self.checked.coverage,
            "refused": self.refused,
            "why_refused": self.evidence.refusal,
            "ending": self.ending,
            "aim": question.aim,
            "search": question.search,
            "matching": self.evidence.matching,
            "products": [card.product.product_id for card in self.evidence.cards],
            "interrupted": [
                {"provider": part.provider, "answer": part.checked.marked(), "why": part.why}
                for part in self.interrupted
            ],
            "left_machine": self.left_machine,
            "from_cache": self.from_cache,
            "build": self.evidence.build,
            "timings_ms": dict(self.timings_ms),
            "tokens": self.usage.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """The evidence is there: products can be shown before a word is written."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Summary:
    """The extractive summary, checked: what stands there while a model is still writing."""

    checked: Checked


@dataclass(frozen=True, slots=True)
class Writing:
    """More of an answer: who writes, and everything so far, checked."""

    provider: ProviderName
    model: str
    checked: Checked
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """A provider failed and the next one goes on."""

    degraded: Degraded
    interrupted: Interrupted | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer."""

    answer: Answer


Event = Found | Summary | Writing | Switched | Done
"""What an answerer yields: Found, Summary (where a model will write), Writing and Switched in turn, Done last."""
