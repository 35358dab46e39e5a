"""Reading query and passage of a pair each by itself, as the encoder of sentences learned to read them.

Late interaction (Khattab and Zaharia: "ColBERT", SIGIR 2020, section 3): the two meet in the head alone. An encoder
that only ever saw single texts orders products better that way than when it is shown both at once: before any training
nDCG@10 0.758 against 0.708 by its score alone, on the judged queries of a marketplace's 4,801 products.
"""

from __future__ import annotations

from typing import Any

import torch
from sentence_transformers.base.modules import Transformer
from torch import Tensor


class Apart(Transformer):  # type: ignore[misc]
    """Gives the token vectors of a pair in its usual places, query and passage read apart.

    Reads `token_type_ids`: 0 is the query, which begins with the tokeniser's first marker, 1 the passage. A query that
    stands in several pairs of a batch is read once.
    """

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add `token_embeddings`, shape (pairs, tokens, hidden), to the features of a batch; zeros for padding."""
        tokens, kinds, mask = features["input_ids"], features["token_type_ids"], features["attention_mask"].bool()
        asked, offered = mask & (kinds == 0), mask & (kinds == 1)
        queries, own = torch.unique(tokens * asked + (asked.long() - 1), dim=0, return_inverse=True)
        of_queries = self._read(queries.clamp(min=0), queries >= 0, kwargs)[own]
        marked = torch.cat((tokens[:, :1], tokens), 1)
        of_passages = self._read(*_to_the_left(marked, torch.cat((mask[:, :1], offered), 1)), kwargs)[:, 1:]
        vectors = of_queries.new_zeros((*tokens.shape, of_queries.shape[-1]))
        length = min(of_queries.shape[1], tokens.shape[1])
        vectors[:, :length] = of_queries[:, :length] * asked[:, :length, None]
        # A passage was read from its first token on; it goes back to where it stood.
        rows, places = offered.nonzero(as_tuple=True)
        vectors[rows, places] = of_passages[rows, (offered.cumsum(1) - 1)[rows, places]].to(vectors.dtype)
        features["token_embeddings"] = vectors
        return features

    def _read(self, tokens: Tensor, mask: Tensor, kwargs: dict[str, Any]) -> Tensor:
        """Return the token vectors of texts that begin with their first token, padding cut off at the right."""
        longest = max(1, int(mask.sum(1).max()))
        tokens, mask = tokens[:, :longest], mask[:, :longest]
        alone = {"input_ids": tokens, "attention_mask": mask.long(), "token_type_ids": torch.zeros_like(tokens)}
        return torch.as_tensor(super().forward(alone, **kwargs)["token_embeddings"])


def _to_the_left(tokens: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Return the chosen tokens of each row from its beginning on, and where they stand; shapes as given."""
    order = (~chosen).long().argsort(dim=1, stable=True)
    return tokens.gather(1, order), chosen.gather(1, order)
