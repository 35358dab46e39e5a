"""The interaction head: its arithmetic, its way to disk and back, and what a folder may not make it load."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from retrieval.dense.cross_encoder import CrossEncoderScorer
from retrieval.dense.interaction import MATCH_SCALE, Interaction
from retrieval.dense.pair_models import has_interaction, open_pair_model
from retrieval.errors import ModelUnavailable
from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings
from training import heads
from training.records import Example
from training.reranker import RerankerSettings, train_reranker

CLS, SEP, PAD = 101, 102, 0


@pytest.fixture(scope="module")
def packaged() -> Path:
    found = locate(PACKAGED, Settings(_env_file=None))
    assert found is not None
    return found


def features(vectors: list[list[float]], tokens: list[int], kinds: list[int]) -> dict[str, torch.Tensor]:
    """Return a batch of one pair."""
    return {
        "token_embeddings": torch.tensor([vectors]),
        "input_ids": torch.tensor([tokens]),
        "token_type_ids": torch.tensor([kinds]),
        "attention_mask": torch.tensor([[int(token != PAD) for token in tokens]]),
    }


def test_every_query_word_counts_by_its_best_match_and_its_rarity():
    head = Interaction(2, 200, [CLS, SEP, PAD])
    head.rarity[5], head.rarity[6] = 3.0, 1.0
    pair = features(
        [[9, 9], [1, 0], [0, 1], [9, 9], [1, 0], [0.6, 0.8], [9, 9], [0, 1]],
        [CLS, 5, 6, SEP, 7, 8, SEP, PAD],
        [0, 0, 0, 0, 1, 1, 1, 0],
    )
    # The first word finds itself (1), the second a cosine of 0.8; neither markers nor padding are matched.
    expected = MATCH_SCALE * (3 * 1.0 + 1 * 0.8) / 4 - MATCH_SCALE / 2
    assert head.score(pair).item() == pytest.approx(expected)
    assert head(dict(pair))["scores"].shape == (1, 1)


def test_an_empty_passage_matches_nothing_and_an_empty_query_is_no_fault():
    head = Interaction(2, 200, [CLS, SEP, PAD])
    nothing = features([[1, 1], [1, 0], [1, 1], [1, 1]], [CLS, 5, SEP, SEP], [0, 0, 0, 1])
    assert head.score(nothing).item() == pytest.approx(-1.5 * MATCH_SCALE)
    unasked = features([[1, 1], [1, 1], [1, 0], [1, 1]], [CLS, SEP, 5, SEP], [0, 0, 1, 1])
    assert math.isfinite(head.score(unasked).item())


def test_before_any_training_the_right_product_stands_first(packaged: Path):
    passages = ["Blue jeans for men\nslim fit", "Electric kettle 1.5 l\nboils water quickly", "Kettlebell 8 kg"]
    model = heads.open_base(packaged, 64, "auto", passages)
    scores = model.predict([("water boiler for tea", passage) for passage in passages])
    assert int(np.argmax(scores)) == 1


def test_a_rare_word_weighs_as_bm25_says(packaged: Path):
    passages = ["red kettle", "red lamp", "red chair", "red chair"]
    model = heads.open_base(packaged, 64, "interaction", passages)
    token = {word: model.tokenizer.convert_tokens_to_ids(word) for word in ("red", "lamp", "blue")}
    rarity = model[-1].rarity
    for word, count in (("red", 3), ("lamp", 1), ("blue", 0)):  # of the three different passages
        assert rarity[token[word]].item() == pytest.approx(math.log(1 + (3 - count + 0.5) / (count + 0.5)), rel=1e-6)


def test_a_trained_head_is_served_as_it_was_trained(packaged: Path, tmp_path: Path):
    examples = [
        Example(f"q{n}", f"{colour} lamp", ("a", "b"), (f"A {colour} lamp", f"A {other} lamp"), (1.0, 0.0))
        for n, (colour, other) in enumerate([("red", "blue"), ("blue", "green"), ("green", "red")] * 4)
    ]
    settings = RerankerSettings(epochs=1, batch=8, max_length=32, learning_rate=1e-4, loss="listwise")
    trained = train_reranker(examples, [], packaged, tmp_path / "run", settings, lambda stage, done, total: None)
    assert has_interaction(trained.folder)
    assert not [file.name for file in trained.folder.rglob("*") if file.suffix in {".bin", ".pt", ".pkl"}]
    opened = open_pair_model(trained.folder, 32)
    assert torch.count_nonzero(opened[-1].whole.weight) > 0
    passages = ["A red lamp", "A blue lamp", ""]
    scorer = CrossEncoderScorer(trained.folder, "ours", max_length=32)
    assert scorer.score("red lamp", passages) == pytest.approx(
        opened.predict([("red lamp", passage) for passage in passages]), abs=1e-5
    )
    fresh = heads.open_base(packaged, 32, "interaction", [each for example in examples for each in example.passages])
    assert not np.allclose(
        scorer.score("red lamp", passages), fresh.predict([("red lamp", passage) for passage in passages]), atol=1e-3
    )


def test_a_head_goes_on_from_one_that_was_trained(packaged: Path, tmp_path: Path):
    model = heads.open_base(packaged, 32, "auto", ["red lamp"])
    with torch.no_grad():
        model[-1].scales[1] = 2.5
    model.save_pretrained(str(tmp_path / "first"))
    again = heads.open_base(tmp_path / "first", 32, "auto", ["something else"])
    assert again[-1].scales[1].item() == 2.5
    assert torch.equal(again[-1].rarity, model[-1].rarity)


def test_a_folder_cannot_name_code_to_run(packaged: Path, tmp_path: Path):
    model = heads.open_base(packaged, 32, "auto", ["red lamp"])
    model.save_pretrained(str(tmp_path / "model"))
    listed = tmp_path / "model" / "modules.json"
    modules = json.loads(listed.read_text("utf-8"))
    modules[1]["type"] = "tests.training.test_heads.Hostile"
    listed.write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(ModelUnavailable):
        CrossEncoderScorer(tmp_path / "model", "hostile", max_length=32)
    assert not Hostile.made


class Hostile:
    """Would be made if a folder could choose what is loaded."""

    made = False

    @classmethod
    def load(cls, *_: object, **__: object) -> None:
        cls.made = True


def test_a_cross_encoder_cannot_take_the_head_that_wants_an_encoder(tmp_path: Path):
    from tests.training.tiny import tiny_model

    with pytest.raises(ModelUnavailable, match="encoder of sentences"):
        heads.open_base(tiny_model(tmp_path / "base"), 32, "interaction")


def test_query_and_passage_are_read_as_the_encoder_reads_each_alone(packaged: Path):
    model = heads.open_base(packaged, 32, "interaction", ["a red lamp"])
    pairs = [("red lamp", "A red lamp\nfor the desk"), ("red lamp", ""), ("kettle", "boils"), ("", "a chair")]
    batch = model.tokenizer([q for q, _ in pairs], [p for _, p in pairs], padding=True, return_tensors="pt")
    model.eval()
    with torch.no_grad():
        found = model[0](dict(batch))["token_embeddings"]
        for row, (query, passage) in enumerate(pairs):
            kinds, mask = batch["token_type_ids"][row], batch["attention_mask"][row].bool()
            for text, kind in ((query, 0), (passage, 1)):
                alone = model.tokenizer([text], return_tensors="pt")
                expected = model[0].model(**alone).last_hidden_state[0, kind:]  # a passage's own marker has no place
                torch.testing.assert_close(found[row][mask & (kinds == kind)], expected, atol=1e-4, rtol=1e-4)
            assert not found[row][~mask].any()


def test_a_model_is_opened_to_read_as_it_was_trained(packaged: Path, tmp_path: Path):
    pair = [("red lamp", "A red lamp for the desk")]
    scores = {}
    for head in ("interaction", "joint"):
        model = heads.open_base(packaged, 32, head, ["red lamp"])  # type: ignore[arg-type]
        model.save_pretrained(str(tmp_path / head))
        scores[head] = model.predict(pair)[0]
        assert open_pair_model(tmp_path / head, 32).predict(pair)[0] == pytest.approx(scores[head], abs=1e-5)
    assert scores["interaction"] != pytest.approx(scores["joint"], abs=1e-3)
