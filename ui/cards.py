"""A hit as a card: what it is, what it costs, and why it stands where it stands."""

from __future__ import annotations

import streamlit as st

from retrieval.records import Hit, Product
from ui import formats, routes, similar
from ui.safe_text import clean, linked, marked, plain, web_url

TITLE_LENGTH = 160
SNIPPET_LENGTH = 260
CHUNK_LENGTH = 1500
PICTURE_WIDTH = 132
LEGS = {"bm25": "BM25", "ngram": "Letter groups", "dense_title": "Dense · title", "dense_chunk": "Dense · passage"}


def title_line(hit: Hit) -> str:
    """Return the rank and the title, matched words marked, linked where the product has a web address."""
    title = marked(hit.product.title, hit.matched_terms, TITLE_LENGTH) or plain(hit.product_id)
    return f":gray[{hit.rank}] **{linked(title, hit.product.url)}**"


def price_line(product: Product) -> str:
    """Return price, struck original price, discount and rating."""
    parts = []
    price = formats.price(product)
    parts.append(f"**{plain(price)}**" if price else ":gray[No price]")
    percent = formats.discount_percent(product)
    if percent is not None and product.original_price is not None:
        original = plain(formats.money(product.original_price, product.currency))
        parts.append(f":gray[~~{original}~~] :green-badge[{percent}% off]")
    rating = plain(formats.rating(product))
    parts.append(f":orange[★] {rating}" if product.rating is not None else f":gray[{rating}]")
    if product.sales:
        parts.append(f":gray[{plain(f'{product.sales:,}')} sold]")
    return "&emsp;".join(parts)


def facts_line(hit: Hit, nearest: bool = False) -> str:
    """Return brand, category, the number of identical listings and how it came here as badges."""
    badges = [plain(text, 40) for text in (hit.product.brand, hit.product.category) if text and clean(text)]
    line = " ".join(f":gray-badge[{badge}]" for badge in badges)
    if hit.group_size > 1:
        line += f" :blue-badge[+{formats.count(hit.group_size - 1, 'identical listing')}]"
    if hit.named:
        line += " :green-badge[Named in your query]"
    if nearest:
        line += " :orange-badge[Nearest, no good match]"
    return line.strip()


def why_table(hit: Hit) -> str:
    """Return each leg's rank and score, then fused and rerank score, as a Markdown table of numbers."""
    known = [name for name in LEGS if name in hit.legs]
    rows = [
        f"| {LEGS.get(name) or plain(name)} | {hit.legs[name].rank:,} | {hit.legs[name].score:.4f} |"
        for name in [*known, *sorted(set(hit.legs) - set(known))]
    ]
    if hit.fused_score is not None:
        rows.append(f"| **Fused** | | {hit.fused_score:.4f} |")
    if hit.rerank_score is not None:
        rows.append(f"| **Reranked** | | {hit.rerank_score:.4f} |")
    return "\n".join(["| | Rank | Score |", "|:--|--:|--:|", *rows]) if rows else ""


def because(hit: Hit) -> list[str]:
    """Return what beside its scores put a hit in its place, as safe Markdown: its name in the query, rules."""
    named = ["**Named in your query**, by its title, its SKU or a model number."] if hit.named else []
    return [*named, *(f"**By a rule of the shop**: {plain(rule)}." for rule in hit.rules)]


def draw(name: str, hit: Hit, pictures: bool, *, final: bool = True, nearest: bool = False) -> None:
    """Draw one card; the catalogue's hosts are asked for a picture only where `pictures` is on.

    `nearest` marks a product that is no good match, only the nearest there is.
    One that is not `final` is replaced within the same run: it looks the same but has no widgets, whose keys must not
    come twice.
    """
    picture = next((url for url in map(web_url, hit.product.images) if url), None) if pictures else None
    with st.container(border=True, key=f"hit_{hit.rank}" if final else None, gap="xsmall"):
        if picture:
            with st.container(horizontal=True, gap="small", vertical_alignment="top"):
                st.image(picture, width=PICTURE_WIDTH)
                with st.container(gap="xsmall", width="stretch"):
                    _text(name, hit, final, nearest)
        else:
            _text(name, hit, final, nearest)


def _text(name: str, hit: Hit, final: bool, nearest: bool) -> None:
    st.markdown(title_line(hit))
    st.markdown(price_line(hit.product))
    snippet = marked(hit.snippet, hit.matched_terms, SNIPPET_LENGTH)
    if snippet:
        st.caption(snippet)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(facts_line(hit, nearest) or ":gray[No brand, no category]", width="content")
        routes.product_link(name, hit.product_id, "All details")
    grid = st.grid(2, min_column_width=220, gap="small")
    with grid.cell(), st.expander("Why it ranked", type="compact", key=f"why_{hit.rank}" if final else None):
        _why(hit)
    with grid.cell():
        if final:
            similar.expander(name, hit.product_id)
        else:
            st.expander("Similar products", type="compact")


def _why(hit: Hit) -> None:
    table = why_table(hit)
    if table:
        st.markdown(table)
    elif not because(hit):
        st.caption("No words to score by: this is the catalogue in the chosen order.")
    for said in because(hit):
        st.markdown(said)
    if hit.matched_terms:
        st.markdown("Matched words: " + " ".join(f":orange-badge[{plain(term, 40)}]" for term in hit.matched_terms))
    if hit.snippet and hit.chunk_id:
        passage = marked(hit.snippet, hit.matched_terms, CHUNK_LENGTH)
        st.caption(f"Matched passage **{plain(hit.chunk_id)}**: {passage}")
    else:
        st.caption(f"Product **{plain(hit.product_id)}**")
