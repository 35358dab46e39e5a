"""From a question to the products that an answer may be made of."""

from __future__ import annotations

from dataclasses import replace

from answering import comparing, mentions, refusals, telling
from answering.gathering import holding, ranked, satisfying
from answering.protocols import Catalogue
from answering.records import Evidence
from answering.seeking import Seeking
from answering.subjects import resolve, strange
from answering.words import words
from retrieval.errors import AnswerError
from retrieval.records import Filters, Mode, Product


def gather(
    text: str,
    catalogue: Catalogue,
    *,
    most: int,
    mode: Mode | None = None,
    filters: Filters | None = None,
    follows: str | None = None,
) -> Evidence:
    """Return what a question may be answered with: at most `most` products, but every one of a comparison.

    `filters` hold beside the question's own conditions; `mode` is that of the search, None the best that is there.
    Raises AnswerError for a question without a word, QueryError for one that cannot be searched.
    """
    if not words(text):
        raise AnswerError("the question is empty; ask in a few words, such as “which lamp costs less than 500?”.")
    return _Gathering(text, catalogue, most, mode, filters or Filters(), follows).evidence()


class _Gathering(Seeking):
    """One question on its way to evidence."""

    def evidence(self) -> Evidence:
        """Return the evidence."""
        said = self._said
        if said.aim == "compare":
            return self._compare()
        if said.aim in ("superlative", "count"):
            return self._over_all()
        if self._names and said.alike:
            return self._alike()
        if self._names:
            return self._about(self._names[0].products, self._titles[0], said.attribute)
        return self._thing()

    # ---- all products under some conditions

    def _over_all(self) -> Evidence:
        said, needs, filters = self._said, self._needs, self._filters
        subject = " ".join([self._sensible(said.subject) if said.subject else "", *self._titles]).strip()
        self._question = replace(self._question, search=subject, subjects=(subject,) if subject else ())
        if said.conditions.unsold:
            return self._refused(refusals.unsold(said.conditions.unsold[0]), self._nearest(subject))
        if self._clash:
            return self._refused("its bounds exclude each other", self._nearest(subject))
        if said.aim == "count" and not subject and not needs:
            result = self._searches.number(filters, self._most)
            if result.total:
                return self._made(result.hits, matching=result.total, merge=False, result=result)
            return self._none("", "", result)
        everything = self._searches.all(self._searches.rarest(subject, filters), filters)
        considered = satisfying(holding(everything, subject), filters, needs)
        if not considered and subject:
            corrected = self._searches.best(subject, filters, 1).understood.get("rest", subject)
            if corrected != subject:
                everything = self._searches.all(self._searches.rarest(corrected, filters), filters)
                considered = satisfying(holding(everything, corrected), filters, needs)
        result = self._look
        if not considered and subject:
            considered, result = self._near_enough(subject)
        if not considered:
            return self._none(subject, subject, result)
        if said.aim == "count":
            first = sorted(considered, key=lambda p: (-(p.rating_count or 0), p.product_id))
            return self._made(first, considered=considered, matching=len(considered), merge=False)
        extreme = said.extreme
        if extreme is None:
            raise AnswerError(f"{said.text[:80]!r} asks for an extreme of nothing; ask for the cheapest or best rated.")
        order, winners = ranked(considered, extreme, best=said.best)
        if not order:
            why = refusals.unknown_of_all(extreme.field)
            return self._refused(why, considered, considered=considered, unknown=(extreme.field,))
        if said.attribute:
            name, passage = telling.resolved(order[:1], said.attribute)
            name = name or " ".join(said.attribute)
            unknown = () if passage or telling.known(order[0], name) else (name,)
            self._question = replace(self._question, wants=(name,))
            return self._made(
                order,
                considered=considered,
                matching=winners,
                merge=False,
                unknown=unknown,
                most=max(self._most, extreme.count),
            )
        return self._made(
            order, considered=considered, matching=winners, merge=False, most=max(self._most, extreme.count)
        )

    # ---- a comparison

    def _compare(self) -> Evidence:
        said = self._said
        order = list(dict.fromkeys(mentions.numbers(said.text)))
        if len(order) >= 2:
            chosen = [(self._titles[number], self._names[number].products) for number in order]
        else:
            parts = comparing.cut(said.compared, self._pool)
            if len(parts) < 2:
                return self._not_compared(mentions.unmasked(parts[0], self._titles))
            chosen = [self._one(part) for part in parts]
        subjects = tuple(name for name, _ in chosen)
        wants = said.wants or comparing.EVERYTHING
        self._question = replace(
            self._question, aim="compare", subjects=subjects, wants=wants, search=" / ".join(subjects)
        )
        chosen = [(name, telling.most_telling(listings, wants)) for name, listings in chosen]
        missing = [name for name, listings in chosen if not listings]
        if missing:
            nearest = [listings[0] for _, listings in chosen if listings]
            for name in missing:
                nearest += [hit.product for hit in self._searches.best(name, Filters(), 2).hits]
            return self._refused(refusals.not_called(missing[0]), nearest)
        firsts = [listings[0] for _, listings in chosen]
        return self._made(firsts, most=max(self._most, len(firsts)), merge=False, matching=len(firsts))

    def _one(self, part: str) -> tuple[str, tuple[Product, ...]]:
        """Return one thing of a comparison by name, and the products that it names; () where it is nothing sold."""
        number = next(iter(mentions.numbers(part)), None)
        if number is not None:
            return self._titles[number], self._names[number].products
        return part, self._sold(part)

    def _sold(self, part: str) -> tuple[Product, ...]:
        found = resolve(part, self._pool)
        if found:
            return found
        result = self._searches.best(part, Filters(), 10)
        products = [hit.product for hit in result.hits]
        found = resolve(part, products)
        if found:
            return found
        if result.understood.get("no_good_match") or strange(part, products, self._made_of(result)) or not products:
            return ()
        return (products[0],)

    def _not_compared(self, whole: str) -> Evidence:
        """Answer what only seemed to compare: a title with "and" or "vs" in it."""
        listings = resolve(whole, self._pool)
        if listings:
            self._said = replace(self._said, aim="about")
            return self._about(self._all_named(listings), listings[0].title, ())
        self._said = replace(self._said, subject=whole, worded=whole, aim="find")
        return self._find()
