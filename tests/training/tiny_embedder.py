"""A tiny embedder from a configuration, and a language of synonyms that it can learn in seconds."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings
from training.dense_dev import DenseDev
from training.records import LearningQuery, Triplet

COLOURS = {"red": "crimson", "blue": "azure", "wooden": "oak", "folding": "collapsible", "quiet": "silent"}
THINGS = {"chair": "seat", "lamp": "light", "scarf": "shawl", "bicycle": "bike", "clock": "timepiece"}
NEXT = dict(zip(THINGS, [*list(THINGS)[1:], *list(THINGS)[:1]], strict=True))
PAIRS = list(product(COLOURS, THINGS))


def embedder(folder: Path, *, dropout: float = 0.1, prompts: dict[str, str] | None = None) -> Path:
    """Save a BERT of one layer with random weights and a window of 40 into a folder, and return it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    packaged = locate(PACKAGED, Settings(_env_file=None))  # type: ignore[call-arg]
    assert packaged is not None
    tokenizer = AutoTokenizer.from_pretrained(packaged)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=64,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    plain = folder.parent / f"{folder.name}-plain"
    BertModel(config).save_pretrained(plain)
    tokenizer.save_pretrained(plain)
    modules = [Transformer(str(plain), max_seq_length=40), Pooling(24)]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder), create_model_card=False)
    return folder


def title(colour: str, thing: str) -> str:
    """Return what a product is called that a query asks for in other words."""
    return f"{COLOURS[colour]} {THINGS[thing]}"


def triplets() -> list[Triplet]:
    """Return a triplet a pair of words, every second one with the title of another thing as a hard negative."""
    return [
        Triplet(f"{colour} {thing}", title(colour, thing), (title(colour, NEXT[thing]),) if number % 2 else ())
        for number, (colour, thing) in enumerate(PAIRS)
    ]


def dev(shift: int = 0) -> DenseDev:
    """Return a query a pair of words, whose right product is the pair's own or the one `shift` pairs on."""
    queries = [
        LearningQuery(f"q{n}", f"{colour} {thing}", {f"p{(n + shift) % len(PAIRS)}": 2}, "silver")
        for n, (colour, thing) in enumerate(PAIRS)
    ]
    return DenseDev(tuple(queries), tuple((f"p{n}", title(*pair)) for n, pair in enumerate(PAIRS)))
