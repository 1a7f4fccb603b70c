"""A streamed answer being read: bounded between its pieces, told on while it comes, cut off where it does not end."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from coach.assistant.engine import Watch
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.structured import without_thoughts

SHOWN_EVERY_S = 0.1
"""What was written is told on at most so often."""
LOOKED_EVERY = 16
"""Pieces between two looks at whether the model goes round in circles."""
_CIRCLE = re.compile(r"(\S.{3,39}?)\1{7,}\Z", re.DOTALL)
_BLANK = 200
"""So many blanks on end are no answer: a model that is held to JSON and lost its way writes nothing else."""
CHARS_A_TOKEN = 8
"""No language has more characters to a token, so beyond them the server minds no bound."""


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
class Reply:
    """What the model wrote and what it took."""

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    first_ms: int
    total_ms: int
    retries: int = 0
    finish: str = "stop"
    """Why the model ended, in the server's word; ``length``: at the bound."""


class Reading:
    """One answer, from the moment at which it is asked for."""

    def __init__(self, bounds: Limits, max_tokens: int, watch: Watch | None, *, streaming: bool = True, whole: bool = True) -> None:
        """``whole``: an answer that ends at its bound, or holds nothing, is a fault."""
        self.bounds, self.watch, self.whole = bounds, watch, whole
        self.first_s = bounds.first_s if streaming else bounds.total_s
        self.most = max_tokens * CHARS_A_TOKEN
        self.text = ""
        self.first_ms = 0
        self._start = time.monotonic()
        self._prompt: int | None = None
        self._completion: int | None = None
        self._finish = ""
        self._pieces = 0
        self._shown_at = 0.0

    async def read(self, chunks: AsyncIterator[Any]) -> Reply:
        """Read to the end. Raises :class:`Fault`."""
        while True:
            bound = self.bounds.stall_s if self.text else self.first_s
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
            self._take(chunk)
        if not self._finish:
            raise Fault("cut" if self.text else "empty")
        if self.whole and self._finish == "length":
            raise Fault("endless", "length")
        if self.whole and not without_thoughts(self.text).strip():
            raise Fault("empty")
        return Reply(self.text, self._prompt, self._completion, self.first_ms, self._ms(), finish=self._finish)

    def _take(self, chunk: Any) -> None:
        """Add what a chunk brought."""
        if chunk.usage_metadata:
            self._prompt = chunk.usage_metadata.get("input_tokens")
            self._completion = chunk.usage_metadata.get("output_tokens")
        self._finish = chunk.response_metadata.get("finish_reason") or self._finish
        piece = str(chunk.text) + _arguments(chunk)
        if not piece:
            return
        if not self.text:
            self.first_ms = self._ms()
        self.text += piece
        self._pieces += 1
        if len(self.text) > self.most or (self._pieces % LOOKED_EVERY == 0 and goes_in_circles(self.text)):
            raise Fault("endless")
        now = time.monotonic()
        if self.watch is not None and now - self._shown_at >= SHOWN_EVERY_S:
            self._shown_at = now
            self.watch.wrote(without_thoughts(self.text))

    def _ms(self) -> int:
        return round((time.monotonic() - self._start) * 1000)


def _arguments(chunk: Any) -> str:
    """The JSON text of function calls: a piece of it while streamed, all of it in a whole answer."""
    if (pieces := getattr(chunk, "tool_call_chunks", None)) is not None:
        return "".join(piece.get("args") or "" for piece in pieces)
    whole = [json.dumps(call["args"], ensure_ascii=False) for call in chunk.tool_calls]
    return "".join([*whole, *(call["args"] or "" for call in chunk.invalid_tool_calls)])


def goes_in_circles(text: str) -> bool:
    """Whether the text ends in the same few words eight times over, or in nothing but blanks."""
    tail = text[-40 * 9 :]
    return bool(_CIRCLE.search(tail)) or (len(tail) >= _BLANK and not tail[-_BLANK:].strip())
