"""What answers are worth, a row a provider that is ready here: reports/answers.json and answers.md.

Questions are drawn by benchmarks.answer_questions from what `parse` prints, asked one after the other in hybrid mode
and graded by evaluation.answers. The report holds figures and ids alone, no text of a catalogue.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

import compose
from benchmarks import answer_questions
from benchmarks.answer_wordings import HALVES
from benchmarks.record import REPORTS, origin, provenance, table, write
from benchmarks.retrieval import SAMPLES, build
from compose.answer_sets import replies
from evaluation.answers import ALL, Grade, ask_all, worth
from evaluation.question_sets import AnswerQuestion, to_question
from retrieval.catalogue import parse_file
from retrieval.models import ModelPool
from retrieval.records import Product
from retrieval.settings import Settings, load_settings

NAME = "answers"
COUNT = 240
MODELS_COUNT = 24
"""Questions put to a language model, which takes seconds for each."""
TARGETS = {"correct": 0.95, "stated": 0.90, "refused": 0.90, "precision": 1.0, "p50": 20.0}
WRONG = 12
"""Ids of wrong answers that are listed a row."""


def questions(products: Sequence[Product], *, count: int, half: str, seed: int) -> list[AnswerQuestion]:
    """Draw questions over products, which are handed over as the plain rows that `parse` prints."""
    rows = [json.loads(json.dumps(product.to_dict())) for product in products]
    return [to_question(row) for row in answer_questions.make(rows, count=count, seed=seed, half=half)]


def measure(name: str, folder: Path, settings: Settings, *, count: int, seed: int) -> dict[str, Any]:
    """Return the worth of every ready provider's answers about one catalogue, by half of the wordings and kind."""
    products = parse_file(next(p for p in (folder / "products.md", folder / "catalogue.md") if p.is_file())).products
    found: dict[str, Any] = {}
    with closing(compose.open_engine(name, settings, ModelPool(settings))) as engine:
        answerer = compose.answerer(settings, engine)
        for state in compose.provider_states(settings):
            if not state.ready:
                found[state.name] = {"missing": state.why}
                continue
            asked = count if state.name == "extractive" else min(count, MODELS_COUNT)
            halves = {}
            for half in HALVES:
                drawn = questions(products, count=asked, half=half, seed=seed)
                halves[half] = summary(ask_all(drawn, replies(answerer, state.name, mode="hybrid"), engine.get))
                print(f"{name}, {state.name}, {half}: {len(drawn)} questions", file=sys.stderr)
            found[state.name] = {"model": state.model, "halves": halves}
    return found


def summary(grades: Sequence[Grade]) -> dict[str, Any]:
    """Return the means by kind, and what was wrong by the id of the question."""
    return {
        "worth": {kind: means.to_dict() for kind, means in worth(grades).items()},
        "wrong": {one.question_id: one.why for one in grades if one.why},
    }


def markdown(figures: Mapping[str, Any]) -> str:
    """Return the report."""
    parts = ["# Answers\n", origin(dict(figures))] if "made" in figures else ["# Answers\n"]
    if "catalogues" in figures:
        parts.append(
            f"Wanted of the extractive answer: {TARGETS['correct']:.0%} correct, the asked fact stated in "
            f"{TARGETS['stated']:.0%}, {TARGETS['refused']:.0%} of the unanswerable refused, cited precision "
            f"{TARGETS['precision']:.0%}, p50 under {TARGETS['p50']:.0f} ms beyond the search. `precision` is by the "
            "answers' own checker, `sound` by the grader, which looks whether every number beside a citation stands in "
            "the product. Held-out wordings were looked at last; what failed then was mended, so that their figures "
            "are no estimate of wordings that nobody has looked at.\n"
        )
        for name, found in figures["catalogues"].items():
            parts += _catalogue(name, found)
    if "footprint" in figures:
        parts += _footprint(figures["footprint"])
    return "\n".join(parts)


