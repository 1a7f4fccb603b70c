"""What an error of openai, of httpx or of the network means: one :class:`Fault` for each."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from coach.assistant.llm.faults import Cause, Fault, FaultKind, Part

_TOO_LONG = re.compile(
    r"context.(length|size|window)|maximum context|exceed_context|(prompt|input|request) is too (long|large)|too many (input )?tokens",
    re.IGNORECASE,
)
_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("usage", re.compile(r"stream_options|include_usage")),
    ("length", re.compile(r"max_(completion_)?tokens")),
    ("seed", re.compile(r"\bseed\b")),
    ("temperature", re.compile(r"temperature")),
    ("structured", re.compile(r"response_format|json|schema|grammar|tool|function|structured|guided", re.IGNORECASE)),
    ("streaming", re.compile(r"\bstream(ing)?\b")),
)
"""How servers name what they will not take."""


def fault_of(error: BaseException, *, key: str = "") -> Fault:
    """What an error means. The server's own words are told only where they are short, and never with the key in them."""
    import openai

    chain = list(_chain(error))
    known = next((e for e in chain if isinstance(e, Fault)), None)
    if known is not None:
        return known
    if isinstance(error, openai.APIStatusError):
        return of_status(error.response.status_code, _body(error.response), error.response.headers, key=key)
    kind, cause = next(((kind, cause) for types, kind, cause in _meanings() for e in chain if isinstance(e, types)), ("broken", ""))
    if kind == "server_error":
        return Fault(kind, _words(getattr(error, "message", ""), key))
    return Fault(kind, "" if kind in ("broken", "not_openai") else type(chain[-1]).__name__, cause=cause)


@lru_cache
def _meanings() -> tuple[tuple[Any, FaultKind, Cause], ...]:
    """Kinds of errors, the more exact first."""
    import httpx
    import openai

    return (
        (socket.gaierror, "refused", "dns"),
        (ssl.SSLError, "refused", "tls"),
        (httpx.ProxyError, "refused", "proxy"),
        (httpx.UnsupportedProtocol | httpx.InvalidURL, "not_openai", "scheme"),
        (httpx.ConnectTimeout | httpx.PoolTimeout, "refused", ""),
        (httpx.TimeoutException | openai.APITimeoutError, "slow", ""),
        (httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError, "cut", ""),
        (httpx.TransportError, "refused", ""),
        (openai.APIConnectionError, "refused", ""),
        (openai.APIError, "server_error", ""),
        (IndexError, "empty", ""),  # ``choices`` held nothing
    )


def of_status(status: int, body: str, headers: Any, *, key: str = "") -> Fault:
    """What an HTTP status and the words that came with it mean."""
    said, is_page = _message(body), body.lstrip()[:1] == "<"
    if status == 407:
        return Fault("refused", "407", cause="proxy")
    if status in (401, 403):
        return Fault("unauthorised", str(status))
    if status == 429:
        return Fault("rate_limited", wait_s=_retry_after(headers.get("retry-after", "")))
    if status >= 500:
        return Fault("server_error", str(status), parts=("structured",) if re.search("grammar|schema|response_format", body) else ())
    return _of_refusal(status, body, said, key) if status >= 400 and status != 405 and not is_page else Fault("not_openai", str(status))


def _of_refusal(status: int, body: str, said: str, key: str) -> Fault:
    """What the server would not take: an address, a model, a length, a part of the request."""
    if status == 404:
        return Fault("unknown_model") if "model" in said.lower() else Fault("not_openai", "404")
    if _TOO_LONG.search(body):
        return Fault("too_long", _words(said, key))
    named = tuple(part for part, word in _PARTS if word.search(body))
    return Fault("broken", f"{status} {_words(said, key)}".strip(), parts=named or ("structured",))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what lies under it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _body(response: Any) -> str:
    """What the server said, where it has been read."""
    try:
        return str(response.text)[:4000]
    except Exception:  # a body that was never read, or is no text: the status says enough
        return ""


def _message(body: str) -> str:
    """The message in an error's JSON, wherever servers put it; the text itself where it is no JSON."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return body
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _words(said: str, key: str) -> str:
    """A server's words on one line, without the key or anything that looks like one."""
    if len(key) > 5:
        said = said.replace(key, "…")
    return " ".join(re.sub(r"\b(sk|key)-\S+", "…", said).split())[:120]


def _retry_after(said: str) -> float | None:
    """Seconds, or a date, as HTTP allows both."""
    try:
        return max(float(said), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
