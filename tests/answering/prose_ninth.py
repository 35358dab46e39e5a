# ruff: noqa: E501
"""Answers about products of the sample catalogue, written by hand before the checker had read any of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from answering.records import Card, Evidence, Question
from retrieval.catalogue import parse_file

_IDS = ("312054", "684603", "379570", "464602", "525524")


@lru_cache(maxsize=1)
def _evidence() -> Evidence:
    """Return a wireless microphone, a gaming laptop, a T-shirt, a tripod and a calculator, in this order."""
    known = {p.product_id: p for p in parse_file(Path(__file__).parents[2] / "samples" / "catalogue.md").products}
    products = tuple(known[one] for one in _IDS)
    return Evidence(
        Question("what would help a student who films lectures?", "film lectures"),
        tuple(Card(n, product) for n, product in enumerate(products, 1)),
        considered=products,
        matching=5,
    )


S = _evidence()

NINTH: tuple[tuple[Evidence, str, bool], ...] = (
    (
        S,
        "For recording lectures, the Tarbihin wireless microphone is a strong choice: it comes with two mics, costs ৳2,250, and has a perfect 5.0 rating from 53 customers [1].",
        True,
    ),
    (
        S,
        "For recording lectures, the Tarbihin wireless microphone is a strong choice: it comes with three mics, costs ৳2,250, and has a perfect 5.0 rating from 53 customers [1].",
        False,
    ),
    (
        S,
        "For recording lectures, the Tarbihin wireless microphone is a strong choice: it comes with two mics, costs ৳2,250, and has a perfect 5.0 rating from 35 customers [1].",
        False,
    ),
    (S, "Its receiver plugs into a 3.5 mm jack [1].", True),
    (S, "Its receiver plugs into a USB-C port [1].", False),
    (S, "A furry windshield is included for outdoor use [1].", True),
    (S, "The mic clips onto a collar and is black [1].", True),
    (S, "The mic clips onto a collar and is white [1].", False),
    (
        S,
        "The Batiq laptop packs 32GB of memory, a 12GB graphics card and a 240Hz display measuring 15.6 inches [2].",
        True,
    ),
    (
        S,
        "The Batiq laptop packs 16GB of memory, a 12GB graphics card and a 240Hz display measuring 15.6 inches [2].",
        False,
    ),
    (
        S,
        "The Batiq laptop packs 32GB of memory, a 12GB graphics card and a 144Hz display measuring 15.6 inches [2].",
        False,
    ),
    (S, "It is by far the most expensive of the five at ৳172,500, and nobody has rated it yet [2].", True),
    (S, "It is by far the most expensive of the five at ৳127,500, and nobody has rated it yet [2].", False),
    (S, "751 units have been sold, and it carries a two-year warranty [2].", True),
    (S, "751 units have been sold, and it carries a three-year warranty [2].", False),
    (S, "Four heat pipes keep the laptop cool [2].", True),
    (S, "Six heat pipes keep the laptop cool [2].", False),
    (S, "You can get the laptop in black or grey; the model number is TG-458 [2].", True),
    (S, "You can get the laptop in black or grey; the model number is TG-485 [2].", False),
    (S, "It ships with Windows 11 preinstalled [2].", False),
    (S, "No price has been announced for the Tong Cotton tee yet [3].", True),
    (S, "The Tong Cotton tee costs ৳450 [3].", False),
    (S, "The tee is a heavy 240 GSM cotton with an oversized fit and a print on the back [3].", True),
    (S, "The tee is a heavy 180 GSM cotton with an oversized fit and a print on the back [3].", False),
    (S, "The tee is a heavy 240 GSM cotton with a slim fit and a print on the back [3].", False),
    (S, "In size L, the chest is 46 inches, and the length is 29 inches [3].", True),
    (S, "In size L, the chest is 44 inches, and the length is 29 inches [3].", False),
    (S, "It comes in off-white only, and 434 have been sold [3].", True),
    (S, "It comes in navy only, and 434 have been sold [3].", False),
    (S, "The tripod extends to 70 cm, includes a remote, and has rubber feet [4].", True),
    (S, "The tripod extends to 170 cm, includes a remote, and has rubber feet [4].", False),
    (S, "The tripod extends to 70 cm, includes a ring light, and has rubber feet [4].", False),
    (S, "Nearly two thousand people have reviewed the tripod, which averages 4.1 stars [4].", True),
    (S, "Nearly three thousand people have reviewed the tripod, which averages 4.1 stars [4].", False),
    (S, "Despite 1,951 reviews, only 9 units show as sold [4].", True),
    (S, "At Tk 440, the tripod is the cheapest item with a listed price [4].", True),
    (S, "At Tk 1,149, the calculator is the cheapest item with a listed price [5].", False),
    (S, "The CA-965 calculator has 240 functions, runs on battery and comes with a one-year warranty [5].", True),
    (S, "The CA-956 calculator has 240 functions, runs on battery and comes with a one-year warranty [5].", False),
    (S, "The CA-965 calculator has 420 functions, runs on battery and comes with a one-year warranty [5].", False),
    (S, "The CA-965 calculator has 240 functions, runs on solar power and comes with a one-year warranty [5].", False),
    (S, "The calculator (pink, ৳1,149) scores 4.2 from 50 ratings, a shade above the tripod's 4.1 [5][4].", True),
    (S, "The calculator (pink, ৳1,149) scores 4.0 from 50 ratings, a shade below the tripod's 4.1 [5][4].", False),
    (S, "Together, the microphone and the tripod cost ৳2,690 [1][4].", True),
    (S, "Together, the microphone and the tripod cost ৳2,960 [1][4].", False),
    (S, "The microphone is more than five times the price of the tripod [1][4].", True),
    (S, "Casio makes this calculator [5].", False),
    (S, "I'd start with the microphone [1] and add the tripod [4]; the laptop [2] is overkill for this.", True),
    (
        S,
        "If you only need steady footage, the tripod will do the job for ৳440 [4], but for clear sound you'd want the mic at ৳2,250 [1].",
        True,
    ),
    (
        S,
        "If you only need steady footage, the tripod will do the job for ৳440 [1], but for clear sound you'd want the mic at ৳2,250 [4].",
        False,
    ),
    (S, "The catalogue doesn't say how much RAM the laptop has [2].", False),
    (S, "The catalogue doesn't say which processor the laptop has [2].", True),
    (S, "Is there anything else you'd like to know about these?", True),
    (
        S,
        "| # | Product | Price | Rating |\n|---|---|---|---|\n| 1 | Tarbihin Wireless Microphone [1] | ৳2,250 | 5.0 (53) |\n| 2 | Mobile Tripod [4] | ৳440 | 4.1 (1,951) |",
        True,
    ),
    (
        S,
        "| # | Product | Price | Rating |\n|---|---|---|---|\n| 1 | Tarbihin Wireless Microphone [1] | ৳2,250 | 5.0 (53) |\n| 2 | Mobile Tripod [4] | ৳440 | 4.1 (1,591) |",
        False,
    ),
    (S, "The laptop ships from Sylhet, the tripod from Chattogram [2][4].", True),
    (S, "The microphone is sold by Basement Electronics [1].", True),
    (S, "The microphone is sold by Chilekotha Press [1].", False),
    (S, "The tripod weighs 300 g [4].", False),
    (S, "The tripod is foldable and made of aluminium [4].", False),
)
