"""One typed settings object, read from the environment and `.env`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import SettingsError


class Settings(BaseSettings):
    """Everything that can be configured; each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    index_dir: Path = Field(Path("index"), description="folder of the builds")
    data_dir: Path = Field(Path("data"), description="folder of everything that no rebuild may destroy")
    models_dir: Path = Field(Path("models"), description="folder of downloaded and fine-tuned models")
    sample_catalogue: Path = Field(Path("samples/catalogue.md"), description="catalogue that the first run indexes")

    keyword_backend: Literal["bm25s", "rank_bm25", "fts5"] = "bm25s"
    tokenizer: Literal["unicode", "treebank"] = "unicode"
    bm25_k1: float = Field(1.2, gt=0)
    bm25_b: float = Field(0.75, ge=0, le=1)
    bm25_title_weight: float = Field(4.0, ge=0)
    bm25_attribute_weight: float = Field(1.0, ge=0)
    bm25_pair_weight: float = Field(0.25, ge=0, description="of a word pair in the title, against a word")
    ngram_cutoff: float = Field(0.6, ge=0, description="trigram score to be found, against the query's summed idf")
    bm25_body_weight: float = Field(0.5, ge=0)

    embedder: str = Field("auto", description="folder or hub id on disk, `openai:<model>`, `none`, or `auto`")
    reranker: str = Field("auto", description="folder or hub id on disk, `none`, or `auto`")
    vector_index: Literal["auto", "flat", "ivf", "hnsw", "numpy"] = "auto"
    embed_batch_size: int = Field(64, ge=1)
    dense_cutoff: float = Field(0.25, ge=-1, le=1, description="cosine from which a product counts as matched")

    rrf_k: int = Field(60, ge=1)
    fusion_alpha: float = Field(0.5, ge=0, le=1, description="weight of BM25 in weighted fusion")
    rerank_depth: int = Field(50, ge=1, description="products")
    rerank_max_length: int = Field(320, ge=16, description="model tokens")
    rerank_batch_size: int = Field(32, ge=1)
    chunk_words: int = Field(160, ge=8)
    chunk_min_words: int = Field(40, ge=1)

    time_budget_ms: int = Field(
        4000, ge=0, description="milliseconds a search may take before a later stage is left out; 0 = no limit"
    )
    cache_ttl_s: int = Field(3600, ge=0, description="seconds a result is kept; 0 = no cache")
    cache_mb: int = Field(64, ge=1, description="mebibytes of kept results")
    keep_builds: int = Field(3, ge=1)
    query_log: bool = Field(True, description="on: searches are kept on this machine for the catalogue's reports")
    threads: int = Field(0, ge=0, description="threads of the encoder and reranker; 0 = as many as cores")
    max_upload_mb: int = Field(200, ge=1, description="mebibytes")

    answer_provider: Literal["auto", "extractive", "openai", "slm"] = "auto"
    answer_prompt: Literal["chat", "plain"] = "chat"
    answer_products: int = Field(6, ge=1, le=20, description="products that an answer may be made of")
    answer_tokens: int = Field(400, ge=16, description="model tokens that an answer may have")
    answer_seconds: float = Field(120.0, gt=0, description="seconds that a model may write")
    answer_temperature: float = Field(0.0, ge=0, le=2)
    answer_ttl_s: int = Field(3600, ge=0, description="seconds an answer is kept; 0 = none is")
    slm: str = Field("auto", description="folder or hub id on disk, `none`, or `auto`: models/slm")
    slm_quantize: Literal["auto", "nf4", "none"] = Field("auto", description="auto: nf4 where bitsandbytes is there")

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    embedding_price_per_million: float | None = Field(
        None, ge=0, description="price of a million tokens of the served encoder, in its provider's currency"
    )
    openai_model: str = "gpt-4o-mini"
    openai_timeout_s: float = Field(20.0, gt=0, description="seconds without a byte from the server")
    openai_retries: int = Field(2, ge=0, le=10)
    openai_input_price_per_million: float | None = Field(None, ge=0, description="price of a million prompt tokens")
    openai_output_price_per_million: float | None = Field(None, ge=0, description="price of a million answer tokens")
    hf_token: SecretStr | None = None


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Return the process's settings; raise SettingsError naming the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])).upper()}={e.get('input')!r}: {e['msg']}" for e in error.errors()]
        raise SettingsError(
            "cannot use the settings: " + "; ".join(lines) + ". See .env.example for what is allowed."
        ) from error
