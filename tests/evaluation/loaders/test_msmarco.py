from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evaluation.loaders import Options, load
from retrieval.errors import EvaluationError

COLLECTION = (
    "0\tA weir is a low dam across a river.\n"
    '1\tThe word "weir comes from old "English, and the quotes here are not closed.\n'
    "2\tLocks lift boats \x85 past a weir.\n"
    "10\tA ferry crosses where there is no bridge.\n"
)
QUERIES = "300\twhat is a weir\n12\twhere do ferries cross?\n7\tnot judged\n"
QRELS = "300\t0\t0\t1\n12\t0\t10\t1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "marco"
    folder.mkdir()
    (folder / "collection.tsv").write_text(COLLECTION, "utf-8", newline="")
    (folder / "queries.dev.small.tsv").write_text(QUERIES, "utf-8")
    (folder / "qrels.dev.small.tsv").write_text(QRELS, "utf-8")
    return folder


def test_passages_queries_and_qrels(folder: Path) -> None:
    found = load("msmarco", folder)
    assert [(p.product_id, p.description) for p in found.products] == [
        ("0", "A weir is a low dam across a river."),
        ("1", 'The word "weir comes from old "English, and the quotes here are not closed.'),
        ("2", "Locks lift boats \x85 past a weir."),
        ("10", "A ferry crosses where there is no bridge."),
    ]
    assert found.products[1].title == 'The word "weir comes from old "English, and the quotes here are'
    assert [(q.query_id, q.text) for q in found.queries] == [
        ("300", "what is a weir"),
        ("12", "where do ferries cross?"),
    ]
    assert found.qrels == {"300": {"0": 1}, "12": {"10": 1}}


def test_a_split_chooses_among_several_files(folder: Path) -> None:
    (folder / "queries.dev.tsv").write_text("1\tweirs\n", "utf-8")
    (folder / "qrels.dev.tsv").write_text("1 0 2 1\n", "utf-8")
    (folder / "msmarco-test2019-queries.tsv").write_text("19335\twhat is a lock\n7\tnever judged\n", "utf-8")
    (folder / "2019qrels-pass.txt").write_text("19335 Q0 2 3\n19335 Q0 0 0\n", "utf-8")
    assert load("msmarco", folder, Options(split="dev")).qrels == {"1": {"2": 1}}
    assert load("msmarco", folder, Options(split="dev.small")).qrels == {"300": {"0": 1}, "12": {"10": 1}}
    dl = load("msmarco", folder, Options(split="2019"))
    assert (dl.name, dl.qrels) == ("marco-2019", {"19335": {"2": 3, "0": 0}})
    assert [q.text for q in dl.queries] == ["what is a lock"]
    with pytest.raises(
        EvaluationError, match=r"not clear which queries are meant: there are .*queries\.dev\.small\.tsv"
    ):
        load("msmarco", folder)
    with pytest.raises(EvaluationError, match="not clear which queries are those of split 'eval'"):
        load("msmarco", folder, Options(split="eval"))


def test_files_can_be_named(folder: Path) -> None:
    (folder / "2020qrels-docs.txt").write_text("300 0 2 1\n", "utf-8")
    options = Options(qrels=Path("2020qrels-docs.txt"), queries=folder / "queries.dev.small.tsv")
    assert load("msmarco", folder, options).qrels == {"300": {"2": 1}}
    with pytest.raises(EvaluationError, match=r"nowhere\.txt: no such file"):
        load("msmarco", folder, Options(qrels=Path("nowhere.txt")))


