"""What small language models take on this machine, in 4 bits and plain: memory, loading, first token, tokens a second.

Run it with: python -m benchmarks.answer_models. The models have the shapes of published ones and random weights, so
that nothing has to be fetched: they take as much memory and time as the real ones, and what they write means nothing.
The figures go into the section `footprint` of reports/answers.json.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click

from answering.prompts import RULES
from answering.providers.slm import SlmProvider
from answering.providers.slm_loading import place
from answering.records import Card, Ended, Evidence, Limits, Question, Task
from benchmarks import answers
from benchmarks.record import provenance
from benchmarks.retrieval import SAMPLES
from compose.environment import go_offline
from retrieval.catalogue import parse_file
from retrieval.records import Product
from retrieval.settings import Settings

PRODUCTS = 6
LIMITS = Limits(tokens=48, seconds=300)
QUESTIONS = ("Which of them is the cheapest?", "Is there one made of oak?", "Which one is rated best?")
WORDS = 8000
"""Tokens of the tokenizer that is trained on the sample shop; the published models' have more, and write shorter."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Shape:
    """A published model's shape: `make` returns the configuration."""

    name: str
    make: Callable[[], Any]


def gemma() -> Any:
    """Return the shape of google/gemma-3-270m-it."""
    from transformers import Gemma3TextConfig

    return Gemma3TextConfig(
        vocab_size=262_144,
        hidden_size=640,
        intermediate_size=2048,
        num_hidden_layers=18,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=256,
        sliding_window=512,
        max_position_embeddings=32_768,
    )


def lfm2() -> Any:
    """Return the shape of LiquidAI/LFM2-700M."""
    from transformers import Lfm2Config

    attention = (2, 5, 8, 10, 12, 14)
    return Lfm2Config(
        vocab_size=65_536,
        hidden_size=1536,
        intermediate_size=10_240,
        num_hidden_layers=16,
        num_attention_heads=24,
        num_key_value_heads=8,
        layer_types=["full_attention" if layer in attention else "conv" for layer in range(16)],
    )


def smollm3(layers: int) -> Any:
    """Return the shape of HuggingFaceTB/SmolLM3-3B, which has 36 layers."""
    from transformers import SmolLM3Config

    return SmolLM3Config(
        vocab_size=128_256,
        hidden_size=2048,
        intermediate_size=11_008,
        num_hidden_layers=layers,
        num_attention_heads=16,
        num_key_value_heads=4,
        max_position_embeddings=65_536,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=2,
    )


SHAPES = {
    "gemma3": Shape("gemma-3-270m", gemma),
    "lfm2": Shape("LFM2-700M", lfm2),
    "smollm3": Shape("SmolLM3-3B, 9 of 36 layers", lambda: smollm3(9)),
    "smollm3-whole": Shape("SmolLM3-3B", lambda: smollm3(36)),
}


def save(config: Any, folder: Path, texts: Iterator[str]) -> int:
    """Save a model of random weights in 16 bits, with a tokenizer trained on texts; return its parameters' number."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=WORDS, initial_alphabet=alphabet, show_progress=False)
    )
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(folder)
    return int(model.num_parameters())


def measure(folder: Path, quantize: str, cards: tuple[Card, ...]) -> dict[str, Any]:
    """Return what loading a model and three questions took; the first has to read the rules, the others keep them."""
    settings = Settings(_env_file=None, slm=str(folder), slm_quantize=quantize)
    provider = SlmProvider(settings)
    seconds = provider.loading().result().loaded.load_s
    list(provider.stream(Task(Evidence(Question("?", "?"), cards[:1]), limits=Limits(tokens=2)), lambda: False))
    usages = []
    for question in QUESTIONS:
        task = Task(Evidence(Question(question, question), cards), limits=LIMITS)
        end = next(piece for piece in provider.stream(task, lambda: False) if isinstance(piece, Ended))
        usages.append(end.usage)
    assert all(usage.reused for usage in usages), "the rules were not kept"
    return {
        "bytes": usages[-1].memory_bytes,
        "load_s": seconds,
        "prompt_tokens": usages[-1].prompt_tokens,
        "reused": usages[-1].reused,
        "first_token_s": _middle([(usage.first_token_ms or 0.0) / 1000 for usage in usages]),
        "tokens_per_s": _middle([usage.tokens_per_s or 0.0 for usage in usages]),
    }


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def row(shape: str, parameters: int, weights: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the report's table; `of fp16` compares with two bytes a parameter."""
    return {
        "model": shape,
        "parameters, M": round(parameters / 1e6),
        "weights": weights,
        "MB": round(found["bytes"] / 1e6),
        "of fp16": f"{found['bytes'] / (2 * parameters):.0%}",
        "load, s": f"{found['load_s']:.1f}",
        "prompt tokens (kept)": f"{found['prompt_tokens']:,} ({found['reused']:,})",
        "first token, s": f"{found['first_token_s']:.2f}",
        "tokens/s": f"{found['tokens_per_s']:.1f}",
    }


def texts(products: tuple[Product, ...]) -> Iterator[str]:
    """Yield what the tokenizer is trained on: the rules and the sample shop."""
    yield RULES
    for product in products:
        yield f"{product.title}\n{product.description}"


@click.command()
@click.option("--shape", "shapes", multiple=True, type=click.Choice([*SHAPES]), default=("gemma3", "lfm2", "smollm3"))
@click.option("--print", "print_only", is_flag=True, help="Print the rows and leave the report as it is.")
def main(shapes: tuple[str, ...], print_only: bool) -> None:
    """Measure models of published shapes, in 4 bits and plain."""
    go_offline()
    products = tuple(parse_file(SAMPLES / "catalogue.md").products)
    cards = tuple(
        Card(n, product, product.description[:400]) for n, product in enumerate(islice(products, PRODUCTS), 1)
    )
    rows = []
    for name in shapes:
        shape = SHAPES[name]
        with tempfile.TemporaryDirectory() as folder:
            parameters = save(shape.make(), Path(folder), texts(products))
            gc.collect()
            for quantize, weights in (("none", str(place()[1]).removeprefix("torch.")), ("nf4", "NF4")):
                rows.append(row(shape.name, parameters, weights, measure(Path(folder), quantize, cards)))
                gc.collect()
                print(rows[-1], file=sys.stderr)
    note = (
        "Shapes of published models with random weights. MB are 10^6 bytes of weights and scales; embeddings, and with "
        "them most of gemma-3-270m, stay in 16 bits. First token and tokens/s: the middle of three questions about six "
        "products, the rules at the head of the prompt kept from an earlier one."
    )
    found = {"made": provenance("benchmarks.answer_models", [f"--shape={name}" for name in shapes]), "note": note}
    if not print_only:
        answers.put("footprint", {**found, "rows": rows})


if __name__ == "__main__":
    main()
