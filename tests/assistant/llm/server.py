"""A small OpenAI-compatible server for tests: true to the protocol, scripted, and with every fault that real ones have.

``ModelServer(script)`` listens on 127.0.0.1. ``script`` gets the request's JSON and answers with a text, with
:class:`Json`, :class:`Tool` or a :class:`Fault`. Every byte that arrives is kept in ``received``, one item a
request. What the server can do is set by :class:`Can`.
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
    "refused", "mute", "slow", "drip", "cut", "broken", "garbled", "error-event", "429", "429-wait", "429-long", "500", "empty",
    "no-choices", "endless", "loop", "circle", "401", "404", "404-path", "400-context", "html", "moved", "length",
)  # fmt: skip
_STATUS = {
    "429": (429, "rate limit reached"), "429-wait": (429, "rate limit reached"), "429-long": (429, "rate limit reached"),
    "500": (500, "internal error"), "401": (401, "incorrect API key provided: sk-secret"), "404": (404, "the model does not exist"),
    "404-path": (404, "no such page"), "400-context": (400, "maximum context length is 8192 tokens"),
}  # fmt: skip
_WAITS = {"429-wait": {"Retry-After": "1"}, "429-long": {"Retry-After": "90"}}
_HALVED = ("cut", "broken", "garbled", "error-event", "drip")
_UNENDED = ("cut", "garbled", "error-event", "endless", "loop", "circle", "drip")


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


@dataclass(frozen=True)
class Json:
    """A JSON value that the model gives when the server holds it to a form, and the prose that it writes otherwise."""

    value: str
    prose: str


@dataclass(frozen=True)
class Can:
    """What the server can do, and how it tells."""

    ways: frozenset[str] = frozenset({"json_schema", "function", "json_mode"})
    """Ways to ask for JSON that it honours; others it takes and passes over."""
    refuses: tuple[str, ...] = ()
    """Parts of a request that it answers with 400: a name in the body, or a type of ``response_format``."""
    streams: bool = True
    """Otherwise it answers a request for a stream with the whole answer, as some gateways do."""
    usage: bool = True
    models: tuple[str, ...] | None = (MODEL,)
    """``None``: it has no list (404)."""
    context: str = "vllm"
    """Where it tells its context size of 8192: ``vllm``, ``llama.cpp``, ``ollama``, ``ollama-show``, or nowhere."""
    key: str = ""
    """Wanted in the ``Authorization`` header, where set."""


Said = str | Fault | Tool | Json
Script = Callable[[dict[str, Any]], Said]


class ModelServer(ThreadingHTTPServer):
    """``delay_s``: seconds between two pieces of an answer."""

    daemon_threads = True

    def __init__(self, script: Script, *, delay_s: float = 0.0, can: Can | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.delay_s, self.can = script, delay_s, can or Can()
        self.received: list[bytes] = []
        self.requests: list[dict[str, Any]] = []
        self.open_streams = 0
        """Streams that are being written. A client that hangs up is noticed at the next piece."""
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what half of these tests are about."""


