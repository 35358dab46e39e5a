"""`search`: one query, its hits as text or JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

import compose
from cli.called import as_called
from cli.loading import AnnouncedModels
from cli.options import chosen_index, ranking
from cli.output import clean, console, count, print_json
from cli.understood import NO_GOOD_MATCH, amount, sentence

if TYPE_CHECKING:
    from rich.text import Text

    from retrieval.records import Filters, Hit, SearchResult

SORTS = ("relevance", "price_asc", "price_desc", "rating", "sales")
SNIPPET = 240


class Amount(click.ParamType[float]):
    """A finite number, 0 or more."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or number < 0:
            self.fail(f"{value!r} is no number of 0 or more.", param, ctx)
        return number


@click.command()
@click.argument("query")
@ranking(top_k=10)
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of --top-k hits.")
@click.option("--sort", type=click.Choice(SORTS), default="relevance", show_default=True)
@click.option("--category", "categories", multiple=True, help="Only this category; again for an alternative.")
@click.option("--brand", "brands", multiple=True, help="Only this brand; again for an alternative.")
@click.option("--min-price", type=Amount(), help="In the catalogue's currency.")
@click.option("--max-price", type=Amount(), help="In the catalogue's currency.")
@click.option("--min-rating", type=click.FloatRange(0, 5), help="0 to 5.")
@click.option("--min-ratings", type=click.IntRange(min=0), help="Rated by at least so many.")
@click.option("--include-unpriced", is_flag=True, help="Let products without a price pass the bounds on it.")
@click.option("--include-unrated", is_flag=True, help="Let products without ratings pass the bounds on them.")
@click.option("--where", "wheres", multiple=True, metavar="KEY=VALUE", help="Only this value of an attribute; again.")
@click.option("--collapse/--no-collapse", default=False, show_default=True, help="Show identical listings once.")
@click.option(
    "--cutoff/--no-cutoff", default=True, show_default=True, help="Say so where nothing fits, and list the nearest."
)
@click.option("--rules/--no-rules", default=True, show_default=True, help="Apply the shop's pins and other rules.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
def search(
    query: str,
    name: str | None,
    mode: Any,
    top_k: int,
    fusion: Any,
    alpha: Any,
    understand: bool,
    page: int,
    sort: Any,
    categories: tuple[str, ...],
    brands: tuple[str, ...],
    min_price: float | None,
    max_price: float | None,
    min_rating: float | None,
    min_ratings: int | None,
    include_unpriced: bool,
    include_unrated: bool,
    wheres: tuple[str, ...],
    collapse: bool,
    cutoff: bool,
    rules: bool,
    as_json: bool,
) -> None:
    """Search a catalogue for QUERY; an empty one ("") lists everything that passes the filters.

    What the query says of prices, ratings and the like is understood, and its spelling mended. Nothing is logged.
    """
    from retrieval.models import ModelPool
    from retrieval.records import Filters
    from retrieval.settings import load_settings

    filters = Filters(
        categories=categories,
        brands=brands,
        min_price=min_price,
        max_price=max_price,
        min_rating=min_rating,
        min_rating_count=min_ratings,
        include_unpriced=include_unpriced,
        include_unrated=include_unrated,
        attributes=parse_wheres(wheres),
    )
    settings = load_settings()
    engine = compose.open_engine(chosen_index(name, settings), settings, AnnouncedModels(ModelPool(settings)))
    try:
        result = engine.search(
            query,
            mode=mode,
            top_k=top_k,
            page=page,
            filters=filters,
            sort=sort,
            fusion=fusion,
            alpha=alpha,
            collapse=collapse,
            understand=understand,
            cutoff=cutoff,
            rules=rules,
        )
    finally:
        engine.close()
    if as_json:
        print_json(result.to_dict())
    else:
        show(result, filters)


def parse_wheres(wheres: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return attribute key -> accepted values from KEY=VALUE texts; raise a usage error for one of another form."""
    found: dict[str, tuple[str, ...]] = {}
    for where in wheres:
        key, equals, value = (part.strip() for part in where.partition("="))
        if not (key and equals and value):
            raise click.BadParameter(f"{where!r} is not of the form KEY=VALUE.", param_hint="'--where'")
        found[key] = (*found.get(key, ()), value)
    return found


def show(result: SearchResult, filters: Filters) -> None:
    """Print a result for a reader."""
    from rich.text import Text

    out = console()
    for part in result.degraded:
        out.print(
            Text(
                f"{clean(part.what)}: {as_called(clean(part.why)).rstrip('.')}. Used instead: {clean(part.fallback)}.",
                "yellow",
            )
        )
    milliseconds = result.timings_ms.get("total", sum(result.timings_ms.values()))
    about = "about " if result.estimated else ""
    page = f", page {result.page} of {result.pages:,}" if result.pages > 1 else ""
    out.print(Text(f"{about}{count(result.total, 'hit')} by {result.mode_used} in {milliseconds:.0f} ms{page}", "dim"))
    understood = sentence(result.understood)
    if understood:
        out.print(Text(f"Understood: {understood} (--no-understand takes the words as they are)", "dim"))
    if result.understood.get("no_good_match") and result.hits:
        out.print(Text(NO_GOOD_MATCH, "yellow"))
    if not result.hits:
        narrowed = filters != type(filters)()
        out.print("Nothing found. " + ("Loosen a filter, or try" if narrowed else "Try") + " fewer or other words.")
    for hit in result.hits:
        out.print(card(hit))


def card(hit: Hit) -> Text:
    """Return a hit as a few lines: title, price and rating, why it ranks there, the passage, the link."""
    from rich.text import Text

    product = hit.product
    text = Text(f"\n{hit.rank:>3}. ")
    text.append(clean(product.title), "bold")
    if hit.group_size > 1:
        text.append(f"  (and {hit.group_size - 1} identical)", "dim")
    if hit.named:
        text.append("  named in the query", "green")
    price = "" if product.price is None else amount(product.price, product.currency)
    facts = [price, _rating(product.rating, product.rating_count)]
    facts += [clean(part) for part in (product.brand, product.category) if part]
    facts.append(f"id {clean(product.product_id)}")
    text.append("\n     " + " · ".join(fact for fact in facts if fact), "cyan")
    legs = [f"{name} #{leg.rank} ({leg.score:.3f})" for name, leg in hit.legs.items()]
    for label, score in (("fused", hit.fused_score), ("rerank", hit.rerank_score)):
        if score is not None:
            legs.append(f"{label} {score:.4f}")
    if legs:
        text.append("\n     " + ", ".join(legs), "dim")
    if hit.rules:
        text.append("\n     rules: " + "; ".join(map(clean, hit.rules)), "magenta")
    if hit.snippet:
        snippet = clean(hit.snippet)
        passage = Text("\n     " + (snippet if len(snippet) <= SNIPPET else snippet[: SNIPPET - 1].rstrip() + "…"))
        passage.highlight_words(
            [clean(term) for term in hit.matched_terms if clean(term)], "yellow", case_sensitive=False
        )
        text.append_text(passage)
    if product.url:
        text.append("\n     " + clean(product.url), "blue")
    return text


def _rating(rating: float | None, count: int | None) -> str:
    if rating is None:
        return ""
    return f"{rating:.1f}/5" + (f" ({count:,})" if count is not None else "")
