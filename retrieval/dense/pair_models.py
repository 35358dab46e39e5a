"""Opening cross-encoders: those of the library, and an encoder of sentences with a head of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TYPE = "retrieval.dense.interaction.Interaction"
"""What a folder's modules.json calls our head; the only module outside of the library that is ever loaded."""


def open_pair_model(folder: Path, max_length: int) -> Any:
    """Return the CrossEncoder of a folder, its scores raw; whatever the library raises where it cannot be loaded.

    `max_length` is in model tokens. A folder cannot name code to run: our own head is made here, anything else that the
    library does not know is refused by it.
    """
    import torch
    from sentence_transformers import CrossEncoder

    asked: dict[str, Any] = {"local_files_only": True, "activation_fn": torch.nn.Identity(), "max_length": max_length}
    head = _own_head(folder)
    if head is None:
        return CrossEncoder(str(folder), **asked)
    from retrieval.dense.interaction import Interaction

    return _assembled(folder, Interaction.load(str(folder), head), max_length)


def with_interaction(encoder: Path, max_length: int, apart: bool = True) -> Any:
    """Return a CrossEncoder of an encoder of sentences and a new interaction head.

    `apart` says whether query and passage are read each by itself, or together. Raises ValueError for an encoder whose
    tokeniser does not tell query from passage.
    """
    from retrieval.dense.interaction import Interaction

    model = _assembled(encoder, None, max_length)
    tokenizer = model.tokenizer
    if "token_type_ids" not in tokenizer.model_input_names:
        raise ValueError(f"the tokeniser in {encoder} does not tell query from passage")
    head = Interaction(model.config.hidden_size, model.config.vocab_size, tokenizer.all_special_ids, apart)
    return _assembled(encoder, head, max_length)


def _assembled(folder: Path, head: Any, max_length: int) -> Any:
    import torch
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Transformer

    from retrieval.dense.apart import Apart

    reader = Apart if head is not None and head.apart else Transformer
    encoder = reader(
        str(folder),
        transformer_task="feature-extraction",
        model_kwargs={"local_files_only": True},
        processor_kwargs={"local_files_only": True, "model_max_length": max_length},
        config_kwargs={"local_files_only": True},
    )
    encoder.model.config.num_labels = 1
    modules = [encoder] if head is None else [encoder, head]
    return CrossEncoder(modules=modules, activation_fn=torch.nn.Identity())


def has_interaction(folder: Path) -> bool:
    """Return whether a folder holds a model with our own head."""
    return _own_head(folder) is not None


def _own_head(folder: Path) -> str | None:
    """Return the subfolder of our own head in a model's folder, None where it has none."""
    listed = folder / "modules.json"
    if not listed.is_file():
        return None
    for module in json.loads(listed.read_text(encoding="utf-8")):
        if module.get("type") == TYPE:
            return str(module["path"])
    return None
