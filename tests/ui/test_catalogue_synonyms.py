"""The synonyms of a catalogue: edited, refused, changed by two at once, and suggested."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from shop import synonyms
from tests.hostile import TEXTS
from tests.ui.conftest import TIMEOUT, Shop
from ui.safe_text import plain


def page() -> None:
    from ui import catalogue_synonyms, progress

    progress.said()
    catalogue_synonyms.draw("shop")


def opened() -> AppTest:
    app = AppTest.from_function(page, default_timeout=TIMEOUT).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


def text(shop: Shop) -> str:
    return synonyms.text(shop.settings.data_dir, "shop")


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Return a shop in whose titles two spellings of one word stand in the same places."""
    pairs = [("oak", "office"), ("linen", "garden"), ("velvet", "bedroom"), ("rattan", "kitchen")]
    titles = [
        f"{stuff} {word} for {room} {edition}"
        for edition in ("plain", "carved")
        for word in ("moslin", "muslin")
        for stuff, room in pairs
    ]
    shop.build([Product(f"p{number}", title) for number, title in enumerate(titles)])
    return shop


def test_a_list_is_written_and_saved(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    app.text_area[0].set_value("lamp, lantern\n# mine")
    app.button(key="synonyms_save").click().run()  # the click that leaves the field
    assert not app.exception
    assert text(shop) == "lamp, lantern\n# mine\n"
    assert "1 rule saved" in texts(app)


def test_a_faulty_line_is_named_and_what_was_written_stays(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    app.text_area[0].set_value("lamp, lantern\nalone").run()
    app.button(key="synonyms_save").click().run()
    assert "line 2" in app.error[0].value
    assert app.text_area[0].value == "lamp, lantern\nalone"
    assert text(shop) == ""


def test_what_somebody_else_saved_meanwhile_is_not_undone(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    synonyms.save(shop.settings.data_dir, "shop", "theirs, others")
    app.text_area[0].set_value("mine, own").run()
    assert "changed elsewhere" in app.warning[0].value
    app.button(key="synonyms_save").click().run()
    assert "Not saved" in app.error[0].value
    assert text(shop) == "theirs, others\n"
    app.button(key="synonyms_read_again").click().run()
    assert app.text_area[0].value == "theirs, others\n"
    assert not app.warning


def test_who_wrote_nothing_sees_what_somebody_else_saved(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    app = opened()
    synonyms.save(shop.settings.data_dir, "shop", "theirs, others")
    app.run()
    assert not app.warning
    assert app.text_area[0].value == "theirs, others\n"


def test_suggestions_are_looked_for_when_asked_and_taken_up(stocked: Shop) -> None:
    app = opened()
    assert "moslin" not in texts(app)
    app.toggle(key="synonyms_suggest").set_value(True).run()
    assert not app.exception
    assert "**moslin** and **muslin**" in texts(app)
    assert "By places and spelling alone" in texts(app)
    (both,) = [button for button in app.button if str(button.key).startswith("both_")]
    both.click().run()
    assert text(stocked) == "moslin, muslin\n"
    assert app.text_area[0].value == "moslin, muslin\n"
    assert "Nothing to suggest" in texts(app)


def test_a_suggestion_joins_what_is_being_written(stocked: Shop) -> None:
    app = opened()
    app.toggle(key="synonyms_suggest").set_value(True).run()
    app.text_area[0].set_value("lamp, lantern").run()
    (right,) = [button for button in app.button if str(button.key).startswith("right_")]
    right.click().run()
    assert text(stocked) == "moslin => muslin\n"
    assert app.text_area[0].value == "lamp, lantern\nmoslin => muslin\n"
    app.button(key="synonyms_save").click().run()
    assert text(stocked) == "lamp, lantern\nmoslin => muslin\n"


def test_a_declined_suggestion_does_not_come_back(stocked: Shop) -> None:
    app = opened()
    app.toggle(key="synonyms_suggest").set_value(True).run()
    (no,) = [button for button in app.button if str(button.key).startswith("no_")]
    no.click().run()
    assert "Nothing to suggest" in texts(app)
    again = opened()
    again.toggle(key="synonyms_suggest").set_value(True).run()
    assert "Nothing to suggest" in texts(again)
    assert text(stocked) == ""


def test_a_file_that_cannot_be_read_is_named(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    synonyms.save(shop.settings.data_dir, "shop", "lamp, lantern")
    synonyms.path(shop.settings.data_dir, "shop").write_bytes(b"\xff\xfe\x00")
    (said,) = opened().error
    assert "synonyms" in said.value


def test_without_a_catalogue_the_list_can_still_be_edited(shop: Shop) -> None:
    app = opened()
    assert len(app.text_area) == 1


def test_hostile_titles_are_shown_as_they_are(shop: Shop) -> None:
    shop.build(
        [
            Product(f"p{number}_{word}", f"{hostile} oak {word} for office {number}")
            for number, hostile in enumerate(TEXTS[:6])
            for word in ("moslin", "muslin")
        ]
    )
    app = opened()
    app.toggle(key="synonyms_suggest").set_value(True).run()
    assert not app.exception
    shown = [caption.value for caption in app.caption if "for office 0" in caption.value]
    marks = {word: f"{plain(TEXTS[0])} oak :orange-background[{word}] for office 0" for word in ("moslin", "muslin")}
    assert sorted(shown) == sorted(marks.values())
