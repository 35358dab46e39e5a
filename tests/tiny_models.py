"""Tiny real cross-encoders and encoders, untrained, with the packaged model's tokeniser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from retrieval import trained
from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings


def cross_encoder(folder: Path, seed: int, **card: Any) -> Path:
    """Write a cross-encoder of one small layer into a folder; a card beside it where anything is said for one."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    tokenizer = AutoTokenizer.from_pretrained(locate(PACKAGED, Settings(_env_file=None)))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,
        # Wide, so that untrained weights tell passages apart by more than rounding.
        initializer_range=0.5,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if card:
        (folder / trained.CARD).write_text(json.dumps({"format": 1, **card}))
    return folder


SMALL = {"hidden_size": 16, "intermediate_size": 16, "max_position_embeddings": 64}
"""An encoder's shape: vectors of 16 numbers, and no text of more than 64 tokens."""
WIDE = {"hidden_size": 32, "intermediate_size": 64, "max_position_embeddings": 512, "initializer_range": 0.2}
"""Of one that tells products apart without having learned anything: vectors of 32 numbers, with wide weights."""


def encoder(folder: Path, seed: int, *, window: int = 40, **config: Any) -> Path:
    """Write an encoder of one layer into a folder, as sentence-transformers saves one, with a window in tokens.

    `config` is what its BertConfig has other than SMALL.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    tokenizer = AutoTokenizer.from_pretrained(locate(PACKAGED, Settings(_env_file=None)))
    shape = BertConfig(
        **{"vocab_size": len(tokenizer), "num_hidden_layers": 1, "num_attention_heads": 2, **SMALL, **config}
    )
    plain = folder.with_name(f"{folder.name}-plain")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(shape).save_pretrained(plain)
    tokenizer.save_pretrained(plain)
    modules = [Transformer(str(plain), max_seq_length=window), Pooling(shape.hidden_size)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder), create_model_card=False)
    shutil.rmtree(plain)
    return folder
