"""What a model server can do: found out with a few tiny questions."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from coach.assistant.engine import Watch
from coach.assistant.llm.asking import WAYS, Capabilities, Way
from coach.assistant.llm.connection import Connection, Limits, Reply
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.listing import Server, nearest, server
from coach.assistant.llm.structured import read_json

BUDGET_S = 60.0
"""All questions together take no longer."""
LIMITS = Limits(connect_s=3, first_s=30, stall_s=10, total_s=45, retries=0)
TOKENS = 40
THINKING_TOKENS = 400
"""For a model that has not done thinking after :data:`TOKENS`."""
_SCHEMA: dict[str, Any] = {
    "title": "months",
    "type": "object",
    "properties": {"months": {"type": "integer"}},
    "required": ["months"],
    "additionalProperties": False,
}
_QUESTION = "How many months has a year?"
_SAID: dict[Way, str] = {
    "json_schema": "Answer in one short sentence.",
    "function": "Answer in one short sentence.",
    "json_mode": 'Say it as JSON with the key "months".',  # servers want the word in the prompt
}
"""Asked for a sentence, a server that obeys a schema still gives the value; one that ignores it gives the sentence."""


def is_local(base_url: str) -> bool:
    """Whether an address is this machine or a private network."""
    try:
        host = urlsplit(base_url).hostname or ""
        if host == "localhost" or host.endswith(".local"):
            return True
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def probe(connection: Connection, api_key: str, today: date, *, watch: Watch | None = None, told: Server | None = None) -> Capabilities:
    """What the server can do, within :data:`BUDGET_S`. Raises :class:`Fault` where it cannot be used at all.

    ``told``: what :func:`~coach.assistant.llm.listing.server` said a moment ago. A stop of ``watch`` ends it at once.
    """
    until = time.monotonic() + BUDGET_S
    told = told or _stoppable(lambda: server(connection, api_key), watch)
    if told.models and connection.model not in told.models:
        raise Fault("unknown_model", nearest(connection.model, told.models))
    connection.capabilities = Capabilities(context=told.context, seen_on=today.isoformat())
    reply = _ask(connection, None, until, watch)
    if reply.finish != "length" and not reply.text:
        raise Fault("empty")
    found = replace(connection.capabilities, first_s=round(reply.first_ms / 1000, 2))
    if found.streaming and found.usage and reply.prompt_tokens is None:
        found = replace(found, usage=False)
    found = replace(found, structured=_way(connection, found, until, watch))
    connection.capabilities = found
    return found


def _stoppable(ask: Callable[[], Server], watch: Watch | None) -> Server:
    """What a question gives that knows no watch itself; where the person stops it, it is left to its own timeout."""
    if watch is None:
        return ask()
    got: list[Server | Exception] = []
    done = threading.Event()

    def work() -> None:
        try:
            got.append(ask())
        except Exception as error:  # raised again where it is waited for
            got.append(error)
        done.set()

    watch.on_stop(done.set)
    threading.Thread(target=work, daemon=True, name="coach-model-list").start()
    done.wait()
    if watch.stopped or not got:
        raise Fault("stopped")
    if isinstance(got[0], Exception):
        raise got[0]
    return got[0]


def _way(connection: Connection, found: Capabilities, until: float, watch: Watch | None) -> Way:
    """The best way to ask for JSON that the server takes and obeys."""
    refused_to = 0
    for at, way in enumerate(WAYS[:-1]):
        if at < refused_to:
            continue  # refused outright a moment ago
        connection.capabilities = replace(found, structured=way)
        try:
            reply = _ask(connection, way, until, watch)
        except Fault as fault:
            if fault.kind in ("refused", "unauthorised", "rate_limited", "slow", "stopped", "unknown_model"):
                raise
            continue
        refused_to = WAYS.index(connection.capabilities.structured)
        if refused_to == at and _obeyed(reply.text, way):
            return way
    return "text"


def _ask(connection: Connection, way: Way | None, until: float, watch: Watch | None) -> Reply:
    """One tiny question; once more with room for thoughts, where the model is a thinking one."""
    asked = [("user", f"{_QUESTION} {_SAID[way] if way else _SAID['json_schema']}")]
    reply = None
    for tokens in (TOKENS, THINKING_TOKENS):
        left = until - time.monotonic()
        if left <= 0:
            raise Fault("slow", f"{BUDGET_S:.0f} s")
        limits = replace(LIMITS, first_s=min(LIMITS.first_s, left), total_s=min(LIMITS.total_s, left))
        schema = _SCHEMA if way else None
        reply = connection.write(asked, schema=schema, max_tokens=tokens, limits=limits, watch=watch, whole=False)
        thinking = not reply.text.strip() or reply.text.lstrip().startswith("<think")
        if way is None or reply.finish != "length" or not thinking:
            break
    assert reply is not None
    return reply


def _obeyed(text: str, way: Way) -> bool:
    """Whether the answer is the value and nothing else: no prose, no fences."""
    try:
        read_json(text, _SCHEMA)
    except Fault:
        return False
    bare = re.sub(r"<think.*?</think(ing)?>", "", text, flags=re.DOTALL)
    return bool(re.fullmatch(r"\s*\{.*\}\s*", bare, re.DOTALL))
