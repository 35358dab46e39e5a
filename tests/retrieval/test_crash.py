"""Whatever is killed at any moment leaves the old or the new index serving, whole, and its work to the next one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOMENTS = 10
# A tenth of the soak's moments, at other seeds.
SEEDS = [pytest.param(7, id="tenth"), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(10))]


def crash(kind: str, folder: Path, seed: int) -> list[list[int]]:
    """Return what was seen at each moment; all that must hold at every one is checked where it is seen."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.retrieval.crashing", kind, str(folder), str(seed), str(MOMENTS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: list[list[int]] = json.loads(done.stdout)
    assert len(told) == MOMENTS
    return told


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["build", "reindex"])
def test_a_builder_killed_at_any_moment(kind: str, seed: int, tmp_path: Path) -> None:
    killed = [row for row in crash(kind, tmp_path, seed) if row[0] != 0]
    # Else the moments missed the builds, and nothing was shown.
    assert len(killed) >= MOMENTS // 2
    assert any(0 < there < wanted for _, _, there, wanted in killed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deletion_killed_at_any_moment(seed: int, tmp_path: Path) -> None:
    told = crash("delete", tmp_path, seed)
    killed = [row for row in told if row[0] != 0]
    assert len(killed) >= MOMENTS // 3
    assert {gone for _, gone, _ in told} == {0, 1}, "some moments are before the commit, some after it"
