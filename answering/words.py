"""Words of a question: which tell of a thing, and which only ask."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.keyword.tokens import STOPWORDS, Tokenizer
from retrieval.query.edits import distance
from retrieval.query.vocabulary import WORD
from retrieval.text import fold

_TOKENIZER = Tokenizer()
ASKING = frozenset(
    "what which who whom whose where when why how tell show find search list give get see know about me us please hi "
    "hello hey ok okay can could would should may might do does did is are was were am be been being has have had got "
    "there here this these those that it its they them their you your yours we our i my mine any some one ones "
    "all every "
    "each much many more most like want need looking look buy sell sells selling sold stock carry offer "
    "recommend suggest "
    "product products item items thing things listing listings article articles option options anything "
    "something stuff "
    "shop store catalogue catalog category section department brand brands branded cost costs costing price "
    "prices priced "
    "rated rating ratings available and or but with without for from to of in on at by than also just only too then so "
    "star stars afford spend pay budget if must after single exist exists going out five buyers people sales "
    "popular tops "
    "received get gets gotten total altogether overall cost least "
    "goods merchandise collection pull up open end nothing "
    "kindly take took taking keep keeps keeping whether wonder wondering exceed exceeds exceeding hunt hunting damage "
    "amount charged charge charges quote asking number numbers count folks persons customers customer shoppers users "
    "buyer reviewed reviewers reviews votes attracted attract attracts greatest biggest largest highest lowest "
    "smallest "
    "fewest maximum minimum money pieces units gone sort sorted order ordered rank ranked first last buying bought "
    "purchase "
    "purchased choose choosing considering consider decide deciding pick seller sellers vendor taka tk bdt rs rupees "
    "whose "
    "will shall own both either neither because while during currently presently value values offering offered "
    "offers stocked "
    "keen willing allow allows allowed within cheapest cheap expensive affordable costly pricey dear dearest "
    "bestselling selling include includes including contain filter display fetch name names named called titled "
    "listed starting start starts begin entry level "
    "the a an comes come coming made make makes kind kinds sort sorts type details detail information info let between "
    "among within good great nice".split()
)
"""Words that say nothing of the thing that a question is about."""
GENERIC = frozenset(
    "product products item items thing things listing listings article articles option options anything "
    "something stuff "
    "one ones shop store catalogue catalog goods offers deals deal choice choices merchandise range selection".split()
)


def words(text: str) -> list[str]:
    """Return the words of a text folded, in order: runs of letters, marks and digits."""
    return list(map(str, WORD.findall(fold(text))))


def joined(text: str) -> str:
    """Return a text's words as one, by which names are compared: "T-Shirt, red" is "tshirtred"; figures stay apart."""
    return join(words(text))


def join(parts: list[str]) -> str:
    """Return words as one; figures stay apart."""
    made = ""
    for part in parts:
        made += f" {part}" if made[-1:].isdigit() and part[:1].isdigit() else part
    return made


def telling(text: str) -> list[str]:
    """Return the words of a text that tell of a thing, each once, in order."""
    return [word for word in dict.fromkeys(words(text)) if word not in ASKING and word not in STOPWORDS and word != "s"]


@lru_cache(maxsize=20_000)
def meant(word: str) -> bool:
    """Tell whether a word is one that asks, with a slip of the pen at most."""
    if word in ASKING or len(word) < 4:
        return word in ASKING
    return any(
        len(other) >= 5 and abs(len(other) - len(word)) <= 1 and distance(word, other) <= 1.0 for other in ASKING
    )


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a text's words, as keyword search sees them."""
    return frozenset(_TOKENIZER(text)) if text else frozenset()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return one word's stem."""
    made = _TOKENIZER(word)
    return made[0] if made else word


