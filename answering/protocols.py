"""What answering is handed: the catalogue to search, and those who write answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypedDict

from answering.records import Evidence, Piece, PromptStyle, ProviderChoice, ProviderName, Task
from retrieval.outcome import Ask
from retrieval.records import Filters, Mode, Product, SearchResult

Stop = Callable[[], bool]
"""Says whether the reader has had enough; asked between tokens."""


class Options(TypedDict, total=False):
    """How a question may be asked; see `answering.answerer.Answerer.stream`."""

    before: Evidence | None
    wanted: ProviderChoice
    style: PromptStyle | None
    mode: Mode | None
    filters: Filters | None
    stopped: Stop


class Catalogue(Protocol):
    """A searchable catalogue; `retrieval.engine.SearchEngine` is one."""

    def answer(self, ask: Ask) -> SearchResult:
        """Return the result of one search."""
        ...

    def get(self, product_id: str) -> Product | None:
        """Return a product by its id, None where there is none."""
        ...

    def values(self, field: Literal["category", "brand", "colors", "sizes"]) -> tuple[str, ...]:
        """Return every value of a field that the catalogue has, as first written."""
        ...


class Provider(Protocol):
    """Writes answers."""

    name: ProviderName
    model: str
    local: bool
    """Whether everything stays on this machine."""

    def stream(self, task: Task, stopped: Stop) -> Iterator[Piece]:
        """Yield Began, then Deltas, then Ended; end soon with `cancelled` once `stopped()` is true.

        Raises ProviderFailed, before or after some text was yielded, where it cannot go on.
        """
        ...
