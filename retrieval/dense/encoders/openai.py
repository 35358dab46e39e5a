"""An encoder that asks an OpenAI-compatible server for its vectors."""

from __future__ import annotations

import json
import logging
import math
import random
import string
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from retrieval.errors import ModelUnavailable
from retrieval.protocols import FloatArray

PREFIX = "openai:"
DEFAULT_URL = "https://api.openai.com/v1"
# No token of a byte-level vocabulary is shorter than a byte, so that text of so many bytes has at most as many tokens.
WINDOW_BYTES = 8191
REQUEST_BYTES = 250_000
REQUEST_TEXTS = 2048
ATTEMPTS, QUERY_ATTEMPTS = 7, 2
TIMEOUT_S, QUERY_TIMEOUT_S = 120.0, 10.0
FIRST_WAIT_S, LONGEST_WAIT_S, LONGEST_QUERY_WAIT_S = 0.5, 60.0, 1.0
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_LETTERS = string.ascii_letters.encode()
_ASCII = bytes(range(128))
_log = logging.getLogger(__name__)


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has, rather too many than too few.

    Counted are 3 letters, 2 digits or 1 sign of ASCII a token, and 3 bytes of other scripts as 2 tokens: English has
    about four letters a token, a Bangla letter has three bytes and up to two tokens.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    letters = len(encoded) - len(encoded.translate(None, _LETTERS))
    digits = len(encoded) - len(encoded.translate(None, b"0123456789"))
    others = len(encoded.translate(None, _ASCII))
    signs = len(encoded) - letters - digits - others - encoded.count(b" ") - encoded.count(b"\n")
    return math.ceil(letters / 3 + digits / 2 + signs + 2 * others / 3)


