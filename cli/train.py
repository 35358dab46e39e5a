"""`train`: learn from the catalogue, prove it, let it serve, and go back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import compose
from cli.called import as_called, called
from cli.options import chosen_index
from cli.output import clean, console, count, print_json, progress_bars
from retrieval.errors import JobError, SettingsError

if TYPE_CHECKING:
    from retrieval.settings import Settings
    from shop.jobs import JobRecord

Function = TypeVar("Function", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, dir_okay=False)
POLL_SECONDS = 0.5
INDEX = click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
KIND = click.argument("kind", type=click.Choice(("embedder", "reranker")))


def _settings() -> Settings:
    from retrieval.settings import load_settings

    return load_settings()


def learning(function: Function) -> Function:
    """Add the options of a training."""
    for option in (
        JSON,
        click.option("--background", is_flag=True, help="Return at once; see it with: product-search jobs."),
        click.option("--no-promote", is_flag=True, help="Keep models aside even where they pass the gate."),
        click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of every draw."),
        click.option("--set", "pairs", multiple=True, metavar="PART.SETTING=VALUE", help="Such as reranker.loss=bce."),
        click.option("--rounds", type=click.IntRange(1, 5), help="Times that negatives are mined; 1 when left out."),
        click.option("--depth", type=click.IntRange(min=5), help="Candidates a query."),
        click.option("--gate-queries", type=click.IntRange(min=5), help="Held-out silver queries for the gate."),
        click.option("--dev-queries", type=click.IntRange(min=5), help="Silver queries that choose the best step."),
        click.option("--train-queries", type=click.IntRange(min=10), help="Silver queries to learn from at most."),
        click.option("--triplets", type=click.IntRange(min=20), help="Rows that the embedder learns from at most."),
        click.option("--rows", type=click.IntRange(min=50), help="Rows that the cross-encoder learns from at most."),
        click.option("--reranker-base", metavar="ID", help="Cross-encoder or encoder to begin with."),
        click.option("--embedder-base", metavar="ID", help="Encoder to begin with: a folder or hub id on disk."),
        click.option(
            "--loader",
            nargs=2,
            metavar="KIND FOLDER",
            help="Learn from this data set as well: msmarco, quora, beir, own or custom, as `dataset` takes them.",
        ),
        click.option(
            "--decide-on", type=click.Choice(("silver", "judged")), default="silver", show_default=True,
            help="What the gate decides on; on the other it may not be worse.",
        ),
        click.option(
            "--use-judged", type=click.Choice(("gate", "learn", "both")), default="both", show_default=True,
            help="Judged queries prove the model, are learnt from, or half of them each.",
        ),
        click.option("--judged", metavar="SET", help="A kept set of judged queries of the catalogue."),
        click.option("--qrels", type=FILE, help="Judgements of --queries: our TSV, or TREC qrels."),
        click.option("--queries", type=FILE, help='Judged queries: JSON Lines {"query_id", "text"}.'),
        click.option("--quick", is_flag=True, help="Small sizes: a try, about half an hour for 5,000 products."),
        INDEX,
    ):  # fmt: skip
        function = option(function)
    return function


@click.group()
def train() -> None:
    """Fine-tune an embedder and a cross-encoder on the catalogue; what proves better serves."""


@train.command("all")
@learning
def train_all(**given: Any) -> None:
    """Train the embedder, then the cross-encoder on what search finds with it: silver queries to evaluation.

    Each serves only where it beats the present one on queries that it never saw, beyond chance.
    """
    _train("both", given)


@train.command()
@learning
def embedder(**given: Any) -> None:
    """Train the embedder; where it passes, an index made with it takes over."""
    _train("embedder", given)


@train.command()
@learning
def reranker(**given: Any) -> None:
    """Train the cross-encoder on what search finds now."""
    _train("reranker", given)


@train.command()
@learning
def data(**given: Any) -> None:
    """Prepare what the models learn from, and train none: counts, card, negatives to read."""
    _train("data", given)


def _train(parts: str, given: dict[str, Any]) -> None:
    settings = _settings()
    name = chosen_index(given["name"], settings)
    job_id = compose.start_training(name, settings, options_of(parts, given))
    if given["background"]:
        job = compose.job(settings, job_id)
        if given["as_json"]:
            print_json({"job": job_id, "state": job.state})
        else:
            console().print(f"job {job_id} trains on {clean(name)}; see: {called()} jobs")
        return
    job = follow(settings, job_id)
    if given["as_json"]:
        print_json({"job": job_id, **(job.summary or {})})
    else:
        show(name, job)


def options_of(parts: str, given: dict[str, Any]) -> compose.TrainingOptions:
    """Return the options of a training from those of the command line; raise SettingsError."""
    chosen: dict[str, dict[str, Any]] = {"embedder": {}, "reranker": {}, "mining": {}}
    for pair in given["pairs"]:
        place, equals, text = pair.partition("=")
        part, dot, setting = place.strip().partition(".")
        if not equals or not dot or part not in chosen or not setting:
            raise SettingsError(f"{pair!r} is no setting; write --set embedder.|reranker.|mining.SETTING=VALUE")
        chosen[part][setting] = value_of(text.strip())
    files = {key: None if given[key] is None else str(given[key].absolute()) for key in ("queries", "qrels")}
    named = given["loader"]
    loader = None if named is None else {"kind": named[0], "folder": str(Path(named[1]).absolute())}
    same = ("quick", "seed", "judged", "use_judged", "decide_on", "rows", "triplets", "train_queries", "dev_queries")
    more = ("gate_queries", "depth", "rounds", "embedder_base", "reranker_base")
    return compose.TrainingOptions.from_dict(
        {
            "parts": parts,
            "promote": not given["no_promote"],
            "loader": loader,
            **files,
            **chosen,
            **{key: given[key] for key in (*same, *more)},
        }
    )


def value_of(text: str) -> Any:
    """Return a setting's value as JSON reads it, a text where it is none: `3`, `true`, `{"r": 8}`, `listwise`."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text