class _Tap:
    """Keeps every byte that is read through it."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._kept = inner, bytearray()

    def readline(self, *size: int) -> bytes:
        return self._keep(self._inner.readline(*size))

    def read(self, *size: int) -> bytes:
        return self._keep(self._inner.read(*size))

    def _keep(self, got: bytes) -> bytes:
        self._kept += got
        return got

    def taken(self) -> bytes:
        out = bytes(self._kept)
        self._kept.clear()
        return out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.rfile = self._tap = _Tap(self.rfile)  # type: ignore[assignment]

    def finish(self) -> None:
        if left := self._tap.taken():
            self.server.received.append(left)  # a request that was broken off
        super().finish()

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_GET(self) -> None:
        self.server.received.append(self._tap.taken())
        can = self.server.can
        if self._without_key():
            return
        if self.path == "/v1/models" and can.models is not None:
            size = {"max_model_len": 8192} if can.context == "vllm" else {}
            self._json(200, {"object": "list", "data": [
                {"id": name, "object": "model", "created": 1, "owned_by": "test", **size} for name in can.models]})  # fmt: skip
        elif self.path == "/props" and can.context == "llama.cpp":
            self._json(200, {"default_generation_settings": {"n_ctx": 8192}})
        elif self.path == "/api/ps" and can.context == "ollama":
            self._json(200, {"models": [{"name": MODEL, "model": MODEL, "context_length": 8192}]})
        else:
            self._error(404, "no such page")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(self._tap.taken())
        request, can = json.loads(body), self.server.can
        if self.path == "/api/show" and can.context == "ollama-show":
            self._json(200, {"parameters": 'stop "<|im_end|>"\nnum_ctx    8192', "model_info": {"qwen2.context_length": 32768}})
            return
        if self.path != "/v1/chat/completions":
            self._error(404, "no such page")
            return
        self.server.requests.append(request)
        if self._without_key() or self._part_refused(request):
            return
        said = self._held(request, self.server.script(request))
        if isinstance(said, Fault) and self._refuses(said):
            return
        if not request.get("stream") or not can.streams:
            self._whole(said)
            return
        self.server.open_streams += 1
        try:
            self._streamed(request, said)
        finally:
            self.server.open_streams -= 1

    # what it takes

    def _without_key(self) -> bool:
        if not self.server.can.key or self.headers.get("Authorization") == f"Bearer {self.server.can.key}":
            return False
        self._error(401, "incorrect API key provided")
        return True

    def _part_refused(self, request: dict[str, Any]) -> bool:
        form = (request.get("response_format") or {}).get("type")
        part = next((p for p in self.server.can.refuses if p in request or p == form), None)
        if part is not None:
            hint = " Use 'max_completion_tokens' instead." if part == "max_tokens" else ""
            self._error(400, f"Unsupported parameter: '{'response_format' if part == form else part}' is not supported here.{hint}")
        return part is not None

    def _held(self, request: dict[str, Any], said: Said) -> Said:
        """What a model writes when the server holds it to a form, or does not."""
        if not isinstance(said, Json):
            return said
        ways = self.server.can.ways
        form = {"json_schema": "json_schema", "json_object": "json_mode"}.get((request.get("response_format") or {}).get("type", ""))
        if request.get("tools") and "function" in ways:
            return Tool(request["tools"][0]["function"]["name"], said.value)
        return said.value if form in ways else said.prose

    # answers

    def _refuses(self, fault: Fault) -> bool:
        """Faults that come instead of a stream."""
        if fault.name == "html":
            self._send(200, b"<html><body>proxy login</body></html>", "text/html")
        elif fault.name == "moved":
            self._send(302, b"", "text/html", {"Location": "/login"})
        elif fault.name == "mute":
            self.server.ending.wait(60)
            self.close_connection = True
        elif fault.name == "refused":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault.name in _STATUS:
            self._error(*_STATUS[fault.name], _WAITS.get(fault.name))
        else:
            return False
        return True

    def _whole(self, said: Said) -> None:
        finish = "tool_calls" if isinstance(said, Tool) else "length" if isinstance(said, Fault) and said.name == "length" else "stop"
        message: dict[str, Any] = {"role": "assistant", "content": said if isinstance(said, str) else getattr(said, "text", None)}
        if isinstance(said, Tool):
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": {"name": said.name, "arguments": said.arguments}}]
        choices = [] if isinstance(said, Fault) and said.name == "no-choices" else [
            {"index": 0, "message": message, "finish_reason": finish}]  # fmt: skip
        self._json(200, {
            "id": "c1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": choices,
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        })  # fmt: skip

    def _streamed(self, request: dict[str, Any], said: Said) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        fault = said.name if isinstance(said, Fault) else ""
        if fault == "slow":
            self.server.ending.wait(60)
            return
        if fault == "no-choices":
            self._event({"choices": []})
            self._end()
            return
        self._delta({"role": "assistant", "content": ""})
        if isinstance(said, Tool):
            self._tool(said)
        else:
            self._text(fault, said.text if isinstance(said, Fault) else str(said))
        if fault in _UNENDED:
            return
        self._delta({}, "tool_calls" if isinstance(said, Tool) else "length" if fault == "length" else "stop")
        if (request.get("stream_options") or {}).get("include_usage") and self.server.can.usage:
            prompt = len(json.dumps(request["messages"])) // 3
            self._event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": 20, "total_tokens": prompt + 20}})
        self._end()

    def _text(self, fault: str, text: str) -> None:
        pieces = [text[i : i + 7] for i in range(0, len(text), 7)]
        if fault in _HALVED:
            pieces = pieces[: max(len(pieces) // 2, 1)]
        for piece in pieces:
            self._delta({"content": piece})
            if self.server.delay_s:
                self.server.ending.wait(self.server.delay_s)
        if fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault == "garbled":
            self._chunk(b"data: {not json at all\n\n")
            self._end()
        elif fault == "error-event":
            self._chunk(b'data: {"error": {"message": "the engine died", "type": "server_error"}}\n\n')
            self._end()
        elif fault == "drip":
            self._wait_for_hang_up()
        elif fault in ("endless", "loop", "circle"):
            self._without_end(fault)

    def _without_end(self, fault: str) -> None:
        words = {"endless": ("{n} 又一句 ",), "loop": ("好的好的",), "circle": ("您好，", "这边", "给您", "说一声。")}[fault]
        for n in range(200_000):
            if self.server.ending.is_set():
                return
            for word in words:
                self._delta({"content": word.format(n=n)})
            time.sleep(0.0005)

    def _wait_for_hang_up(self) -> None:
        """Nothing more is written; when the other side closes, so does this one."""
        self.connection.settimeout(0.02)
        while not self.server.ending.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.close_connection = True

    def _tool(self, said: Tool) -> None:
        """The name first, the arguments in pieces, as real servers send them."""
        self._delta({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": said.name, "arguments": ""}}]})
        for i in range(0, len(said.arguments), 9):
            self._delta({"tool_calls": [{"index": 0, "function": {"arguments": said.arguments[i : i + 9]}}]})

    # bytes

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _event(self, value: dict[str, Any]) -> None:
        whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, **value}
        self._chunk(b"data: " + json.dumps(whole, ensure_ascii=False).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self) -> None:
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _error(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._json(status, {"error": {"message": text, "type": "invalid_request_error" if status < 500 else "server_error"}}, headers)

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
