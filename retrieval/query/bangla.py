"""Bangla script in Latin letters, as shoppers of Bangladesh usually write it."""

from __future__ import annotations

import re

from retrieval.text import fold

_CONSONANTS = {
    "ক": "k", "খ": "kh", "গ": "g", "ঘ": "gh", "ঙ": "ng", "চ": "ch", "ছ": "ch", "জ": "j", "ঝ": "jh", "ঞ": "n",
    "ট": "t", "ঠ": "th", "ড": "d", "ঢ": "dh", "ণ": "n", "ত": "t", "থ": "th", "দ": "d", "ধ": "dh", "ন": "n",
    "প": "p", "ফ": "f", "ব": "b", "ভ": "bh", "ম": "m", "য": "j", "র": "r", "ল": "l", "শ": "sh", "ষ": "sh",
    "স": "s", "হ": "h", "ৎ": "t", "\u09dc": "r", "\u09dd": "rh", "\u09df": "y", "ৱ": "w",
}  # fmt: skip
_VOWELS = {
    "অ": "o", "আ": "a", "ই": "i", "ঈ": "i", "উ": "u", "ঊ": "u", "ঋ": "ri", "এ": "e", "ঐ": "oi", "ও": "o", "ঔ": "ou",
}  # fmt: skip
_SIGNS = {
    "া": "a", "ি": "i", "ী": "i", "ু": "u", "ূ": "u", "ৃ": "ri", "ে": "e", "ৈ": "oi", "ো": "o", "ৌ": "ou",
}  # fmt: skip
_MARKS = {"ং": "ng", "ঃ": "", "ঁ": ""}
_INHERENT_BEFORE = frozenset({*_CONSONANTS, "ং", "ঁ"})
_SPOKEN = frozenset("aeiou")
_VIRAMA = "্"
_SCRIPT = re.compile(r"[\u0980-\u09ff]")
# Letters with a dot below are one letter or two in Unicode, and folding takes them apart.
_DOTTED = (("\u09a1\u09bc", "\u09dc"), ("\u09a2\u09bc", "\u09dd"), ("\u09af\u09bc", "\u09df"))


def _compose(text: str) -> str:
    for apart, letter in _DOTTED:
        text = text.replace(apart, letter)
    return text


# What is written with several letters and said as one: the open a of "ব্যাগ" (bag), the w of "ওয়াচ" (watch).
_SAID = tuple(
    (_compose(written), said)
    for written, said in (
        ("অ্যা", "আ"),
        ("এ্যা", "আ"),
        ("্যা", "া"),
        ("্য", ""),
        ("ক্ষ", "খ"),
        ("জ্ঞ", "গ"),
        ("ঙ্গ", "ং"),
        ("ঙ্ক", "ন্ক"),
        ("ওয়া", "ৱা"),
        ("ওয়ে", "ৱে"),
        ("উই", "ৱি"),
    )
)
_SUFFIXES = ("গুলোর", "গুলো", "গুলি", "দের", "ের", "টির", "টার", "টি", "টা", "র", "য়", "ে")


def script(text: str) -> bool:
    """Tell whether the text holds a letter of the Bangla script."""
    return _SCRIPT.search(text) is not None


def _whole(text: str) -> str:
    return _compose(fold(text))


def latin(text: str) -> str:
    """Return the text folded, its Bangla letters in Latin ones: শাড়ি -> shari, জামদানি -> jamdani; other letters stay.

    The vowel that a consonant carries unwritten is "o", silent at a word's end and between two spoken syllables.
    """
    text = _whole(text)
    if not script(text):
        return text
    for written, said in _SAID:
        text = text.replace(written, said)
    out = ""
    for place, letter in enumerate(text):
        consonant = _CONSONANTS.get(letter)
        if consonant is None:
            if letter != _VIRAMA:
                out += _VOWELS.get(letter, _SIGNS.get(letter, _MARKS.get(letter, letter)))
            continue
        open_before = out[-1:] in _SPOKEN
        out += consonant
        following, after = text[place + 1 : place + 2], text[place + 2 : place + 3]
        syllable_follows = following in _CONSONANTS and (after in _SIGNS or after in _INHERENT_BEFORE)
        if following in _INHERENT_BEFORE and not (open_before and syllable_follows):
            out += "o"
    return out


def stems(word: str) -> tuple[str, ...]:
    """Return what is left of a Bangla word without each ending it bears (of, the, in, plural), longest ending first."""
    whole = _whole(word)
    return tuple(
        fold(whole[: -len(ending)])
        for ending in map(_whole, _SUFFIXES)
        if whole.endswith(ending) and len(whole) - len(ending) >= 3
    )
