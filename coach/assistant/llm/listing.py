"""What a model server says of itself: its models, and how long a prompt may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coach.assistant.llm.asking import OPENAI, is_web_address
from coach.assistant.llm.errors import fault_of, of_status
from coach.assistant.llm.faults import Fault

if TYPE_CHECKING:
    import httpx

    from coach.assistant.llm.connection import Connection


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says of itself."""

    models: tuple[str, ...]
    """Empty where it lists none."""
    context: int | None


def server(connection: Connection, api_key: str, *, timeout_s: float = 10.0) -> Server:
    """The models that the server lists, and the context size where it tells. Raises :class:`Fault`.

    A server without a list is no fault: the first question will show whether it has the model.
    """
    if not is_web_address(connection.base_url):
        raise Fault("not_openai", cause="scheme")
    try:
        with _http(connection, timeout_s) as client:
            listed = _models(connection, api_key, client)
            return Server(tuple(str(m["id"]) for m in listed), _context(connection, client, listed))
    except Exception as error:
        raise fault_of(error, key=api_key) from None


def nearest(model: str, models: tuple[str, ...]) -> str:
    """Of the listed models those most like the one asked for, as text."""
    whole = {name.lower(): name for name in models}
    found = [whole[name] for name in get_close_matches(model.lower(), whole, n=3, cutoff=0.3)]
    return ", ".join(found or models[:3])


def _http(connection: Connection, timeout_s: float) -> httpx.Client:
    import httpx

    from coach.assistant.llm.connection import certificates_for

    bounds = httpx.Timeout(timeout_s, connect=min(connection.limits.connect_s, timeout_s))
    return httpx.Client(timeout=bounds, trust_env=not connection.is_loopback, verify=certificates_for(connection.base_url))


def _models(connection: Connection, api_key: str, client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get(f"{connection.base_url.rstrip('/')}/models", headers={"Authorization": f"Bearer {api_key or 'none'}"})
    if answer.status_code in (404, 405, 501):
        return []
    if answer.status_code != 200:
        raise of_status(answer.status_code, answer.text, answer.headers, key=api_key)
    try:
        found = answer.json()["data"]
        return [one for one in found or [] if isinstance(one, dict) and "id" in one]
    except (ValueError, KeyError, TypeError):
        raise Fault("not_openai", "HTML" if answer.text.lstrip()[:1] == "<" else "") from None


def _context(connection: Connection, client: httpx.Client, listed: list[dict[str, Any]]) -> int | None:
    """From the list (vLLM, llama.cpp and others put it there), else from pages of llama.cpp's and Ollama's own."""
    mine = next((m for m in listed if m["id"] == connection.model), {})
    for found in (mine.get("max_model_len"), (mine.get("meta") or {}).get("n_ctx"), mine.get("context_length"), mine.get("context_window")):
        if isinstance(found, int) and found > 0:
            return found
    if connection.base_url == OPENAI:
        return None
    parts = urlsplit(connection.base_url)
    root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"
    return _told(lambda: client.get(f"{root}/props"), _llama_cpp) or (
        _told(lambda: client.get(f"{root}/api/ps"), lambda told: _loaded(told, connection.model))
        or _told(lambda: client.post(f"{root}/api/show", json={"model": connection.model}), _shown)
    )


def _told(ask: Callable[[], httpx.Response], read: Callable[[Any], int | None]) -> int | None:
    """A page that is a courtesy: nothing hangs on it."""
    import httpx

    try:
        answer = ask()
        return read(answer.json()) if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _llama_cpp(told: Any) -> int | None:
    return int(told["default_generation_settings"]["n_ctx"])


def _loaded(told: Any, model: str) -> int | None:
    """Ollama: the size with which the model is loaded."""
    return next((int(m["context_length"]) for m in told["models"] if m.get("name") == model or m.get("model") == model), None)


def _shown(told: Any) -> int | None:
    """Ollama: the size that the model's own file sets. What it was trained for says nothing of what the server gives it."""
    found = re.search(r"^num_ctx\s+(\d+)", str(told.get("parameters", "")), re.MULTILINE)
    return int(found[1]) if found else None
