"""Cards of trained models: written, read, refused, and read alike by what serves them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import trained
from retrieval.errors import DataError
from training.cards import Card, new_version, read_card, write_card

CARD = Card(
    kind="reranker",
    version="20261121-101500-0a1b",
    catalogue="shop",
    base="packaged:all-MiniLM-L6-v2",
    base_fingerprint="0123456789ab",
    data_sha256="f" * 64,
    data={"rows": 3},
    settings={"epochs": 1},
    measures={"nDCG@10": 0.5},
    created="2026-11-21T10:15:00+00:00",
    gate={"passed": True, "why": "better"},
    weight=0.6,
    max_length=320,
)


def test_a_card_reads_back_and_serving_reads_its_blend(tmp_path: Path) -> None:
    write_card(tmp_path, CARD)
    assert read_card(tmp_path) == CARD
    assert trained.reading_of(tmp_path) == (0.6, 320)
    row = json.loads((tmp_path / "card.json").read_text("utf-8"))
    assert row["format"] == 1
    assert row["blend"] == {"weight": 0.6}
    assert list(tmp_path.iterdir()) == [tmp_path / "card.json"]


def test_an_embedder_has_no_blend(tmp_path: Path) -> None:
    write_card(tmp_path, replace(CARD, kind="embedder", weight=None, max_length=None, gate=None))
    row = json.loads((tmp_path / "card.json").read_text("utf-8"))
    assert {"blend", "max_length", "weight"}.isdisjoint(row)
    assert row["gate"] is None
    assert read_card(tmp_path).gate is None


@pytest.mark.parametrize(
    "changes", [{"format": 2}, {"kind": "slm"}, {"measures": {"nDCG@10": "good"}}, {"blend": {}}, {"settings": 3}]
)
def test_another_card_is_refused_with_its_place(tmp_path: Path, changes: dict[str, object]) -> None:
    (tmp_path / "card.json").write_text(json.dumps({**CARD.to_dict(), **changes}), "utf-8")
    with pytest.raises(DataError, match=r"card\.json cannot be read"):
        read_card(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "{}"])
def test_a_damaged_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        read_card(tmp_path)
    (tmp_path / "card.json").unlink()
    with pytest.raises(DataError, match="is not there"):
        read_card(tmp_path)


def test_versions_differ_and_name_their_moment() -> None:
    made = {new_version() for _ in range(20)}
    assert len(made) > 15  # four hexadecimal digits a second
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", name) for name in made)
