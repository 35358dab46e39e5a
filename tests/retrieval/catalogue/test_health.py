"""Health is looked over by hand-made catalogues, of which every finding is known."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue import parse_file
from retrieval.catalogue.duplicates import identical, near, similarity, words
from retrieval.catalogue.health import KINDS, Bin, health, price_edges
from retrieval.records import Problem, Product


def shop(*titles: str, **fields: object) -> list[Product]:
    return [Product(f"p{n}", title, **fields) for n, title in enumerate(titles)]  # type: ignore[arg-type]


def kinds(products: list[Product]) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.kind, finding.product_ids) for finding in health(products).findings]


def test_coverage_counts_what_says_something() -> None:
    products = [
        Product("1", "A", brand="No Brand", price=0.0, rating_count=0),
        Product("2", "B", brand="Acme", colors=("red",), attributes={"x": "y"}),
        Product("3", "C", description="text"),
        Product("4", "D", category="", images=()),
    ]
    covered = {entry.field: (entry.filled, entry.share) for entry in health(products).coverage}
    assert covered["title"] == (4, 1.0)
    assert covered["brand"] == (1, 1 / 4)
    assert covered["price"] == (1, 1 / 4)
    assert covered["rating_count"] == (1, 1 / 4)
    assert (covered["colors"], covered["attributes"], covered["description"]) == ((1, 0.25), (1, 0.25), (1, 0.25))
    assert (covered["category"], covered["images"], covered["sku"]) == ((0, 0.0), (0, 0.0), (0, 0.0))
    assert "product_id" not in covered


def test_distributions_count_every_value_in_its_bin() -> None:
    products = [Product(str(n), "x", price=p, currency="BDT") for n, p in enumerate([3.0, 5.0, 9.99, 10.0, 40.0])]
    products += [Product("e", "x", price=2.0, currency="EUR", rating=5.0), Product("r", "x", rating=4.4)]
    found = health(products)
    taka, euro = found.prices
    assert (taka.unit, taka.count, taka.lowest, taka.median, taka.highest) == ("BDT", 5, 3.0, 9.99, 40.0)
    assert taka.bins == (Bin(2, 5, 1), Bin(5, 10, 2), Bin(10, 20, 1), Bin(20, 50, 1))
    assert (euro.unit, euro.bins) == ("EUR", (Bin(2, 5, 1),))
    assert found.ratings is not None
    assert found.ratings.bins[-2:] == (Bin(4.0, 4.5, 1), Bin(4.5, 5.0, 1))
    assert health([Product("1", "A")]).ratings is None
    assert health([Product("1", "A", price=0.0)]).prices[0].bins[0].low == 0.0


@given(st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1e12)), min_size=1))
def test_edges_hold_all_prices(values: list[float]) -> None:
    edges = price_edges(values)
    assert list(edges) == sorted(set(edges))
    assert len(edges) >= 2
    assert edges[0] <= min(values)
    assert max(values) < edges[-1]
    products = [Product(str(n), "x", price=value) for n, value in enumerate(values)]
    assert sum(entry.count for entry in health(products).prices[0].bins) == len(values)


def test_categories_and_problems_are_counted() -> None:
    products = [Product("1", "A", category="Lamps"), Product("2", "B", category="lamps "), Product("3", "C")]
    problems = [Problem(1, "bad-price", "1", "x"), Problem(2, "bad-price", "2", "x"), Problem(3, "bad-url", "2", "x")]
    found = health(products, problems)
    assert found.categories == (("Lamps", 2), ("", 1))
    assert found.problems == {"bad-price": 2, "bad-url": 1}


def test_identical_listings_are_grouped_whatever_their_case_and_decoration() -> None:
    products = shop("Blue Kettle - 1 L", "blue kettle 1 l", "Red kettle 1 L", "【Blue】 kettle, 1 L")
    assert [[p.product_id for p in group] for group in identical(products)] == [["p0", "p1", "p3"]]
    assert kinds(products)[0] == ("duplicate", ("p0", "p1", "p3"))


def test_titles_that_share_nearly_all_words_are_near_unless_a_number_differs() -> None:
    base = "Slim fit stretchable denim jeans for men in"
    products = shop(f"{base} blue", f"{base} black", f"{base} blue 32", f"{base} blue 34", "Slim jeans")
    # 8 of 10 words are shared by p0 and p1; p2 and p3 hold different numbers.
    assert similarity(words(products[0].title), words(products[1].title)) == 8 / 10
    assert [[p.product_id for p in group] for group in near(products)] == [["p0", "p1"]]
    (finding,) = health(products).of_kind("near-duplicate")
    assert finding.message == f"{base} blue has nearly the same title as {base} black."


TITLES = st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=3).map(sorted).map(" ".join), max_size=12)


@given(TITLES, st.sampled_from([0.6, 0.8, 1.0]))
def test_the_inverted_index_misses_no_near_title(titles: list[str], least: float) -> None:
    products = shop(*titles)
    groups = near(products, least)
    for group in groups:
        assert all(similarity(words(group[0].title), words(p.title)) >= least for p in group)
    leaders = [words(group[0].title) for group in groups]
    grouped = {words(p.title) for group in groups for p in group}
    alone = {words(p.title) for p in products if len(words(p.title)) >= 4} - grouped
    for own in alone:
        assert all(similarity(own, other) < least for other in [*leaders, *alone] if other != own)


def test_prices_that_are_wrong_in_themselves() -> None:
    products = [
        Product("zero", "A lamp", price=0.0),
        Product("range", "B lamp", price=9.0, price_max=5.0),
        Product("before", "C lamp", price=9.0, original_price=8.5),
        Product("good", "D lamp", price=9.0, price_max=9.5, original_price=12.0),
    ]
    assert kinds(products) == [
        ("price-zero", ("zero",)),
        ("price-range", ("range",)),
        ("price-original", ("before",)),
    ]
    assert health(products).findings[2].message == "C lamp costs 9 now, more than the 8.50 it cost before."


def priced(*amounts: float, category: str = "lamps") -> list[Product]:
    return [Product(f"{category}{n}", f"{category} {n}", category=category, price=a) for n, a in enumerate(amounts)]


def test_a_lone_price_far_from_its_category_is_suspicious() -> None:
    usual = [100.0, 110.0, 120.0, 130.0, 140.0, 150.0, 160.0, 170.0, 180.0, 190.0, 200.0]
    assert kinds(priced(*usual, 9000.0)) == [("price-outlier", ("lamps11",))]
    assert kinds(priced(*usual, 2.0)) == [("price-outlier", ("lamps11",))]
    # 155 is the median; eight times as much is not yet too much.
    assert kinds(priced(*usual, 8 * 150.0)) == []
    # Four alike are another kind of thing; eleven are too few to judge by.
    assert kinds(priced(*usual, 9000.0, 9500.0, 10000.0, 10500.0)) == []
    assert kinds(priced(*usual[:-1], 9000.0)) == []
    # The category tells what is usual, and each currency is its own.
    assert kinds(priced(*usual, 200.0) + priced(*[a * 60 for a in usual], 9000.0, category="sofas")) == []


def test_brands_that_only_the_title_names() -> None:
    products = [
        Product("1", "Acme kettle", brand="Acme"),
        Product("2", "Acme lamp", brand="ACME"),
        Product("3", "Acme toaster", brand="No Brand"),
        Product("4", "New toaster by acme"),
        Product("5", "Lid for Acme kettle", brand="No Brand"),
        Product("6", "Acme iron", brand="Hearth"),
        Product("7", "Hearth iron, Acme style", brand="Hearth"),
        Product("8", "Acmeist poems", brand="No Brand"),
    ]
    found = [f for f in health(products).findings if f.kind.startswith("brand")]
    assert [(f.kind, f.product_ids) for f in found] == [("brand-missing", ("3", "4")), ("brand-other", ("6",))]
    assert found[0].message == "Acme stands in the title of 2 products without a brand, e.g. Acme toaster."


def test_a_word_that_is_rarely_the_brand_is_none() -> None:
    products = [Product(str(n), f"Smart watch {n}", brand="Smart" if n < 2 else None) for n in range(20)]
    assert kinds(products) == []


@pytest.mark.parametrize(
    ("title", "description", "kind"),
    [
        ("【HOT】 Kettle", "", "spam-tag"),
        ("(NEW) Kettle", "", "spam-tag"),
        ("Kettle [hot sale!]", "", "spam-tag"),
        ("Kettle (newly glazed)", "", None),
        ("White shoe - Shoe For Boys - Insoles For Shoes", "", "keyword-tail"),
        ("niqab for women niqab one part niqab nose niqab", "", "keyword-tail"),
        ("Glass jug with glass lid", "", None),
        ("T-shirt", "soft #tshirt #ForMen #genji", "hashtags"),
        ("T-shirt #1", "issue #2 of 3, https://x.example/#top", None),
        ("Kettle", "fine &lt;style&gt; kettle", "markup"),
        ("Kettle", "<div class='x'>fine</div>", "markup"),
        ("Kettle", "pre { white-space: pre-line; }", "markup"),
        ("Kettle", "a < b and c > d, R&D {not: css}", None),
        ("Kettle", "A fine kettle for mornings. " * 3, "repeated-text"),
        ("Kettle", "A. " + "It boils a litre of water in two short minutes. " * 3 + "B.", "repeated-text"),
        ("Kettle", "It boils a litre of water in two short minutes. And it whistles.", None),
    ],
)
def test_text_that_is_spam_or_markup(title: str, description: str, kind: str | None) -> None:
    assert kinds([Product("1", title, description=description)]) == ([(kind, ("1",))] if kind else [])


def test_findings_come_in_order_and_are_json() -> None:
    products = [Product("1", "【HOT】 lamp", price=0.0), Product("2", "【HOT】 lamp")]
    found = health(products, [Problem(1, "bad-url", None, "x")])
    assert [f.kind for f in found.findings] == ["duplicate", "price-zero", "spam-tag", "spam-tag"]
    assert found.counts() == {"duplicate": 2, "price-zero": 1, "spam-tag": 2}
    assert set(found.counts()) <= set(KINDS)
    assert json.loads(json.dumps(found.to_dict()))["findings"][1] == {
        "kind": "price-zero",
        "product_ids": ["1"],
        "message": "【HOT】 lamp costs nothing.",
    }
    assert health([]).products == 0


@pytest.mark.realdata
def test_a_real_catalogue_is_looked_over_in_seconds(realdata_dir: Path) -> None:
    report = parse_file(realdata_dir / "daraz" / "products.md")
    began = time.process_time()
    found = health(report.products, report.problems)
    assert time.process_time() - began < 5
    counts = found.counts()
    # The catalogue's own description says: 927 products repeat another's title; one title stands 61 times.
    assert counts["duplicate"] >= 927
    assert max(len(f.product_ids) for f in found.of_kind("duplicate")) >= 50
    assert 0 < counts["price-outlier"] < 50
    known = {p.product_id for p in report.products}
    assert all(set(f.product_ids) <= known and f.product_ids and f.message for f in found.findings)
