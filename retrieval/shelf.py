"""What the shop says about its searches at one moment, whatever is edited while a search is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from retrieval.errors import DataError
from retrieval.protocols import Merchandising
from retrieval.query.synonyms import Synonyms, shipped
from retrieval.records import Degraded
from retrieval.rules import Rule

SYNONYMS = "synonyms"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Synonyms and rules with the day on which they are read; `faults` says what could not be read."""

    synonyms: Synonyms
    today: date
    rules: tuple[Rule, ...] = ()
    rules_version: int = 0
    faults: tuple[Degraded, ...] = field(default=())

    def key(self) -> tuple[object, ...]:
        """Return what changes whenever a search may come out otherwise."""
        return self.synonyms.digest, self.rules_version, self.today if self.rules else None, self.faults


def look(merchandising: Merchandising | None, today: date | None = None) -> Shelf:
    """Return what the shop says; what cannot be read is stood in for by the shipped synonyms and no rules."""
    day = today or date.today()
    if merchandising is None:
        return Shelf(shipped(), day)
    synonyms, version, rules = shipped(), 0, ()  # type: Synonyms, int, tuple[Rule, ...]
    faults: list[Degraded] = []
    try:
        synonyms = merchandising.synonyms()
    except DataError as error:
        faults.append(Degraded(SYNONYMS, str(error), "those that come with the program"))
    try:
        version, rules = merchandising.rules()
    except DataError as error:
        faults.append(Degraded("rules", str(error), "no rules"))
    return Shelf(synonyms, day, rules, version, tuple(faults))
