"""The named slots of the playbook's texts: ``{product}``, ``{matures_on}`` and so on.

A card may use these names and no others. A text whose slots (or ``needs``) are not all known for a
client is simply not used for that client, so nothing is ever filled with a guess.
"""

from __future__ import annotations

import re

SLOTS: dict[str, tuple[str, str]] = {
    # the client
    "name": ("客户姓名", "client's name"),
    "call_name": ("称呼", "form of address"),
    "occupation": ("职业", "occupation"),
    "employer": ("单位", "employer"),
    "community": ("小区", "community"),
    "interest": ("爱好", "interest"),
    "child": ("孩子", "child"),
    "child_exam": ("孩子的考试", "child's exam"),
    "elder": ("家中长辈", "elder in the family"),
    "spouse": ("配偶", "spouse"),
    "business": ("所营生意", "business"),
    "note": ("备注", "note"),
    # what the client holds
    "assets": ("在行资产", "assets with us"),
    "deposits": ("存款合计", "total deposits"),
    "card_level": ("卡等级", "card level"),
    "risk_level": ("风险等级", "risk level"),
    "risk_expired_on": ("测评失效日", "date the risk assessment ran out"),
    "only_type": ("唯一持有类型", "only product type held"),
    # the relation
    "last_contact_on": ("上次联系日", "last contact"),
    "last_channel": ("上次联系方式", "last channel"),
    "last_summary": ("上次所谈", "what was said last"),
    "days_since": ("距上次联系天数", "days since the last contact"),
    "contacts_90d": ("近90天有效接触次数", "effective contacts in 90 days"),
    "previous_manager": ("前任客户经理", "previous manager"),
    # the house
    "manager_name": ("客户经理", "manager"),
    "manager_no": ("客户经理工号", "manager's staff number"),
    "branch": ("网点", "branch"),
    "today": ("今天", "today"),
    # evidence of the signal
    "on": ("信号日期", "date of the signal"),
    "product": ("产品", "product"),
    "product_type": ("产品类型", "product type"),
    "amount": ("金额", "amount"),
    "matures_on": ("到期日", "maturity date"),
    "days_left": ("剩余天数", "days left"),
    "days_past": ("已过天数", "days past"),
    "line": ("下一权益线", "next benefit line"),
    "gap": ("距权益线差额", "gap to the line"),
    "benefit": ("权益等级", "benefit level"),
    "movement_amount": ("动账金额", "movement amount"),
    "movement_on": ("动账日期", "movement date"),
    "direction": ("转入或转出", "in or out"),
    "counterparty": ("交易对方", "counterparty"),
    "purpose": ("用途", "purpose"),
    "drop": ("流失金额", "assets lost"),
    "drop_share": ("流失比例", "share lost"),
    "peak": ("近半年最高资产", "highest assets in six months"),
    "peak_month": ("最高月份", "month of the highest assets"),
    "key_label": ("重要日期事由", "key date"),
    "key_who": ("重要日期的人", "whose key date"),
    "key_date": ("重要日期", "date"),
    "days_to": ("还有几天", "days to go"),
    "event": ("活动名称", "event"),
    "event_on": ("活动日期", "event date"),
    "event_place": ("活动地点", "event place"),
    "windfall": ("大额资金来由", "where the large money comes from"),
    "target_product": ("匹配产品", "matching product"),
    "target_risk": ("匹配产品风险等级", "risk of the matching product"),
    "target_fit": ("匹配理由", "why it fits"),
    "other_bank": ("他行", "other bank"),
    "other_count": ("他行往来笔数", "number of movements"),
    "other_total": ("他行往来合计", "sum of the movements"),
    "promised": ("约定的下一步", "promised next step"),
    "promised_on": ("约定日期", "promised date"),
    "overdue_days": ("逾期天数", "days overdue"),
}
"""Slot → (Chinese label, English label). The label stands where a passage is shown without a client."""

_SLOT = re.compile(r"\{([a-z_0-9]+)\}")


_SENTENCES = frozenset({"note", "last_summary", "promised", "target_fit", "purpose"})
"""Slots that hold what somebody wrote as he liked; the others hold a name or a few words."""
_LONGEST = {"zh": (32, 60), "en": (60, 160)}
"""Characters of a name and of a sentence; an English text holds a branch's Chinese words too, which are shorter."""
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_STOP = re.compile(r"[；;。！!？?|｜，,、：:（(\n]|\.(?=\s|$)")


def sane(slot: str, value: str, lang: str) -> str:
    """A value as it may stand in a sentence: on one line, and cut where it is longer than such a value ever is.

    What is cut ends at the last mark that leaves something before it, else with «…»: a long text that was planted in a
    record (or pasted there by mistake) must not be carried into what is said to a client.
    """
    text = _SPACE.sub(" ", value).strip()
    most = _LONGEST[lang][slot in _SENTENCES]
    if len(text) <= most:
        return text
    ends = [m.start() for m in _STOP.finditer(text, 1, most)]
    if slot not in _SENTENCES:
        ends = ends[:1]
    return text[: ends[-1]].strip() if ends else text[: most - 1].strip() + "…"


def slots_of(text: str) -> frozenset[str]:
    """The names of the slots that a text uses."""
    return frozenset(_SLOT.findall(text))


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its slots filled. Raises ``KeyError`` for a slot that has no value."""
    return _SLOT.sub(lambda m: values[m.group(1)], text)


def labelled(text: str, lang: str) -> str:
    """The text as a reader of the playbook sees it: each slot as 〔its label〕."""
    index = 0 if lang == "zh" else 1
    return _SLOT.sub(lambda m: f"〔{SLOTS[m.group(1)][index]}〕", text)
