"""Complete a question that only makes sense after another: "cheaper ones?", "in black?", "how much is the second?"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from answering import turns
from answering.asked import compared, superlative, wanted
from answering.defuse import inline
from answering.pointing import Pointer, numbered, pointers
from answering.records import Card, Evidence, Extreme
from answering.restating import QUOTED, Stated, joined, replaced, stated, thing, without
from answering.visible import visible
from answering.words import stems, telling
from retrieval.money import amount
from retrieval.query.records import Part
from retrieval.records import Product


@dataclass(frozen=True, slots=True)
class Followed:
    """A question completed with the one before: its new text, and in words what it was completed with."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """What was said and shown before."""

    before: Evidence
    asked: str
    demands: Stated
    thing: str
    brands: frozenset[str]

    @property
    def cards(self) -> tuple[Card, ...]:
        return self.before.cards

    @property
    def about_one(self) -> bool:
        return self.before.question.aim == "about" and bool(self.cards)


def follow_up(text: str, before: Evidence) -> Followed | None:
    """Return a question completed with what was said before it, None where it stands by itself.

    A new bound takes the place of an earlier one of its kind; "the second one" and "it" become titles, in “ ”. The
    completed question is no follow-up again.
    """
    said = " ".join(visible(text).split())
    if not said or len(said) > turns.MOST:
        return None
    scene = _scene(before)
    followed = _completed(said, scene)
    if followed is None or followed.text == said or _completed(followed.text, scene) is not None:
        return None
    return followed


def _scene(before: Evidence) -> _Scene:
    brands = {card.product.brand for card in before.cards if card.product.brand}
    if before.result is not None:
        brands |= {value.value for value in before.result.facets.get("brand", ())}
    known = frozenset(brand for brand in brands if brand and brand.casefold() not in ("no brand", "none"))
    asked = " ".join(visible(before.question.text).split())
    found = next(
        (part for part in (*before.question.subjects, before.question.search) if part and _within(part, asked)), ""
    )
    return _Scene(before, asked, stated(asked, known), found if telling(found) else thing(asked), known)


def _within(part: str, text: str) -> bool:
    return not stated(part).parts and part.casefold() in text.casefold()


def _completed(said: str, scene: _Scene) -> Followed | None:
    if QUOTED.search(said):
        return None
    core = _core(said)
    about = turns.ABOUT.match(core) is not None
    core = turns.ABOUT.sub("", core)
    if not core or turns.EXPLETIVE.search(core):
        return None
    compare = turns.COMPARE.match(core)
    if compare:
        return _compared(core, next((part for part in compare.groups() if part is not None), ""), scene)
    found = _pointers(core, scene)
    if found:
        return _pointing(core, found, scene)
    if turns.DROP.match(core):
        return _dropped(core, scene)
    for complete in (_similar, _relative, _extreme, _counted):
        followed = complete(core, scene)
        if followed is not None:
            return followed
    demands = stated(core, scene.brands)
    if not demands.parts:
        followed = _attribute(core, scene)
        if followed is not None:
            return followed
    return _demanding(
        core, demands, scene, about or (turns.JOINED.match(said) is not None and not turns.ASKS.match(core))
    )


def _core(said: str) -> str:
    core = said.strip(" ?!.,;:…")
    while True:
        shorter = turns.TAIL.sub("", turns.LEAD.sub("", core, count=1)).strip(" ?!.,;:…")
        if shorter == core:
            return core
        core = shorter


def _low(text: str) -> str:
    """Return a text in small letters, each in its place."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _pointers(core: str, scene: _Scene) -> tuple[Pointer, ...]:
    """Return the references of a text that names nothing of its own before them."""
    found = pointers(_low(core), scene.cards)
    if not found:
        return ()
    left = core[: found[0].start]
    own = [word for word in telling(left) if word not in turns.SOFT and not _old(word, scene)]
    return () if own else found


