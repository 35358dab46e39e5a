"""What a visitor asks for: widget values in the session, mirrored in the page's address so that it can be shared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import parse_qs, urlencode

import streamlit as st

from retrieval.outcome import Ask
from retrieval.records import FUSIONS, MODES, SORTS, Filters, Fusion, Mode, Sort

CATALOGUE = "catalogue"
QUERY = "q"
MODE = "mode"
MODE_CHOSEN = "mode_chosen"
FUSION = "fusion"
ALPHA_FROM = "alpha_from"
ALPHA = "alpha"
TOP_K = "top_k"
SORT = "sort"
PAGE = "page"
PICTURES = "pictures"
COLLAPSE = "collapse"
CATEGORIES = "categories"
BRANDS = "brands"
MIN_PRICE = "min_price"
MAX_PRICE = "max_price"
MIN_RATING = "min_rating"
MIN_COUNT = "min_rating_count"
UNPRICED = "unpriced"
UNRATED = "unrated"
COLORS = "colors"
SIZES = "sizes"
COMPARED = "compared"
PLAIN = "plain"
DROPPED = "dropped"
PRODUCT = "id"
PRICE_BAND = "price_band"
QUESTION = "question"
TALK = "talk"
ANSWERS = "answers"
FILTER_KEYS = (
    CATEGORIES,
    BRANDS,
    MIN_PRICE,
    MAX_PRICE,
    MIN_RATING,
    MIN_COUNT,
    UNPRICED,
    UNRATED,
    COLORS,
    SIZES,
)

TOP_KS = (5, 10, 20, 50)
PRODUCT_PAGE = "product"
ASK_PAGE = "ask"
MAX_QUERY = 500
MOST_DROPPED = 50
LONGEST_DROPPED = MAX_QUERY + 20

Alpha = float | Literal["rule"] | None
DEFAULTS: Mapping[str, Any] = {
    CATALOGUE: None,
    QUERY: "",
    MODE: None,
    FUSION: "rrf",
    ALPHA_FROM: "fixed",
    ALPHA: 0.5,
    TOP_K: 10,
    SORT: "relevance",
    PAGE: 1,
    PICTURES: False,
    COLLAPSE: True,
    CATEGORIES: [],
    BRANDS: [],
    MIN_PRICE: None,
    MAX_PRICE: None,
    MIN_RATING: 0.0,
    MIN_COUNT: None,
    UNPRICED: False,
    UNRATED: False,
    COLORS: [],
    SIZES: [],
    COMPARED: ["bm25", "dense", "hybrid"],
    PLAIN: False,
    DROPPED: [],
    ANSWERS: True,
    QUESTION: "",
    TALK: "",
}


def _number(text: str, low: float = 0.0, high: float = math.inf) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0 else None


def _one_of(allowed: Sequence[str]) -> Callable[[Sequence[str]], str | None]:
    return lambda values: values[0] if values[0] in allowed else None


def _flag(values: Sequence[str]) -> bool | None:
    return {"1": True, "0": False}.get(values[0])


def _texts(values: Sequence[str]) -> list[str] | None:
    return list(dict.fromkeys(value for value in values if value.strip()))[:50] or None


def _top_k(values: Sequence[str]) -> int | None:
    return number if (number := _whole(values[0])) in TOP_KS else None


def _rating(values: Sequence[str]) -> float | None:
    return _number(values[0], 0.0, 5.0)


def _compared(values: Sequence[str]) -> list[str] | None:
    chosen: list[str] = [mode for mode in MODES if mode in values]
    return chosen if len(chosen) >= 2 else None


def _dropped(values: Sequence[str]) -> list[str] | None:
    keys = [key for key in values if len(key) <= LONGEST_DROPPED and _DROPPED.match(key)]
    return list(dict.fromkeys(keys))[:MOST_DROPPED] or None


_DROPPED = re.compile(r"[a-z_]+:\S")
"""How the keys begin by which a part of what was understood is taken back: `price:0-2000`, `spelling:ketle`."""
_TALK = re.compile(r"[\w-]{8,32}", re.ASCII)
_READERS: Mapping[str, Callable[[Sequence[str]], Any]] = {
    CATALOGUE: lambda values: values[0] or None,
    QUERY: lambda values: values[0][:MAX_QUERY],
    MODE: _one_of(MODES),
    FUSION: _one_of(FUSIONS),
    ALPHA_FROM: _one_of(("fixed", "rule")),
    ALPHA: lambda values: _number(values[0], 0.0, 1.0),
    TOP_K: _top_k,
    SORT: _one_of(SORTS),
    PAGE: lambda values: _whole(values[0]),
    PICTURES: _flag,
    COLLAPSE: _flag,
    CATEGORIES: _texts,
    BRANDS: _texts,
    MIN_PRICE: lambda values: _number(values[0]),
    MAX_PRICE: lambda values: _number(values[0]),
    MIN_RATING: _rating,
    MIN_COUNT: lambda values: _whole(values[0]),
    UNPRICED: _flag,
    UNRATED: _flag,
    COLORS: _texts,
    SIZES: _texts,
    COMPARED: _compared,
    PLAIN: _flag,
    DROPPED: _dropped,
    ANSWERS: _flag,
    QUESTION: lambda values: values[0][:MAX_QUERY],
    TALK: lambda values: values[0] if _TALK.fullmatch(values[0]) else None,
}
DRAWN = "page_drawn"
DRAWING = "page_drawing"
PUBLISHED = "address_published"
BARE = "address_bare"
LINKED = "question_linked"
PRIVATE = frozenset({PICTURES})
"""Never taken from an address: a link that somebody sends must not make the browser call a catalogue's hosts."""
OF_ASKING = frozenset({QUESTION, TALK})
"""Stand in the address of the page Ask alone, and stay as they are when another address says nothing of them."""


