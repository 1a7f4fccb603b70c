"""One request to the model, whatever it is for: kept answers first, then the connection, then a line in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from coach.assistant.engine import Watch
from coach.assistant.llm.connection import Connection
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.ledger import Call, Ledger, key_of
from coach.assistant.llm.prompts import Message
from coach.assistant.llm.structured import read_json
from coach.domain.words import Lang

CITED: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "cites": {"type": "array", "items": {"type": "integer"}}},
    "required": ["text", "cites"],
    "additionalProperties": False,
}
"""A sentence with the numbers that it rests on, as a model is asked for it."""


def id_of(number: object, ids: Sequence[str]) -> str:
    """The id with a number, from 1 on; a number that was not given stands for itself and is found out by the checks."""
    return ids[number - 1] if isinstance(number, int) and 1 <= number <= len(ids) else f"[{number}]"


@dataclass(frozen=True, slots=True)
class Written:
    """A model's answer as a JSON value, with the note that goes to the ledger once it has been checked."""

    value: dict[str, Any]
    raw: str
    call: Call | None
    """``None`` where the answer had been kept: nothing was asked and nothing paid."""


class Writer:
    """Asks, keeps and notes. Raises :class:`Fault` and nothing else."""

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self.connection, self.ledger = connection, ledger

    @property
    def model(self) -> str:
        return self.connection.model

    def write(
        self,
        purpose: str,
        version: str,
        messages: Sequence[Message],
        schema: dict[str, Any],
        *,
        lang: Lang,
        max_tokens: int,
        watch: Watch | None,
    ) -> Written:
        """The answer to these messages. The caller notes it (:meth:`note`) when it knows how much of it could be used."""
        key = key_of(self.model, version, messages)
        call = Call(key, purpose, lang, self.model, version, "ok")
        if kept := self.ledger.kept(key):
            return Written(read_json(kept, schema), kept, None)
        if (fault := self.ledger.resting()) is not None:
            raise fault
        try:
            reply = self.connection.write(messages, schema=schema, max_tokens=max_tokens, watch=watch)
            call = replace(
                call, prompt_tokens=reply.prompt_tokens, completion_tokens=reply.completion_tokens,
                first_ms=reply.first_ms, total_ms=reply.total_ms, retries=reply.retries, answer=reply.text,
            )  # fmt: skip
            return Written(read_json(reply.text, schema), reply.text, call)
        except Fault as fault:
            self.ledger.note(replace(call, outcome=fault.kind, detail=fault.detail, answer=""))
            raise

    def note(self, written: Written, dropped: int) -> None:
        """Keep what was written, and how many of its sentences did not pass."""
        if written.call is not None:
            self.ledger.note(replace(written.call, dropped=dropped))
