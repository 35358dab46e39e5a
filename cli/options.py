"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from retrieval.errors import IndexNotFound

if TYPE_CHECKING:
    from retrieval.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])
MODES = ("bm25", "dense", "hybrid", "rerank")
FUSIONS = ("rrf", "weighted")


class Alpha(click.ParamType[float | str]):
    """A number from 0 to 1, or `rule`."""

    name = "alpha"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "0-1|rule"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        if value == "rule":
            return "rule"
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            self.fail(f"{value!r} is neither a number from 0 to 1 nor `rule`.", param, ctx)
        return number


def ranking(top_k: int) -> Callable[[Function], Function]:
    """Add --index, --mode, --top-k (with its default), --fusion, --alpha and --understand."""
    options = (
        click.option(
            "--understand/--no-understand",
            default=True,
            show_default=True,
            help="Read prices, ratings, sizes and the like out of the query, mend its spelling, add synonyms.",
        ),
        click.option(
            "--alpha", type=Alpha(), help="Weight of BM25 in weighted fusion; rule: 0.7 under 5 words, else 0.3."
        ),
        click.option(
            "--fusion", type=click.Choice(FUSIONS), default="rrf", show_default=True, help="How hybrid fuses."
        ),
        click.option("--top-k", type=click.IntRange(min=1), default=top_k, show_default=True, help="Hits a query."),
        click.option("--mode", type=click.Choice(MODES), help="The best one available when left out."),
        click.option("--index", "name", help="Name of the catalogue; may be left out when there is just one."),
    )

    def add(function: Function) -> Function:
        for option in options:
            function = option(function)
        return function

    return add


def chosen_index(name: str | None, settings: Settings) -> str:
    """Return the catalogue asked for, or the only one there is; raise IndexNotFound where that is not clear."""
    if name is not None:
        return name
    from retrieval.artifacts import catalogue_names

    names = catalogue_names(settings.index_dir)
    if len(names) == 1:
        return names[0]
    if not names:
        raise IndexNotFound(f"no catalogue in {settings.index_dir}; build one with: product-search index FILE")
    raise IndexNotFound(f"say which catalogue with --index: {', '.join(names)}")