def read_address(parameters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the usable values of an address's query parameters; what cannot be used is left out."""
    found = {}
    for key, reader in _READERS.items():
        values = parameters.get(key)
        if not values or key in PRIVATE:
            continue
        value = reader(values)
        if value is not None:
            found[key] = value
    return found


def write_address(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the query parameters for widget values, leaving out what stands at its default."""
    parameters = {}
    for key, default in DEFAULTS.items():
        value = values.get(key, default)
        if key in PRIVATE or value == default or value is None:
            continue
        if isinstance(value, bool):
            parameters[key] = ["1" if value else "0"]
        elif isinstance(value, list):
            parameters[key] = [str(item) for item in value]
        else:
            parameters[key] = [exactly(value) if isinstance(value, float) else str(value)]
    return parameters


def exactly(value: float) -> str:
    """Return the shortest text that reads as exactly this number: a bound that lost a digit would count other hits."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def begin(page: str) -> None:
    """Fill the session with defaults, and on its first run with what the address asks for; `page` is about to run."""
    if "started" not in st.session_state:
        st.session_state["started"] = True
        named = {key: st.query_params.get_all(key) for key in st.query_params}
        for key, value in read_address(named).items():
            st.session_state[key] = value
        st.session_state[MODE_CHOSEN] = st.session_state.get(MODE) is not None
        st.session_state[LINKED] = st.session_state.get(QUESTION, "")
    st.session_state[DRAWING] = True
    moved = st.session_state.get(DRAWN, page) != page
    st.session_state[DRAWN] = page
    address = {key: st.query_params.get_all(key) for key in st.query_params}
    if page != PRODUCT_PAGE and address and asks_for_another(address):
        load(urlencode(address, doseq=True))
        # At once: whoever goes on to the next search before this one is drawn finds it half done.
        st.session_state[PUBLISHED] = (address, write_address(values()))
    # The menu leads to a page's bare address before the search is written into it: to write it again for somebody who
    # went back to there would keep him on the page for ever.
    st.session_state[BARE] = not moved and not address and PUBLISHED in st.session_state
    for key, default in DEFAULTS.items():
        if key not in st.session_state:
            st.session_state[key] = list(default) if isinstance(default, list) else default
        elif moved:
            # A widget that two pages share is another one on each: without this it would start empty there.
            st.session_state[key] = st.session_state[key]


def asks_for_another(address: Mapping[str, Sequence[str]]) -> bool:
    """Return whether an address asks for another search than the session's: by Back, Forward or a link of the app.

    What the visitor changed in the page goes before the address, which follows a moment later.
    """
    published: tuple[object, object] | None = st.session_state.get(PUBLISHED)
    return published is not None and address != published[0] and write_address(values()) == published[1]


def values() -> dict[str, Any]:
    """Return the session's search as widget values; a mode that nobody chose stays open."""
    found = {key: st.session_state.get(key, default) for key, default in DEFAULTS.items()}
    if not get(MODE_CHOSEN):
        found[MODE] = None  # a link leaves open what its sender left open
    return found


def overtaken() -> bool:
    """Return whether the widgets ask for another search than the page shows, which no drawing is about to mend.

    Streamlit loses what is entered while the drawing before it ends: the end of that one clears away values that came
    for the next. The browser sends them again with whatever it sends next, which may be a look at the jobs.
    """
    published: tuple[object, object] | None = st.session_state.get(PUBLISHED)
    drawing = st.session_state.get(DRAWING, True)
    return not drawing and published is not None and write_address(values()) != published[1]


def publish() -> None:
    """Write what the page shows into the address, only where it differs from what stands there."""
    st.session_state[DRAWING] = False
    state_of_it = wanted = write_address(values())
    address = {key: st.query_params.get_all(key) for key in st.query_params}
    if st.session_state.get(BARE) and state_of_it == st.session_state[PUBLISHED][1]:
        return
    if st.session_state.get(PUBLISHED) == (address, state_of_it):
        return  # nothing was changed since this address was gone to: to add to it would be a step forward again
    if st.session_state.get(DRAWN) == PRODUCT_PAGE:
        wanted = {key: shown for key, shown in wanted.items() if key == CATALOGUE}
        wanted |= {PRODUCT: st.query_params.get_all(PRODUCT)[:1]} if PRODUCT in st.query_params else {}
    elif st.session_state.get(DRAWN) != ASK_PAGE:
        wanted = search_address()
    if wanted != address:
        st.query_params.from_dict(wanted)
    st.session_state[PUBLISHED] = (wanted, state_of_it)


def search_address() -> dict[str, list[str]]:
    """Return the query parameters that ask for the session's search."""
    return {key: shown for key, shown in write_address(values()).items() if key not in OF_ASKING}


def link() -> str:
    """Return the query string that asks for the session's search again, on its first page."""
    return urlencode({key: shown for key, shown in search_address().items() if key not in {PAGE, COMPARED}}, doseq=True)


def load(address: str) -> None:
    """Ask for the search that a query string says: the callback of everything that leads to a kept search."""
    found = read_address(parse_qs(address))
    for key, default in DEFAULTS.items():
        if key not in PRIVATE and key != COMPARED and (key not in OF_ASKING or key in found):
            st.session_state[key] = found.get(key, list(default) if isinstance(default, list) else default)
    st.session_state[MODE_CHOSEN] = MODE in found


def get(key: str) -> Any:
    """Return a value, its default where the session has none yet."""
    return st.session_state.get(key, DEFAULTS.get(key))


def turn_page(widget: str) -> None:
    """Go to the page that a paging widget of this key says."""
    st.session_state[PAGE] = st.session_state[widget]


def first_page() -> None:
    """Return to page 1: the callback of everything that changes the hits."""
    st.session_state[PAGE] = 1


def query_changed() -> None:
    """Understand a new query afresh: the callback of the search box."""
    st.session_state[PLAIN] = False
    st.session_state[DROPPED] = []
    first_page()


def rewrite(query: str) -> None:
    """Ask for the query in other words; what was taken back of it stays so."""
    st.session_state[QUERY] = query[:MAX_QUERY]
    first_page()


def take_back(keys: Sequence[str], understood: Sequence[str]) -> None:
    """Take back what was understood under these keys; with nothing of `understood` left, search plainly."""
    dropped = list(dict.fromkeys([*get(DROPPED), *keys]))
    st.session_state[PLAIN] = set(understood) <= set(dropped)
    st.session_state[DROPPED] = [] if st.session_state[PLAIN] else dropped
    first_page()


def understand_but(dropped: Sequence[str]) -> None:
    """Understand the query again, all but what these keys take back."""
    st.session_state[PLAIN] = False
    st.session_state[DROPPED] = list(dropped)
    first_page()


def mode_changed() -> None:
    """Keep to the mode that the visitor chose, also when a better one becomes ready."""
    st.session_state[MODE_CHOSEN] = True
    first_page()


def clear_filters() -> None:
    """Take every filter back: the callback of the button."""
    for key in FILTER_KEYS:
        default = DEFAULTS[key]
        st.session_state[key] = list(default) if isinstance(default, list) else default
    first_page()


def drop_value(key: str, value: str | None = None) -> None:
    """Take one filter back, or one value of it."""
    default = DEFAULTS[key]
    if value is None:
        st.session_state[key] = list(default) if isinstance(default, list) else default
    else:
        st.session_state[key] = [kept for kept in get(key) if kept != value]
    first_page()


def choose_price_band() -> None:
    """State the bounds of the price band that was chosen, none where none is."""
    band = st.session_state[PRICE_BAND]
    st.session_state[MIN_PRICE], st.session_state[MAX_PRICE] = band or (None, None)
    first_page()


def catalogue_changed() -> None:
    """Start afresh with another catalogue: its filters and pages are not those of the last one."""
    clear_filters()
    query_changed()


def alpha() -> Alpha:
    """Return the weight of BM25 that was asked for: None unless fusion is weighted."""
    if get(FUSION) != "weighted":
        return None
    return "rule" if get(ALPHA_FROM) == "rule" else float(get(ALPHA))


def filters() -> Filters:
    """Return the stated filters."""
    attributes = {key: tuple(get(key)) for key in (COLORS, SIZES) if get(key)}
    return Filters(
        categories=tuple(get(CATEGORIES)),
        brands=tuple(get(BRANDS)),
        min_price=get(MIN_PRICE),
        max_price=get(MAX_PRICE),
        min_rating=get(MIN_RATING) or None,
        min_rating_count=get(MIN_COUNT) or None,
        include_unpriced=bool(get(UNPRICED)),
        include_unrated=bool(get(UNRATED)),
        attributes=attributes,
    )


def ask() -> Ask:
    """Return the search that the visitor's widgets state."""
    return Ask(
        query=str(get(QUERY) or "").strip()[:MAX_QUERY],
        mode=cast("Mode | None", get(MODE)),
        fusion=cast("Fusion", get(FUSION) or "rrf"),
        alpha=alpha(),
        top_k=int(get(TOP_K)),
        sort=cast("Sort", get(SORT)),
        page=int(get(PAGE) or 1),
        filters=filters(),
        collapse=bool(get(COLLAPSE)),
        understand=not get(PLAIN),
        dropped=tuple(get(DROPPED)),
    )
