"""Judging: a pool of products for each query, one after the other, without a hint at which ranking found it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

import compose
from evaluation import pools as ordering
from evaluation.pools import Item
from retrieval.engine import SearchEngine
from retrieval.errors import ProductSearchError
from retrieval.records import MODES, Mode, Product
from shop import judgements, preferences, query_sets
from shop import pools as kept_pools
from shop.pools import Pool
from ui import cards, engines, evaluate, evaluate_judged, progress, sidebar
from ui.catalogue_builds import when
from ui.formats import count
from ui.safe_text import clean, plain

GRADES = {0: "Irrelevant", 1: "Related", 2: "Relevant", 3: "Exactly right"}
HELP = {
    0: "Nobody who asks this wants it.",
    1: "Not what was asked for, but near: another kind, an accessory.",
    2: "A fair answer: the right kind, not all that was asked for.",
    3: "Just what was asked for.",
}
JUDGE = "judge_name"
VIEW = "judge_view"
AT = "judge_at"
VIEWS = {
    "judge": ":material/gavel: Judge",
    "judged": ":material/edit_note: Judged",
    "agreement": ":material/handshake: Agreement",
    "exchange": ":material/import_export: Import and export",
}
DEPTHS = (5, 10, 20, 50)
USUAL_QUERIES = 50
DESCRIPTION_LENGTH = 500
ATTRIBUTES = 8


@dataclass(slots=True)
class Place:
    """Where a session is: what was shown so far, what was skipped, and how many steps back it looks."""

    of: tuple[str, str, str, str]
    trail: list[Item] = field(default_factory=list)
    skipped: list[Item] = field(default_factory=list)
    back: int = 0

    def shown(self, item: Item) -> None:
        """Note that an item was dealt with, as the newest; what was looked at again keeps its place."""
        if not self.back:
            self.trail = [*(one for one in self.trail if one != item), item]
        self.back = 0


def draw(name: str, engine: SearchEngine) -> None:
    """Draw the section: whose judgements, on which set, and what is done with them."""
    folder = engines.settings().data_dir
    try:
        sets = query_sets.cards(folder, name)
        if not sets:
            evaluate.no_sets()
            return
        card = evaluate.choose_set(sets)
        judge = _judge()
        view = st.segmented_control(
            "View",
            list(VIEWS),
            key=VIEW,
            default=None if VIEW in st.session_state else "judge",
            required=True,
            format_func=lambda key: VIEWS[key],
            label_visibility="collapsed",
            persist_state="session",
        )
        if view == "agreement":
            evaluate_judged.agreement(name, card)
        elif view == "exchange":
            evaluate_judged.exchange(name, card, judge)
        elif judge is None:
            st.info("**Say who judges** to begin: judgements are kept under a name.", icon=":material/badge:")
        elif view == "judged":
            evaluate_judged.listing(name, engine, card, judge)
        else:
            _judging(name, engine, card, judge)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _judge() -> str | None:
    """Draw the judge's name, the last one to begin with; return it, None where there is none that can be kept."""
    folder = engines.settings().data_dir
    if JUDGE not in st.session_state:
        st.session_state[JUDGE] = preferences.load(folder, preferences.JUDGE) or ""
    typed = st.text_input(
        "Who judges",
        key=JUDGE,
        max_chars=judgements.LONGEST_NAME,
        placeholder="Your name",
        persist_state="session",
        help="Each judge's grades are kept apart, so that their agreement can be measured.",
    )
    if not typed.strip():
        return None
    judge = judgements.judge_name(clean(typed))
    if preferences.load(folder, preferences.JUDGE) != judge:
        preferences.save(folder, preferences.JUDGE, judge)
    return judge


def _judging(name: str, engine: SearchEngine, card: query_sets.Card, judge: str) -> None:
    pool = kept_pools.load(engines.settings().data_dir, name, card.name)
    if pool is None:
        st.markdown(
            "Several rankings are asked for their best products; what any of them finds is judged, in mixed order, so "
            "that nobody sees which ranking found what."
        )
        _pool_form(name, engine, card, None)
        return
    _one_after_the_other(name, engine, card.name, judge, pool)
    with st.expander("The pool", icon=":material/layers:"):
        st.caption(
            f"{', '.join(sidebar.MODE_LABELS.get(mode, plain(mode)) for mode in pool.modes)}: the best {pool.depth} of "
            f"each for {count(len(pool.products), 'query', 'queries')}, {count(pool.size, 'product')} in all, made "
            f"{plain(when(pool.created))}. A new pool takes its place; what was judged stays."
        )
        _pool_form(name, engine, card, pool)


