"""What is training worth? The whole way, judged and silver queries after it, cross-validation, curve, ablations.

Run it with: python -m benchmarks.training --data FOLDER [--only SECTION]. FOLDER holds `daraz` and `crowdflower`, each
with products.md, queries.jsonl and qrels.tsv. A section takes from minutes to hours. Each that was measured takes its
place in the report beside the others, with what made it; one that was cut short goes on when it is asked for again, and
one that came to its end is measured anew. The report holds figures only.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

import compose
from benchmarks import (
    record,
    training_ablations,
    training_curve,
    training_folds,
    training_judged,
    training_silver,
    training_way,
)
from benchmarks.training_curve import plain, smaller
from benchmarks.training_room import (
    HELD_OUT,
    Catalogue,
    Ledger,
    indexed,
    minutes,
    moved_into,
    settings_in,
    tell,
)
from cli.train import options_of, train_all
from compose import training_inputs as inputs
from retrieval.errors import ProductSearchError
from retrieval.models import locate
from retrieval.settings import Settings, load_settings
from training.options import TrainingOptions

MAIN, JUDGED = "daraz", "crowdflower"
WAY, QUICK, LOADED = "way", "-quick", "-loader"
OF_A_WAY = {
    WAY: "The whole way",
    "daraz": "Judged queries after the whole way",
    "silver": "Silver queries after the whole way: the original's table",
}
"""Sections about a whole way; each way has its own room and its own three tables."""
WAYS = {
    "": "",
    QUICK: ", quick",
    LOADED: ", learning from another data set as well",
    f"{QUICK}{LOADED}": ", quick, learning from another data set as well",
}
OTHERS = {
    "crowdflower": "Cross-validation over judged queries",
    "curve": "Learning curve",
    "ablations": "Ablations",
}
TITLES = {
    f"{section}{way}": f"{OF_A_WAY[section]}{what}" for way, what in WAYS.items() for section in OF_A_WAY
} | OTHERS
SECTIONS = (*OF_A_WAY, *OTHERS)
HANGS_ON = {
    "crowdflower": ("folds", "cv_parts", "cv_rows"),
    "curve": ("curve_rows",),
    "ablations": ("ablation_rows",),
}
"""The options beside a training's that a section hangs on."""
ABLATION_ROWS = 6_000


class Bench:
    """The sections, each a method that returns its figures; `known` holds the catalogues that were indexed already."""

    def __init__(
        self,
        data: Path,
        work: Path,
        options: TrainingOptions,
        way: str,
        asked: Mapping[str, Any],
        known: dict[str, Catalogue],
    ) -> None:
        self._data = data
        self._way = way
        self._work = work
        self._own = load_settings()
        self._settings = settings_in(work, self._own)
        self._options = options
        self._asked = asked
        self._indexed = known

    def ledger(self, section: str) -> Ledger:
        """Return what was measured of a section so far, for what is asked for now."""
        path = self._work / "training" / f"{self.named(section)}.json"
        further = {name: self._asked[name] for name in HANGS_ON.get(section, ())}
        return Ledger(path, {**further, "options": self._options.to_dict()})

    def named(self, section: str) -> str:
        """Return what a section is called in the report: one about a whole way says which."""
        return f"{section}{self._way}" if section in OF_A_WAY else section

    def measure(self, section: str, ledger: Ledger) -> dict[str, Any]:
        """Return a section's figures."""
        sections: Mapping[str, Callable[[Ledger], dict[str, Any]]] = {
            WAY: self._whole,
            "daraz": lambda _: training_judged.measure(self._catalogue(MAIN), self._room()),
            "silver": lambda _: training_silver.measure(self._catalogue(MAIN), self._room()),
            "crowdflower": self._folds,
            "curve": self._curve,
            "ablations": self._ablations,
        }
        return sections[section](ledger)

    def _catalogue(self, name: str) -> Catalogue:
        if name not in self._indexed:
            self._indexed[name] = indexed(self._data / name, self._settings)
        return self._indexed[name]

    def _room(self) -> Catalogue:
        return moved_into(self._catalogue(MAIN), self._work / self.named(WAY))

    def _whole(self, ledger: Ledger) -> dict[str, Any]:
        if not ledger.resumed:
            shutil.rmtree(self._work / self.named(WAY), ignore_errors=True)
        return training_way.measure(self._room(), self._options, ledger)

    def _sized(self, rows: int | None) -> TrainingOptions:
        return plain(self._options) if rows is None else smaller(self._options, rows)

    def _folds(self, ledger: Ledger) -> dict[str, Any]:
        options = replace(self._sized(self._asked["cv_rows"]), parts=self._asked["cv_parts"])
        folder = self._work / "training" / "folds"
        return training_folds.measure(self._catalogue(JUDGED), options, self._asked["folds"], folder, ledger)

    def _curve(self, ledger: Ledger) -> dict[str, Any]:
        return training_curve.measure(self._catalogue(MAIN), self._sized(self._asked["curve_rows"]), ledger)

    def _tuned(self) -> Path | None:
        """Return the embedder that the whole way gave, None where it was not gone yet."""
        there = compose.trained_models(settings_in(self._work / self.named(WAY), self._own), MAIN)
        return next((model.folder for model in there if model.kind == "embedder"), None)

    def _ablations(self, ledger: Ledger) -> dict[str, Any]:
        common = self._sized(self._asked["ablation_rows"])
        loader = self._data / JUDGED if (self._data / JUDGED).is_dir() else None
        several, notes = training_ablations.variants(common, self._settings, loader, self._tuned())
        found = [training_ablations.measure(self._catalogue(MAIN), several, ledger, notes=notes)]
        if loader is not None:
            other = self._catalogue(JUDGED)
            folder = self._work / "training" / "ablations"
            several, held_out = training_ablations.judged_variants(other, common, folder, HELD_OUT)
            found.append(training_ablations.measure(other, several, ledger, held_out=held_out))
        return {"rows": self._asked["ablation_rows"], "catalogues": found}


