"""The demo branch as ten CSV files with Chinese headers, such as a branch would bring: UTF-8 with its mark."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from coach.domain.outcomes import OUTCOMES
from coach.domain.words import LABELS

HEADERS: dict[str, dict[str, str]] = {
    "staff": {"staff_no": "工号", "name": "姓名", "post": "岗位", "role": "角色", "branch": "网点"},
    "events": {"event_no": "活动号", "title": "名称", "on": "日期", "place": "地点"},
    "clients": {
        "client_no": "客户号",
        "name": "姓名",
        "gender": "性别",
        "birthday": "生日",
        "lunar_birthday": "农历生日",
        "phone": "手机",
        "manager": "管户工号",
        "assets": "资产",
        "card_level": "卡等级",
        "risk_level": "风险等级",
        "risk_assessed_on": "测评日期",
        "opened_on": "开户日期",
        "occupation": "职业",
        "employer": "单位",
        "community": "小区",
        "family": "家庭",
        "interests": "爱好",
        "stage": "阶段",
        "relationship": "关系",
        "potential": "潜力",
        "intent": "意愿",
        "do_not_contact": "勿扰",
        "marketing_consent": "营销同意",
        "tags": "标签",
        "note": "备注",
        "branch": "网点",
    },
    "holdings": {
        "client_no": "客户号",
        "holding_no": "编号",
        "product_type": "类型",
        "product": "产品",
        "amount": "金额",
        "start_on": "起息日",
        "matures_on": "到期日",
        "product_risk": "产品风险",
    },
    "balances": {"client_no": "客户号", "on": "日期", "assets": "资产"},
    "movements": {
        "client_no": "客户号",
        "on": "日期",
        "amount": "金额",
        "counterparty": "对方",
        "counterparty_bank": "对方银行",
        "purpose": "用途",
        "movement_no": "流水号",
    },
    "contacts": {
        "client_no": "客户号",
        "at": "时间",
        "channel": "渠道",
        "staff_no": "工号",
        "effective": "有效",
        "outcome": "结果",
        "summary": "摘要",
        "next_on": "下次日期",
    },
    "key_dates": {"client_no": "客户号", "label": "事由", "date": "日期", "calendar": "历法", "who": "何人"},
    "gifts": {"client_no": "客户号", "on": "日期", "item": "内容", "value": "价值", "occasion": "事由"},
    "invitations": {"event_no": "活动号", "client_no": "客户号", "status": "状态"},
}
"""Kind → field → Chinese header, in the order of the columns."""

_WORDS = {
    **{
        word: LABELS[word][0]
        for word in (
            "stranger",
            "acquainted",
            "trusted",
            "loyal",
            "message",
            "call",
            "visit",
            "staff",
            "demand",
            "deposit",
            "wealth",
            "fund",
            "insurance",
            "bond",
            "metal",
            "loan",
            "card",
            "invited",
            "accepted",
            "declined",
            "attended",
            "solar",
            "lunar",
        )
    },
    **{outcome: words[0] for outcome, words in OUTCOMES.items()},
    "male": "男",
    "female": "女",
    "trainer": "内训师",
    "supervisor": "主管",
}
_ENUMERATED = {"gender", "stage", "channel", "role", "product_type", "status", "calendar", "outcome"}


def write_files(data: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> list[Path]:
    """Write the ten files, ``<kind>.csv``, and return them in an order in which they can be imported.

    The same rows give the same bytes. The folder is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out: list[Path] = []
    for kind, columns in HEADERS.items():
        path = folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns.values())
            writer.writerows([_cell(field, row[field]) for field in columns] for row in data[kind])
        out.append(path)
    return out


def _cell(field: str, value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return _WORDS[value] if field in _ENUMERATED else value
