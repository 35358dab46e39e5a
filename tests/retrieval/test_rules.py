from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.columns import Columns
from retrieval.errors import DataError
from retrieval.ordering import collapse
from retrieval.records import Product
from retrieval.rules import ACTIONS, Rule, apply, plan

TODAY = date(2026, 3, 15)
BRANDS = ("Lumo", "Oak & Co", "", "Lumo", "Nord", "Nord", "", "Oak & Co")
CATEGORIES = ("lamps", "lamps", "chairs", "chairs", "lamps", "sofas", "sofas", "lamps")
# Ids do not rise with positions: a rule must find its product by id, not by place.
IDS = ("h", "b", "g", "c", "f", "d", "e", "a")
COLUMNS = Columns.from_products(
    [
        Product(id_, f"thing {number}", category=category, brand=brand or None)
        for number, (id_, brand, category) in enumerate(zip(IDS, BRANDS, CATEGORIES, strict=True))
    ]
)
ALL = np.ones(8, dtype=np.bool_)


def order(*rules: Rule, query: str = "lamp", hits: list[int] | None = None, **more: Any) -> list[int]:
    found = np.array([0, 1, 2, 3, 4] if hits is None else hits, dtype=np.int64)
    return apply(rules, query, TODAY, found, COLUMNS, **more)[0].tolist()


def pin(position: int, place: int, **more: Any) -> Rule:
    return Rule("pin", "product", IDS[position], position=place, **more)


def test_a_pin_takes_its_place_whether_it_was_found_or_not() -> None:
    assert order(pin(3, 1)) == [3, 0, 1, 2, 4]
    assert order(pin(0, 3)) == [1, 2, 0, 3, 4]
    assert order(pin(7, 2)) == [0, 7, 1, 2, 3, 4]
    assert order(pin(7, 2), hits=[]) == [7]
    assert order(pin(7, 40)) == [0, 1, 2, 3, 4, 7]


def test_several_pins_stand_where_each_was_put() -> None:
    assert order(pin(4, 3), pin(3, 1)) == [3, 0, 4, 1, 2]
    assert order(pin(4, 1), pin(3, 1)) == [4, 3, 0, 1, 2]  # the first has the place, the other follows
    assert order(pin(4, 2), pin(4, 1)) == [4, 0, 1, 2, 3]  # the better of two places


def test_hidden_is_gone_and_wins_over_a_pin() -> None:
    assert order(Rule("hide", "product", IDS[1])) == [0, 2, 3, 4]
    assert order(Rule("hide", "category", "LAMPS ")) == [2, 3]
    assert order(pin(1, 1), Rule("hide", "product", IDS[1])) == [0, 2, 3, 4]


def test_buried_hits_stand_behind_all_others_in_their_order() -> None:
    assert order(Rule("bury", "category", "lamps")) == [2, 3, 0, 1, 4]


def test_a_boosted_hit_stands_at_a_third_of_its_place() -> None:
    # Places 1 2 3 4 5; the boosted ones at 4 and 5 count as 4/3 and 5/3.
    assert order(Rule("boost", "product", IDS[3]), Rule("boost", "brand", "nord")) == [0, 3, 4, 1, 2]
    # A third of place 3 is 1: the better hit of before keeps it.
    assert order(Rule("boost", "product", IDS[2])) == [0, 2, 1, 3, 4]
    assert order(Rule("boost", "category", "lamps"), Rule("bury", "brand", "Lumo")) == [1, 4, 2, 0, 3]


def test_an_exact_part_number_comes_after_pins_and_before_everything_else() -> None:
    rules = (pin(4, 1), Rule("boost", "product", IDS[3]), Rule("bury", "product", IDS[2]))
    assert order(*rules, exact=[2]) == [4, 2, 0, 3, 1]
    assert order(Rule("hide", "product", IDS[2]), exact=[2]) == [0, 1, 3, 4]


def test_filters_come_before_pins() -> None:
    passing = ALL.copy()
    passing[7] = False
    assert order(pin(7, 1), passing=passing) == [0, 1, 2, 3, 4]


def test_a_rule_for_what_the_catalogue_does_not_hold_does_nothing() -> None:
    for rule in (
        Rule("pin", "product", "zz", position=1),
        Rule("hide", "brand", "No One"),
        Rule("bury", "product", ""),
    ):
        made = plan([rule], "lamp", TODAY, COLUMNS)
        assert not made
        assert order(rule) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("match", "pattern", "query", "holds"),
    [
        ("exact", "red lamp", "Red  Lamps", True),
        ("exact", "red lamp", "red lamp shade", False),
        ("contains", "red lamp", "small red lamps for a desk", True),
        ("contains", "red lamp", "red desk lamp", False),
        ("contains", "lamp", "clamp", False),
        ("contains", "শাড়ি", "লাল শাড়ি", True),
        ("any", "", "", True),
        ("any", "", "whatever", True),
    ],
)
def test_a_pattern_holds_by_its_words(match: Any, pattern: str, query: str, holds: bool) -> None:
    rule = Rule("hide", "product", IDS[0], match, pattern).checked()
    assert rule.holds(query) is holds
    assert bool(plan([rule], query, TODAY, COLUMNS)) is holds


@pytest.mark.parametrize(
    ("start", "until", "on", "lasts"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (TODAY, TODAY, True, True),
        (date(2026, 3, 16), None, True, False),
        (None, date(2026, 3, 14), True, False),
        (date(2026, 3, 1), date(2026, 3, 31), True, True),
    ],
)
def test_a_rule_holds_on_its_days_both_ends_included(
    start: date | None, until: date | None, on: bool, lasts: bool
) -> None:
    rule = Rule("hide", "product", IDS[0], start=start, until=until, on=on)
    assert rule.lasts(TODAY) is lasts
    assert order(rule) == ([1, 2, 3, 4] if lasts else [0, 1, 2, 3, 4])


