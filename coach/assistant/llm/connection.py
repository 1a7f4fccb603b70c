"""The way to an OpenAI-compatible server through LangChain: streamed, bounded in every phase, stoppable at once.

A request runs in an event loop of its own inside the calling thread, so that a stop from another thread
ends it and closes its socket at once. Only :class:`Fault` leaves this module.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from coach.assistant.engine import Watch
from coach.assistant.llm.faults import TRANSIENT, Fault, FaultKind
from coach.assistant.llm.prompts import Message
from coach.assistant.llm.structured import without_thoughts

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

Way = Literal["json_schema", "function", "json_mode", "text"]
WAYS: tuple[Way, ...] = ("json_schema", "function", "json_mode", "text")
"""Ways to ask for a JSON value, best first."""
RETRYING_S = 6.0
"""All waiting before retries together stays under this, so that help is there within ten seconds of a fault."""
REPEATS = 12
"""The same piece so many times on end is no answer."""
SHOWN_EVERY_S = 0.1
"""What was written is told on at most so often."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in seconds, and how often something is tried again."""

    connect_s: float = 3.0
    first_s: float = 60.0
    """Until the first token: a small machine reads a prompt slowly."""
    stall_s: float = 8.0
    """Between two tokens."""
    total_s: float = 120.0
    retries: int = 2
    backoff_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do, found out once and remembered."""

    structured: Way = "json_schema"
    streaming: bool = True
    usage: bool = True
    """Whether it tells the tokens at the end of a stream."""
    context: int | None = None
    """Tokens that prompt and answer may have together, where the server tells."""
    first_s: float | None = None
    """Seconds to the first token of a tiny question."""
    seen_on: str = ""
    """The day on which this was found out."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote and what it took."""

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    first_ms: int
    total_ms: int
    retries: int = 0


