"""The keys and values of a prompt's stable prefix, kept between questions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CHUNK = 128
"""Prompt tokens that are computed at once; between chunks a reader can stop."""
LEAST = 8
"""A shorter prefix is not worth keeping."""
CONVOLVED = ("lfm2", "lfm2_moe")
"""Kinds of models whose convolution layers go on from a kept state over several tokens as over one."""


@dataclass(slots=True)
class Started:
    """A cache that holds the first `length` tokens of a prompt, of which `reused` were kept from an earlier one."""

    cache: Any
    length: int
    reused: int


class PrefixCache:
    """Keeps one prefix of one model; not safe to use from two threads at once.

    Every prompt is computed in the same steps, prefix first, whether the prefix was kept or not: rounding, and with it
    the answer, is then the same for the first question and for later ones.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._ids: tuple[int, ...] = ()
        self._kept: Any = None

    def start(self, ids: tuple[int, ...], stable: int, go_on: Callable[[], None]) -> Started | None:
        """Return a cache with all tokens of a prompt but the last; None where the model's cache cannot be kept.

        `stable` is how many leading tokens to keep for later questions. `go_on` is called between chunks and raises
        to break off.
        """
        stable = min(stable, len(ids) - 1)
        if stable < LEAST:
            stable = 0
        empty = self._empty()
        if empty is None:
            return None
        reused = 0
        cache = empty
        if stable and self._ids == ids[:stable]:
            reused = stable
        elif stable:
            self._compute(cache, ids[:stable], go_on)
            self._ids, self._kept = ids[:stable], cache
        if stable:
            cache = copy.deepcopy(self._kept)
        self._compute(cache, ids[stable:-1], go_on)
        return Started(cache, len(ids) - 1, reused)

    def _empty(self) -> Any:
        """Return an empty cache of the model's kind, None for kinds that are not known to go on from a kept state."""
        from transformers.cache_utils import (
            DynamicCache,
            DynamicLayer,
            DynamicSlidingWindowLayer,
            LinearAttentionLayer,
        )

        if not self._model._supports_default_dynamic_cache():
            return None
        cache = DynamicCache(config=self._model.config)
        kinds = {type(layer) for layer in cache.layers}
        known = {DynamicLayer, DynamicSlidingWindowLayer}
        if self._model.config.get_text_config().model_type in CONVOLVED:
            known.add(LinearAttentionLayer)
        return cache if kinds and kinds <= known else None

    def _compute(self, cache: Any, ids: tuple[int, ...], go_on: Callable[[], None]) -> None:
        import torch

        for start in range(0, len(ids), CHUNK):
            go_on()
            chunk = torch.tensor([ids[start : start + CHUNK]], device=self._model.device)
            self._model(input_ids=chunk, past_key_values=cache, use_cache=True, logits_to_keep=1)