def markdown(figures: Mapping[str, Any]) -> str:
    """Return the report of all sections that were measured so far."""
    parts = [
        "# What training is worth\n",
        "Made by `benchmarks/training.py`, section by section; under each stands what made it. nDCG has linear gain. "
        "Intervals are 95% bootstrap ones over the queries, paired where they are of differences; p is of the paired "
        "randomisation test, not corrected for the number of tests.\n",
    ]
    sections = figures["sections"]
    for name, title in TITLES.items():
        if name not in sections:
            continue
        made = sections[name]["made"]
        parts.append(f"## {title}\n")
        parts += _markdown_of(name, sections[name]["found"])
        parts.append(
            f"Generated by `{made['command']}` at commit {made['commit']} on {made['machine']}, {made['date']}, in "
            f"{minutes(made['seconds'])} minutes.\n"
        )
    return "\n".join(parts)


def _markdown_of(section: str, found: Mapping[str, Any]) -> Iterator[str]:
    told: Mapping[str, Callable[[Mapping[str, Any]], Sequence[str]]] = {
        WAY: training_way.markdown,
        "daraz": training_judged.markdown,
        "silver": training_silver.markdown,
        "crowdflower": training_folds.markdown,
        "curve": training_curve.markdown,
        "ablations": _ablations_markdown,
    }
    yield from told[section.partition("-")[0]](found)


def _ablations_markdown(found: Mapping[str, Any]) -> list[str]:
    parts = [
        f"One change each against a common setting of {found['rows']:,} rows at most: nDCG@10 blended with the first "
        "stage at the weight that was tuned on the dev queries, and `change` against the first row of all (of the "
        f"same catalogue). A new head on an encoder of sentences is the interaction head unless said otherwise.\n"
    ]
    for number, one in enumerate(found["catalogues"]):
        parts += training_ablations.markdown(one, blends=number == 0)
    return parts


def with_bases(options: TrainingOptions, own: Settings, settings: Settings) -> TrainingOptions:
    """Return the options with the bases that the user's own models folder holds, where the work folder does not."""
    given = options.to_dict()
    for kind in inputs.BASES:
        if given[f"{kind}_base"] is None:
            source, folder = inputs.base_of(kind, None, own)
            if locate(source, settings) is None:
                given[f"{kind}_base"] = str(folder.absolute())
    return TrainingOptions.from_dict(given)


