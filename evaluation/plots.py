"""Pictures of a comparison as PNG: quality against latency, the sweep of alpha, differences query by query."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from evaluation.comparison import Comparison, Result
from retrieval.errors import EvaluationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GREY, WORDS, MEANING, BOTH = "#1f2933", "#8a94a0", "#b4530a", "#0b6e75", "#4a3aa7"
COLOURS = {"bm25": WORDS, "dense": MEANING, "hybrid": BOTH, "rerank": "#a11d4c"}


def pictures(comparison: Comparison) -> dict[str, bytes]:
    """Return every picture that the comparison has figures for, PNG by name."""
    found = {}
    if any(result.latency for result in comparison.results):
        found["latency"] = latency(comparison)
    if len(swept(comparison)) > 1:
        found["alpha"] = alpha(comparison)
    if len(comparison.results) > 1:
        found["differences"] = differences(comparison)
    return found


def latency(comparison: Comparison) -> bytes:
    """Draw quality against the median time of a query; named are the baseline and those that nothing quicker beats."""
    measured = [(result, result.latency.p50) for result in comparison.results if result.latency is not None]
    if not measured:
        raise EvaluationError("no system was timed, so quality against latency cannot be drawn; run it with `compare`")
    figure, axes = _sheet()
    slowest = max(milliseconds for _, milliseconds in measured)
    named = {result.label for result in front(comparison)} | {comparison.baseline}
    crowded = 0
    for result, milliseconds in sorted(measured, key=lambda found: found[1]):
        mean = result.means[comparison.primary]
        colour = _colour(result)
        axes.errorbar(
            milliseconds,
            mean.value,
            yerr=[[max(0.0, mean.value - mean.low)], [max(0.0, mean.high - mean.value)]],
            fmt="o",
            color=colour,
            markersize=6,
            elinewidth=1,
            alpha=1.0 if result.label in named else 0.35,
        )
        if result.label in named:
            # The slow ones stand close together at the right: named to the left, above and below in turn.
            late = milliseconds > slowest / 3
            crowded += late
            axes.annotate(
                _literal(result.label),
                (milliseconds, mean.value),
                textcoords="offset points",
                xytext=(-7, -12 if crowded % 2 else 5) if late else (7, 5),
                ha="right" if late else "left",
                fontsize=8,
                color=colour,
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel("median time of a query, milliseconds (logarithmic)")
    axes.set_ylabel(f"{comparison.primary}, mean and 95% interval")
    axes.margins(x=0.25)
    return _png(figure)


def front(comparison: Comparison) -> list[Result]:
    """Return the timed systems that no system as quick or quicker matches in the deciding measure, quickest first."""
    means = [result.means[comparison.primary].value for result in comparison.results]
    timed = sorted(
        (result.latency.p50, -mean, at)
        for at, (result, mean) in enumerate(zip(comparison.results, means, strict=True))
        if result.latency is not None
    )
    kept: list[Result] = []
    for _, worse, at in timed:
        if not kept or -worse > kept[-1].means[comparison.primary].value:
            kept.append(comparison.results[at])
    return kept


def swept(comparison: Comparison) -> list[tuple[float, Result]]:
    """Return (alpha, system) of the weighted hybrids that differ in nothing but a numeric alpha, by alpha."""
    found: dict[object, dict[float, Result]] = {}
    for result in comparison.results:
        system = result.system
        if system is not None and system.fusion == "weighted" and isinstance(system.alpha, int | float):
            rest = (system.mode, system.backend, system.legs, system.encoder)
            found.setdefault(rest, {})[float(system.alpha)] = result
    longest = max(found.values(), key=len, default={})
    return sorted(longest.items())


def alpha(comparison: Comparison) -> bytes:
    """Draw the deciding measure over the weight of BM25, beside the systems that have none."""
    points = swept(comparison)
    if len(points) < 2:
        raise EvaluationError("the comparison has no two values of alpha to draw; compare hybrid:alpha=0 to alpha=1")
    figure, axes = _sheet()
    weights = [weight for weight, _ in points]
    means = [result.means[comparison.primary] for _, result in points]
    axes.fill_between(weights, [m.low for m in means], [m.high for m in means], color=BOTH, alpha=0.12, linewidth=0)
    axes.plot(weights, [m.value for m in means], "o-", color=BOTH, markersize=5, label="weighted")
    for result in comparison.results:
        if result.label in ("bm25", "dense", "hybrid"):
            value = result.means[comparison.primary].value
            name = "hybrid, reciprocal rank" if result.label == "hybrid" else result.label
            axes.axhline(value, color=_colour(result), linestyle="--", linewidth=1, label=name)
    axes.set_xlabel("alpha: weight of the words (0 = vectors alone)")
    axes.set_ylabel(f"{comparison.primary}, mean and 95% interval")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def differences(comparison: Comparison, label: str | None = None) -> bytes:
    """Draw a system's difference to the baseline query by query, largest gain first.

    Without a label it is the system with the highest mean that is not the baseline.
    """
    others = [result for result in comparison.results if result.label != comparison.baseline]
    if not others:
        raise EvaluationError("a single system has no differences to draw; compare it with another")
    chosen = label or max(others, key=lambda result: result.means[comparison.primary].value).label
    duel = comparison.duel(chosen)
    values = [value for _, value in sorted((*duel.wins, *duel.ties, *duel.losses), key=lambda found: -found[1])]
    figure, axes = _sheet()
    axes.bar(range(len(values)), values, width=1.0, color=[MEANING if value > 0 else WORDS for value in values])
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(
        f"{len(values):,} queries: {len(duel.wins):,} won, {len(duel.ties):,} tied, {len(duel.losses):,} lost"
    )
    axes.set_ylabel(f"{comparison.primary} of {_literal(chosen)}\nminus {_literal(comparison.baseline)}")
    return _png(figure)


def _colour(result: Result) -> str:
    mode = result.system.mode if result.system else result.label
    return COLOURS.get(mode, INK)


def _literal(text: str) -> str:
    """Return text of which matplotlib reads nothing as mathematics."""
    return text.replace("$", r"\$")


def _sheet() -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
