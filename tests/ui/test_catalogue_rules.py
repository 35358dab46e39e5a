"""The rules of a catalogue: none, some, broken ones, and what can be done with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from retrieval.rules import Rule
from shop import rules
from tests.hostile import TEXTS
from tests.ui.conftest import ROOT, TIMEOUT, Shop
from ui import catalogue_rules
from ui.safe_text import plain

DAY = date(2026, 3, 15)


def page() -> None:
    from ui import catalogue_rules, progress

    progress.said()
    catalogue_rules.draw("shop")


def opened() -> AppTest:
    app = AppTest.from_function(page, default_timeout=TIMEOUT).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


def titles(app: AppTest) -> list[str]:
    """Return the title lines of the cards on the search page."""
    return [str(m.value) for m in app.markdown if str(m.value).startswith(":gray[") and "] **" in str(m.value)]


def widget(app: AppTest, kind: str, ending: str, of: str = "rule_new") -> object:
    (found,) = [one for one in app.get(kind) if str(one.key).startswith(of) and str(one.key).endswith(ending)]
    return found


def kept(shop: Shop) -> tuple[Rule, ...]:
    return rules.listed(shop.settings.data_dir, "shop")


def test_a_product_is_pinned_by_its_id(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    assert "No rules yet" in texts(app)
    widget(app, "text_input", "_product").set_value("p12").run()  # type: ignore[attr-defined]
    widget(app, "text_input", "_pattern").set_value("wooden lamp").run()  # type: ignore[attr-defined]
    widget(app, "number_input", "_position").set_value(2).run()  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    assert not app.exception
    assert [replace(rule, rule_id=0) for rule in kept(shop)] == [
        Rule("pin", "product", "p12", "contains", "wooden lamp", position=2)
    ]
    assert "Added: p12 is pinned to place 2" in texts(app).replace("\\", "")
    assert "**Pin to place 2** wooden lamp model 12" in texts(app)


def test_a_product_is_found_by_words(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    widget(app, "text_input", "_product").set_value("model 17").run()  # type: ignore[attr-defined]
    which = widget(app, "selectbox", "_which_model 17")
    assert which.options[0].endswith("(p17)")  # type: ignore[attr-defined]
    widget(app, "text_input", "_pattern").set_value("lamp").run()  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    assert [rule.value for rule in kept(shop)] == ["p17"]
    widget(app, "text_input", "_product").set_value("zzzzqq").run()  # type: ignore[attr-defined]
    assert "No product has this id or these words." in texts(app)


def test_what_was_typed_last_counts_when_the_click_comes_before_the_page_was_drawn_with_it(
    shop: Shop, products: list[Product]
) -> None:
    shop.build(products)
    app = opened()
    widget(app, "text_input", "_product").set_value("p12")  # type: ignore[attr-defined]
    widget(app, "text_input", "_pattern").set_value("wooden lamp")  # type: ignore[attr-defined]
    widget(app, "number_input", "_position").set_value(3)  # type: ignore[attr-defined]
    widget(app, "date_input", "_until").set_value(DAY)  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    (made,) = kept(shop)
    assert replace(made, rule_id=0) == Rule("pin", "product", "p12", "contains", "wooden lamp", until=DAY, position=3)
    of = f"rule_{made.rule_id}_"
    widget(app, "text_input", "_pattern", of).set_value("lamp")  # type: ignore[attr-defined]
    app.button(key=f"rule_{made.rule_id}_save").click().run()
    assert not app.exception
    assert kept(shop) == (replace(made, pattern="lamp"),)


def test_a_product_that_nobody_was_shown_is_not_chosen(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    widget(app, "text_input", "_product").set_value("model 17")  # type: ignore[attr-defined]
    widget(app, "text_input", "_pattern").set_value("lamp")  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    assert "choose one that is found" in app.error[0].value
    assert kept(shop) == ()
    app.button(key="rule_add").click().run()  # now the page shows which one is meant
    assert [rule.value for rule in kept(shop)] == ["p17"]


def test_a_product_that_a_rule_hides_can_be_found_for_another_rule(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    rules.add(shop.settings.data_dir, "shop", Rule("hide", "product", "p17"))
    app = opened()
    widget(app, "text_input", "_product").set_value("model 17").run()  # type: ignore[attr-defined]
    assert widget(app, "selectbox", "_which_model 17").options[0].endswith("(p17)")  # type: ignore[attr-defined]


def test_a_saved_rule_holds_for_the_next_search_of_every_visitor(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    visitor = AppTest.from_file(str(ROOT / "new_rag.py"), default_timeout=TIMEOUT)
    visitor.query_params["q"] = "wooden lamp"
    visitor.run()
    first = titles(visitor)[0]
    pinned = next(product for product in products if product.category != "lamp")
    app = opened()
    widget(app, "text_input", "_product").set_value(pinned.product_id)  # type: ignore[attr-defined]
    widget(app, "text_input", "_pattern").set_value("lamp")  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    visitor.run()
    assert not visitor.exception
    assert pinned.title in titles(visitor)[0].replace("\\", "")
    assert titles(visitor)[1].split("] ", 1)[1] == first.split("] ", 1)[1]
    (made,) = kept(shop)
    app.button(key=f"rule_{made.rule_id}_delete").click().run()
    visitor.run()
    assert titles(visitor)[0] == first


def test_a_brand_is_hidden_for_every_query(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    widget(app, "button_group", "_action").set_value("hide").run()  # type: ignore[attr-defined]
    widget(app, "button_group", "_target").set_value("brand").run()  # type: ignore[attr-defined]
    widget(app, "selectbox", "_brand").set_value("Maker3").run()  # type: ignore[attr-defined]
    widget(app, "selectbox", "_match").set_value("any").run()  # type: ignore[attr-defined]
    app.button(key="rule_add").click().run()
    assert not app.exception
    assert [replace(rule, rule_id=0) for rule in kept(shop)] == [Rule("hide", "brand", "Maker3")]


def test_what_makes_no_sense_is_said_and_nothing_kept(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    app.button(key="rule_add").click().run()
    assert "names no product" in app.error[0].value
    assert kept(shop) == ()


def test_a_rule_is_switched_off_changed_and_deleted(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    made = rules.add(shop.settings.data_dir, "shop", Rule("boost", "category", "lamp"))
    app = opened()
    assert ":green-badge[on] **Boost** category lamp" in texts(app)
    app.toggle(key=f"rule_{made.rule_id}_on").set_value(False).run()
    assert kept(shop) == (replace(made, on=False),)
    assert ":gray-badge[off]" in texts(app)
    widget(app, "button_group", "_action", f"rule_{made.rule_id}_").set_value("bury").run()  # type: ignore[attr-defined]
    app.button(key=f"rule_{made.rule_id}_save").click().run()
    assert kept(shop) == (replace(made, on=False, action="bury"),)
    app.button(key=f"rule_{made.rule_id}_delete").click().run()
    assert not app.exception
    assert kept(shop) == ()


def test_what_another_visitor_did_to_a_rule_is_not_undone(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    data = shop.settings.data_dir
    made = rules.add(data, "shop", Rule("boost", "category", "lamp"))
    app = opened()
    moved = rules.change(data, "shop", replace(made, action="bury"))
    app.toggle(key=f"rule_{made.rule_id}_on").set_value(False).run()
    assert kept(shop) == (replace(moved, on=False),)
    widget(app, "button_group", "_action", f"rule_{made.rule_id}_").set_value("hide").run()  # type: ignore[attr-defined]
    rules.change(data, "shop", replace(moved, on=True))
    app.button(key=f"rule_{made.rule_id}_save").click().run()
    assert kept(shop) == (replace(moved, action="hide"),)
    rules.remove(data, "shop", made.rule_id)
    app.toggle(key=f"rule_{made.rule_id}_on").set_value(False).run()
    assert "no rule" in app.error[0].value


def test_a_rule_for_a_product_that_is_gone_says_so(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    rules.add(shop.settings.data_dir, "shop", Rule("pin", "product", "nobody", position=1))
    assert "nobody :red-badge[not in the catalogue]" in texts(opened())


def test_a_damaged_file_is_named(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    rules.add(shop.settings.data_dir, "shop", Rule("hide", "brand", "Maker1"))
    rules.path(shop.settings.data_dir, "shop").write_bytes(b"no database" * 1000)
    (said,) = opened().error
    assert "sqlite" in said.value


@pytest.mark.parametrize(
    ("rule", "badge"),
    [
        (Rule("hide", "brand", "x"), ":green-badge[on]"),
        (Rule("hide", "brand", "x", on=False), ":gray-badge[off]"),
        (Rule("hide", "brand", "x", until=date(2026, 3, 14)), ":orange-badge[over]"),
        (Rule("hide", "brand", "x", start=date(2026, 3, 16)), ":blue-badge[planned]"),
        (Rule("hide", "brand", "x", start=DAY, until=DAY), ":green-badge[on]"),
    ],
)
def test_a_badge_says_whether_a_rule_holds_today(rule: Rule, badge: str) -> None:
    assert catalogue_rules.state(rule, DAY) == badge
    assert (badge == ":green-badge[on]") is rule.lasts(DAY)


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names_are_shown_as_they_are(text: str) -> None:
    shown = catalogue_rules.line(Rule("hide", "brand", text, "contains", text), None, DAY)
    assert shown == (
        f":green-badge[on] **Hide** brand {plain(text, catalogue_rules.TITLE_LENGTH)} "
        f":small[for queries with “{plain(text, 80)}”]"
    )
