"""How numbers, prices, ratings, colours and sizes are stated in prose, as expressions over folded text."""

from __future__ import annotations

import re

from answering.checking.spelt import SPELT
from answering.facts import COUNTED
from retrieval.query.numbers import AMOUNT, FIGURE

N = rf"(?:{SPELT}|{AMOUNT})"
FREE = r"(?<![\w.,/#-])"
SIGN = r"(?:৳|us\$|\$|€|£|₹|¥|₨|₩|₺)"
CODE = r"(?:tk|taka|bdt|usd|eur|gbp|inr|pkr|rs|krw|jpy|cny|try|টাকা)"
PRE = rf"(?P<pre>{SIGN}|(?<![^\W\d_]){CODE}\.?)"
POST = rf"(?P<post>{SIGN}|(?:{CODE}|taka[sry]?|takai|dollars?|euros?|rupees?|bucks)(?![^\W\d_])|/[-=])"
MONEY = re.compile(rf"(?:{PRE}\s?(?P<a>{FIGURE}k?)(?![\w%])|{FREE}(?P<b>{N})\s?{POST})")
PRICED = re.compile(
    rf"\b(?:prices?|priced|costs?|costing|selling|sells|going|goes|retails?|asking price|for only|"
    rf"sets you back)\b(?:\W{{0,3}}"
    rf"(?:is|at|of|for|as|only|just|now|currently|around|about|under|below|over|from|it|the|listed|"
    rf"roughly|nearly|than|less|more|"
    rf"up to|between)\b){{0,4}}\W{{0,3}}(?P<n>{FIGURE})(?![\w%/]|[.,]\d|\s?(?:stars?|ratings?|out|"
    rf"{'|'.join(COUNTED)})\b)"
)
RATED = r"(?:rat(?:ed|ing|ings|es)|scor(?:e|es|ed|ing)|averag(?:e|es|ing)|reviewed at|stars?|★)"
FIVE = r"(?:\s?/\s?5(?!\d)|\s(?:out\s)?of\s(?:5|five)(?!\d))"
BETWEEN = (
    r"(?:\W{0,3}\b(?:is|of|at|as|was|it|a|an|by|from|average|customers?|buyers?|shoppers?|users?|"
    r"reviewers?|about|around|over|"
    r"above|below|under|at least|more than|less than|nearly|roughly|almost|only|just|solid|good|great|"
    r"perfect|full|higher than|"
    r"better than|highest|with|the|has|same|stands|sits|strong|excellent|modest|decent|low|high|poor)\b){0,5}\W{0,3}"
)
STAR = r"[\s-]?(?:stars?\b|★|⭐)"
RATING = (
    re.compile(rf"{FREE}(?P<n>{N}){FIVE}(?:{STAR})?"),
    re.compile(rf"{FREE}(?P<n>{N}){STAR}"),
    re.compile(r"\b(?P<n>(?:one|two|three|four|five)(?: and a half)?)[\s-]stars?\b"),
    re.compile(
        rf"(?:\b{RATED}\b|★|⭐){BETWEEN}{FREE}(?P<n>[0-5](?:\.\d{{1,2}})?)(?![\d%/]|\.\d|,\d|"
        rf"\s?(?:{RATED}|review|vote|people|buyers|customers|times))"
    ),
    re.compile(
        rf"{FREE}(?P<n>[0-5]\.\d{{1,2}}|[0-5])(?:\s?\+)?\s(?:average\s|customer\s|user\s|"
        rf"overall\s)?(?:rating|score|average)\b"
    ),
)
WHO = r"(?:people|customers?|buyers?|users?|shoppers?|persons?|reviewers?|raters?|others)"
MANY = r"(?:ratings?|reviews?|votes?|opinions|raters?|reviewers?)\b"
RATINGS = (
    re.compile(
        rf"{FREE}(?P<n>{N}|(?<=just )an?|(?<=only )an?|single)\+?\s(?:(?:customer|user|buyer|verified|"
        rf"happy|single|star|shopper)\s)?(?:{MANY})"
    ),
    re.compile(rf"\b(?:rated|reviewed|scored|judged)\sby\s(?:\w+\s){{0,2}}?(?P<n>{N})\b"),
    re.compile(rf"\b(?:based on|from|by|according to|across|among)\s(?:\w+\s){{0,2}}?(?P<n>{N})\s{WHO}"),
    re.compile(rf"\bbased on\s(?:just |only |about |over )?(?P<n>{N})\b"),
    re.compile(rf"\b(?:ratings|reviews|number of ratings|rating count|votes)\s?[:=]\s?(?P<n>{N})(?![./\d])"),
    re.compile(rf"{FREE}(?P<n>{N})\s{WHO}\s(?:have |has |had )?(?:rated|reviewed|scored|voted)"),
    re.compile(rf"\b(?:rated|reviewed)\s(?P<n>{N})\stimes?\b"),
    re.compile(r"(?<=\x1f)\s?\(\s?(?P<n>\d[\d,]*)\s?\)"),
)
SALES = (
    re.compile(
        rf"{FREE}(?P<n>{N})\sof\s(?:the|these|them|those|it)\b[^.;,]{{0,90}}?\b(?:sold|bought|ordered|purchased)\b"
    ),
    re.compile(
        rf"{FREE}(?P<n>{N})\+?\s(?:units?\s|pieces?\s|copies\s|times\s|of them\s|already\s|were\s|was\s|"
        rf"have\s|has\s|been\s){{0,4}}(?:sold|sales|sale\b|orders?|purchases|bought|shipped)"
    ),
    re.compile(
        rf"\b(?:sold|sales|orders|bought|purchased|ordered)\b(?:\W{{0,3}}\b(?:over|about|around|"
        rf"more than|at least|nearly|of|is|are|so far|already|by|to|at|almost|roughly|a total of|"
        rf"have reached|stand)\b){{0,3}}\W{{0,3}}(?P<n>{N})\b(?!\s?(?:{SIGN}|{CODE}\b|%))"
    ),
    re.compile(rf"{FREE}(?P<n>{N})\s{WHO}\s(?:have |has |had )?(?:already )?(?:bought|ordered|purchased)"),
)
DISCOUNT = (
    re.compile(
        rf"{FREE}(?P<n>{N})\s?(?:%|percent|per cent)\s?(?:price\s)?(?:off|discount|reduction|cheaper|"
        rf"less|lower|savings?|below|reduced|markdown|cut)"
    ),
    re.compile(
        rf"\b(?:discount|discounted|off|sav\w+|reduc\w+|mark\w* down|cut|down|"
        rf"sale)\b(?:\W{{0,3}}\b(?:of|by|is|at|you|about|around|nearly|over|"
        rf"roughly|almost|just|some|approximately|up to|a|full)\b){{0,3}}"
        rf"\W{{0,3}}(?P<n>{N})\s?(?:%|"
        rf"percent\b|per cent\b)"
    ),
)
HALF = re.compile(r"\bhalf[\s-](?:price|off)\b")
THING = (
    r"(?:products?|items?|options?|listings?|results?|match(?:es)?|choices|models|candidates|"
    r"alternatives|picks|entries|ones|"
    r"suggestions|finds|articles|goods)\b"
)
THERE = (
    r"(?:there (?:are|is)|there[’']s|(?:i|we) (?:found|see|have|sell|stock|count(?:ed)?|carry)|"
    r"catalogue (?:has|holds|lists|contains|"
    r"offers|sells|counts|shows|includes|carries)|shop (?:has|sells|stocks|offers|carries|lists)|"
    r"a total of|found|counted|"
    r"comes to|in total|altogether|exactly|number is|total is|count is|answer is)"
)
TOTAL = re.compile(
    rf"\b{THERE}\W{{1,2}}(?:only |exactly |just |a total of |about |around |over |in all |"
    rf"precisely )?(?P<n>{N})(?=\s+[^\W\d_]|\s*[.!,:]|\s*$)"
)
AMONG_THINGS = (
    re.compile(
        rf"\b(?:of|out of|among|amongst|these|those|all|the)\s(?:the |these |all |those |our |its )?(?P<n>{N})"
        rf"\s(?:\w+\s)?{THING}"
    ),
    re.compile(
        rf"\b(?:the|our|these|those|my)\s(?P<n>{N})(?=\s(?:most|least|best|worst|top|cheapest|priciest|dearest|lowest|"
        r"highest|biggest|largest|smallest)\b)"
    ),
)
FURTHER = re.compile(rf"\band (?P<n>{N}) (?:more|others?)\b(?!\s+{THING})")
AMONG = (
    re.compile(
        rf"\b(?:all|of|out of|among|amongst|from among|from|these|those|the|both|other)\s(?:the |these |"
        rf"all |those |our |its )?(?P<n>{N})\b(?=\s+(?:\w+\s){{0,3}}?{THING}|\s*(?:[,.;:)]|$)|"
        rf"\s[^\W\d_]{{3,}}s\b|\s(?:is|are|in|that|which|with|under|below|rated|on|here|by)\b)"
    ),
    re.compile(rf"{FREE}(?P<n>{N})\s(?:[^\W\d_][\w-]*\s){{0,3}}?{THING}"),
    re.compile(rf"{FREE}(?P<n>{N})\sof\s(?:them|these|those|the)\b"),
)
OWN = re.compile(rf"{FREE}(?P<n>{N})\s(?:different |available |other )?(?P<what>colou?rs?|shades|sizes?)\b")
UNRATED = re.compile(
    r"\b(?:unrated|unreviewed|no (?:customer |buyer )?(?:ratings?|reviews?|stars|score)(?: yet| so far|"
    r" at all)?|(?:nobody|no one|no buyer|no customer|"
    r"not one (?:buyer|customer))(?: has|s)?(?: ever| yet)?(?: rated| reviewed)|(?:not|"
    r"never)(?: yet)?(?: been)?(?: yet)? (?:rated|"
    r"reviewed)(?: yet)?|(?:has|have) (?:not|n[’']t|yet to)(?: been| be)?(?: yet)? (?:rated|reviewed)|"
    r"hasn[’']t (?:been |yet been |got )?"
    r"(?:rated|reviewed|any ratings?|any reviews?)|(?:isn[’']t|is not) rated|without (?:a |"
    r"any )?(?:ratings?|reviews?)|zero (?:ratings|reviews)|lacks? (?:a |any )?"
    r"(?:ratings?|reviews?)|yet to (?:be (?:rated|reviewed)|receive (?:a|any) (?:rating|review)s?)|"
    r"has no rating|(?:does not|doesn[’']t) have (?:a |any )?"
    r"(?:ratings?|reviews?))\b"
)
ZERO_RATED = re.compile(
    r"(?<![\d.])0(?:\.0)?\s?/\s?5(?:\s?\((?:0 (?:ratings|reviews)|0)\))?|(?<![\d.,])0 (?:ratings|reviews)"
)
UNBRANDED = re.compile(
    r"\b(?:unbranded|no[\s-]brand|no[\s-]name|without a brand|(?:has|have|names?|states?|lists?|gives?) no brand)\b"
)

