"""A question in plain words: contractions written out, chat spellings and courtesies as everybody writes them."""

from __future__ import annotations

import re

_ENDINGS = {"d": "would", "ll": "will", "re": "are", "ve": "have", "m": "am"}
_CONTRACTION = re.compile(
    r"(?<!\w)(i|you|we|they|he|she|it|that|there|what|which|who|how|where|u)\s?['’](d|ll|re|ve|m)(?!\w)", re.I
)
_IS = re.compile(r"(?<!\w)(what|which|who|how|where|that|there|it|here)\s?['’]s(?!\w)", re.I)
_NOT = re.compile(r"(?<!\w)(do|does|did|is|are|was|were|has|have|would|should|could|must)n['’]?t(?!\w)", re.I)
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?<![\w'’-])(?:{pattern})(?![\w'’-])", re.I), plain)
    for pattern, plain in (
        ("won['’]t|wont", "will not"),
        ("can['’]t|cannot|cant", "can not"),
        ("whats|wats|wat is|wats", "what is"),
        ("u|ya", "you"),
        ("ur", "your"),
        ("r(?= (?:you|there|the|these|they))", "are"),
        ("plz|pls|plse|kindly", "please"),
        ("at (?:the very|a bare|a) least", "at least"),
        ("at (?:the very|a) most", "at most"),
        (r"i\.e\.?|e\.g\.?", ","),
        ("wanna", "want to"),
        ("gimme", "give me"),
        ("lemme", "let me"),
        ("gonna", "going to"),
        ("hw|howmuch", "how much"),
        ("dont", "do not"),
        ("doesnt", "does not"),
        ("im", "i am"),
        ("abt", "about"),
        ("kitn[aei](?: ka| ki)?(?: hai)?|koto(?: dam| taka)?|d[a]?am koto|(?:ka |er )?(?:dam|daam)", "how much"),
    )
)
# A bracket that a title ends with stands behind the letter that the title became.
_CLOSING = re.compile(r"([\ue000-\uf8ff])\s*[)\]]+")
_BRACKETS = re.compile(r"\s*\((?P<said>[^()\ue000-\uf8ff]{1,40})\)")
_PLUS = re.compile(r"\s*\(\s*(?P<stars>[1-5](?:\.\d)?)\s?\+\s*\)")
_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|salam|assalamu alaikum)"
    r"(?: (?:there|all|team|sir|madam|bhai|apu|everyone|folks))*[\s,.!]+)+|"
    r"(?:^|(?<=[\s,.;]))(?:i (?:was|am|have been) (?:just )?wondering (?:if|whether) (?:you|i|we) (?:could|can|might)?|"
    r"would you (?:be so kind as to|mind)|(?:could|may|can|might) i (?:trouble|ask|bother) (?:you )?(?:for|to)|"
    r"if (?:you (?:would|do) not mind|possible|you please)|(?:could|can|would|will) you (?:please )?"
    r"(?=(?:tell|show|give|list|find|share|suggest|name|recommend)\b)|"
    r"(?:these days|right now|at the moment|nowadays|as of today|thanks(?: (?:a lot|so much|in advance))?|"
    r"thank you(?: (?:so|very) much)?|actually|basically|by any chance))(?=[\s,.;?!]|$)[\s,]*",
    re.I,
)


_WHAT_FITS = re.compile(
    r"(?<=\w)[\s,;:.–-]+(?:so )?(?:what|which)(?: one| ones)?(?: would| will| could)? (?:fits?|suits?|"
    r"match(?:es)?|works?|"
    r"qualif\w+|meets? (?:that|this|it))[\s?.!]*$",
    re.I,
)


def plainly(text: str) -> str:
    """Return a question with its contractions written out and without its courtesies; the question if nothing is left.

    What people abbreviate means the same as what they write out, so that one reading does for both.
    """
    text = _CLOSING.sub(r"\1", text)
    text = _BRACKETS.sub(r", \g<said>", _PLUS.sub(r" rated \g<stars>+", text))
    made = _CONTRACTION.sub(lambda said: f"{said[1]} {_ENDINGS[said[2].lower()]}", text)
    made = _NOT.sub(r"\1 not", _IS.sub(r"\1 is", made))
    for pattern, plain in _SPELLINGS:
        made = pattern.sub(plain, made)
    left = " ".join(_POLITE.sub(" ", _WHAT_FITS.sub("", made)).split())
    return left if re.search(r"\w|[\ue000-\uf8ff]", left) else made
