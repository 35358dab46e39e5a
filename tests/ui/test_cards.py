"""What a card says beside its product: why it stands there, and that it is only the nearest there is."""

from __future__ import annotations

import pytest

from retrieval.records import Hit, Product, SearchResult
from retrieval.rules import Rule
from tests.hostile import TEXTS
from ui import cards, results
from ui.safe_text import WORD_JOINER

LABELS = {"hybrid": "Hybrid"}


def hit(rules: tuple[str, ...] = (), named: bool = False) -> Hit:
    """Return a hit."""
    return Hit(1, Product("p1", "lamp"), 1.0, {}, None, None, (), "", None, rules=rules, named=named)


def found(total: int, no_good_match: bool) -> SearchResult:
    """Return a result of so many hits."""
    understood = {"parts": [], "corrections": [], "synonyms": [], "no_good_match": no_good_match}
    return SearchResult("lamp", "hybrid", "hybrid", (), total, {}, {"total": 2.0}, (hit(),), understood=understood)


def test_a_hit_says_that_it_is_named_and_which_rules_it_is_under() -> None:
    rule = Rule("pin", "product", "p1", "contains", "desk lamp", position=1)
    named, ruled = cards.because(hit((rule.describe(),), named=True))
    assert "Named in your query" in named
    assert ruled.replace("\\", "") == "**By a rule of the shop**: pinned to place 1 for queries with 'desk lamp'."
    assert cards.because(hit()) == []
    assert "Named in your query" in cards.facts_line(hit(named=True))
    assert "Named" not in cards.facts_line(hit())


@pytest.mark.parametrize("text", TEXTS)
def test_a_rule_is_shown_literally(text: str) -> None:
    (shown,) = cards.because(hit((Rule("boost", "brand", text, "exact", text).describe(),)))
    bare = shown.replace("\\<", "").replace("\\]", "").replace(WORD_JOINER, "")
    assert "<script" not in bare
    assert "](" not in bare


def test_the_nearest_are_marked_and_not_counted_as_matches() -> None:
    assert "no good match" in cards.facts_line(hit(), nearest=True)
    assert cards.facts_line(hit()) == ""
    assert results.total_line(found(6, True), LABELS) == "**No good match** :gray[· 6 nearest · Hybrid · 2.0 ms]"
    answered = results.total_line(found(6, True), LABELS, answered=True)
    assert answered == "**6 products** :gray[· nearest · Hybrid · 2.0 ms]"
    assert results.total_line(found(6, False), LABELS) == "**6 products** :gray[· Hybrid · 2.0 ms]"
    assert not results.no_good_match(found(0, True))  # nothing at all is said in another way
