"""The provider without a model: the text in pieces, and an end that says why."""

from __future__ import annotations

from answering.extractive import write
from answering.providers.extractive import ExtractiveProvider
from answering.records import Began, Delta, Ended, Evidence, Question, Task
from tests.answering.extractive.lamps import LAMPS, cards

TASK = Task(Evidence(Question("a lamp?", "lamp"), cards(*LAMPS)))


def test_the_pieces_make_up_the_answer() -> None:
    began, *deltas, ended = ExtractiveProvider().stream(TASK, lambda: False)
    assert began == Began()
    assert 2 <= len(deltas) <= 12
    assert "".join(piece.text for piece in deltas if isinstance(piece, Delta)) == write(TASK.evidence)
    assert isinstance(ended, Ended)
    assert ended.why == "stop"


def test_a_reader_who_has_had_enough_is_left_alone() -> None:
    pieces = list(ExtractiveProvider().stream(TASK, lambda: True))
    assert [type(piece) for piece in pieces] == [Began, Ended]
    assert isinstance(pieces[-1], Ended)
    assert pieces[-1].why == "cancelled"
