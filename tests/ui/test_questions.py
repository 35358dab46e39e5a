"""Which searches are questions."""

from __future__ import annotations

import pytest

from ui.questions import is_question


@pytest.mark.parametrize(
    "text",
    [
        "lamp under 500?",
        "What is the cheapest kettle",
        "which backpack is best rated",
        "how much is the oak lamp",
        "is there a black kettle",
        "Do you have red shoes",
        "does it come in blue",
        "compare oak lamp and desk lamp",
        "cheapest saree",
        "can i wash it",
        "tell me about the oak lamp",
        "কোন শাড়ি সবচেয়ে সস্তা",
        "any lamp ? ",
    ],
)
def test_a_question_is_known_by_its_beginning_or_end(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    ["", "?", "lamp", "lamp?", "can opener", "do not disturb sign", "isolated flask", "red saree under 1000",
     "howl poster", "whatsapp cover", "tell tale lamp", "compared to nothing"],
)  # fmt: skip
def test_what_names_a_thing_is_none(text: str) -> None:
    assert not is_question(text)
