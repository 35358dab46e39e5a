from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import DataError
from retrieval.query.synonyms import LONGEST_LINE, SHIPPED, Synonyms, phrase_key, shipped

WORDS = st.sampled_from(["sofa", "couch", "settee", "gown", "dress", "maxi", "mobile", "phone", "the", "of", "শাড়ি"])


def test_a_group_holds_every_way_and_an_arrow_one_way() -> None:
    rules = Synonyms.parse("sofa, couch, settee\ngown => dress, maxi")
    assert rules.expand(["sofa"]) == (("sofa", ("couch", "settee")),)
    assert rules.expand(["settee"]) == (("settee", ("sofa", "couch")),)
    assert rules.expand(["red", "gown"]) == (("gown", ("dress", "maxi")),)
    assert rules.expand(["dress"]) == ()


def test_the_longest_phrase_is_taken_from_the_left() -> None:
    rules = Synonyms.parse("mobile phone, handset\nphone => telephone\nphone cover, back case")
    assert rules.expand("mobile phone cover".split()) == (("mobile phone", ("handset",)),)
    assert rules.expand("phone cover for phone".split()) == (
        ("phone cover", ("back case",)),
        ("phone", ("telephone",)),
    )


def test_inflection_case_and_script_do_not_matter() -> None:
    rules = Synonyms.parse("Lamp, বাতি\nt-shirt, tee")
    assert rules.expand(["LAMPS"]) == (("LAMPS", ("বাতি",)),)
    assert rules.expand(["বাতি"]) == (("বাতি", ("lamp",)),)
    assert rules.expand(["t-shirts"]) == (("t-shirts", ("tee",)),)
    assert rules.expand(["t", "shirt"]) == (("t shirt", ("tee",)),)


def test_what_the_query_says_already_is_not_added() -> None:
    rules = Synonyms.parse("sofa, couch, settee")
    assert rules.expand(["sofa", "couches"]) == (("sofa", ("settee",)), ("couches", ("settee",)))
    assert rules.expand(["sofa", "couch", "settee"]) == ()


def test_rules_of_one_word_add_up() -> None:
    rules = Synonyms.parse("gown => dress\n# a note\n\ngown, robe  # both ways\n")
    assert rules.expand(["gown"]) == (("gown", ("dress", "robe")),)
    assert [rule.line for rule in rules.rules] == [1, 4]


def test_other_alphabets_signs_are_read_as_the_usual_ones() -> None:
    assert Synonyms.parse("ｓｏｆａ，couch ＃ note").expand(["sofa"]) == (("sofa", ("couch",)),)


def test_own_rules_come_first_and_can_switch_shipped_ones_off() -> None:
    base = Synonyms.parse("gown => dress, maxi\nsofa, couch")
    own = Synonyms.parse("gown => robe\nsofa =>", base=base)
    assert own.expand(["gown"]) == (("gown", ("robe", "dress", "maxi")),)
    assert own.expand(["sofa"]) == ()
    assert own.expand(["couch"]) == (("couch", ("sofa",)),)
    again = Synonyms.parse("gown =>\ngown => cape", base=base)
    assert again.expand(["gown"]) == (("gown", ("cape",)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sofa", "line 1: names one thing alone"),
        ("sofa, sofas", "names one thing alone"),
        ("a1, b1\nsofa,, couch", "line 2: '' between two commas"),
        ("sofa, !!", "holds no word"),
        ("a1 => b1 => c1", "more than one =>"),
        ("=> couch", "nothing before =>"),
        ("=>", "nothing before =>"),
        ("lamp => lamps", "the same before and after"),
        ("one two three four five six seven => x1", "more than 6 words"),
        ("x, " * LONGEST_LINE, "characters; split it"),
        ("\n".join(["alone"] * 7), "; and 2 more"),
    ],
)
def test_a_faulty_line_is_named(text: str, said: str) -> None:
    with pytest.raises(DataError) as raised:
        Synonyms.parse(text, "mine.txt")
    assert str(raised.value).startswith("mine.txt: ")
    assert said in str(raised.value)


def test_the_digest_follows_the_rules_and_what_they_stand_on() -> None:
    base = Synonyms.parse("sofa, couch")
    digests = {
        Synonyms.parse("a1, b1").digest,
        Synonyms.parse("a1 => b1").digest,
        Synonyms.parse("a1, b1", base=base).digest,
        Synonyms().digest,
    }
    assert len(digests) == 4
    assert Synonyms.parse("# other\na1,  b1").digest == Synonyms.parse("a1, b1").digest


def test_known_pairs_are_known_both_ways() -> None:
    rules = Synonyms.parse("gown => dress\nsofa =>", base=Synonyms.parse("lamp, light"))
    assert rules.same("dress", "gowns")
    assert rules.same("light", "lamps")
    assert rules.same("sofa", "chair")  # denied: there is nothing to suggest for it
    assert not rules.same("dress", "lamp")


def test_the_shipped_rules_hold_in_three_spellings() -> None:
    rules = shipped()
    for query in ("saree", "sari", "শাড়ি"):
        ((_, targets),) = rules.expand([query])
        assert {phrase_key(p) for p in ("saree", "sari", "শাড়ি")} <= {phrase_key(p) for p in (*targets, query)}
    assert dict(rules.expand("cotton bed sheet".split()))["bed sheet"][0] == "bedsheet"


def test_a_phrase_belongs_to_one_shipped_group_alone() -> None:
    # In two groups, a word that has two meanings would lead from one of them to the other.
    groups: dict[tuple[str, ...], list[int]] = {}
    for rule in shipped().rules:
        if rule.two_way:
            for phrase in rule.sources:
                groups.setdefault(phrase_key(phrase), []).append(rule.line)
    assert {key: lines for key, lines in groups.items() if len(lines) > 1} == {}


def test_the_shipped_file_reads_back_from_its_own_rules() -> None:
    text = "\n".join(rule.to_text() for rule in shipped().rules)
    assert Synonyms.parse(text).digest == Synonyms.parse(SHIPPED.read_text("utf-8")).digest


@given(st.text())
def test_a_text_is_read_or_refused_with_its_line(text: str) -> None:
    try:
        rules = Synonyms.parse(text, "mine.txt")
    except DataError as error:
        fault = str(error)
    else:
        fault = ""
    if fault:
        assert fault.startswith("mine.txt: line ")
        return
    again = Synonyms.parse("\n".join(rule.to_text() for rule in rules.rules), "mine.txt")
    assert [(r.sources, r.targets, r.two_way) for r in again.rules] == [
        (r.sources, r.targets, r.two_way) for r in rules.rules
    ]


@given(st.lists(st.one_of(WORDS, st.text())))
def test_expanding_never_raises_and_says_nothing_twice(words: list[str]) -> None:
    rules = Synonyms.parse("sofa, couch, settee\ngown => dress, maxi gown\nmobile phone, mobile", base=shipped())
    found = rules.expand(words)
    assert found == rules.expand(words)
    added = {target for _, targets in found for target in targets}
    assert all(targets for _, targets in found)
    for target in added:
        assert phrase_key(target) != phrase_key(" ".join(words))
    # What was added is not added again: nothing new is said of the same phrases.
    more = dict(rules.expand([*words, *" ".join(sorted(added)).split()]))
    assert not any(set(more.get(phrase, ())) & added for phrase, _ in found)