BEFORE_MOST = re.compile(
    r"(?:\bbudget(?: is| of)?\b|\b(?:under|below|beneath|less than|lower than|cheaper than|fewer than|no more than|"
    r"not more than|at most|up to|within|max(?:imum)?|"
    r"not (?:over|above)|(?:do|does)(?: not|n[’']t) exceed|without exceeding|no higher than|inside|"
    r"stays? under)|[<≤]=?)\W{0,2}"
    r"(?:(?:of|the|your|a|my|an|only|our|budget|limit|price|cap|maximum|asked|stated)\W{1,2}){0,4}$"
)
BEFORE_LEAST = re.compile(
    r"(?:\b(?:over|above|more than|at least|no less than|not less than|not (?:under|below)|higher than|"
    r"better than|min(?:imum)?|exceed(?:s|ing)?|"
    r"upwards of|greater than|beyond|past|no lower than|tops)|[>≥]=?)\W{0,2}(?:(?:of|the|your|a|my|an|"
    r"limit|price|minimum|asked)\W{1,2}){0,3}$"
)
BEFORE_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|close to|some|circa|"
    r"just (?:under|over|above|below|shy of|short of)|"
    r"slightly (?:under|over|above|below|less than|more than)|a (?:little|bit|touch|shade) (?:under|"
    r"over|less than|more than|above|below)|"
    r"a hair under|little (?:over|under)|not quite)|[~≈])\W{0,2}(?:a |the )?$"
)
AFTER_MOST = re.compile(
    r"\s?-?(?:er |r )?(?:niche|moddhe|modhye|kome|ke andar|tak\b|se kam)|"
    r"\s?(?:or|and) (?:less|below|under|lower|fewer|cheaper)\b|"
    r"\s?(?:budget|limit|ceiling|cap|maximum|max)\b"
)
AFTER_LEAST = re.compile(
    r"\s?\+|\s?(?:stars? )?(?:or|and) (?:more|better|higher|above|up|over|upwards?)\b|\s?plus\b|"
    r"\s?(?:or so)?\s?minimum\b"
)
AFTER_ABOUT = re.compile(r"\s?(?:or so|or thereabouts|-ish|ish)\b")
ORIGINAL = re.compile(
    r"(?:\b(?:to|at|now)\W{0,6}\x1f+\W{0,2}from|"
    r"\b(?:was|were|used to (?:be|cost|sell for|go for)|once|originally|formerly|previously|"
    r"normally|usually|regularly|"
    r"(?:its|the|an?) (?:original|usual|regular|old|former|previous|list)|"
    r"(?:regular|usual|original|list(?:ed)?|full|old) (?:price|cost|rate|figure|tag)|before|"
    r"instead of|down from|"
    r"reduced from|marked down from|cut from|dropped from|fell from|discounted from|listed at|mrp|"
    r"compared (?:to|with)|rather than|save\w* off|off (?:its|the))|~~)(?:\W{1,3}(?:price|is|was|at|of|"
    r"a|an|the|its|for|"
    r"priced|sold|listed|original|regular|usual|full|old|to|cost|costing|mrp)\b){0,4}\W{0,4}$"
)
AFTER_ORIGINAL = re.compile(
    r"\s?(?:before\b|originally\b|~~|was the (?:original|old)|is (?:its|the) (?:original|regular|usual|list|old))"
)
SAVES = re.compile(
    r"\b(?:dropp?(?:s|ed)?|fell|falls|fallen|slashed|cut|reduced|lowered|came down)\s(?:by\s)?$|"
    r"\b(?:sav(?:e|es|ed|ing|ings)|discount|reduction|knocked off|takes?|drop)\b[^.;]{0,14}$|"
    r"\b(?:down|discounted|reduced|cut|slashed|lowered|dropped|fallen|drops|fell)\s(?:\w+\s)?by\W{0,3}$"
)
SAVED = re.compile(r"\bsav(?:e|es|ed|ing|ings)\b(?:[\W\d]|\b(?:i\.?e|that is|or|about|around|you|of|a|total)\b){0,40}$")
AFTER_SAVES = re.compile(
    r"\s?(?:off\b|discount\b|cut\b|markdown\b|drop\b|rebate\b|price cut\b|reduction\b|in savings|saved\b|"
    r"saving\b|below (?:its|the) (?:original|regular|usual|old))"
)
DIFFERS = re.compile(
    r"\b(?:undercut|cheaper|dearer|differ|pricier|beat|lower|higher|less|more expensive)\w*\b[^.;]{0,50}\bby\W{0,3}$|"
    r"\b(?:difference|gap|differ\w*)(?: (?:exactly|about|just|only|"
    r"nearly|roughly|is|of|between|by|in price))*\W{0,3}$|\b(?:cheaper|dearer|"
    r"more expensive|pricier|less|more|lower|higher) by\W{0,3}$"
)
AFTER_DIFFERS = re.compile(
    r"\s?(?:less\b|cheaper|lower|more\b(?! ratings)|dearer|extra\b|pricier|higher|apart|difference|gap|"
    r"above\b|below\b|under\b|over\b)"
)
AGE = (
    re.compile(rf"{FREE}(?P<n>{N})\+?\s?(?:years?\s)?(?:or|and) (?:older|upwards?|up|above|over)\b"),
    re.compile(rf"\b(?:aged?|ages)\s(?:from\s)?(?P<n>{N})"),
)
"""From what age something is."""
YEAR = re.compile(r"(?:19|20)\d\d")
EACH = re.compile(rf"\s?(?:per|an?|for (?:each|every)|each|every|/)\s?(?P<n>{FIGURE})?\s?(?P<unit>[^\W\d_]+)")
"""What a price is for: "per kilo"."""
UP_TO = re.compile(r"\b(?:up to|within|as (?:much|many|long|far) as|maximum(?: of)?|max)\W{0,2}(?:the |a )?$")
WHAT = re.compile(r"[\s-]([^\W\d_]{2,}(?:[\s-][^\W\d_]{2,}){0,2})")
LABEL = re.compile(r"(?<![\w-])([^\W\d_]{3,})(?:\s(?:version|number))?(?:\s(?:is|of))?[\s:-]{1,2}$")
SOME = re.compile(rf"(?<![\w.,/#-])(?P<n>{SPELT})(?=[\s-][^\W\d_]{{3,}})")
LEAD = (
    re.compile(
        rf"{FREE}(?:(?P<n>(?:\d\.\d)(?=\s)|{N}(?=\s?(?:point|star|of a))))\s?(?:points?|stars?|of a (?:point|star))?\s"
        r"(?:higher|lower|better|worse|ahead|behind|above|below|more)(?!\s?(?:rat|review))"
    ),
    re.compile(
        rf"\b(?:leads?|ahead|higher|lower|better|beats?)\b[^.;\d]{{0,30}}\bby\s(?P<n>{N})\s?(?:points?|stars?|of a)"
    ),
)
"""By how much one rating is above another."""
TO = re.compile(r"\s?(?:-|–|—|~|to|and|up to|through)\s?")
NEGATOR = re.compile(
    r"(?:\b(?:not|no|never|without|neither|nor|cannot|lacks?|lacking|none|nothing|nobody|excluding|except)\b|n[’']t\b)"
    r"(?!\W{0,2}(?:only|brand|just|more than|less than|over|above|under|below|later|matter|exceed\w*|"
    r"doubt|higher|lower|all|quite)\b)"
)
BREAK = re.compile(
    r"[;:.!?—]|,|\b(?:but|though|although|however|yet|while|whereas|so it|because|since|only|"
    r"and (?:it|the|is|are|was|has|have|gives?|costs?|comes?|can|does|offers?|includes?|weighs|works|sells|holds))\b"
)
COLOUR_FRAME = re.compile(
    r"\b(?:colou?rs?|shades?|comes? in|available in|listed in|offered in|sold in|choose|choice of|"
    r"finish|options?|in)\b[^.;]{0,60}$"
)
ONLY = re.compile(r"\b(?:only|just|solely|exclusively)\b[^.;]{0,24}$")
SIZED = re.compile(
    r"\b(?:sizes?|sized)\b\W{0,3}(?:(?:is|are|of|from|the|in|available|include|includes|eu|uk|us|range|"
    r"run|go)\W{1,3}){0,3}"
)
SIZE_TOKEN = re.compile(
    r"(?:(?:eu|uk|us)\s?)?(?P<s>\d{1,3}(?:\.5)?|[2-9]?x{0,5}[sl]|m|free)(?![\w.]|\s?(?:inch|cm|mm|ml|gb|%|/))"
)
SIZE_JOIN = re.compile(r"\s?(?:,|/|and|or|to|–|-|&|through|,\s?and|,\s?or)\s?")
BARE_SIZE = re.compile(r"(?<![\w-])(?:x{1,5}[sl]|[2-9]xl)(?![\w-])")
PREFIXED = re.compile(r"(?<!\w)(?:eu|uk)\s?(?P<s>\d{2}(?:\.5)?)(?![\w.])")
RUN = re.compile(r"(?<![\w])(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*(?!\w)")
NUMBER = re.compile(rf"(?<![\w.,/]){FIGURE}(?![\w]|[.,]\d)|(?<![\w.,]){FIGURE}(?=[-–\s]?[^\W\d_])")
NOT_CODES = re.compile(r"\d+(?:st|nd|rd|th|s|x)|\d+-in-\d+|\d+-[a-z]+(?:-[a-z]+)*|[a-z]+-\d{1,2}")