def _old(word: str, scene: _Scene) -> bool:
    return bool(stems(word) & stems(scene.thing))


def title(product: Product) -> str:
    """Return a product's title as it stands in a completed question."""
    return f"“{' '.join(visible(product.title).replace('“', '').replace('”', '').split())}”"


def _titles(cards: Sequence[Card], last: str) -> str:
    names = list(dict.fromkeys(title(card.product) for card in cards))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _numbers(cards: Sequence[Card]) -> str:
    return ("product " if len(cards) == 1 else "products ") + ", ".join(str(card.n) for card in cards)


def _side_by_side(cards: Sequence[Card], text: str = "Compare {}") -> Followed | None:
    cards = tuple({card.n: card for card in cards}.values())[: turns.SIDE_BY_SIDE]
    if len({title(card.product) for card in cards}) < 2:
        return None
    last = "or" if text.endswith("?") else "and"
    return Followed(text.format(_titles(cards, last)), f"{_numbers(cards)} of the answer before")


def _compared(core: str, rest: str, scene: _Scene) -> Followed | None:
    numbers = numbered(_low(rest).strip(), scene.cards)
    if numbers:
        return _side_by_side(numbers)
    found = pointers(_low(rest), scene.cards)
    own = [word for word in telling(_blanked(rest, found)) if word not in turns.SOFT]
    if not found:
        return _side_by_side(scene.cards) if not own else None
    if own:
        return _inline(core, pointers(_low(core), scene.cards))
    return _side_by_side([card for one in found for card in one.cards])


def _blanked(text: str, found: Iterable[Pointer]) -> str:
    letters = list(text)
    for one in found:
        letters[one.start : one.end] = " " * (one.end - one.start)
    return "".join(letters)


def _pointing(core: str, found: tuple[Pointer, ...], scene: _Scene) -> Followed | None:
    """Complete a question about products that were shown."""
    cards = tuple(card for one in found for card in one.cards)
    if not cards or not all(one.cards for one in found):
        return None
    rest = " ".join(_blanked(core, found).split())
    several = len({card.n for card in cards}) > 1
    if several:
        turned = _turning(rest)
        if turned is not None:
            return _side_by_side(cards, f"Which {turned}: {{}}?")
    elif found[0].plural and superlative(rest) is not None:
        return _extreme(rest, scene)
    if turns.SIMILAR.match(rest):
        return _like(cards[0], found[0].words)
    for pattern, how in turns.COMPARATIVES:
        if pattern.search(rest) and not several and not _own(pattern.sub(" ", rest), scene):
            return _bounded(how, cards[0], scene)
    if not found[0].plural or (several and scene.before.question.aim == "compare" and turns.ASKS.match(core)):
        return _inline(core, found) if rest else _instead(cards[0], found[0], scene)
    after = re.sub(
        r"^(?:(?:is|are|comes?|has|have|do|does|costs?|that|which|also|all|any)\b\s*)+",
        "",
        core[found[0].end :].strip(),
        flags=re.I,
    )
    if telling(after) or stated(after, scene.brands).parts:
        return _refined(after, stated(after, scene.brands), scene)
    wants, left = wanted(rest)
    return _side_by_side(cards) if several and wants and not telling(left) else None


def _own(text: str, scene: _Scene) -> list[str]:
    """Return the words of a text that name something that was not spoken of before."""
    return [word for word in telling(text) if word not in turns.SOFT and not _old(word, scene)]


def _turning(rest: str) -> str | None:
    """Return what a question between products turns on: "is cheaper"; None where it turns on nothing that is known."""
    extreme = superlative(rest)
    if extreme is not None:
        if [word for word in telling(extreme.rest) if word not in turns.SOFT]:
            return None
        return "is better" if extreme.best else turns.COMPARISONS.get((extreme.extreme.field, extreme.extreme.most))
    fields, left = compared(rest)
    if not fields or [word for word in telling(left) if word not in turns.SOFT]:
        return None
    for pattern, how in (
        (turns.CHEAPER, "is cheaper"),
        (turns.DEARER, "is more expensive"),
        (turns.BETTER, "is better rated"),
    ):
        if pattern.search(rest):
            return how
    return "is better" if len(fields) > 1 else turns.COMPARISONS.get((fields[0], True))


