"""Complete a follow-up that demands something, takes a demand back, or demands the same of another thing."""

from __future__ import annotations

import re

from answering import turns
from answering.defuse import inline
from answering.restating import Stated, joined, replaced, thing, without
from answering.scene import Followed, Scene, title
from answering.visible import visible
from answering.words import telling
from retrieval.query.records import Part


def demanding(core: str, demands: Stated, scene: Scene, about: bool) -> Followed | None:
    """Complete a question that only demands something, or names another thing to demand the same of."""
    bare = turns.HANGING.sub("", core)
    hanging = bare != core and not telling(core[: len(core) - len(bare)])
    bare = re.sub(r"^(?:the )?(?P<what>.+?)\s+ones?$", r"\g<what>", bare, flags=re.IGNORECASE)
    ones = re.search(r"(?<!\w)ones?(?!\w)", core, re.IGNORECASE) is not None
    own = [word for word in demands.content if word not in turns.SOFT]
    if demands.parts and not own:
        return refined(bare or core, demands, scene)
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
        return refined(bare, demands, scene)
    if re.match(r"(?:only|just)\b", core, re.IGNORECASE) or (ones and len(own) <= 3) or turns.SIZED.match(bare.lower()):
        return refined(bare, demands, scene)
    if about and not turns.ASKS.match(core):
        return _another(bare, demands, scene)
    return None


def refined(phrase: str, demands: Stated, scene: Scene) -> Followed | None:
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


def _another(name: str, demands: Stated, scene: Scene) -> Followed | None:
    """Ask the same of another thing."""
    gone = replaced(scene.demands.parts, demands.parts)
    base = without(scene.asked, gone)
    at = base.casefold().find(scene.thing.casefold()) if scene.thing else -1
    if at < 0:
        return Followed(name, f"“{name}” in place of what was asked before")
    name = re.sub(r"^(?:the|a|an|some)\s", "", name, flags=re.IGNORECASE)
    return Followed(f"{base[:at]}{name}{base[at + len(scene.thing) :]}", f"“{name}” in place of “{scene.thing}”")


def dropped(core: str, scene: Scene) -> Followed | None:
    """Complete "in any colour", "forget the price": the question before without that demand."""
    match = turns.DROP.match(core)
    if not match:
        return None
    said = (match["kind"] or match["other"] or match["third"]).lower()
    gone = [part for part in scene.demands.parts if part.kind == turns.KINDS[said]]
    if not gone:
        return None
    return Followed(without(scene.asked, gone), "without " + ", ".join(f"“{part.text}”" for part in gone))


def looked_for(scene: Scene) -> str:
    """Return the thing that was looked for and what was demanded of it, in few words."""
    return " ".join([scene.thing, *(_phrase(part) for part in scene.demands.parts if part.text not in scene.thing)])


def _phrase(part: Part) -> str:
    if part.kind == "color":
        return f"in {part.text}"
    if part.kind == "size" and not re.search(r"\d\s*-|size", part.text, re.IGNORECASE):
        return f"in size {part.text}"
    return f"by {part.text}" if part.kind == "brand" else part.text
