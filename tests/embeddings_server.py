"""A real HTTP server on loopback that speaks the embeddings endpoint, and misbehaves as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.loopback import listening
from tests.support import HashEncoder

KEY = "sk-very-secret-0123456789"


@dataclass
class Failure:
    """One answer that is no list of embeddings; `status` 200 sends `body` as if all were well."""

    status: int
    body: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class EmbeddingsServer:
    """Answers with HashEncoder's vectors times `scale`, after the `failures`; `requests` are the bodies that came."""

    dimension: int = 24
    scale: float = 3.0
    reverse: bool = False
    failures: list[Failure] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the body for a request, rows in the order of the texts or, with `reverse`, the other way round."""
        rows = HashEncoder(self.dimension, 10_000).encode(request["input"]) * self.scale
        data = [{"object": "embedding", "index": i, "embedding": row.tolist()} for i, row in enumerate(rows)]
        if self.reverse:
            data.reverse()
        return {"object": "list", "data": data, "model": request["model"], "usage": {"total_tokens": 1}}

    @property
    def texts(self) -> list[str]:
        """Return every text that was asked for, in order."""
        return [text for request in self.requests for text in request["input"]]


@contextmanager
def serving(server: EmbeddingsServer) -> Iterator[EmbeddingsServer]:
    """Serve on a free port within the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append({"path": self.path, **request})
            server.keys.append(self.headers.get("Authorization", ""))
            if server.failures:
                failure = server.failures.pop(0)
                self._send(failure.status, failure.body, failure.headers)
            else:
                self._send(200, json.dumps(server.answer(request)), {})

        def _send(self, status: int, text: str, headers: Mapping[str, str]) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: requests are kept, not printed."""

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server.url:
        yield server
