from __future__ import annotations

import threading
import weakref

import pytest

from retrieval.loads import Loads, StillLoading


class Thing:
    """Something that is loaded, and can be seen to be let go."""


def ready(loads: Loads, slot: str, key: str, load=Thing) -> Thing:
    """Return what is loaded for a slot, asked for until it is there."""
    pause = threading.Event()
    for _ in range(2000):
        try:
            return loads.get(slot, key, load, "load")
        except StillLoading:
            pause.wait(0.005)
    raise AssertionError("it was never loaded")


def test_one_load_serves_all_who_ask() -> None:
    loads, count = Loads(background=False), []

    def load() -> Thing:
        count.append(1)
        return Thing()

    with_all: list[Thing] = []
    threads = [
        threading.Thread(target=lambda i=i: with_all.append(loads.get(f"slot{i % 3}", "k", load, "load")))
        for i in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(count), len(with_all), len({id(thing) for thing in with_all})) == (1, 12, 1)


def test_the_old_one_is_handed_out_until_the_new_one_is_there() -> None:
    loads, go = Loads(background=True), threading.Event()
    with pytest.raises(StillLoading):
        loads.get("slot", "old", lambda: go.wait(30) and Thing(), "load")
    go.set()
    old = ready(loads, "slot", "old")
    go.clear()

    def slow() -> Thing:
        assert go.wait(30)
        return Thing()

    assert all(loads.get("slot", "new", slow, "load") is old for _ in range(20))
    with pytest.raises(StillLoading):  # another use had nothing before
        loads.get("other", "new", slow, "load")
    go.set()
    pause = threading.Event()
    while (new := loads.get("slot", "new", slow, "load")) is old:
        pause.wait(0.005)
    assert loads.get("other", "new", slow, "load") is new
    assert loads.get("slot", "new", slow, "load") is new


def test_what_cannot_be_loaded_is_raised_and_the_old_one_comes_back_at_once() -> None:
    loads = Loads(background=True)
    old = ready(loads, "slot", "old")

    def fail() -> Thing:
        raise ValueError("damaged")

    def until_it_failed() -> None:
        pause = threading.Event()
        while loads.get("slot", "new", fail, "load") is old:
            pause.wait(0.005)

    with pytest.raises(ValueError, match="damaged"):
        until_it_failed()

    def never() -> Thing:
        raise AssertionError("it is there still")

    assert loads.get("slot", "old", never, "load") is old


def test_what_is_not_used_any_more_is_let_go() -> None:
    loads = Loads(background=False)
    held = weakref.ref(loads.get("a", "one", Thing, "load"))
    shared = weakref.ref(loads.get("b", "shared", Thing, "load"))
    loads.get("c", "shared", Thing, "load")
    loads.get("a", "two", Thing, "load")
    loads.get("b", "two", Thing, "load")
    assert held() is None
    assert shared() is not None
    loads.get("c", "two", Thing, "load")
    assert shared() is None
