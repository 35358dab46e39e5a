"""What the engine is handed: small Protocols, so that every part can be exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from retrieval.records import Chunk, Product

if TYPE_CHECKING:
    from retrieval.query.synonyms import Synonyms
    from retrieval.rules import Rule

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]


class Progress(Protocol):
    """Receives how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


class Encoder(Protocol):
    """Turns texts into unit vectors.

    `id` names model and revision (vectors of different ids never mix); `window` is the longest text in model tokens.
    """

    id: str
    window: int

    @property
    def dimension(self) -> int:
        """Return the length of a vector; a served model may have to be asked for it (raises ModelUnavailable)."""
        ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one L2-normalised float32 row a text, shape (len(texts), dimension)."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of model tokens of `text`, special tokens included."""
        ...


@runtime_checkable
class LoadsLater(Protocol):
    """An encoder whose weights are not in memory until they are needed."""

    def load(self) -> None:
        """Load the weights where that was not done yet (seconds); raise ModelUnavailable where they cannot be used."""
        ...


class Scorer(Protocol):
    """A cross-encoder: reads query and passage together.

    `weight`, from 0 to 1, is its share beside the first stage's score in the order of what it read; 1: it orders alone.
    """

    id: str
    weight: float

    def score(self, query: str, passages: Sequence[str]) -> FloatArray:
        """Return one relevance score a passage, higher is better, shape (len(passages),)."""
        ...


class KeywordIndex(Protocol):
    """Scores every product for a query by its words."""

    name: str

    def score(self, query: str) -> FloatArray:
        """Return one score a product position; -inf where no word of the query matches."""
        ...

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        ...


class VectorIndex(Protocol):
    """Scores stored unit vectors against a query vector; `exact` False where neighbours may be missed."""

    name: str
    exact: bool

    def score(self, vector: FloatArray, floor: float) -> FloatArray:
        """Return the inner product with every stored row; -inf below `floor` or where not found."""
        ...

    def vectors(self) -> FloatArray:
        """Return the stored rows, in their order."""
        ...

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        ...


class ProductStore(Protocol):
    """Products and chunks by position; safe to call from several threads."""

    def __len__(self) -> int: ...

    def products(self, positions: Sequence[int]) -> list[Product]:
        """Return the products at these positions, in this order."""
        ...

    def titles(self, positions: Sequence[int]) -> list[str]:
        """Return the titles of the products at these positions, in this order."""
        ...

    def position(self, product_id: str) -> int | None:
        """Return the position of a product, None when there is none of that id."""
        ...

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """Return the chunks at these row numbers, in this order."""
        ...

    def chunk_rows(self, position: int) -> range:
        """Return the row numbers of a product's chunks (contiguous; products' rows ascend with their positions)."""
        ...


class Merchandising(Protocol):
    """What the shop says about its searches; asked for every search, so that what was edited holds for the next one.

    Safe to call from several threads. Both raise DataError, each time until it is mended, where what is kept cannot be
    read.
    """

    def synonyms(self) -> Synonyms:
        """Return the terms that are searched for beside those of a query."""
        ...

    def rules(self) -> tuple[int, tuple[Rule, ...]]:
        """Return a number that changes whenever the rules do, and the rules in the order in which they win."""
        ...
