"""`evaluate-answers`: what a catalogue's answers to a question set are worth."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

import compose
from cli.loading import AnnouncedModels
from cli.options import MODES, chosen_index
from cli.output import clean, console, count, print_json, progress_bars

if TYPE_CHECKING:
    from evaluation.answers import Grade, Worth
    from retrieval.records import Mode

PROVIDERS = ("extractive", "openai", "slm")
SHOWN = 20
"""Wrong answers that are printed; --json holds all."""


@click.command()
@click.option("--questions", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A question set.")
@click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one.")
@click.option("--provider", type=click.Choice(PROVIDERS), default="extractive", show_default=True, help="Who answers.")
@click.option("--mode", type=click.Choice(MODES), help="How products are found; the default one when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def evaluate_answers(questions: Path, name: str | None, provider: str, mode: str | None, as_json: bool) -> None:
    """Ask a set of questions with known answers, and measure: right, stated, refused rightly, cited, quick.

    The format of a question set is told in docs/answers.md.
    """
    from answering.records import ProviderName
    from compose.answer_sets import replies
    from evaluation.answers import ask_all, worth
    from evaluation.question_sets import read_questions
    from retrieval.errors import AnswerError
    from retrieval.models import ModelPool
    from retrieval.settings import load_settings

    asked = read_questions(questions)
    # An answer that was kept takes no time, which would be measured.
    settings = load_settings().model_copy(update={"answer_ttl_s": 0})
    state = next(state for state in compose.provider_states(settings) if state.name == provider)
    if not state.ready:
        raise AnswerError(f"{provider} cannot answer here: {state.why}; choose another --provider.")
    models = AnnouncedModels(ModelPool(settings))
    with closing(compose.open_engine(chosen_index(name, settings), settings, models)) as engine:
        answers = replies(
            compose.answerer(settings, engine), cast("ProviderName", provider), mode=cast("Mode | None", mode)
        )
        with progress_bars() as progress:
            grades = ask_all(asked, answers, engine.get, lambda done, total: progress("questions", done, total))
    means = worth(grades)
    if as_json:
        print_json(
            {
                "provider": provider,
                "model": state.model,
                "worth": {kind: own.to_dict() for kind, own in means.items()},
                "wrong": {grade.question_id: grade.why for grade in grades if grade.why},
            }
        )
    else:
        _show(means, grades)


def _show(means: dict[str, Worth], grades: list[Grade]) -> None:
    """Print the means a row a kind, and what was wrong with which answer."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    header = ("kind", "questions", "correct", "stated", "refused", "precision", "coverage", "sound", "p50 ms", "p95 ms")
    for at, column in enumerate(header):
        table.add_column(Text(column), justify="left" if at == 0 else "right", no_wrap=True)
    for kind, own in means.items():
        shares = (own.correct, own.stated, own.refused, own.precision, own.coverage, own.sound)
        cells = [clean(kind), str(own.questions), *map(_share, shares), f"{own.p50:.1f}", f"{own.p95:.1f}"]
        table.add_row(*(Text(cell) for cell in cells))
    table.width = 110
    out = console()
    out.print(table)
    wrong = [grade for grade in grades if grade.why]
    for grade in wrong[:SHOWN]:
        out.print(clean(f"{grade.question_id}: {grade.why}"))
    if len(wrong) > SHOWN:
        out.print(f"and {count(len(wrong) - SHOWN, 'more answer')} with something wrong; --json lists all")


def _share(value: Any) -> str:
    return "–" if value is None else f"{value:.1%}"
