"""What answers are worth: whether they are right, state what was asked, refuse rightly and cite what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any, Protocol

from evaluation.answer_text import Unit, first_compared, foreign_numbers, says_yes, states, units
from evaluation.question_sets import AnswerQuestion
from retrieval.records import Product

ALL = "all"


@dataclass(frozen=True, slots=True)
class Judged:
    """How a claim of an answer was judged by the answer's own checker."""

    cited: bool
    supported: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is measured.

    `cited` maps the numbers of its citations to product ids; `claims` are those that need a citation; `search_ms` of
    `total_ms` went into searching. `failure` says why whoever was asked did not write it, "" where he did.
    """

    text: str
    refused: bool
    cited: Mapping[int, str]
    claims: tuple[Judged, ...] = ()
    search_ms: float = 0.0
    total_ms: float = 0.0
    failure: str = ""


Lookup = Callable[[str], Product | None]
"""Returns a product of the catalogue by its id, None where there is none."""


class Answers(Protocol):
    """Somebody who answers questions about one catalogue."""

    def __call__(self, text: str) -> Reply:
        """Return the answer to a question."""
        ...


@dataclass(frozen=True, slots=True)
class Grade:
    """What one answer is worth.

    `stated` is None where no fact was asked for. `units` counts the sentences, items and rows that cite, `sound` those
    of them whose numbers all stand in the cited products; `why` says what is wrong, "" where nothing is.
    """

    question_id: str
    kind: str
    correct: bool
    stated: bool | None
    refused: bool
    units: int
    sound: int
    claims: int
    cited: int
    supported: int
    ms: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """The means of some questions; shares are None where there is nothing to count.

    `refused` is the share of refusals: to be 1 for what the catalogue does not answer, and 0 else. `precision` is the
    share of cited claims that the answers' own checker supports, `sound` the share of citing sentences, items and rows
    whose numbers stand in the cited products. `p50` and `p95` are milliseconds beyond the search.
    """

    questions: int
    correct: float | None
    stated: float | None
    refused: float | None
    precision: float | None
    coverage: float | None
    sound: float | None
    p50: float
    p95: float

    def to_dict(self) -> dict[str, Any]:
        """Return the means as JSON-ready values."""
        return asdict(self)


def ask_all(
    questions: Sequence[AnswerQuestion],
    answers: Answers,
    lookup: Lookup,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> list[Grade]:
    """Ask every question in turn and return the grades."""
    grades = []
    for done, question in enumerate(questions, start=1):
        grades.append(grade(question, answers(question.text), lookup))
        told(done, len(questions))
    return grades


def grade(question: AnswerQuestion, reply: Reply, lookup: Lookup) -> Grade:
    """Return what an answer is worth; what another wrote in place of the one who was asked counts as wrong."""
    if reply.failure:
        stated = False if question.facts and not question.refused else None
        spent = reply.total_ms - reply.search_ms
        why = f"was not answered: {reply.failure}"
        return Grade(question.question_id, question.kind, False, stated, False, 0, 0, 0, 0, 0, spent, why)
    parts = units(reply.text)
    citing = [part for part in parts if part.cites]
    found = {n: lookup(product_id) for n, product_id in reply.cited.items()}
    texts = {n: _text(product) for n, product in found.items() if product is not None}
    sound = [part for part in citing if _sound(part, texts, question)]
    stated = _stated(question, reply, parts) if question.facts and not question.refused else None
    why = wrong(question, reply, parts)
    if not why and len(sound) < len(citing):
        odd = next(part for part in citing if part not in sound)
        numbers = ", ".join(f"{number:g}" for number in sorted(foreign_numbers(odd, texts, question.text)))
        why = f"cites {list(odd.cites)} for {numbers or 'a product that is not there'}"
    elif not why and stated is False:
        why = "does not state what was asked"
    return Grade(
        question.question_id,
        question.kind,
        not wrong(question, reply, parts),
        stated,
        reply.refused,
        len(citing),
        len(sound),
        len(reply.claims),
        sum(claim.cited for claim in reply.claims),
        sum(claim.cited and claim.supported for claim in reply.claims),
        reply.total_ms - reply.search_ms,
        why,
    )


def wrong(question: AnswerQuestion, reply: Reply, parts: tuple[Unit, ...]) -> str:
    """Return what is wrong with an answer in words, "" where it is right; facts are looked at elsewhere."""
    if reply.refused != question.refused:
        return "refused what the catalogue answers" if reply.refused else "answered what the catalogue does not say"
    if question.refused:
        return ""
    order = [reply.cited[n] for part in parts for n in part.cites if n in reply.cited]
    cited = set(order)
    compared = first_compared(parts)
    faults = {
        "does not cite every product that was asked about": any(not group & cited for group in question.cited),
        "cites a product that is none of those that fit": question.allowed is not None and cited - question.allowed,
        "names another product first": question.first and (not order or order[0] not in question.first),
        "names too few products": len(cited) < question.least,
        "does not say yes or no, or the wrong one": question.verdict is not None
        and says_yes(reply.text) is not question.verdict,
        "does not state the right number": question.count is not None and not states(reply.text, question.count),
        "names another product as the better one": question.winner
        and (compared is None or reply.cited.get(compared) not in question.winner),
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")


def _stated(question: AnswerQuestion, reply: Reply, parts: tuple[Unit, ...]) -> bool:
    """Return whether every fact is stated of some product, in a unit that cites it."""
    numbers = {product_id: n for n, product_id in reply.cited.items()}
    return all(
        any(
            numbers[product_id] in part.cites and states(part.text, value)
            for product_id, value in fact.values.items()
            if product_id in numbers
            for part in parts
        )
        for fact in question.facts
    )


def _sound(part: Unit, texts: Mapping[int, str], question: AnswerQuestion) -> bool:
    asked = f"{question.text} {'' if question.count is None else question.count}"
    return all(n in texts for n in part.cites) and not foreign_numbers(part, texts, asked)


def _text(product: Product) -> str:
    """Return all that a catalogue says of a product, addresses left out; what follows from it too."""
    row = {name: value for name, value in product.to_dict().items() if name not in ("url", "images", "line")}
    said = " ".join(_flat(row))
    if product.price is not None and product.original_price:
        said += f" {round(100 * (1 - product.price / product.original_price))}"
    return said


def _flat(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() for text in (str(key), *_flat(inner))]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _flat(inner)]
    return [] if value is None else [str(value)]


def worth(grades: Iterable[Grade]) -> dict[str, Worth]:
    """Return the means by kind, all questions together under `all` last."""
    found = list(grades)
    kinds = dict.fromkeys(one.kind for one in found)
    return {
        **{kind: _worth([one for one in found if one.kind == kind]) for kind in kinds},
        ALL: _worth(found),
    }


def _worth(grades: Sequence[Grade]) -> Worth:
    asked = [one.stated for one in grades if one.stated is not None]
    cited = sum(one.cited for one in grades)
    citing = sum(one.units for one in grades)
    claims = sum(one.claims for one in grades)
    spent = sorted(one.ms for one in grades)
    # The inclusive method never leaves the range of what was measured.
    cuts = quantiles(spent, n=20, method="inclusive") if len(spent) > 1 else spent * 19 or [0.0] * 19
    return Worth(
        len(grades),
        _share(sum(one.correct for one in grades), len(grades)),
        _share(sum(asked), len(asked)),
        _share(sum(one.refused for one in grades), len(grades)),
        _share(sum(one.supported for one in grades), cited),
        _share(cited, claims),
        _share(sum(one.sound for one in grades), citing),
        cuts[9],
        cuts[18],
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