def test_the_explanation_names_the_rules_of_each_hit() -> None:
    rules = (
        pin(3, 1, rule_id=7),
        Rule("boost", "brand", "Lumo", rule_id=8),
        Rule("hide", "product", IDS[1], rule_id=9),
    )
    _, touched = apply(rules, "lamp", TODAY, np.array([0, 1, 2, 3]), COLUMNS)
    assert {position: [rule.rule_id for rule in found] for position, found in touched.items()} == {3: [7, 8], 0: [8]}
    assert touched[3][0].describe() == "pinned to place 1 for every query"
    assert touched[0][0].describe() == "boosted with brand 'Lumo' for every query"


def test_pinned_products_count_as_matched_and_hidden_ones_do_not() -> None:
    made = plan([pin(7, 1), Rule("hide", "product", IDS[0])], "lamp", TODAY, COLUMNS)
    matched = np.array([True, True, False, False, False, False, False, False])
    assert np.flatnonzero(made.matched(matched)).tolist() == [1, 7]
    assert np.flatnonzero(made.matched(matched, pins=False)).tolist() == [1]
    assert np.flatnonzero(matched).tolist() == [0, 1]


def test_with_collapsing_a_place_counts_groups_and_the_pin_stands_for_its_own() -> None:
    group = np.array([0, 0, 1, 1, 2, 3, 3, 4], dtype=np.int32)
    hits = np.arange(8)
    for place, wanted in ((1, [3, 0, 4, 5, 7]), (2, [0, 3, 4, 5, 7]), (4, [0, 4, 5, 3, 7]), (9, [0, 4, 5, 7, 3])):
        made = plan([pin(3, place)], "lamp", TODAY, COLUMNS)
        shown, sizes = collapse(made.ordering(hits, ALL, group=group), group)
        assert shown.tolist() == wanted
        assert sizes.sum() == 8
    # Two pins of one group: the first stands for it, and the next pin keeps its place.
    made = plan([pin(2, 1), pin(3, 2), pin(7, 3)], "lamp", TODAY, COLUMNS)
    assert collapse(made.ordering(hits, ALL, group=group), group)[0].tolist() == [2, 0, 7, 4, 5]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("push", "product", "a"), "action 'push'"),  # type: ignore[arg-type]
        (Rule("hide", "seller", "a"), "target 'seller'"),  # type: ignore[arg-type]
        (Rule("hide", "product", "a", "regex", "a"), "match 'regex'"),  # type: ignore[arg-type]
        (Rule("hide", "brand", "  "), "names no brand"),
        (Rule("hide", "brand", "a", "contains", " ,"), "holds no word"),
        (Rule("pin", "brand", "a", position=1), "boost it"),
        (Rule("pin", "product", "a"), "from 1 to 100, not None"),
        (Rule("pin", "product", "a", position=0), "from 1 to 100, not 0"),
        (Rule("hide", "product", "a", start=TODAY, until=date(2026, 1, 1)), "swap the dates"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: Rule, said: str) -> None:
    with pytest.raises(DataError, match=said):
        rule.checked()


def test_a_checked_rule_keeps_only_what_it_uses() -> None:
    rule = Rule("hide", "brand", " Lumo ", "any", " left over ", position=4).checked()
    assert rule == Rule("hide", "brand", "Lumo")
    assert rule.checked() == rule
    assert rule.to_dict()["start"] is None
    assert replace(rule, until=TODAY).to_dict()["until"] == "2026-03-15"


RULES = st.builds(
    Rule,
    action=st.sampled_from(ACTIONS),
    target=st.sampled_from(["product", "category", "brand"]),
    value=st.sampled_from([*IDS, *BRANDS, *CATEGORIES, "none"]),
    match=st.sampled_from(["any", "contains", "exact"]),
    pattern=st.sampled_from(["lamp", "chair"]),
    position=st.integers(1, 10),
).filter(lambda rule: rule.action != "pin" or rule.target == "product")


@given(
    st.lists(RULES, max_size=8),
    st.permutations(range(8)),
    st.integers(0, 8),
    st.lists(st.booleans(), min_size=8, max_size=8),
    st.lists(st.integers(0, 4), min_size=8, max_size=8),
)
def test_whatever_the_rules_hits_stand_once_pass_the_filters_and_follow_from_the_matched_set(
    rules: list[Rule], permuted: list[int], count: int, passes: list[bool], groups: list[int]
) -> None:
    passing, group = np.array(passes), np.array(groups, dtype=np.int32)
    hits = np.array([position for position in permuted[:count] if passes[position]], dtype=np.int64)
    matched = np.zeros(8, dtype=np.bool_)
    matched[hits] = True
    made = plan(rules, "lamp", TODAY, COLUMNS)
    changed = made.ordering(hits, passing)
    grouped = made.ordering(hits, passing, group=group)
    assert len(set(changed.tolist())) == len(changed)
    assert set(changed.tolist()) == set(np.flatnonzero(made.matched(matched) & passing).tolist())
    assert sorted(grouped.tolist()) == sorted(changed.tolist())
    # A pin stands at its place where there are hits enough to fill the places before it.
    shown = [(place, position) for place, position in made.pins if passes[position]]
    for earlier, (place, position) in enumerate(shown):
        others = len(changed) - len(shown)
        assert changed.tolist().index(position) == min(place - 1, others + earlier)
