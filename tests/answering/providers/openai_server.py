"""A real HTTP server on loopback that streams chat completions, and misbehaves as it is told."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.loopback import listening

KEY = "sk-very-secret-0123456789"
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}


class Gone(Exception):
    """The client has closed the connection."""


@dataclass
class Exchange:
    """One request and the means to answer it."""

    handler: BaseHTTPRequestHandler
    request: dict[str, Any]
    server: OpenAIServer

    @property
    def shown(self) -> str:
        """Return everything that the request's messages say."""
        return "\n".join(message["content"] for message in self.request["messages"])

    def refuse(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a status and a JSON body, or text as it is."""
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(content)))
        self.handler.end_headers()
        self.handler.wfile.write(content)

    def begin(self, kind: str = "text/event-stream") -> None:
        """Send the headers of a stream."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def raw(self, content: bytes) -> None:
        """Send bytes as one piece of the stream."""
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def data(self, text: str) -> None:
        """Send one event."""
        self.raw(f"data: {text}\n\n".encode())

    def chunk(self, text: str | None = None, *, finish: str | None = None, **delta: Any) -> None:
        """Send one chunk of a chat completion."""
        content = delta if text is None else {"content": text, **delta}
        self.data(json.dumps(_chunk([{"index": 0, "delta": content, "finish_reason": finish}], self.request)))

    def usage(self, usage: Mapping[str, Any]) -> None:
        """Send the chunk that counts the tokens."""
        self.data(json.dumps({**_chunk([], self.request), "usage": usage}))

    def end(self) -> None:
        """Send the stream's end."""
        self.data("[DONE]")
        self.handler.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """Close the connection in the middle of it."""
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)

    def hang(self, seconds: float = 20.0) -> None:
        """Say nothing until the client goes, which is noted, or the time is over."""
        connection = self.handler.connection
        if select.select([connection], [], [], seconds)[0] and not connection.recv(1, socket.MSG_PEEK):
            raise Gone
        self.cut()


Play = Callable[[Exchange], None]
"""How the server answers one request."""


class Behaviour:
    """The ways in which a server can answer."""

    @staticmethod
    def says(
        *texts: str, finish: str | None = "stop", usage: Mapping[str, Any] | None = USAGE, every_s: float = 0.0
    ) -> Play:
        """Stream these texts, one every `every_s` seconds; without `finish` or `usage` they are left out."""

        def play(exchange: Exchange) -> None:
            exchange.begin()
            exchange.chunk("", role="assistant")
            for text in texts:
                exchange.chunk(text)
                time.sleep(every_s)
            if finish is not None:
                exchange.chunk(finish=finish)
            if usage is not None and "stream_options" in exchange.request:
                exchange.usage(usage)
            exchange.end()

        return play

    @staticmethod
    def fails(
        status: int,
        message: str = "no",
        *,
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
        param: str | None = None,
    ) -> Play:
        """Answer with an error as OpenAI words it."""
        error = {"message": message, "type": "error", "code": code, "param": param}
        return lambda exchange: exchange.refuse(status, {"error": error}, headers)

    @staticmethod
    def echoes_key(status: int = 401) -> Play:
        """Repeat the Authorization header in an error's message and headers, as careless servers do."""

        def play(exchange: Exchange) -> None:
            sent = exchange.handler.headers["Authorization"]
            error = {"message": f"bad credentials: {sent} (key {sent.split()[-1]})", "request": {"headers": sent}}
            exchange.refuse(status, {"error": error}, {"X-Received": sent})

        return play

    @staticmethod
    def says_key() -> Play:
        """Answer with the key, in pieces of three characters."""

        def play(exchange: Exchange) -> None:
            sent = exchange.handler.headers["Authorization"]
            exchange.begin()
            for start in range(0, len(sent), 3):
                exchange.chunk(sent[start : start + 3])
            exchange.chunk(" is what I got.", finish="stop")
            exchange.end()

        return play

    @staticmethod
    def hangs() -> Play:
        """Take the request and say nothing."""
        return Exchange.hang

    @staticmethod
    def hangs_after(*texts: str) -> Play:
        """Say this much, then nothing more."""

        def play(exchange: Exchange) -> None:
            exchange.begin()
            for text in texts:
                exchange.chunk(text)
            exchange.hang()

        return play

    @staticmethod
    def drips(text: str, every_s: float) -> Play:
        """Repeat a text without end."""

        def play(exchange: Exchange) -> None:
            exchange.begin()
            while True:
                exchange.chunk(text)
                time.sleep(every_s)

        return play

    @staticmethod
    def cuts_after(*texts: str) -> Play:
        """Say this much, then cut the connection."""

        def play(exchange: Exchange) -> None:
            exchange.begin()
            for text in texts:
                exchange.chunk(text)
            exchange.cut()

        return play

    @staticmethod
    def breaks_with(event: str | bytes, *before: str) -> Play:
        """Say something, then an event that is no chunk (bytes: as they are)."""

        def play(exchange: Exchange) -> None:
            exchange.begin()
            for text in before:
                exchange.chunk(text)
            if isinstance(event, bytes):
                exchange.raw(event)
            else:
                exchange.data(event)
            exchange.chunk(finish="stop")
            exchange.end()

        return play

    @staticmethod
    def sends_page(kind: str = "text/html", content: str = "<h1>It works!</h1>") -> Play:
        """Answer with a page, as any web server would."""
        return lambda exchange: exchange.refuse(200, content, {"Content-Type": kind})

    @staticmethod
    def refusing(*names: str, then: Play) -> Play:
        """Refuse requests that have one of these parameters, by naming it; answer the others."""

        def play(exchange: Exchange) -> None:
            for name in names:
                if name in exchange.request:
                    message = f"Unsupported parameter: '{name}' is not supported with this model."
                    exchange.refuse(400, {"error": {"message": message, "param": name, "code": "unsupported"}})
                    return
            then(exchange)

        return play

    @staticmethod
    def echo(pick: Callable[[str], Sequence[str]]) -> Play:
        """Repeat what `pick` returns of everything that the request shows: the worst of it, say."""

        def play(exchange: Exchange) -> None:
            Behaviour.says(*pick(exchange.shown))(exchange)

        return play


@dataclass
class OpenAIServer:
    """Plays the `plays` in turn, the last one for ever; keeps what it was sent.

    `left` is set as soon as a client has closed a connection that the server was not done with.
    """

    plays: list[Play] = field(default_factory=lambda: [Behaviour.says("It is a kettle [1].")])
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    peers: set[tuple[str, int]] = field(default_factory=set)
    left: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_play(self) -> Play:
        """Return how the next request is answered."""
        with self.lock:
            return self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]


def _chunk(choices: list[Any], request: dict[str, Any]) -> dict[str, Any]:
    known = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
    return {**known, "choices": choices}


class _Http(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes is what many tests are about."""


@contextmanager
def serving(server: OpenAIServer) -> Iterator[OpenAIServer]:
    """Serve on a free port within the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.requests.append({"path": self.path, **request})
                server.keys.append(self.headers.get("Authorization", ""))
                server.peers.add(self.client_address)
            try:
                server.next_play()(Exchange(self, request, server))
            except (Gone, BrokenPipeError, ConnectionResetError):
                self.close_connection = True
                server.left.set()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: requests are kept, not printed."""

    with listening(_Http(("127.0.0.1", 0), Handler)) as server.url:
        yield server
