"""A shop's rules and synonyms in the engine: who comes before whom, what is counted, and what is not kept too long."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from retrieval import shelf as shelf_module
from retrieval.engine import SearchEngine
from retrieval.errors import DataError
from retrieval.query.synonyms import Synonyms, shipped
from retrieval.records import MODES, SORTS, Filters, SearchResult
from retrieval.rules import Rule
from retrieval.shelf import Shelf, look
from tests.retrieval.stall import PRODUCTS, stall
from tests.retrieval.test_engine import choose

DAY = date(2026, 5, 10)


class Counter:
    """A shop's list of rules and synonyms, changed by hand; `broken` names what cannot be read."""

    def __init__(self) -> None:
        self._rules: tuple[Rule, ...] = ()
        self._number = 0
        self._synonyms = shipped()
        self.broken: set[str] = set()

    def set(self, *rules: Rule, synonyms: str = "") -> None:
        self._number += rules != self._rules
        self._rules = rules
        self._synonyms = Synonyms.parse(synonyms, base=shipped())

    def synonyms(self) -> Synonyms:
        if "synonyms" in self.broken:
            raise DataError("shop.synonyms.txt cannot be read; mend it")
        return self._synonyms

    def rules(self) -> tuple[int, tuple[Rule, ...]]:
        if "rules" in self.broken:
            raise DataError("shop.rules.sqlite cannot be read; mend it")
        return self._number, self._rules


@pytest.fixture(scope="module")
def shared() -> tuple[SearchEngine, Counter]:
    counter = Counter()
    return stall(counter), counter


@pytest.fixture
def engine(shared: tuple[SearchEngine, Counter]) -> SearchEngine:
    return shared[0]


