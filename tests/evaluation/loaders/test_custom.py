from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evaluation.files import read_qrels, read_queries
from evaluation.loaders import Options, convert, load
from evaluation.loaders.custom import split_mapping
from retrieval.catalogue import parse_file
from retrieval.errors import CatalogueError, EvaluationError, SettingsError

SAMPLES = Path(__file__).parents[3] / "samples"
PRODUCTS = "sku;Name;Unit price;About\nL-1;Oak lamp;1200;Warm light\nL-2;Steel lamp;900;Cool light\n"
QUERIES = "qid\tsearch words\tkind\nq1\twarm lamp\tkeyword\nq2\tlamp under 1000\t\n"
LABELS = "qid\tsku\tverdict\nq1\tL-1\tExact\nq1\tL-2\tPartial\nq2\tL-2\tExact\nq2\tL-1\tIrrelevant\n"
MAPPING = {
    "product_id": "sku",
    "title": "name",
    "price": "Unit price",
    "description": "About",
    "query_id": "qid",
    "text": "search words",
    "type": "kind",
    "relevance": "verdict",
}
GRADES = {"Exact": 2, "Partial": 1, "Irrelevant": 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lamps"
    folder.mkdir()
    (folder / "products.csv").write_text(PRODUCTS, "utf-8")
    (folder / "queries.csv").write_text(QUERIES, "utf-8")
    (folder / "labels.csv").write_text(LABELS, "utf-8")
    return folder


def test_foreign_tables_are_read_by_their_mapping(folder: Path) -> None:
    found = load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    assert [(p.product_id, p.title, p.price, p.description) for p in found.products] == [
        ("L-1", "Oak lamp", 1200.0, "Warm light"),
        ("L-2", "Steel lamp", 900.0, "Cool light"),
    ]
    assert [(q.query_id, q.text, q.type) for q in found.queries] == [
        ("q1", "warm lamp", "keyword"),
        ("q2", "lamp under 1000", None),
    ]
    assert found.qrels == {"q1": {"L-1": 2, "L-2": 1}, "q2": {"L-2": 2, "L-1": 0}}


def test_json_says_the_same(folder: Path) -> None:
    wanted = load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    for name, text, delimiter in (("queries", QUERIES, "\t"), ("labels", LABELS, "\t"), ("products", PRODUCTS, ";")):
        header, *rows = [line.split(delimiter) for line in text.splitlines()]
        objects = [dict(zip(header, row, strict=True)) for row in rows]
        (folder / f"{name}.csv").unlink()
        if name == "queries":
            (folder / "queries.json").write_text(json.dumps(objects), "utf-8")
        elif name == "labels":
            (folder / "labels.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, objects)).encode()))
        else:
            (folder / "products.jsonl").write_text("\n".join(map(json.dumps, objects)), "utf-8")
    found = load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    assert (found.queries, found.qrels) == (wanted.queries, wanted.qrels)
    assert [p.title for p in found.products] == [p.title for p in wanted.products]


def test_queries_and_judgements_may_stand_in_one_file(folder: Path) -> None:
    text = "query_id,query,product_id,grade\n1,warm lamp,L-1,3\n1,warm lamp,L-2,1\n2,cool lamp,L-2,3\n"
    (folder / "examples.csv").write_text(text, "utf-8")
    both = Path("examples.csv")
    mapping = {"catalogue.product_id": "sku", "title": "Name"}
    found = load("custom", folder, Options(queries=both, qrels=both, mapping=mapping))
    assert [(q.query_id, q.text) for q in found.queries] == [("1", "warm lamp"), ("2", "cool lamp")]
    assert found.qrels == {"1": {"L-1": 3, "L-2": 1}, "2": {"L-2": 3}}
    (folder / "examples.csv").write_text(text + "2,another text,L-1,0\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"examples\.csv:5: query '2' has another text on line 4"):
        load("custom", folder, Options(queries=both, qrels=both, mapping=mapping))


def test_a_mapping_is_split_among_the_files() -> None:
    found = split_mapping(
        {"queries.query_id": "a", "query_id": "b", "product_id": "c", "qrels.product_id": "d", "price": "e"}
    )
    assert found == {
        "catalogue": {"product_id": "c", "price": "e"},
        "queries": {"query_id": "a"},
        "qrels": {"query_id": "b", "product_id": "d"},
    }
    for field, said in (
        ("colour of the box", "is no field of a product"),
        ("queries.price", "is no field of queries; map one of query_id, text, type"),
        ("runs.query_id", "'runs' is no file"),
    ):
        with pytest.raises(SettingsError, match=said):
            split_mapping({field: "x"})


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"text": "words"}, EvaluationError, r"queries\.csv:2: no column 'words', which the mapping names for text; "),
        ({"relevance": "mark"}, EvaluationError, r"labels\.csv:2: no column 'mark'.*Say --map qrels\.relevance=COLUMN"),
        ({"type": "sort"}, EvaluationError, r"queries\.csv:2: no column 'sort'"),
        ({"title": "Titel"}, CatalogueError, r"products\.csv, line 1: has no column 'Titel'"),
    ],
)
def test_a_column_that_is_not_there_is_named(
    folder: Path, change: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        load("custom", folder, Options(mapping={**MAPPING, **change}, grades=GRADES))


def test_columns_of_unknown_names_ask_for_a_mapping(folder: Path) -> None:
    mapping = {field: column for field, column in MAPPING.items() if field != "text"}
    with pytest.raises(
        EvaluationError, match=r"queries\.csv:2: no column for text; the columns there are 'qid', 'search"
    ):
        load("custom", folder, Options(mapping=mapping, grades=GRADES))


def test_a_label_without_a_grade_is_named(folder: Path) -> None:
    with pytest.raises(EvaluationError, match=r"labels\.csv:3: the grade is Partial.*Labels that are known: Exact"):
        load("custom", folder, Options(mapping=MAPPING, grades={"Exact": 2}))


def test_files_that_cannot_be_told_apart_are_named(folder: Path) -> None:
    (folder / "products.jsonl").write_text('{"product_id": "L-1", "title": "Lamp"}', "utf-8")
    with pytest.raises(EvaluationError, match=r"products\.csv and products\.jsonl may both be the catalogue; choose"):
        load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    (folder / "labels.csv").unlink()
    with pytest.raises(EvaluationError, match=r"lamps: holds no qrels, a file called qrels\.jsonl or the like"):
        load("custom", folder, Options(mapping=MAPPING, grades=GRADES, catalogue=Path("products.csv")))


def test_a_mapping_that_a_markdown_catalogue_cannot_have_is_refused(folder: Path) -> None:
    (folder / "products.csv").unlink()
    (folder / "products.md").write_text("## Oak lamp\n**DocID:** L-1\n\n## Steel lamp\n**DocID:** L-2\n", "utf-8")
    with pytest.raises(SettingsError, match="is Markdown, which has no columns"):
        load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    mapping = {field: MAPPING[field] for field in ("product_id", "query_id", "text", "relevance")}
    found = load("custom", folder, Options(mapping=mapping, grades=GRADES))
    assert [p.title for p in found.products] == ["Oak lamp", "Steel lamp"]


def test_our_own_files_are_read_as_every_other_part_reads_them() -> None:
    found = load("own", SAMPLES)
    assert found.products == parse_file(SAMPLES / "catalogue.md").products
    assert found.queries == read_queries(SAMPLES / "queries.jsonl")
    assert found.qrels == read_qrels(SAMPLES / "qrels.tsv")


def test_oddities_of_a_catalogue_are_counted(folder: Path) -> None:
    (folder / "products.csv").write_text(PRODUCTS + "L-3;Tin lamp;cheap;\n", "utf-8")
    found = load("custom", folder, Options(mapping=MAPPING, grades=GRADES))
    assert [(p.code, p.count, p.places) for p in found.problems] == [
        ("catalogue-bad-price", 1, (f"{folder / 'products.csv'}:4",))
    ]


def test_half_letters_of_queries_are_mended(folder: Path, tmp_path: Path) -> None:
    (folder / "queries.csv").unlink()
    row = '[{"qid": "q1", "search words": "la\\ud800mp", "kind": "key\\ud800word"}]'
    (folder / "queries.json").write_text(row, "utf-8")
    (folder / "labels.csv").write_text("qid\tsku\tverdict\nq1\tL-1\tExact\n", "utf-8")
    convert("custom", folder, tmp_path / "out", Options(mapping=MAPPING, grades=GRADES))
    (query,) = read_queries(tmp_path / "out/queries.jsonl")
    assert (query.text, query.type) == ("la\ufffdmp", "key\ufffdword")
