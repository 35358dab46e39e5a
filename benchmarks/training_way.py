"""The whole way by one command: what it takes, and what it leads to. In a process of its own, as a user's job is.

`python -m benchmarks.training_way` is that process: it reads what to train from stdin, and prints what came of it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import compose
from benchmarks.record import table
from benchmarks.training_room import Catalogue, Ledger, Told, base_named, minutes, of_run
from compose.training_way import train
from retrieval.errors import TrainingError
from retrieval.settings import Settings, load_settings
from training.options import TrainingOptions

Process = Callable[[Settings, str, TrainingOptions, str], Mapping[str, Any]]
"""Trains on a catalogue under a run's name, and returns `summary`, `seconds` and `peak_mb` of the process."""


def in_this_process(settings: Settings, name: str, options: TrainingOptions, run: str) -> dict[str, Any]:
    """Train here."""
    began = time.perf_counter()
    summary = train(settings, name, options, run, Told(run))
    return {"summary": summary, "seconds": time.perf_counter() - began, "peak_mb": peak_mb()}


def in_own_process(settings: Settings, name: str, options: TrainingOptions, run: str) -> dict[str, Any]:
    """Train in a process that is started for it, with the environment of a job; raise TrainingError where it fails."""
    asked = json.dumps({"name": name, "options": options.to_dict(), "run": run})
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.training_way"],
        input=asked,
        stdout=subprocess.PIPE,
        text=True,
        cwd=compose.ROOT,
        env=compose.job_environment(settings),
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise TrainingError(
            f"the training {run} of {name!r} ended with {done.returncode}; its reason stands above, and the same "
            "command goes on with it"
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": seconds}  # with the start of the process


def peak_mb() -> float:
    """Return the most memory that this process held at once, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # getrusage tells the memory of the process that started this one where that is more.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def measure(
    catalogue: Catalogue, options: TrainingOptions, ledger: Ledger, process: Process | None = None
) -> dict[str, Any]:
    """Return what the whole way took and gave; its models stay in the catalogue's room."""
    run = ledger.run("way")

    def trained() -> dict[str, Any]:
        found = (process or in_own_process)(catalogue.settings, catalogue.name, options, run)
        return {"resumed": ledger.resumed, **found}

    found = ledger.once("train", trained)
    done = of_run(catalogue, found["summary"])
    learnt = compose.dataset_card(catalogue.settings, catalogue.name, run)
    return {
        "catalogue": catalogue.name,
        "products": found["summary"]["data"]["products"],
        "quick": options.quick,
        "loader": None if options.loader is None else [options.loader.kind, Path(options.loader.folder).name],
        "judged_given": options.has_judged,
        "resumed": found["resumed"],
        "seconds": found["seconds"],
        "stages": found["summary"]["seconds"],
        "peak_mb": found["peak_mb"],
        "queries": {key: found["summary"]["data"][key] for key in ("train", "dev", "silver", "judged")},
        "counts": {} if learnt is None else learnt["counts"],
        "models": [
            {
                "kind": row["kind"],
                "base": base_named(done.models[row["kind"]].card.base),
                "promoted": row["promoted"],
                "gate": row["gate"],
                "measures": dict(done.models[row["kind"]].card.measures),
                "weight": done.models[row["kind"]].card.weight,
            }
            for row in found["summary"]["models"]
        ],
    }


def markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the part of the report about one whole way."""
    learnt = found["queries"]
    command = "product-search train all" + (" --quick" if found["quick"] else "")
    beside = "" if found["loader"] is None else f", and from the judgements of {found['loader'][1]} (--loader)"
    parts = [
        f"`{command}` on {found['catalogue']}, {found['products']:,} products, in a process of its own: "
        f"**{minutes(found['seconds'])} minutes**, {found['peak_mb']:,.0f} MB of memory at most. Learnt from "
        f"{learnt['train']:,} silver queries{beside}; step and blend chosen on {learnt['dev']:,}, proved on "
        f"{learnt['silver']:,}.\n"
    ]
    if not found["judged_given"]:
        parts.append("No judged query of the catalogue was given to it.\n")
    if found["resumed"]:
        parts.append(
            "This training was cut short and went on; the whole time is that of the last attempt, and a stage's that "
            "of the attempt that ended it.\n"
        )
    stages = [[stage, f"{seconds:,.0f}", minutes(seconds)] for stage, seconds in found["stages"].items()]
    total = sum(found["stages"].values())
    parts += [table(["stage", "seconds", "minutes"], [*stages, ["all stages", f"{total:,.0f}", minutes(total)]])]
    counts = [[name, f"{number:,}"] for name, number in found["counts"].items() if isinstance(number, int)]
    if counts:
        parts += ["What was learnt from:\n", table(["", "number"], counts)]
    for model in found["models"]:
        serves = "serves" if model["promoted"] else "kept aside"
        weight = "" if model["weight"] is None else f", weight {model['weight']:g} beside the first stage"
        parts.append(f"**{model['kind']}** from {model['base']}{weight}: {serves}. {model['gate']['why']}\n")
        measures = ", ".join(f"{name} {value:.3f}" for name, value in sorted(model["measures"].items()))
        parts.append(f"On the dev queries: {measures}.\n")
    return parts


def main() -> None:
    """Train what stdin asks for, with the settings of the environment."""
    compose.go_offline()
    asked = json.loads(sys.stdin.read())
    options = TrainingOptions.from_dict(asked["options"])
    print(json.dumps(in_this_process(load_settings(), asked["name"], options, asked["run"])))


if __name__ == "__main__":
    main()
