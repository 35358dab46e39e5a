"""Tiny real cross-encoders, untrained, with the packaged model's tokeniser."""

from __future__ import annotations

import json
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
