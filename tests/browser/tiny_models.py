"""Models small enough to learn within seconds, with the packaged model's tokeniser: what they know, they were told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings

WIDTH = 32


def _config(**changes: Any) -> Any:
    from transformers import AutoTokenizer, BertConfig

    tokenizer = AutoTokenizer.from_pretrained(locate(PACKAGED, Settings(_env_file=None)))
    shape = {"hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 2 * WIDTH}
    return tokenizer, BertConfig(vocab_size=len(tokenizer), **shape, **changes)


def encoder(folder: Path, seed: int = 7) -> Path:
    """Write a bi-encoder with weights drawn by `seed`, and return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertModel

    tokenizer, config = _config()
    torch.manual_seed(seed)
    base = folder / "base"
    BertModel(config).save_pretrained(base)
    tokenizer.save_pretrained(base)
    made = folder / "encoder"
    modules = [Transformer(str(base), max_seq_length=128), Pooling(WIDTH, pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=modules).save(str(made))
    return made


def cross_encoder(folder: Path, seed: int = 7) -> Path:
    """Write a cross-encoder with weights drawn by `seed` into a folder, and return it."""
    import torch
    from transformers import BertForSequenceClassification

    tokenizer, config = _config(num_labels=1)
    torch.manual_seed(seed)
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
