"""Sentences that claim nothing about products: openings, questions, offers, refusals."""

from __future__ import annotations

import re
from collections.abc import Collection

from answering.checking.wording import FRAME, FRAME_END, is_feature, is_free
from answering.facts import WORD
from answering.records import REFUSAL
from retrieval.text import fold

_REFUSAL = fold(REFUSAL).rstrip(".")
_TALK = re.compile(
    r"\W*(?:sorry|i(?:'m| am) (?:sorry|afraid)|unfortunately,? i|i (?:can(?:no|')t|could(?:n't| not)|"
    r"do(?:n't| not)|did(?:n't| not)|was unable|am unable)|"
    r"would you|do you|shall i|should i|can i|may i|if you|let me|tell me|feel free|just (?:ask|say|"
    r"let)|ask me|you (?:can|may|could|might) (?:also )?"
    r"(?:ask|want|narrow|refine|try|look|search|check)|try (?:a|another|searching|widening|fewer|"
    r"different)|hope (?:this|that)|i hope|thanks|thank you|"
    r"happy to|note that (?:prices|i)|nearest|closest|the nearest|the closest|sources?:?$|in (?:short|"
    r"summary)\W*$|summary\W*$|comparison\W*$|here you go)\b"
)
_NOTHING = re.compile(
    r"\W*(?:no (?:product|item|listing|one|match|option|such|other)|nothing|none of|nobody|there (?:is|"
    r"are) (?:no|none|nothing|not)|neither|not one|"
    r"the catalogue (?:has|lists|holds|contains|sells|offers) (?:no|nothing|none)|we (?:have|sell|"
    r"stock) (?:no|nothing|none)|no\b(?!\W{0,2}brand))"
)
_INTRO = re.compile(
    r"\W*(?:here(?:'s| is| are)|these|those|this|the following|below|some|other|others|also|further|"
    r"my (?:picks?|top)|top (?:picks?|choices|results)|"
    r"(?:a )?(?:few|couple)|what|best|for|in|among|yes|i found|i would|based on|looking|from|of|if|as|"
    r"you asked|options|results|products?|items?|comparing|to compare|"
    r"comparison|a (?:quick|short|side)|the (?:best|nearest|closest|name|top|same|rest|others?|"
    r"products?|options?|details|facts)|they|all|both)\b"
)
_PRONOUN = re.compile(
    r"\b(?:it|this one|that one|they|both|each|the (?:first|second|third|former|latter|other|cheaper|"
    r"dearer) ?(?:one)?|this|these)\b[^.;]{0,20}?\b(?:has|have|comes?|costs?|includes?|"
    r"features?|offers?|supports?|weighs|measures|lasts|is made|are made|works|holds|uses|carries)\b"
)


def is_talk(text: str, kind: str, *, refused: bool) -> bool:
    """Tell whether a passage without a citation is a question, an offer, a refusal or the like."""
    folded = " ".join(fold(text).replace("’", "'").replace("*", "").split())
    bare = folded.strip(" #>-_:")
    if not bare or _REFUSAL in folded.rstrip(".") or bare.rstrip("\"'”)").endswith("?"):
        return True
    if _TALK.match(folded):
        return True
    return refused and _NOTHING.match(folded) is not None


def denies_all(text: str) -> bool:
    """Tell whether a passage says that there is no product of some kind."""
    folded = " ".join(fold(text).replace("’", "'").replace("*", "").split())
    return _NOTHING.match(folded) is not None and not re.match(r"\W*(?:no|none|neither)\b\W*[,:;–—.-]", folded)


def is_intro(text: str, kind: str) -> bool:
    """Tell whether a passage only leads to what follows: it ends in a colon, or says where to look."""
    folded = " ".join(fold(text).replace("*", "").split())
    return kind == "lead" or (
        _INTRO.match(folded) is not None and re.search(r"\b(?:here|below|following|these|those)\b", folded) is not None
    )


def says_something(text: str, asked: Collection[str]) -> bool:
    """Tell whether a folded passage says a thing of a product that it may have or not, beyond what was asked for."""
    words = [word for word in WORD.findall(text) if word not in asked]
    if any(is_feature(word) for word in words):
        return True
    for frame in FRAME.finditer(text):
        over = FRAME_END.search(text, frame.end())
        thing = WORD.findall(text[frame.end() : over.start() if over else len(text)])
        if any(not is_free(word) and word not in asked for word in thing):
            return True
    return _PRONOUN.search(text) is not None and any(not is_free(word) for word in words)
