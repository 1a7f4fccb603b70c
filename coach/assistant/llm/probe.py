"""What a model server can do: found out with a few tiny questions, remembered in the workspace."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from coach.assistant.llm.connection import WAYS, Capabilities, Connection, Limits, Reply, fault_of
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.structured import read_json

FILE = "model.json"
KEPT_DAYS = 7
"""After so many days a server is looked at again."""
LIMITS = Limits(connect_s=3, first_s=30, stall_s=10, total_s=45, retries=0)
_SCHEMA: dict[str, Any] = {
    "title": "months",
    "type": "object",
    "properties": {"months": {"type": "integer"}},
    "required": ["months"],
    "additionalProperties": False,
}
_QUESTION = [
    ("system", 'Answer with one JSON value only: {"months": number}'),
    ("user", "How many months has a year?"),
]


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says of itself."""

    models: tuple[str, ...]
    context: int | None


def is_local(base_url: str) -> bool:
    """Whether an address is this machine or a private network."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".local"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def server(connection: Connection, api_key: str) -> Server:
    """The models that the server lists, and the context size where it tells. Raises :class:`Fault`."""
    import openai

    try:
        client = openai.OpenAI(
            base_url=connection.base_url or None, api_key=api_key or "none", max_retries=0, timeout=10, http_client=_http(connection)
        )
        with client:
            listed = client.models.list().data or []
            props = _props(client, connection)
    except Exception as error:
        raise fault_of(error) from None
    mine = next((m for m in listed if m.id == connection.model), None)
    extra = dict(mine.model_extra or {}) if mine is not None else {}
    said = (extra.get("max_model_len"), (extra.get("meta") or {}).get("n_ctx"), extra.get("context_length"), props)
    return Server(tuple(m.id for m in listed), next((int(n) for n in said if n), None))


def _http(connection: Connection) -> Any:
    import httpx

    return httpx.Client(timeout=httpx.Timeout(10, connect=LIMITS.connect_s), trust_env=not connection.is_loopback)


def _props(client: Any, connection: Connection) -> int | None:
    """llama.cpp tells the context beside its API; servers that do not know the page are not asked twice."""
    root = connection.base_url.removesuffix("/").removesuffix("/v1")
    try:
        found = client._client.get(f"{root}/props")
        return int(found.json()["default_generation_settings"]["n_ctx"]) if found.status_code == 200 else None
    except (KeyError, ValueError, TypeError, OSError):
        return None
    except Exception as error:  # httpx's own errors: the page is a courtesy, nothing hangs on it
        if type(error).__module__.startswith("httpx"):
            return None
        raise


def nearest(model: str, models: tuple[str, ...]) -> str:
    """Of the listed models those most like the one asked for, as text."""
    return ", ".join(get_close_matches(model, models, n=3, cutoff=0.3) or models[:3])


def probe(connection: Connection, api_key: str, today: date) -> Capabilities:
    """What the server can do. Raises :class:`Fault` where it cannot be used at all."""
    told = server(connection, api_key)
    if told.models and connection.model not in told.models:
        raise Fault("unknown_model", nearest(connection.model, told.models))
    found = Capabilities(context=told.context, seen_on=today.isoformat())
    found, first = _streaming(connection, found)
    for way in WAYS:
        if _works(connection, replace(found, structured=way)):
            return replace(found, structured=way, first_s=round(first.first_ms / 1000, 2))
    return replace(found, structured="text", first_s=round(first.first_ms / 1000, 2))


def _streaming(connection: Connection, found: Capabilities) -> tuple[Capabilities, Reply]:
    """Streamed with usage, streamed without, or whole: the first that the server takes."""
    last: Fault | None = None
    for streaming, usage in ((True, True), (True, False), (False, False)):
        connection.capabilities = replace(found, streaming=streaming, usage=usage)
        try:
            reply = connection.write(_QUESTION, max_tokens=40, limits=LIMITS)
        except Fault as fault:
            if fault.kind not in ("broken", "empty", "cut", "not_openai"):
                raise
            last = fault
            continue
        return connection.capabilities, reply
    assert last is not None
    raise last


def _works(connection: Connection, found: Capabilities) -> bool:
    """Whether the server takes this way and obeys it."""
    connection.capabilities = found
    try:
        reply = connection.write(_QUESTION, schema=_SCHEMA, max_tokens=40, limits=LIMITS)
        return read_json(reply.text, _SCHEMA)["months"] == 12 and (found.structured != "json_schema" or _bare(reply.text))
    except Fault as fault:
        if fault.kind in ("refused", "unauthorised", "rate_limited", "slow"):
            raise
        return False


def _bare(text: str) -> bool:
    """A schema that is obeyed leaves no prose and no fences around the value."""
    return bool(re.fullmatch(r"\s*\{.*\}\s*", text, re.DOTALL))


def remembered(home: Path, base_url: str, model: str, today: date) -> Capabilities | None:
    """What was found out about this server and model before; ``None`` where it is unknown or too old."""
    try:
        kept = json.loads((home / FILE).read_text(encoding="utf-8"))[f"{model} @ {base_url}"]
        found = Capabilities(**kept)
        seen = date.fromisoformat(found.seen_on)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if today - timedelta(days=KEPT_DAYS) <= seen <= today else None


def remember(home: Path, base_url: str, model: str, found: Capabilities) -> None:
    """Keep what was found out, readable for its owner only. A folder that cannot be written is no reason to fail."""
    try:
        kept = json.loads((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    kept[f"{model} @ {base_url}"] = asdict(found)
    try:
        with tempfile.NamedTemporaryFile("w", dir=home, prefix=".model-", encoding="utf-8", delete=False) as out:
            json.dump(kept, out, ensure_ascii=False, indent=1)
        os.replace(out.name, home / FILE)
    except OSError:
        return
