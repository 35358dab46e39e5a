"""Tiny untrained models of each backbone family, and queries from which even they learn something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.records import Candidate, Example, LearningQuery, Pool

FAMILIES = ("bert", "minilm", "roberta", "deberta-v2", "distilbert")
SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
COLOURS = ("red", "blue", "green", "black", "white")
THINGS = ("lamp", "chair", "kettle", "shoe", "phone", "tent", "bottle", "radio")
WORDS = [*COLOURS, *THINGS, *"genuine broken a the new old with for".split(), *"0123456789"]


def ignore(stage: str, done: int, total: int) -> None:
    """Take no notice of progress."""


def tokenizer_of(family: str) -> Any:
    """Return a tokeniser of the family's own class with a vocabulary of the words above."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import BertTokenizer, DebertaV2Tokenizer, DistilBertTokenizer, RobertaTokenizer

    if family == "roberta":
        letters = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *sorted(ByteLevel.alphabet())]
        return RobertaTokenizer(vocab={letter: number for number, letter in enumerate(letters)}, merges=[])
    if family == "deberta-v2":
        special = [(name, 0.0) for name in ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")]
        return DebertaV2Tokenizer(vocab=[*special, ("▁", -5.0), *((f"▁{word}", -2.0) for word in WORDS)])
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    kind = DistilBertTokenizer if family == "distilbert" else BertTokenizer
    return kind(vocab={word: number for number, word in enumerate(words)})


def tiny_model(folder: Path, family: str = "bert", dropout: float = 0.0, head: bool = True, seed: int = 1) -> Path:
    """Write an untrained cross-encoder, or without `head` an encoder, of the family into a folder and return that."""
    import torch
    import transformers

    # Layers this small are faster on one thread, many times so where other processes want the cores too.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    tokenizer = tokenizer_of(family)
    size: dict[str, Any] = {**SIZE, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    drop = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout, "max_position_embeddings": 64}
    if family == "distilbert":
        size = {"vocab_size": len(tokenizer), "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
        drop = {"dropout": dropout, "attention_dropout": dropout, "seq_classif_dropout": dropout}
    # MiniLM is BERT's configuration with a narrow body.
    name = {"minilm": "Bert", "bert": "Bert", "roberta": "Roberta", "deberta-v2": "DebertaV2"}.get(family, "DistilBert")
    if family == "deberta-v2":
        # As the released models: relative positions, no token types.
        drop |= {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0}
    if family == "minilm":
        size["hidden_size"] = 24
    config = getattr(transformers, f"{name}Config")(**size, **drop, **({"num_labels": 1} if head else {}))
    kind = getattr(transformers, f"{name}{'ForSequenceClassification' if head else 'Model'}")
    kind(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def examples(count: int = 24, wrong: int = 3) -> list[Example]:
    """Return queries whose right passage is the genuine one and whose wrong ones are broken."""
    return [
        Example(
            query_id=f"q{number}",
            query=text,
            product_ids=tuple(f"p{number}-{place}" for place in range(wrong + 1)),
            passages=(
                f"genuine {text} with {number % 10}",
                *(f"broken {text} with {place}{' new' * place}" for place in range(wrong)),
            ),
            labels=(1.0, *[0.0] * wrong),
        )
        for number, text in enumerate(_texts(count))
    ]


def dev_pools(count: int = 12, genuine: bool = True) -> list[Pool]:
    """Return pools of four candidates: the genuine one is right and stands last after broken ones, or the reverse."""
    right, wrong = ("genuine", "broken") if genuine else ("broken", "genuine")
    found = []
    for number, text in enumerate(_texts(count)):
        passages = (*(f"{wrong} {text} with {place}" for place in range(3)), f"{right} {text} with {number % 10}")
        candidates = tuple(
            Candidate(f"d{number}-{place}", passage, fused=1 / (2 + place)) for place, passage in enumerate(passages)
        )
        query = LearningQuery(f"d{number}", text, {candidates[-1].product_id: 3}, "silver")
        found.append(Pool(query, text, candidates))
    return found


def _texts(count: int) -> list[str]:
    every = [f"{colour} {thing}" for thing in THINGS for colour in COLOURS]
    return [every[number * 7 % len(every)] for number in range(count)]
