"""Processes of background jobs: started on their own, recognised again later, ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 3.0
OWNER = "PRODUCT_SEARCH_OWNER"
"""Environment variable that names the process for which this one works: `pid:birth`, or `nobody`."""
NOBODY = "nobody"
NICENESS = 10
"""Of a job: about a tenth of what a search gets, so that it gets on even where somebody searches all the time."""


def birth_of(pid: int) -> str | None:
    """Return what tells this process from a later one of the same number, None when it is gone or a zombie.

    On Linux that is its start time in clock ticks since boot; elsewhere only whether the process exists is known.
    """
    proc = Path("/proc")
    if (proc / "self/stat").exists():
        try:
            stat = (proc / str(pid) / "stat").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = stat[stat.rindex(")") + 2 :].split()  # the name before it may hold spaces and brackets
        return None if fields[0] in "ZX" else fields[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "unknown"


def alive(pid: int, birth: str | None) -> bool:
    """Return whether the process that was recorded with this number and birth still runs."""
    now = birth_of(pid)
    return now is not None and (birth is None or now == birth)


def owner() -> str:
    """Return who owns what this process starts: itself, or whoever it works for."""
    return os.environ.get(OWNER) or f"{os.getpid()}:{birth_of(os.getpid())}"


def disown() -> None:
    """Let what this process starts outlive it: for a command that ends long before its jobs."""
    os.environ[OWNER] = NOBODY


def give_way() -> None:
    """Let everybody else's work go before this process's: a build can wait, a visitor who searches should not."""
    os.nice(NICENESS)
    # Where Linux shares the processors out among sessions first, niceness counts only within one; a job is one of its
    # own, and would get as much as the whole app.
    group = Path("/proc/self/autogroup")
    if group.exists():
        with contextlib.suppress(OSError):  # not allowed in some containers, where the build is a bit less polite
            group.write_text(str(NICENESS), "ascii")


def lives(owner: str) -> bool:
    """Return whether an owner is still there; nobody always is."""
    if owner == NOBODY:
        return True
    pid, _, birth = owner.partition(":")
    return alive(int(pid), birth)


def orphaned() -> bool:
    """Return whether the process that this one works for has ended; False where it works for none."""
    return not lives(os.environ.get(OWNER, NOBODY))


def spawn(
    command: Sequence[str], log: Path, env: Mapping[str, str], *, owned_by: str | None = None, folder: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a command as the leader of its own process group, its output going to `log`.

    It works for `owned_by`, or for this process's `owner`, and starts in `folder`, or where this process is.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**env, OWNER: owned_by or owner()},
            cwd=folder,
            start_new_session=True,
        )
    # Waited for in the background, so that an ended job does not stay as a zombie of a long-lived app.
    threading.Thread(target=process.wait, name=f"wait for job process {process.pid}", daemon=True).start()
    return process


def end_group(pid: int, birth: str | None) -> None:
    """End a process and all it started: first politely, after `GRACE_SECONDS` for good. Gone already is fine."""
    if not alive(pid, birth):
        return
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while alive(pid, birth) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)  # also for children that outlived their leader


def end_own_group() -> None:
    """End this process at once, and all it started where it leads a group of its own; does not return."""
    if os.getpgid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
