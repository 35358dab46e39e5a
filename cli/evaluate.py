"""`evaluate` and `compare`: what rankings are worth on judged queries, and whether their difference is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import compose
from cli.loading import AnnouncedModels
from cli.options import chosen_index
from cli.output import clean, console, count, print_json, progress_bars
from retrieval.errors import EvaluationError

if TYPE_CHECKING:
    from evaluation.comparison import Comparison
    from evaluation.records import Run

Function = TypeVar("Function", bound=Callable[..., Any])
SHOWN = 5
"""Lost queries that are printed a system; the report and --json hold more."""
MOST = 4
"""Systems of which each one's lost queries are printed."""
FILE = click.Path(path_type=Path, dir_okay=False)


def measuring(function: Function) -> Function:
    """Add the options that say how runs are measured and where the outcome goes."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print everything as JSON."),
        click.option("--no-texts", is_flag=True, help="Leave the queries' texts out of report and output."),
        click.option("--report", type=FILE, help="Write a Markdown report here, and its plots beside it."),
        click.option(
            "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of intervals, p-values and folds."
        ),
        click.option(
            "--relevant",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="Grade from which a product is relevant, for all measures but nDCG.",
        ),
        click.option(
            "--measure", "measures", multiple=True, help="Such as nDCG@10; again for more. The first decides."
        ),
        click.option("--baseline", help="What the others are set against; the first one when left out."),
    ):
        function = option(function)
    return function


@click.command()
@click.option("--qrels", type=FILE, required=True, help="Judgements: our TSV, or TREC qrels.")
@click.option("--run", "runs", type=FILE, multiple=True, required=True, help="A TREC run; again for another.")
@click.option("--queries", type=FILE, help="The queries, for their texts, types and lengths.")
@click.option("--mend", is_flag=True, help="Put runs in order that are tied, unsorted or hold a product twice.")
@measuring
def evaluate(
    qrels: Path,
    runs: tuple[Path, ...],
    queries: Path | None,
    mend: bool,
    baseline: str | None,
    measures: tuple[str, ...],
    relevant: int,
    seed: int,
    report: Path | None,
    no_texts: bool,
    as_json: bool,
) -> None:
    """Measure TREC runs against judgements: means with intervals, and p-values against the baseline."""
    from evaluation.comparison import compare as compared
    from evaluation.files import read_qrels, read_queries, read_run
    from evaluation.measures import DEFAULT

    judged = read_qrels(qrels)
    asked = read_queries(queries) if queries else ()
    found = compared(
        _named_apart([read_run(path, mend=mend) for path in runs], runs),
        asked,
        judged,
        baseline=baseline,
        measures=measures or DEFAULT,
        relevant=relevant,
        seed=seed,
    )
    deliver(found, report, as_json, texts=queries is not None and not no_texts)


@click.command()
@click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one.")
@click.option("--queries", type=FILE, required=True, help='JSON Lines {"query_id", "text"}.')
@click.option("--qrels", type=FILE, required=True, help="Judgements: our TSV, or TREC qrels.")
@click.option(
    "--modes",
    default=",".join(compose.DEFAULT_SYSTEMS),
    show_default=True,
    metavar="SYSTEM[,SYSTEM...]",
    help="bm25, dense, hybrid, rerank, or one with parameters: hybrid:rrf_k=20, hybrid:alpha=0.3, bm25:backend=fts5, "
    "dense:legs=dense_title, hybrid:legs=bm25+dense_title, dense:encoder=ID, hybrid:understand=off (queries as typed).",
)
@click.option("--sweep", is_flag=True, help="Add weighted hybrids with alpha from 0 to 1 in steps of 0.1.")
@click.option("--ablate", is_flag=True, help="Add hybrid without each of its legs in turn.")
@measuring
def compare(
    name: str | None,
    queries: Path,
    qrels: Path,
    modes: str,
    sweep: bool,
    ablate: bool,
    baseline: str | None,
    measures: tuple[str, ...],
    relevant: int,
    seed: int,
    report: Path | None,
    no_texts: bool,
    as_json: bool,
) -> None:
    """Rank judged queries by several systems and set them side by side.

    Every system is timed; what cannot be run here (a cross-encoder that is not there) is named and left out.
    """
    from evaluation.comparison import compare as compared
    from evaluation.files import read_qrels, read_queries
    from evaluation.measures import DEFAULT, canonical
    from evaluation.systems import System, ablations, parse_all
    from evaluation.systems import sweep as alphas
    from retrieval.models import ModelPool
    from retrieval.settings import load_settings

    wanted = {system.label: system for system in parse_all([text for text in modes.split(",") if text.strip()])}
    wanted |= {system.label: system for system in alphas()} if sweep else {}
    wanted |= {system.label: system for system in ablations(System("hybrid"))} if ablate else {}
    # Said now and not when everything was ranked.
    for measure in measures:
        canonical(measure)
    if baseline is not None and baseline not in wanted:
        raise EvaluationError(f"the baseline {baseline!r} is none of the systems; choose one of {', '.join(wanted)}")
    asked, judged = read_queries(queries), read_qrels(qrels)
    settings = load_settings()
    ranker = compose.ranker(settings, chosen_index(name, settings), AnnouncedModels(ModelPool(settings)))
    try:
        systems, notes = compose.runnable(ranker, tuple(wanted.values()))
        for note in notes:
            click.echo(clean(note), err=True)
        with progress_bars() as progress:
            runs = ranker.rank(systems, [query for query in asked if query.query_id in judged], progress)
    finally:
        ranker.close()
    found = compared(
        runs,
        asked,
        judged,
        baseline=baseline,
        measures=measures or DEFAULT,
        relevant=relevant,
        seed=seed,
        systems=systems,
        notes=notes,
    )
    deliver(found, report, as_json, texts=not no_texts)


def _named_apart(runs: Sequence[Run], paths: Sequence[Path]) -> list[Run]:
    """Return the runs, those that share a name named after their files, or by their paths where those share one too.

    The same file twice is refused later.
    """
    names, stems = [run.name for run in runs], [path.stem for path in paths]

    def apart(run: Run, path: Path) -> str:
        if names.count(run.name) == 1:
            return run.name
        free = stems.count(path.stem) == 1 and (path.stem == run.name or path.stem not in names)
        return path.stem if free else str(path)

    return [replace(run, name=apart(run, path)) for run, path in zip(runs, paths, strict=True)]


def deliver(found: Comparison, report: Path | None, as_json: bool, *, texts: bool) -> None:
    """Print a comparison, or its JSON, and write its report where a file for one is named."""
    from evaluation.report import write

    written = write(found, report, texts=texts) if report else []
    if as_json:
        rows = found.to_dict()
        print_json(rows if texts else {**rows, "queries": [{**row, "text": ""} for row in rows["queries"]]})
    else:
        _show(found, texts)
        for path in written:
            console(stderr=True).print(f"wrote {path}")


def _show(found: Comparison, texts: bool) -> None:
    """Print means, differences and the queries that are lost, for a reader."""
    from evaluation.report import verdict

    out = console()
    out.print(clean(verdict(found)))
    out.print(_means(found))
    if len(found.measures) > 1:
        out.print(_others(found))
    if len(found.results) > 1:
        out.print(_against(found))
    if found.choice is not None:
        out.print("\n" + clean(found.choice.explanation))
    asked = {query.query_id: query for query in found.queries}
    others = [result for result in found.results if result.label != found.baseline]
    # Of many systems only the best one's are of interest here; the report has all.
    best = max(others, key=lambda result: result.means[found.primary].value, default=None)
    for result in others if len(others) <= MOST else [best] if best else []:
        duel = found.duel(result.label)
        worst = f", the worst {SHOWN}" if len(duel.losses) > SHOWN else ""
        lost = count(len(duel.losses), "query", "queries")
        out.print(f"\n{clean(result.label)} loses {lost} against {clean(found.baseline)}{worst}")
        for query_id, difference in duel.losses[:SHOWN]:
            text = f"  {clean(asked[query_id].text)}" if texts else ""
            out.print(f"  {difference:+.3f}  {clean(query_id)}{text}")
    for note in found.notes:
        out.print(f"note: {clean(note)}")


def _means(found: Comparison) -> Any:
    timed = any(result.latency for result in found.results)
    header = ["system", found.primary, "95% interval", "Judged@10", *(["p50 ms", "p95 ms"] if timed else [])]
    rows = []
    for result in found.results:
        mean = result.means[found.primary]
        row = [clean(result.label), f"{mean.value:.3f}", f"{mean.low:.3f}-{mean.high:.3f}", f"{result.judged:.3f}"]
        if timed:
            row += [f"{result.latency.p50:.1f}", f"{result.latency.p95:.1f}"] if result.latency else ["", ""]
        rows.append(row)
    return _table(header, rows)


def _others(found: Comparison) -> Any:
    rows = [[clean(r.label), *(f"{r.means[name].value:.3f}" for name in found.measures[1:])] for r in found.results]
    return _table(["system", *found.measures[1:]], rows)


def _against(found: Comparison) -> Any:
    header = [f"against {clean(found.baseline)}", "difference", "95% interval", "p", "corrected", "won", "tied", "lost"]
    rows = []
    for result in found.results:
        if result.against:
            a = result.against[found.primary]
            numbers = (f"{a.difference:+.3f}", f"{a.low:+.3f} to {a.high:+.3f}", f"{a.p:.4f}", f"{a.adjusted:.4f}")
            rows.append([clean(result.label), *numbers, str(a.wins), str(a.ties), str(a.losses)])
    return _table(header, rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for at, name in enumerate(header):
        table.add_column(Text(name), justify="left" if at == 0 else "right", no_wrap=at > 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # As wide as it is: a figure that is cut off is worse than a line that wraps.
    table.width = Measurement.get(console(), console().options.update(max_width=1000, width=1000), table).maximum
    return table
