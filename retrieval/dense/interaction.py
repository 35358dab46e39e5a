"""A head that lets an encoder of sentences judge pairs before it learned to: query words against their best matches.

The encoder reads query and passage each by itself (`apart`) or together. Each query token is compared with the
passage's tokens and its best cosine counts (Khattab and Zaharia: "ColBERT", SIGIR 2020, section 3.3), weighed by how
rare the token is among the passages learned from and by a weight that is learned. What the pair means as a whole is
learned on top, from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Module
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, normalize

NAME = "interaction"
MATCH_SCALE = 10.0
"""A score of 0 stands halfway between no likeness and the same words."""


class Interaction(Module):  # type: ignore[misc]
    """Turns token vectors of a pair into one score; reads `token_type_ids`: 0 is the query, 1 the passage.

    `hidden` is the length of a token's vector, `vocabulary` the number of tokens, `special` the ids of those that are
    no words; `apart` tells whoever opens the model how the encoder before it reads.
    """

    config_keys: list[str] = ["hidden", "vocabulary", "special", "apart"]  # noqa: RUF012 - as the library declares it

    def __init__(self, hidden: int, vocabulary: int, special: Iterable[int], apart: bool = False) -> None:
        super().__init__()
        self.hidden, self.vocabulary, self.special, self.apart = hidden, vocabulary, sorted(special), apart
        self.register_buffer("rarity", torch.ones(vocabulary))
        self.attention = nn.Linear(hidden, 1)
        self.whole = nn.Linear(3 * hidden, 1)
        self.scales = nn.Parameter(torch.tensor([MATCH_SCALE, 0.0, -MATCH_SCALE / 2]))
        for layer in (self.attention, self.whole):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """Add `scores`, shape (pairs, 1), to the features of a batch; computed in 32 bits whatever the encoder's."""
        with torch.autocast(device_type=features["token_embeddings"].device.type, enabled=False):
            features["scores"] = self.score(features).unsqueeze(1)
        return features

    def score(self, features: dict[str, Tensor]) -> Tensor:
        """Return one score a pair, shape (pairs,)."""
        vectors = features["token_embeddings"].float()
        tokens, kinds = features["input_ids"], features["token_type_ids"]
        words = features["attention_mask"].bool()
        for token in self.special:
            words = words & (tokens != token)
        query, passage = words & (kinds == 0), words & (kinds == 1)
        unit = normalize(vectors, dim=-1)
        # Where the passage has no word at all nothing matches, rather than everything.
        alike = (unit @ unit.transpose(1, 2)).masked_fill(~passage[:, None, :], -1.0)
        best = alike.max(dim=2).values
        weights = self.rarity[tokens] * self.attention(vectors)[..., 0].exp() * query
        match = (best * weights).sum(1) / weights.sum(1).clamp(min=1e-6)
        asked, offered = mean(vectors, query), mean(vectors, passage)
        scale, whole, bias = self.scales
        learned = torch.cat((normalize(asked, dim=-1) * normalize(offered, dim=-1), vectors[:, 0], asked - offered), 1)
        return scale * match + whole * cosine_similarity(asked, offered) + self.whole(learned)[:, 0] + bias

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write configuration and weights (safetensors) into a folder."""
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=True)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **kwargs: Any) -> Interaction:
        """Return the head that lies in a folder on disk."""
        from safetensors.torch import load_file

        folder = Path(model_name_or_path) / subfolder
        head = cls(**cls.load_config(str(folder), local_files_only=True))
        head.load_state_dict(load_file(folder / "model.safetensors"))
        return head


def mean(vectors: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean of the chosen tokens' vectors, shape (pairs, hidden); zeros where none is chosen."""
    weights = chosen[..., None].float()
    return (vectors * weights).sum(1) / weights.sum(1).clamp(min=1)
