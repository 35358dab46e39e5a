from __future__ import annotations

import pytest

from retrieval.errors import TrainingError
from retrieval.records import Product
from training.mentions import Mentions

LAMP = Product(
    "lamp", "Tall oak lamps for women", brand="Lumo", colors=("Red",), sizes=("XL",), description="With cable."
)
BARE = Product("bare", "Tall oak shelf", description="Daily use.")
OTHERS = [
    # `warranty` stands in descriptions alone; `walnut` and `cable` in two products each, so that they tell something.
    *(Product(f"o{n}", f"kettle {n}", description="warranty of a year") for n in range(5)),
    Product("w1", "walnut desk lamp", description="warranty"),
    Product("w2", "walnut chair cable"),
    Product("w3", "linen scarf x200 oak for men"),
    Product("w4", "linen shawl x200 for men"),
]
MENTIONS = Mentions([LAMP, BARE, *OTHERS])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("oak lamp", True),  # by stems, in any order
        ("lamp red lumo", True),  # colour and brand
        ("lamp cable", True),  # the description
        ("walnut lamp", False),
        ("beautiful lamp for daily use", True),  # vague words
        ("lamp warranty", True),  # what is said in descriptions alone
        ("lamp 2pcs", True),  # a count
        ("lamp 2pieces", True),
        ("oak lamp for men", False),
        ("oak lamp for girls", True),  # who wears it is called by many names
        ("tall oak walnut lamp", True),  # one of four may be missing
        ("tall oak x200 lamp", False),  # but no number
        ("tall walnut linen lamp", False),
        ("lamp size 42", False),
        ("zzyzx lamp", True),  # nobody says it
        ("for the", False),
    ],
)
def test_what_a_product_says(query, said):
    assert MENTIONS.all(query, "lamp") is said


def test_a_size_is_passed_over_where_none_is_stated():
    assert MENTIONS.all("shelf size 42", "bare")


def test_another_wording_of_a_term_counts():
    wordings = (("light", ("lamp", "lantern")), ("walnut", ("wallnut",)))
    assert not MENTIONS.all("walnut lamp", "lamp", wordings)
    assert MENTIONS.all("walnut lamp", "lamp", (("walnut wood", ("oak",)),))


def test_an_unknown_product_is_refused():
    with pytest.raises(TrainingError, match="'c' is not among the 11 products"):
        MENTIONS.all("lamp", "c")
