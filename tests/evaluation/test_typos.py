from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.typos import KINDS, NEIGHBOURS, misspell
from retrieval.errors import EvaluationError

SEEDS = range(400)
QUERIES = st.text(st.sampled_from("aeioubckfphst ABZ -'/0159éকড়শ"), max_size=60) | st.text(max_size=40)


def typed(word: str, *kinds: str) -> set[str]:
    found = (misspell(word, "q1", seed=seed, kinds=kinds) for seed in SEEDS)  # type: ignore[arg-type]
    return {typo.after for typo in found if typo is not None}


def distance(a: str, b: str) -> int:
    """Edit distance, written as its recurrence."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, last = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y)))
    return row[-1]


def test_keys_beside_each_other() -> None:
    assert NEIGHBOURS["g"] == "bfhtvy"
    assert NEIGHBOURS["q"] == "aw"
    assert NEIGHBOURS["m"] == "jkn"
    assert all(letter in NEIGHBOURS[other] for letter, others in NEIGHBOURS.items() for other in others)


def test_a_key_beside_the_right_one() -> None:
    assert typed("lamp", "keyboard") == {
        *("kamp", "pamp", "oamp"),
        *("lqmp", "lsmp", "lwmp", "lzmp"),
        *("lanp", "lajp", "lakp"),
        *("lamo", "laml"),
    }


def test_a_letter_left_out() -> None:
    assert typed("lamp", "dropped") == {"amp", "lmp", "lap", "lam"}


@pytest.mark.parametrize(
    ("word", "among"),
    [
        ("phone", {"fone"}),
        ("knife", {"kniphe"}),
        ("cover", {"kover"}),
        ("desk lamps", {"desc"}),
        ("sheet", {"shit"}),
        ("drill", {"dril", "dreell"}),
        ("kettle", {"ketle"}),
        ("sari", {"sarri", "saree", "sori", "sare"}),
    ],
)
def test_spelt_by_ear(word: str, among: set[str]) -> None:
    assert among <= typed(word, "phonetic")


def test_what_sounds_otherwise_is_not_swapped() -> None:
    """A c before e, i and h is no k, and a k before e and i is not written c."""
    assert all(after.startswith("c") for word in ("city", "cell", "child") for after in typed(word, "phonetic"))
    assert not {"marcet", "cing"} & (typed("market", "phonetic") | typed("king", "phonetic"))


def test_words_with_digits_and_short_ones_stay() -> None:
    for text in ("", "16gb ram", "gtx-1650-ti4", "mp3/player", "red bag 5kg", "শাড়ি", "12 in 1", "café"):
        assert all(misspell(text, "q", seed=seed) is None for seed in range(20)), text


def test_the_longer_word_is_likelier_by_its_letters() -> None:
    counts = Counter(
        typo.before for seed in range(3000) if (typo := misspell("lamp refrigerator", "q", seed=seed)) is not None
    )
    # 4 letters against 12: a quarter of the mistakes, give or take three standard deviations.
    assert counts["lamp"] == pytest.approx(3000 / 4, abs=3 * (3000 * 0.25 * 0.75) ** 0.5)


def test_each_kind_is_as_likely() -> None:
    counts = Counter(
        typo.kind for seed in range(3000) if (typo := misspell("kitchen sink", "q", seed=seed)) is not None
    )
    assert set(counts) == set(KINDS)
    assert all(count == pytest.approx(1000, abs=3 * (3000 * 2 / 9) ** 0.5) for count in counts.values())


def test_always_the_same() -> None:
    first = misspell("electric kettle", "q7", seed=3)
    assert first == misspell("electric kettle", "q7", seed=3)
    assert len({misspell("electric kettle", f"q{i}", seed=3) for i in range(30)}) > 10
    assert len({misspell("electric kettle", "q7", seed=i) for i in range(30)}) > 10


def test_the_letters_case_is_kept() -> None:
    assert all(after[0].isupper() and after[1:].islower() for after in typed("Kettle", *KINDS))
    assert all(after.isupper() for after in typed("KETTLE", *KINDS))


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(EvaluationError, match="keyboard, dropped, phonetic"):
        misspell("lamp", "q", kinds=())
    with pytest.raises(EvaluationError, match="swapped"):
        misspell("lamp", "q", kinds=("swapped",))  # type: ignore[arg-type]


@given(QUERIES, st.text(max_size=5), st.integers(0, 50))
def test_one_mistake_in_one_word(text: str, query_id: str, seed: int) -> None:
    typo = misspell(text, query_id, seed=seed)
    if typo is None:
        words = [word for word in re.split(r"\s", text) if not re.search(r"\d", word)]
        assert not any(re.fullmatch(r"[a-zA-Z]{4,}", word) for word in words)
        return
    assert typo.before != typo.after
    assert len(typo.before) >= 4
    assert not re.search(r"\d", typo.before)
    assert 1 <= distance(typo.before.lower(), typo.after.lower()) <= 2
    start = text.find(typo.before)
    places = []
    while start >= 0:
        places.append(text[:start] + typo.after + text[start + len(typo.before) :])
        start = text.find(typo.before, start + 1)
    assert typo.text in places
    assert [chunk for chunk in text.split() if re.search(r"\d", chunk)] == [
        chunk for chunk in typo.text.split() if re.search(r"\d", chunk)
    ]