def _catalogue(name: str, found: Mapping[str, Any]) -> list[str]:
    header = ["", "questions", "correct", "stated", "refused", "precision", "coverage", "sound", "p50 ms", "p95 ms"]
    parts = [f"## {name}\n"]
    rows: list[list[object]] = []
    for provider, own in found.items():
        for half, measured in own.get("halves", {}).items():
            rows.append([f"{provider} ({own['model']}), {half}", *_cells(measured["worth"][ALL])])
    parts.append(table(header, rows))
    parts += [f"{provider}: not measured, {own['missing']}.\n" for provider, own in found.items() if "missing" in own]
    for provider, own in found.items():
        for half, measured in own.get("halves", {}).items():
            kinds = [[kind, *_cells(means)] for kind, means in measured["worth"].items()]
            wrong = [f"{question_id} ({why})" for question_id, why in measured["wrong"].items()]
            more = f" and {len(wrong) - WRONG} more" if len(wrong) > WRONG else ""
            parts += [
                f"### {name}, {provider}, {half} wordings\n",
                table(header, kinds),
                f"Wrong: {'; '.join(wrong[:WRONG]) or 'none'}{more}.\n",
            ]
    return parts


def _cells(means: Mapping[str, Any]) -> list[object]:
    names = ("correct", "stated", "refused", "precision", "coverage", "sound")
    shares = ["–" if means[name] is None else f"{means[name]:.1%}" for name in names]
    return [means["questions"], *shares, f"{means['p50']:.1f}", f"{means['p95']:.1f}"]


def _footprint(found: Mapping[str, Any]) -> list[str]:
    """Return the table of models' footprints: a row a model and its weights, the columns as they were measured."""
    rows = found["rows"]
    parts = ["## Footprint of language models\n", origin(dict(found))]
    if note := found.get("note"):
        parts.append(f"{note}\n")
    return [*parts, table(list(rows[0]), [list(row.values()) for row in rows])] if rows else parts


def put(section: str, found: Mapping[str, Any]) -> None:
    """Put a section (`footprint`: made, rows as objects with the same keys, perhaps a note) into the kept report."""
    write(NAME, figures := {**kept(), section: dict(found)}, markdown(figures))


def kept() -> dict[str, Any]:
    """Return the figures of the report as it stands, {} where there is none."""
    path = REPORTS / f"{NAME}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=os.environ.get("REALDATA_DIR") or None)
@click.option("--work", type=click.Path(path_type=Path), default=Path("data/bench"), help="Folder for the indexes.")
@click.option("--count", type=click.IntRange(min=7), default=COUNT, show_default=True, help="Questions a half.")
@click.option("--seed", type=click.IntRange(min=0), default=answer_questions.SEED, show_default=True)
@click.option("--report", default=NAME, help="Name of the report; empty prints alone.")
def main(data: Path | None, work: Path, count: int, seed: int, report: str) -> None:
    """Measure the answers of every ready provider about the sample shop, and about daraz where DATA holds it."""
    # Neither answers nor results are kept: each question is answered anew.
    changes = {"index_dir": work / "index", "data_dir": work, "answer_ttl_s": 0, "cache_ttl_s": 0}
    settings = load_settings().model_copy(update=changes)
    folders = {"sample": SAMPLES}
    if data is not None and (data / "daraz").is_dir():
        folders["daraz"] = data / "daraz"
    figures: dict[str, Any] = {"made": provenance("benchmarks.answers", ["--count", str(count), "--seed", str(seed)])}
    figures["catalogues"] = {}
    for name, folder in folders.items():
        build(folder, name, settings)
        figures["catalogues"][name] = measure(name, folder, settings, count=count, seed=seed)
    if "footprint" in kept():
        figures["footprint"] = kept()["footprint"]
    if report:
        write(report, figures, markdown(figures))
    else:
        click.echo(markdown(figures))


if __name__ == "__main__":
    main()
