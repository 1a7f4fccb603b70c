"""The way to an OpenAI-compatible server through LangChain: streamed, bounded in every phase, stoppable at once.

A request runs in an event loop of its own inside the calling thread, so that a stop from another thread
ends it and closes its socket at once. Only :class:`Fault` leaves this module.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coach.assistant.engine import Watch
from coach.assistant.llm.asking import OPENAI, WAYS, Capabilities, Way, asked, is_web_address
from coach.assistant.llm.errors import fault_of
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.prompts import Message
from coach.assistant.llm.reading import Limits, Reading, Reply

if TYPE_CHECKING:
    import httpx
    from langchain_openai import ChatOpenAI

__all__ = ["WAYS", "Capabilities", "Connection", "Limits", "Reply", "Way"]

RETRYING_S = 6.0
"""From the first fault on, another try must have begun to answer within this: so help is there within ten seconds of a fault."""


class Connection:
    """One model on one server."""

    def __init__(
        self, base_url: str, api_key: str, model: str, *, limits: Limits | None = None, capabilities: Capabilities | None = None
    ) -> None:
        self.base_url, self.model = base_url or OPENAI, model
        self._key = api_key or "none"  # servers of one's own want none, the libraries want one
        self.limits = limits or Limits()
        self.capabilities = capabilities or Capabilities()
        self.learned: Callable[[Capabilities], None] | None = None
        """Told where the server refused what it was thought to take, and took less: that is worth remembering."""

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine: then no proxy of the environment stands between."""
        try:
            host = urlsplit(self.base_url).hostname or ""
        except ValueError:
            return False
        return host in ("localhost", "::1") or host.startswith("127.")

    def write(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 600,
        watch: Watch | None = None,
        limits: Limits | None = None,
        whole: bool = True,
    ) -> Reply:
        """The model's answer; with a ``schema`` it is asked for JSON in the best way that the server has. Raises :class:`Fault`.

        What can pass is tried again, within :data:`RETRYING_S` of the first fault; a part of the request that the server
        refuses is left out. ``whole``: an empty answer, and one that ends at ``max_tokens``, is a fault.
        """
        if not is_web_address(self.base_url):
            raise Fault("not_openai", cause="scheme")
        bounds, tries = limits or self.limits, 0
        first: tuple[float, Fault] | None = None
        able = self.capabilities
        while True:
            if watch is not None and watch.stopped:
                raise Fault("stopped")
            left = bounds.first_s if first is None else RETRYING_S - (time.monotonic() - first[0])
            now = replace(bounds, first_s=min(bounds.first_s, left), connect_s=min(bounds.connect_s, left))
            try:
                reply = _run(self._once(messages, schema, max_tokens, now, watch, able, whole), watch)
            except Fault as fault:
                if fewer := able.without(fault.parts, schema=schema is not None):
                    able = fewer
                    continue
                if first is not None and fault.kind == "slow":
                    raise first[1] from None  # it did not recover in time: the first fault says more
                first = first or (time.monotonic(), fault)
                pause = fault.wait_s if fault.wait_s is not None else bounds.backoff_s * 2**tries
                if not fault.is_transient or tries >= bounds.retries or time.monotonic() - first[0] + pause >= RETRYING_S:
                    raise self._explained(fault) from None
                tries += 1
                _pause(pause, watch)
                continue
            if able != self.capabilities:
                self.capabilities = able
                if self.learned is not None:
                    self.learned(able)
            return replace(reply, retries=tries)

    def _explained(self, fault: Fault) -> Fault:
        """A model that is not there, with the names of those that are."""
        if fault.kind != "unknown_model" or fault.detail:
            return fault
        from coach.assistant.llm.listing import nearest, server

        with suppress(Fault):
            return Fault("unknown_model", nearest(self.model, server(self, self._key, timeout_s=2).models))
        return fault

    # one try

    async def _once(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None,
        max_tokens: int,
        bounds: Limits,
        watch: Watch | None,
        able: Capabilities,
        whole: bool,
    ) -> Reply:
        from langsmith import tracing_context

        reading = Reading(bounds, max_tokens, watch, streaming=able.streaming, whole=whole)
        try:
            with tracing_context(enabled=False):  # whatever the environment says, prompts go to the model and nowhere else
                async with asyncio.timeout(bounds.total_s), self._http(bounds, able) as client:
                    model = self._chat_model(client, asked(schema, able, max_tokens), able)
                    async with aclosing(self._stream(model, messages, able)) as chunks:
                        return await reading.read(chunks)
        except Fault as fault:
            fault.begun = bool(reading.text)
            raise
        except TimeoutError:
            raise Fault("endless" if reading.text else "slow", f"{bounds.total_s:.0f} s") from None
        except Exception as error:  # whatever a library raises, also while it is being set up
            raise fault_of(error, key=self._key) from None

    def _http(self, bounds: Limits, able: Capabilities) -> httpx.AsyncClient:
        """The client for one try. Reading is bounded by :class:`Reading`, which knows the phases of an answer."""
        import httpx

        async def looked_at(response: httpx.Response) -> None:
            form = response.headers.get("content-type", "")
            if response.status_code < 300 and "html" in form:
                raise Fault("not_openai", "HTML")
            if response.status_code < 300 and able.streaming and "application/json" in form:
                raise Fault("broken", "no stream", parts=("streaming",))

        return httpx.AsyncClient(
            timeout=httpx.Timeout(connect=bounds.connect_s, read=None, write=bounds.connect_s * 3, pool=bounds.connect_s),
            trust_env=not self.is_loopback,
            verify=certificates_for(self.base_url),
            event_hooks={"response": [looked_at]},
        )

    def _chat_model(self, client: httpx.AsyncClient, body: dict[str, Any], able: Capabilities) -> ChatOpenAI:
        """LangChain's model over a client of our own: without its retries, its proxy settings and its idea of a request's words."""
        import openai
        from langchain_openai import ChatOpenAI

        own = openai.AsyncOpenAI(base_url=self.base_url, api_key=self._key, max_retries=0, http_client=client, timeout=client.timeout)
        return ChatOpenAI(
            model=self.model, base_url=self.base_url, api_key=self._key, max_retries=0, openai_proxy=None,  # type: ignore[arg-type]
            client=own.chat.completions, root_client=own, async_client=own.chat.completions, root_async_client=own,
            stream_usage=able.usage, stream_chunk_timeout=None, use_responses_api=False, extra_body=body,
        )  # type: ignore[call-arg]  # fmt: skip

    async def _stream(self, model: ChatOpenAI, messages: Sequence[Message], able: Capabilities) -> AsyncIterator[Any]:
        """Chunks of the answer. Errors of the libraries become faults."""
        try:
            if able.streaming:
                async for chunk in model.astream(list(messages)):
                    yield chunk
            else:
                yield await model.ainvoke(list(messages), stream=False)
        except (Fault, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            raise fault_of(error, key=self._key) from None


_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody and costs nothing: for an address without TLS."""


@lru_cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes 50 ms."""
    import httpx

    return httpx.create_ssl_context()


def certificates_for(base_url: str) -> ssl.SSLContext:
    """Whom to trust at this address."""
    return _certificates() if base_url.lower().startswith("https:") else _NO_CERTIFICATES


def _run(work: Coroutine[Any, Any, Reply], watch: Watch | None) -> Reply:
    """Run a coroutine to its end in a loop of its own; a stop cancels it from whatever thread it comes.

    The loop's threads are not waited for: a name server that does not answer would hold up a stop.
    """
    loop = asyncio.new_event_loop()
    try:
        task = loop.create_task(work)

        def stop() -> None:
            with suppress(RuntimeError):  # the loop was closed in this very moment
                loop.call_soon_threadsafe(task.cancel)

        if watch is not None:
            watch.on_stop(stop)
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        raise Fault("stopped") from None
    finally:
        _close(loop)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Let go of whatever is left in the loop."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _pause(seconds: float, watch: Watch | None) -> None:
    """Wait before another try; a stop ends the wait."""
    woken = threading.Event()
    if watch is not None:
        watch.on_stop(woken.set)
    woken.wait(seconds)
