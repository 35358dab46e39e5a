"""Titles as sellers write them: with slips, tags, tails and letters that are not letters."""

from __future__ import annotations

from collections.abc import Mapping

from samples.dice import Dice
from samples.load import Category, Kind

TAGS = ("【HOT】", "(NEW)", "🔥 Offer 🔥", "【Eid Offer】", "*** SALE ***")
BOLD_UPPER, BOLD_LOWER = 0x1D5D4, 0x1D5EE
"""First letters of the Unicode block of sans-serif bold letters, which some sellers take for typography."""


def plain(kind: Kind, number: int, slots: Mapping[str, str]) -> str:
    """Return the tidy title of a kind's number-th listing; the last one is in Bangla where the table has one."""
    if _in_bangla(kind, number):
        return _clean(kind.bangla.format_map(slots))
    return _clean(kind.titles[number % len(kind.titles)].format_map(slots))


def untidy(title: str, category: Category, kind: Kind, number: int) -> str:
    """Return a title as its seller typed it; those in Bangla are left alone."""
    if _in_bangla(kind, number):
        return title
    dice = Dice("title", kind.key, number)
    if dice.chance(0.14):
        title = _misspell(title, category, dice)
    if dice.chance(0.07):
        title = f"{dice.pick(TAGS)} {title}"
    if dice.chance(0.09):
        title = f"{title} - {dice.pick(category.tails)}"
    return _bold(title) if dice.chance(0.008) else title


def _in_bangla(kind: Kind, number: int) -> bool:
    return bool(kind.bangla) and number == kind.count - 1


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
