from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.files import read_qrels, read_queries
from evaluation.loaders import KINDS, Options, convert, dataset, load, write
from retrieval.catalogue import parse_file
from retrieval.errors import EvaluationError

WORDS = "reed coot weir lock ferry tide marsh kelp limpet sluice".split()


def make_beir(folder: Path, passages: int = 200, queries: int = 20, seed: int = 1) -> Path:
    """Write a data set in BEIR's layout; query n has the passages n, n + 1 and n + 50 judged."""
    draw = random.Random(seed)
    (folder / "qrels").mkdir(parents=True)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for n in range(passages):
            text = " ".join(draw.choices(WORDS, k=9))
            file.write(json.dumps({"_id": f"d{n}", "title": f"Note {n}", "text": text}) + "\n")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
        for n in range(queries):
            file.write(json.dumps({"_id": f"q{n}", "text": " ".join(draw.choices(WORDS, k=2))}) + "\n")
    lines = ["query-id\tcorpus-id\tscore"]
    for n in range(queries):
        lines += [f"q{n}\td{n}\t2", f"q{n}\td{n + 1}\t0", f"q{n}\td{n + 50}\t1"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def ids(folder: Path, **options: int) -> list[str]:
    return [p.product_id for p in load("beir", folder, Options(**options)).products]  # type: ignore[arg-type]


def test_a_sample_keeps_all_that_is_judged_and_so_many_others_in_their_order(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    everything = ids(folder)
    # 20 queries judge d0 to d20 and d50 to d69.
    judged = {f"d{n}" for n in [*range(21), *range(50, 70)]}
    assert set(ids(folder, sample=0)) == judged
    smaller, larger = ids(folder, sample=10), ids(folder, sample=30)
    assert len(smaller) == 41 + 10
    assert len(larger) == 41 + 30
    assert judged < set(smaller) < set(larger) < set(everything)
    for sample in (smaller, larger):
        assert sample == [name for name in everything if name in set(sample)]
    assert ids(folder, sample=30) == larger
    assert ids(folder, sample=30, seed=8) != larger
    assert ids(folder, sample=159) == everything
    assert ids(folder, sample=1000) == everything
    problems = load("beir", folder, Options(sample=30)).problems
    assert [(p.code, p.count) for p in problems] == [("undrawn-product", 200 - 71)]


def test_a_sample_does_not_hang_on_the_order_of_the_file(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    before = ids(folder, sample=30)
    lines = (folder / "corpus.jsonl").read_text("utf-8").splitlines()
    random.Random(2).shuffle(lines)
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    after = ids(folder, sample=30)
    assert after != before
    assert set(after) == set(before)


def test_a_sample_is_drawn_evenly(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set", passages=100, queries=1)
    # Three of the 100 passages are judged; 49 of the other 97 are drawn each time.
    counts = dict.fromkeys([f"d{n}" for n in range(100) if n not in (0, 1, 50)], 0)
    for seed in range(200):
        for name in ids(folder, sample=49, seed=seed):
            if name in counts:
                counts[name] += 1
    # Binomial: 200 draws of 49/97, mean 101, standard deviation 7; 97 values within 4.5 of them.
    mean, deviation = 200 * 49 / 97, (200 * 49 / 97 * 48 / 97) ** 0.5
    assert all(abs(count - mean) < 4.5 * deviation for count in counts.values())


def test_queries_can_be_drawn_and_only_their_products_count_as_judged(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    found = load("beir", folder, Options(max_queries=5, sample=0))
    assert len(found.queries) == 5
    assert list(found.qrels) == [q.query_id for q in found.queries]
    assert {p.product_id for p in found.products} == {name for row in found.qrels.values() for name in row}
    assert ("undrawn-query", 15) in [(p.code, p.count) for p in found.problems]
    fewer = load("beir", folder, Options(max_queries=3))
    assert {q.query_id for q in fewer.queries} < {q.query_id for q in found.queries}


def test_what_is_not_there_is_refused_or_left_out_and_counted(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    qrels = folder / "qrels" / "test.tsv"
    # Lines 2 to 61 are whole. q90 is no query; d900 is no passage; q0 has others, q19 has nothing else.
    lines = [line for line in qrels.read_text("utf-8").splitlines() if not line.startswith("q19\t")]
    lines += ["q0\td900\t1", "q90\td1\t1", "q90\td2\t1", "q19\td901\t1"]
    qrels.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"test\.tsv:60: query 'q90' is judged, but it is not among the queries"):
        load("beir", folder)
    found = load("beir", folder, Options(drop_unknown=True))
    assert {p.code: (p.count, p.places) for p in found.problems} == {
        "unknown-query": (2, (f"{qrels}:60", f"{qrels}:61")),
        "unknown-product": (2, (f"{qrels}:59", f"{qrels}:62")),
        "emptied-query": (1, (f"{qrels}:62",)),
    }
    assert [q.query_id for q in found.queries] == list(found.qrels) == [f"q{n}" for n in range(19)]
    assert found.qrels["q0"] == {"d0": 2, "d1": 0, "d50": 1}
    qrels.write_text("\n".join([*lines[:58], "q0\td900\t1"]) + "\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"test\.tsv:59: product 'd900' is judged, .*\(1 such in all\)"):
        load("beir", folder)
    qrels.write_text("query-id\tcorpus-id\tscore\nq90\td1\t1\n", "utf-8")
    with pytest.raises(EvaluationError, match="no query with a judgement is left"):
        load("beir", folder, Options(drop_unknown=True))


def test_repeated_judgements_and_products_and_negative_grades_are_counted(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("q0\td0\t2\nq0\td7\t-1\nq19\td8\t-2\n")
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "d3", "title": "Another", "text": "text"}\n')
    found = load("beir", folder)
    assert [(p.code, p.count) for p in found.problems] == [
        ("repeated-judgement", 1),
        ("negative-grade", 2),
        ("repeated-product", 1),
    ]
    assert found.qrels["q0"] == {"d0": 2, "d1": 0, "d50": 1}
    assert [p.title for p in found.products if p.product_id == "d3"] == ["Note 3"]


def test_only_the_first_places_are_named(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("q0\td0\t2\n" * 50)
    (problem,) = load("beir", folder).problems
    assert (problem.count, len(problem.places)) == (50, 5)


def test_conversion_and_writing_give_the_same_files_and_they_read_back(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    options = Options(sample=20, max_queries=7)
    found = load("beir", folder, options)
    first = convert("beir", folder, tmp_path / "a", options)
    second = write(found, tmp_path / "b")
    assert replace(first, problems=(), catalogue=Path(), queries_file=Path(), qrels_file=Path()) == replace(
        second, problems=(), catalogue=Path(), queries_file=Path(), qrels_file=Path()
    )
    for name in ("catalogue.jsonl", "queries.jsonl", "qrels.tsv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    report = parse_file(first.catalogue)
    assert (report.products, report.problems) == (found.products, ())
    assert read_queries(first.queries_file) == found.queries
    assert read_qrels(first.qrels_file) == found.qrels
    assert (first.products, first.queries, first.judgements) == (len(found.products), 7, 21)
    assert first.grades == {0: 7, 1: 7, 2: 7}
    again = load("own", tmp_path / "a")
    assert (again.products, again.queries, again.qrels) == (found.products, found.queries, found.qrels)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200), st.text(min_size=1, max_size=40))
def test_any_text_survives_the_way_into_a_catalogue(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str, asked: str
) -> None:
    base = tmp_path_factory.mktemp("any")
    folder = base / "set"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "d", "title": title, "text": text}) + "\n", "utf-8")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": f"x{asked}"}) + "\n", "utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n", "utf-8")
    found = load("beir", folder)
    written = write(found, base / "out")
    assert parse_file(written.catalogue).products == found.products
    assert read_queries(written.queries_file) == found.queries
    assert found.products[0].title


def test_nothing_is_written_where_something_does_not_fit(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    convert("beir", folder, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("q0\td900\t1\n")
    with pytest.raises(EvaluationError, match="d900"):
        convert("beir", folder, tmp_path / "out", Options(sample=3))
    with pytest.raises(EvaluationError, match="d900"):
        convert("beir", folder, tmp_path / "new")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert list((tmp_path / "new").iterdir()) == []


def test_a_source_is_never_overwritten(tmp_path: Path) -> None:
    folder = make_beir(tmp_path / "set")
    before = (folder / "queries.jsonl").read_bytes()
    with pytest.raises(EvaluationError, match=r"queries\.jsonl would be overwritten by its own conversion"):
        convert("beir", folder, folder)
    assert (folder / "queries.jsonl").read_bytes() == before


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_beir(tmp_path / "set")
    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(dataset, "_TOLD_EVERY", 90)
    convert("beir", folder, tmp_path / "out", progress=lambda stage, done, total: told.append((stage, done, total)))
    assert told == [("products", 90, 90), ("products", 180, 180)]


def test_an_unknown_kind_is_named(tmp_path: Path) -> None:
    assert KINDS == ("own", "beir", "msmarco", "quora", "custom")
    with pytest.raises(EvaluationError, match="'trec' is no kind of data set; choose one of own, beir"):
        load("trec", tmp_path)
