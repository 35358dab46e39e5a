"""Keyword search: backends behind one Protocol, imported only when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from retrieval.errors import SettingsError
from retrieval.protocols import KeywordIndex
from retrieval.records import Chunk, Product
from retrieval.settings import Settings

# In the order in which they stand in for each other.
BACKENDS: dict[str, tuple[str, str]] = {
    "bm25s": ("retrieval.keyword.bm25s_index", "Bm25sIndex"),
    "rank_bm25": ("retrieval.keyword.rank_bm25_index", "RankBm25Index"),
    "fts5": ("retrieval.keyword.fts5_index", "Fts5Index"),
}
NGRAM = "ngram"
UNITS = "units"
# Everything a build holds: the backends, the trigrams that hybrid search adds to any, and what is said in numbers.
INDEXES = {
    **BACKENDS,
    NGRAM: ("retrieval.keyword.ngram_index", "NgramIndex"),
    UNITS: ("retrieval.keyword.units_index", "UnitsIndex"),
}


def _backend(name: str) -> Any:
    if name not in INDEXES:
        raise SettingsError(f"KEYWORD_BACKEND={name!r} is unknown; use one of {', '.join(BACKENDS)}.")
    module, attribute = INDEXES[name]
    return getattr(import_module(module), attribute)


def build(backend: str, products: Sequence[Product], settings: Settings, chunks: Sequence[Chunk] = ()) -> KeywordIndex:
    """Index the products; raise ImportError where the backend's library is missing.

    Only `fts5` keeps the chunks as well.
    """
    if backend == "fts5":
        return cast(KeywordIndex, _backend(backend).build(products, settings, chunks))
    return cast(KeywordIndex, _backend(backend).build(products, settings))


def load(backend: str, folder: Path, settings: Settings) -> KeywordIndex:
    """Read an index that was saved into `folder`."""
    return cast(KeywordIndex, _backend(backend).load(folder, settings))
