from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.loaders import lines
from evaluation.loaders.lines import csv_rows, json_lines, plain_suffix, read_lines, records
from retrieval.errors import EvaluationError


def test_lines_end_with_newlines_alone_and_a_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\ntwo\u2028\x85still\n\nlast".encode())
    assert list(read_lines(path)) == [(1, "one"), (2, "two\u2028\x85still"), (3, ""), (4, "last")]


def test_a_gzip_file_reads_as_the_plain_one(tmp_path: Path) -> None:
    text = "".join(f'{{"_id": "{n}"}}\n' for n in range(500)).encode()
    (tmp_path / "a.jsonl").write_bytes(text)
    # Two members, as made by `cat a.gz b.gz`.
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(text[:4000]) + gzip.compress(text[4000:]))
    assert list(read_lines(tmp_path / "a.jsonl")) == list(read_lines(tmp_path / "b.jsonl.gz"))


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_a_gzip_file_that_was_cut_off_is_named_with_the_last_line(tmp_path: Path, kept: float) -> None:
    noise = random.Random(3)
    whole = gzip.compress("\n".join(str(noise.random()) for _ in range(20_000)).encode())
    (tmp_path / "a.tsv.gz").write_bytes(whole[: int(len(whole) * kept)])
    seen: list[tuple[int, str]] = []
    with pytest.raises(EvaluationError, match=r"a\.tsv\.gz: the gzip file is cut off or damaged behind line") as error:
        seen.extend(read_lines(tmp_path / "a.tsv.gz"))
    assert f"behind line {len(seen)} " in str(error.value)


def test_a_plain_file_that_is_called_gz_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.gz").write_text("1\tx\n", "utf-8")
    with pytest.raises(EvaluationError, match="cut off or damaged behind line 0"):
        list(read_lines(tmp_path / "a.tsv.gz"))


def test_bytes_that_are_no_utf8_are_named_with_line_and_byte(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"1\tfine\n2\tcaf\xe9\n")
    with pytest.raises(EvaluationError, match=r"a\.tsv:2: not UTF-8 \(byte 6 of the line\)"):
        list(read_lines(tmp_path / "a.tsv"))


def test_an_empty_file_and_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").touch()
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(b""))
    for name in ("a.tsv", "b.tsv.gz"):
        with pytest.raises(EvaluationError, match=rf"{name}: the file is empty"):
            list(read_lines(tmp_path / name))
    with pytest.raises(EvaluationError, match=r"cannot read .*c\.tsv: No such file"):
        list(read_lines(tmp_path / "c.tsv"))


def test_a_file_without_line_ends_is_not_read_into_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_LONGEST", 8)
    (tmp_path / "a.txt").write_text("1234567\n123456789", "utf-8")
    with pytest.raises(EvaluationError, match=r"a\.txt:2: the line is longer"):
        list(read_lines(tmp_path / "a.txt"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"_id": "1"}\n{"_id": \n', r"a\.jsonl:2: not JSON"),
        ('{"_id": "1"}\n\n["x"]\n', r"a\.jsonl:3: not a JSON object"),
        ("\n \n", r"a\.jsonl: holds no object"),
        ("[" * 100_000, r"a\.jsonl:1: not JSON"),
    ],
)
def test_bad_json_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        list(json_lines(tmp_path / "a.jsonl"))


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1), min_size=2, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_csv_rows_are_those_written_with_the_line_they_start_on(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    buffer = io.StringIO()
    starts = []
    for row in rows:
        starts.append(buffer.getvalue().count("\n") + 1)
        csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
    path.write_text(buffer.getvalue(), "utf-8", newline="\n")
    assert list(csv_rows(path, ",")) == list(zip(starts, rows, strict=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3\n", r"t\.csv:3: 1 cells where the header has 2"),
        ('a,b\n1,"open\n3,4\n', r"t\.csv:2: this row is no CSV"),
        ("a,a\n1,2\n", r"t\.csv:1: two columns are called 'a'"),
        ("a,b\n\n,\n", r"t\.csv: holds no row below its header"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        list(records(tmp_path / "t.csv"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", 'q,"the text"\n1,"red, ""big"" lamp"\n'),
        ("t.csv", 'q;the text\n1;"red, ""big"" lamp"\n'),
        ("t.csv", 'q\tthe text\n1\t"red, ""big"" lamp"\n'),
        ("t.tsv", 'q\tthe text\n1\t"red, ""big"" lamp"\n'),
        ("t.jsonl", json.dumps({"q": "1", "the text": 'red, "big" lamp'})),
        ("t.json", json.dumps([{"q": "1", "the text": 'red, "big" lamp'}], indent=2)),
    ],
)
def test_a_record_is_the_same_in_every_format(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    for path in (tmp_path / name, tmp_path / f"{name}.gz"):
        assert [dict(row) for _, row in records(path)] == [{"q": "1", "the text": 'red, "big" lamp'}]


def test_a_json_array_that_breaks_off_and_a_foreign_ending_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[\n{"q": "1"},\n{"q": ', "utf-8")
    with pytest.raises(EvaluationError, match=r"t\.json:3: from here on the file is no JSON"):
        list(records(tmp_path / "t.json"))
    with pytest.raises(EvaluationError, match=r"t\.parquet: is of no known kind"):
        list(records(tmp_path / "t.parquet"))


def test_the_ending_is_that_below_gz() -> None:
    assert [plain_suffix(Path(name)) for name in ("a.TSV.gz", "b.json", "c.gz", "d")] == [".tsv", ".json", "", ""]


@pytest.mark.usefixtures("default_limit")
def test_a_first_line_that_is_no_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("\n" + "x" * 200_000 + "\n1,lamp\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"queries\.csv:2: this is no header of a table"):
        records(path)
