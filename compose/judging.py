"""Judging a catalogue's answers: pools of what its rankings find, agreement of judges, judgements in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from retrieval.errors import EvaluationError

if TYPE_CHECKING:
    from evaluation.agreement import Agreement
    from retrieval.engine import SearchEngine
    from retrieval.protocols import Progress
    from retrieval.records import Mode
    from retrieval.settings import Settings
    from shop.pools import Pool


@dataclass(frozen=True, slots=True)
class HandWork:
    """How much of what people made for a catalogue is kept: it goes with the catalogue's deletion, and only then."""

    judgements: int
    judges: int
    query_sets: int
    comparisons: int
    rules: int = 0
    synonyms: int = 0

    def parts(self) -> tuple[str, ...]:
        """Return what there is in words: `12 judgements by 2 judges`, `1 set of queries`; empty where nothing is."""
        counted = (
            (self.judgements, "judgement", f" by {self.judges} {'judge' if self.judges == 1 else 'judges'}"),
            (self.query_sets, "set", " of queries"),
            (self.comparisons, "comparison", ""),
            (self.rules, "rule", " of ranking"),
            (self.synonyms, "line", " of synonyms"),
        )
        return tuple(f"{number:,} {noun}{'' if number == 1 else 's'}{more}" for number, noun, more in counted if number)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two judges' agreement on what both judged: with quadratic weights, and with every disagreement alike."""

    first: str
    second: str
    quadratic: Agreement
    plain: Agreement


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import kept: judgements in all, and how many of them changed a grade that the judge had given before."""

    judgements: int
    changed: int


def hand_work(settings: Settings, name: str) -> HandWork:
    """Return how much of people's work is kept for a catalogue; raise DataError where it cannot be read."""
    from shop import comparisons, judgements, query_sets, rules, synonyms

    held = judgements.held(settings.data_dir, name)
    return HandWork(
        held.judgements,
        len(held.judges),
        len(query_sets.names(settings.data_dir, name)),
        len(comparisons.ids(settings.data_dir, name)),
        len(rules.listed(settings.data_dir, name)),
        len(synonyms.text(settings.data_dir, name).splitlines()),
    )


def make_pool(
    settings: Settings,
    name: str,
    engine: SearchEngine,
    query_set: str,
    modes: Sequence[Mode],
    depth: int = 10,
    queries: int | None = None,
    progress: Progress | None = None,
) -> Pool:
    """Ask the modes for their best `depth`, keep all that any of them found as the set's pool, and return it.

    `queries` takes that many of the set's, drawn by their ids, so that a larger number adds to a smaller one. What was
    judged stays. Raises DataError for no such set, EvaluationError for nothing to ask, ModelUnavailable or
    IndexStoreError where a mode cannot be run: a pool holds what it says.
    """
    from evaluation import pools
    from evaluation.records import Run
    from shop import pools as kept
    from shop import query_sets

    if not modes:
        raise EvaluationError("a pool needs at least one ranking to ask; choose some")
    texts = query_sets.load(settings.data_dir, name, query_set).texts
    asked = pools.sample(list(texts), len(texts) if queries is None else queries)
    found: dict[Mode, dict[str, list[tuple[str, float]]]] = {mode: {} for mode in modes}
    for done, query_id in enumerate(asked):
        if progress is not None:
            progress("queries", done, len(asked))
        for mode in modes:
            found[mode][query_id] = engine.run(texts[query_id], mode=mode, top_k=depth)
    if progress is not None:
        progress("queries", len(asked), len(asked))
    made = kept.Pool(
        modes=tuple(modes),
        depth=depth,
        build=engine.build.manifest.build,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        products=pools.pool([Run(mode, ranked) for mode, ranked in found.items()], depth),
    )
    kept.save(settings.data_dir, name, query_set, made)
    return made


