from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.line import Line
from retrieval.query.negation import asserts, find_negations
from retrieval.text import fold


def read(text: str) -> list[tuple[str, tuple[str, ...]]]:
    line = Line.of(text)
    return [(part.text, part.values) for part in find_negations(line, line.folded, {"red", "black"})]


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("drone without camera", "without camera", ("camera",)),
        ("drone without camera for kids", "without camera", ("camera",)),
        ("fan without remote control", "without remote control", ("remote", "control")),
        ("shirt without collar black", "without collar", ("collar",)),
        ("shoes with no laces", "no laces", ("laces",)),
        ("toy with a screen, no phone needed", "no phone needed", ("phone",)),
        ("shirt, not black", "not black", ("black",)),
        ("not red shirt", "not red", ("red",)),
        ("shoes but not leather", "but not leather", ("leather",)),
        ("watch other than zento", "other than zento", ("zento",)),
        ("tea w/o sugar", "w/o sugar", ("sugar",)),
        ("jacket without padding", "without padding", ("padding",)),
        ("ক্যামেরা ছাড়া ড্রোন", "ক্যামেরা ছাড়া", ("ক্যামেরা",)),
    ],
)
def test_what_is_not_wanted(text: str, span: str, words: tuple[str, ...]) -> None:
    assert read(text) == [(span, tuple(fold(word) for word in words))]


def test_alternatives_are_parts_of_their_own() -> None:
    assert read("drone without camera or wifi") == [("without camera", ("camera",)), ("or wifi", ("wifi",))]


@pytest.mark.parametrize(
    "text",
    [
        "no show socks",
        "no leak container",
        "No Boundaries",
        "no 1 quality",
        "model no 45",
        "no brand",
        "non stick pan",
        "laptop not working",
        "why my fan will not start",
        "water not going down",
        "hold it without poking holes",
        "bag not too big",
        "case not for tablets",
        "without",
        "no",
        "knot",
    ],
)
def test_what_is_no_wish(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("title", "has"),
    [
        ("Drone with Cameras", True),
        ("Camera drone", True),
        ("Drone, no camera", False),
        ("Drone without any camera", False),
        ("Camera-free drone", False),
        ("Drone without camera, camera sold apart", True),
        ("Cameraman", False),
        ("Drone", False),
    ],
)
def test_a_title_has_what_it_names_and_does_not_deny(title: str, has: bool) -> None:
    assert asserts(title, ["camera"]) is has


def test_several_words_are_one_thing() -> None:
    assert asserts("Fan with remote-control", ["remote", "control"])
    assert not asserts("Fan, remote place, control knob", ["remote", "control"])
    assert not asserts("Fan", [])


@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=3))
def test_any_title_and_words_are_compared(title: str, words: list[str]) -> None:
    assert asserts(title, words) in (True, False)
