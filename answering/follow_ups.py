"""Complete a question that only makes sense after another: "cheaper ones?", "in black?", "how much is the second?"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace

from answering import turns
from answering.asked import compared, superlative, wanted
from answering.demanding import demanding, dropped, looked_for, refined
from answering.pointing import Pointer, numbered, pointers
from answering.records import Card, Evidence
from answering.restating import QUOTED, stated
from answering.scene import Followed, Scene, numbers, old, own_words, scene_of, side_by_side, title, titles, within
from answering.visible import visible
from answering.words import telling
from retrieval.money import amount


def follow_up(text: str, before: Evidence) -> Followed | None:
    """Return a question completed with what was said before it, None where it stands by itself.

    A new bound takes the place of an earlier one of its kind; "the second one" and "it" become titles, in “ ”. The
    completed question is no follow-up again.
    """
    said = " ".join(visible(text).split())
    if not said or len(said) > turns.MOST:
        return None
    scene = scene_of(before)
    followed = _completed(said, scene)
    if followed is None or followed.text == said or _completed(followed.text, scene) is not None:
        return None
    return followed


def _completed(said: str, scene: Scene) -> Followed | None:
    if QUOTED.search(said):
        return None
    core = _core(said)
    about = turns.ABOUT.match(core) is not None
    core = turns.ABOUT.sub("", core)
    if not core or turns.EXPLETIVE.search(core) or turns.NOT_A_TURN.match(core):
        return None
    if turns.TOO_DEAR.match(core):
        core = "cheaper"
    elif turns.WHICH_BEST.match(core):
        core = "which is the best"
    compare = turns.COMPARE.match(core)
    if compare:
        return _compared(core, next((part for part in compare.groups() if part is not None), ""), scene)
    found = _pointers(core, scene)
    if found:
        return _pointing(core, found, scene)
    if turns.DROP.match(core):
        return dropped(core, scene)
    for complete in (_similar, _relative, _extreme, _counted):
        followed = complete(core, scene)
        if followed is not None:
            return followed
    demands = stated(core, scene.brands)
    if not demands.parts:
        followed = _attribute(core, scene)
        if followed is not None:
            return followed
    return demanding(
        core, demands, scene, about or (turns.JOINED.match(said) is not None and not turns.ASKS.match(core))
    )


def _core(said: str) -> str:
    core = said.strip(" ?!.,;:…")
    while True:
        shorter = turns.TAIL.sub("", turns.LEAD.sub("", core, count=1)).strip(" ?!.,;:…")
        if shorter == core:
            return core
        core = shorter


def low(text: str) -> str:
    """Return a text in small letters, each in its place."""
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def _pointers(core: str, scene: Scene) -> tuple[Pointer, ...]:
    """Return the references of a text that names nothing of its own before them."""
    found = pointers(low(core), scene.cards)
    if not found:
        return ()
    left = core[: found[0].start]
    own = [word for word in telling(left) if word not in turns.SOFT and not old(word, scene)]
    return () if own else found


def _compared(core: str, rest: str, scene: Scene) -> Followed | None:
    listed = numbered(low(rest).strip(), scene.cards)
    if listed:
        return side_by_side(listed)
    found = pointers(low(rest), scene.cards)
    own = [word for word in telling(_blanked(rest, found)) if word not in turns.SOFT]
    if not found:
        return side_by_side(scene.cards) if not own else None
    if own:
        return _inline(core, pointers(low(core), scene.cards))
    return side_by_side([card for one in found for card in one.cards])


def _blanked(text: str, found: Iterable[Pointer]) -> str:
    letters = list(text)
    for one in found:
        letters[one.start : one.end] = " " * (one.end - one.start)
    return "".join(letters)


def _pointing(core: str, found: tuple[Pointer, ...], scene: Scene) -> Followed | None:
    """Complete a question about products that were shown."""
    cards = tuple(card for one in found for card in one.cards)
    if not cards or not all(one.cards for one in found):
        return None
    rest = " ".join(_blanked(core, found).split())
    several = len({card.n for card in cards}) > 1
    if several:
        turned = _turning(rest)
        if turned is not None:
            return side_by_side(cards, f"Which {turned}: {{}}?")
    elif found[0].plural and superlative(rest) is not None:
        return _extreme(rest, scene)
    if turns.SIMILAR.match(rest):
        return _like(cards[0], found[0].words)
    for pattern, how in turns.COMPARATIVES:
        if pattern.search(rest) and not several and not own_words(pattern.sub(" ", rest), scene):
            return _bounded(how, cards[0], scene)
    both = several and scene.before.question.aim == "compare" and found[0].words != "their"
    if not found[0].plural or (both and turns.ASKS.match(core)):
        return _inline(core, found) if rest else _instead(cards[0], found[0], scene)
    if several and not rest:
        return side_by_side(cards)
    has = re.match(r"(?:.*\s)?(?:has|have)\s", core[found[0].end :], re.IGNORECASE)
    after = re.sub(
        r"^(?:(?:is|are|comes?|has|have|do|does|costs?|that|which|also|all|any)\b\s*)+",
        "",
        core[found[0].end :].strip(),
        flags=re.I,
    )
    if has and telling(after):
        after = f"with {after}"
    if telling(after) or stated(after, scene.brands).parts:
        return refined(after, stated(after, scene.brands), scene)
    wants, left = wanted(rest)
    return side_by_side(cards) if several and wants and not telling(left) else None


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
        names = titles(one.cards[: turns.SIDE_BY_SIDE], "and")
        after = text[one.end :]
        owner = re.match(r"its\s+(?P<what>\w+(?:\s\w+)?)(?=$|\s(?:and|is|in)\b)", text[one.start :], re.IGNORECASE)
        if owner and one.words == "its":
            text = f"{text[: one.start]}the {owner['what']} of {names}{text[one.start + owner.end() :]}"
        elif re.match(r"it[’']s|they[’']re", one.words):
            text = f"{text[: one.start]}{names} is{after}"
        else:
            text = f"{text[: one.start]}{names}{re.sub(r'^[’' + chr(39) + r']s', chr(39) + 's', after)}"
        why.append(f"“{one.words}” is {numbers(one.cards)}")
    text = text.strip()
    if text.lower().startswith("the "):
        text = f"What is {text}"
    asks = re.match(
        r"(?:is|are|was|do|does|did|can|could|would|will|has|have|how|which|what|who|where|when|why)\b",
        text,
        re.IGNORECASE,
    )
    return Followed(text[:1].upper() + text[1:] + ("?" if asks else ""), "; ".join(reversed(why)))


def _instead(card: Card, one: Pointer, scene: Scene) -> Followed:
    """Ask of another product what was asked before."""
    why, name = f"“{one.words}” is {numbers((card,))}", title(card.product)
    if scene.about_one:
        quoted = QUOTED.search(scene.asked)
        spoken = (
            quoted[0]
            if quoted
            else next((part for part in scene.before.question.subjects if within(part, scene.asked)), "")
        )
        if spoken and name.casefold() not in scene.asked.casefold():
            at = scene.asked.casefold().find(spoken.casefold())
            start = scene.asked[:at].removesuffix("the ").removesuffix("The ")
            return Followed(f"{start}{name}{scene.asked[at + len(spoken) :]}", f"{why}, asked what was asked before")
    return Followed(f"Tell me about {name}", why)


def _like(card: Card, words: str) -> Followed:
    return Followed(
        f"Products like {title(card.product)}", f"like {numbers((card,))}" + (f", “{words}”" if words else "")
    )


def _similar(core: str, scene: Scene) -> Followed | None:
    return _like(scene.cards[0], "") if scene.cards and turns.SIMILAR.match(core) else None


def _relative(core: str, scene: Scene) -> Followed | None:
    """Complete "cheaper ones?", "better rated?": against the first product that was shown."""
    for pattern, how in turns.COMPARATIVES:
        if pattern.search(core) and not stated(core).kinds() & {"rating" if how == "better" else "price"}:
            left = stated(pattern.sub(" ", core), scene.brands)
            if scene.before.question.aim == "compare" and re.match(r"which\b|the\b", core, re.IGNORECASE):
                return side_by_side(scene.cards, f"Which {_turning(core) or 'is better'}: {{}}?")
            if any(word not in turns.SOFT and not old(word, scene) for word in left.content) or not scene.cards:
                return None
            followed = _bounded(how, scene.cards[0], scene)
            if followed is None or not left.parts:
                return followed
            more = refined(
                pattern.sub(" ", core),
                left,
                replace(scene, asked=followed.text, demands=stated(followed.text, scene.brands)),
            )
            return None if more is None else Followed(more.text, f"{followed.why}; {more.why}")
    return None


def _bounded(how: str, card: Card, scene: Scene) -> Followed | None:
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
    followed = refined(phrase, stated(phrase), scene)
    return None if followed is None else Followed(followed.text, f"{followed.why}, as {why}")


def _extreme(core: str, scene: Scene) -> Followed | None:
    """Complete "which is the cheapest?" with what was looked for."""
    found = superlative(core)
    if found is None or any(word not in turns.SOFT for word in telling(found.rest)):
        return None
    if scene.before.question.aim == "compare":
        turned = _turning(core)
        return None if turned is None else side_by_side(scene.cards, f"Which {turned}: {{}}?")
    if not scene.thing or scene.about_one:
        return None
    name = "best" if found.best else turns.NAMES_OF_EXTREMES.get((found.extreme.field, found.extreme.most))
    if name is None:
        return None
    several = found.extreme.count > 1
    lead = f"What are the {found.extreme.count} {name}" if several else f"What is the {name}"
    return Followed(f"{lead} {looked_for(scene)}?", f"the {name} of “{looked_for(scene)}”")


def _counted(core: str, scene: Scene) -> Followed | None:
    if not turns.HOW_MANY.match(core) or not scene.thing or scene.about_one:
        return None
    return Followed(f"How many {looked_for(scene)} are there?", f"the number of “{looked_for(scene)}”")


def _attribute(core: str, scene: Scene) -> Followed | None:
    """Complete "and the price?" with the product that was spoken about."""
    if not scene.cards:
        return None
    core = turns.OTHER.sub("", core)
    if turns.MORE_ABOUT.match(core):
        return Followed(f"Tell me more about {title(scene.cards[0].product)}", "product 1 of the answer before")
    lone = turns.FIELDS.get(re.sub(r"^(?:the|its)\s", "", low(core)))
    wants, left = ((lone,), "") if lone else wanted(core)
    if len(wants) == 1 and wants[0] in turns.ASKED and not telling(left):
        if scene.before.question.aim == "compare":
            return side_by_side(scene.cards)
        return Followed(
            turns.ASKED[wants[0]].format(title(scene.cards[0].product)), "asked of product 1 of the answer before"
        )
    said = " ".join(telling(core))
    key = next((key for key in scene.cards[0].product.attributes if key.casefold().replace("_", " ") == said), None)
    if key is None:
        return None
    if scene.before.question.aim == "compare":
        return side_by_side(scene.cards)
    return Followed(
        f"What is the {said} of {title(scene.cards[0].product)}?", "asked of product 1 of the answer before"
    )
