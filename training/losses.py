"""What a cross-encoder learns by: point-wise, pair-wise and list-wise losses over a query's labelled passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from retrieval.errors import TrainingError

if TYPE_CHECKING:
    from torch import Tensor

LossName = Literal["bce", "mse", "margin", "listwise"]
LOSSES: tuple[LossName, ...] = ("bce", "mse", "margin", "listwise")
POINTWISE: frozenset[LossName] = frozenset({"bce", "mse"})
MARGIN = 1.0


def margin_ranking(logits: Tensor, labels: Tensor, margin: float = MARGIN) -> Tensor:
    """Return the hinge of one query's passages, averaged over the pairs of unlike labels; 0 where there is none.

    For labels a > b it is max(0, margin * (a - b) - (logit of a - logit of b)): a pair of close grades need not stand
    as far apart. Shapes (n,), (n,) -> (). The ranking hinge of Herbrich, Graepel and Obermayer, Large Margin Rank
    Boundaries for Ordinal Regression, 2000, pp. 115-132.
    """
    import torch

    apart = labels[:, None] - labels[None, :]
    short = torch.relu(margin * apart - (logits[:, None] - logits[None, :]))
    ordered = apart > 0
    return (short * ordered).sum() / ordered.sum().clamp(min=1)


def listwise_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy between one query's labels, made to sum to 1, and the softmax of its logits.

    It is 0 where no label is above 0. Shapes (n,), (n,) -> (). The top-one ListNet of Cao and others, Learning to Rank:
    From Pairwise Approach to Listwise Approach, ICML 2007, with the labels themselves in the place of their softmax as
    in Bruch and others, An Analysis of the Softmax Cross Entropy Loss for Learning-to-Rank, ICTIR 2019, eq. 4.
    """
    import torch

    return -(labels * torch.log_softmax(logits, dim=0)).sum() / labels.sum().clamp(min=torch.finfo(labels.dtype).tiny)


def loss_of(name: LossName, model: Any) -> Any:
    """Return the loss of a cross-encoder as a module that the Trainer calls.

    `bce` and `mse` take pairs and a label each: binary cross-entropy of the logit, and the squared error of its
    sigmoid (Brier's score). `margin` and `listwise` take queries, a list of passages each and their labels, and average
    over the queries.
    """
    import torch
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss, MSELoss

    if name == "bce":
        return BinaryCrossEntropyLoss(model)
    if name == "mse":
        return MSELoss(model, activation_fn=torch.nn.Sigmoid())
    if name not in LOSSES:
        raise TrainingError(f"unknown loss {name!r}; there are {', '.join(LOSSES)}")
    return _grouped(model, margin_ranking if name == "margin" else listwise_softmax)


def _grouped(model: Any, of_query: Any) -> Any:
    import torch
    from sentence_transformers.util import batch_to_device

    def __init__(self: Any) -> None:
        torch.nn.Module.__init__(self)
        self.model = model

    def forward(
        self: Any,
        inputs: tuple[Sequence[str], Sequence[Sequence[str]]],
        labels: Sequence[Tensor],
        prompt: str | None = None,
        task: str | None = None,
    ) -> Tensor:
        queries, passages = inputs
        pairs = [(query, each) for query, several in zip(queries, passages, strict=True) for each in several]
        features = batch_to_device(self.model.preprocess(pairs, prompt=prompt, task=task), self.model.device)
        logits = self.model(features)["scores"].view(-1).float()
        groups = torch.split(logits, [len(several) for several in passages])
        values = [
            of_query(of_group, each.to(logits.device).float()) for of_group, each in zip(groups, labels, strict=True)
        ]
        return torch.stack(values).mean()

    return type("GroupedLoss", (torch.nn.Module,), {"__init__": __init__, "forward": forward})()