def _pool_form(name: str, engine: SearchEngine, card: query_sets.Card, pool: Pool | None) -> None:
    there = _modes(engine)
    with st.form(f"judge_pool_{card.name}", border=pool is None):
        modes = st.pills(
            "Rankings to ask",
            there,
            selection_mode="multi",
            default=[mode for mode in there if pool is None or mode in pool.modes],
            format_func=lambda mode: sidebar.MODE_LABELS[mode],
            key=f"judge_modes_{card.name}",
        )
        depth = st.select_slider(
            "Best products of each",
            sorted({*DEPTHS, *(() if pool is None else (pool.depth,))}),
            value=10 if pool is None else pool.depth,
            key=f"judge_depth_{card.name}",
        )
        queries = st.number_input(
            "Queries to judge",
            min_value=1,
            max_value=card.queries,
            value=min(card.queries, USUAL_QUERIES) if pool is None else min(card.queries, len(pool.products)),
            key=f"judge_queries_{card.name}",
            help="Drawn evenly from the set. A larger number keeps those of a smaller one and adds to them.",
        )
        asked = st.form_submit_button(
            "Make the pool" if pool is None else "Make a new pool", type="primary" if pool is None else "secondary"
        )
    if asked:
        bar = st.progress(0.0)

        def tell(stage: str, done: int, total: int) -> None:
            said = f"Asking the rankings: {done:,} of {count(total, 'query', 'queries')}"
            bar.progress(done / max(1, total), text=said)

        compose.make_pool(engines.settings(), name, engine, card.name, list(modes), int(depth), int(queries), tell)
        st.rerun()


def _modes(engine: SearchEngine) -> list[Mode]:
    """Return the modes that can be asked now."""
    if engine.build.manifest.keyword_only:
        return ["bm25"]
    return [mode for mode in MODES if mode != "rerank" or engine.default_mode() == "rerank"]


@st.fragment
def _one_after_the_other(name: str, engine: SearchEngine, query_set: str, judge: str, pool: Pool) -> None:
    progress.said()
    try:
        texts = query_sets.load(engines.settings().data_dir, name, query_set).texts
        todo, gone = _todo(engine, pool, texts, judge)
        graded = _graded(name, judge, texts)
    except ProductSearchError as error:  # a click reruns this alone, outside of `draw`
        st.error(plain(str(error)), icon=":material/error:")
        return
    place = _place((name, query_set, judge, pool.created), todo, graded)
    item = place.trail[-place.back] if place.back else ordering.upcoming(todo, graded, place.skipped)
    _progress(todo, graded, item, gone)
    if item is None:
        st.success(
            "**Everything in this pool is judged.** Compare rankings on it, ask another judge, or make a larger pool.",
            icon=":material/task_alt:",
        )
    else:
        query_id, product_id = item
        product = engine.get(product_id)
        if product is not None:
            _show(texts[query_id], product)
        _grades(name, item, texts[query_id], judge, graded.get(item))
    _steps(name, item, texts, judge, graded)


def _todo(engine: SearchEngine, pool: Pool, texts: Mapping[str, str], judge: str) -> tuple[list[Item], int]:
    """Return what the judge is asked, and how many products of the pool the catalogue does not hold any more."""
    wanted = {query_id: products for query_id, products in pool.products.items() if query_id in texts}
    todo = ordering.items(wanted, judge)
    store = engine.build.store
    there = {product for _, product in todo if store.position(product) is not None}
    found = [item for item in todo if item[1] in there]
    return found, len(todo) - len(found)


def _graded(name: str, judge: str, texts: Mapping[str, str]) -> dict[Item, int]:
    """Return the judge's grades by item, the oldest judgement first."""
    ids: dict[str, list[str]] = {}
    for query_id, text in texts.items():
        ids.setdefault(judgements.query_key(text), []).append(query_id)
    newest_first = judgements.listed(engines.settings().data_dir, name, judge=judge)
    return {
        (query_id, one.product_id): one.grade for one in reversed(newest_first) for query_id in ids.get(one.query, ())
    }


def _place(of: tuple[str, str, str, str], todo: Sequence[Item], graded: Mapping[Item, int]) -> Place:
    """Return where the session is; one that comes anew, or on another day, can go back to what was judged before."""
    place = st.session_state.get(AT)
    if not isinstance(place, Place) or place.of != of:
        asked = set(todo)
        place = Place(of, trail=[item for item in graded if item in asked])
        st.session_state[AT] = place
    place.back = min(place.back, len(place.trail))
    return place


