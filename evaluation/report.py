"""A comparison as a document: Markdown with tables, and its pictures beside it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from evaluation.comparison import JUDGED, Comparison, Duel, Group
from evaluation.plots import pictures, swept
from evaluation.tuning import LEVEL
from retrieval.files import replace_bytes, replace_text

LOST = 10
"""Queries that are listed as lost a system."""
CAPTIONS = {
    "latency": "Quality against the median time of a query",
    "alpha": "The weight of the words in weighted fusion",
    "differences": "Gains and losses query by query",
}
# The dot of a bare www. and the @ of an address would make links of their own.
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|<>~$&:@]|(?<=www)\.)", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and marks that turn the writing of what follows around."""


def verdict(comparison: Comparison) -> str:
    """Return what came out in one plain sentence, about the best system and the baseline."""
    measure, count = comparison.primary, f"{len(comparison.queries):,} queries"
    best, base = comparison.best, comparison.result(comparison.baseline)
    mean = base.means[measure]
    if len(comparison.results) == 1:
        return f"{base.label} reaches {mean.value:.3f} {measure} ({mean.low:.3f} to {mean.high:.3f}) on {count}."
    if best.label == base.label:
        others = [result for result in comparison.results if result.against]
        worse = sum(r.against[measure].adjusted < LEVEL and r.against[measure].difference < 0 for r in others)
        found = f"{base.label} has the highest {measure} ({mean.value:.3f}) on {count}"
        if worse == len(others):
            each = "the other is" if worse == 1 else "each of the others is"
            return f"{found}; {each} worse by more than chance shows."
        if len(others) == 1:
            return f"{found}, but {others[0].label} cannot be told to be worse."
        return f"{found}; {worse} of the {len(others)} others can be told to be worse."
    against = best.against[measure]
    chance = f"p {_p(against.adjusted, '= ')}" + (" after correction" if len(comparison.results) > 2 else "")
    if against.adjusted < LEVEL:
        return f"{best.label} beats {base.label} by {against.difference:.3f} {measure} ({chance}) on {count}."
    return (
        f"No difference can be told: {best.label} has {best.means[measure].value:.3f} {measure}, {base.label} "
        f"{mean.value:.3f} ({chance}) on {count}."
    )


def markdown(
    comparison: Comparison, *, texts: bool, images: Sequence[tuple[str, str]] = (), lost: Sequence[str] | None = None
) -> str:
    """Return the report, without `texts` ids and figures only; `images` are (name as `pictures` knows it, file).

    `lost` are the systems of which the lost queries are listed, None for all. What comes from queries and catalogues is
    escaped, so that it is read as it is written.
    """
    files = dict(images)
    parts = ["# Rankings compared\n", _escaped(verdict(comparison)) + "\n", _basis(comparison)]
    parts += ["## Means\n", _means(comparison)]
    if len(comparison.results) > 1:
        parts += [f"## Against {_code(comparison.baseline)}, by {comparison.primary}\n", _against(comparison)]
        parts += _image(files, "differences")
    if comparison.choice is not None:
        parts += ["## Which to take\n", _choice(comparison)]
    if any(result.latency for result in comparison.results):
        parts += ["## Quality and latency\n", _latency(comparison), *_image(files, "latency")]
    if len(swept(comparison)) > 1:
        parts += ["## The weight of the words\n", _alpha(comparison), *_image(files, "alpha")]
    for by, title in (("type", "By type of query"), ("words", "By length of query, in words")):
        groups = [group for group in comparison.groups if group.by == by]
        if len(groups) > 1:
            parts += [f"## {title}\n", _groups(comparison, groups)]
    parts += ["## Unjudged products left out\n", _condensed(comparison)]
    listed = [label for label in comparison.labels if label != comparison.baseline and (lost is None or label in lost)]
    if listed:
        parts += ["## Queries that are lost\n"]
        parts += [_lost(comparison, label, comparison.duel(label), texts) for label in listed]
    if comparison.notes:
        parts += ["## Notes\n", "\n".join(f"- {_escaped(note)}" for note in comparison.notes) + "\n"]
    return "\n".join(parts)


def write(comparison: Comparison, path: Path, *, texts: bool = True) -> list[Path]:
    """Write the report and its pictures beside it (`<stem>-<picture>.png`), and return what was written."""
    drawn = pictures(comparison)
    written = []
    for name, png in drawn.items():
        written.append(path.with_name(f"{path.stem}-{name}.png"))
        replace_bytes(written[-1], png)
    images = [(name, file.name) for name, file in zip(drawn, written, strict=True)]
    replace_text(path, markdown(comparison, texts=texts, images=images))
    return [path, *written]


def packed(comparison: Comparison, *, texts: bool = True) -> bytes:
    """Return report and pictures as a ZIP file."""
    drawn = pictures(comparison)
    images = [(name, f"{name}.png") for name in drawn]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.md", markdown(comparison, texts=texts, images=images))
        for name, png in drawn.items():
            archive.writestr(f"{name}.png", png)
    return buffer.getvalue()


