"""A small server that speaks the Messages API and answers from a transcript.

It exists so that the demo and the tests go through the real client: HTTP, usage accounting,
retries, structured output. It pretends nothing: tokens are counted from the texts that really
crossed the wire, and what Anthropic's current models refuse, it refuses.

    python -m devmatrix.llm.replay TRANSCRIPT_DIR --port 0 --port-file FILE
    python -m devmatrix.llm.replay --check TRANSCRIPT_DIR
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from devmatrix.llm.prompts import read_request_line
from devmatrix.llm.replay_protocol import (
    ApiError,
    Usage,
    check_request,
    cut,
    invalid,
    model_info,
    parsed,
    texts_of,
    usage_of,
)
from devmatrix.llm.transcript import Transcript, TranscriptError

_CACHE_SECONDS = 300.0
_LATENCY_SPREAD = 0.4
_BODY_LIMIT = 32_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How the server behaves. `latency` is the median in seconds; the spread is log-normal."""

    latency: float = 0.1
    takes_temperature: bool = False
    seed: int | None = None


class Bill:
    """What the server has answered so far, counted on its own side of the wire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: Counter[str] = Counter()
        self._purposes: Counter[str] = Counter()
        self._models: dict[str, Counter[str]] = {}

    def add(self, model: str, purpose: str, usage: Usage) -> None:
        """Charge one answered call."""
        tokens = {
            "calls": 1,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        }
        with self._lock:
            self._totals.update(tokens)
            self._purposes[purpose] += 1
            self._models.setdefault(model, Counter()).update(tokens)

    def to_json(self) -> dict[str, Any]:
        """Totals, calls by purpose, totals by model."""
        names = (
            "calls",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
        )
        with self._lock:
            return {
                **{name: self._totals[name] for name in names},
                "by_purpose": dict(self._purposes),
                "by_model": {model: dict(tokens) for model, tokens in self._models.items()},
            }


class PrefixCache:
    """Which marked prefixes were seen lately: the provider's prompt cache, as far as it is billed.

    Like there, an entry can be read only once the answer that wrote it has begun.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_used: dict[tuple[str, str], float] = {}

    def holds(self, model: str, prefix: str) -> bool:
        """Whether the prefix was used within the last five minutes."""
        with self._lock:
            used = self._last_used.get((model, prefix))
        return used is not None and time.monotonic() - used < _CACHE_SECONDS

    def use(self, model: str, prefix: str) -> None:
        """Write or refresh the prefix."""
        with self._lock:
            self._last_used[model, prefix] = time.monotonic()


