"""The client of an OpenAI-compatible server: whether there can be one, whether it stays on this machine, and itself."""

from __future__ import annotations

import base64
import importlib.util
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from retrieval.settings import Settings

CONNECTIONS = 100
"""Questions that can be asked at once."""
CONNECT_S = 5.0


def unusable(settings: Settings) -> str | None:
    """Return why no question can be asked with these settings, None where one can; asks nobody."""
    key = key_of(settings)
    if not key and not settings.openai_base_url:
        return "OPENAI_API_KEY is not set (and no OPENAI_BASE_URL of a server that needs none)"
    if not (key.isascii() and key.isprintable()) or " " in key:
        return "OPENAI_API_KEY holds characters that no key has; copy it again"
    if not settings.openai_model.strip():
        return "OPENAI_MODEL is empty; write e.g. OPENAI_MODEL=gpt-4o-mini"
    if settings.openai_base_url and not _is_address(settings.openai_base_url.strip()):
        return "OPENAI_BASE_URL is no http or https address, as in http://localhost:11434/v1"
    if importlib.util.find_spec("openai") is None:
        return "the package openai is missing; run: pip install openai"
    return None


def key_of(settings: Settings) -> str:
    """Return the key without the spaces and line ends that copying brings; "" where none is set."""
    return settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""


def is_local(url: str | None) -> bool:
    """Return whether an address is of this very machine: localhost, 127.0.0.0/8 or ::1; None is OpenAI's own."""
    try:
        host = (urlsplit(url or "").hostname or "").rstrip(".")
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_client(url: str, key: str, timeout_s: float) -> AsyncOpenAI:
    """Return a client that asks once and waits for no more than `timeout_s` between two bytes.

    Raises what `openai` and `httpx2` raise for certificates and proxies that cannot be used.
    """
    import httpx2
    import openai

    parts = urlsplit(url)
    timeout = openai.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
    return openai.AsyncOpenAI(
        # A local server wants no key, but the client wants to send one.
        api_key=key or "none",
        base_url=urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")),
        default_headers=_basic(parts.username, parts.password),
        default_query=dict(parse_qsl(parts.query)),
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAsyncHttpx2Client(
            timeout=timeout,
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            # A redirect or a proxy would take a question off this machine that was said to stay on it.
            follow_redirects=False,
            trust_env=not is_local(url),
            # The certificates that the environment names hold for this machine, too.
            verify=httpx2.create_ssl_context(),
        ),
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _basic(user: str | None, password: str | None) -> dict[str, str]:
    """Return the header of an address's user and password (RFC 7617); within the address they would be logged."""
    if not user and not password:
        return {}
    both = f"{unquote(user or '')}:{unquote(password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}
