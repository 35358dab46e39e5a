"""Who is asked for answers: one provider of each kind for all threads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from answering.protocols import Provider
from compose.answering import chain
from retrieval.settings import Settings


@pytest.fixture
def hasty() -> Iterator[None]:
    """Let threads take turns a thousand times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_questions_that_come_together_share_one_model(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}")
    for place in range(20):
        settings = Settings(_env_file=None, slm=str(tmp_path), answer_tokens=100 + place)
        together = threading.Barrier(8)

        def first(settings: Settings = settings, together: threading.Barrier = together) -> Provider:
            together.wait()
            return chain(settings, "slm").providers[0]

        with ThreadPoolExecutor(8) as pool:
            assert len({asked.result() for asked in [pool.submit(first) for _ in range(8)]}) == 1
