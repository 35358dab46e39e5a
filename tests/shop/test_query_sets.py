from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import DataError, SettingsError
from shop import query_sets
from shop.query_sets import cards, delete, load, names, replace_qrels, retitle, save, set_name, typed

ROWS = [{"query_id": "q1", "text": "red lamp", "type": "short"}, {"query_id": "q2", "text": "শাড়ি"}]


def test_typed_lines_become_queries_once_each() -> None:
    assert typed("  red   lamp \n\nblue chair\nred lamp\r\n") == [
        {"query_id": "q1", "text": "red lamp"},
        {"query_id": "q2", "text": "blue chair"},
    ]
    assert typed(" \n ") == []


def test_a_set_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    qrels = {"q2": {"p 1": 3, "a": 0}}
    about = save(tmp_path, "shop", "Summer  queries!", ROWS, qrels, source="uploaded", details={"seed": 7})
    assert (about.name, about.title, about.source) == ("summer-queries", "Summer queries!", "uploaded")
    assert (about.queries, about.judged_pairs, about.details) == (2, 2, {"seed": 7})
    held = load(tmp_path, "shop", "summer-queries")
    assert list(held.queries) == ROWS
    assert held.qrels == qrels
    assert held.texts == {"q1": "red lamp", "q2": "শাড়ি"}
    assert held.card == about == cards(tmp_path, "shop")[0]
    folder = tmp_path / "shop" / "sets" / "summer-queries"
    assert (folder / "qrels.tsv").read_text() == "query_id\tproduct_id\trelevance\nq2\ta\t0\nq2\tp 1\t3\n"
    assert [path.name for path in folder.parent.iterdir()] == ["summer-queries"]


def test_sets_are_listed_newest_first_and_none_takes_anothers_place(tmp_path: Path) -> None:
    for title in ("b", "a", "c"):
        save(tmp_path, "shop", title, ROWS, source="typed")
    assert [one.name for one in cards(tmp_path, "shop")] == ["c", "a", "b"]
    assert names(tmp_path, "shop") == ["a", "b", "c"]
    with pytest.raises(DataError, match="'a' already"):
        save(tmp_path, "shop", "A ", ROWS[:1], source="typed")
    assert load(tmp_path, "shop", "a").card.queries == 2


def test_title_and_judgements_can_be_replaced_queries_cannot(tmp_path: Path) -> None:
    save(tmp_path, "shop", "one", ROWS, {"q1": {"a": 1}}, source="silver", details={"seed": 7})
    retitle(tmp_path, "shop", "one", "Uno")
    replace_qrels(tmp_path, "shop", "one", {"q2": {"b": 2}})
    held = load(tmp_path, "shop", "one")
    assert (held.card.title, held.card.source, held.card.details, held.qrels) == (
        "Uno",
        "silver",
        {"seed": 7},
        {"q2": {"b": 2}},
    )
    with pytest.raises(DataError, match="'q9'"):
        replace_qrels(tmp_path, "shop", "one", {"q9": {"b": 2}})
    with pytest.raises(DataError, match="title"):
        retitle(tmp_path, "shop", "one", " ")
    assert load(tmp_path, "shop", "one") == held


def test_a_deleted_set_is_gone_and_its_name_free(tmp_path: Path) -> None:
    save(tmp_path, "shop", "one", ROWS, source="typed")
    delete(tmp_path, "shop", "one")
    assert names(tmp_path, "shop") == []
    with pytest.raises(DataError, match=r"no set of queries 'one'.*none yet"):
        load(tmp_path, "shop", "one")
    with pytest.raises(DataError, match="nothing was deleted"):
        delete(tmp_path, "shop", "one")
    save(tmp_path, "shop", "one", ROWS, source="typed")


def test_a_deletion_that_was_cut_short_leaves_the_name_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, "shop", "one", ROWS, source="typed")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            delete(tmp_path, "shop", "one")
    assert names(tmp_path, "shop") == []
    save(tmp_path, "shop", "one", ROWS, source="typed")


def test_a_set_that_lost_its_card_can_be_deleted(tmp_path: Path) -> None:
    save(tmp_path, "shop", "one", ROWS, source="typed")
    (tmp_path / "shop/sets/one/card.json").unlink()
    with pytest.raises(DataError, match="already; choose another name or delete that one"):
        save(tmp_path, "shop", "one", ROWS, source="typed")
    delete(tmp_path, "shop", "one")
    save(tmp_path, "shop", "one", ROWS, source="typed")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no query"),
        ([{"query_id": "1", "text": " "}], "query 1: 'text'"),
        ([{"query_id": 1, "text": "a"}], "query 1: 'query_id'"),
        ([{"query_id": "1 2", "text": "a"}], "holds a space"),
        ([{"query_id": "1", "text": "a"}, {"query_id": "1", "text": "b"}], "query 2: query_id '1' comes twice"),
    ],
)
def test_what_is_no_set_is_refused_and_nothing_kept(rows: list[dict[str, object]], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        save(tmp_path, "shop", "one", rows, source="typed")
    assert names(tmp_path, "shop") == []


def test_ids_that_the_file_cannot_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="tab or line break"):
        save(tmp_path, "shop", "one", ROWS, {"q1": {"a\tb": 1}}, source="typed")
    with pytest.raises(DataError, match=r"1 queries .*'q7'"):
        save(tmp_path, "shop", "one", ROWS, {"q7": {"a": 1}}, source="typed")
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("name", ["../one", "", ".hidden", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be the name"):
        load(tmp_path, "shop", name)
    with pytest.raises(SettingsError, match="catalogue's name"):
        names(tmp_path, name)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("card.json", "{", r"card\.json cannot be read"),
        ("card.json", json.dumps({"version": 2}), "version 2"),
        ("queries.jsonl", '{"query_id": "1", "text": "a"}\n{"query_id": 2}\n', r"queries\.jsonl:2"),
        ("qrels.tsv", "query_id\tproduct_id\trelevance\nq1\ta\n", r"qrels\.tsv:2"),
    ],
)
def test_a_damaged_file_is_named(file: str, content: str, said: str, tmp_path: Path) -> None:
    save(tmp_path, "shop", "one", ROWS, source="typed")
    (tmp_path / "shop" / query_sets.FOLDER / "one" / file).write_text(content)
    with pytest.raises(DataError, match=said):
        load(tmp_path, "shop", "one")


@given(st.text(min_size=1, max_size=80))
def test_a_name_from_any_title_is_one_that_is_taken(title: str) -> None:
    try:
        name = set_name(title)
    except DataError:
        return
    assert query_sets._NAME.fullmatch(name)
    assert set_name(name) == name
