# ruff: noqa: E501
"""Answers about all the invented shops' products once more, in wordings that the checker had not read before."""

from __future__ import annotations

from answering.records import Evidence
from tests.answering.prose_bazaar import AUDIO as A
from tests.answering.prose_bazaar import BOUTIQUE as C
from tests.answering.prose_bazaar import FURNITURE as F
from tests.answering.prose_bazaar import GROCERY_SHOP as B
from tests.answering.prose_bazaar import INDIAN as D
from tests.answering.prose_bazaar import MIXED as M

ELEVENTH: tuple[tuple[Evidence, str, bool], ...] = (
    (
        A,
        "Of the two, the Bumbox is the budget option at ₹1,299, while the Sonavo costs nearly twice as much [2][1].",
        True,
    ),
    (
        A,
        "The Sonavo earbuds stand out for their ANC (up to 32 dB) and long battery life of 30 hours in total [1].",
        True,
    ),
    (
        A,
        "The Sonavo earbuds stand out for their ANC (up to 32 dB) and long battery life of 40 hours in total [1].",
        False,
    ),
    (A, "Neither product exceeds ₹2,500 [1][2].", True),
    (A, "Neither product exceeds ₹2,000 [1][2].", False),
    (
        A,
        "The speaker plays for eight hours at half volume, has an AUX input, and costs ₹300 less than before [2].",
        True,
    ),
    (A, "The speaker plays for twelve hours at half volume and has an AUX input [2].", False),
    (A, "The speaker has Bluetooth 5.3 and an AUX input [2].", False),
    (A, "Their Bluetooth version is 5.3, with a 10-metre range [1].", True),
    (A, "Their Bluetooth version is 5.0, with a 10-metre range [1].", False),
    (
        B,
        "Our top pick among the groceries is the mustard oil: 9,870 sold and 4.8 stars from over a thousand reviewers [2].",
        True,
    ),
    (
        B,
        "Our top pick among the groceries is the mustard oil: 9,870 sold and 4.8 stars from over two thousand reviewers [2].",
        False,
    ),
    (B, "The rice is an aromatic short-grain variety; soak it for 20 mins first [1].", True),
    (B, "The rice is an aromatic long-grain variety; soak it for 20 mins first [1].", False),
    (B, "The honey was harvested by mawalis in April and may crystallise [4].", True),
    (B, "The honey was harvested by mawalis in June and may crystallise [4].", False),
    (B, "Each tea bag contains 1.5 grams, which makes 75 grams in all [3].", True),
    (B, "Each tea bag contains 2.5 grams, which makes 75 grams in all [3].", False),
    (F, "If space is limited, note that the sofa is 198 cm long; the desk takes up only 120 by 60 cm [1][2].", True),
    (F, "If space is limited, note that the sofa is 218 cm long; the desk takes up only 120 by 60 cm [1][2].", False),
    (F, "The desk is offered in walnut and white, and sells for Tk. 8,900 through Kaj Workshop [2].", True),
    (F, "The desk is offered in oak and white, and sells for Tk. 8,900 through Kaj Workshop [2].", False),
    (F, "The mora stool costs a mere 650 taka [3].", True),
    (F, "The mora stool costs a mere 560 taka [3].", False),
    (C, "The kurti, priced at $24, has earned 4.7 stars across 356 reviews and has sold 1,120 pieces [3].", True),
    (C, "The kurti, priced at $24, has earned 4.7 stars across 365 reviews and has sold 1,120 pieces [3].", False),
    (C, "Four pockets, a removable hood, and a water-repellent shell make the jacket practical [4].", True),
    (C, "Six pockets, a removable hood, and a water-repellent shell make the jacket practical [4].", False),
    (C, "The jacket is fully waterproof [4].", False),
    (C, "Only the jacket is available in 2XL [4].", True),
    (M, "The smartwatch has dropped from ৳4,200 to ৳3,150, so you'd pay a quarter less than before [1].", True),
    (M, "The pan weighs 850 grams and has a granite coating [4].", True),
    (M, "The pan weighs 580 grams and has a granite coating [4].", False),
    (M, "The pan comes with a glass lid [4].", False),
    (M, "Anwar Mollik's novel runs to 192 pages [5].", True),
    (M, "Anwar Mollik's novel runs to 129 pages [5].", False),
    (M, "The fan is the priciest gift here, just short of ৳3,900 [2].", True),
    (M, "The watch is the priciest gift here [1].", False),
    (D, "For under ₹2,000, the Voltix is a dependable power bank with three outputs [2].", True),
    (D, "For under ₹1,500, the Voltix is a dependable power bank with three outputs [2].", False),
    (D, "With 8 GB of RAM and 128 GB of storage, the Zentra should handle daily use comfortably [1].", True),
    (D, "With 8 GB of RAM and 256 GB of RAM, the Bhuli should handle daily use comfortably [4].", False),
    (D, "The phone is the only one of the four above ₹10,000 [1].", True),
    (D, "The dog food is chicken-flavoured and made for adult dogs [4].", True),
    (D, "The dog food is fish-flavoured and made for adult dogs [4].", False),
)
