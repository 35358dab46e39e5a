"""The losses of a cross-encoder: by hand, and by what they do to a model."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import TrainingError
from tests.training.tiny import dev_pools, examples, ignore, tiny_model
from training.losses import LOSSES, listwise_softmax, loss_of, margin_ranking
from training.reranker import RerankerSettings, open_base, train_reranker


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)


def test_the_hinge_counts_each_pair_of_unlike_labels_by_hand():
    # Pairs (2, 0.5) of labels 1 and 0, and (2, 1.5): max(0, 1 - 1.5) = 0 and max(0, 1 - 0.5) = 0.5, over 2 pairs.
    assert margin_ranking(tensor(2, 0.5, 1.5), tensor(1, 0, 0)).item() == pytest.approx(0.5 / 2)
    # Grades 1, 2/3 and 0 ask for distances 1/3, 1 and 2/3.
    value = margin_ranking(tensor(0, 0, 0), tensor(1, 2 / 3, 0)).item()
    assert value == pytest.approx((1 / 3 + 1 + 2 / 3) / 3)
    assert margin_ranking(tensor(3, 4), tensor(1, 1)).item() == 0


def test_the_listwise_loss_is_the_cross_entropy_by_hand():
    logits = tensor(1, 0, 2)
    total = math.exp(1) + math.exp(0) + math.exp(2)
    assert listwise_softmax(logits, tensor(1, 0, 0)).item() == pytest.approx(-math.log(math.exp(1) / total))
    shared = -(0.75 * math.log(math.exp(1) / total) + 0.25 * math.log(math.exp(0) / total))
    assert listwise_softmax(logits, tensor(0.9, 0.3, 0)).item() == pytest.approx(shared, rel=1e-5)
    assert listwise_softmax(logits, tensor(0, 0, 0)).item() == 0


@given(st.lists(st.tuples(st.floats(-9, 9), st.sampled_from((0.0, 1 / 3, 1.0))), min_size=2, max_size=8))
def test_no_order_is_better_than_that_of_the_labels(pairs: list[tuple[float, float]]):
    logits, labels = tensor(*(pair[0] for pair in pairs)), tensor(*(pair[1] for pair in pairs))
    best = torch.empty_like(logits)
    best[torch.argsort(labels, stable=True)] = torch.sort(logits).values
    for loss in (margin_ranking, listwise_softmax):
        assert loss(best, labels) <= loss(logits, labels) + 1e-5


def test_losses_give_what_their_formulas_say_of_a_model(tmp_path: Path):
    model = open_base(tiny_model(tmp_path / "base"), 64)
    model.eval()
    queries, passages = ["red lamp", "blue tent"], [["genuine red lamp", "broken"], ["old", "new blue tent", "a the"]]
    labels = [tensor(1, 0), tensor(0, 1, 0.5)]
    logits = [
        torch.tensor(model.predict([(query, each) for each in several]))
        for query, several in zip(queries, passages, strict=True)
    ]
    for name, formula in (("margin", margin_ranking), ("listwise", listwise_softmax)):
        value = loss_of(name, model)([queries, passages], labels).item()
        expected = sum(formula(*each).item() for each in zip(logits, labels, strict=True)) / 2
        assert value == pytest.approx(expected, rel=1e-4)
    pairs = [["red lamp", "blue tent"], ["genuine red lamp", "old"]]
    likely = [1 / (1 + math.exp(-logits[0][0].item())), 1 / (1 + math.exp(-logits[1][0].item()))]
    squared = ((likely[0] - 1) ** 2 + (likely[1] - 0.25) ** 2) / 2
    assert loss_of("mse", model)(pairs, tensor(1, 0.25)).item() == pytest.approx(squared, rel=1e-4)
    entropy = -(math.log(likely[0]) + 0.25 * math.log(likely[1]) + 0.75 * math.log(1 - likely[1])) / 2
    assert loss_of("bce", model)(pairs, tensor(1, 0.25)).item() == pytest.approx(entropy, rel=1e-4)
    with pytest.raises(TrainingError, match="unknown loss 'hinge'; there are bce, mse, margin, listwise"):
        loss_of("hinge", model)


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_falls_and_teaches_the_right_order(loss, tmp_path: Path):
    base = tiny_model(tmp_path / "base", dropout=0.1)
    settings = RerankerSettings(
        loss=loss, epochs=12, batch=16, learning_rate=5e-3, max_length=32, log_every=1, bf16=False, evaluate_every=24
    )
    trained = train_reranker(examples(), dev_pools(), base, tmp_path / "run", settings, ignore)
    losses = [step.loss for step in trained.history if step.loss is not None]
    assert len(losses) == 24 * 4 // 16 * 12
    first, last = sum(losses[:4]) / 4, sum(losses[-4:]) / 4
    assert last < first / 2
    assert trained.measures["nDCG@10"] > 0.95
    rates = [step.learning_rate for step in trained.history if step.loss is not None]
    # Warm-up over a tenth of 72 steps, rounded up, then down to 0 in a line.
    assert rates[:10] == pytest.approx([5e-3 * part for part in (*(step / 8 for step in range(9)), 63 / 64)])
