"""One question on its way to evidence: how it reads, the products that it names, and the evidence put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from answering import mentions, refusals, telling
from answering.conditions import merged
from answering.fitting import has, same_listing
from answering.gathering import Searches, satisfying
from answering.plainly import plainly
from answering.protocols import Catalogue
from answering.reading import read
from answering.records import Card, Evidence, Need, Question
from answering.words import joined, words
from retrieval.records import Filters, Hit, Mode, Product, SearchResult

NEAREST = 3
"""Products that are shown where nothing answers the question."""
READ = 24
_NUMBERS = ("price", "rating", "rating_count", "sales", "discount")
_VALUES = mentions.KnownValues()


class Opening:
    """A question as it was read, and the answer where it names a product."""

    def __init__(
        self, text: str, catalogue: Catalogue, most: int, mode: Mode | None, base: Filters, follows: str | None
    ) -> None:
        self._catalogue = catalogue
        self._most = max(1, most)
        self._searches = Searches(catalogue, mode)
        plain = mentions.plain(text)
        self._look = self._searches.words(plain, READ)
        self._values = _VALUES.of(catalogue, self._look.build)
        self._pool = [hit.product for hit in self._look.hits]
        named = self._named()
        self._names = tuple(
            name for name in mentions.named(plain, [*named, *self._long()], catalogue) if self._is_name(name, plain)
        )
        self._titles = [name.products[0].title for name in self._names]
        self._said = read(plainly(mentions.masked(plain, self._names)), self._values)
        self._filters, self._clash = merged(base, self._said.conditions.filters)
        self._needs = self._said.conditions.needs
        self._question = Question(
            text=text,
            search=plain,
            aim=self._said.aim,
            wants=self._said.wants,
            extreme=self._said.extreme,
            filters=self._filters,
            needs=self._needs,
            follows=follows,
        )

    def _named(self) -> list[Product]:
        ids = self._look.understood.get("named", ())[: READ * 2]
        return [product for one in ids if (product := self._catalogue.get(one)) is not None]

    def _long(self) -> list[Product]:
        """Return the found products whose titles are long enough to be told from other words of a question."""
        return [product for product in self._pool if len(words(product.title)) >= 3]

    @staticmethod
    def _is_name(name: mentions.Named, text: str) -> bool:
        """Tell whether a title in a text is not rather the sort of thing asked for, as two words may be."""
        return len(words(text[name.start : name.end])) >= 3 or any(
            letter.isdigit() for letter in text[name.start : name.end]
        )

    # ---- what comes out

    def _made(
        self,
        products: Iterable[Product | Hit],
        *,
        question: Question | None = None,
        most: int | None = None,
        merge: bool = True,
        **more: Any,
    ) -> Evidence:
        cards: list[Card] = []
        places: dict[tuple[object, ...], int] = {}
        for one in products:
            product, passage = (one.product, one.snippet) if isinstance(one, Hit) else (one, "")
            key = same_listing(product) if merge else (product.product_id,)
            if key in places:
                card = cards[places[key]]
                if product.product_id != card.product.product_id and product.product_id not in card.same:
                    cards[places[key]] = replace(card, same=(*card.same, product.product_id))
                continue
            if len(cards) >= (most or self._most):
                continue
            places[key] = len(cards)
            cards.append(Card(len(cards) + 1, product, passage or self._passage(product)))
        result = more.pop("result", None)
        return Evidence(
            question or self._question,
            tuple(cards),
            degraded=tuple(self._searches.degraded),
            build=self._searches.build,
            search_ms=round(self._searches.spent_ms, 3),
            result=result if isinstance(result, SearchResult) else self._look,
            **more,
        )

    def _passage(self, product: Product) -> str:
        asked = [word for want in self._question.wants if want not in telling.FIELDS for word in words(want)]
        asked += [word for need in self._needs if need.field == "text" for word in words(need.value)]
        return telling.passage(product, asked or words(self._said.subject or product.title))

    def _refused(self, why: str, nearest: Iterable[Product | Hit], **more: Any) -> Evidence:
        return self._made(nearest, most=min(self._most, NEAREST), refusal=why, **more)

    def _nearest(self, text: str) -> Sequence[Product | Hit]:
        """Return what lies nearest to a text, whatever the conditions."""
        return self._searches.best(text, Filters(), NEAREST).hits or self._look.hits

    # ---- a product that is named

    def _about(self, listings: Sequence[Product], title: str, attribute: Sequence[str]) -> Evidence:
        said = self._said
        question = replace(self._question, search=title, subjects=(title,), aim="about")
        for word in said.beside:
            odd = Need("text", word)
            if not any(has(product, odd) for product in listings):
                self._question = replace(question, aim="available", needs=(*self._needs, odd))
                return self._refused(refusals.lacking(odd), listings, unknown=(word,))
        unsold = said.conditions.unsold
        if said.yes_no or said.offered or self._needs or self._filters != Filters():
            return self._asked_of(listings, question, attribute)
        if unsold:
            wrong = [need for need in unsold if not any(has(product, need) for product in listings)]
            if wrong:
                self._question = question
                return self._refused(refusals.unsold(wrong[0]), listings)
        wants = list(said.wants)
        unknown: list[str] = []
        passage = ""
        if attribute and not wants:
            name, passage = telling.resolved(listings, attribute)
            wants.append(name or " ".join(attribute))
            unknown += [] if name else [" ".join(attribute)]
        unknown += [
            want for want in wants if want in telling.FIELDS and not any(telling.known(p, want) for p in listings)
        ]
        self._question = replace(question, wants=tuple(wants))
        listings = telling.most_telling(listings, wants)
        if wants and len(unknown) == len(wants):
            return self._refused(refusals.silent(unknown), listings, unknown=tuple(unknown))
        made = self._made(listings, unknown=tuple(unknown), matching=len(listings))
        if passage:
            first = replace(made.cards[0], passage=passage)
            made = replace(made, cards=(first, *made.cards[1:]))
        return made

    def _asked_of(self, listings: Sequence[Product], question: Question, attribute: Sequence[str]) -> Evidence:
        """Answer yes or no of a product from its fields."""
        said = self._said
        needs = [*self._needs]
        if attribute and said.yes_no:
            needs.append(Need("text", " ".join(attribute)))
        question = replace(question, aim="available", needs=tuple(needs))
        self._question = question
        unsold = [need for need in said.conditions.unsold if not any(has(product, need) for product in listings)]
        if unsold:
            return self._refused(refusals.unsold(unsold[0]), listings)
        for need in needs:
            if need.field not in _NUMBERS and not any(has(product, need) for product in listings):
                return self._refused(
                    refusals.lacking(need), listings, unknown=(need.value,) if need.field == "text" else ()
                )
        fitting = satisfying(listings, self._filters, needs)
        others = [product for product in listings if product not in fitting]
        return self._made([*fitting, *(() if fitting else others)], matching=len(fitting))

    def _alike(self) -> Evidence:
        """Answer with what is like a named product."""
        title = self._titles[0]
        own = {product.product_id for product in self._names[0].products}
        result = self._searches.best(title, self._filters, self._most + len(own) + 6)
        others = [
            hit for hit in result.hits if hit.product_id not in own and joined(hit.product.title) != joined(title)
        ]
        self._question = replace(self._question, aim="find", search=title, subjects=(title,))
        kept = [hit for hit in others if all(has(hit.product, need) for need in self._needs)]
        if not kept:
            return self._refused(refusals.no_match(), self._names[0].products, result=result)
        return self._made(kept, matching=len(kept), result=result)