def server_of(base_url: str) -> str:
    """Return host, port and path of an address: what tells servers apart, without names and passwords in it."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{host}{port}{parts.path.rstrip('/')}"


class OpenAIEncoder:
    """Vectors of one model of one server. Loading asks nothing; `dimension` and `encode` do.

    Every failure is a ModelUnavailable that names model and server, and never the key.
    """

    window = WINDOW_BYTES

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None,
        base_url: str | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Make a client; raise ModelUnavailable where key, address or the package `openai` is missing."""
        url = base_url or DEFAULT_URL
        self._model, self._key, self._sleep = model, api_key or "", sleep
        self._server = server_of(url)
        self.id = f"{PREFIX}{model}@{self._server}"
        why = unusable(model, api_key, base_url)
        if why:
            raise ModelUnavailable(f"the encoder {PREFIX}{model} cannot be used: {why}")
        try:
            import openai
        except ImportError as error:
            raise ModelUnavailable(
                f"the encoder {PREFIX}{model} needs a missing package ({error}); run: pip install openai"
            ) from error
        # A local server wants no key, but the client wants to send one. Waiting is done here, where it is bounded.
        self._client = openai.OpenAI(api_key=api_key or "none", base_url=url, max_retries=0)
        self._openai = openai
        self._lock = threading.Lock()
        self._dimension = 0

    @property
    def dimension(self) -> int:
        """Return the length of the model's vectors; the first time the server is asked."""
        if not self._dimension:
            self._ask(["dimension"], query=False)
        return self._dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one L2-normalised float32 row a text, shape (len(texts), dimension); too long a text is cut.

        A failing server is asked again, for passages for some minutes, for a query for a second.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = [self._ask(batch, query=query) for batch in _batches([_cut(text) for text in texts])]
        return np.concatenate(rows)

    def count_tokens(self, text: str) -> int:
        """Return the most tokens that a text can have: its bytes in UTF-8."""
        return len(text.encode("utf-8", "surrogatepass"))

    def _ask(self, texts: Sequence[str], *, query: bool) -> FloatArray:
        answer = self._request(texts, query)
        rows = self._rows(answer, len(texts))
        with self._lock:
            if self._dimension and rows.shape[1] != self._dimension:
                raise self._broken(f"vectors of {rows.shape[1]} numbers, after {self._dimension} before")
            self._dimension = rows.shape[1]
        return rows

    def _request(self, texts: Sequence[str], query: bool) -> str:
        attempts = QUERY_ATTEMPTS if query else ATTEMPTS
        longest = LONGEST_QUERY_WAIT_S if query else LONGEST_WAIT_S
        for attempt in range(1, attempts + 1):
            try:
                response = self._client.embeddings.with_raw_response.create(
                    model=self._model,
                    input=list(texts),
                    encoding_format="float",
                    timeout=QUERY_TIMEOUT_S if query else TIMEOUT_S,
                )
                return str(response.http_response.text)
            except self._openai.APIStatusError as error:
                told = retry_after(error.response.headers)
                final = error.status_code not in _AGAIN or error.code == "insufficient_quota"
                said = f"it answered {error.status_code}: {self._clean(_message(error.body) or error.message)}"
            except self._openai.APITimeoutError:
                told, final, said = None, False, "it did not answer in time"
            except self._openai.APIConnectionError as error:
                told, final = None, False
                said = f"no connection: {self._clean(str(error.__cause__ or error))}"
            except self._openai.OpenAIError as error:
                told, final, said = None, True, self._clean(str(error))
            if final or attempt == attempts or (told or 0.0) > longest:
                wait = f" It asks to wait {told:.0f} s." if told and told > longest else ""
                tries = f" after {attempt} attempts" if attempt > 1 else ""
                raise ModelUnavailable(
                    f"the server {self._server} gave no vectors of {self._model}{tries}; {said}.{wait} Check "
                    "OPENAI_API_KEY, OPENAI_BASE_URL and the model's name, or try again later: what was embedded is "
                    "kept."
                )
            # Spread, so that several builders that were turned away together do not come back together.
            waiting = told if told is not None else min(longest, FIRST_WAIT_S * 2 ** (attempt - 1))
            waiting = waiting if told is not None else waiting * random.uniform(0.75, 1.25)
            _log.info("asking %s again in %.1f s (%s)", self._server, waiting, said)
            self._sleep(waiting)
        raise AssertionError("unreachable")

    def _rows(self, answer: str, count: int) -> FloatArray:
        try:
            data = json.loads(answer)["data"]
            given = [row.get("index", place) for place, row in enumerate(data)]
            vectors = [row["embedding"] for row in data]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            shown = self._clean(answer[:120])
            raise self._broken(f"an answer that is no list of embeddings ({shown!r})") from error
        if len(data) != count:
            raise self._broken(f"{len(data)} vectors for {count} texts")
        if sorted(given, key=str) != sorted(range(count), key=str):
            raise self._broken(f"vectors numbered {given[:8]} for {count} texts")
        try:
            rows = np.array([vectors[place] for place in np.argsort(given)], dtype=np.float64)
        except (ValueError, TypeError) as error:
            raise self._broken("vectors that are no lists of numbers of one length") from error
        if rows.ndim != 2 or not rows.shape[1] or not np.isfinite(rows).all():
            raise self._broken(f"vectors of shape {rows.shape} that are not all finite numbers")
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not lengths.all():
            raise self._broken("a vector of length 0")
        return np.asarray(rows / lengths, dtype=np.float32)

    def _broken(self, what: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"the server {self._server} gave {what}; it does not speak the embeddings protocol for {self._model}. "
            "Check OPENAI_BASE_URL and the model's name."
        )

    def _clean(self, text: str) -> str:
        """Return a server's words on one line, the key blotted out: some servers quote it back."""
        if self._key:
            text = text.replace(self._key, "***")
        return " ".join(text.split())[:300]


def unusable(model: str, api_key: str | None, base_url: str | None) -> str | None:
    """Return why an OpenAI-compatible model cannot be asked, None where it can."""
    if not model.strip():
        return f"no model is named; write e.g. EMBEDDER={PREFIX}text-embedding-3-small"
    if base_url and urlsplit(base_url).scheme not in ("http", "https"):
        return "OPENAI_BASE_URL is no http or https address"
    if not api_key and not base_url:
        return "OPENAI_API_KEY is not set (and no OPENAI_BASE_URL of a server that needs none)"
    return None


def _cut(text: str) -> str:
    """Return a text within the window; an empty one, which servers refuse, as a space."""
    encoded = text.encode("utf-8", "replace")
    return encoded[:WINDOW_BYTES].decode("utf-8", "ignore") or " "


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode())
        if batch and (len(batch) == REQUEST_TEXTS or size + length > REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    yield batch


def _message(body: Any) -> str:
    found = body.get("message") if isinstance(body, Mapping) else None
    return found if isinstance(found, str) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait, None where it says nothing that can be read.

    Retry-After is seconds or an HTTP date (RFC 9110, section 10.2.3); `retry-after-ms` is milliseconds.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        written = headers.get(name, "").strip()
        if not written:
            continue
        try:
            seconds = float(written) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(written).timestamp() - time.time()
            except (ValueError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None
