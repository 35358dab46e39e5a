"""Small real parts that tests build with."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.protocols import FloatArray
from retrieval.records import ParseReport, Problem, Product
from retrieval.settings import Settings

WORD = re.compile(r"\w+")


class HashEncoder:
    """A bag-of-words encoder: every word adds +1 or -1 to one of `dimension` places; texts that share words are near.

    The same text gives the same vector on every machine. `texts_encoded` counts what went through `encode`.
    """

    def __init__(self, dimension: int = 64, window: int = 64) -> None:
        self.id = f"hash-{dimension}"
        self.dimension = dimension
        self.window = window
        self.texts_encoded = 0

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one unit row a text, shape (len(texts), dimension); a text without words points along place 0."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in WORD.findall(text.casefold())[: self.window]:
                digest = zlib.crc32(word.encode())
                row[digest % self.dimension] += 1.0 if digest & 0x10000 else -1.0
            if not row.any():
                row[0] = 1.0
        self.texts_encoded += len(texts)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32).reshape(
            len(texts), self.dimension
        )

    def count_tokens(self, text: str) -> int:
        """Return the number of words plus two special tokens."""
        return len(WORD.findall(text)) + 2


ADJECTIVES = ("red", "blue", "wooden", "folding", "wireless", "woollen", "tiny", "heavy", "bright", "quiet")
NOUNS = ("chair", "lamp", "kettle", "scarf", "speaker", "bicycle", "notebook", "pillow", "clock", "backpack")


def sample_products(count: int, *, edition: str = "first") -> list[Product]:
    """Return `count` invented products; `edition` stands in every description, so that editions can be told apart."""
    products = []
    for i in range(count):
        adjective, noun = ADJECTIVES[i % 10], NOUNS[(i // 10) % 10]
        products.append(
            Product(
                product_id=f"p{i}",
                title=f"{adjective} {noun} model {i}",
                category=noun,
                brand=f"Maker{i % 7}",
                price=None if i % 11 == 0 else 10.0 + i,
                currency="USD",
                rating=None if i % 5 == 0 else 3.0 + (i % 20) / 10,
                rating_count=i % 40,
                colors=(adjective,),
                description=f"This {adjective} {noun} belongs to the {edition} edition. "
                + f"It is number {i} and suits a home that likes a {noun}. " * (1 + i % 3),
                attributes={"Material": adjective, "Tags": (noun, edition)},
                line=1 + 10 * i,
            )
        )
    return products


def report_of(products: Sequence[Product], source: str = "shop.md") -> ParseReport:
    """Return the report of a file that held these products and one odd line."""
    sha256 = hashlib.sha256(repr(list(products)).encode()).hexdigest()
    return ParseReport(tuple(products), (Problem(3, "text-outside", None, "prose"),), len(products), source, sha256)


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Return the default settings with every folder of the product below `folder`, whatever the environment says."""
    return Settings(
        _env_file=None,
        **{"index_dir": folder / "index", "data_dir": folder / "data", "models_dir": folder / "models"} | changes,
    )