def _inline(core: str, found: Iterable[Pointer]) -> Followed | None:
    """Put titles in the places of references."""
    text, why = core, []
    for one in reversed(tuple(found)):
        if not one.cards:
            return None
        names = _titles(one.cards[: turns.SIDE_BY_SIDE], "and")
        after = text[one.end :]
        owner = re.match(r"its\s+(?P<what>\w+(?:\s\w+)?)(?=$|\s(?:and|is|in)\b)", text[one.start :], re.IGNORECASE)
        if owner and one.words == "its":
            text = f"{text[: one.start]}the {owner['what']} of {names}{text[one.start + owner.end() :]}"
        elif re.match(r"it[’']s|they[’']re", one.words):
            text = f"{text[: one.start]}{names} is{after}"
        else:
            text = f"{text[: one.start]}{names}{re.sub(r'^[’' + chr(39) + r']s', chr(39) + 's', after)}"
        why.append(f"“{one.words}” is {_numbers(one.cards)}")
    text = text.strip()
    if text.lower().startswith("the "):
        text = f"What is {text}"
    asks = re.match(
        r"(?:is|are|was|do|does|did|can|could|would|will|has|have|how|which|what|who|where|when|why)\b",
        text,
        re.IGNORECASE,
    )
    return Followed(text[:1].upper() + text[1:] + ("?" if asks else ""), "; ".join(reversed(why)))


def _instead(card: Card, one: Pointer, scene: _Scene) -> Followed:
    """Ask of another product what was asked before."""
    why, name = f"“{one.words}” is {_numbers((card,))}", title(card.product)
    if scene.about_one:
        quoted = QUOTED.search(scene.asked)
        spoken = (
            quoted[0]
            if quoted
            else next((part for part in scene.before.question.subjects if _within(part, scene.asked)), "")
        )
        if spoken and name.casefold() not in scene.asked.casefold():
            at = scene.asked.casefold().find(spoken.casefold())
            start = scene.asked[:at].removesuffix("the ").removesuffix("The ")
            return Followed(f"{start}{name}{scene.asked[at + len(spoken) :]}", f"{why}, asked what was asked before")
    return Followed(f"Tell me about {name}", why)


def _like(card: Card, words: str) -> Followed:
    return Followed(
        f"Products like {title(card.product)}", f"like {_numbers((card,))}" + (f", “{words}”" if words else "")
    )


def _similar(core: str, scene: _Scene) -> Followed | None:
    return _like(scene.cards[0], "") if scene.cards and turns.SIMILAR.match(core) else None


def _relative(core: str, scene: _Scene) -> Followed | None:
    """Complete "cheaper ones?", "better rated?": against the first product that was shown."""
    for pattern, how in turns.COMPARATIVES:
        if pattern.search(core):
            left = stated(pattern.sub(" ", core), scene.brands)
            if scene.before.question.aim == "compare" and re.match(r"which\b|the\b", core, re.IGNORECASE):
                return _side_by_side(scene.cards, f"Which {_turning(core) or 'is better'}: {{}}?")
            if any(word not in turns.SOFT and not _old(word, scene) for word in left.content) or not scene.cards:
                return None
            followed = _bounded(how, scene.cards[0], scene)
            if followed is None or not left.parts:
                return followed
            more = _refined(
                pattern.sub(" ", core),
                left,
                replace(scene, asked=followed.text, demands=stated(followed.text, scene.brands)),
            )
            return None if more is None else Followed(more.text, f"{followed.why}; {more.why}")
    return None


