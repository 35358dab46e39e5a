"""A thing that is described, or named by part of its title: what there is that fits it and every condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from answering import refusals, telling
from answering.conditions import NOT
from answering.fitting import has, within
from answering.gathering import relevance, satisfying
from answering.opening import READ, Opening
from answering.reading import Said
from answering.records import Evidence, Need
from answering.subjects import alike, fit, nearest, resolve, strange
from answering.words import GENERIC, joined, words
from answering.words import telling as telling_words
from retrieval.query.english import common
from retrieval.records import Filters, Hit, Product, SearchResult

_JUDGED = 60
_TITLES = 100
_WHOLE = 0.85
_SOLD = frozenset("sell sells sold stock have offer".split())


class Seeking(Opening):
    """A question that names no product by its whole title."""

    def _thing(self) -> Evidence:
        said = self._said
        subject = said.subject
        if subject:
            if said.phrase != subject and not said.yes_no and not said.offered:
                listings = resolve(said.phrase, self._pool)
                if listings:
                    self._needs = tuple(need for need in self._needs if need.field not in ("colors", "sizes"))
                    self._question = replace(self._question, needs=self._needs)
                    return self._about(self._all_named(listings), listings[0].title, said.attribute)
            listings = resolve(subject, self._pool)
            if listings and self._tells(said, listings):
                return self._about(self._all_named(listings), listings[0].title, said.attribute)
            for thing, attribute in said.things:
                listings = resolve(thing, self._pool)
                if listings:
                    asked = telling.attribute_words(attribute, asks=True)
                    if said.yes_no or asked:
                        return self._about(self._all_named(listings), listings[0].title, asked)
        return self._find()

    def _all_named(self, listings: Sequence[Product]) -> list[Product]:
        """Return listings with those of the same title that the search put behind them."""
        ids = {product.product_id for product in listings}
        alike = [product for product in self._named() if product.product_id not in ids]
        return [*listings, *(product for product in alike if joined(product.title) == joined(listings[0].title))]

    @staticmethod
    def _tells(said: Said, listings: Sequence[Product]) -> bool:
        """Tell whether a question is about one product rather than about what there is of a sort."""
        if said.offered and said.indefinite:
            return fit(said.subject, listings[0]).share >= _WHOLE and said.conditions.filters == Filters()
        return not (said.offered and said.conditions.filters != Filters())

    def _find(self) -> Evidence:
        said, needs, filters = self._said, self._needs, self._filters
        subject, search = said.subject, said.worded or said.subject
        self._question = replace(
            self._question,
            aim="available" if said.aim == "available" else "find",
            search=search,
            subjects=(subject,) if subject else (),
        )
        if not search:
            search = self._coloured()
        if subject and not self._names:
            sensible = self._sensible(subject)
            if sensible != subject:
                subject, search = sensible, " ".join([self._coloured(), sensible]).strip()
        demanded = bool(needs) or filters != Filters() or bool(said.conditions.unsold)
        if not search and not demanded and not set(words(said.text)) & (GENERIC | _SOLD):
            return self._refused(refusals.no_match(), self._look.hits)
        result = self._searches.best(
            search, filters if not self._clash else Filters(), _JUDGED if demanded else max(self._most * 2, 12)
        )
        nearest = result.hits or self._nearest(search)
        unsold = [need for need in said.conditions.unsold if not any(has(p, need) for p in self._seen(result))]
        if unsold:
            return self._refused(refusals.unsold(unsold[0]), nearest, result=result)
        if self._clash:
            return self._refused("its bounds exclude each other", nearest, result=result)
        if subject:
            odd = strange(subject, self._seen(result), self._made_of(result))
            if result.understood.get("no_good_match") and not (odd and said.wants):
                return self._refused(refusals.no_match(), nearest, result=result)
            if odd:
                return self._refused(refusals.not_called(subject), nearest, result=result)
            if said.wants and not said.indefinite and self._unlike(subject, result):
                return self._refused(refusals.not_called(subject), nearest, result=result)
        judge = relevance(subject, result)
        relevant = [hit for hit in result.hits if judge(hit)]
        fitting = self._fitting(relevant)
        if not fitting and any(need.field in ("colors", "sizes") for need in needs):
            fitting = self._listed(subject)
        if not demanded:
            fitting = relevant or list(result.hits)
        if not fitting:
            return self._none(search, subject, result)
        unknown = tuple(
            want
            for want in said.wants
            if want in telling.FIELDS and not any(telling.known(h.product, want) for h in fitting[: self._most])
        )
        if said.wants and len(unknown) == len(said.wants):
            return self._refused(refusals.silent(unknown), fitting, result=result, unknown=unknown)
        matching = result.total if not needs and not demanded else len(fitting)
        return self._made(fitting, matching=matching, result=result, unknown=unknown)

    def _coloured(self) -> str:
        """Return the colours that are needed, as words to search for."""
        return " ".join(need.value for need in self._needs if need.field == "colors" and not need.value.startswith(NOT))

    def _fitting(self, hits: Iterable[Hit]) -> list[Hit]:
        """Return the hits that satisfy the filters and every need."""
        return [
            hit
            for hit in hits
            if within(hit.product, self._filters) and all(has(hit.product, need) for need in self._needs)
        ]

    def _listed(self, subject: str) -> list[Hit]:
        """Return what fits among the products that list a needed colour or size, or name the colour in their title."""
        attributes = dict(self._filters.attributes)
        colours = [need.value for need in self._needs if need.field == "colors" and not need.value.startswith(NOT)]
        for need in self._needs:
            lexicon = self._values.lexicon
            values = lexicon.colour_values(need.value) if need.field == "colors" else lexicon.size_values(need.value)
            if need.field in ("colors", "sizes") and not need.value.startswith(NOT):
                attributes[need.field] = (*attributes.get(need.field, ()), *values)
        hits: list[Hit] = []
        if all(attributes.values()):
            result = self._searches.best(subject, replace(self._filters, attributes=attributes), _JUDGED)
            judge = relevance(subject, result)
            hits += [hit for hit in result.hits if judge(hit)]
        fitting = self._fitting(hits)
        if not fitting and colours:
            result = self._searches.named(" ".join([*colours, subject]), self._filters, _JUDGED)
            judge = relevance(subject, result)
            fitting = self._fitting(hit for hit in result.hits if judge(hit))
        return fitting

    def _seen(self, result: SearchResult) -> list[Product]:
        return [*(hit.product for hit in result.hits), *self._pool]

    @staticmethod
    def _made_of(result: SearchResult) -> set[str]:
        """Return the words of a query that the search knows in another spelling or as a synonym."""
        known = {
            word
            for one in result.understood.get("corrections", ())
            if one["why"] in ("script", "split", "join") or alike(one["before"], one["after"])
            for word in words(one["before"])
        }
        return known | {word for one in result.understood.get("synonyms", ()) for word in words(one["term"])}

    @staticmethod
    def _unlike(subject: str, result: SearchResult) -> bool:
        """Tell whether a product that is asked about by a definite name is not among what was found."""
        best = nearest(subject, [hit.product for hit in result.hits[:12]])
        return best is None or bool(best.missing)

    def _none(self, search: str, subject: str, result: SearchResult) -> Evidence:
        """Refuse for the condition that nothing meets, with what lies nearest."""
        wider = self._searches.best(search if subject else "", Filters(categories=self._filters.categories), _JUDGED)
        judge = relevance(subject, wider)
        pool = [hit for hit in wider.hits if judge(hit)] or list(wider.hits)
        why = refusals.reason([hit.product for hit in pool], self._filters, self._needs, subject)
        return self._refused(why, _by_nearness(pool[:12], self._filters, self._needs), result=result)

    def _sensible(self, subject: str) -> str:
        """Return a subject beside a category or brand without the words that belong to the question.

        So do plain English ones that none of the titles of that category or brand holds.
        """
        if not (self._filters.categories or self._filters.brands):
            return subject
        said = [word for word in telling_words(subject) if word not in GENERIC]
        if not said:
            return ""
        found = self._searches.named(subject, replace(self._filters, min_price=None, max_price=None), _TITLES)
        titles = {word for hit in found.hits for word in words(hit.product.title)}
        kept = [word for word in said if not common(word) or titles & {word, f"{word}s", word.removesuffix("s")}]
        return " ".join(word for word in words(subject) if word in kept) if len(kept) < len(said) else subject

    def _near_enough(self, subject: str) -> tuple[tuple[Product, ...], SearchResult]:
        """Return what fits a subject that no product holds word by word, and the search that found it."""
        result = self._searches.best(subject, self._filters, READ)
        if result.understood.get("no_good_match") or strange(subject, self._seen(result), self._made_of(result)):
            return (), result
        judge = relevance(subject, result)
        return satisfying([hit.product for hit in result.hits if judge(hit)], self._filters, self._needs), result


def _by_nearness(hits: Sequence[Hit], filters: Filters, needs: Sequence[Need]) -> list[Hit]:
    """Return hits by how many conditions they meet, then by how near their prices are, then as they were ranked."""

    def key(hit: Hit) -> tuple[int, float]:
        met = sum(has(hit.product, need) for need in needs)
        price = hit.product.price
        if price is None:
            return -met, float("inf") if filters.max_price is not None or filters.min_price is not None else 0.0
        over = max(0.0, price - filters.max_price) if filters.max_price is not None else 0.0
        under = max(0.0, filters.min_price - price) if filters.min_price is not None else 0.0
        return -met, over + under

    return sorted(hits, key=key)
