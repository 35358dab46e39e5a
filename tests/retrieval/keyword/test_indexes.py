from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from bm25s.numba import retrieve_utils
from rank_bm25 import BM25Okapi

from retrieval import keyword
from retrieval.errors import SettingsError
from retrieval.keyword.fields import FIELDS
from retrieval.keyword.ngram_index import NgramIndex, grams
from retrieval.keyword.tokens import Tokenizer
from retrieval.records import Chunk, Product
from retrieval.settings import Settings

PRODUCTS = [
    Product("1", "Oak table lamp", category="lighting", brand="Lumo", description="A warm lamp for a desk."),
    Product("2", "Steel water bottle", category="kitchen", brand="No Brand", description="Keeps tea hot."),
    Product("3", "নীল শাড়ি", category="sarees", description="Blue cotton saree with a table-runner pattern."),
    Product("4", "Electric kettle 1.5 litre", category="kitchen", sku="EK-15L"),
]
SETTINGS = Settings(_env_file=None)


@pytest.fixture(params=sorted(keyword.BACKENDS))
def index(request: pytest.FixtureRequest, tmp_path: Path):
    built = keyword.build(request.param, PRODUCTS, SETTINGS)
    built.save(tmp_path)
    return keyword.load(request.param, tmp_path, SETTINGS)


def found(scores: np.ndarray) -> set[str]:
    return {PRODUCTS[i].product_id for i in np.flatnonzero(scores > -math.inf)}


def test_every_backend_finds_the_same_products(index):
    assert found(index.score("lamps")) == {"1"}
    assert found(index.score("table")) == {"1", "3"}
    assert found(index.score("the kitchen bottles")) == {"2", "4"}
    assert found(index.score("শাড়ি")) == {"3"}
    assert found(index.score("EK-15L")) == {"4"}
    assert found(index.score("zzz")) == set()
    assert found(index.score('"*()^: OR NEAR')) == set()


def test_no_brand_is_no_word(index):
    assert found(index.score("brand")) == set()


@pytest.mark.parametrize("backend", ["bm25s", "fts5"])
def test_a_word_in_the_title_outweighs_one_in_the_description(backend: str):
    scores = keyword.build(backend, PRODUCTS, SETTINGS).score("table")
    assert scores[0] > scores[2]


def test_saved_and_loaded_scores_are_equal(index, tmp_path: Path):
    fresh = keyword.build(index.name, PRODUCTS, SETTINGS)
    for query in ("oak table lamp", "kettle", ""):
        assert np.array_equal(fresh.score(query), index.score(query))


def test_compiled_and_uncompiled_scores_are_equal(tmp_path: Path):
    plain = keyword.build("bm25s", PRODUCTS, SETTINGS)
    compiled = keyword.build("bm25s", PRODUCTS, SETTINGS)
    compiled.warm_up()
    for query in ("oak table lamp", "hot kitchen tea", "শাড়ি"):
        assert compiled.score(query) == pytest.approx(plain.score(query))
        assert compiled.top(query, 3)[0].tolist() == plain.top(query, 3)[0].tolist()


def test_scoring_is_compiled_once_for_all_indexes_and_kept_for_the_next_process():
    first, second = (keyword.build("bm25s", PRODUCTS[:count], SETTINGS)._matrix for count in (3, 4))
    for matrix in (first, second):
        matrix.warm_up()
    scoring = first._retriever._compute_relevance_from_scores
    assert second._retriever._compute_relevance_from_scores is scoring
    for kernel in (scoring, retrieve_utils._retrieve_internal_jitted_serial):
        assert {*kernel.stats.cache_hits, *kernel.stats.cache_misses} == set(kernel.signatures) != set()
        assert list(Path(kernel.stats.cache_path).glob(f"*{kernel.py_func.__name__}*.nbi"))


def test_rank_bm25_is_the_library_itself():
    tokenizer = Tokenizer("unicode")
    corpus = [tokenizer("\n".join(read(p) for read in FIELDS.values())) for p in PRODUCTS]
    index = keyword.build("rank_bm25", PRODUCTS, SETTINGS)
    expected = BM25Okapi(corpus).get_scores(tokenizer("table lamp"))
    matched = [bool({"tabl", "lamp"} & set(document)) for document in corpus]
    assert index.score("table lamp")[matched] == pytest.approx(expected[matched], rel=1e-5)


def test_fts5_keeps_chunks_with_their_metadata():
    chunks = [Chunk("1#0", "1", "Oak table lamp", "warm light"), Chunk("2#0", "2", "Steel water bottle", "keeps tea")]
    index = keyword.build("fts5", PRODUCTS, SETTINGS, chunks)
    assert [row[:2] for row in index.best_chunks("warm", 5)] == [("1#0", "1")]
    assert index.best_chunks("", 5) == []


def test_grams_stand_between_borders():
    assert grams(["cup", "a"]) == ["<cu", "cup", "up>", "<a>"]


def test_trigrams_survive_misspelling():
    index = NgramIndex.build(PRODUCTS, SETTINGS)
    scores = index.score("elctric ketle")
    assert int(np.argmax(scores)) == 3
    assert found(index.score("elctric ketle")) == {"4"}
    assert found(index.score("qqqq")) == set()


def test_trigrams_keep_out_of_queries_whose_words_are_known():
    products = [Product(str(i), "Oak table lamp") for i in range(3)]
    index = NgramIndex.build(products, SETTINGS)
    assert not (index.score("table lamp") > -math.inf).any()
    assert (index.score("tabel lamp") > -math.inf).all()


def test_treebank_splits_contractions_and_drops_punctuation():
    assert Tokenizer("treebank")("Don't stop, lamps!") == ["do", "n't", "stop", "lamp"]


def test_function_words_stay_where_there_is_nothing_else():
    assert Tokenizer("unicode")("to be or") == ["to", "be", "or"]


def test_an_unknown_tokeniser_or_backend_is_named():
    with pytest.raises(SettingsError, match="TOKENIZER='x'"):
        Tokenizer("x")
    with pytest.raises(SettingsError, match="KEYWORD_BACKEND='x'"):
        keyword.build("x", PRODUCTS, SETTINGS)