def _bounded(how: str, card: Card, scene: _Scene) -> Followed | None:
    product = card.product
    if how == "better":
        if product.rating is None:
            phrase, why = f"rated {turns.WELL_RATED:g} or above", f"product {card.n} has no rating"
        else:
            least = min(5.0, math.floor(product.rating * 10 + 1e-9) / 10 + 0.1)
            phrase, why = f"rated {least:.1f} or above", f"product {card.n} is rated {product.rating:g}"
    elif product.price is None:
        return None
    else:
        price = amount(product.price, product.currency)
        phrase = f"under {price}" if how == "cheaper" else f"over {price}"
        why = f"product {card.n} costs {price}"
    followed = _refined(phrase, stated(phrase), scene)
    return None if followed is None else Followed(followed.text, f"{followed.why}, as {why}")


def _dropped(core: str, scene: _Scene) -> Followed | None:
    match = turns.DROP.match(core)
    if not match:
        return None
    said = (match["kind"] or match["other"] or match["third"]).lower()
    gone = [part for part in scene.demands.parts if part.kind == turns.KINDS[said]]
    if not gone:
        return None
    return Followed(without(scene.asked, gone), "without " + ", ".join(f"“{part.text}”" for part in gone))


def _extreme(core: str, scene: _Scene) -> Followed | None:
    """Complete "which is the cheapest?" with what was looked for."""
    found = superlative(core)
    if found is None or any(word not in turns.SOFT for word in telling(found.rest)):
        return None
    if scene.before.question.aim == "compare":
        turned = _turning(core)
        return None if turned is None else _side_by_side(scene.cards, f"Which {turned}: {{}}?")
    if not scene.thing or scene.about_one:
        return None
    name = "best" if found.best else _name_of(found.extreme)
    several = found.extreme.count > 1
    lead = f"What are the {found.extreme.count} {name}" if several else f"What is the {name}"
    return Followed(f"{lead} {_looked_for(scene)}?", f"the {name} of “{_looked_for(scene)}”")


def _name_of(extreme: Extreme) -> str:
    return turns.NAMES_OF_EXTREMES[extreme.field, extreme.most]


def _looked_for(scene: _Scene) -> str:
    """Return the thing that was looked for and what was demanded of it, in few words."""
    return " ".join([scene.thing, *(_phrase(part) for part in scene.demands.parts if part.text not in scene.thing)])


def _phrase(part: Part) -> str:
    if part.kind == "color":
        return f"in {part.text}"
    if part.kind == "size" and not re.search(r"\d\s*-|size", part.text, re.IGNORECASE):
        return f"in size {part.text}"
    return f"by {part.text}" if part.kind == "brand" else part.text


def _counted(core: str, scene: _Scene) -> Followed | None:
    if not turns.HOW_MANY.match(core) or not scene.thing or scene.about_one:
        return None
    return Followed(f"How many {_looked_for(scene)} are there?", f"the number of “{_looked_for(scene)}”")


def _attribute(core: str, scene: _Scene) -> Followed | None:
    """Complete "and the price?" with the product that was spoken about."""
    if not scene.cards:
        return None
    wants, left = wanted(core)
    if len(wants) == 1 and wants[0] in turns.ASKED and not telling(left):
        if scene.before.question.aim == "compare":
            return _side_by_side(scene.cards)
        return Followed(
            turns.ASKED[wants[0]].format(title(scene.cards[0].product)), "asked of product 1 of the answer before"
        )
    said = " ".join(telling(core))
    key = next((key for key in scene.cards[0].product.attributes if key.casefold().replace("_", " ") == said), None)
    if key is None:
        return None
    if scene.before.question.aim == "compare":
        return _side_by_side(scene.cards)
    return Followed(
        f"What is the {said} of {title(scene.cards[0].product)}?", "asked of product 1 of the answer before"
    )