class ReplayServer(ThreadingHTTPServer):
    """One thread a connection: a few hundred kept-alive connections, most of them asleep."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, port: int, transcript: Transcript, options: Options) -> None:
        super().__init__(("127.0.0.1", port), ReplayHandler)
        self.transcript = transcript
        self.options = options
        self.bill = Bill()
        self.cache = PrefixCache()
        self._random = random.Random(options.seed)  # noqa: S311  (latencies, nothing secret)
        self._lock = threading.Lock()
        self._requests = 0

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.port

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def next_request(self) -> str:
        """A request id of its own."""
        with self._lock:
            self._requests += 1
            return f"req_replay_{self._requests:06d}"

    def draw_latency(self) -> float:
        """Seconds that the next answer takes."""
        if self.options.latency <= 0:
            return 0.0
        with self._lock:
            return self._random.lognormvariate(math.log(self.options.latency), _LATENCY_SPREAD)


class ReplayHandler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ReplayServer

    def do_GET(self) -> None:
        """Models, the bill, and what this is."""
        self._serve(self._get)

    def do_POST(self) -> None:
        """Messages."""
        self._serve(self._post)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the client logs its calls."""

    def _serve(self, answer: Callable[[bytes, str], dict[str, Any]]) -> None:
        request_id = self.server.next_request()
        try:
            body = self._read_body()
            status, document = 200, answer(body, request_id)
        except ApiError as refusal:
            status = refusal.status
            document = {
                "type": "error",
                "error": {"type": refusal.kind, "message": refusal.message},
                "request_id": request_id,
            }
        self._send(status, document, {"request-id": request_id})

    def _read_body(self) -> bytes:
        try:
            length = int(self.headers.get("content-length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= _BODY_LIMIT or "transfer-encoding" in self.headers:
            self.close_connection = True
            raise ApiError(413, "request_too_large", "The body is too large or has no length.")
        return self.rfile.read(length)

    def _send(self, status: int, document: Any, headers: dict[str, str]) -> None:
        payload = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(payload)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _get(self, _: bytes, __: str) -> dict[str, Any]:
        path = urlsplit(self.path).path
        if path == "/":
            return {
                "service": "devmatrix replay server",
                "note": self.server.transcript.note,
                "answers": len(self.server.transcript.entries),
            }
        if path == "/bill":
            return self.server.bill.to_json()
        if path.startswith("/v1/models/"):
            self._check_headers()
            model = unquote(path.removeprefix("/v1/models/"))
            return model_info(model, takes_temperature=self.server.options.takes_temperature)
        raise _no_such(path)

    def _post(self, body: bytes, request_id: str) -> dict[str, Any]:
        path = urlsplit(self.path).path
        if path != "/v1/messages":
            raise _no_such(path)
        self._check_headers()
        return answer_message(self.server, parsed(body), request_id)

    def _check_headers(self) -> None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        key = self.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
        if not key.strip():
            raise ApiError(401, "authentication_error", "x-api-key header is required")
        if not self.headers.get("anthropic-version"):
            invalid("anthropic-version: header is required")


def answer_message(
    server: ReplayServer, request: dict[str, Any], request_id: str
) -> dict[str, Any]:
    """The message that answers a request body, after the latency; raises ApiError."""
    check_request(request, takes_temperature=server.options.takes_temperature)
    prefix, rest, own = texts_of(request)
    named = read_request_line(own)
    if named is None:
        invalid('messages: the last text must begin with <request purpose="…" subject="…">')
    purpose, subject = named
    entry = server.transcript.match(purpose, subject, own)
    if entry is None:
        raise _no_answer(server.transcript, purpose, subject)
    text, stop_reason = cut(entry.text, request["max_tokens"])
    model = request["model"]
    cached = server.cache.holds(model, prefix)
    time.sleep(server.draw_latency())
    usage = usage_of(prefix, rest, text, cached=cached)
    if usage.cache_read_tokens or usage.cache_write_tokens:
        server.cache.use(model, prefix)
    server.bill.add(model, purpose, usage)
    return {
        "id": request_id.replace("req_", "msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": usage.to_json(),
    }


def _no_answer(transcript: Transcript, purpose: str, subject: str) -> ApiError:
    known = transcript.about(purpose, subject)
    why = (
        f"its {len(known)} answers all require feedback that the request does not hold"
        if known
        else "add an [[answer]] for it"
    )
    return ApiError(
        404,
        "not_found_error",
        f'The transcript has no answer for purpose "{purpose}", subject "{subject}": {why}.',
    )


def _no_such(path: str) -> ApiError:
    return ApiError(404, "not_found_error", f"The replay server has no {path}.")


def main(arguments: list[str] | None = None) -> int:
    """Check or serve a transcript; the exit status is 1 if it or the port cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        transcript = Transcript.load(options.directory)
    except TranscriptError as error:
        sys.stderr.write(f"The transcript {options.directory} cannot be used:\n{error}\n")
        return 1
    if options.check:
        subjects = {(entry.purpose, entry.subject) for entry in transcript.entries}
        sys.stdout.write(f"{len(transcript.entries)} answers to {len(subjects)} questions: fine.\n")
        return 0
    return _serve(transcript, options)


def _serve(transcript: Transcript, options: argparse.Namespace) -> int:
    """Serve until SIGTERM, SIGINT or the death of the parent."""
    behaviour = Options(options.latency, options.takes_temperature, options.seed)
    try:
        server = ReplayServer(options.port, transcript, behaviour)
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used ({error}); take another --port.\n")
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    serving.start()
    if options.port_file:
        _write_port(options.port_file, server.port)
    sys.stdout.write(f"Replaying {options.directory} on http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    parent_is_gone = _parent_watch(options.parent)
    while not stop.wait(0.5) and not parent_is_gone():
        pass
    server.shutdown()
    serving.join()
    server.server_close()
    return 0


def _parent_watch(parent: int | None) -> Callable[[], bool]:
    """A question for whether the process with that id is gone; never, where there is none.

    A dead parent of ours may linger as a zombie, but we have another parent then.
    """
    if parent is None:
        return lambda: False
    if os.getppid() == parent:
        return lambda: os.getppid() != parent
    return lambda: not _lives(parent)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_port(file: Path, port: int) -> None:
    """Write the port so that a reader sees all of it or nothing."""
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    partial.write_text(f"{port}\n", encoding="ascii")
    partial.replace(file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devmatrix.llm.replay", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("directory", type=Path, help="the transcript: a directory of TOML files")
    parser.add_argument("--check", action="store_true", help="check the transcript and exit")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--port-file", type=Path, help="where to write the port once it listens")
    parser.add_argument("--latency", type=float, default=0.1, help="median seconds an answer takes")
    parser.add_argument("--seed", type=int, help="makes the latencies repeatable")
    parser.add_argument("--parent", type=int, help="exit when the process with this id is gone")
    parser.add_argument(
        "--takes-temperature",
        action="store_true",
        help="serve a model that takes a temperature and no effort",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
