"""Titles as sellers write them: with slips, tags, tails and letters that are not letters."""

from __future__ import annotations

from collections.abc import Mapping

from samples.dice import Dice
from samples.load import Category, Kind

TAGS = ("【HOT】", "(NEW)", "🔥 Offer 🔥", "【Eid Offer】", "*** SALE ***")
BOLD_UPPER, BOLD_LOWER = 0x1D5D4, 0x1D5EE
"""First letters of the Unicode block of sans-serif bold letters, which some sellers take for typography."""


def compose(category: Category, kind: Kind, number: int, slots: Mapping[str, str]) -> str:
    """Return the title of a kind's number-th listing; the last one of a kind is in Bangla where the table has one."""
    dice = Dice("title", kind.key, number)
    if kind.bangla and number == kind.count - 1:
        return _clean(kind.bangla.format_map(slots))
    title = _clean(kind.titles[number % len(kind.titles)].format_map(slots))
    if dice.chance(0.14):
        title = _misspell(title, category, dice)
    if dice.chance(0.07):
        title = f"{dice.pick(TAGS)} {title}"
    if dice.chance(0.09):
        title = f"{title} - {dice.pick(category.tails)}"
    return _bold(title) if dice.chance(0.008) else title


def _clean(text: str) -> str:
    return " ".join(text.split()).strip(" -")


def _misspell(title: str, category: Category, dice: Dice) -> str:
    slips = [(right, wrong) for right, wrong in category.spellings if right in title]
    if not slips:
        return title
    right, wrong = dice.pick(slips)
    return title.replace(right, wrong)


def _bold(text: str) -> str:
    return "".join(_bold_letter(letter) for letter in text)


def _bold_letter(letter: str) -> str:
    if "A" <= letter <= "Z":
        return chr(BOLD_UPPER + ord(letter) - ord("A"))
    return chr(BOLD_LOWER + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter
