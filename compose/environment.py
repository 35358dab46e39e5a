"""The surroundings of the model libraries and of jobs: what a process may ask the network, and what it is told."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
# Threads that wait for their next piece of work by counting take the cores from whoever else wants them: a training
# beside a busy app took four times as long with them. Read when torch is first imported.
SLEEPING_THREADS = {"GOMP_SPINCOUNT": "0"}
SECRETS = ("openai_api_key", "hf_token")
"""Settings that are handed to jobs in their environment alone, and never written down."""
ASKING = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS")


def go_offline() -> None:
    """Keep the model libraries off the hub and off stderr; call at the start of a process, before their import."""
    os.environ.update(OFFLINE)
    # It comes along with the libraries that train, and says at its import which kernels it could fetch from the hub.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


@contextmanager
def online() -> Iterator[None]:
    """Let the model libraries ask the hub within the block: for `models pull`, and nothing else."""
    before = {name: os.environ.pop(name, None) for name in ASKING}
    try:
        from huggingface_hub import constants

        kept, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, False  # read once, at its import
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = kept
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})


def job_settings(settings: Settings) -> dict[str, str]:
    """Return the settings but the secrets as variables of an environment, empty where they are not set."""
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            found[name.upper()] = str(value.absolute())
        elif name not in SECRETS:
            found[name.upper()] = "" if value is None else str(value)
    return found


def job_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a job's process reads these very settings and finds this code."""
    env = {**SLEEPING_THREADS, **os.environ, **OFFLINE, **job_settings(settings)}
    for name in SECRETS:
        value = getattr(settings, name)
        if value is not None:
            env[name.upper()] = value.get_secret_value()
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return env