@pytest.fixture
def counter(shared: tuple[SearchEngine, Counter]) -> Counter:
    shared[1].set()
    shared[1].broken.clear()
    return shared[1]


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sets the day that the engine lives in."""

    def to(day: date) -> None:
        class Day(date):
            @classmethod
            def today(cls) -> date:
                return day

        monkeypatch.setattr(shelf_module, "date", Day)

    to(DAY)
    return to


def ids(result: SearchResult) -> list[str]:
    return [hit.product_id for hit in result.hits]


def found(engine: SearchEngine, query: str, **asked: Any) -> SearchResult:
    return engine.search(query, **{"top_k": 200, "cutoff": False, "mode": "hybrid", **asked})


def pin(product_id: str, position: int = 1, **more: Any) -> Rule:
    return Rule("pin", "product", product_id, position=position, **more)


def test_a_pin_stands_at_its_place_and_says_so(engine: SearchEngine, counter: Counter) -> None:
    rule = pin("s005", 2, match="contains", pattern="kettle")
    counter.set(rule)
    for mode in MODES:
        plain = found(engine, "steel kettle", mode=mode, rules=False)
        pinned = found(engine, "steel kettle", mode=mode)
        others = [i for i in ids(plain) if i != "s005"]
        assert ids(pinned) == [others[0], "s005", *others[1:]], mode
        assert pinned.hits[1].rules == ("pinned to place 2 for queries with 'kettle'",)
        assert pinned.hits[1].to_dict()["rules"] == [rule.describe()]
        assert [hit.rank for hit in pinned.hits] == list(range(1, pinned.total + 1))
        assert all(hit.rules == () for hit in pinned.hits if hit.product_id != "s005")
        assert all(hit.rules == () for hit in plain.hits)
    unfound = found(engine, "kettle", mode="bm25")
    assert "s005" not in ids(found(engine, "kettle", mode="bm25", rules=False))
    assert ids(unfound)[1] == "s005"
    assert unfound.hits[1].score == 0.0
    assert "s005" not in ids(found(engine, "lamp", mode="bm25"))


def test_rules_take_part_whether_or_not_the_query_is_understood(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("s005"), Rule("hide", "product", "s000"))
    for understand in (True, False):
        result = found(engine, "steel kettle", understand=understand)
        assert ids(result)[0] == "s005"
        assert "s000" not in ids(result)


@pytest.mark.parametrize("mode", MODES)
def test_filters_then_hiding_then_pins_then_exact_names_then_burying_then_boosting(
    engine: SearchEngine, counter: Counter, mode: str
) -> None:
    query = f"{PRODUCTS[6].title} SK-7012"
    named = ids(found(engine, query, mode=mode))[:2]
    assert set(named) == {"s006", "s012"}
    # A pin comes before a name.
    counter.set(pin("s020"))
    assert ids(found(engine, query, mode=mode))[:3] == ["s020", *named]
    # What is hidden is neither pinned nor named, and no filter brings it back.
    counter.set(pin("s020"), Rule("hide", "product", "s020"), Rule("hide", "product", named[0]))
    hidden = found(engine, query, mode=mode)
    assert ids(hidden)[0] == named[1]
    assert not {"s020", named[0]} & set(ids(hidden))
    # A filter, and a bound of the query, come before a pin.
    counter.set(pin("s020"), pin("s003", 2))
    prices = {product.product_id: product.price for product in PRODUCTS}
    low = found(engine, query, mode=mode, filters=Filters(max_price=200.0))
    assert prices["s020"] == 500.01
    assert "s020" not in ids(low)
    assert "s020" not in ids(found(engine, "kettle under 500", mode=mode))
    assert ids(found(engine, "kettle under 500", mode=mode))[:1] != ["s020"]
    assert ids(found(engine, "kettle under 501", mode=mode))[:2] == ["s020", "s003"]
    # Burying and boosting leave names where they are.
    counter.set(Rule("bury", "product", named[0]), Rule("boost", "brand", "Prestige"))
    assert ids(found(engine, query, mode=mode))[:2] == named


def test_boosting_raises_and_burying_puts_behind_all_others(engine: SearchEngine, counter: Counter) -> None:
    plain = found(engine, "lamp")
    brands = {product.product_id: product.brand for product in PRODUCTS}
    counter.set(Rule("boost", "brand", "prestige"), Rule("bury", "brand", "Walton"))
    ruled = found(engine, "lamp")
    assert set(ids(ruled)) == set(ids(plain))
    buried = [brands[i] == "Walton" for i in ids(ruled)]
    assert buried == sorted(buried)
    before, after = ids(plain), ids(ruled)
    boosted = [i for i in before if brands[i] == "Prestige"]
    assert all(after.index(i) <= before.index(i) for i in boosted)
    assert any(after.index(i) < before.index(i) for i in boosted)
    assert {hit.rules for hit in ruled.hits if hit.product.brand == "Prestige"} == {
        ("boosted with brand 'prestige' for every query",)
    }
    # What both are for is buried.
    counter.set(Rule("boost", "product", before[0]), Rule("bury", "product", before[0]))
    assert ids(found(engine, "lamp"))[-1] == before[0]


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "relevance"])
def test_another_order_leaves_out_what_is_hidden_and_nothing_else(
    engine: SearchEngine, counter: Counter, sort: str
) -> None:
    plain = found(engine, "kettle", mode="bm25", sort=sort)
    first = ids(plain)[0]
    counter.set(pin("s005"), Rule("hide", "product", first), Rule("bury", "product", ids(plain)[1]))
    ruled = found(engine, "kettle", mode="bm25", sort=sort)
    assert ids(ruled) == ids(plain)[1:]


@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("sort", ["relevance", "price_asc"])
def test_facets_count_what_choosing_gives_under_rules(
    engine: SearchEngine, counter: Counter, collapse: bool, sort: str
) -> None:
    counter.set(pin("s005"), pin("t001", 3), Rule("hide", "brand", "Prestige"), Rule("boost", "category", "lamp"))
    for query in ("kettle", "kettle under 1000", "SK-7012"):
        asked = {"mode": "bm25", "collapse": collapse, "sort": sort}
        whole = found(engine, query, **asked)
        assert {value.value for value in whole.facets["brand"]} <= {"Walton", "No Brand"}
        for name, values in whole.facets.items():
            for value in values:
                chosen = found(engine, query, **asked, filters=choose(Filters(), name, value))
                assert chosen.total == value.count == len(chosen.hits), (query, name, value)


def test_a_pinned_product_shows_its_group_at_a_place_counted_in_groups(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("t001", 3))
    folded = found(engine, "bedsheet", collapse=True)
    assert folded.hits[2].product_id == "t001"
    assert folded.hits[2].group_size == 2
    assert "s001" not in ids(folded)
    plain = found(engine, "bedsheet", collapse=True, rules=False)
    assert folded.total == plain.total
    assert sum(hit.group_size for hit in folded.hits) == sum(hit.group_size for hit in plain.hits)


def test_a_rule_is_for_the_query_as_typed_or_as_understood(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("s005", match="exact", pattern="steel bottle"))

    def first(query: str, **asked: Any) -> str:
        return ids(found(engine, query, mode="bm25", **asked))[0]

    assert first("steel bottles") == "s005"
    assert first("steel botle") == "s005"
    assert first("steel bottle under 900") == "s005"
    assert first("steel botle", understand=False) != "s005"
    assert first("steel botle", dropped=["spelling:botle"]) != "s005"
    assert first("steel bottle lamp") != "s005"
    counter.set(pin("s005", match="exact", pattern="steel botle"))
    assert first("steel botle") == "s005"


def test_rules_for_every_query_hold_while_browsing(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("s005"), Rule("hide", "product", "s000"), pin("s007", 2, match="contains", pattern="kettle"))
    browsed = found(engine, "")
    assert ids(browsed)[:3] == ["s005", "s001", "s002"]
    assert browsed.total == len(PRODUCTS) - 1
    assert "s000" not in ids(found(engine, "", sort="price_asc"))
    assert ids(found(engine, "", rules=False))[0] == "s000"


def test_where_something_is_pinned_the_search_is_not_cut_off(engine: SearchEngine, counter: Counter) -> None:
    assert engine.search("zzqq wwvv", mode="hybrid").understood["no_good_match"]
    counter.set(pin("s005", match="exact", pattern="zzqq wwvv"))
    result = engine.search("zzqq wwvv", mode="hybrid")
    assert not result.understood["no_good_match"]
    assert ids(result)[0] == "s005"


def test_what_is_changed_holds_for_the_next_search(engine: SearchEngine, counter: Counter, today: Any) -> None:
    def asked() -> SearchResult:
        return engine.search("zubbo chair", mode="bm25", cutoff=False, top_k=200)

    assert asked().total == 0
    assert asked().from_cache
    counter.set(synonyms="zubbo => kettle")
    widened = asked()
    assert not widened.from_cache
    assert [beside["key"] for beside in widened.understood["synonyms"] if "zubbo" in beside["term"]] == [
        "synonym:zubbo"
    ]
    assert {hit.product.category for hit in widened.hits} == {"kettle"}
    assert "kettle" in widened.hits[0].matched_terms
    assert asked().from_cache
    counter.set(Rule("hide", "category", "kettle"), synonyms="zubbo => kettle")
    hidden = asked()
    assert not hidden.from_cache
    assert hidden.total == 0
    counter.set(Rule("hide", "category", "kettle", until=DAY), synonyms="zubbo => kettle")
    assert asked().total == 0
    assert asked().from_cache
    today(date(2026, 5, 11))
    over = asked()
    assert not over.from_cache
    assert ids(over) == ids(widened)
    today(date(2026, 5, 12))
    assert not asked().from_cache  # a rule may begin or end with any day
    counter.set(synonyms="zubbo => kettle\nchair => lamp")
    both = asked()
    assert not both.from_cache
    assert {hit.product.category for hit in both.hits} == {"kettle", "lamp"}
    counter.set(synonyms="zubbo => kettle\nchair => bottle")
    assert {hit.product.category for hit in asked().hits} == {"kettle", "bottle"}
    today(date(2026, 5, 13))
    assert asked().from_cache  # without rules no day differs from another


def test_rules_begin_and_end_with_their_days(engine: SearchEngine, counter: Counter, today: Any) -> None:
    counter.set(pin("s005", start=date(2026, 5, 9), until=date(2026, 5, 11)))
    first = {}
    for day in range(8, 13):
        today(date(2026, 5, day))
        first[day] = ids(found(engine, "kettle", mode="bm25"))[0] == "s005"
    assert first == {8: False, 9: True, 10: True, 11: True, 12: False}


def test_what_cannot_be_read_is_named_and_stood_in_for(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("s005"), synonyms="zubbo => kettle\nkettle => lamp")
    whole = found(engine, "kettle", mode="bm25")
    assert ids(whole)[0] == "s005"
    counter.broken = {"rules"}
    no_rules = found(engine, "kettle", mode="bm25")
    assert [(d.what, d.fallback) for d in no_rules.degraded] == [("rules", "no rules")]
    assert "shop.rules.sqlite cannot be read; mend it" in no_rules.degraded[0].why
    assert ids(no_rules)[0] != "s005"
    assert "lamp" in {hit.product.category for hit in no_rules.hits}  # its synonyms are still there
    counter.broken = {"synonyms"}
    no_synonyms = found(engine, "kettle", mode="bm25")
    assert [d.what for d in no_synonyms.degraded] == ["synonyms"]
    assert ids(no_synonyms)[0] == "s005"
    assert [beside["term"] for beside in no_synonyms.understood["synonyms"]] == ["kettle"]  # the shipped ones
    assert {hit.product.category for hit in no_synonyms.hits[1:]} == {"kettle"}
    counter.broken = {"rules"}
    plainly = found(engine, "kettle", mode="bm25", understand=False)
    assert [d.what for d in plainly.degraded] == ["rules"]
    counter.broken = {"rules", "synonyms"}
    assert [d.what for d in found(engine, "kettle", mode="bm25").degraded] == ["synonyms", "rules"]
    counter.broken = set()
    mended = found(engine, "kettle", mode="bm25")
    assert mended.degraded == ()
    assert ids(mended) == ids(whole)


def test_runs_and_similar_products_know_the_synonyms_but_no_rules(engine: SearchEngine, counter: Counter) -> None:
    counter.set(pin("s005"), Rule("hide", "product", "s006"), synonyms="zubbo => kettle")
    run = [product_id for product_id, _ in engine.run("zubbo", mode="bm25")]
    assert run
    assert "s005" not in run
    assert "s006" in run
    assert engine.run("zubbo", mode="bm25", understand=False) == []
    assert "s005" not in ids(engine.similar("s000", top_k=3))
    counter.broken = {"rules"}
    assert [product_id for product_id, _ in engine.run("zubbo", mode="bm25")] == run
    counter.broken = {"synonyms"}
    with pytest.raises(DataError, match=r"shop\.synonyms\.txt cannot be read"):
        engine.run("zubbo", mode="bm25")
    assert engine.run("zubbo", mode="bm25", understand=False) == []  # needs none


def test_an_engine_without_a_shop_has_the_shipped_synonyms(counter: Counter) -> None:
    alone = look(None, DAY)
    assert alone == Shelf(shipped(), DAY)
    counter.set(pin("s005"), synonyms="zubbo => kettle")
    own = look(counter, DAY)
    assert own.rules == (pin("s005"),)
    assert own.synonyms.expand(["zubbo"]) == (("zubbo", ("kettle",)),)
    assert own.faults == ()
    assert own.key() != alone.key()
    assert look(counter, date(2027, 1, 1)).key() != own.key()
    assert look(None, date(2027, 1, 1)).key() == alone.key()
    assert look(None).today == date.today()
