"""What one process keeps for all its sessions: the models, and one engine a catalogue."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

import compose
from retrieval.engine import SearchEngine
from retrieval.models import ModelPool
from retrieval.settings import Settings, load_settings
from shop.query_log import QueryLog
from ui.asking import Conversations

if TYPE_CHECKING:
    from answering.answerer import Answerer

WRITERS = 16
"""Answers that are written at the same time; more wait their turn."""


def settings() -> Settings:
    """Return the process's settings."""
    return load_settings()


@st.cache_resource(show_spinner=False)
def models() -> ModelPool:
    """Return the encoder and reranker that all engines share; they load in a thread, nobody waits for them."""
    compose.go_offline()
    return ModelPool(load_settings(), background=True)


@st.cache_resource(show_spinner=False)
def query_log() -> QueryLog:
    """Return what all sessions' searches are written by, behind their backs."""
    chosen = load_settings()
    return QueryLog(chosen.data_dir, on=chosen.query_log)


@st.cache_resource(show_spinner=False)
def _engine(name: str) -> SearchEngine:
    opened = compose.open_engine(name, load_settings(), models())
    # Compiling and loading take seconds; nobody waits for them to see the page.
    threading.Thread(target=opened.warm_up, name=f"warm-up-{name}", daemon=True).start()
    return opened


def engine(name: str) -> SearchEngine:
    """Return the process's engine of a catalogue, on its newest build.

    Raises IndexNotFound, IndexDamaged or IndexOutdated where there is nothing to serve.
    """
    opened = _engine(name)
    opened.refresh()
    return opened


@st.cache_resource(show_spinner=False)
def _answerer(name: str) -> Answerer:
    return compose.answerer(load_settings(), _engine(name))


def answerer(name: str) -> Answerer:
    """Return what answers questions about a catalogue, on its newest build; raises what `engine` raises."""
    engine(name)
    return _answerer(name)


@st.cache_resource(show_spinner=False)
def conversations() -> Conversations:
    """Return the process's conversations."""
    return Conversations()


@st.cache_resource(show_spinner=False)
def writers() -> ThreadPoolExecutor:
    """Return the threads that answers are written in."""
    return ThreadPoolExecutor(WRITERS, thread_name_prefix="answer")


def forget(name: str) -> None:
    """Drop a catalogue's engine, so that the next use opens it from its files."""
    _engine.clear(name)
    _answerer.clear(name)
