"""What can go wrong between Coach and a model server, each with one line that a person can act on."""

from __future__ import annotations

from typing import Literal

from coach.domain.words import Lang, pick

FaultKind = Literal[
    "refused", "slow", "cut", "broken", "wrong_ids", "rate_limited", "server_error", "empty", "endless", "unauthorised",
    "unknown_model", "too_long", "not_openai", "stopped",
]  # fmt: skip

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
TRANSIENT: frozenset[FaultKind] = frozenset({"refused", "rate_limited", "server_error", "cut"})
"""Faults that may be gone a moment later."""


class Fault(Exception):
    """A model server that did not do its part. ``detail`` is for the log: never a key, never a client's data."""

    def __init__(self, kind: FaultKind, detail: str = "", *, wait_s: float | None = None) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind: FaultKind = kind
        self.detail = detail[:200]
        self.wait_s = wait_s
        """What the server asks to wait, in seconds, where it does."""

    def line(self, lang: Lang) -> str:
        """One plain line: what happened and, where something can be done, what."""
        said = pick(lang, *_LINES[self.kind])
        return f"{said}（{self.detail}）" if self.detail and lang == "zh" else f"{said} ({self.detail})" if self.detail else said
