"""`dataset`: a data set of the field, or a shop's own, as a catalogue with queries and judgements."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

import compose
from cli.called import as_called
from cli.output import clean, console, count, print_json, progress_bars
from retrieval.errors import SettingsError

if TYPE_CHECKING:
    from evaluation.loaders import Conversion

KINDS = ("own", "beir", "msmarco", "quora", "custom")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write into."
)
@click.option("--split", help="The part that is judged: test (BEIR, Quora), dev.small, 2019 (MS MARCO).")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Custom files: read a field from this column, e.g. title=Name, query_id=qid or, for one file, queries.text=q.",
)
@click.option(
    "--grade", "labels", multiple=True, metavar="LABEL=N", help="Custom files: the grade of a label, e.g. Exact=2."
)
@click.option("--catalogue", type=_FILE, help="The file of products or passages, where its name does not say so.")
@click.option("--queries", type=_FILE, help="The file of queries, where its name does not say so.")
@click.option("--qrels", type=_FILE, help="The file of judgements, where its name does not say so.")
@click.option("--sample", type=click.IntRange(min=0), metavar="N", help="Keep the judged products and N others.")
@click.option("--only-judged", is_flag=True, help="Keep the judged products alone, as --sample 0.")
@click.option("--max-queries", type=click.IntRange(min=1), metavar="N", help="Keep N of the judged queries.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of every draw.")
@click.option("--drop-unknown", is_flag=True, help="Leave out judgements of queries or products that are not there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def dataset(
    kind: str,
    folder: Path,
    output: Path,
    split: str | None,
    pairs: tuple[str, ...],
    labels: tuple[str, ...],
    catalogue: Path | None,
    queries: Path | None,
    qrels: Path | None,
    sample: int | None,
    only_judged: bool,
    max_queries: int | None,
    seed: int,
    drop_unknown: bool,
    as_json: bool,
) -> None:
    """Write the data set in FOLDER as catalogue.jsonl, queries.jsonl and qrels.tsv.

    KIND is own (our files), beir, msmarco (with TREC DL), quora (question pairs) or custom (JSON, JSON Lines or CSV
    with columns of any name). Where something does not fit together, nothing is written and its line is named.
    """
    from evaluation.loaders import Options, convert

    if only_judged and sample:
        raise click.UsageError("--only-judged and --sample contradict each other; give one of them.")
    if kind != "custom" and (pairs or labels):
        raise click.UsageError(f"--map and --grade are for custom files, {kind} has columns of its own.")
    options = Options(
        split=split,
        sample=0 if only_judged else sample,
        max_queries=max_queries,
        seed=seed,
        drop_unknown=drop_unknown,
        mapping=_pairs(pairs, "--map FIELD=COLUMN"),
        grades={label: _grade(label, grade) for label, grade in _pairs(labels, "--grade LABEL=N").items()},
        catalogue=catalogue,
        queries=queries,
        qrels=qrels,
    )
    with progress_bars() as progress:
        written = convert(kind, folder, output, options, progress)
    steps = _next_steps(written)
    if as_json:
        print_json({**_as_dict(written), "next": steps})
        return
    out = console()
    products, asked = count(written.products, "product"), count(written.queries, "query", "queries")
    out.print(f"{clean(written.name)}: {products}, {asked}, {count(written.judgements, 'judgement')} in {output}")
    out.print("grades: " + ", ".join(f"{grade} x {times:,}" for grade, times in written.grades.items()))
    for problem in written.problems:
        places = f" ({', '.join(map(clean, problem.places))}{', ...' if problem.count > len(problem.places) else ''})"
        out.print(f"note: {clean(problem.message)}: {problem.count:,}{places if problem.places else ''}")
    out.print("next:")
    for step in steps:
        out.print(f"  {as_called(step)}")


def _pairs(pairs: tuple[str, ...], form: str) -> dict[str, str]:
    """Return what stands before and behind each `=`; raise SettingsError where there is none, or two contradict."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name or not value:
            raise SettingsError(f"{pair!r} is no pair; write {form}.")
        if found.get(name, value) != value:
            raise SettingsError(f"{name!r} is said twice, {found[name]!r} and {value!r}; keep one.")
        found[name] = value
    return found


def _grade(label: str, text: str) -> int:
    from evaluation.measures import LARGEST_GRADE

    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > LARGEST_GRADE:
        raise SettingsError(f"--grade {label}={text}: the grade must be a whole number from 0 to {LARGEST_GRADE}.")
    return int(text)


def _next_steps(written: Conversion) -> list[str]:
    name = compose.catalogue_name(written.name)
    files = (written.catalogue, written.queries_file, written.qrels_file)
    catalogue, queries, qrels = (shlex.quote(str(path)) for path in files)
    return [
        f"product-search index {catalogue} --name {name}",
        f"product-search compare --index {name} --queries {queries} --qrels {qrels}",
    ]


def _as_dict(written: Conversion) -> dict[str, object]:
    found = asdict(written)
    for key in ("catalogue", "queries_file", "qrels_file"):
        found[key] = str(found[key])
    return found
