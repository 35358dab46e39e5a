"""Keys and passwords, kept out of texts."""

from __future__ import annotations

import itertools
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.providers.secrets import HIDDEN, Screen, Secrets, keep_out_of_logs, secrets_of

KEY = "abcabd-abcabc-1"
"""It begins again within itself, which is what a screen has to get right."""


def screened(screen: Screen, parts: list[str]) -> str:
    return "".join([screen.feed(part) for part in parts]) + screen.flush()


@given(
    words=st.lists(st.sampled_from([KEY, KEY[:5], KEY[3:], "a", "abc", " and ", "😀"]), max_size=8),
    cuts=st.lists(st.integers(0, 80), max_size=12),
)
def test_a_text_is_the_same_however_it_is_cut(words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    ends = [0, *sorted(cuts), len(text)]
    parts = [text[start:end] for start, end in itertools.pairwise(ends)]
    shown = screened(Screen(Secrets([KEY])), parts)
    assert shown == text.replace(KEY, HIDDEN)
    assert KEY not in shown


@pytest.mark.parametrize(
    ("cut", "shown"),
    [(KEY[:-1], HIDDEN), (KEY[:8], HIDDEN), (KEY[:7], KEY[:7]), (f"{KEY}{KEY[:9]}", HIDDEN * 2), (KEY, HIDDEN)],
)
def test_a_secret_that_is_cut_short_at_the_end_is_hidden(cut: str, shown: str) -> None:
    for at in range(len(cut) + 1):
        assert screened(Screen(Secrets([KEY])), ["It is ", cut[:at], cut[at:]]) == f"It is {shown}"


def test_nothing_is_kept_back_that_cannot_become_a_secret() -> None:
    screen = Screen(Secrets([KEY]))
    assert screen.feed("so far") == "so far"
    assert screen.feed(" abc") == " "
    assert screen.feed("x") == "abcx"
    assert screen.flush() == ""


def test_halves_of_one_character_are_put_together_and_a_lone_one_is_replaced() -> None:
    assert screened(Screen(Secrets([])), ["a\ud83d", "\ude00b"]) == "a😀b"
    assert screened(Screen(Secrets([])), ["a\ud83d", "b\ude00"]) == "a\ufffdb\ufffd"


def test_short_words_that_serve_as_keys_stay_in_answers_but_not_in_messages() -> None:
    secrets = Secrets(["none"])
    assert screened(Screen(secrets), ["There is no", "ne [1]."]) == "There is none [1]."
    assert secrets.clean("key none, nonetheless") == f"key {HIDDEN}, nonetheless"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Authorization: Bearer abcdef.123-456", f"Authorization: Bearer {HIDDEN}"),
        ("use basic dXNlcjpwYXNz", f"use basic {HIDDEN}"),
        ("Incorrect API key provided: sk-proj-a1*****9z.", f"Incorrect API key provided: {HIDDEN}"),
        ("see http://me:word@host/v1", "see http://host/v1"),
        ("two\n  lines", "two lines"),
        ("the task-force is ready", "the task-force is ready"),
    ],
)
def test_what_looks_like_a_credential_is_hidden_whoever_it_belongs_to(said: str, shown: str) -> None:
    assert Secrets([]).clean(said) == shown


def test_a_message_is_cut() -> None:
    assert Secrets([]).clean("word " * 100, most=9) == "word word"


def test_an_address_holds_secrets_in_several_spellings() -> None:
    found = secrets_of("the-key-1", "https://me:a%2Fb%3Dcdefg@host/v1?api-version=2024&sig=a%2Fbcdefghi")
    for secret in ("the-key-1", "a%2Fb%3Dcdefg", "a/b=cdefg", "bWU6YS9iPWNkZWZn", "a/bcdefghi", "a%2Fbcdefghi"):
        assert found.hide(f"<{secret}>") == f"<{HIDDEN}>"
    assert found.hide("me at host in 2024") == "me at host in 2024"
    assert secrets_of(None, "https://token-alone@host/v1").hide("token-alone") == HIDDEN
    assert secrets_of("", None).values == ()
    assert "http://[::1:secretly" not in secrets_of(None, "http://[::1:secretly").hide("no: http://[::1:secretly")


def test_secrets_do_not_show_themselves() -> None:
    assert repr(Secrets(["the-key-1"])) == "Secrets(1 kept)"


def test_logs_of_the_client_hide_the_keys_of_every_provider(caplog: pytest.LogCaptureFixture) -> None:
    keep_out_of_logs(Secrets(["first-key-1"]))
    keep_out_of_logs(Secrets(["second-key-2"]))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpcore2.http11").debug("%s then %r", "first-key-1", [(b"X", b"Bearer second-key-2")])
        logging.getLogger("httpx2").info("100%% of %d", 3)
    assert caplog.messages == [f"{HIDDEN} then [(b'X', b'Bearer {HIDDEN}')]", "100% of 3"]
