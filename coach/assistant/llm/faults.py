"""What can go wrong between Coach and a model server, each with one line that a person can act on."""

from __future__ import annotations

from typing import Literal

from coach.domain.words import Lang, pick

FaultKind = Literal[
    "refused", "slow", "cut", "broken", "wrong_ids", "rate_limited", "server_error", "empty", "endless", "unauthorised",
    "unknown_model", "too_long", "not_openai", "stopped",
]  # fmt: skip
Cause = Literal["", "dns", "tls", "proxy", "scheme"]
"""What is known more exactly of a server that cannot be reached."""
Part = Literal["usage", "length", "seed", "temperature", "structured", "streaming"]
"""A part of a request that a server may refuse, and that Coach can do without."""

_LINES: dict[FaultKind, tuple[str, str]] = {
    "refused": ("连不上模型服务器；请检查 OPENAI_BASE_URL 和网络", "no way to the model server; check OPENAI_BASE_URL and the network"),
    "slow": ("模型服务器太久没有回答", "the model server took too long to answer"),
    "cut": ("模型的回答中途断了", "the model's answer broke off"),
    "broken": ("模型的回答不成格式", "the model's answer has no usable form"),
    "wrong_ids": ("模型引用了没有给过的段落", "the model cites passages that it was not given"),
    "rate_limited": ("模型服务器忙（429），请稍后再试", "the model server is busy (429); try again later"),
    "server_error": ("模型服务器内部出错", "the model server failed"),
    "empty": ("模型的回答是空的", "the model's answer is empty"),
    "endless": ("模型写个没完，已截断", "the model would not stop writing and was cut off"),
    "unauthorised": ("模型服务器不认密钥；请检查 OPENAI_API_KEY", "the model server refuses the key; check OPENAI_API_KEY"),
    "unknown_model": ("模型服务器没有这个模型；请检查 COACH_MODEL", "the model server does not have this model; check COACH_MODEL"),
    "too_long": ("提示超过了模型的长度上限", "the prompt is longer than the model takes"),
    "not_openai": (
        "这个地址不是 OpenAI 兼容接口；OPENAI_BASE_URL 通常以 /v1 结尾",
        "this address does not speak the OpenAI protocol; OPENAI_BASE_URL usually ends in /v1",
    ),
    "stopped": ("已按你的要求停下", "stopped as you asked"),
}
_CAUSES: dict[Cause, tuple[str, str]] = {
    "dns": (
        "找不到模型服务器的主机名；请检查 OPENAI_BASE_URL 的拼写和网络",
        "the model server's host name is not known; check the spelling of OPENAI_BASE_URL and the network",
    ),
    "tls": (
        "与模型服务器的安全连接（TLS）失败；请检查证书，本机或内网服务器可能要用 http://",
        "the secure connection (TLS) to the model server failed; check the certificate; a server of your own may need http://",
    ),
    "proxy": (
        "代理服务器不通；请检查 HTTPS_PROXY、HTTP_PROXY，内网地址可写进 NO_PROXY",
        "the proxy does not let it through; check HTTPS_PROXY and HTTP_PROXY; NO_PROXY takes addresses of your own network",
    ),
    "scheme": (
        "OPENAI_BASE_URL 不是网址；例如 http://127.0.0.1:8000/v1",
        "OPENAI_BASE_URL is no web address; an example: http://127.0.0.1:8000/v1",
    ),
}
_RESTS = ("；刚试过，过几分钟再问；coach doctor 马上重试", "; tried just now and left alone for a few minutes; coach doctor tries at once")
_TELLING: frozenset[FaultKind] = frozenset({"slow", "broken", "unauthorised", "unknown_model", "too_long", "server_error", "not_openai"})
"""Faults whose ``detail`` says something to a person; elsewhere it is for the log alone."""
TRANSIENT: frozenset[FaultKind] = frozenset({"refused", "rate_limited", "server_error", "cut"})
"""Faults that may be gone a moment later."""


class Fault(Exception):
    """A model server that did not do its part. ``detail`` is short and never holds a key."""

    def __init__(
        self,
        kind: FaultKind,
        detail: str = "",
        *,
        wait_s: float | None = None,
        cause: Cause = "",
        parts: tuple[Part, ...] = (),
        rests: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind: FaultKind = kind
        self.detail = detail[:200]
        self.wait_s = wait_s
        """What the server asks to wait, in seconds, where it does."""
        self.cause: Cause = cause
        self.parts = parts
        """What the server seems to refuse of the request, the likeliest first."""
        self.rests = rests
        """Whether this is of a moment ago, and the server is left alone for now."""
        self.begun = False
        """Whether a part of the answer had come already: then it is not asked for again, a person has waited long enough."""

    @property
    def is_transient(self) -> bool:
        return self.kind in TRANSIENT and not self.begun and self.cause not in ("tls", "scheme")

    def line(self, lang: Lang) -> str:
        """One plain line: what happened and, where something can be done, what."""
        said = pick(lang, *(_CAUSES[self.cause] if self.cause else _LINES[self.kind]))
        if self.kind in _TELLING and self.detail:
            said = pick(lang, f"{said}（{self.detail}）", f"{said} ({self.detail})")
        return said + pick(lang, *_RESTS) if self.rests else said
