"""Words of products that stand for one another, and those that a narrower one bears out."""

from __future__ import annotations

import re

_GROUPS = (
    "kettle jug",
    "shut cut switch",
    "auto automatic automatically",
    "rechargeable recharge charging",
    "guarantee warranty guaranteed",
    "cordless wireless",
    "handset phone smartphone mobile",
    "earphone headphone earbud headset neckband earphones headphones earbuds",
    "laptop notebook",
    "trainer sneaker shoe trainers sneakers shoes kicks",
    "men man mens gents male gentleman",
    "women woman womens ladies female lady",
    "kid child children kids baby toddler boy girl",
    "couch sofa",
    "input socket jack port",
    "desk table",
    "tv television",
    "fridge refrigerator",
    "plane aircraft airplane jet",
    "foldable folding fold folds collapsible",
    "lightweight light",
    "trouser pant trousers pants bottoms",
    "tee tshirt shirt",
    "bedsheet bedsheets sheet bedding",
    "quilt comforter",
    "memory ram",
    "storage rom ssd hdd",
    "screen display",
    "inches inch",
    "colour color shade",
    "stainless steel",
    "waterproof water-resistant",
    "camera cam",
    "remote rc controlled",
    "drone quadcopter",
    "cell battery",
    "print printed",
    "photo picture image",
    "movie film video",
    "washable wash",
    "adjustable adjust",
    "detachable removable remove",
    "sewn stitched stitching",
    "box package packet pack",
    "cotton cottony",
    "woollen wool",
    "wooden wood",
    "leathery leather",
    "metallic metal",
    "sleeve sleeved sleeves",
    "silent quiet noiseless",
    "swift fast quick",
    "durable lasting long-lasting",
)
# What stands in a record bears out a wider word, and not the other way round.
_WIDER = {
    "wireless": "bluetooth",
    "cordless": "bluetooth rechargeable",
    "rechargeable": "mah usb-c",
    "camera": "megapixel megapixels mp",
    "battery": "mah charge charging",
    "bluetooth": "bt",
    "oxygen": "spo2",
    "blood": "spo2",
    "iphone": "ios",
    "iphones": "ios",
    "ipad": "ios",
    "guarantee": "replacement",
    "guaranteed": "replacement warranty",
    "warranty": "replacement",
}
ENDINGS = ("able", "ible", "ness", "y", "en")
"""What makes of a thing what has it or can be done with it: "lockable" of a lock."""
SAID_AS = tuple(
    (re.compile(pattern), frozenset(words.split()))
    for pattern, words in (
        (r"\bcomes? off\b|\btake off\b", "detachable detaches removable"),
        (r"\b(?:switche?s?|turns?|shuts?|cuts?)[\s-](?:itself )?off\b", "automatic automatically auto shut cut"),
        (r"\bfolds? (?:flat|away|up|into)\b", "foldable folding collapsible"),
        (r"\bnot tested on animals\b", "cruelty"),
        (
            r"\bby hand\b|\bhand[\s-]?(?:made|woven|loom|crafted|sewn)\w*",
            "handmade handwoven handcrafted hand handloom",
        ),
        (r"\bsplash|\bsweat|\bip[x\d][4-9]\b", "splashproof sweatproof sweat splash splashes"),
        (r"\btakes a (?:nano |micro )?sim\b|\bsim\b", "sim"),
        (r"\bkey(?:ed)?\b|\block", "lockable locks"),
    )
)
"""What a record says in several words, and the one word for it."""
ALIKE: dict[str, tuple[str, ...]] = {word: tuple(narrower.split()) for word, narrower in _WIDER.items()}
for _group in _GROUPS:
    _members = _group.split()
    for _member in _members:
        ALIKE[_member] = (*ALIKE.get(_member, ()), *(other for other in _members if other != _member))
