"""A training that kills its own process: python killed.py FOLDER STEP, with the settings in FOLDER/settings.json."""

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.training.tiny import dev_pools, examples
from training.reranker import RerankerSettings, train_reranker


def main(folder: Path, last: int) -> None:
    """Train as the test does, until the step after which the process is killed without a word."""
    import torch

    torch.set_num_threads(1)

    def told(stage: str, done: int, total: int) -> None:
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = RerankerSettings.from_dict(json.loads((folder / "settings.json").read_text()))
    train_reranker(examples(), dev_pools(), folder / "base", folder / "run", settings, told)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
