"""Keys and passwords, kept out of whatever people or files are shown."""

from __future__ import annotations

import base64
import logging
import re
import threading
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HIDDEN = "(hidden)"
CLIENT_LOGGERS = (
    "openai",
    "openai._base_client",
    "openai._response",
    "openai._legacy_response",
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
)
"""The loggers of the client and of what it is built on: they write addresses and the headers of answers."""
_SHORT = 8
_CREDENTIALS = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_KEYS = re.compile(r"\bsk-[\w*.-]{6,}")
_USERS = re.compile(r"(?<=://)[^/\s@]+@")


class Secrets:
    """What must not be shown; it shows itself as a count alone."""

    def __init__(self, values: Iterable[str]) -> None:
        """Keep the values that are not empty."""
        # The longest first, so that no secret is cut by another one that it begins with.
        self.values = tuple(sorted({value for value in values if value}, key=lambda value: (-len(value), value)))
        self._pattern = re.compile("|".join(map(_anywhere, self.values))) if self.values else None

    def __repr__(self) -> str:
        return f"Secrets({len(self.values)} kept)"

    def hide(self, text: str) -> str:
        """Return a text with the secrets replaced."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def clean(self, text: str, most: int = 300) -> str:
        """Return a stranger's words on one line, short, without the secrets or anything that looks like one."""
        text = _KEYS.sub(HIDDEN, _CREDENTIALS.sub(rf"\1 {HIDDEN}", self.hide(text)))
        return " ".join(_USERS.sub("", text).split())[:most]


class Screen:
    """Hides secrets in a text that comes in parts; it keeps back what may be the beginning of one.

    Halves of a surrogate pair that come apart are put together; one that stays alone becomes U+FFFD.
    """

    def __init__(self, secrets: Secrets) -> None:
        """Hide these, but for words of fewer than 8 characters, which local servers take for keys and answers use."""
        self._secrets = Secrets(value for value in secrets.values if len(value) >= _SHORT)
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can be shown by now."""
        text = self._secrets.hide(self._held + text)
        kept = max((_overlap(text, secret) for secret in self._secrets.values), default=0)
        kept = max(kept, int("\ud800" <= text[-1:] <= "\udbff"))
        shown, self._held = text[: len(text) - kept], text[len(text) - kept :]
        return _paired(shown)

    def flush(self) -> str:
        """Return the rest, at the end of the text; a secret that is cut short there is hidden like a whole one."""
        shown, self._held = self._secrets.hide(self._held), ""
        cut = max((_overlap(shown, secret) for secret in self._secrets.values), default=0)
        return _paired(shown[: len(shown) - cut] + HIDDEN if cut >= _SHORT else shown)


def secrets_of(key: str | None, base_url: str | None) -> Secrets:
    """Return what is secret of a key and an address: user, password and the values of its query, in every spelling."""
    found = [key or ""]
    try:
        parts = urlsplit(base_url or "")
    except ValueError:  # no address at all: none of it is shown
        return Secrets((*found, base_url or ""))
    user, password = parts.username or "", parts.password or ""
    if user or password:
        both = f"{unquote(user)}:{unquote(password)}"
        found += [password, base64.b64encode(both.encode()).decode()]
        # A name is no secret beside a password; alone it is a token.
        found += [] if password else [user]
    found += [value for _, value in parse_qsl(parts.query) if len(value) >= _SHORT]
    return Secrets(spelling for value in found for spelling in (value, unquote(value), quote(value, safe="")))


def keep_out_of_logs(secrets: Secrets) -> None:
    """Hide these secrets in everything that the client and its parts log, from now on."""
    with _lock:
        _filter.secrets = Secrets((*_filter.secrets.values, *secrets.values))
        for name in CLIENT_LOGGERS:
            logging.getLogger(name).addFilter(_filter)  # adds it once


class _LogFilter(logging.Filter):
    """Writes a record's message out, without the secrets."""

    secrets = Secrets(())

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        shown = _CREDENTIALS.sub(rf"\1 {HIDDEN}", self.secrets.hide(said))
        if shown != said:
            record.msg, record.args = shown, ()
        return True


_filter = _LogFilter()
_lock = threading.Lock()


def _anywhere(secret: str) -> str:
    # A short one, such as the word that a local server takes for a key, may stand within other words.
    return re.escape(secret) if len(secret) >= _SHORT else rf"(?<!\w){re.escape(secret)}(?!\w)"


def _overlap(text: str, secret: str) -> int:
    """Return how many characters at the end of a text begin a secret."""
    longest = min(len(secret), len(text))
    return next((length for length in range(longest, 0, -1) if text.endswith(secret[:length])), 0)


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