def test_gzipped_files_a_folder_deeper_read_the_same(folder: Path) -> None:
    plain = load("msmarco", folder)
    inner = folder / "collectionandqueries"
    inner.mkdir()
    for path in list(folder.glob("*.tsv")):
        (inner / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    found = load("msmarco", folder)
    assert (found.products, found.queries, found.qrels) == (plain.products, plain.queries, plain.qrels)


def test_version_two_is_read_from_its_parts_in_order(tmp_path: Path) -> None:
    parts = tmp_path / "msmarco_v2_passage"
    parts.mkdir()
    for number, text in enumerate(["Reed beds filter water.", "Coots nest in reeds."]):
        row = {
            "pid": f"msmarco_passage_{number:02}_0",
            "passage": text,
            "spans": "(0,23)",
            "docid": f"msmarco_doc_{number:02}_9",
        }
        (parts / f"msmarco_passage_{number:02}.gz").write_bytes(gzip.compress((json.dumps(row) + "\n").encode()))
    (tmp_path / "2021_queries.tsv").write_text("2082\twhere do coots nest\n", "utf-8")
    (tmp_path / "2021.qrels.pass.final.txt").write_text("2082 Q0 msmarco_passage_01_0 2\n", "utf-8")
    found = load("msmarco", tmp_path)
    assert [p.product_id for p in found.products] == ["msmarco_passage_00_0", "msmarco_passage_01_0"]
    assert found.products[1].description == "Coots nest in reeds."


def test_documents_of_both_versions_keep_title_and_address(folder: Path) -> None:
    wanted = ("D1", "Weirs", "https://example.org/weir", "A weir holds water back.")
    (folder / "queries.dev.small.tsv").write_text("1\tweir\n", "utf-8")
    (folder / "qrels.dev.small.tsv").write_text("1 0 D1 1\n", "utf-8")
    (folder / "collection.tsv").unlink()
    (folder / "msmarco-docs.tsv").write_text("\t".join((wanted[0], wanted[2], wanted[1], wanted[3])) + "\n", "utf-8")
    first = load("msmarco", folder).products[0]
    (folder / "msmarco-docs.tsv").unlink()
    row = {"docid": wanted[0], "url": wanted[2], "title": wanted[1], "headings": "Weirs\n", "body": wanted[3]}
    (folder / "msmarco_doc_00.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    second = load("msmarco", folder).products[0]
    for product in (first, second):
        assert (product.product_id, product.title, product.url, product.description) == wanted


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("collection.tsv", "11 no tab here", r"collection\.tsv:5: 1 columns where the lines before have 2"),
        ("collection.tsv", "11\ta\tb", r"collection\.tsv:5: 3 columns where the lines before have 2"),
        ("collection.tsv", "\ttext", r"collection\.tsv:5: the passage's id must be a text"),
        ("queries.dev.small.tsv", "13 no tab", r"queries\.dev\.small\.tsv:4: no tab"),
        ("queries.dev.small.tsv", "13\t", r"queries\.dev\.small\.tsv:4: the text of query '13' must not be empty"),
        ("queries.dev.small.tsv", "12\tagain", r"query id '12' stands twice"),
        ("qrels.dev.small.tsv", "12\t0\t10", r"qrels\.dev\.small\.tsv:3: 3 columns"),
        ("qrels.dev.small.tsv", "12\t0\t10\tyes", r"qrels\.dev\.small\.tsv:3: the grade is yes"),
        ("qrels.dev.small.tsv", "99\t0\t10\t1", r"qrels\.dev\.small\.tsv:3: query '99' is judged, but it is not among"),
        ("qrels.dev.small.tsv", "12\t0\t98\t1", r"qrels\.dev\.small\.tsv:3: product '98' is judged, but it is not in"),
        ("qrels.dev.small.tsv", "12\t0\t10\t2", r"qrels\.dev\.small\.tsv:3: product '10' was graded 1 .* and 2 here"),
    ],
)
def test_a_bad_line_is_named(folder: Path, name: str, line: str, said: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(EvaluationError, match=said):
        load("msmarco", folder)


def test_what_is_no_collection_is_named(folder: Path) -> None:
    (folder / "collection.tsv").write_text("a\tb\tc\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"collection\.tsv:1: 3 columns where 2 .* is this the collection\?"):
        load("msmarco", folder)
    (folder / "collection.tsv").rename(folder / "something.tsv")
    with pytest.raises(EvaluationError, match=r"holds no collection\.tsv"):
        load("msmarco", folder)
    assert len(load("msmarco", folder.parent / "marco", Options(catalogue=_pairs(folder))).products) == 4


def _pairs(folder: Path) -> Path:
    (folder / "something.tsv").write_text(COLLECTION, "utf-8", newline="")
    return Path("something.tsv")
