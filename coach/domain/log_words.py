"""What an entry of the coaching log says, in words: a line for the list, and its facts one by one.

An entry may have been tampered with, so nothing here trusts the shape of a body: what cannot be read is shown as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coach.domain.difference import marked
from coach.domain.outcomes import outcome_label
from coach.domain.words import LANGS, Lang, label, pick

_NAMES: dict[str, tuple[str, str]] = {
    "how": ("怎么用的", "use"), "reason_name": ("理由", "reason"), "reason": ("理由", "reason"), "remark": ("补充", "remark"),
    "of": ("改的文字", "text changed"), "difference": ("改了什么", "difference"), "on": ("日期", "date"), "play": ("打法", "play"),
    "step": ("步骤", "step"), "engine": ("引擎", "engine"), "fallback": ("没有用模型", "model not used"), "lang": ("语言", "language"),
    "channel": ("渠道", "channel"), "when": ("何时", "when"), "signals": ("信号", "signals"), "cautions": ("注意", "cautions"),
    "outcome": ("结果", "outcome"), "effective": ("有效接触", "client reached"), "next_on": ("下次", "next"),
    "stage": ("阶段", "stage"), "change": ("改动", "change"), "task_no": ("任务", "task"), "suggestion_no": ("建议", "suggestion"),
    "scenario": ("场景", "scenario"), "version": ("版本", "version"), "ending": ("结局", "ending"), "hints": ("用了提示", "hints used"),
    "turns": ("轮次", "turns"), "total": ("得分", "score"), "passed": ("通过", "passed"), "criteria": ("各项得分", "criteria"),
    "violations": ("违规", "violations"), "assignment_no": ("布置", "assignment"), "comment": ("点评", "comment"),
    "text": ("内容", "text"), "corrected": ("改正的评分", "corrected score"), "what": ("事由", "what"), "corrects": ("更正", "corrects"),
    "whose": ("谁的工作", "whose work"), "subject_kind": ("关于", "about"), "rubric": ("评分表", "rubric"), "score": ("得分", "score"),
    "review_no": ("复核编号", "review"), "comment_no": ("点评编号", "comment number"),
    "rating": ("评分", "rating"), "signed_off": ("已签核", "signed off"), "to": ("给", "to"), "answers": ("回复", "answers"),
    "mode": ("方式", "mode"), "moves": ("调动户数", "clients moved"), "people": ("涉及人数", "people concerned"),
    "leaving": ("离岗", "leaving"), "value": ("资产 最多/平均", "assets, highest over mean"),
    "number": ("户数 最多/平均", "number, highest over mean"), "policy_version": ("政策版本", "policy version"),
}  # fmt: skip
"""Key of a body → its name in (Chinese, English)."""

_ORDER = {key: place for place, key in enumerate(_NAMES)}
"""In the log keys are sorted by letter; a person reads them in this order."""

_WORDS: dict[str, tuple[str, str]] = {
    "followed": ("照做", "followed"), "changed": ("有改动", "changed"), "ignored": ("未采用", "not used"),
    "message_draft": ("短信", "message"), "goal": ("下一步的目标", "goal of the next action"), "undone": ("撤销接触", "contact taken back"),
    "allocation_undone": ("撤回分户", "allocation taken back"), "initial": ("首次分户", "first allocation"),
    "monthly": ("每月微调", "monthly adjustment"), "quarterly": ("每季大调", "quarterly adjustment"),
    "remark": ("更正说明", "remark"), "agreed": ("谈成", "agreed"), "thinking": ("再想想", "thinking it over"),
    "refused": ("拒绝", "refused"), "hung_up": ("挂断", "hung up"),
    "rated": ("评分", "rated"), "signed_off": ("签核", "signed off"), "reopened": ("重新打开", "opened again"),
    "comment": ("点评", "comment"), "answer": ("回复", "answer"), "suggestion": ("建议", "a suggestion"), "contact": ("接触", "a contact"),
    "practice": ("练习", "practice"), "flag": ("标记", "a flag"),
    "zh": ("中文", "Chinese"), "en": ("英文", "English"), "offline": ("离线", "offline"),
}  # fmt: skip
_HIDDEN = ("record", "before", "after", "stage_before", "stage_after")
"""A digest says nothing to a person; before and after are told together."""


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of an entry: the body's key, its name and its reading."""

    key: str
    name: str
    text: str


