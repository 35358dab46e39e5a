from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop import processes

ASKS = (
    "import os; from pathlib import Path; from shop import processes; processes.give_way(); "
    "group = Path('/proc/self/autogroup'); "
    "print(os.nice(0), group.read_text().split()[-1] if group.exists() else 'none')"
)


def test_a_job_gives_way_within_its_session_and_as_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKS], capture_output=True, text=True, check=True, start_new_session=True
    )
    niceness, of_the_group = done.stdout.split()
    assert int(niceness) == processes.NICENESS
    if of_the_group == "none":
        pytest.skip("this kernel does not group processes by session")
    if os.access("/proc/self/autogroup", os.W_OK) and Path("/proc/sys/kernel/sched_autogroup_enabled").exists():
        assert int(of_the_group) == processes.NICENESS