_FRONT = re.compile(
    r"^(?:please|hi|hello|hey|so|and|ok(?:ay)?|well|now|where|name(?: me)?(?= the| \w+ (?:product|item)s?)|pick|"
    r"display|fetch|return|"
    r"(?:can|could|would|will) (?:you|i|we)(?: please)?(?: (?:tell|show|give|find|get|recommend|suggest|list|"
    r"buy|see|have|order))?"
    r"(?: me| us)?|(?:tell|show|give|find|get|list|let|bring)(?: (?:me|us))?(?: (?:know|see|have))?|search(?: for)?|"
    r"look(?:ing)? (?:for|up)|"
    r"i(?:'m|’m| am) (?:looking|searching|shopping) (?:for|to)(?: buy| get)?|i(?:'m|’m| am) (?:interested in|after)|"
    r"(?:i|we)(?:'d|’d| would)? (?:want|need|like|love)(?: to (?:buy|know|see|have|get|find|order|hear|learn))?|"
    r"what can (?:i|you|we) (?:get|buy|find|have|tell me|offer|recommend|say)(?: me)?|"
    r"what (?:do|does) (?:you|the (?:shop|store|catalogue)) (?:know|have|sell|stock|offer|say)|"
    r"do(?:es)? (?:you|the (?:shop|store|catalogue)|we|they) (?:have|sell|stock|carry|offer|know)(?: of)?|"
    r"have you(?: got)?|you (?:have|sell)|"
    r"is there|are there|there(?:'s| is| are)|where can i (?:find|get|buy)|recommend(?: me)?|suggest(?: me)?|describe|"
    r"(?:all |more )?(?:the )?(?:details?|info(?:rmation)?|facts|particulars|specs|specifications)(?: (?:of|on|"
    r"about|for))|"
    r"more|everything|something|anything|all|about|which(?: of)?|what(?: (?:kind|sort|type|kinds|sorts|types) of)?|"
    r"what(?:'s|’s)|whats|who|any|some|of|for|in|on|from|with|by|at|that|is|are|was|were|do|does|did|has|have|"
    r"be|can|there|"
    r"(?:is|are|was|were|do|does|did) (?:it|they|there)|"
    r"the (?:product|item|article|listing|thing|title)(?: (?:called|named|titled|known as))?|"
    r"(?:a |an )?(?:product|item|article|listing|thing|title)s?(?: (?:called|named|titled|known as))|(?:called|"
    r"named|titled)|"
    r"(?:the|a|an|your|my|this|these|those|one|ones))(?![\w'’-])[\s,:;.!?–—-]*",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"[\s,:;.!?–—-]*(?<![\w'’-])(?:please|thanks|thank you|then|for me|for sale|in stock|available|in (?:your|"
    r"the|this) (?:shop|store|catalogue|catalog)|"
    r"(?:do|can|could|would|did) (?:you|i|we)(?: (?:have|sell|stock|offer|carry|get|buy|find|recommend|suggest|"
    r"tell me about))?|"
    r"(?:are|is) (?:there|available|it|they|sold)|you have|is|are|was|were|do|does|did|has|have|be|been|cost|"
    r"costs|costing|go|goes|sell|sells|"
    r"come|comes|that|which|who|and|or|but|with|in|of|for|on|at|from|to|by|the|a|an|than|there|it|one|ones|they|now|"
    r"made|listed|priced|rated|called|in total|altogether|in all|right now|today|currently|exactly)$",
    re.IGNORECASE,
)
_EDGES = " \t\n,:;.!?–—-"
_QUOTES = "\"'“”‘’«»`"


def bare(text: str) -> str:
    """Return what a question speaks of, without the words at its edges that only ask: "do you have any X?" is "X"."""
    left = text.strip(_EDGES)
    while True:
        before = left
        quoted = len(left) > 2 and left[0] in _QUOTES and left[-1] in _QUOTES
        left = left[1:-1].strip(_EDGES) if quoted else left
        if quoted:
            return left
        left = _FRONT.sub("", left, count=1)
        left = _BACK.sub("", left, count=1).strip(_EDGES)
        if left == before:
            return left.strip(_EDGES + '"“”«»')