def told(body: Any, lang: Lang, names: Mapping[str, str] | None = None) -> list[Told]:
    """Every fact of a body in its own line; ``names``: readings of ids (plays, scenarios, members of the staff)."""
    if not isinstance(body, dict):
        return [Told("", pick(lang, "内容", "content"), damaged(lang)), Told("", "", str(body))]
    lines = []
    moved = _moved(body, lang)
    if moved:
        lines.append(Told("change", _name("stage" if "stage_before" in body else "change", lang), moved))
    for key, value in sorted(body.items(), key=lambda one: _ORDER.get(one[0], len(_ORDER))):
        if key in _HIDDEN or value in (None, "", [], {}) or (key == "reason" and body.get("reason_name")):
            continue
        lines.append(Told(key, _name(key, lang), reading(key, value, lang, names)))
    return lines


def damaged(lang: Lang) -> str:
    """What stands in place of a body that is no JSON object any more."""
    return pick(lang, "（内容已损坏）", "(content damaged)")


def gist(body: Any, lang: Lang, names: Mapping[str, str] | None = None) -> str:
    """The few words of a body that tell what happened."""
    if not isinstance(body, dict):
        return damaged(lang)
    said = [
        reading(key, body[key], lang, names)
        for key in ("how", "reason_name", "play", "channel", "outcome", "scenario", "total", "what", "mode", "moves", "comment", "text")
        if body.get(key) not in (None, "", [], {})
    ]
    moved = _moved(body, lang)
    if moved:
        said.append(moved)
    if body.get("corrects"):
        said.append(pick(lang, f"更正第 {body['corrects']} 条", f"corrects {body['corrects']}"))
    return " ".join(" ".join(word.split()) for word in said if word)


def reading(key: str, value: Any, lang: Lang, names: Mapping[str, str] | None = None) -> str:
    """What a person reads for a value of a body."""
    read = _READ.get(key, _plain)
    try:
        said = read(value, lang, names or {})
        return said if isinstance(said, str) else _plain(value, lang, {})
    except (TypeError, ValueError, KeyError, AttributeError, IndexError):
        return _plain(value, lang, {})


def _name(key: str, lang: Lang) -> str:
    pair = _NAMES.get(key)
    return str(key) if pair is None else pair[LANGS.index(lang)]


def _moved(body: dict[str, Any], lang: Lang) -> str:
    """«陌生 → 熟悉», where an entry tells of a change; nothing where both are the same."""
    for before, after in (("before", "after"), ("stage_before", "stage_after")):
        was, now = body.get(before), body.get(after)
        if isinstance(was, str) and isinstance(now, str) and was != now:
            return f"{label(was, lang)} → {label(now, lang)}"
    return ""


def _plain(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    if value is True or value is False:
        return pick(lang, "是", "yes") if value else pick(lang, "否", "no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)


def _word(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    pair = _WORDS.get(value)
    return label(value, lang) if pair is None else pair[LANGS.index(lang)]


def _outcome(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return outcome_label(value, lang)


def _named(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return names.get(value) or _plain(value, lang, names)


def _names_of(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, "、", ", ").join(_named(one, lang, names) for one in value)


def _in_both(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return str(value.get(lang) or value["zh"])


def _labels(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, "、", ", ").join(_word(one, lang, names) for one in value)


def _cautions(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, "、", ", ").join(f"{label(one['severity'], lang)} {_named(one['rule'], lang, names)}" for one in value)


def _difference(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return marked(value)


def _entry(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, f"第 {value} 条", f"entry {value}")


def _scores(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, "，", ", ").join(f"{_named(key, lang, names)} {_plain(score, lang, names)}" for key, score in value.items())


def _ratios(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    """Post → before and after; a post without a name is told by its figures alone."""
    return pick(lang, "，", ", ").join(f"{post} {was:.3f} → {now:.3f}".strip() for post, (was, now) in value.items())


def _moves(value: Any, lang: Lang, names: Mapping[str, str]) -> str:
    return pick(lang, f"{value} 户", f"{value}")


_READ: dict[str, Callable[[Any, Lang, Mapping[str, str]], str]] = {
    "how": _word, "of": _word, "what": _word, "lang": _word, "ending": _word, "engine": _word, "channel": _word, "signals": _labels,
    "outcome": _outcome, "play": _named, "scenario": _named, "to": _named, "violations": _labels, "reason_name": _in_both,
    "whose": _named, "subject_kind": _word,
    "cautions": _cautions, "difference": _difference, "corrects": _entry, "criteria": _scores, "rating": _scores,
    "mode": _word, "value": _ratios, "number": _ratios, "moves": _moves, "leaving": _names_of,
}  # fmt: skip