def _basis(comparison: Comparison) -> str:
    pairs = sum(map(len, comparison.grades.values()))
    return (
        f"{len(comparison.queries):,} queries with {pairs:,} judged products; nDCG with linear gain, the other "
        f"measures count grade {comparison.relevant} and up. Intervals are 95% bootstrap ones over the queries; "
        "p-values are of the paired randomisation test, corrected by Holm for the number of systems set against the "
        f"baseline (seed {comparison.seed}).\n"
    )


def _means(comparison: Comparison) -> str:
    first, *rest = comparison.measures
    rows = []
    for result in comparison.results:
        mean = result.means[first]
        others = [result.means[name].value for name in rest]
        rows.append([_code(result.label), mean.value, f"{mean.low:.3f} to {mean.high:.3f}", *others, result.judged])
    return table(["system", first, "95% interval", *rest, JUDGED], rows)


def _against(comparison: Comparison) -> str:
    rows: list[list[object]] = []
    for result in comparison.results:
        if result.against:
            a = result.against[comparison.primary]
            span = f"{a.low:+.3f} to {a.high:+.3f}"
            rows.append(
                [_code(result.label), f"{a.difference:+.3f}", span, _p(a.p), _p(a.adjusted), a.wins, a.ties, a.losses]
            )
    return table(["system", "difference", "95% interval", "p", "p corrected", "won", "tied", "lost"], rows)


def _choice(comparison: Comparison) -> str:
    choice = comparison.choice
    if choice is None:
        return ""
    picks = ", ".join(f"{_code(label)} {times} of {choice.folds} times" for label, times in choice.picks.items())
    return (
        f"{_escaped(choice.explanation)}\n\nCross-validated over the queries in {choice.folds} parts: what was best on "
        f"the others reaches {choice.cross_validated:.3f} on the part left out; taken were {picks}.\n"
    )


def _latency(comparison: Comparison) -> str:
    rows = [
        [_code(r.label), r.means[comparison.primary].value, f"{r.latency.p50:.1f}", f"{r.latency.p95:.1f}"]
        for r in comparison.results
        if r.latency
    ]
    return table(["system", comparison.primary, "p50, ms", "p95, ms"], rows)


def _alpha(comparison: Comparison) -> str:
    rows = [
        [f"{weight:g}", result.means[comparison.primary].value, *_span(comparison, result.label)]
        for weight, result in swept(comparison)
    ]
    return table(["alpha", comparison.primary, "95% interval"], rows)


def _span(comparison: Comparison, label: str) -> tuple[str]:
    mean = comparison.result(label).means[comparison.primary]
    return (f"{mean.low:.3f} to {mean.high:.3f}",)


def _groups(comparison: Comparison, groups: Sequence[Group]) -> str:
    header = ["system", *(f"{_escaped(group.name)} ({len(group.queries):,})" for group in groups)]
    rows = [
        [_code(label), *(group.means[label][comparison.primary] for group in groups)] for label in comparison.labels
    ]
    return f"Mean {comparison.primary}; in brackets the number of queries.\n\n" + table(header, rows)


def _condensed(comparison: Comparison) -> str:
    rows = [[_code(r.label), *(r.condensed[m] for m in comparison.measures)] for r in comparison.results]
    return (
        "Measured on rankings from which the products that nobody judged were taken out (Sakai 2007): where a system "
        f"does much better here than above, its {JUDGED} is low and more judging would be worth it.\n\n"
        + table(["system", *comparison.measures], rows)
    )


def _lost(comparison: Comparison, label: str, duel: Duel, texts: bool) -> str:
    if not duel.losses:
        return f"{_code(label)} loses no query against {_code(comparison.baseline)}.\n"
    measure = comparison.primary
    ours, theirs = comparison.values[label][measure], comparison.values[comparison.baseline][measure]
    rows: list[list[object]] = []
    for query_id, difference in duel.losses[:LOST]:
        shown = [_code(query_id)] + ([_escaped(comparison.query(query_id).text)] if texts else [])
        rows.append([*shown, theirs[query_id], ours[query_id], f"{difference:+.3f}"])
    head = ["query", *(["text"] if texts else []), _code(comparison.baseline), _code(label), "difference"]
    first = min(LOST, len(duel.losses))
    worst = f", the worst {first} of them" if len(duel.losses) > first else ""
    return f"{_code(label)} loses {len(duel.losses):,} of {len(ours):,} queries{worst}:\n\n" + table(head, rows)


def _image(files: dict[str, str], name: str) -> list[str]:
    # A space or bracket in a file's name would end the link.
    return [f"![{CAPTIONS[name]}]({quote(files[name])})\n"] if name in files else []


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table, first column to the left, the others to the right; numbers to three places."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _p(value: float, equals: str = "") -> str:
    return "< 0.001" if value < 0.001 else f"{equals}{value:.3f}"


def _escaped(text: str) -> str:
    """Return text of which Markdown reads nothing as its own."""
    return _SPECIAL.sub(r"\\\1", _one_line(text))


def _code(text: str) -> str:
    """Return a label or id as code; a backtick or bar would end it."""
    plain = _one_line(text)
    return _escaped(plain) if "`" in plain or "|" in plain else f"`{plain}`"


def _one_line(text: str) -> str:
    return _UNSEEN.sub("", " ".join(text.split()))
