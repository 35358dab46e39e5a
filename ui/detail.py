"""Everything that is known of one product: its fields, its attributes, and the passages that are searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from retrieval.engine import SearchEngine
from retrieval.errors import IndexStoreError
from retrieval.records import Chunk, Product
from ui import cards, formats, similar
from ui.safe_text import clean, linked, plain, web_url

LABELS: Mapping[str, str] = {
    "product_id": "Id",
    "title": "Title",
    "category": "Category",
    "brand": "Brand",
    "sku": "Part number",
    "price": "Price",
    "price_max": "Highest price",
    "currency": "Currency",
    "original_price": "Original price",
    "discount": "Discount",
    "rating": "Rating",
    "rating_count": "Ratings",
    "sales": "Sold",
    "colors": "Colours",
    "sizes": "Sizes",
    "seller": "Seller",
    "url": "Address",
    "images": "Pictures",
    "line": "Line in the file",
}
MISSING = ":gray[–]"
PICTURES = 4


def value(field: object, limit: int | None = None) -> str:
    """Return a field as safe Markdown on one line: several values parted by commas, a dash for none.

    At most `limit` characters of each value are shown.
    """
    if field is None or field == "" or field == ():
        return MISSING
    if isinstance(field, tuple):
        return ", ".join(plain(str(part), limit) for part in field)
    if isinstance(field, float):
        return plain(formats.amount(field) if field.is_integer() else f"{field:,.10g}")
    return plain(f"{field:,}" if isinstance(field, int) else str(field), limit) or MISSING


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Return a two-column Markdown table of cells that are safe already."""
    return "\n".join(["| Field | Value |", "|:--|:--|", *(f"| {label} | {shown} |" for label, shown in rows)])


def fields(product: Product) -> list[tuple[str, str]]:
    """Return every field but description and attributes: its label and its value as safe Markdown."""
    rows = [(label, value(getattr(product, name))) for name, label in LABELS.items()]
    return [(label, linked(shown, product.url) if label == LABELS["url"] else shown) for label, shown in rows]


def paragraphs(text: str) -> str:
    """Return a text of several lines as safe Markdown, each line a paragraph."""
    return "\n\n".join(plain(line) for line in text.splitlines() if clean(line))


def chunks(engine: SearchEngine, product_id: str) -> list[Chunk]:
    """Return the passages of a product in their order; raise IndexDamaged where they cannot be read."""
    store = engine.build.store
    position = store.position(product_id)
    return [] if position is None else store.chunks(list(store.chunk_rows(position)))


def not_there(product_id: str) -> None:
    """Say that the catalogue has no such product."""
    st.info(
        f"**No product “{plain(product_id, 80)}” in this catalogue.** It may have been removed, or stands in another "
        "catalogue: choose that in the sidebar."
        if product_id
        else "**No product is named.** Open one from the search page.",
        icon=":material/inventory_2:",
    )


def draw(name: str, engine: SearchEngine, product: Product, pictures: bool) -> None:
    """Draw the whole product, what is quick first."""
    st.header(plain(product.title) or plain(product.product_id), anchor=False)
    st.markdown(cards.price_line(product))
    if web_url(product.url):
        st.markdown(linked(":material/open_in_new: The product in its shop", product.url))
    if pictures:
        _pictures(product)
    if product.description:
        st.markdown(paragraphs(product.description))
    else:
        st.caption("No description.")
    st.subheader("Fields", anchor=False)
    st.markdown(table(fields(product)))
    if product.attributes:
        st.subheader("Attributes", anchor=False)
        st.markdown(table([(plain(key) or MISSING, value(shown)) for key, shown in product.attributes.items()]))
    try:
        passages = chunks(engine, product.product_id)
    except IndexStoreError as error:
        st.error(plain(str(error)), icon=":material/error:")
        passages = []
    st.subheader("Searched passages", anchor=False)
    for chunk in passages:
        with st.container(border=True, gap="xsmall"):
            st.caption(plain(chunk.chunk_id))
            st.markdown(paragraphs(chunk.text) or MISSING)
    st.subheader("Similar products", anchor=False)
    similar.listed(name, product.product_id)


def _pictures(product: Product) -> None:
    found = [url for url in map(web_url, product.images) if url][:PICTURES]
    if found:
        with st.container(horizontal=True, gap="small"):
            for url in found:
                st.image(url, width=200)
