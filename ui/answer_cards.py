"""The products that an answer is made of, as cards that its citations lead to."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from answering.records import Card, Checked, Evidence
from retrieval.records import Product
from ui import cards, detail, formats, routes
from ui.safe_text import Link, linked, plain

TITLE_LENGTH = 110
SOURCE_LENGTH = 44
PASSAGE_LENGTH = 180
VALUE_LENGTH = 120
SHOWN_ANYWAY = frozenset(
    {
        "title",
        "description",
        "brand",
        "category",
        "price",
        "rating",
        "rating_count",
        "original_price",
        "discount",
        "currency",
    }
)
_STYLE = Path(__file__).with_name("frontend") / "answer.css"


def style() -> None:
    """Give the page the look of cards and citations."""
    st.html(_STYLE)


def anchor(prefix: str, card: Card) -> str:
    """Return a card's anchor; `prefix` tells the answers of a page apart."""
    return f"{prefix}-{card.n}"


def links(evidence: Evidence, checked: Checked, prefix: str) -> Link:
    """Return what leads from the numbers in a checked answer to the cards of its evidence."""
    places = {card.product.product_id: anchor(prefix, card) for card in evidence.cards}
    found = {citation.n: places.get(citation.product_id) for citation in checked.citations}
    return found.get


def draw(name: str, evidence: Evidence, checked: Checked | None, prefix: str, columns: int) -> None:
    """Draw a card a product in so many columns, with the number by which the answer so far cites it."""
    numbers = {citation.product_id: citation.n for citation in checked.citations} if checked else {}
    grid = st.grid(columns, min_column_width=260, gap="small")
    for card in evidence.cards:
        with grid.cell():
            _draw(name, card, evidence.question.wants, numbers.get(card.product.product_id), prefix)


def _draw(name: str, card: Card, wants: tuple[str, ...], number: int | None, prefix: str) -> None:
    product = card.product
    title = plain(product.title, TITLE_LENGTH) or plain(product.product_id)
    cited = f":blue[\\[{number}\\]] " if number is not None else ""
    with st.container(border=True, key=f"cite_{anchor(prefix, card)}", gap="xsmall"):
        st.subheader(cited + linked(title, product.url), anchor=anchor(prefix, card))
        st.markdown(cards.price_line(product))
        asked = asked_for(product, wants)
        if asked:
            st.markdown("  \n".join(asked))
        if card.passage:
            st.caption(plain(card.passage, PASSAGE_LENGTH))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.markdown(_badges(card), width="content")
            routes.product_link(name, product.product_id, "All details")


def asked_for(product: Product, wants: tuple[str, ...]) -> list[str]:
    """Return a line a wanted fact that a card does not show anyway, as safe Markdown; what is not known says so."""
    lines = []
    for field in wants:
        if field in SHOWN_ANYWAY:
            continue
        known = getattr(product, field) if field in detail.LABELS else product.attributes.get(field)
        label = detail.LABELS.get(field) or plain(field[:1].upper() + field[1:], 40)
        shown = detail.value(known, VALUE_LENGTH) if known not in (None, "", ()) else ":gray[not stated]"
        lines.append(f"**{label}:** {shown}")
    return lines


def _badges(card: Card) -> str:
    names = [plain(text, 40) for text in (card.product.brand, card.product.category) if text]
    line = " ".join(f":gray-badge[{badge}]" for badge in names if badge)
    if card.same:
        line += f" :blue-badge[+{formats.count(len(card.same), 'identical listing')}]"
    return line.strip() or ":gray[No brand, no category]"


def sources(evidence: Evidence, checked: Checked, prefix: str) -> None:
    """Draw the cited products in one line, where they stand on the page already."""
    cited = {citation.product_id: citation.n for citation in checked.citations}
    shown = [card for card in evidence.cards if card.product.product_id in cited]
    with st.container(horizontal=True, gap="small", key=f"cited_{prefix}"):
        for card in sorted(shown, key=lambda card: cited[card.product.product_id]):
            product = card.product
            title = plain(product.title, SOURCE_LENGTH) or plain(product.product_id)
            with st.container(width="content", key=f"cite_{anchor(prefix, card)}"):
                line = f":blue[\\[{cited[product.product_id]}\\]] {linked(title, product.url)}"
                st.subheader(line, anchor=anchor(prefix, card), width="content")