def merged(report: str, section: str, made: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a report with those of one section put in their place."""
    path = record.REPORTS / f"{report}.json"
    before = json.loads(path.read_text("utf-8"))["sections"] if report and path.is_file() else {}
    sections = {**before, section: {"made": dict(made), "found": dict(found)}}
    return {"sections": {name: sections[name] for name in TITLES if name in sections}}


def _made(context: click.Context, section: str, ledger: Ledger) -> dict[str, Any]:
    """Return what made a section: command, commits, machine, date and seconds."""
    said = ["--data", "FOLDER", "--only", section]
    for parameter in context.command.params:
        name = str(parameter.name)
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name in _said_of(section):
            said += _said(parameter.opts[0], context.params[name])
    made = record.provenance("benchmarks.training", said)
    if ledger.commit != made["commit"]:
        made["commit"] = f"{ledger.commit} to {made['commit']}"
    made["machine"] += _graphics()
    return {**made, "date": f"{datetime.now(UTC):%Y-%m-%d}", "seconds": round(ledger.seconds)}


def _said_of(section: str) -> tuple[str, ...]:
    """Return the options that a section hangs on."""
    return ("train", *(("quick_way", "loader") if section in OF_A_WAY else HANGS_ON[section]))


def _said(option: str, value: Any) -> list[str]:
    if value is True:
        return [option]
    if option == "--loader":
        return [option, value[0], "FOLDER"]
    # Folders are the machine's own, and no report's.
    words = ["FOLDER" if word.startswith(("/", ".", "~")) else word for word in shlex.split(str(value))]
    return [option, shlex.join(words)]


def _graphics() -> str:
    import torch

    return f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=os.environ.get("REALDATA_DIR") or None,
    required=True,
)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for all it makes.")
@click.option("--only", type=click.Choice(SECTIONS), multiple=True, help="Measure this section alone; may be repeated.")
@click.option("--quick-way", is_flag=True, help="way, daraz, silver: the whole way with --quick, beside the other.")
@click.option(
    "--loader",
    nargs=2,
    metavar="KIND FOLDER",
    help="way, daraz, silver: the whole way that learns from this data set as well, beside the other.",
)
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True, help="Of the cross-validation.")
@click.option("--cv-parts", type=click.Choice(("reranker", "both")), default="reranker", show_default=True)
@click.option("--cv-rows", type=click.IntRange(min=50), help="Rows a fold; the usual number when left out.")
@click.option("--curve-rows", type=click.IntRange(min=400), help="Most rows of the curve; the usual number else.")
@click.option("--ablation-rows", type=click.IntRange(min=50), default=ABLATION_ROWS, show_default=True)
@click.option("--train", default="", metavar="OPTIONS", help="Of every training, as `train all` takes them: '--set …'.")
@click.option("--report", default="training", help="Name of the report; empty prints alone.")
@click.pass_context
def main(
    context: click.Context, /, data: Path, work: Path, only: tuple[str, ...], loader: tuple[str, str] | None,
    train: str, report: str, **asked: Any,
) -> None:  # fmt: skip
    """Measure what training is worth: the whole way, judged and silver queries, cross-validation, ablations."""
    compose.go_offline()
    work = work.absolute()
    own = load_settings()
    known: dict[str, Catalogue] = {}
    way = (QUICK if asked["quick_way"] else "") + (LOADED if loader else "")
    for section in only or SECTIONS:
        given = ["--quick"] if asked["quick_way"] and section in OF_A_WAY else []
        given += ["--loader", *loader] if loader and section in OF_A_WAY else []
        options = options_of("both", train_all.make_context("all", [*given, *shlex.split(train)]).params)
        bench = Bench(data, work, with_bases(options, own, settings_in(work, own)), way, asked, known)
        ledger = bench.ledger(section)
        name = bench.named(section)
        tell(f"{name}{' goes on' if ledger.resumed else ''}")
        try:
            found = bench.measure(section, ledger)
        except ProductSearchError as error:
            raise click.ClickException(str(error)) from error
        figures = merged(report, name, _made(context, section, ledger), found)
        if report:
            record.write(report, figures, markdown(figures))
        else:
            click.echo(markdown(figures))
        ledger.close()


if __name__ == "__main__":
    main()
