"""A merchandiser's rules: what is pinned, boosted, buried or hidden for which queries (pure functions over columns).

Precedence: filters > hidden > pinned > exact part number > buried > boosted > score. Rules are for order of relevance;
under another order (by price, say) only what is hidden stays away.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns
from retrieval.errors import DataError
from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import IntArray

Action = Literal["pin", "boost", "bury", "hide"]
ACTIONS: tuple[Action, ...] = get_args(Action)
Target = Literal["product", "category", "brand"]
TARGETS: tuple[Target, ...] = get_args(Target)
Match = Literal["exact", "contains", "any"]
MATCHES: tuple[Match, ...] = get_args(Match)
LOWEST_PIN = 100
BOOST = 3.0
"""A boosted hit stands as though its place were a third of what it is."""

Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]
_TOKENIZER = Tokenizer()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `value` is a product's id, or a category or brand, which are compared folded.

    `pattern` is compared by its words' stems: `exact` is the whole query, `contains` the words in a row within it,
    `any` every query (no pattern). `start` and `until` are days, both included; None is open. `position` is a pin's
    place from 1. `rule_id` is 0 where the rule is kept nowhere.
    """

    action: Action
    target: Target
    value: str
    match: Match = "any"
    pattern: str = ""
    start: date | None = None
    until: date | None = None
    position: int | None = None
    on: bool = True
    rule_id: int = 0

    def checked(self) -> Rule:
        """Return the rule with its spaces trimmed; raise DataError that says what about it makes no sense."""
        for name, given, allowed in (
            ("action", self.action, ACTIONS),
            ("target", self.target, TARGETS),
            ("match", self.match, MATCHES),
        ):
            if given not in allowed:
                raise DataError(f"a rule's {name} {given!r} is unknown; use one of {', '.join(allowed)}")
        value, pattern = self.value.strip(), " ".join(self.pattern.split())
        if not value:
            raise DataError(f"the rule names no {self.target}; say which one it is for")
        if self.match != "any" and not pattern_stems(pattern):
            raise DataError(f"the pattern {pattern!r} holds no word; write one, or let the rule hold for every query")
        if self.action == "pin":
            if self.target != "product":
                raise DataError(f"a {self.target} cannot be pinned to a place; boost it, or pin products of it")
            if self.position is None or not 1 <= self.position <= LOWEST_PIN:
                raise DataError(f"a pin's place is a number from 1 to {LOWEST_PIN}, not {self.position}")
        if self.start is not None and self.until is not None and self.start > self.until:
            raise DataError(f"the rule ends on {self.until} before it begins on {self.start}; swap the dates")
        return Rule(
            self.action,
            self.target,
            value,
            self.match,
            "" if self.match == "any" else pattern,
            self.start,
            self.until,
            self.position if self.action == "pin" else None,
            self.on,
            self.rule_id,
        )

    def lasts(self, today: date) -> bool:
        """Return whether the rule is on and `today` lies within its days."""
        return self.on and (self.start or date.min) <= today <= (self.until or date.max)

    def holds(self, query: str) -> bool:
        """Return whether the rule is for this query, whatever the day."""
        if self.match == "any":
            return True
        wanted, said = pattern_stems(self.pattern), pattern_stems(query)
        if self.match == "exact":
            return wanted == said
        return any(said[i : i + len(wanted)] == wanted for i in range(len(said) - len(wanted) + 1))

    def describe(self) -> str:
        """Return the rule in words, as a hit's explanation says it."""
        what = {
            "pin": f"pinned to place {self.position}",
            "boost": "boosted",
            "bury": "buried",
            "hide": "hidden",
        }[self.action]
        by = "" if self.target == "product" else f" with {self.target} {self.value!r}"
        when = {
            "any": "for every query",
            "exact": f"for the query {self.pattern!r}",
            "contains": f"for queries with {self.pattern!r}",
        }[self.match]
        return f"{what}{by} {when}"

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as JSON-ready values, dates in ISO 8601."""
        return {
            "rule_id": self.rule_id,
            "action": self.action,
            "target": self.target,
            "value": self.value,
            "match": self.match,
            "pattern": self.pattern,
            "start": None if self.start is None else self.start.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "position": self.position,
            "on": self.on,
        }


@lru_cache(maxsize=4_096)
def pattern_stems(text: str) -> tuple[str, ...]:
    """Return the stems by which a pattern and a query are compared."""
    return tuple(_TOKENIZER(text))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules that hold for a query today do, whatever its hits are.

    `pins` are (place from 1, position), by place, each product and place once; `hidden`, `buried` and `boosted` hold
    positions in rising order; `touches` pairs each rule with the positions that it is for.
    """

    pins: tuple[tuple[int, int], ...] = ()
    hidden: Positions = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    buried: Positions = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    boosted: Positions = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    touches: tuple[tuple[Rule, Positions], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.touches)

    def matched(self, matched: Mask, *, pins: bool = True) -> Mask:
        """Return which products count as matched under the rules: pinned ones as well, hidden ones not.

        Filters are still to be applied: a pinned product that they leave out stays out.
        """
        changed = matched.copy()
        if pins:
            changed[[position for _, position in self.pins]] = True
        changed[self.hidden] = False
        return changed

    def ordering(
        self, ordering: Positions, passing: Mask, *, exact: Sequence[int] = (), group: IntArray | None = None
    ) -> Positions:
        """Return the hits as the rules want them: hidden ones out, pinned ones that pass the filters in.

        `ordering` holds positions by falling relevance, `passing` which products pass the filters, `exact` the hits
        whose part number or title the query names: only pins come before those. With `group` (a number a position) the
        hits will be collapsed by it, and a pin's place counts groups; its group is shown by the pinned product.
        """
        size = len(passing)
        kept = ordering[~_mask(self.hidden, size)[ordering]]
        first = _mask(np.asarray(exact, dtype=np.int64), size)[kept]
        rest = np.concatenate([kept[first], self._weighed(kept[~first], size)])
        shown = [(place, position) for place, position in self.pins if passing[position]]
        return _pinned(rest, shown, group) if shown else rest

    def _weighed(self, hits: Positions, size: int) -> Positions:
        """Return hits with boosted ones moved up and buried ones behind all others, else in their order."""
        if not len(self.boosted) and not len(self.buried):
            return hits
        place = np.arange(1, len(hits) + 1, dtype=np.float64)
        place[_mask(self.boosted, size)[hits]] /= BOOST
        place[_mask(self.buried, size)[hits]] += len(hits)
        return hits[np.argsort(place, kind="stable")]

    def rules(self, position: int) -> tuple[Rule, ...]:
        """Return the rules that are for the product at a position."""
        return tuple(rule for rule, positions in self.touches if _holds(positions, position))

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the rules that take part as JSON-ready values."""
        return [rule.to_dict() for rule, _ in self.touches]


def plan(rules: Iterable[Rule], query: str, today: date, columns: Columns, also: Iterable[str] = ()) -> Plan:
    """Return what the rules do for a query on a day; `also` are other texts that it was understood as.

    A product that several pins are for has the first one's place; a place that several products are pinned to goes to
    the first of them, and the others follow it. A rule for something that the catalogue does not hold does nothing.
    """
    texts = dict.fromkeys((query, *also))
    held = [rule for rule in rules if rule.lasts(today) and any(map(rule.holds, texts))]
    if not held:
        return Plan()
    find = _finder(columns)
    touches = [(rule, positions) for rule in held if len(positions := find(rule))]
    by_action: dict[Action, list[Positions]] = {action: [] for action in ACTIONS}
    for rule, positions in touches:
        by_action[rule.action].append(positions)
    hidden = _together(by_action["hide"])
    wanted = [
        (rule.position, int(positions[0])) for rule, positions in touches if rule.action == "pin" and rule.position
    ]
    return Plan(
        pins=_places([(place, position) for place, position in wanted if not _holds(hidden, position)]),
        hidden=hidden,
        buried=_together(by_action["bury"]),
        boosted=_together(by_action["boost"]),
        touches=tuple(touches),
    )


def apply(
    rules: Iterable[Rule],
    query: str,
    today: date,
    ordering: Positions,
    columns: Columns,
    *,
    passing: Mask | None = None,
    exact: Sequence[int] = (),
) -> tuple[Positions, Mapping[int, tuple[Rule, ...]]]:
    """Return the hits as the rules want them, and the rules that touched each of them by its position.

    `passing` says which products pass the filters, by default all.
    """
    made = plan(rules, query, today, columns)
    if not made:
        return ordering, {}
    everything = np.ones(len(columns), dtype=np.bool_)
    changed = made.ordering(ordering, everything if passing is None else passing, exact=exact)
    touched = {int(position): made.rules(int(position)) for position in changed}
    return changed, {position: found for position, found in touched.items() if found}


def _finder(columns: Columns) -> Callable[[Rule], Positions]:
    """Return what finds the positions that a rule is for, in rising order."""
    by_rank = np.empty(len(columns), dtype=np.int64)
    by_rank[columns.id_rank] = np.arange(len(columns), dtype=np.int64)

    def find(rule: Rule) -> Positions:
        if rule.target != "product":
            coded = columns.category if rule.target == "category" else columns.brand
            return np.flatnonzero(coded.having([rule.value])).astype(np.int64)
        place = bisect_left(by_rank, rule.value, key=lambda position: str(columns.ids[position]))
        found = by_rank[place : place + 1]
        return found if len(found) and str(columns.ids[found[0]]) == rule.value else found[:0]

    return find


def _places(wanted: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    taken: dict[int, int] = {}
    seen: set[int] = set()
    for place, position in sorted(wanted, key=lambda pin: pin[0]):
        if position not in seen:
            seen.add(position)
            while place in taken:
                place += 1
            taken[place] = position
    return tuple(sorted(taken.items()))


def _pinned(rest: Positions, pins: Sequence[tuple[int, int]], group: IntArray | None) -> Positions:
    """Return hits with the pins at their places, or behind all others where there are too few of them."""
    if group is None:
        others = rest[~np.isin(rest, [position for _, position in pins])]
        shown = np.arange(len(others))
        mates = others[:0]
    else:
        # Of two pins in one group the second would vanish in the first, and leave its place empty.
        first_of = {int(group[position]): position for _, position in reversed(pins)}
        pins = [(place, position) for place, position in pins if first_of[int(group[position])] == position]
        mine = np.isin(group[rest], list(first_of))
        others, mates = rest[~mine], rest[mine & ~np.isin(rest, [position for _, position in pins])]
        shown = np.sort(np.unique(group[others], return_index=True)[1])
    before = [place - 1 - earlier for earlier, (place, _) in enumerate(pins)]
    at = [int(shown[count]) if count < len(shown) else len(others) for count in before]
    return np.concatenate([np.insert(others, at, [position for _, position in pins]), mates])


def _together(many: Sequence[Positions]) -> Positions:
    return np.unique(np.concatenate(many)) if many else np.empty(0, dtype=np.int64)


def _mask(positions: Positions, size: int) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[positions] = True
    return mask


def _holds(positions: Positions, position: int) -> bool:
    """Return whether positions in rising order hold one."""
    place = int(np.searchsorted(positions, position))
    return place < len(positions) and int(positions[place]) == position
