"""A small OpenAI-compatible server for tests: true to the protocol, scripted, and with every fault that real ones have.

``ModelServer(script)`` listens on 127.0.0.1. ``script`` gets the request's JSON and answers with a text, with
:class:`Tool` or with the name of a fault. Every byte that arrives is kept in ``received``.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "test-model"
FAULTS = (
    "refused", "slow", "drip", "cut", "broken", "garbled", "429", "429-wait", "500", "empty", "no-choices", "endless", "loop", "401",
    "404", "400-context", "html", "length",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One of :data:`FAULTS`, in place of an answer; ``text`` is what comes before it."""

    name: str
    text: str = ""


@dataclass(frozen=True)
class Tool:
    """A tool call, its arguments as JSON text."""

    name: str
    arguments: str


Said = str | Fault | Tool
Script = Callable[[dict[str, Any]], Said]


class ModelServer(ThreadingHTTPServer):
    """``delay_s``: seconds between two pieces of an answer."""

    daemon_threads = True

    def __init__(self, script: Script, *, delay_s: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.delay_s = script, delay_s
        self.received: list[bytes] = []
        self.requests: list[dict[str, Any]] = []
        self.open_streams = 0
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what half of these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_GET(self) -> None:
        self.server.received.append(self._head())
        if self.path.endswith("/models"):
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "test", "max_model_len": 8192}]})
        else:
            self._json(404, {"error": {"message": "no such page", "type": "invalid_request_error"}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(self._head() + body)
        request = json.loads(body)
        self.server.requests.append(request)
        said = self.server.script(request)
        if isinstance(said, Fault) and self._refuses(said):
            return
        if not request.get("stream"):
            self._whole(said)
            return
        self.server.open_streams += 1
        try:
            self._streamed(request, said)
        finally:
            self.server.open_streams -= 1

    def _head(self) -> bytes:
        return f"{self.command} {self.path}\n{self.headers}".encode()

    # answers

    def _refuses(self, fault: Fault) -> bool:
        """Faults that come instead of a stream."""
        errors = {
            "429": (429, "rate limit reached"), "429-wait": (429, "rate limit reached"), "500": (500, "internal error"),
            "401": (401, "incorrect API key provided: sk-secret"), "404": (404, "the model does not exist"),
            "400-context": (400, "maximum context length is 8192 tokens"),
        }  # fmt: skip
        if fault.name == "html":
            self._send(200, b"<html><body>proxy login</body></html>", "text/html")
        elif fault.name in errors:
            status, text = errors[fault.name]
            wait = {"Retry-After": "1"} if fault.name == "429-wait" else {}
            self._json(status, {"error": {"message": text, "type": "error"}}, wait)
        elif fault.name == "refused":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            return False
        return True

    def _whole(self, said: Said) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": said if isinstance(said, str) else ""}
        if isinstance(said, Tool):
            message = {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": said.name, "arguments": said.arguments}}]}  # fmt: skip
        self._json(200, {
            "id": "c1", "object": "chat.completion", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        })  # fmt: skip

    def _streamed(self, request: dict[str, Any], said: Said) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        fault = said if isinstance(said, Fault) else None
        if fault and fault.name == "slow":
            self._wait(60)
            return
        if fault and fault.name == "no-choices":
            self._event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": []})
            self._end()
            return
        self._delta({"role": "assistant", "content": ""})
        if isinstance(said, Tool):
            self._tool(said)
        else:
            self._text(said)
        if fault and fault.name in ("cut", "garbled", "endless", "loop", "drip"):
            return
        self._delta({}, "tool_calls" if isinstance(said, Tool) else "length" if fault and fault.name == "length" else "stop")
        if (request.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": len(json.dumps(request["messages"])) // 3, "completion_tokens": 20, "total_tokens": 0}
            self._event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [], "usage": usage})
        self._end()

    def _text(self, said: Said) -> None:
        fault = said if isinstance(said, Fault) else None
        text = said.text if isinstance(said, Fault) else str(said)
        pieces = [text[i : i + 7] for i in range(0, len(text), 7)]
        if fault and fault.name in ("cut", "broken", "garbled", "drip"):
            pieces = pieces[: max(len(pieces) // 2, 1)]
        for piece in pieces:
            self._delta({"content": piece})
            if self.server.delay_s:
                self._wait(self.server.delay_s)
        if fault is None:
            return
        if fault.name == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault.name == "garbled":
            self._chunk(b"data: {not json at all\n\n")
            self._end()
        elif fault.name == "drip":
            self._wait(60)
        elif fault.name == "endless":
            for n in range(200_000):
                self._delta({"content": f"{n} 又一句 "})
                if self.server.ending.is_set():
                    return
        elif fault.name == "loop":
            while not self.server.ending.is_set():
                self._delta({"content": "好的好的"})
                time.sleep(0.001)

    def _tool(self, said: Tool) -> None:
        """The name first, the arguments in pieces, as real servers send them."""
        self._delta({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": said.name, "arguments": ""}}]})
        for i in range(0, len(said.arguments), 9):
            self._delta({"tool_calls": [{"index": 0, "function": {"arguments": said.arguments[i : i + 9]}}]})

    # bytes

    def _wait(self, seconds: float) -> None:
        self.server.ending.wait(seconds)

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]})

    def _event(self, value: dict[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self) -> None:
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json", headers)

    def _send(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(script: Script, **how: Any) -> Iterator[ModelServer]:
    """A server for a ``with`` block, gone with all its streams at its end."""
    server = ModelServer(script, **how)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
