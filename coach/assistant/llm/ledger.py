"""What was asked of the model and what it cost: kept so that nothing is paid for twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from coach.assistant.llm.faults import Fault
from coach.assistant.llm.prompts import Message


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model. Texts are as they were sent: with placeholders, never with a name."""

    key: str
    purpose: str
    """``suggest``, ``repair``, ``chat`` or ``rewrite``."""
    lang: str
    model: str
    prompt_version: str
    outcome: str
    """``ok``, or the kind of the fault."""
    detail: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_ms: int | None = None
    total_ms: int | None = None
    retries: int = 0
    dropped: int = 0
    """Sentences that did not pass the checks."""
    answer: str = ""


class Ledger(Protocol):
    """Where calls are noted; the service keeps them in the database."""

    def kept(self, key: str) -> str | None:
        """The answer to the very same request, where it was answered before."""
        ...

    def note(self, call: Call) -> None:
        """Keep a call. Must not raise for a full disk or a locked database: the suggestion matters more."""
        ...

    def resting(self) -> Fault | None:
        """Why the server is not asked now: it did not answer a moment ago."""
        ...


def key_of(model: str, version: str, messages: Sequence[Message]) -> str:
    """The same for the same model, prompt and texts; any changed fact makes another."""
    parts = [model, version, *(f"{role}\x00{text}" for role, text in messages)]
    return blake2b("\x01".join(parts).encode(), digest_size=16).hexdigest()
