"""The charts of a comparison, in the colours of the page; a pointer on a mark names its ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from ui.evaluate_tables import Point

HEIGHT = 320
MARGIN = 0.02


def quality_and_time(points: Sequence[Point], measure: str) -> None:
    """Draw the mean of each ranking with its interval over the median time of a query."""
    x = {
        "field": "x",
        "type": "quantitative",
        "title": "milliseconds a query (median)",
        "scale": {"type": "log"} if min(point.x for point in points) > 0 else {},
        "axis": {"grid": False},
    }
    marks = [
        {"mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.5}, "encoding": {"y2": {"field": "high"}}},
        {"mark": {"type": "point", "filled": True, "size": 90}, "encoding": {"y": _quality(points, measure, "y")}},
    ]
    _draw(points, measure, x, marks)


def sweep(points: Sequence[Point], measure: str) -> None:
    """Draw the mean over alpha with its interval, a line a kind of ranking."""
    x = {"field": "x", "type": "quantitative", "title": "alpha, the weight of words"}
    marks = [
        {"mark": {"type": "area", "opacity": 0.15}, "encoding": {"y2": {"field": "high"}}},
        {"mark": {"type": "line", "point": {"size": 50}}, "encoding": {"y": _quality(points, measure, "y")}},
    ]
    _draw(points, measure, x, marks)


def _quality(points: Sequence[Point], measure: str, field: str) -> Mapping[str, Any]:
    low, high = min(point.low for point in points), max(point.high for point in points)
    # Not from zero: what is compared are differences, whose intervals are drawn.
    domain = [max(0.0, low - MARGIN), min(1.0, high + MARGIN)]
    return {"field": field, "type": "quantitative", "title": measure, "scale": {"domain": domain, "zero": False}}


def _draw(points: Sequence[Point], measure: str, x: Mapping[str, Any], layer: Sequence[Mapping[str, Any]]) -> None:
    spec = {
        "data": {"values": [asdict(point) for point in points]},
        "height": HEIGHT,
        "encoding": {
            "x": x,
            "y": _quality(points, measure, "low"),
            "color": {
                "field": "group",
                "type": "nominal",
                "title": None,
                "sort": None,
                "legend": {"orient": "bottom", "columns": 2, "labelLimit": 220},
            },
            "tooltip": [
                {"field": "ranking", "title": "ranking"},
                {"field": "x", "title": str(x["title"]), "format": ".3~g"},
                {"field": "y", "title": measure, "format": ".3f"},
                {"field": "low", "title": "from", "format": ".3f"},
                {"field": "high", "title": "to", "format": ".3f"},
            ],
        },
        "layer": list(layer),
    }
    st.vega_lite_chart(spec, width="stretch")
