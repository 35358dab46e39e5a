from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.systems import LEGS, LEGS_OF, System, ablations, grid, parse, parse_all, sweep
from retrieval.errors import EvaluationError
from retrieval.records import MODES


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Draw parameters until they make sense together; what a System refuses is none."""
    mode = draw(st.sampled_from(MODES))
    legs = draw(st.sets(st.sampled_from(LEGS_OF[mode])))
    values: dict[str, Any] = {
        "backend": draw(st.sampled_from((None, "bm25s", "rank_bm25", "fts5"))),
        "fusion": draw(st.sampled_from(("rrf", "weighted"))),
        "rrf_k": draw(st.none() | st.integers(1, 500)),
        "alpha": draw(st.none() | st.just("rule") | st.sampled_from((0, 0.25, 0.3, 0.5, 1))),
        "legs": tuple(leg for leg in LEGS if leg in legs),
        "encoder": draw(st.sampled_from((None, "packaged:all-MiniLM-L6-v2", "openai:a-model", "models/my:own"))),
        "understand": draw(st.booleans()),
    }
    try:
        return System(mode, **values)
    except EvaluationError:
        return System(mode, understand=values["understand"])


@given(systems())
def test_a_label_is_read_back_as_the_same_system(system: System) -> None:
    read = parse(system.label)
    assert read == system
    assert read.label == system.label
    assert System.from_dict(system.to_dict()) == system


@given(systems())
def test_legs_are_those_of_the_mode_in_the_order_of_fusion(system: System) -> None:
    assert set(system.uses) <= set(LEGS_OF[system.mode])
    assert list(system.uses) == sorted(system.uses, key=LEGS.index)
    for without in ablations(system):
        assert len(without.uses) == len(system.uses) - 1
        assert set(without.uses) < set(system.uses)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no mode"),
        ("magic", "'magic' is no mode"),
        ("hybrid:rrf_k=many", "rrf_k='many' is no number"),
        ("hybrid:rrf_k=0", "must be 1 to 1,000,000"),
        (f"hybrid:rrf_k={10**23}", "must be 1 to 1,000,000"),
        ("hybrid:rrf_k=20:rrf_k=30", "given twice"),
        ("hybrid:understand=maybe", "must be on or off"),
        ("hybrid:understand=", "must be on or off"),
        ("hybrid:alpha=1.5", "from 0 to 1"),
        ("hybrid:alpha=nan", "from 0 to 1"),
        ("hybrid:alpha=0.5:rrf_k=20", "belongs to rrf"),
        ("hybrid:legs=", "legs has no value"),
        ("hybrid:legs=bm25+smell", "legs=smell is no leg"),
        ("bm25:legs=dense_title", "is no leg of this mode"),
        ("bm25:backend=lucene", "backend='lucene' is unknown"),
        ("bm25:rrf_k=20", "nothing to fuse"),
        ("bm25:encoder=x", "no vectors are scored"),
        ("dense:backend=fts5", "no words are scored"),
        ("dense:alpha=0.5", "weighs words against vectors"),
        ("hybrid:legs=dense_title+dense_chunk:alpha=0.5", "weighs words against vectors"),
        ("hybrid:colour=red", "'hybrid:colour=red' is no mode"),
    ],
)
def test_a_system_that_makes_no_sense_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(EvaluationError) as error:
        parse(text)
    assert said in str(error.value)


def test_the_legs_that_take_part_are_the_engines_own() -> None:
    assert parse("hybrid").uses == ("bm25", "ngram", "dense_title", "dense_chunk")
    assert parse("hybrid:alpha=0.5").uses == ("bm25", "dense_title", "dense_chunk")
    assert parse("hybrid:alpha=0.5:legs=ngram+dense_title").uses == ("ngram", "dense_title")
    assert parse("dense").uses == ("dense_title", "dense_chunk")


def test_a_query_is_understood_unless_the_system_says_otherwise() -> None:
    assert parse("hybrid").understand
    assert parse("hybrid:understand=on") == parse("hybrid")
    off = parse("bm25:understand=off")
    assert not off.understand
    assert off.label == "bm25:understand=off"
    assert System.from_dict({"mode": "bm25"}).understand  # written before queries could be understood
    assert [one.understand for one in ablations(parse("hybrid:understand=off"))] == [False] * 4


def test_several_texts_give_each_system_once() -> None:
    assert [s.label for s in parse_all(["bm25", " hybrid", "bm25"])] == ["bm25", "hybrid"]
    with pytest.raises(EvaluationError, match="at least one system"):
        parse_all([])


def test_a_grid_holds_every_combination_that_makes_sense() -> None:
    found = grid(("bm25", "dense", "hybrid"), backends=("bm25s", "fts5"), rrf_ks=(20, 60), alphas=(0.5,))
    assert [s.label for s in found] == [
        "bm25:backend=bm25s",
        "bm25:backend=fts5",
        "dense",
        *(f"hybrid:backend={b}:{way}" for b in ("bm25s", "fts5") for way in ("rrf_k=20", "rrf_k=60", "alpha=0.5")),
    ]
    assert [s.label for s in grid(("bm25", "hybrid"))] == ["bm25", "hybrid"]
    encoders = grid(("bm25", "dense"), encoders=(None, "a/b"))
    assert [s.label for s in encoders] == ["bm25", "dense", "dense:encoder=a/b"]


def test_a_sweep_reaches_both_ends() -> None:
    assert [s.alpha for s in sweep(4)] == [0, 0.25, 0.5, 0.75, 1]
    assert [s.label for s in sweep()] == [f"hybrid:alpha={i / 10:g}" for i in range(11)]


def test_ablations_name_what_is_gone() -> None:
    labels = {s.label: s for s in ablations(System("hybrid"))}
    assert list(labels) == [f"hybrid without {leg}" for leg in LEGS]
    assert labels["hybrid without ngram"].spec == "hybrid:legs=bm25+dense_title+dense_chunk"
    pair = ablations(parse("hybrid:alpha=0.3:legs=bm25+dense_title:backend=fts5"))
    assert [s.spec for s in pair] == ["hybrid:legs=dense_title", "hybrid:backend=fts5:legs=bm25"]
    assert ablations(System("bm25")) == ()


def test_what_takes_more_is_more_complex() -> None:
    own_k = ["hybrid:rrf_k=20", "hybrid:rrf_k=20:understand=off"]
    rising = ["bm25", "bm25:backend=fts5", "dense", "hybrid", *own_k, "rerank"]
    levels = [parse(text).complexity for text in rising]
    assert levels == sorted(levels)
    assert len(set(levels)) == len(levels)
    assert {s.complexity for s in sweep()} == {(2, 2)}
