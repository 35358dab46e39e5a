"""Tiny models of three families with random weights and a tokenizer trained here, saved as any model is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

FAMILIES = ("smollm3", "gemma3", "lfm2")
WINDOW = 4096
SPECIAL = ["<pad>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
JOINED = ["\n\n", "ANSWER\n"]
"""Tokens that let a text with line ends be said by `saying`."""
TEXTS = (
    "You answer questions of shoppers from the products of one shop, which are listed as data.",
    "Use nothing but these products. Never guess: what they do not state, you say is not stated.",
    "PRODUCTS QUESTION CONTEXT ANSWER price rating of 5 from ratings colours sizes brand category seller",
    "Lamp 100 200 300 BDT red blue green oak walnut [1] [2] [3] The table lamp costs less than the desk lamp.",
)
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n"
    "{% endif %}{% endif %}"
)


def make(folder: Path, family: str, *, template: str | None = TEMPLATE, window: int = WINDOW, seed: int = 7) -> Path:
    """Save a model and its tokenizer into a folder and return it; the weights are drawn with `seed`."""
    import torch

    words = tokenizer(template)
    torch.manual_seed(seed)
    model = built(family, len(words), window)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def saying(folder: Path, text: str, *, template: str | None = TEMPLATE, special: bool = False) -> Path:
    """Save a model that answers every question with one text and then ends; no token may come twice in it.

    Its layers add nothing, so that what comes next depends on the last token alone, and each token's row of the head is
    the embedding of the one before it. `special` makes control tokens of the think marks.
    """
    import torch

    words = tokenizer(template, special=special)
    torch.manual_seed(7)
    model = built("smollm3", len(words), WINDOW)
    before = words("ANSWER\n" if template is None else "</think>\n", add_special_tokens=False)["input_ids"][-1]
    script = [before, *words(text, add_special_tokens=False)["input_ids"], words.eos_token_id]
    if len(set(script)) < len(script):
        raise ValueError(f"a token comes twice in {text!r}: {words.convert_ids_to_tokens(script)}")
    with torch.no_grad():
        model.lm_head.weight.zero_()
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        for token, following in pairwise(script):
            model.lm_head.weight[following] = model.model.embed_tokens.weight[token]
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def tokenizer(template: str | None, *, special: bool = False) -> Any:
    """Return a byte-level BPE tokenizer trained on TEXTS; think marks are ordinary tokens, as SmolLM3's, or control."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=SPECIAL[:3],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TEXTS, trainer)
    bpe.add_tokens([AddedToken(mark, special=special) for mark in SPECIAL[3:]])
    bpe.add_tokens([AddedToken(text, special=False, normalized=False) for text in JOINED])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token="<pad>", eos_token="<|im_end|>", chat_template=template
    )


def built(family: str, vocabulary: int, window: int) -> Any:
    """Return a model of a family with a few narrow layers of every kind that the family has."""
    from transformers import (
        Gemma3ForCausalLM,
        Gemma3TextConfig,
        Lfm2Config,
        Lfm2ForCausalLM,
        SmolLM3Config,
        SmolLM3ForCausalLM,
    )

    common: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": window,
        "initializer_range": 0.5,
        "tie_word_embeddings": False,  # else a model of random weights repeats the last token
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": 2,
    }
    if family == "smollm3":
        return SmolLM3ForCausalLM(SmolLM3Config(num_hidden_layers=4, no_rope_layer_interval=4, **common))
    if family == "gemma3":
        # A window of attention shorter than the prompt's stable part, so that its cache slides before it is kept.
        layers = ["sliding_attention", "sliding_attention", "full_attention"]
        return Gemma3ForCausalLM(
            Gemma3TextConfig(num_hidden_layers=3, head_dim=32, sliding_window=48, layer_types=layers, **common)
        )
    if family == "lfm2":
        layers = ["conv", "conv", "full_attention", "conv"]
        return Lfm2ForCausalLM(
            Lfm2Config(num_hidden_layers=4, layer_types=layers, block_auto_adjust_ff_dim=False, **common)
        )
    raise ValueError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
