"""A merchandiser's rules: what is pinned, boosted, buried or hidden, for which queries and on which days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from retrieval.columns import Coded
from retrieval.engine import SearchEngine
from retrieval.errors import DataError, ProductSearchError
from retrieval.rules import ACTIONS, LOWEST_PIN, MATCHES, TARGETS, Action, Match, Rule, Target
from shop import rules
from ui import engines, results
from ui.formats import count
from ui.progress import say
from ui.safe_text import clean, plain, shorten

SHOWN = 100
CANDIDATES = 8
TITLE_LENGTH = 90
LONGEST_PATTERN = 200
ACTION_WORDS: dict[Action, str] = {"pin": "Pin", "boost": "Boost", "bury": "Bury", "hide": "Hide"}
TARGET_WORDS: dict[Target, str] = {"product": "a product", "category": "a category", "brand": "a brand"}
MATCH_WORDS: dict[Match, str] = {
    "contains": "queries with these words in a row",
    "exact": "exactly this query",
    "any": "every query",
}
NEW = Rule("pin", "product", "", "contains", position=1)
HELP = (
    "A pin puts a product at a place, whether the words match or not; a boost moves hits up to a third of their place; "
    "what is buried stands behind all other hits, and what is hidden is not shown. Filters come first, then what is "
    "hidden, then pins, then part numbers. Places count by relevance: another order keeps only what is hidden away."
)


def draw(name: str) -> None:
    """Draw every rule with what can be done about it, and the way to a new one.

    The buttons' callbacks read the fields when they run: a click that leaves a field comes before the page was drawn
    with what was typed into it.
    """
    engine = results.open_engine(name)
    if engine is None:
        return
    try:
        kept = rules.listed(engines.settings().data_dir, name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.caption(HELP)
    if not kept:
        st.info("**No rules yet.** Products stand in the order of their relevance.", icon=":material/sort:")
    for rule in kept[:SHOWN]:
        _rule(name, engine, rule)
    if len(kept) > SHOWN:
        st.caption(f"The oldest {SHOWN} of {count(len(kept), 'rule')}.")
    with st.expander("New rule", icon=":material/add:", expanded=not kept, key="rule_new"):
        # A new key after each rule that was added: the fields are empty again.
        form = f"rule_new_{len(kept)}_{kept[-1].rule_id if kept else 0}"
        _form(form, engine, NEW)
        st.button("Add", key="rule_add", type="primary", icon=":material/add:", on_click=_add, args=(name, form))


def today() -> date:
    """Return the day by which rules begin and end: that of the machine, which is the shop's."""
    return date.today()


def state(rule: Rule, day: date) -> str:
    """Return a badge that says whether a rule holds on a day."""
    if not rule.on:
        return ":gray-badge[off]"
    if rule.until is not None and rule.until < day:
        return ":orange-badge[over]"
    if rule.start is not None and rule.start > day:
        return ":blue-badge[planned]"
    return ":green-badge[on]"


def line(rule: Rule, title: str | None, day: date) -> str:
    """Return a rule as safe Markdown: what it does to what, for which queries and when; `title` is its product's."""
    what = plain(title or rule.value, TITLE_LENGTH)
    if rule.target != "product":
        what = f"{rule.target} {what}"
    elif title is None:
        what += " :red-badge[not in the catalogue]"
    else:
        what += f" :gray[({plain(rule.value, 40)})]"
    verb = f"Pin to place {rule.position}" if rule.action == "pin" else ACTION_WORDS[rule.action]
    when = {
        "any": "for every query",
        "exact": f"for the query “{plain(rule.pattern, 80)}”",
        "contains": f"for queries with “{plain(rule.pattern, 80)}”",
    }[rule.match]
    days = ""
    if rule.start is not None or rule.until is not None:
        ends = (f"from {rule.start}" if rule.start else "", f"until {rule.until}" if rule.until else "")
        days = " " + plain(" ".join(filter(None, ends)))
    return f"{state(rule, day)} **{verb}** {what} :small[{when}{days}]"


def _rule(name: str, engine: SearchEngine, rule: Rule) -> None:
    key = f"rule_{rule.rule_id}"
    product = engine.get(rule.value) if rule.target == "product" else None
    with st.container(border=True, gap="xsmall", key=f"{key}_row"):
        st.markdown(line(rule, product.title if product else None, today()))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.session_state[f"{key}_on"] = rule.on
            st.toggle("On", key=f"{key}_on", on_change=_turn, args=(name, rule.rule_id))
            with st.popover("Change", icon=":material/edit:", type="tertiary", key=f"{key}_change"):
                # The kept rule is part of the key: what was changed elsewhere is what the fields show.
                form = f"{key}_{hash(rule)}"
                _form(form, engine, rule)
                st.button("Save", key=f"{key}_save", type="primary", on_click=_change, args=(name, form, rule))
            st.button(
                "Delete",
                key=f"{key}_delete",
                icon=":material/delete:",
                type="tertiary",
                on_click=_delete,
                args=(name, rule),
            )


