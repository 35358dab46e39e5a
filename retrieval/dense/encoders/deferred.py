"""An encoder that counts tokens at once and loads its weights when the first text is to be encoded."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.dense.encoders.sentence_transformers import fingerprint, prefixes
from retrieval.errors import ModelUnavailable
from retrieval.protocols import Encoder, FloatArray

_MODULES = ({"Transformer", "Pooling"}, {"Transformer", "Pooling", "Normalize"})
_POOLINGS = (
    "pooling_mode_cls_token",
    "pooling_mode_max_tokens",
    "pooling_mode_mean_tokens",
    "pooling_mode_mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens",
    "pooling_mode_lasttoken",
)


@dataclass(frozen=True, slots=True)
class Description:
    """What a model's small files say of it: window in tokens, length of a vector, prompts by name."""

    window: int
    dimension: int
    prompts: dict[str, str]


def describe(folder: Path) -> Description | None:
    """Return what the files of a model folder say, None where only loading the model tells.

    Read is the usual shape of sentence-transformers (one Transformer, its Pooling, perhaps Normalize), as written by
    its versions 2 to 6, with a fast tokeniser beside the weights.
    """
    try:
        modules = {str(entry["type"]).rsplit(".", 1)[-1]: entry["path"] for entry in _json(folder / "modules.json")}
        transformer = _json(folder / "sentence_bert_config.json")
        model = _json(folder / "config_sentence_transformers.json")
        if modules.keys() not in _MODULES or modules["Transformer"] or transformer.get("do_lower_case"):
            return None
        if model.get("truncate_dim") or not (folder / "tokenizer.json").is_file():
            return None
        window = transformer.get("max_seq_length") or min(
            _json(folder / "tokenizer_config.json")["model_max_length"],
            _json(folder / "config.json")["max_position_embeddings"],
        )
        dimension = _dimension(_json(folder / modules["Pooling"] / "config.json"))
        prompts = {name: prompt or "" for name, prompt in (model.get("prompts") or {}).items()}
        return Description(int(window), dimension, prompts)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # whatever is unusual about the folder, loading the model says it in full


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _dimension(pooling: dict[str, Any]) -> int:
    """Return the length of a vector: one part for each way of pooling (`mean` where none is named)."""
    modes = pooling.get("pooling_mode") or [mode for mode in _POOLINGS if pooling.get(mode)]
    parts = 1 if isinstance(modes, str) else max(1, len(modes))
    own = pooling.get("embedding_dimension") or pooling["word_embedding_dimension"]
    return parts * int(own)


class DeferredEncoder:
    """Knows its id, window and dimension from the model's files; its weights are loaded by `load` or the first text."""

    def __init__(self, folder: Path, name: str, described: Description, load: Callable[[], Encoder]) -> None:
        """Load the tokeniser of `folder`; raise ModelUnavailable where that fails. `load` gives the whole encoder."""
        try:
            from tokenizers import Tokenizer

            self._counter = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the library raises bare Exceptions for a file that it cannot read
            raise ModelUnavailable(f"the tokeniser in {folder} cannot be loaded: {error}") from error
        self._counter.no_truncation()
        self._counter.no_padding()
        self.id = f"{name}@{fingerprint(folder)}"
        self.window = described.window
        self.dimension = described.dimension
        self._passage_prefix = prefixes(name, described.prompts)[1]
        self._folder, self._load = folder, load
        self._lock = threading.Lock()
        self._whole: Encoder | None = None

    def load(self) -> None:
        """Load the weights where that was not done yet; raise ModelUnavailable where they cannot be used."""
        self._loaded()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one L2-normalised float32 row a text, shape (len(texts), dimension)."""
        return self._loaded().encode(texts, query=query)

    def count_tokens(self, text: str) -> int:
        """Return the number of model tokens of a passage, prefix and special tokens included."""
        return len(self._counter.encode(self._passage_prefix + text).ids)

    def _loaded(self) -> Encoder:
        with self._lock:
            if self._whole is None:
                whole = self._load()
                # Vectors are kept under the id: those of other weights must not come under this one.
                if (whole.id, whole.dimension) != (self.id, self.dimension):
                    raise ModelUnavailable(
                        f"the encoder in {self._folder} is {whole.id} with {whole.dimension} dimensions, where its "
                        f"files said {self.id} with {self.dimension} before; build again when it is all in place"
                    )
                self._whole = whole
            return self._whole