def _progress(todo: Sequence[Item], graded: Mapping[Item, int], item: Item | None, gone: int) -> None:
    done = sum(one in graded for one in todo)
    said = f"**{done:,} of {len(todo):,}** judged"
    if item is not None:
        of_query = [one for one in todo if one[0] == item[0]]
        said += f" · {sum(one in graded for one in of_query)} of {len(of_query)} for this query"
    st.progress(done / len(todo) if todo else 1.0, text=said)
    if gone:
        st.caption(
            f"{count(gone, 'product')} of the pool {'is' if gone == 1 else 'are'} not in the catalogue any more and "
            "left out; a new pool puts others in their place."
        )


def _show(text: str, product: Product) -> None:
    """Draw the query and the product, all of it as literal text; no picture, no rank, no score."""
    st.markdown(f"##### :material/search: {plain(text)}")
    with st.container(border=True, gap="xsmall", key="judge_product"):
        st.markdown(f"**{plain(product.title, cards.TITLE_LENGTH) or plain(product.product_id)}**")
        st.markdown(cards.price_line(product))
        badges = [plain(value, 40) for value in (product.brand, product.category) if value and clean(value)]
        st.markdown(" ".join(f":gray-badge[{badge}]" for badge in badges) or ":gray[No brand, no category]")
        facts = [*_attributes(product)][:ATTRIBUTES]
        if facts:
            st.caption(" · ".join(facts))
        st.caption(plain(product.description, DESCRIPTION_LENGTH) or "No description.")
        st.caption(f":small[:gray[Product {plain(product.product_id, 60)}]]")


def _attributes(product: Product) -> list[str]:
    lists = {"Colours": product.colors, "Sizes": product.sizes, **product.attributes}
    shown = {key: value if isinstance(value, str) else ", ".join(value) for key, value in lists.items() if value}
    return [f"{plain(key, 40)}: {plain(value, 80)}" for key, value in shown.items() if clean(key) and clean(value)]


def _grades(name: str, item: Item, text: str, judge: str, now: int | None) -> None:
    """Draw a button a grade, with its key on the keyboard; the grade given before is marked."""
    # The key holds the item: a second press meant for this product never grades the next one.
    mark = hashlib.sha256("\0".join((judge, *item)).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    with st.container(horizontal=True, gap="small", key="judge_grades"):
        for grade, label in GRADES.items():
            st.button(
                label,
                key=f"judge_grade_{grade}_{mark}",
                type="primary" if grade == now else "secondary",
                shortcut=str(grade),
                help=HELP[grade],
                on_click=_give,
                args=(name, judge, item, text, grade),
            )


def _steps(name: str, item: Item | None, texts: Mapping[str, str], judge: str, graded: Mapping[Item, int]) -> None:
    place: Place = st.session_state[AT]
    with st.container(horizontal=True, gap="small", key="judge_steps"):
        st.button(
            "Back",
            key="judge_back",
            icon=":material/undo:",
            shortcut="B",
            disabled=place.back >= len(place.trail),
            on_click=_step_back,
        )
        if place.back:
            st.button("Go on", key="judge_on", icon=":material/redo:", shortcut="G", on_click=_go_on)
        elif item is not None:
            st.button("Skip", key="judge_skip", icon=":material/skip_next:", shortcut="S", on_click=_skip, args=(item,))
        if item is not None and item in graded:
            st.button(
                "Take the grade back",
                key="judge_undo",
                icon=":material/backspace:",
                type="tertiary",
                on_click=_take_back,
                args=(name, judge, item, texts[item[0]]),
            )
    st.caption("The keys shown on the buttons work too. What is skipped comes again at the end.")


def _give(name: str, judge: str, item: Item, text: str, grade: int) -> None:
    try:
        judgements.record(engines.settings().data_dir, name, judge, text, item[1], grade)
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
        return
    st.session_state[AT].shown(item)


def _skip(item: Item) -> None:
    place: Place = st.session_state[AT]
    place.skipped = [*(one for one in place.skipped if one != item), item]
    place.shown(item)


def _step_back() -> None:
    place: Place = st.session_state[AT]
    place.back = min(place.back + 1, len(place.trail))


def _go_on() -> None:
    st.session_state[AT].back = 0


def _take_back(name: str, judge: str, item: Item, text: str) -> None:
    try:
        judgements.remove(engines.settings().data_dir, name, judge, text, item[1])
    except ProductSearchError as error:
        progress.say(str(error), failed=True)
        return
    place: Place = st.session_state[AT]
    place.trail = [one for one in place.trail if one != item]
    place.back = 0