def follow(settings: Settings, job_id: str) -> JobRecord:
    """Draw a job's stages until its end and return its record; raise JobError where it did not come to a good one.

    An interruption stops the job, which can be resumed.
    """
    try:
        with progress_bars() as progress:
            job = compose.job(settings, job_id)
            while job.active:
                if job.stage:
                    progress(job.stage, job.done, job.total)
                time.sleep(POLL_SECONDS)
                job = compose.job(settings, job_id)
    except KeyboardInterrupt:
        compose.cancel_job(settings, job_id)
        console(stderr=True).print(f"stopped; go on with: {called()} jobs resume {job_id}")
        raise
    if job.state != "done":
        raise JobError(f"{job.message.rstrip('.')}. Go on with: product-search jobs resume {job_id}")
    return job


def show(name: str, job: JobRecord) -> None:
    """Print what came of a training, for a reader."""
    out = console()
    summary = job.summary or {}
    learnt = summary.get("data", {})
    out.print(
        f"{clean(name)}: learnt from {count(learnt.get('train', 0), 'query', 'queries')}, chosen on "
        f"{learnt.get('dev', 0):,}, proved on {learnt.get('silver', 0):,} silver and {learnt.get('judged', 0):,} judged"
    )
    for model in summary.get("models", ()):
        passed = "passed, and " if model["gate"]["passed"] else ""
        out.print(
            f"{model['kind']} {model['version']} {'serves now' if model['promoted'] else passed + 'is kept aside'}"
        )
        out.print(f"  {clean(model['gate']['why'])}")
        if not model["promoted"]:
            out.print(f"  to let it serve: {called()} train promote {model['kind']} {model['version']} --index {name}")
    seconds = sum(summary.get("seconds", {}).values())
    out.print(f"took {seconds / 60:.1f} minutes")


