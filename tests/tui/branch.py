"""A small branch made row by row: 120 clients of two managers, three of them with whole lives. The same every time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.search_key import search_key
from coach.store.tables import Assignment, Balance, Client, Contact, Gift, Holding, KeyDate, Movement, Staff, StageChange

TODAY = date(2026, 11, 24)
WANG, LI, QUIET = "C000001", "C000002", "C000003"
"""A client with a deposit that matures, one whose money left, one who asked not to be contacted."""

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ["秀兰", "建国", "丽华", "志强", "桂英", "文博", "雨桐", "海燕", "俊杰", "美玲", "国庆", "淑珍", "晓东", "玉梅", "子涵", "立新"]
_JOBS = ["中学教师", "个体店主", "公务员", "退休", "医生", "会计", "工程师", "企业主"]
_STAGES = ("stranger", "acquainted", "trusted", "loyal")


def make(home: Path, *, clients: int = 120) -> Workspace:
    """The branch in a folder."""
    ws = Workspace.at(home, lang="zh")
    with session(ws.engine) as s:
        s.add(Staff(staff_no="S01", name="陈静", branch="城东支行"))
        s.add(Staff(staff_no="S02", name="周航", branch="城东支行"))
        s.flush()
        for client in _named():
            s.add(client)
        for i in range(4, clients + 1):
            s.add(_plain(i))
        s.flush()
        _lives(s)
    return ws


def _client(no: str, name: str, manager: str, assets: int, **more: object) -> Client:
    phone = more.get("phone")
    tags = more.get("tags")
    key = search_key(name, no, phone if isinstance(phone, str) else None, tags if isinstance(tags, str) else None)
    return Client(client_no=no, name=name, manager=manager, assigned_on=date(2025, 3, 1), assets_fen=assets * 100, search_key=key, **more)


def _plain(i: int) -> Client:
    name = _SURNAMES[i * 7 % len(_SURNAMES)] + _GIVEN[i * 5 % len(_GIVEN)]
    assets = 9_000_000 // i + i * 37
    tier = "A" if i < 24 else "B" if i < 60 else "C"
    return _client(
        f"C{i:06}",
        name,
        "S01" if i % 4 else "S02",
        assets,
        tier=tier,
        tier_reason={"rank": i, "of": 120, "base": tier, "moves": []},
        stage=_STAGES[i * 3 % 4],
        gender="女" if i % 2 else "男",
        occupation=_JOBS[i % len(_JOBS)],
        phone=f"138{i:08}",
        card_level="gold" if i < 30 else None,
        risk_level="C3",
        marketing_consent=bool(i % 3),
    )


def _named() -> list[Client]:
    reason = {"rank": 3, "of": 120, "base": "B", "moves": [{"by": "potential", "score": 4}]}
    return [
        _client(
            WANG,
            "王秀英",
            "S01",
            862_400,
            gender="女",
            birthday=date(1968, 11, 28),
            phone="13800001234",
            tier="A",
            tier_reason=reason,
            stage="acquainted",
            card_level="gold",
            risk_level="C3",
            risk_assessed_on=date(2026, 5, 6),
            occupation="中学教师",
            employer="城东中学",
            community="紫荆花园",
            family="丈夫退休，儿子高三，明年高考",
            interests="太极拳;旅行",
            tags="优质客户",
            note="喜欢上午接电话，不喜欢被催",
            marketing_consent=True,
            opened_on=date(2011, 4, 8),
        ),
        _client(
            LI,
            "李建国",
            "S01",
            180_000,
            gender="男",
            birthday=date(1979, 3, 2),
            phone="13900005678",
            tier="B",
            tier_reason={"rank": 40, "of": 120, "base": "B", "moves": []},
            stage="trusted",
            occupation="个体店主",
            risk_level="C2",
            family="妻子，两个孩子",
            interests="钓鱼",
            marketing_consent=True,
        ),
        _client(
            QUIET,
            "张桂芳",
            "S01",
            520_000,
            gender="女",
            birthday=date(1950, 6, 1),
            phone="13700009999",
            tier="A",
            tier_reason={"rank": 9, "of": 120, "base": "A", "moves": []},
            stage="stranger",
            do_not_contact=True,
            occupation="退休",
        ),
    ]


def _lives(s: object) -> None:
    add = s.add  # type: ignore[attr-defined]
    add(
        Holding(
            client_no=WANG,
            holding_no="H1",
            product_type="deposit",
            product="三年定期",
            amount_fen=30_000_000,
            start_on=date(2023, 12, 1),
            matures_on=date(2026, 12, 1),
        )
    )
    add(
        Holding(
            client_no=WANG,
            holding_no="H2",
            product_type="wealth",
            product="安享90天",
            amount_fen=50_000_000,
            start_on=date(2026, 10, 1),
            matures_on=date(2027, 1, 10),
            product_risk="R2",
        )
    )
    add(Holding(client_no=WANG, holding_no="H3", product_type="demand", amount_fen=6_240_000))
    add(Holding(client_no=LI, holding_no="H1", product_type="demand", amount_fen=18_000_000))
    add(KeyDate(client_no=WANG, label="生日", date=date(1968, 11, 28), calendar="solar", who="本人"))
    add(Gift(client_no=WANG, on=date(2026, 2, 10), item="手写春联", value_fen=2_000, occasion="春节"))
    add(
        Contact(
            contact_no="K1",
            client_no=WANG,
            at=datetime(2026, 9, 2, 10, 5),
            channel="call",
            staff_no="S01",
            effective=True,
            outcome="reached",
            summary="问了儿子择校的事，说想等放榜",
        )
    )
    add(
        Contact(
            contact_no="K2",
            client_no=WANG,
            at=datetime(2026, 10, 20, 15, 30),
            channel="message",
            staff_no="S01",
            effective=False,
            outcome="sent",
        )
    )
    add(
        StageChange(
            client_no=WANG,
            at=datetime(2026, 9, 2, 10, 5),
            before="stranger",
            after="acquainted",
            reason={"effective": 1, "visits": 0, "days": 0},
            contact_no="K1",
        )
    )
    for no, peak in ((WANG, 90_000_000), (LI, 52_000_000)):
        for back in range(13, 0, -1):
            month0 = (TODAY.year * 12 + TODAY.month - 1) - back + 1
            end = date(month0 // 12, month0 % 12 + 1, 1) - timedelta(days=1)
            share = (13 - back) * 3 if no == WANG else 100 if back > 3 else 35
            add(Balance(client_no=no, on=end, assets_fen=peak * (60 + share) // 100 if no == WANG else peak * share // 100))
    add(
        Movement(
            client_no=LI,
            movement_no="M1",
            on=date(2026, 11, 20),
            amount_fen=-12_000_000,
            counterparty="本人",
            counterparty_bank="兴城银行",
            purpose="转账",
        )
    )
    add(Assignment(client_no=WANG, manager="S01", since=date(2025, 3, 1)))