def agreements(settings: Settings, name: str, query_set: str | None = None) -> list[Pair]:
    """Return the agreement of every two judges of a catalogue, or on one set's queries; raise DataError."""
    from evaluation.agreement import kappa
    from shop import judgements, query_sets

    wanted = None
    if query_set is not None:
        texts = query_sets.load(settings.data_dir, name, query_set).texts.values()
        wanted = set(map(judgements.query_key, texts))
    by_judge: dict[str, dict[tuple[str, str], int]] = {}
    for one in judgements.listed(settings.data_dir, name):
        if wanted is None or one.query in wanted:
            by_judge.setdefault(one.judge, {})[one.query, one.product_id] = one.grade
    return [
        Pair(a, b, kappa(by_judge[a], by_judge[b]), kappa(by_judge[a], by_judge[b], None))
        for a, b in combinations(sorted(by_judge), 2)
    ]


def export_judgements(settings: Settings, name: str, query_set: str, judge: str | None = None) -> str:
    """Return what people judged of a set as qrels (TSV): all judges' median, the lower at a tie, or one judge's own.

    Raises DataError where there is no such set, EvaluationError where there is nothing to export.
    """
    from shop import judgements, query_sets

    texts = query_sets.load(settings.data_dir, name, query_set).texts
    judge = None if judge is None else judgements.judge_name(judge)
    qrels = judgements.qrels(settings.data_dir, name, texts, judge=judge)
    if not qrels:
        whose = "nobody has" if judge is None else f"{judge!r} has not"
        raise EvaluationError(f"{whose} judged anything of the set {query_set!r} yet; there is nothing to export")
    return query_sets.qrels_text(qrels)


def import_judgements(settings: Settings, name: str, query_set: str, judge: str, file: Path) -> Taken:
    """Keep the judgements of a qrels file under a judge's name, all or none.

    A grade that this judge gave before to the same query and product is replaced. Raises EvaluationError naming file
    and line or id, DataError where there is no such set or the judge has no name.
    """
    from evaluation.files import read_qrels
    from shop import judgements, query_sets

    texts = query_sets.load(settings.data_dir, name, query_set).texts
    qrels = read_qrels(file)
    _check(qrels, texts, query_set, file)
    by_text: dict[str, dict[str, int]] = {}
    for query_id, grades in qrels.items():
        same = by_text.setdefault(judgements.query_key(texts[query_id]), {})
        for product_id, grade in grades.items():
            if same.setdefault(product_id, grade) != grade:
                raise EvaluationError(
                    f"{file}: product {product_id!r} has the grade {grade} for query {query_id!r} and "
                    f"{same[product_id]} for another query of the same words; keep one of the two; nothing was imported"
                )
    before = judgements.listed(settings.data_dir, name, judge=judgements.judge_name(judge))
    graded = {(one.query, one.product_id): one.grade for one in before}
    changed = sum(
        graded.get((text, product_id), grade) != grade
        for text, grades in by_text.items()
        for product_id, grade in grades.items()
    )
    return Taken(judgements.record_all(settings.data_dir, name, judge, by_text), changed)


def import_upload(settings: Settings, name: str, query_set: str, judge: str, data: bytes, filename: str) -> Taken:
    """Keep the judgements of an uploaded qrels file under a judge's name; raises what import_judgements raises."""
    with TemporaryDirectory() as folder:
        # Its own name may be one that no file here can have.
        file = Path(folder) / "qrels.tsv"
        file.write_bytes(data)
        try:
            return import_judgements(settings, name, query_set, judge, file)
        except EvaluationError as error:
            raise EvaluationError(str(error).replace(str(file), filename)) from error


def _check(qrels: Mapping[str, Mapping[str, int]], texts: Mapping[str, str], query_set: str, file: Path) -> None:
    from shop.judgements import GRADES

    unknown = sorted(set(qrels) - set(texts))
    if unknown:
        raise EvaluationError(
            f"{file}: {len(unknown):,} of its queries are not in the set {query_set!r}, first {unknown[0]!r}; choose "
            "the set that was judged; nothing was imported"
        )
    for query_id, grades in qrels.items():
        for product_id, grade in grades.items():
            if grade not in GRADES:
                raise EvaluationError(
                    f"{file}: query {query_id!r}, product {product_id!r}: the grade is {grade}, judgements go from "
                    f"0 to {GRADES[-1]}; bring the grades to that scale; nothing was imported"
                )
