"""How people follow up a question: the phrases that complete it, each a pattern or a table."""

from __future__ import annotations

import re

MOST = 300
"""Characters of a follow-up; longer ones say for themselves what they are about."""
SIDE_BY_SIDE = 6
WELL_RATED = 4.0

LEAD = re.compile(
    r"^(?:(?:ok(?:ay)?|but|so|then|now|well|hmm+|also|please|or|and)\b[\s,.!…-]*"
    r"|(?:the )?same(?: one| thing)?(?: but)?\b[\s,]*|make (?:it|them|that)\s+|i(?:[’']d| would) (?:rather have|"
    r"prefer|like)(?: it| them| one)?\s+"
    r"|i (?:want|need|prefer) (?:it|them|one)\s+"
    r"|(?:great|cool|nice|thanks|thank you|good|right|perfect|sorry|oh|ah|yes|no)\s*[,.!…-]+\s*)+",
    re.IGNORECASE,
)
JOINED = re.compile(r"^(?:\W*(?:ok(?:ay)?|but|so|then|now|well|also|please)\b)*\W*(?:and|or)\b", re.IGNORECASE)
ABOUT = re.compile(r"^(?:what|how)\s(?:about|of)\s", re.IGNORECASE)
TAIL = re.compile(
    r"[\s,]*\b(?:please|thanks|thank you|then|too|as well|also|instead|though|perhaps|maybe|or so)$", re.IGNORECASE
)
COMPARE = re.compile(
    r"^(?:(?:can|could|will|would) you |please |let[’']s |now )*(?:compare|contrast)\b(?P<rest>.*)$"
    r"|^(?:what(?:[’']s| is| are) )?(?:the )?differences?(?: between| in)?\b(?P<between>.*)$"
    r"|^(?P<against>.+\s(?:vs\.?|versus)\s.+)$|^how do (?P<how>.+) (?:compare|differ)$|^put (?P<put>.+) side by side$",
    re.IGNORECASE,
)
SIMILAR = re.compile(
    r"^(?:(?:show|give|find)(?: me)? |(?:do|have) you (?:have |got )?|are there |is there |any |some |"
    r"i want (?:to see )?)*"
    r"(?:more(?: (?:like|of|options|results|choices|ones|products|please))*|others?|other (?:ones|options|choices|"
    r"products)|"
    r"alternatives?|(?:some|any)?thing (?:similar|else|different|like)|similar(?: (?:ones|products|options|things|"
    r"to))?|what else|else|"
    r"(?:products|ones|things) (?:like|similar to)|like)"
    r"(?: (?:do you have|have you got|is there|are there))?(?: to)?$",
    re.IGNORECASE,
)
CHEAPER = re.compile(
    r"\b(?:cheaper|less (?:expensive|costly|pricey)|lower[- ]priced?|more affordable|lower (?:in )?(?:price|cost)|"
    r"(?:costs?|costing) less|"
    r"sosta|shosta|সস্তা)\b",
    re.IGNORECASE,
)
DEARER = re.compile(
    r"\b(?:dearer|pricier|costlier|more (?:expensive|costly|pricey|premium)|higher[- ]priced?|(?:costs?|costing) more|"
    r"fancier)\b",
    re.IGNORECASE,
)
BETTER = re.compile(
    r"\b(?:(?:better|higher)[- ](?:rated|reviewed|ratings?|reviews|scores?|scored)|rated (?:better|higher)|"
    r"more stars)\b",
    re.IGNORECASE,
)
COMPARATIVES = ((CHEAPER, "cheaper"), (DEARER, "dearer"), (BETTER, "better"))
KINDS = {
    "colour": "color",
    "color": "color",
    "size": "size",
    "price": "price",
    "budget": "price",
    "brand": "brand",
    "rating": "rating",
}
KIND = r"(?P<kind>colou?r|size|price|budget|brand|rating)s?"
DROP = re.compile(
    rf"^(?:(?:in|at|of|from|with) )?(?:any|every|all|whatever|no matter (?:what|which|the)|"
    rf"regardless of(?: the)?) (?:the )?{KIND}(?: is fine| will do)?$"
    rf"|^(?:forget|never mind|nevermind|ignore|drop|remove|"
    rf"skip)(?: about)? the {KIND.replace('kind', 'other')}(?: limit| bound| filter)?$"
    rf"|^(?:the )?{KIND.replace('kind', 'third')} (?:does(?:n[’']t| not) matter|is not important|is no matter)$",
    re.IGNORECASE,
)
TOO_DEAR = re.compile(
    r"^(?:(?:it|that|this|these|those|they)(?:[’']s|[’']re| is| are)? )?(?:a bit |a little |much |way |far )?"
    r"too (?:expensive|dear|costly|pricey|much)(?: for me)?$",
    re.IGNORECASE,
)
WHICH_BEST = re.compile(
    r"^which (?:one )?(?:is (?:the )?better|(?:do|would|can) you recommend|(?:should|would|do) i (?:buy|get|choose|"
    r"take|pick))$",
    re.IGNORECASE,
)
MORE_ABOUT = re.compile(
    r"^(?:tell me (?:more|everything)|(?:any |some )?(?:more )?(?:details?|info(?:rmation)?|specs?))$", re.IGNORECASE
)
NOT_A_TURN = re.compile(r"^(?:sort|order|why|are you)\b", re.IGNORECASE)
OTHER = re.compile(r"^(?:any |what |which |the )?(?:other|different|more)\s", re.IGNORECASE)
FIELDS = {
    "seller": "seller", "shop": "seller", "store": "seller", "sales": "sales", "category": "category", "sku": "sku",
    "reviews": "rating", "stars": "rating",
}  # fmt: skip
HOW_MANY = re.compile(
    r"^how many(?: of (?:them|these|those))?(?: (?:are (?:there|they)|do you have|is that|have you got|in all|"
    r"in total))*$",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^(?:is|are|was|do|does|did|can|could|would|will|has|have|how|which|what|who|whose|where|when|why|show|find|"
    r"compare|tell|list|search|"
    r"give|recommend|suggest|i|we|you|my|there)\b",
    re.IGNORECASE,
)
BOUND_TO = re.compile(
    r"^(?:(?:with|without|from|by|in|for|not|having|including|containing)\b|made (?:of|from|by|in)\b|(?:that|"
    r"which) (?:is|are|has|have|can|comes?)\b)",
    re.IGNORECASE,
)
HANGING = re.compile(
    r"^(?:(?:do you have|have you got|have you|is there|are there|got|show me|show|give me|find me|find|"
    r"i(?:[’']d)? (?:want|like|need|prefer)|"
    r"can i (?:see|get|have)|let me see|any|anything|something|some|only|just|the|these|those|all|even|ones?|"
    r"products?|which are|that are)\b\s*)+",
    re.IGNORECASE,
)
LATER_ARTICLE = re.compile(r"^\w+\s(?:(?:a|an|the|my|any)\s)?\w+\s(?:.*\s)?(?:a|an)\s\w+", re.IGNORECASE)
ANYTHING_FOR = re.compile(r"^(?:.*\s)?(?:any|some)thing\sfor\s", re.IGNORECASE)
FOR_WHOM = re.compile(
    r"^for (?:(?:my|a|an|the|our|his|her) )?(?:kids?|child(?:ren)?|m[ae]n|wom[ae]n|boys?|girls?|bab(?:y|ies)|adults?|"
    r"toddlers?|teens?|teenagers?|"
    r"students?|him|her|me|us|everyone|wife|husband|mother|father|mom|mum|dad|son|daughter|brother|sister|friend|"
    r"gifts?|presents?|school|"
    r"office|home|summer|winter|travel(?:ling)?|everyday use|daily use)\b",
    re.IGNORECASE,
)
SIZED = re.compile(
    r"^(?:bigger|larger|smaller|longer|shorter|wider|lighter|heavier|thinner|thicker|taller|darker|brighter|softer|"
    r"stronger|newer)$"
)
EXPLETIVE = re.compile(
    r"\b(?:is|would|was) it (?:possible|ok|okay|true|easy|hard|safe|worth|better) (?:to|if|that)\b", re.IGNORECASE
)
NAMES_OF_EXTREMES = {
    ("price", False): "cheapest", ("price", True): "most expensive", ("rating", True): "best rated", ("rating",
    False): "worst rated",
    ("rating_count", True): "most reviewed", ("rating_count", False): "least reviewed", ("sales", True): "best selling",
    ("sales", False): "least popular", ("discount", True): "most discounted", ("discount", False): "least discounted",
}  # fmt: skip
COMPARISONS = {
    ("price", False): "is cheaper", ("price", True): "is more expensive", ("rating", True): "is better rated",
    ("rating", False): "is lower rated",
    ("rating_count", True): "has more ratings", ("rating_count", False): "has fewer ratings", ("sales",
    True): "sold more",
    ("discount", True): "has the bigger discount",
}  # fmt: skip
ASKED = {
    "price": "How much is {}?", "rating": "How is {} rated?", "rating_count": "How many ratings does {} have?",
    "brand": "What brand is {}?",
    "colors": "What colours does {} come in?", "sizes": "What sizes does {} come in?", "seller": "Who sells {}?",
    "sales": "How many units of {} have been sold?", "discount": "What is the discount on {}?",
    "original_price": "What is the original price of {}?", "sku": "What is the SKU of {}?", "category": "What "
    "category is {} in?",
    "url": "What is the link of {}?",
}  # fmt: skip


SOFT = frozenset(
    "how much many what which who is are does do tell show me about more details compare difference between of the "
    "and or price cost rating "
    "ratings reviews colour colours color colors size sizes brand seller sold link category cheaper cheapest "
    "expensive better best most "
    "least higher lower highest lowest rated reviewed popular anything something like similar than number first "
    "second third last other "
    "ones discount off please see add describe explain know want only just still even bit little lot slightly "
    "far "
    "big large long heavy wide tall thick small".split()
)
"""Words that name no thing when a question points at one."""
