"""How a server wants to be asked: what it can do, and the words of a request that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from coach.assistant.llm.faults import Part

Way = Literal["json_schema", "function", "json_mode", "text"]
WAYS: tuple[Way, ...] = ("json_schema", "function", "json_mode", "text")
"""Ways to ask for a JSON value, best first."""
SEED = 7
"""Any number, as long as it is always the same."""
OPENAI = "https://api.openai.com/v1"
"""Where nothing else is set. Told to the libraries outright, so that no variable of theirs leads elsewhere."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do, found out once and remembered."""

    structured: Way = "json_schema"
    streaming: bool = True
    usage: bool = True
    """Whether it tells the tokens at the end of a stream."""
    length: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What it calls the bound of an answer. The old name first: small servers silently pass over the new one."""
    temperature: bool = True
    """Whether it lets the temperature be set."""
    seed: bool = True
    """Whether it takes a seed: with temperature 0 the same question then has the same answer, as far as the server can."""
    context: int | None = None
    """Tokens that prompt and answer may have together, where the server tells."""
    first_s: float | None = None
    """Seconds to the first token of a tiny question."""
    seen_on: str = ""
    """The day on which this was found out."""

    def without(self, parts: tuple[Part, ...], *, schema: bool) -> Capabilities | None:
        """The same less the first of the parts that can be left out; ``None`` where there is none."""
        for part in parts:
            if part == "usage" and self.usage and self.streaming:
                return replace(self, usage=False)
            if part == "length" and self.length == "max_tokens":
                return replace(self, length="max_completion_tokens")
            if part in ("seed", "temperature") and getattr(self, part):
                return replace(self, **{part: False})
            if part == "structured" and schema and self.structured != "text":
                return replace(self, structured=WAYS[WAYS.index(self.structured) + 1])
            if part == "streaming" and self.streaming:
                return replace(self, streaming=False)
        return None


def asked(schema: dict[str, Any] | None, can: Capabilities, max_tokens: int) -> dict[str, Any]:
    """A request's body beside model and messages. In the way ``text`` the prompt alone says which form is wanted."""
    body: dict[str, Any] = {can.length: max_tokens}
    if can.temperature:
        body["temperature"] = 0
    if can.seed:
        body["seed"] = SEED
    if schema is None or can.structured == "text":
        return body
    if can.structured == "json_mode":
        return body | {"response_format": {"type": "json_object"}}
    name = schema.get("title", "answer")
    bare = {key: value for key, value in schema.items() if key != "title"}
    if can.structured == "json_schema":
        return body | {"response_format": {"type": "json_schema", "json_schema": {"name": name, "schema": bare, "strict": True}}}
    tool = {"type": "function", "function": {"name": name, "description": name, "parameters": bare}}
    return body | {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": name}}}


def is_web_address(base_url: str) -> bool:
    """Whether it is an ``http`` or ``https`` address with a host and, if any, a possible port."""
    try:
        parts = urlsplit(base_url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def public(base_url: str) -> str:
    """An address without the name and password that may stand in it: for screens and files."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) if "@" in parts.netloc else base_url
