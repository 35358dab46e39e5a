from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st

from retrieval.errors import DataError
from tests.training.shop import candidate, pool_of, query
from training import dataset_card
from training.negatives import MiningSettings
from training.records import Example, Triplet

TEXT = st.text(max_size=12)
EXAMPLE = st.lists(st.tuples(TEXT, TEXT, st.floats(0, 1)), max_size=4).flatmap(
    lambda rows: st.builds(
        Example,
        TEXT,
        TEXT,
        st.just(tuple(row[0] for row in rows)),
        st.just(tuple(row[1] for row in rows)),
        st.just(tuple(row[2] for row in rows)),
    )
)
TRIPLET = st.builds(Triplet, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple))


@given(st.lists(EXAMPLE, max_size=4), st.lists(TRIPLET, max_size=4))
@quick(max_examples=60, deadline=None, derandomize=True)
def test_rows_come_back_as_they_were_and_their_hash_is_the_files(tmp_path_factory, examples, triplets):
    folder = tmp_path_factory.mktemp("rows")
    one = dataset_card.write_rows(folder / "examples.jsonl", examples)
    other = dataset_card.write_rows(folder / "triplets.jsonl", triplets)
    assert dataset_card.read_examples(folder / "examples.jsonl") == examples
    assert dataset_card.read_triplets(folder / "triplets.jsonl") == triplets
    assert one == hashlib.sha256((folder / "examples.jsonl").read_bytes()).hexdigest() == dataset_card.sha256(examples)
    assert other == hashlib.sha256((folder / "triplets.jsonl").read_bytes()).hexdigest()


def test_texts_that_break_lines_or_unicode_come_back(tmp_path):
    rows = [Triplet("a\nb\u2028c", "\ud800 half a pair", ("শাড়ি", "\x00"))]
    dataset_card.write_rows(tmp_path / "rows.jsonl", rows)
    assert dataset_card.read_triplets(tmp_path / "rows.jsonl") == rows


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"query_id": 1, "query": "", "product_ids": [], "passages": [], "labels": []}',
        '{"query_id": "q", "query": "", "product_ids": "ab", "passages": ["a", "b"], "labels": [1, 0]}',
        '{"query_id": "q", "query": "", "product_ids": ["a"], "passages": [], "labels": []}',
        '{"query_id": "q", "query": "", "product_ids": ["a"], "passages": ["a"], "labels": ["x"]}',
    ],
)
def test_a_damaged_row_is_named(tmp_path, line):
    path = tmp_path / "rows.jsonl"
    dataset_card.write_rows(path, [Example("q", "text", ("a",), ("b",), (1.0,))])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DataError, match=r"rows\.jsonl:2: no row to learn from"):
        dataset_card.read_examples(path)


def test_a_missing_file_is_named(tmp_path):
    for read in (dataset_card.read_examples, dataset_card.read_triplets, dataset_card.read_card):
        with pytest.raises(DataError, match=r"none\.json: cannot be read"):
            read(tmp_path / "none.json")


def test_the_card_counts_by_hand(tmp_path):
    right, lesser = candidate("a", bm25=1, ngram=3), candidate("b", bm25=2)
    one = pool_of(query({"a": 3, "gone": 3}, name="s"), [right, lesser])
    two = pool_of(query({"a": 3, "b": 2, "c": 0}, source="judged", name="j"), [right, lesser])
    examples = [
        Example("s", "x", ("a", "w1", "w2"), ("a", "w1", "w2"), (1.0, 0.0, 0.0)),
        Example("j", "y", ("a", "b", "w1"), ("a", "b", "w1"), (1.0, 2 / 3, 0.0)),
    ]
    triplets = [Triplet("x", "a", ("w1",))]
    mined = {"s": (candidate("w1", bm25=4, dense_title=2), candidate("w2", dense_chunk=1, bm25=5)), "j": ()}
    card = dataset_card.card([one, two], mined, examples, triplets, mining=MiningSettings(margin=0.25), dev_queries=200)
    assert card["original"] == {"train": 148_037, "dev": 16_449}
    assert card["counts"] == {
        "pairs": 6,
        "right": 3,
        "wrong": 3,
        "queries": 2,
        "triplets": 1,
        "dev_queries": 200,
        "products": 4,
    }
    assert card["sources"] == {"judged": 1, "silver": 1}
    assert card["labels"] == {"0.00": 3, "0.67": 1, "1.00": 2}
    assert card["mined"]["negatives"] == 2
    assert card["mined"]["queries_without"] == 1
    assert card["mined"]["best_leg"] == {"dense_chunk": 1, "dense_title": 1}
    assert card["mined"]["settings"]["margin"] == 0.25
    assert card["gone"] == 2  # `gone`, and `c`, which no pool holds
    rows = dataset_card.write_rows(tmp_path / "all.jsonl", [*examples, *triplets])
    assert card["sha256"] == rows
    dataset_card.write_card(tmp_path / "card.json", card)
    assert dataset_card.read_card(tmp_path / "card.json") == json.loads(json.dumps(card))


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}'])
def test_a_card_of_another_kind_is_refused(tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(DataError, match=r"card\.json"):
        dataset_card.read_card(tmp_path / "card.json")
