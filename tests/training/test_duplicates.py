from __future__ import annotations

import pytest
from hypothesis import given, settings

from retrieval.errors import TrainingError
from retrieval.records import Product
from tests.training.shop import shops
from tests.training.test_negatives import alike
from training.duplicates import Duplicates

BODY = "this tall oak lamp stands beside your bed and gives a warm light for the whole night"


@given(shops())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_near_is_symmetric_and_finds_all_that_a_reader_finds(shop):
    products, _ = shop
    duplicates = Duplicates(products)
    for one in products:
        for other in products:
            near = duplicates.near(one.product_id, other.product_id)
            assert near == duplicates.near(other.product_id, one.product_id)
            if one is other or alike(one, other):
                assert near


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (("Oak Lamp!", ""), ("oak   lamp", ""), True),
        # Four words of five, 4/5 = 0.8; and 4/6.
        (("tall oak lamp red", ""), ("tall oak lamp red big", ""), True),
        (("tall oak lamp red", ""), ("tall oak lamp red big new", ""), False),
        # Cut at spaces these have 3 of 5 words in common, cut at the hyphen all.
        (("oak-wood lamp 2 arm", ""), ("oak wood lamp 2 arm", ""), True),
        (("lamp", BODY), ("kettle", BODY), True),
        (("lamp", BODY), ("kettle", BODY.replace("oak", "steel")), False),
        # Too short a description to tell anything.
        (("lamp", "colour as shown in picture"), ("kettle", "colour as shown in picture"), False),
    ],
)
def test_what_is_near(one, other, near):
    products = [Product("a", one[0], description=one[1]), Product("b", other[0], description=other[1])]
    assert Duplicates(products).near("a", "b") is near


def test_passages_are_the_same_by_words_or_by_shingles():
    duplicates = Duplicates([])
    words = BODY.split()
    assert duplicates.same_passage(f"lamp\n{BODY}", f"lamp\n{BODY.upper()}!")
    # The same words in another order: no shingle of three is the same.
    assert duplicates.same_passage(" ".join(words), " ".join(sorted(words)))
    assert not duplicates.same_passage(" ".join(words), " ".join((*words, "and", "so", "it", "goes", "on", "till")))
    assert not duplicates.same_passage("red oak lamp", "red oak lamp")  # a title alone is told by its own rule


def test_another_brand_makes_no_other_product_and_an_unknown_one_is_refused():
    duplicates = Duplicates([Product("a", "Oak lamp", brand="Lumo"), Product("b", "Oak lamp", brand="Glim")])
    assert duplicates.near("a", "b")
    with pytest.raises(TrainingError, match="'c' is not among the 2 products"):
        duplicates.near("a", "c")
