"""What a cross-encoder begins with: the head of the folder it starts from, or one put on an encoder of sentences."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import ModelUnavailable
from training import trainer

HeadName = Literal["auto", "interaction", "joint", "classifier"]
HEADS: tuple[HeadName, ...] = ("auto", "interaction", "joint", "classifier")
POOLING = ".Pooling"


def open_base(base: Path, max_length: int, head: HeadName, passages: Iterable[str] = ()) -> Any:
    """Return a CrossEncoder with one score a pair.

    A folder of a cross-encoder keeps its own head. On an encoder of sentences `auto` puts the interaction head, which
    judges pairs well before it has learned anything, or a linear classifier where the tokeniser does not tell query
    from passage; the two may be asked for by name. The interaction head lets the encoder read query and passage apart
    (`joint`: together, as the classifier does) and weighs words by how rare they are among the `passages`. Raises
    ModelUnavailable for a folder that cannot be loaded, as one of a head with several scores.
    """
    import torch
    from sentence_transformers import CrossEncoder

    from retrieval.dense.pair_models import has_interaction, open_pair_model, with_interaction

    if has_interaction(base):
        return trainer.loaded(lambda folder, **_: open_pair_model(Path(folder), max_length), base)
    if head != "classifier" and pools(base) and tells_apart(base):
        model = trainer.loaded(
            lambda folder, **_: with_interaction(Path(folder), max_length, apart=head != "joint"), base
        )
        weigh_words(model, passages)
        return model
    if head in ("interaction", "joint"):
        raise ModelUnavailable(
            f"{base} cannot take the {head} head: it wants an encoder of sentences whose tokeniser tells query "
            "from passage (token types); take head=auto"
        )
    return trainer.loaded(CrossEncoder, base, num_labels=1, max_length=max_length, activation_fn=torch.nn.Identity())


def pools(base: Path) -> bool:
    """Return whether a folder is of an encoder of sentences: its modules end in pooled vectors."""
    listed = base / "modules.json"
    if not listed.is_file():
        return False
    return any(str(module.get("type", "")).endswith(POOLING) for module in json.loads(listed.read_text("utf-8")))


def tells_apart(base: Path) -> bool:
    """Return whether a folder's tokeniser marks which tokens are the query's."""
    from transformers import AutoTokenizer

    try:
        return "token_type_ids" in AutoTokenizer.from_pretrained(str(base), local_files_only=True).model_input_names
    except (OSError, ValueError):
        return False  # opening the folder says what is wrong with it


def weigh_words(model: Any, passages: Iterable[str]) -> None:
    """Give an interaction head the rarity of each token among passages: ln(1 + (n - df + 0.5) / (df + 0.5)), as BM25.

    Robertson and Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, page 347, kept positive as
    Lucene does. A token of no passage is the rarest.
    """
    import torch

    texts = list(dict.fromkeys(passages))
    found: Counter[int] = Counter()
    for start in range(0, len(texts), 1000):
        # Quietly: whole passages are counted, which may be longer than the model reads.
        read = model.tokenizer(texts[start : start + 1000], add_special_tokens=False, verbose=False)
        for ids in read["input_ids"]:
            found.update(set(ids))
    rarity = model[-1].rarity
    count = len(texts)
    values = [math.log(1 + (count - found[token] + 0.5) / (found[token] + 0.5)) for token in range(len(rarity))]
    rarity.copy_(torch.tensor(values, dtype=rarity.dtype))
