"""An encoder over sentence-transformers, read from a folder on disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import ModelUnavailable
from retrieval.protocols import FloatArray

# What each family was trained with, for folders whose own configuration names no prompts.
BGE_QUERY = "Represent this sentence for searching relevant passages: "
_FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("bge-", BGE_QUERY, ""),
    ("e5-", "query: ", "passage: "),
)
_IDENTITY = (
    "config.json",
    "modules.json",
    "config_sentence_transformers.json",
    "tokenizer.json",
    "model.safetensors",
    "1_Interaction/model.safetensors",
)


def fingerprint(folder: Path) -> str:
    """Return 12 hexadecimal digits that change with the model's weights, tokeniser or configuration."""
    digest = hashlib.sha256()
    for name in _IDENTITY:
        if (folder / name).is_file():
            digest.update(name.encode())
            with (folder / name).open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def prefixes(name: str, prompts: dict[str, str]) -> tuple[str, str]:
    """Return what the model wants before a query and before a passage, by its own prompts or else its family."""
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or ""
    if query or passage:
        return query, passage
    for family, family_query, family_passage in _FAMILIES:
        # BGE-M3 is of the family by name but was trained without an instruction.
        if family in name.casefold() and "bge-m3" not in name.casefold():
            return family_query, family_passage
    return "", ""


def _untruncated(tokenizer: Any) -> Any:
    """Return a copy of the tokeniser that neither truncates nor pads, for counting."""
    from tokenizers import Tokenizer

    copy = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


class SentenceTransformerEncoder:
    """Mean- or CLS-pooled sentence vectors, as the model's own configuration says."""

    def __init__(self, folder: Path, name: str, *, batch_size: int = 64, device: str | None = None) -> None:
        """Load the model from `folder`, never from the hub; raise ModelUnavailable where that fails."""
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar

            # Progress is told through our own Protocol; a bar of the library's would tear a terminal's output.
            disable_progress_bar()
            self._model: Any = SentenceTransformer(str(folder), device=device, local_files_only=True)
        except ImportError as error:
            raise ModelUnavailable(
                f"the encoder {name} needs a missing package ({error}); run: pip install sentence-transformers"
            ) from error
        except Exception as error:  # damaged weights and tokenisers raise bare Exceptions of their libraries
            raise ModelUnavailable(f"the encoder in {folder} cannot be loaded: {error}") from error
        self.id = f"{name}@{fingerprint(folder)}"
        self.dimension = int(self._model.get_embedding_dimension())
        self.window = int(self._model.max_seq_length or 512)
        self._query_prefix, self._passage_prefix = prefixes(name, dict(self._model.prompts or {}))
        self._batch_size = batch_size
        self._counter = _untruncated(self._model.tokenizer)
        # Fast tokenisers keep their truncation in shared state and panic when two threads set it at once.
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one L2-normalised float32 row a text, shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        prefix = self._query_prefix if query else self._passage_prefix
        with self._lock:
            rows = self._model.encode(
                [prefix + text for text in texts],
                # An empty prompt, since the prefix is there already.
                prompt="",
                batch_size=self._batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(rows, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """Return the number of model tokens of a passage, prefix and special tokens included."""
        return len(self._counter.encode(self._passage_prefix + text).ids)
