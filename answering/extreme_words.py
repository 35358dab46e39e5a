"""The words that ask for the most or the least of a field."""

from __future__ import annotations

import re

BEGINS, ENDS = r"(?<![\w'’-])", r"(?![\w'’-])"
"""Where a word begins and ends."""
_BIG = r"(?:most|highest|largest|biggest|greatest|top|maximum|max)"
_SMALL = r"(?:least|lowest|smallest|fewest|minimum|min)"
OPINIONS = r"(?:ratings?|reviews?|votes|customer ratings|customer reviews)"
_MOST_OF = r"(?:(?:highest|largest|greatest|biggest|max(?:imum)?|most) number of|most|highest)"
_MOST_NUMBER = r"(?:highest|largest|greatest|biggest|max(?:imum)?|most) number of"
_LEAST_OF = r"(?:fewest|least|lowest number of|smallest number of|least number of|min(?:imum)? number of)"
EXTREMES: tuple[tuple[re.Pattern[str], str, bool], ...] = tuple(
    (
        re.compile(
            rf"{BEGINS}(?:the )?(?:(?:with|has|have|having|at|for|got|offers?|offering) (?:the |"
            rf"a )?)?(?:{pattern}){ENDS}",
            re.I,
        ),
        name,
        most,
    )
    for pattern, name, most in (
        (
            rf"{_BIG} (?:price )?(?:discounts?|reductions?|price cuts?|savings?|percentage off|percent off|"
            rf"markdowns?)(?: percentage)?",
            "discount",
            True,
        ),
        (
            r"(?:most|deepest|best|heaviest|highest|biggest|top)[- ](?:heavily )?(?:discount(?:ed|s)?|reduced|"
            r"marked down)|"
            r"discounted (?:the )?(?:most|deepest)",
            "discount",
            True,
        ),
        (rf"{_SMALL} discounts?|least discounted", "discount", False),
        (
            rf"{_MOST_NUMBER} {OPINIONS}|(?:max(?:imum)?|largest|greatest|biggest) (?:customer |user )?"
            rf"(?:reviews|votes)|most (?:customer |user )?(?:ratings|reviews|votes)|most[- ](?:often |"
            rf"frequently |widely )?(?:rated|reviewed)|(?:rated|"
            rf"reviewed) (?:the most|most often|by the most (?:people|customers|shoppers|buyers))|"
            rf"most people (?:have )?rated",
            "rating_count",
            True,
        ),
        (
            rf"{_LEAST_OF} {OPINIONS}|least[- ](?:often |frequently )?(?:reviewed|rated by people)",
            "rating_count",
            False,
        ),
        (
            rf"(?:best|top|highest|most|hottest)[- ]?(?:selling|sold|sellers?|sales|sell)|bestsell(?:ing|ers?)|"
            rf"most (?:units|pieces|items|copies) sold|{_MOST_OF} (?:sales|sold|units sold|orders)|"
            r"sold (?:the )?most(?: often)?|sells (?:the )?(?:most|best)|(?:most[- ]popular|most[- ]bought|"
            r"most[- ]purchased|most[- ]ordered)",
            "sales",
            True,
        ),
        (
            rf"(?:worst|least|lowest|slowest)[- ]?(?:selling|sold)|{_LEAST_OF} (?:sales|sold)|least[- ]popular|"
            rf"sold (?:the )?least",
            "sales",
            False,
        ),
        (
            r"(?:rock[- ]bottom |very )?cheapest(?: priced?)?|lowest[- ](?:priced?|cost|costing)|least[- "
            r"](?:expensive|costly|pricey)|"
            r"most (?:affordable|inexpensive|economical|budget[- ]friendly)|"
            r"costs? (?:the )?least|pay (?:at )?(?:the )?least|prices? starts?|least (?:i|we|you) (?:can|could|"
            r"must|have to|"
            r"need to) (?:pay|spend)|(?:smallest|minimum|lowest|least) (?:prices?|costs?|amounts?)(?: tag)?|"
            r"least (?:money|amount)|priced (?:the )?lowest|lowest in price|cheapest in price",
            "price",
            False,
        ),
        (
            r"(?:most expensive|priciest|dearest|costliest|most costly|most pricey|highest[- ](?:priced?|cost|"
            r"costing)|costs? (?:the )?most|"
            r"(?:largest|maximum|biggest|greatest|top|highest) (?:prices?|costs?)(?: tag)?|most premium|"
            r"priced (?:the )?highest|"
            r"highest in price|least affordable|least cheap)",
            "price",
            True,
        ),
        (
            r"(?:best|top|highest|most highly|most positively|most favou?rably)[- ](?:customer[- ]|user[- ]|"
            r"average[- ])?(?:rated|reviewed|scored|scoring)|(?:best|highest|top|greatest|maximum) (?:customer |"
            r"user |average |star |review )*(?:ratings?|reviews|scores?|stars)|"
            r"(?:rated|reviewed|scored) (?:the )?(?:best|highest|top)|most stars|(?:tops?|leads?) the ratings|"
            r"most (?:highly )?recommended|"
            r"most loved|most liked|scores? (?:the )?(?:best|highest)",
            "rating",
            True,
        ),
        (
            r"(?:worst|lowest|poorest|least|most poorly)[- ](?:customer[- ])?(?:rated|reviewed|scored|scoring)|"
            r"(?:worst|lowest|poorest|minimum|smallest) (?:customer |user |average |star |review )*(?:ratings?|"
            r"reviews|scores?)|"
            r"(?:rated|reviewed) (?:the )?(?:worst|lowest)|fewest stars|least stars",
            "rating",
            False,
        ),
    )
)
"""Pattern, field of Product, whether the most of it is asked for; the first that fits counts."""
