from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.loaders import Dataset, Options, load, quora
from retrieval.errors import EvaluationError

HEADER = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
Pair = tuple[int, int, bool]


def write_pairs(folder: Path, pairs: list[Pair]) -> Path:
    """Write pairs in the layout of the release: tabs, cells quoted only where they must be."""
    path = folder / "quora_duplicate_questions.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        for number, (one, other, same) in enumerate(pairs):
            writer.writerow(
                [number, one, other, f"How to mend number {one}?", f"How to mend number {other}?", int(same)]
            )
    return path


def components(pairs: list[Pair]) -> list[frozenset[str]]:
    """Return the groups of duplicates by walking from every question, one step at a time."""
    near: dict[str, set[str]] = defaultdict(set)
    for one, other, same in pairs:
        near[str(one)].add(str(one))
        near[str(other)].add(str(other))
        if same:
            near[str(one)].add(str(other))
            near[str(other)].add(str(one))
    found = set()
    for start in near:
        group = {start}
        while (wider := {b for a in group for b in near[a]}) != group:
            group = wider
        found.add(frozenset(group))
    return [group for group in found if len(group) > 1]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60), st.booleans()), min_size=60, max_size=90),
    st.integers(0, 9),
)
def test_a_query_has_all_of_its_group_but_itself_as_answers(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Pair], seed: int
) -> None:
    # Thirty more groups, so that each split has some.
    pairs = [pair for pair in drawn if pair[0] != pair[1]] + [(100 + 2 * n, 101 + 2 * n, True) for n in range(30)]
    folder = tmp_path_factory.mktemp("quora")
    write_pairs(folder, pairs)
    parts: dict[str, Dataset] = {
        split: load("quora", folder, Options(split=split, seed=seed)) for split in quora.SPLITS
    }
    groups = components(pairs)
    held = {q.query_id for part in parts.values() for q in part.queries}
    everything = {str(name) for one, other, _ in pairs for name in (one, other)}
    for split, part in parts.items():
        assert {p.product_id for p in part.products} == everything - held
        assert len(part.queries) == len(groups) * {"dev": 1, "test": 2}[split] // 10
        for query in part.queries:
            group = next(group for group in groups if query.query_id in group)
            assert part.qrels[query.query_id] == dict.fromkeys(group - {query.query_id}, 1)
    owners = [next(g for g in groups if name in g) for name in held]
    assert len(set(owners)) == len(held)


def test_the_split_hangs_on_the_seed_and_not_on_the_order_of_the_file(tmp_path: Path) -> None:
    pairs = [(2 * n, 2 * n + 1, True) for n in range(50)]
    first = {}
    for name, order in (("a", pairs), ("b", [(b, a, s) for a, b, s in reversed(pairs)])):
        (tmp_path / name).mkdir()
        write_pairs(tmp_path / name, order)
        first[name] = load("quora", tmp_path / name).qrels
    assert first["a"] == first["b"]
    assert load("quora", tmp_path / "a", Options(seed=8)).qrels != first["a"]


def test_no_split_has_more_queries_than_in_beir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pairs(tmp_path, [(2 * n, 2 * n + 1, True) for n in range(50)])
    monkeypatch.setitem(quora._MOST, "test", 3)
    found = load("quora", tmp_path)
    assert len(found.queries) == 3
    # 50 groups of two; 5 dev queries and 3 test queries are held out.
    assert len(found.products) == 100 - 5 - 3


def test_questions_alike_but_for_case_and_punctuation_are_duplicates(tmp_path: Path) -> None:
    path = write_pairs(tmp_path, [(2 * n, 2 * n + 1, True) for n in range(50)])
    with path.open("a", encoding="utf-8") as file:
        for n in range(50):
            file.write(f"{n}\t{1000 + n}\t5000\thow to mend, NUMBER {2 * n}\tWhat else is there?\t0\n")
    for query_id, row in load("quora", tmp_path).qrels.items():
        n = int(query_id if query_id < "1000" and len(query_id) < 4 else min(row, key=int))
        assert {query_id, *row} == {str(n // 2 * 2), str(n // 2 * 2 + 1), str(1000 + n // 2)}


def test_symbols_tell_questions_apart(tmp_path: Path) -> None:
    path = write_pairs(tmp_path, [(2 * n, 2 * n + 1, True) for n in range(50)])
    with path.open("a", encoding="utf-8") as file:
        file.write("0\t2001\t2002\tWhat is C++?\tWhat is C#?\t0\n1\t2003\t2004\tকী করে?\tকে করে?\t0\n")
    found = load("quora", tmp_path)
    judged = {name for query_id, row in found.qrels.items() for name in (query_id, *row)}
    assert not judged & {"2001", "2002", "2003", "2004"}
    assert {"2001", "2002", "2003", "2004"} <= {p.product_id for p in found.products}


def test_quotes_line_breaks_and_empty_questions_as_the_release_has_them(tmp_path: Path) -> None:
    path = write_pairs(tmp_path, [(2 * n, 2 * n + 1, True) for n in range(50)])
    with path.open("a", encoding="utf-8") as file:
        file.write(
            '60\t900\t901\t"What does ""weir""\nmean?"\tIs it a 6" gap?\t0\n61\t902\t903\tIs one side empty?\t\t0\n'
        )
    found = load("quora", tmp_path)
    titles = {p.product_id: p.title for p in found.products}
    assert titles["900"] == 'What does "weir" mean?'
    assert titles["901"] == 'Is it a 6" gap?'
    assert "902" not in titles
    assert [(p.code, p.count) for p in found.problems] == [("empty-question", 1), ("held-out", 15)]


def test_the_comma_separated_copy_reads_the_same(tmp_path: Path) -> None:
    pairs = [(2 * n, 2 * n + 1, True) for n in range(50)]
    path = write_pairs(tmp_path, pairs)
    plain = load("quora", tmp_path)
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    path.unlink()
    with (tmp_path / "train.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert load("quora", tmp_path).qrels == plain.qrels


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0\t1\t2\tone?\ttwo?\n", r"questions\.tsv:2: 5 cells where the header has 6"),
        ("0\t1\t2\tone?\ttwo?\tyes\n", r"questions\.tsv:2: is_duplicate must be 0 or 1, it is 'yes'"),
        ("0\t\t2\tone?\ttwo?\t1\n", r"questions\.tsv:2: the question's id must be a text"),
        ('0\t1\t2\t"one?\ttwo?\t1\n1\t2\t3\ta?\tb?\t1\n', r"questions\.tsv:2: 4 cells where the header has 6"),
        ("", r"questions\.tsv: holds no pair"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "quora_duplicate_questions.tsv").write_text(HEADER + line, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        load("quora", tmp_path)


def test_other_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="'train' is no split of the question pairs; choose dev, test"):
        load("quora", tmp_path, Options(split="train"))
    with pytest.raises(EvaluationError, match="holds no table of question pairs"):
        load("quora", tmp_path)
    (tmp_path / "quora_duplicate_questions.tsv").write_text(HEADER.replace("qid2", "other"), "utf-8")
    with pytest.raises(EvaluationError, match=r"questions\.tsv:1: the header names no column 'qid2'"):
        load("quora", tmp_path)
    write_pairs(tmp_path, [(1, 2, True), (3, 4, True)])
    with pytest.raises(EvaluationError, match="no query with a judgement is left"):
        load("quora", tmp_path)
