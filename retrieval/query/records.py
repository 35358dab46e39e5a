"""What was understood of a query: the records that pass from the readers of a query to the engine, app and CLI."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from retrieval.text import fold

Kind = Literal["price", "rating", "rating_count", "brand", "color", "size", "quantity", "dimension", "negation"]
Why = Literal["spelling", "phonetic", "split", "join", "script"]
Intent = Literal["keyword", "descriptive", "exact"]


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


@dataclass(frozen=True, slots=True)
class Part:
    """Something a query says beside naming a thing.

    `start` and `end` bound `text` in the query as typed. `low` and `high` are bounds in units of the currency, of the
    rating scale (0-5) or of `unit`. `values` are folded: colours, sizes, a brand, words negated, or the canonical
    tokens of a quantity or dimension. An `exact` part filters by its bounds; any other raises what fits.
    """

    kind: Kind
    start: int
    end: int
    text: str
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    values: tuple[str, ...] = ()
    exact: bool = False

    @property
    def key(self) -> str:
        """Return a short id that is the same wherever the part stands in the query: "price:0-2000", "color:red"."""
        if self.low is not None or self.high is not None:
            return f"{self.kind}:{_bound(self.low)}-{_bound(self.high)}"
        return f"{self.kind}:{','.join(self.values)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON-ready values, its key with them."""
        return {"key": self.key, **asdict(self), "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Correction:
    """A misspelt word and what was taken for it; `before` is the span `start` to `end` of the query as typed."""

    start: int
    end: int
    before: str
    after: str
    why: Why

    @property
    def key(self) -> str:
        """Return a short id that is the same wherever the word stands: "spelling:ketle"."""
        return f"spelling:{' '.join(fold(self.before).split())}"

    def to_dict(self) -> dict[str, Any]:
        """Return the correction as JSON-ready values, its key with them."""
        return {"key": self.key, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Beside:
    """A term of the query and what is searched for beside it, because a list of synonyms says so."""

    term: str
    also: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return a short id of the term: "synonym:sofa"."""
        return f"synonym:{fold(self.term)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the term as JSON-ready values, its key with them."""
        return {"key": self.key, "term": self.term, "also": list(self.also)}


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as it was understood.

    `text` is the query as typed, `rest` what still matches as text: corrected, without the spans of prices, ratings and
    negations; `said` is the same as it was spelt. `words` is `rest` with one word for what is written in either script,
    `meaning` the same for a reader of Latin letters alone. `spellings` pairs a term of `words` with how else the
    catalogue writes it, `beside` with its synonyms; `synonyms` are those of `rest`, as people are told them. `named`
    holds positions of products that the query names: a tuple a name, the surest name first; `mentioned` those of model
    numbers with words beside them, which a product may hold that is for the thing. `emphasis` pairs words with the
    share of their score that they count more, or less. `dropped` are the keys that were taken back.
    """

    text: str
    rest: str
    said: str
    words: str
    meaning: str
    parts: tuple[Part, ...] = ()
    corrections: tuple[Correction, ...] = ()
    synonyms: tuple[Beside, ...] = ()
    spellings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()
    named: tuple[tuple[int, ...], ...] = ()
    mentioned: tuple[tuple[int, ...], ...] = ()
    emphasis: tuple[tuple[str, float], ...] = ()
    intent: Intent = "keyword"
    dropped: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what people are told as JSON-ready values; `named` is left to who knows the products' ids."""
        return {
            "text": self.text,
            "rest": self.rest,
            "parts": [part.to_dict() for part in self.parts],
            "corrections": [correction.to_dict() for correction in self.corrections],
            "synonyms": [beside.to_dict() for beside in self.synonyms],
            "intent": self.intent,
            "dropped": list(self.dropped),
        }
