from __future__ import annotations

import io
import sys
import threading
import time

import pytest

from cli import loading
from cli.loading import AnnouncedModels
from retrieval.errors import ModelUnavailable
from retrieval.models import ReadyModels
from tests.support import HashEncoder


class Stream(io.StringIO):
    """A stderr that is a terminal or none, and says when something was written."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.written = threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


class SlowModels(ReadyModels):
    """Waits for `go` before it hands out its encoder."""

    def __init__(self, go: threading.Event) -> None:
        super().__init__(HashEncoder(), None)
        self.go = go

    def encoder(self, source: str) -> HashEncoder:
        assert self.go.wait(30)
        return super().encoder(source)  # type: ignore[return-value]


def stderr(monkeypatch: pytest.MonkeyPatch, *, terminal: bool = True) -> Stream:
    """Put a stream in the place of stderr; not a fixture, for pytest puts its own there before each test."""
    stream = Stream(terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_a_terminal_is_told_while_the_encoder_loads_and_wiped_then(monkeypatch: pytest.MonkeyPatch) -> None:
    said = stderr(monkeypatch)
    # The model is there as soon as the line stands, and not before.
    models = AnnouncedModels(SlowModels(said.written))
    assert models.encoder("x").id == "hash-64"
    line = "loading the encoder ..."
    assert said.getvalue() == f"{line}\r{' ' * len(line)}\r"
    assert models.encoder("x").id == "hash-64"
    assert said.getvalue().count(line) == 1


def test_what_is_no_terminal_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = stderr(monkeypatch, terminal=False)
    monkeypatch.setattr(loading, "PATIENCE_S", 0.0)
    go = threading.Event()
    threading.Timer(0.1, go.set).start()
    assert AnnouncedModels(SlowModels(go)).encoder("x").id == "hash-64"
    assert said.getvalue() == ""


def test_what_is_there_at_once_is_worth_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    said = stderr(monkeypatch)
    monkeypatch.setattr(loading, "PATIENCE_S", 30.0)
    began = time.monotonic()
    assert AnnouncedModels(ReadyModels(HashEncoder(), None)).encoder("x").id == "hash-64"
    assert said.getvalue() == ""
    assert time.monotonic() - began < 20  # nobody waits for the line's time


def test_a_model_that_does_not_load_is_an_error_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    said = stderr(monkeypatch)
    with pytest.raises(ModelUnavailable, match="no reranker"):
        AnnouncedModels(ReadyModels(None, None)).scorer()
    assert said.getvalue() == ""