def _demanding(core: str, demands: Stated, scene: _Scene, about: bool) -> Followed | None:
    """Complete a question that only demands something, or names another thing to demand the same of."""
    bare = turns.HANGING.sub("", core)
    hanging = bare != core and not telling(core[: len(core) - len(bare)])
    bare = re.sub(r"^(?:the )?(?P<what>.+?)\s+ones?$", r"\g<what>", bare, flags=re.IGNORECASE)
    ones = re.search(r"(?<!\w)ones?(?!\w)", core, re.IGNORECASE) is not None
    own = [word for word in demands.content if word not in turns.SOFT]
    if demands.parts and not own:
        return _refined(bare or core, demands, scene)
    if not own:
        return None
    if (
        turns.BOUND_TO.match(bare)
        and not turns.LATER_ARTICLE.match(bare)
        and (hanging or bare == core)
        and len(bare.split()) <= 8
    ):
        if turns.ANYTHING_FOR.match(core) and not turns.FOR_WHOM.match(bare):
            return None
        return _refined(bare, demands, scene)
    if re.match(r"(?:only|just)\b", core, re.IGNORECASE) or (ones and len(own) <= 3) or turns.SIZED.match(_low(bare)):
        return _refined(bare, demands, scene)
    if about and not turns.ASKS.match(core):
        return _another(bare, demands, scene)
    return None


def _refined(phrase: str, demands: Stated, scene: _Scene) -> Followed | None:
    """Add a demand to the question before; one of the same kind goes."""
    phrase = turns.TAIL.sub(
        "", re.sub(r"^(?:(?:but|and|still|or|also|only|just)\b[\s,]*)+", "", phrase.strip(" ,.?!"), flags=re.IGNORECASE)
    )
    if not phrase:
        return None
    lone = demands.parts[0] if len(demands.parts) == 1 and not demands.content else None
    if lone is not None and lone.kind in ("color", "size", "brand") and not turns.BOUND_TO.match(phrase):
        phrase = _phrase(lone)
    soft = not demands.kinds() & {"price", "rating", "rating_count", "brand"}
    if scene.about_one and soft and re.match(r"(?:in|with)\b", phrase, re.IGNORECASE):
        name = title(scene.cards[0].product)
        return Followed(f"Does {name} come {phrase}?", "asked of product 1 of the answer before")
    if scene.about_one or (scene.before.question.aim == "compare" and scene.cards):
        category = inline(scene.cards[0].product.category or "").strip("“”")
        among = (
            f"Which products in the {category} category are"
            if category
            else f"Products like {title(scene.cards[0].product)}"
        )
        return Followed(f"{among} {phrase}{'?' if category else ''}", f"“{phrase}” among products like product 1")
    gone = replaced(scene.demands.parts, demands.parts)
    base = without(scene.asked, gone)
    if not thing(base):
        base = scene.thing or " ".join(visible(scene.before.question.search).split()) or "products"
    if (
        not demands.parts
        and not turns.BOUND_TO.match(phrase)
        and scene.thing
        and scene.thing.casefold() in base.casefold()
    ):
        at = base.casefold().find(scene.thing.casefold())
        text = f"{base[:at]}{phrase} {base[at:]}"
    else:
        text = joined(base, phrase)
    instead = f" instead of “{', '.join(part.text for part in gone)}”" if gone else ""
    return Followed(text, f"the question before, with “{phrase}”{instead}")


def _another(name: str, demands: Stated, scene: _Scene) -> Followed | None:
    """Ask the same of another thing."""
    gone = replaced(scene.demands.parts, demands.parts)
    base = without(scene.asked, gone)
    at = base.casefold().find(scene.thing.casefold()) if scene.thing else -1
    if at < 0:
        return Followed(name, f"“{name}” in place of what was asked before")
    name = re.sub(r"^(?:the|a|an|some)\s", "", name, flags=re.IGNORECASE)
    return Followed(f"{base[:at]}{name}{base[at + len(scene.thing) :]}", f"“{name}” in place of “{scene.thing}”")
