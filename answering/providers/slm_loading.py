"""Loading a small language model from disk: in 4 bits where that can be done, on what the machine has."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from retrieval.errors import ProviderFailed
from retrieval.records import Degraded

if TYPE_CHECKING:
    import torch

Quantize = Literal["auto", "nf4", "none"]
FOUR_BIT = ("bitsandbytes", "accelerate")
"""What 4-bit weights need beside transformers."""
TALKATIVE = ("transformers", "bitsandbytes")
ENDLESS = 10**9
"""Tokenizers without a length of their own name one far above this."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready to write.

    `window` is how many tokens prompt and answer may have together, `memory_bytes` what the weights take with the
    scales of the 4-bit ones, `load_s` the seconds that loading took, `notes` what is not as it was asked for.
    """

    model: Any
    tokenizer: Any
    window: int
    four_bit: bool
    memory_bytes: int
    load_s: float
    notes: tuple[Degraded, ...] = ()


def load(folder: Path, quantize: Quantize = "auto") -> Loaded:
    """Load a model folder, from disk alone and without running code that lies in it.

    With `auto` and `nf4` the linear layers are quantised to NF4 with double quantisation (Dettmers et al. 2023, QLoRA,
    sections 3 "4-bit NormalFloat" and "Double Quantization"); without bitsandbytes the weights stay plain, which a note
    says. Raises ProviderFailed, with what to do, where the folder cannot be loaded or computed with.
    """
    began = time.perf_counter()
    missing = [package for package in FOUR_BIT if find_spec(package) is None] if quantize != "none" else []
    notes: tuple[Degraded, ...] = ()
    if missing:
        why = f"{' and '.join(missing)} not installed; run: pip install -r requirements.txt"
        notes = (Degraded("4-bit weights", why, "plain weights"),)
    four_bit = quantize != "none" and not missing
    try:
        with _offline():
            model, tokenizer, lacking = _read(folder, four_bit)
            _try(model)
    except Exception as error:
        raise ProviderFailed(_unusable(folder, error, four_bit)) from error
    if lacking:
        raise ProviderFailed(
            f"the weights in {folder} are not whole: {len(lacking)} tensors of the model are missing, {lacking[0]} the "
            "first; pull the model again with --force"
        )
    return Loaded(
        model,
        tokenizer,
        window=_window(model, tokenizer),
        four_bit=bool(getattr(model, "is_loaded_in_4bit", False)),
        memory_bytes=footprint(model),
        load_s=time.perf_counter() - began,
        notes=notes,
    )


def _read(folder: Path, four_bit: bool) -> tuple[Any, Any, list[str]]:
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoTokenizer,
        BitsAndBytesConfig,
        GenerationConfig,
    )

    here = {"local_files_only": True, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(folder, **here)
    device, dtype = place()
    options: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "output_loading_info": True, **here}
    if four_bit and getattr(config, "quantization_config", None) is None:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    if four_bit or device != "cpu":
        options["device_map"] = {"": device}
    model, found = AutoModelForCausalLM.from_pretrained(folder, **options)
    tokenizer = AutoTokenizer.from_pretrained(folder, **here)
    model.eval()
    # A model's own settings of sampling would join in silently; ours alone count, and its ends of a text.
    ends = _ends(model, tokenizer)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else (ends[0] if ends else 0)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=ends or None, pad_token_id=pad
    )
    return model, tokenizer, sorted(found["missing_keys"])


def place() -> tuple[str, torch.dtype]:
    """Return the device to compute on and the type to compute in, as this machine has them."""
    import torch

    if torch.cuda.is_available():
        return "cuda:0", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    can = torch.cpu.get_capabilities()
    return "cpu", torch.bfloat16 if can.get("avx512_bf16") or can.get("amx_bf16") else torch.float32


def footprint(model: Any) -> int:
    """Return the bytes of a model's weights and buffers, with the scales and tables of 4-bit layers."""
    total = int(model.get_memory_footprint())
    seen = set()
    for module in model.modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        for part in (state, getattr(state, "state2", None)):
            for name in ("absmax", "code"):
                tensor = getattr(part, name, None)
                if tensor is not None and tensor.data_ptr() not in seen:
                    seen.add(tensor.data_ptr())
                    total += tensor.nbytes
    return total


def _ends(model: Any, tokenizer: Any) -> list[int]:
    """Return the tokens that end a text by what any of the model's files says."""
    ends: list[int] = []
    for said in (
        getattr(model.generation_config, "eos_token_id", None),
        getattr(model.config.get_text_config(), "eos_token_id", None),
        tokenizer.eos_token_id,
    ):
        ends += said if isinstance(said, list) else [] if said is None else [said]
    return sorted(set(ends))


def _window(model: Any, tokenizer: Any) -> int:
    sizes = [getattr(model.config.get_text_config(), "max_position_embeddings", None), tokenizer.model_max_length]
    return min((int(size) for size in sizes if size and size < ENDLESS), default=2048)


def _try(model: Any) -> None:
    """Write two tokens: sets up threads and buffers, and shows now what a layer's shape does not allow in 4 bits."""
    import torch

    ids = torch.zeros((1, 2), dtype=torch.long, device=model.device)
    model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=2, min_new_tokens=2)


@contextmanager
def _offline() -> Iterator[None]:
    """Keep the model libraries off the hub in the block: some look for compiled kernels there when imported.

    What they say of that, and of packages that would be faster, is advice that nobody here can or should follow.
    """
    from huggingface_hub import constants

    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.level for logger in loggers]
    kept, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = kept
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _unusable(folder: Path, error: Exception, four_bit: bool) -> str:
    import torch

    said = str(error).strip().splitlines()
    first = f"{type(error).__name__}: {said[0][:300]}" if said else type(error).__name__
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return f"there is not enough memory for the model in {folder} ({first}); choose a smaller one with SLM"
    if four_bit and isinstance(error, AssertionError | RuntimeError):
        return (
            f"the model in {folder} cannot be computed with in 4 bits ({first}); pull it again with --force, or set "
            "SLM_QUANTIZE=none"
        )
    return f"the model in {folder} cannot be loaded ({first}); pull it again with --force, or name another with SLM"
