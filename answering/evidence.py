"""From a question to the products that an answer may be made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from answering import comparing, mentions, refusals, telling
from answering.conditions import NOT, merged
from answering.fitting import has, same_listing, within
from answering.gathering import Searches, holding, ranked, relevance, satisfying
from answering.protocols import Catalogue
from answering.reading import Said, read
from answering.records import Card, Evidence, Need, Question
from answering.subjects import alike, fit, nearest, resolve, strange
from answering.words import GENERIC, joined, stem, stems, words
from answering.words import telling as telling_words
from retrieval.errors import AnswerError
from retrieval.query.english import common
from retrieval.records import Filters, Hit, Mode, Product, SearchResult

NEAREST = 3
"""Products that are shown where nothing answers the question."""
_READ = 24
_JUDGED = 60
_WHOLE = 0.85
_SOLD = frozenset("sell sells sold stock have offer".split())
_NUMBERS = ("price", "rating", "rating_count", "sales", "discount")
_VALUES = mentions.KnownValues()


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


class _Gathering:
    """One question on its way to evidence."""

    def __init__(
        self, text: str, catalogue: Catalogue, most: int, mode: Mode | None, base: Filters, follows: str | None
    ) -> None:
        self._catalogue = catalogue
        self._most = max(1, most)
        self._searches = Searches(catalogue, mode)
        plain = mentions.plain(text)
        self._look = self._searches.words(plain, _READ)
        self._values = _VALUES.of(catalogue, self._look.build)
        self._pool = [hit.product for hit in self._look.hits]
        named = self._named()
        self._names = tuple(
            name for name in mentions.named(plain, [*named, *self._long()], catalogue) if self._is_name(name, plain)
        )
        self._titles = [name.products[0].title for name in self._names]
        self._said = read(mentions.masked(plain, self._names), self._values)
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

    def _named(self) -> list[Product]:
        ids = self._look.understood.get("named", ())[: _READ * 2]
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

    # ---- a thing that is described, or named by part of its title

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
        if subject and not self._names and self._idle(subject):
            subject, search = "", self._coloured()
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

    # ---- all products under some conditions

    def _over_all(self) -> Evidence:
        said, needs, filters = self._said, self._needs, self._filters
        subject = " ".join([said.subject, *self._titles]).strip()
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
        if not considered and subject and self._idle(subject):
            subject = ""
            considered = satisfying(self._searches.all("", filters), filters, needs)
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

    def _idle(self, subject: str) -> bool:
        """Tell whether a subject beside a category or brand says nothing of a product, but belongs to the question.

        So it does where its words are plain English that none of the titles of that category or brand holds.
        """
        if not (self._filters.categories or self._filters.brands):
            return False
        said = [word for word in telling_words(subject) if word not in GENERIC]
        if not all(common(word) for word in said):
            return False
        found = self._searches.named(subject, replace(self._filters, min_price=None, max_price=None), _READ)
        titles = frozenset().union(*(stems(hit.product.title) for hit in found.hits))
        return not any(stem(word) in titles for word in said)

    def _near_enough(self, subject: str) -> tuple[tuple[Product, ...], SearchResult]:
        """Return what fits a subject that no product holds word by word, and the search that found it."""
        result = self._searches.best(subject, self._filters, _READ)
        if result.understood.get("no_good_match") or strange(subject, self._seen(result), self._made_of(result)):
            return (), result
        judge = relevance(subject, result)
        return satisfying([hit.product for hit in result.hits if judge(hit)], self._filters, self._needs), result

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
