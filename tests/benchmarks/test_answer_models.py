"""The footprint of language models: measured by loading and asking one, set down as a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from answering.records import Card, Limits
from benchmarks import answer_models
from retrieval.records import Product
from tests.answering.providers import tiny_models

LAMPS = tuple(Product(product_id=f"p{n}", title=f"Oak lamp {n}", price=100.0 * n) for n in range(1, 4))


def test_a_model_is_saved_loaded_and_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_models, "LIMITS", Limits(tokens=4, seconds=300))
    config = tiny_models.built("lfm2", answer_models.WORDS, 8192).config
    parameters = answer_models.save(config, tmp_path, answer_models.texts(LAMPS))
    cards = tuple(Card(n, lamp) for n, lamp in enumerate(LAMPS, 1))
    plain = answer_models.measure(tmp_path, "none", cards)
    four = answer_models.measure(tmp_path, "nf4", cards)
    # Words' rows come in and go out in 16 bits: 2 x 8,000 x 64 of the parameters.
    words = 2 * answer_models.WORDS * 64
    assert plain["bytes"] >= 2 * parameters
    assert 2 * words < four["bytes"] < 2 * words + (parameters - words)
    assert 0 < four["reused"] < four["prompt_tokens"]
    assert min(four["first_token_s"], four["tokens_per_s"], four["load_s"]) > 0


def test_the_row_compares_with_two_bytes_a_parameter() -> None:
    found = {"bytes": 389e6, "load_s": 2.5, "prompt_tokens": 1083, "reused": 161}
    row = answer_models.row("some", 268_000_000, "NF4", {**found, "first_token_s": 3.234, "tokens_per_s": 9.84})
    assert row["of fp16"] == "73%"  # 389 / (2 * 268)
    assert (row["MB"], row["prompt tokens (kept)"], row["tokens/s"]) == (389, "1,083 (161)", "9.8")


@pytest.mark.parametrize(("values", "middle"), [([3.0, 1.0, 2.0], 2.0), ([5.0], 5.0)])
def test_the_middle_is_the_median(values: list[float], middle: float) -> None:
    assert answer_models._middle(values) == middle