@train.command("list")
@INDEX
@JSON
def list_models(name: str | None, as_json: bool) -> None:
    """List the models that were trained on a catalogue, and which serve."""
    settings = _settings()
    name = chosen_index(name, settings)
    found = compose.trained_models(settings, name)
    if as_json:
        print_json(
            [
                {
                    "kind": each.kind,
                    "version": each.version,
                    "serving": each.serving,
                    "aside": each.aside,
                    "folder": str(each.folder),
                    "run": each.run,
                    "card": each.card.to_dict(),
                }
                for each in found
            ]
        )
        return
    out = console()
    if not found:
        out.print(f"no model was trained on {clean(name)} yet; train one: {called()} train all --index {name}")
    for each in found:
        state = "serves" if each.serving else "aside" if each.aside else "served before"
        out.print(f"{each.kind:<9} {each.version}  {state}, from {clean(each.card.base)}")
        if each.card.gate is not None:
            out.print(f"          {clean(str(each.card.gate['why']))}")


@train.command()
@KIND
@click.argument("version")
@INDEX
@JSON
def promote(kind: Any, version: str, name: str | None, as_json: bool) -> None:
    """Let a trained model serve, whether it passed the gate or not; an embedder with its index."""
    settings = _settings()
    name = chosen_index(name, settings)
    job_id = compose.promote_model(settings, name, kind, version)
    if job_id is not None:
        follow(settings, job_id)
    if as_json:
        print_json({"kind": kind, "version": version, "serving": True, "job": job_id})
    else:
        console().print(f"{kind} {version} serves {clean(name)}; back: {called()} train rollback {kind} --index {name}")


@train.command()
@KIND
@INDEX
@JSON
def rollback(kind: Any, name: str | None, as_json: bool) -> None:
    """Let what served before the present trained model serve again; rankings come back as they were."""
    settings = _settings()
    name = chosen_index(name, settings)
    done = compose.roll_back_model(settings, name, kind)
    if done.job is not None:
        follow(settings, done.job)
    if as_json:
        print_json({"kind": kind, "before": done.before, "version": done.version, "build": done.build, "job": done.job})
        return
    now = f"version {done.version}" if done.version else "what there was before training"
    build = f", on build {done.build}" if done.build else ""
    console().print(f"{kind} of {clean(name)}: {now} serves again in the place of {done.before}{build}")


@train.command()
@INDEX
@click.option("--version", "versions", multiple=True, help="Measure this trained model as well; again for more.")
@click.option("--queries", type=FILE, help='Judged queries: JSON Lines {"query_id", "text"}; else silver ones.')
@click.option("--qrels", type=FILE, help="Judgements of --queries: our TSV, or TREC qrels.")
@click.option("--most", type=click.IntRange(min=5), default=300, show_default=True, help="Silver queries at most.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of the silver queries.")
@click.option("--report", type=FILE, help="Write a Markdown report here, and its plots beside it.")
@JSON
def evaluate(
    name: str | None,
    versions: tuple[str, ...],
    queries: Path | None,
    qrels: Path | None,
    most: int,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure what serves, and trained models, on queries that no training with this seed learnt from."""
    from cli.evaluate import deliver

    if (queries is None) != (qrels is None):
        raise click.UsageError("--queries and --qrels go together; give both, or neither.")
    settings = _settings()
    with progress_bars() as progress:
        found = compose.evaluate_models(
            settings,
            chosen_index(name, settings),
            versions,
            queries=queries,
            qrels=qrels,
            most=most,
            seed=seed,
            progress=progress,
        )
    deliver(found, report, as_json, texts=True)


@train.command()
@INDEX
@click.option("-n", "rows", type=click.IntRange(min=1), default=50, show_default=True, help="Rows to read.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Another seed draws others.")
@click.option("--run", help="The training; the last one when left out.")
@JSON
def negatives(name: str | None, rows: int, seed: int, run: str | None, as_json: bool) -> None:
    """Print mined wrong answers beside the right one, to count those that are right after all."""
    from dataclasses import asdict

    settings = _settings()
    found = compose.negatives(settings, chosen_index(name, settings), rows, seed, run)
    if as_json:
        print_json([asdict(row) for row in found])
        return
    out = console()
    for row in found:
        out.print(clean(row.query))
        out.print(f"  right: {clean(row.positive_title)}")
        out.print(f"  wrong: {clean(row.negative_title)} ({clean(row.id)})")
    if not found:
        out.print(as_called("nothing was mined yet; mine with: product-search train data"))