class Connection:
    """One model on one server."""

    def __init__(
        self, base_url: str, api_key: str, model: str, *, limits: Limits | None = None, capabilities: Capabilities | None = None
    ) -> None:
        self.base_url, self.model = base_url, model
        self._key = api_key or "none"
        self.limits = limits or Limits()
        self.capabilities = capabilities or Capabilities()

    @property
    def is_loopback(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")

    def write(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 600,
        watch: Watch | None = None,
        limits: Limits | None = None,
    ) -> Reply:
        """The model's answer; with a ``schema`` it is asked for JSON in the best way that the server has. Raises :class:`Fault`."""
        bounds, waited, tries = limits or self.limits, 0.0, 0
        while True:
            if watch is not None and watch.stopped:
                raise Fault("stopped")
            try:
                reply = _run(self._once(messages, schema, max_tokens, bounds, watch), watch)
                return replace(reply, retries=tries)
            except Fault as fault:
                pause = fault.wait_s if fault.wait_s is not None else bounds.backoff_s * 2**tries
                if fault.kind not in TRANSIENT or tries >= bounds.retries or waited + pause > RETRYING_S:
                    raise
                tries, waited = tries + 1, waited + pause
                _pause(pause, watch)

    # one try

    async def _once(
        self, messages: Sequence[Message], schema: dict[str, Any] | None, max_tokens: int, bounds: Limits, watch: Watch | None
    ) -> Reply:
        import httpx

        timeout = httpx.Timeout(connect=bounds.connect_s, read=None, write=bounds.connect_s * 3, pool=bounds.connect_s)
        verify = _certificates() if self.base_url.startswith("https") or not self.base_url else False
        async with httpx.AsyncClient(timeout=timeout, trust_env=not self.is_loopback, verify=verify) as client:
            model = self._chat_model(client, max_tokens)
            begun = _Begun(bounds, max_tokens, watch)
            try:
                async with asyncio.timeout(bounds.total_s):
                    await begun.read(self._stream(model, messages, schema))
            except TimeoutError:
                raise Fault("endless" if begun.text else "slow", f"{bounds.total_s:.0f} s") from None
            return begun.reply()

    def _chat_model(self, client: Any, max_tokens: int) -> ChatOpenAI:
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(
            model=self.model, base_url=self.base_url or None, api_key=self._key, temperature=0, max_retries=0,  # type: ignore[arg-type]
            max_tokens=max_tokens, stream_usage=self.capabilities.usage, http_async_client=client, stream_chunk_timeout=None,
            use_responses_api=False,
        )  # type: ignore[call-arg]  # fmt: skip

    async def _stream(self, model: ChatOpenAI, messages: Sequence[Message], schema: dict[str, Any] | None) -> AsyncIterator[Any]:
        """Chunks of the answer, whichever way it is asked for. Errors of the libraries become faults."""
        bound: Any = model.bind(**_asked(schema, self.capabilities.structured)) if schema else model
        try:
            if self.capabilities.streaming:
                async for chunk in bound.astream(list(messages)):
                    yield chunk
            else:
                yield await bound.ainvoke(list(messages), stream=False)
        except (Fault, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            raise fault_of(error) from None


@lru_cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes 50 ms."""
    import httpx

    return httpx.create_ssl_context()


def _asked(schema: dict[str, Any], way: Way) -> dict[str, Any]:
    """The request's own words for «answer in this form»; in plain text the prompt has said it already."""
    name = schema.get("title", "answer")
    bare = {key: value for key, value in schema.items() if key != "title"}
    if way == "json_schema":
        return {"response_format": {"type": "json_schema", "json_schema": {"name": name, "schema": bare, "strict": True}}}
    if way == "function":
        tool = {"type": "function", "function": {"name": name, "description": name, "parameters": bare}}
        return {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": name}}}
    return {"response_format": {"type": "json_object"}} if way == "json_mode" else {}


class _Begun:
    """A stream being read, with its bounds."""

    def __init__(self, bounds: Limits, max_tokens: int, watch: Watch | None) -> None:
        self.bounds, self.most, self.watch = bounds, max_tokens * 8, watch
        """``most``: characters; no language has more to a token, so beyond them the server minds no limit."""
        self.text = ""
        self.first_ms = 0
        self._start = time.monotonic()
        self._prompt: int | None = None
        self._completion: int | None = None
        self._finished = ""
        self._last, self._same = "", 0
        self._shown_at = 0.0

    async def read(self, chunks: AsyncIterator[Any]) -> None:
        """Read to the end. Raises :class:`Fault`."""
        bound = self.bounds.first_s
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks), bound)
            except StopAsyncIteration:
                break
            except Fault as fault:
                if self.text and fault.kind in ("refused", "server_error"):
                    raise Fault("cut", fault.detail) from None  # the way there was open: what failed is the stream
                raise
            except TimeoutError:
                raise Fault("cut" if self.text else "slow", f"{bound:.0f} s") from None
            if self._take(chunk):
                bound = self.bounds.stall_s
        if not without_thoughts(self.text).strip():
            raise Fault("empty")
        if not self._finished:
            raise Fault("cut")
        if self._finished == "length":
            raise Fault("endless")

    def _take(self, chunk: Any) -> bool:
        """Add a chunk; whether it brought text."""
        if chunk.usage_metadata:
            self._prompt = chunk.usage_metadata.get("input_tokens")
            self._completion = chunk.usage_metadata.get("output_tokens")
        self._finished = chunk.response_metadata.get("finish_reason") or self._finished
        piece = chunk.text if isinstance(chunk.text, str) else chunk.text()
        piece += "".join(call.get("args") or "" for call in getattr(chunk, "tool_call_chunks", ()))
        if not piece:
            return False
        if not self.text:
            self.first_ms = self._ms()
        self.text += piece
        self._same = self._same + 1 if piece == self._last and piece.strip() else 0
        self._last = piece
        if self._same >= REPEATS or len(self.text) > self.most:
            raise Fault("endless")
        self._show()
        return True

    def _show(self) -> None:
        now = time.monotonic()
        if self.watch is not None and now - self._shown_at >= SHOWN_EVERY_S:
            self._shown_at = now
            self.watch.wrote(without_thoughts(self.text))

    def _ms(self) -> int:
        return round((time.monotonic() - self._start) * 1000)

    def reply(self) -> Reply:
        return Reply(self.text, self._prompt, self._completion, self.first_ms, self._ms())


def _run(work: Any, watch: Watch | None) -> Reply:
    """Run a coroutine to its end in a loop of its own; a stop cancels it from whatever thread it comes."""

    async def watched() -> Reply:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        if watch is not None:
            watch.on_stop(lambda: loop.is_closed() or loop.call_soon_threadsafe(task.cancel))
        try:
            return await task
        except asyncio.CancelledError:
            raise Fault("stopped") from None

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(watched())
    raise RuntimeError("a model is asked from a thread of its own, never from the screen's loop")


def _pause(seconds: float, watch: Watch | None) -> None:
    """Wait before a retry; a stop ends the wait."""
    woken = threading.Event()
    if watch is not None:
        watch.on_stop(woken.set)
    woken.wait(seconds)


def fault_of(error: Exception) -> Fault:
    """What an error of openai or httpx means. The text of the error is told only where it is the server's own and short."""
    import httpx
    import openai

    cause = error.__cause__ or error
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    kinds: tuple[tuple[Any, FaultKind], ...] = (
        (openai.LengthFinishReasonError, "endless"),
        (httpx.ReadTimeout, "slow"),
        (openai.APITimeoutError | httpx.TimeoutException, "refused"),
        (httpx.RemoteProtocolError | httpx.ReadError, "cut"),
        (openai.APIConnectionError | httpx.TransportError, "refused"),
        (openai.APIError, "server_error"),
        (IndexError, "empty"),  # ``choices`` held nothing
    )
    kind = next((kind for types, kind in kinds if isinstance(cause, types) or isinstance(error, types)), "broken")
    return Fault(kind, _short(error) if kind == "server_error" else type(cause).__name__)


def _of_status(error: Any) -> Fault:
    status, said = error.status_code, _short(error)
    if status in (401, 403):
        return Fault("unauthorised", str(status))
    if status == 404:
        return Fault("unknown_model" if "model" in said.lower() else "not_openai", str(status))
    if status == 429:
        return Fault("rate_limited", wait_s=_retry_after(error))
    if status in (400, 413, 422):
        long = any(word in said.lower() for word in ("context", "too long", "maximum", "token"))
        return Fault("too_long" if long else "broken", f"{status} {said}")
    return Fault("server_error", str(status))


def _retry_after(error: Any) -> float | None:
    try:
        return max(float(error.response.headers.get("retry-after", "")), 0.0)
    except ValueError:
        return None


def _short(error: Any) -> str:
    """The server's own message, without anything that looks like a key."""
    body = error.body if isinstance(getattr(error, "body", None), dict) else {}
    said = str(body.get("message") or body.get("error") or "")
    return " ".join(word for word in said.split() if not word.startswith("sk-"))[:120]
