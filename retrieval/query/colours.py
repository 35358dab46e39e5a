"""Names of colours, in English, Bangla and Bangla in Latin letters, and how they modify each other."""

from __future__ import annotations

import re

from retrieval.query.line import AFTER, BEFORE
from retrieval.text import fold

# A colour and its other names, _ for a blank.
_TABLE: dict[str, str] = {
    "black": "kalo কালো blak", "white": "sada shada সাদা", "red": "lal laal লাল", "blue": "neel নীল",
    "green": "sobuj shobuj sabuj সবুজ", "yellow": "holud halud হলুদ", "pink": "golapi গোলাপি গোলাপী",
    "purple": "beguni বেগুনি বেগুনী", "orange": "komola কমলা", "brown": "badami বাদামি বাদামী",
    "grey": "gray ছাই ধূসর", "maroon": "meroon marun khoyeri খয়েরি খয়েরী মেরুন", "gold": "golden sonali সোনালি সোনালী",
    "silver": "silvery rupali রূপালি রূপালী", "magenta": "megenta ম্যাজেন্টা", "turquoise": "firoza firoja feroza ফিরোজা",
    "beige": "biege", "navy": "nevy navy_blue nevy_blue", "multicolor": "multicolour multicolored multicoloured",
    "khaki": "khakhi খাকি", "teal": "", "cyan": "", "violet": "", "lavender": "levender", "indigo": "", "fuchsia": "",
    "crimson": "", "burgundy": "", "turmeric": "", "off white": "offwhite off-white অফ_হোয়াইট", "rose gold": "",
    "sky blue": "akashi asmani আকাশি আসমানি", "parrot green": "tiya tia টিয়া", "bottle green": "",
    "transparent": "",
}  # fmt: skip
# Colours where the query says so ("chocolate colour", "dark ash"), else a thing.
_THINGS: dict[str, str] = {
    word: word
    for word in (
        "ash coffee chocolate cream lemon mint mustard olive peach apricot wine jam onion mango misty biscuit sand "
        "rose champagne paste coral copper bronze charcoal ivory aqua plum rust camel skin tan nude lime salmon ruby "
        "emerald amber pearl sky royal surma bangi kolija mauve lilac clear"
    ).split()
}
_SHADES = (
    "light|dark|deep|pale|bright|hot|baby|dusty|neon|metallic|matte|sky|royal|bottle|olive|army|sea|mint|forest|lime|"
    "lemon|rani|lake|blush|rose|off|jet|ice|halka|garo|gaaro|হালকা|গাঢ়"
)
_SAID = r"(?:colou?r(?:ed)?|rong(?:er)?|rang(?:er)?|রং|রঙ|রঙের|রংয়ের|কালার|কালারের)"

NAMES: dict[str, str] = {
    fold(name.replace("_", " ")): colour for colour, others in _TABLE.items() for name in (colour, *others.split())
}
"""Every name of a colour, folded, and the one it stands for."""
_SHADE = rf"(?:(?P<shade>{fold(_SHADES)})[\s-])?"


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_PLAIN = re.compile(rf"{BEFORE}{_SHADE}(?P<name>{_either([*NAMES])})(?:[\s-]?{fold(_SAID)})?{AFTER}")
_THING = re.compile(
    rf"{BEFORE}(?:(?P<shade>{fold('light|dark|deep|pale|halka|garo|হালকা|গাঢ়')})[\s-](?P<name>{_either([*_THINGS])})"
    rf"(?:[\s-]?{fold(_SAID)})?|(?P<bare>{_either([*_THINGS])})[\s-]?{fold(_SAID)}){AFTER}"
)
# "multi colour" is one name in two words.
_MULTI = re.compile(rf"{BEFORE}multi[\s-]colou?r(?:ed)?{AFTER}")


def names(folded: str) -> tuple[tuple[int, int, str], ...]:
    """Return the colours that a folded text names, in its order: start, end, and the colour in one spelling."""
    found = [(match.start(), match.end(), "multicolor") for match in _MULTI.finditer(folded)]
    for pattern in (_PLAIN, _THING):
        for match in pattern.finditer(folded):
            said = match.groupdict()
            name = said["name"] or said.get("bare") or ""
            colour = NAMES.get(name, name)
            shaded = f"{said['shade']} {colour}" if said["shade"] else colour
            if all(match.end() <= start or end <= match.start() for start, end, _ in found):
                found.append((match.start(), match.end(), shaded))
    return tuple(sorted(found))
