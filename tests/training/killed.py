"""Trainings that kill themselves: lines `FOLDER STEP` come in, how each training's process ended goes out.

What trains is imported once, seconds; each training is a process of its own, forked from here. Its settings stand in
FOLDER/settings.json.
"""

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.training.tiny import dev_pools, examples
from training.reranker import RerankerSettings, train_reranker


def train(folder: Path, last: int) -> None:
    """Train as the test does, until the step after which the process is killed without a word."""

    def told(stage: str, done: int, total: int) -> None:
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = RerankerSettings.from_dict(json.loads((folder / "settings.json").read_text()))
    train_reranker(examples(), dev_pools(), folder / "base", folder / "run", settings, told)


def main() -> None:
    """Do what stands on each line of the input."""
    import sentence_transformers  # noqa: F401
    import torch

    torch.set_num_threads(1)  # no thread is running, so that a fork has all that its parent had
    for line in sys.stdin:
        folder, _, step = line.strip().rpartition(" ")
        child = os.fork()
        if not child:
            train(Path(folder), int(step))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
