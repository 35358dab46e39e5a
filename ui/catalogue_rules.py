"""A merchandiser's rules: what is pinned, boosted, buried or hidden, for which queries and on which days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from retrieval.columns import Coded
from retrieval.engine import SearchEngine
from retrieval.errors import ProductSearchError
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
HELP = (
    "A pin puts a product at a place, whether the words match or not; a boost moves hits up to a third of their place; "
    "what is buried stands behind all other hits, and what is hidden is not shown. Filters come first, then what is "
    "hidden, then pins, then part numbers. Places count by relevance: another order keeps only what is hidden away."
)


def draw(name: str) -> None:
    """Draw every rule with what can be done about it, and the way to a new one."""
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
        drawn = _form(form, engine, Rule("pin", "product", "", "contains", position=1))
        st.button("Add", key="rule_add", type="primary", icon=":material/add:", on_click=_add, args=(name, drawn))


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
            st.toggle("On", key=f"{key}_on", on_change=_turn, args=(name, rule))
            with st.popover("Change", icon=":material/edit:", type="tertiary", key=f"{key}_change"):
                # The kept rule is part of the key: what was changed elsewhere is what the fields show.
                drawn = _form(f"{key}_{hash(rule)}", engine, rule)
                st.button("Save", key=f"{key}_save", type="primary", on_click=_change, args=(name, drawn))
            st.button(
                "Delete",
                key=f"{key}_delete",
                icon=":material/delete:",
                type="tertiary",
                on_click=_delete,
                args=(name, rule),
            )


def _form(key: str, engine: SearchEngine, rule: Rule) -> Rule:
    """Draw the fields of a rule, filled as `rule` is, and return what they say."""
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
        value = _product(key, engine, held)
    else:
        columns = engine.build.columns
        value = _choice(f"{key}_{target}", target, columns.category if target == "category" else columns.brand, held)
    position = rule.position or 1
    if action == "pin":
        position = int(st.number_input("At place", 1, LOWEST_PIN, position, key=f"{key}_position"))
    match: Match = st.selectbox(
        "For",
        list(MATCH_WORDS),
        index=list(MATCH_WORDS).index(rule.match if rule.match in MATCHES else "any"),
        key=f"{key}_match",
        format_func=lambda one: MATCH_WORDS[one],
    )
    pattern = ""
    if match != "any":
        pattern = st.text_input("Query", rule.pattern, key=f"{key}_pattern", max_chars=LONGEST_PATTERN)
    first, last = st.columns(2)
    start: Any = first.date_input("From", rule.start, key=f"{key}_start", format="YYYY-MM-DD")
    until: Any = last.date_input("Until (included)", rule.until, key=f"{key}_until", format="YYYY-MM-DD")
    return Rule(
        action,
        target,
        value,
        match,
        pattern,
        start or None,
        until or None,
        position if action == "pin" else None,
        rule.on,
        rule.rule_id,
    )


def _product(key: str, engine: SearchEngine, held: str) -> str:
    """Draw how a product is found, by its id or by words, and return the id of the chosen one, "" for none."""
    said = st.text_input("Product: its id, or words of its title", held, key=f"{key}_product").strip()
    if not said:
        return ""
    exact = engine.get(said)
    if exact is not None:
        st.caption(plain(exact.title, TITLE_LENGTH))
        return said
    try:
        found = engine.search(said, mode="bm25", top_k=CANDIDATES).hits
    except ProductSearchError as error:
        st.caption(plain(str(error)))
        return ""
    if not found:
        st.caption("No product has this id or these words.")
        return ""
    titles = {hit.product_id: hit.product.title for hit in found}
    return st.selectbox(
        "Which one",
        list(titles),
        key=f"{key}_which_{said}",
        # The options of a selectbox are plain text, not Markdown.
        format_func=lambda one: f"{shorten(clean(titles.get(one, '')), TITLE_LENGTH)} ({clean(one)})",
    )


def _choice(key: str, target: str, coded: Coded, held: str) -> str:
    """Draw the values that the catalogue holds and return the chosen one, "" for none."""
    labels = sorted({str(label) for label in coded.labels} | ({held} if held else set()), key=str.casefold)
    return (
        st.selectbox(
            target.capitalize(),
            labels,
            index=labels.index(held) if held else None,
            key=key,
            format_func=lambda one: shorten(clean(one), TITLE_LENGTH),
            placeholder=f"Choose a {target}",
        )
        or ""
    )


def _add(name: str, rule: Rule) -> None:
    try:
        made = rules.add(engines.settings().data_dir, name, rule)
    except ProductSearchError as error:
        say(f"Not added: {error}", failed=True)
    else:
        say(f"Added: {made.value} is {made.describe()}.")


def _change(name: str, rule: Rule) -> None:
    try:
        made = rules.change(engines.settings().data_dir, name, rule)
    except ProductSearchError as error:
        say(f"Not saved: {error}", failed=True)
    else:
        say(f"Saved: {made.value} is {made.describe()}.")


def _turn(name: str, rule: Rule) -> None:
    _change(name, replace(rule, on=bool(st.session_state[f"rule_{rule.rule_id}_on"])))


def _delete(name: str, rule: Rule) -> None:
    try:
        rules.remove(engines.settings().data_dir, name, rule.rule_id)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say(f"Deleted: {rule.value} is no longer {rule.describe()}.")
