"""The report on answers: measured on a small catalogue, figures and ids alone, sections of others kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import answers, record
from compose import build
from retrieval.settings import Settings

TITLES = ("Oak", "Elm", "Ash", "Fir", "Yew", "Box")
CATALOGUE = "\n".join(
    f"""<!--DOC:START id=lamp-{n} category=table lamps -->
## {tree} lamp for the {room}
**Brand:** Lumo
**Price:** ৳ {100 + 37 * n}
**Rating:** {3 + n / 10}/5 ({n + 1} ratings)
**Colors:** {"Red" if n % 2 else "Blue"}
<!--DOC:END-->"""
    for n, (tree, room) in enumerate((tree, room) for tree in TITLES for room in ("desk", "wall"))
)


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what is measured of a small catalogue without an encoder."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "catalogue.md").write_text(CATALOGUE, "utf-8")
    settings = Settings(
        _env_file=None, index_dir=tmp_path / "index", data_dir=tmp_path / "data", models_dir=tmp_path / "models",
        embedder="none", answer_ttl_s=0,
    )  # fmt: skip
    build(tmp_path / "catalogue.md", "lamps", settings)
    return answers.measure("lamps", tmp_path, settings, count=30, seed=1)


def test_every_ready_provider_has_its_figures_and_the_others_their_reason(found: dict[str, Any]) -> None:
    assert list(found) == ["openai", "slm", "extractive"]
    assert "OPENAI_API_KEY" in found["openai"]["missing"]
    halves = found["extractive"]["halves"]
    assert list(halves) == ["development", "held-out"]
    for measured in halves.values():
        assert measured["worth"]["all"]["questions"] >= 20
        assert measured["worth"]["all"]["precision"] > 0.9


def test_the_report_holds_figures_and_ids_and_no_text(found: dict[str, Any]) -> None:
    figures = {"made": record.provenance("benchmarks.answers", []), "catalogues": {"lamps": found}}
    text = answers.markdown(figures) + json.dumps(figures)
    assert "| extractive (facts), development |" in text
    assert "### lamps, extractive, held-out wordings" in text
    assert "openai: not measured, " in text
    assert not [tree for tree in TITLES if f"{tree} lamp" in text]
    assert "Lumo" not in text


def test_a_section_is_put_beside_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (answers, record):
        monkeypatch.setattr(module, "REPORTS", tmp_path)
    made = record.provenance("benchmarks.answer_models", [])
    answers.put("other", {"made": made})
    answers.put("footprint", {"made": made, "rows": [{"model": "tiny", "MiB": 1.5}], "note": "Random weights."})
    assert list(json.loads((tmp_path / "answers.json").read_text("utf-8"))) == ["other", "footprint"]
    report = (tmp_path / "answers.md").read_text("utf-8")
    assert "## Footprint of language models" in report
    assert "| tiny | 1.500 |" in report
    assert "Random weights." in report
