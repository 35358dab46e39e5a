"""Work in a thread of its own: handed over in order, left at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from answering.providers.background import drawn


def never() -> bool:
    return False


def test_pieces_come_in_order_and_end_with_the_work() -> None:
    async def work(give: Callable[[int], None]) -> None:
        for number in range(200):
            give(number)
            if number % 50 == 0:
                await asyncio.sleep(0.001)

    assert list(drawn(work, never)) == list(range(200))


def test_what_was_handed_out_before_an_error_comes_before_it() -> None:
    async def work(give: Callable[[int], None]) -> None:
        give(1)
        raise ZeroDivisionError("odd")

    pieces = drawn(work, never)
    assert next(pieces) == 1
    with pytest.raises(ZeroDivisionError, match="odd"):
        next(pieces)


def test_what_had_come_by_the_time_of_a_stop_is_handed_over() -> None:
    given, enough = threading.Event(), threading.Event()

    async def work(give: Callable[[int], None]) -> None:
        for number in range(5):
            give(number)
        given.set()
        await asyncio.Event().wait()  # for ever

    pieces = drawn(work, enough.is_set)
    assert next(pieces) == 0
    assert given.wait(5)
    enough.set()
    assert list(pieces) == [1, 2, 3, 4]


@pytest.mark.parametrize("leaving", ["stopped", "closed"])
def test_work_that_is_left_is_cancelled_where_it_waits(leaving: str) -> None:
    cancelled, enough = threading.Event(), threading.Event()

    async def work(give: Callable[[str], None]) -> None:
        give("begun")
        try:
            await asyncio.Event().wait()  # for ever
        except asyncio.CancelledError:
            cancelled.set()
            raise

    pieces = drawn(work, enough.is_set)
    assert next(pieces) == "begun"
    if leaving == "stopped":
        enough.set()
        assert list(pieces) == []
    else:
        pieces.close()
    assert cancelled.wait(5)


def test_one_that_waits_holds_up_no_other() -> None:
    together = threading.Barrier(30, timeout=20)

    async def work(give: Callable[[bool], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        give(True)

    def draw() -> bool:
        pieces = drawn(work, never)
        found = next(pieces)
        together.wait()  # all thirty are in the middle of theirs
        return found and list(pieces) == []

    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(lambda _: draw(), range(30)))