def _form(key: str, engine: SearchEngine, rule: Rule) -> None:
    """Draw the fields of a rule, filled as `rule` is; `_stated` says what they say."""
    action: Action = st.segmented_control(
        "What to do",
        ACTIONS,
        key=f"{key}_action",
        default=rule.action,
        required=True,
        format_func=lambda one: ACTION_WORDS[one],
    )
    target: Target = "product"
    if action != "pin":
        target = st.segmented_control(
            "With",
            TARGETS,
            key=f"{key}_target",
            default=rule.target,
            required=True,
            format_func=lambda one: TARGET_WORDS[one],
        )
    held = rule.value if target == rule.target else ""
    if target == "product":
        _product(key, engine, held)
    else:
        columns = engine.build.columns
        _choice(f"{key}_{target}", target, columns.category if target == "category" else columns.brand, held)
    if action == "pin":
        st.number_input("At place", 1, LOWEST_PIN, rule.position or 1, key=f"{key}_position")
    match: Match = st.selectbox(
        "For",
        list(MATCH_WORDS),
        index=list(MATCH_WORDS).index(rule.match if rule.match in MATCHES else "any"),
        key=f"{key}_match",
        format_func=lambda one: MATCH_WORDS[one],
    )
    if match != "any":
        st.text_input("Query", rule.pattern, key=f"{key}_pattern", max_chars=LONGEST_PATTERN)
    first, last = st.columns(2)
    first.date_input("From", rule.start, key=f"{key}_start", format="YYYY-MM-DD")
    last.date_input("Until (included)", rule.until, key=f"{key}_until", format="YYYY-MM-DD")


def _stated(key: str, engine: SearchEngine, rule: Rule) -> Rule:
    """Return what the fields drawn for `rule` say now; raise DataError where the product was not chosen yet."""
    held = st.session_state
    action: Action = held[f"{key}_action"]
    target: Target = "product" if action == "pin" else held.get(f"{key}_target", rule.target)
    kept = rule.value if target == rule.target else ""
    return replace(
        rule,
        action=action,
        target=target,
        value=_chosen(key, engine, kept) if target == "product" else held.get(f"{key}_{target}", kept) or "",
        match=held.get(f"{key}_match", rule.match),
        pattern=held.get(f"{key}_pattern", rule.pattern) or "",
        start=held.get(f"{key}_start") or None,
        until=held.get(f"{key}_until") or None,
        position=int(held.get(f"{key}_position") or rule.position or 1),
    )


def _chosen(key: str, engine: SearchEngine, kept: str) -> str:
    """Return the id of the product that the fields name, "" for none."""
    said = str(st.session_state.get(f"{key}_product", kept) or "").strip()
    if not said or engine.get(said) is not None:
        return said
    # Only what was seen is chosen: words that were typed just before the click have shown nobody a product.
    which = st.session_state.get(f"{key}_which_{said}")
    if which is None:
        raise DataError(f"no product has the id {said!r}; choose one that is found by these words")
    return str(which)


def _product(key: str, engine: SearchEngine, held: str) -> None:
    """Draw how a product is found: by its id, or by words of its title and a choice among what they find."""
    said = st.text_input("Product: its id, or words of its title", held, key=f"{key}_product").strip()
    if not said:
        return
    exact = engine.get(said)
    if exact is not None:
        st.caption(plain(exact.title, TITLE_LENGTH))
        return
    try:
        # As typed, and what rules hide as well: this looks for a product, it is no shopper's search.
        found = engine.search(said, mode="bm25", top_k=CANDIDATES, understand=False, rules=False).hits
    except ProductSearchError as error:
        st.caption(plain(str(error)))
        return
    if not found:
        st.caption("No product has this id or these words.")
        return
    titles = {hit.product_id: hit.product.title for hit in found}
    st.selectbox(
        "Which one",
        list(titles),
        key=f"{key}_which_{said}",
        # The options of a selectbox are plain text, not Markdown.
        format_func=lambda one: f"{shorten(clean(titles.get(one, '')), TITLE_LENGTH)} ({clean(one)})",
    )


def _choice(key: str, target: str, coded: Coded, held: str) -> None:
    """Draw the values that the catalogue holds, none of them chosen at first where `held` is ""."""
    labels = sorted({str(label) for label in coded.labels} | ({held} if held else set()), key=str.casefold)
    st.selectbox(
        target.capitalize(),
        labels,
        index=labels.index(held) if held else None,
        key=key,
        format_func=lambda one: shorten(clean(one), TITLE_LENGTH),
        placeholder=f"Choose a {target}",
    )


def _add(name: str, form: str) -> None:
    try:
        made = rules.add(engines.settings().data_dir, name, _stated(form, engines.engine(name), NEW))
    except ProductSearchError as error:
        say(f"Not added: {error}", failed=True)
    else:
        say(f"Added: {made.value} is {made.describe()}.")


def _change(name: str, form: str, rule: Rule) -> None:
    """Put what the fields drawn for `rule` say in its place; whether it is on is said elsewhere."""
    try:
        stated = _stated(form, engines.engine(name), rule)
        _keep(name, replace(stated, on=_kept(name, rule.rule_id).on))
    except ProductSearchError as error:
        say(f"Not saved: {error}", failed=True)


def _turn(name: str, rule_id: int) -> None:
    try:
        _keep(name, replace(_kept(name, rule_id), on=bool(st.session_state[f"rule_{rule_id}_on"])))
    except ProductSearchError as error:
        say(f"Not saved: {error}", failed=True)


def _kept(name: str, rule_id: int) -> Rule:
    """Return a rule as it is kept now; raise DataError where somebody deleted it."""
    for rule in rules.listed(engines.settings().data_dir, name):
        if rule.rule_id == rule_id:
            return rule
    raise DataError(f"{name!r} has no rule {rule_id} any more; add it anew")


def _keep(name: str, rule: Rule) -> None:
    made = rules.change(engines.settings().data_dir, name, rule)
    say(f"Saved: {made.value} is {made.describe()}{'' if made.on else ', but switched off'}.")


def _delete(name: str, rule: Rule) -> None:
    try:
        rules.remove(engines.settings().data_dir, name, rule.rule_id)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say(f"Deleted: {rule.value} is no longer {rule.describe()}.")
