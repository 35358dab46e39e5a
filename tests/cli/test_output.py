from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.output import clean, count, print_json, written_whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),  # without its first byte an escape sequence is plain letters
        ("\x1b]8;;http://evil\x07click\x1b]8;;\x07", "]8;;http://evilclick]8;;"),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\x9b2Jcleared", "2Jcleared"),
        ("কেটলি ক্‍ষ", "কেটলি ক্‍ষ"),
        ("[bold]not markup[/bold] :smile:", "[bold]not markup[/bold] :smile:"),
        ("half a \ud800 surrogate", "half a surrogate"),
        ("", ""),
    ],
)
def test_clean_leaves_letters_and_takes_what_moves_a_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_cleaned_text_is_one_line_of_printable_letters(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert all(char.isprintable() or char in "\u200c\u200d" for char in cleaned)
    assert clean(cleaned) == cleaned


def test_json_keeps_every_script_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "কেটলি"})
    text = capsys.readouterr().out
    assert "কেটলি" in text
    assert json.loads(text) == {"title": "কেটলি"}


def test_json_never_holds_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        print_json({"score": float("nan")})


def test_counts_have_their_noun() -> None:
    assert [count(1, "hit"), count(0, "hit"), count(2000, "query", "queries")] == ["1 hit", "0 hits", "2,000 queries"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "new" / "run.trec"
    with written_whole(target) as file:
        file.write("old")
        assert not target.exists()
    assert target.read_text() == "old"

    def fail() -> None:
        with written_whole(target) as file:
            file.write("half of the n")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with written_whole(tmp_path / "ours") as file:
        file.write("x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_device_is_written_into_not_replaced() -> None:
    with written_whole(Path(os.devnull)) as file:
        file.write("gone")
    assert Path(os.devnull).is_char_device()
