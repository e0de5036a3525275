"""A real HTTP server that answers as a test scripts it, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted answer. `drop` closes the connection instead; `delay` is in seconds, and so is
    `trickle`, the pause before every byte of the body.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    trickle: float = 0.0
    drop: bool = False
    content_type: str = "application/json"


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    connection: tuple[str, int]


def message(text: str, **changes: Any) -> Reply:
    """A successful message; `changes` replace its fields."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 100},
        **changes,
    }
    return Reply(body=body, headers={"request-id": "req_42"})


def failure(status: int, kind: str, words: str, *, code: str = "", **headers: str) -> Reply:
    """An error in the form of the Messages API; `code` is its stable error code."""
    error: dict[str, Any] = {"type": kind, "message": words}
    if code:
        error["details"] = {"error_code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body={"type": "error", "error": error}, headers=named)


class ScriptedServer(ThreadingHTTPServer):
    """Gives the scripted replies in turn, and the last one for ever.

    Questions about models are answered by `model`, if set, and with 404 otherwise.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Reply | Callable[[Asked], Reply]] = []
        self.model: Reply | None = None
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.in_flight = 0
        self.most_in_flight = 0

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def messages(self) -> list[Asked]:
        """The requests for messages, without those about models."""
        return [asked for asked in self.asked if asked.path == "/v1/messages"]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests hang up; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ScriptedServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        asked = Asked(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(raw) if raw else None,
            connection=self.client_address,
        )
        with self.server.lock:
            reply = self._next(asked)
            self.server.asked.append(asked)
            self.server.in_flight += 1
            self.server.most_in_flight = max(self.server.most_in_flight, self.server.in_flight)
        time.sleep(reply.delay)
        with self.server.lock:
            self.server.in_flight -= 1
        self._send(reply)

    def _next(self, asked: Asked) -> Reply:
        if asked.path.startswith("/v1/models/"):
            return self.server.model or failure(404, "not_found_error", "Not Found")
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(asked) if callable(reply) else reply

    def _send(self, reply: Reply) -> None:
        if reply.drop:
            self.close_connection = True
            self.connection.close()
            return
        payload = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(payload)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not reply.trickle:
            self.wfile.write(payload)
            return
        for byte in payload:
            time.sleep(reply.trickle)
            self.wfile.write(bytes([byte]))
