"""The extractive answer: what the question asks, said with the facts of the products in the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from answering.conditions import NOT
from answering.defuse import inline
from answering.extractive import comparison, refusal, superlative
from answering.extractive.phrases import (
    PLAIN,
    QUOTE,
    cited,
    clauses,
    count,
    holding,
    items,
    joined,
    name,
    plainly,
    quote,
    title,
    value,
)
from answering.extractive.scope import broken, conditioned, scope
from answering.records import Card, Evidence

DETAILS = ("brand", "category", "colors", "sizes", "seller", "sales")
MOST = 5
"""Products that an answer names."""
ATTRIBUTES = 6


def write(evidence: Evidence) -> str:
    """Return the answer in Markdown, every claim with its citation; the same evidence gives the same answer."""
    question = evidence.question
    if evidence.refusal is not None or not evidence.cards:
        return refusal.write(evidence)
    if question.aim == "compare" and len(evidence.cards) > 1:
        return comparison.write(evidence)
    if question.aim == "superlative" and question.extreme is not None:
        return superlative.write(evidence, question.extreme)
    if question.aim == "count":
        return _counted(evidence)
    if question.aim == "available":
        return _available(evidence)
    return _about(evidence) if question.aim in ("about", "compare") else _found(evidence)


def _found(evidence: Evidence) -> str:
    """Return what fits best and why, and what fits too."""
    question, (first, *others) = evidence.question, evidence.cards[:MOST]
    asked = dict.fromkeys([*plainly(evidence.cards[:MOST]), *conditioned(question), *question.wants])
    facts = joined(clauses(first.product, asked))
    sentences = [f"{title(first)} fits best{': it ' if facts else ''}{facts} [{first.n}].", *_texts(evidence, first)]
    said = "" if facts or sentences[1:] else quote(first)
    sentences += [f"The description says: “{said}” [{first.n}]."] if said else []
    parts = [" ".join([*sentences, *_unknown(evidence, evidence.cards[:MOST])])]
    if others:
        parts += ["These fit too:", items(others, question.wants, among=(first,))]
    return "\n\n".join(parts)


def _about(evidence: Evidence) -> str:
    """Return what was asked about a product, or all about it; and the other listings that its name fits."""
    wants, (first, *others) = evidence.question.wants, evidence.cards[:MOST]
    if wants:
        rest = [field for field in PLAIN if field not in wants and not ("rating_count" in wants and field == "rating")]
        sentences = [*_texts(evidence, first), *_unknown(evidence, (first,)), *_sentences(first, rest)]
        named = [*_sentences(first, wants, title(first))]
    else:
        attributes = list(first.product.attributes)[:ATTRIBUTES]
        unbranded = (first.product.brand or "").casefold() == "no brand"
        details = [field for field in DETAILS if field != "brand" or not unbranded]
        sentences = [part for fields in (details, attributes) for part in _sentences(first, fields)]
        said = quote(first)
        sentences += [f"The description says: “{said}” [{first.n}]."] if said else []
        named = [*_sentences(first, PLAIN, title(first))]
    # What was asked comes first, and the first sentence names the product.
    parts = [" ".join([*(named or [f"About {title(first)}:"]), *sentences])]
    if others:
        parts += ["The name fits these too:", items(others, wants, among=(first,))]
    return "\n\n".join(parts)


def _available(evidence: Evidence) -> str:
    """Return yes or no, with the facts that decide it, and what else fits."""
    question, (first, *others) = evidence.question, evidence.cards[:MOST]
    failing = broken(first.product, question)
    words = [need.value for need in question.needs if need.field == "text" and not need.value.startswith(NOT)]
    held = {said: holding(first.product, said)[:1] for said in words}
    deciding = failing or (*conditioned(question), *(field for fields in held.values() for field in fields)) or PLAIN
    facts = joined(clauses(first.product, deciding)) or "is in this catalogue"
    lead = f"{'No' if failing else 'Yes'}: {title(first)} {facts} [{first.n}]."
    plain = plainly(evidence.cards[:MOST])
    rest = [field for field in (*question.wants, *plain) if field not in deciding]
    told = [quote(first, said) for said, fields in held.items() if not fields]
    quoted = [f"The description says: “{said}” [{first.n}]." for said in told if said]
    sentences = [lead, *quoted, *_texts(evidence, first), *_unknown(evidence, (first,)), *_sentences(first, rest)]
    parts = [" ".join(sentences)]
    fitting = [card for card in others if not broken(card.product, question)]
    if fitting:
        parts += ["These fit too:", items(fitting, question.wants, among=(first,))]
    return "\n\n".join(parts)


def _counted(evidence: Evidence) -> str:
    """Return how many products fit, and the first of them."""
    shown = evidence.cards[:MOST]
    there = f"{'is' if evidence.matching == 1 else 'are'} {count(evidence.matching, 'product')}"
    listed = items(shown, evidence.question.wants)
    among = "this one" if evidence.matching == 1 else "among them these" if evidence.matching > len(shown) else "these"
    return f"There {there}{scope(evidence.question, evidence.cards)}, {among} {cited(shown)}:\n\n{listed}"


def _sentences(card: Card, fields: Iterable[str], subject: str = "It") -> Iterator[str]:
    facts = clauses(card.product, fields)
    if facts:
        yield f"{subject} {joined(facts)} [{card.n}]."


def _texts(evidence: Evidence, card: Card) -> Iterator[str]:
    """Yield what the description says of the wanted things that no field holds."""
    for field in evidence.question.wants:
        if value(card.product, field) is not None or field in evidence.unknown:
            continue
        said = quote(card) if field == "description" else quote(card, field) or inline(card.passage, QUOTE)
        if said:
            yield f"The description says: “{said}” [{card.n}]."
        else:
            yield f"The catalogue does not say its {name(field)} [{card.n}]."


def _unknown(evidence: Evidence, cards: Sequence[Card]) -> Iterator[str]:
    """Yield that the catalogue is silent on what was asked."""
    silent = [name(field) for field in evidence.unknown]
    if silent:
        whose = "its" if len(cards) == 1 else "their"
        yield f"The catalogue does not say {whose} {joined(silent)} {cited(cards)}."
