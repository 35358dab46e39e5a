"""The curves of a training, in the colours of the page: how the loss falls, and how well the model ranks meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from training.records import Step

HEIGHT = 220
MEASURE = "nDCG@10"
MOST_POINTS = 200
"""More points than this no chart of this width shows apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """A mark on a curve: `y` after `x` updates of the model."""

    x: int
    y: float


def losses(steps: Sequence[Step]) -> list[Point]:
    """Return the loss over the updates, its neighbours averaged where there are too many to show."""
    points = [Point(step.step, step.loss) for step in steps if step.loss is not None]
    size = -(-len(points) // MOST_POINTS)
    if size < 2:
        return points
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [Point(group[-1].x, sum(point.y for point in group) / len(group)) for group in groups]


def quality(steps: Sequence[Step], measure: str = MEASURE) -> list[Point]:
    """Return the measure over the updates, where it was taken; the last one where it was taken twice at a step."""
    return [Point(x, y) for x, y in {s.step: s.measures[measure] for s in steps if measure in s.measures}.items()]


def best(points: Sequence[Point]) -> Point | None:
    """Return the first of the highest points: the moment whose weights are kept."""
    return max(points, key=lambda point: (point.y, -point.x), default=None)


def draw(steps: Sequence[Step], key: str) -> None:
    """Draw both curves side by side, each only where there are two points to join."""
    falling, rising = losses(steps), quality(steps)
    charts = [(falling, "loss", "Loss: how wrong it is while it learns. Lower is better.")]
    charts.append((rising, MEASURE, f"{MEASURE} on queries set aside: how well it ranks. Higher is better."))
    there = [chart for chart in charts if len(chart[0]) > 1]
    if not there:
        return
    cells = st.grid(len(there), min_column_width=260, gap="medium")
    for points, title, caption in there:
        with cells.cell():
            st.caption(caption)
            top = best(points) if title == MEASURE else None
            st.vega_lite_chart(
                spec(points, title, top), width="stretch", key=f"{key}_{title}", alt=described(points, title)
            )


def described(points: Sequence[Point], title: str) -> str:
    """Return a curve in words, for those who do not see it."""
    first, last = points[0], points[-1]
    return f"{title} from {first.y:.3f} to {last.y:.3f} after {last.x:,} updates"


def spec(points: Sequence[Point], title: str, top: Point | None = None) -> dict[str, Any]:
    """Return the chart of a curve; the point `top` stands out."""
    layer: list[Mapping[str, object]] = [{"mark": {"type": "line", "point": len(points) <= MOST_POINTS // 4}}]
    if top is not None:
        layer.append({"transform": [{"filter": "datum.top"}], "mark": {"type": "point", "size": 180, "strokeWidth": 3}})
    return {
        "data": {"values": [asdict(point) | {"top": point == top} for point in points]},
        "height": HEIGHT,
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": "updates", "axis": {"grid": False, "tickMinStep": 1}},
            # Not from zero: what is looked at is whether it still moves.
            "y": {
                "field": "y",
                "type": "quantitative",
                "title": title,
                "scale": {"zero": False},
                "axis": {"format": ".3~g"},
            },
            "tooltip": [
                {"field": "x", "title": "updates", "format": ","},
                {"field": "y", "title": title, "format": ".4f"},
            ],
        },
        "layer": layer,
    }
