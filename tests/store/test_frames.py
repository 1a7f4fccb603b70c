"""What the rules are given: the right rows, types and history."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach import paths
from coach.domain import frames as domain
from coach.domain.policy import Policy, parse
from coach.store.db import session
from coach.store.frames import fetch, load_frames
from coach.store.importing import ImportResult
from coach.store.tables import Client, Contact, Meta

TODAY = date(2026, 11, 23)
Bring = Callable[..., ImportResult]
Write = Callable[..., str]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse(tomllib.loads((paths.KNOWLEDGE / "policy.toml").read_text(encoding="utf-8")))


@pytest.fixture
def filled(engine: Engine, branch: None, bring: Bring, write_csv: Write) -> Engine:
    bring(write_csv([["客户号", "姓名", "管户工号"], ["C2", "曾国藩", "S1"]]))
    bring(write_csv([["客户号", "姓名", "管户工号"], ["C2", "曾国藩", "S2"]]))
    bring(write_csv([["客户号", "类型", "金额", "到期日"], ["C1", "定期", "9", "2026-12-01"], ["C2", "活期", "1", ""]]))
    bring(write_csv([["客户号", "日期", "资产"], *(["C1", d, "5"] for d in ("2026-03-31", "2026-04-30", "2026-10-31", "2026-12-31"))]))
    bring(
        write_csv(
            [
                ["客户号", "日期", "金额"],
                ["C1", "2026-05-01", "1"],
                ["C1", "2026-06-01", "2"],
                ["C1", "2026-11-22", "-3"],
                ["C1", "2026-12-01", "4"],
            ]
        )
    )
    bring(
        write_csv([["客户号", "时间", "渠道", "有效"], ["C1", "2020-01-01 09:30", "电话", "是"], ["C3", "2026-11-01 10:00", "面访", "否"]])
    )
    bring(write_csv([["客户号", "事由", "日期"], ["C1", "生日", "1960-01-02"]]))
    bring(write_csv([["客户号", "日期", "内容", "价值"], ["C1", "2026-09-20", "月饼", "88"]]))
    bring(write_csv([["活动号", "名称", "日期"], ["E2", "讲座", "2026-11-25"]]))
    bring(write_csv([["活动号", "客户号", "状态"], ["E2", "C1", "已应"], ["E1", "C1", "已应"]]))
    with session(engine) as s:
        s.add(
            Contact(contact_no="undone", client_no="C1", at=datetime(2026, 11, 2, 9), channel="call", voided_at=datetime(2026, 11, 2, 9, 1))
        )
    return engine


def load(engine: Engine, policy: Policy, **which: object) -> domain.Frames:
    with session(engine, write=False) as s:
        return load_frames(s, TODAY, policy=policy, **which)  # type: ignore[arg-type]


def test_schemas_are_the_domain_s(filled: Engine, policy: Policy) -> None:
    loaded = load(filled, policy)
    for name in domain.Frames.__slots__:
        assert dict(getattr(loaded, name).schema) == dict(getattr(domain, name.upper())), name


def test_values_and_history(filled: Engine, policy: Policy) -> None:
    f = load(filled, policy)
    assert f.clients.select("client_no", "manager", "assets_fen", "do_not_contact", "assigned_on").rows() == [
        ("C1", "S1", 35_000_000, False, None),
        ("C2", "S2", 100, False, TODAY),
        ("C3", None, 0, False, None),
    ]
    assert f.holdings.select("client_no", "amount_fen", "matures_on").rows() == [("C1", 900, date(2026, 12, 1)), ("C2", 100, None)]
    assert f.balances["on"].to_list() == [date(2026, 4, 30), date(2026, 10, 31)]
    assert f.movements["amount_fen"].to_list() == [200, -300]
    assert f.contacts.select("client_no", "at", "effective").rows() == [
        ("C1", datetime(2020, 1, 1, 9, 30), True),
        ("C3", datetime(2026, 11, 1, 10), False),
    ]
    assert f.key_dates.rows() == [("C1", "生日", date(1960, 1, 2), "solar", "")]
    assert f.gifts.rows() == [("C1", date(2026, 9, 20), "月饼", 8_800, None)]
    assert f.invitations.rows() == [("C1", "E2", "讲座", date(2026, 11, 25), None, "accepted")]


def test_some_clients_only(filled: Engine, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(filled, policy, managers=["S2"]).clients["client_no"].to_list() == ["C2"]
    assert load(filled, policy, managers=["S2"]).holdings["client_no"].to_list() == ["C2"]
    one = load(filled, policy, client_nos=["C1", "nobody"])
    assert (one.clients.height, one.contacts.height, one.gifts.height) == (1, 1, 1)
    both = load(filled, policy, client_nos=["C1"], managers=["S2"])
    assert both.clients.is_empty() and both.holdings.is_empty()
    assert load(filled, policy, client_nos=[]).clients.is_empty()
    monkeypatch.setattr("coach.store.frames._IN_SQL", 0)  # too many to ask the database for
    sifted = load(filled, policy, client_nos=["C1", "nobody"])
    assert all(getattr(sifted, n).equals(getattr(one, n)) for n in domain.Frames.__slots__)


def test_the_quick_way_gives_what_sqlalchemy_gives(filled: Engine, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = load(filled, policy)
    monkeypatch.setattr("coach.store.frames.fetch", _typed)
    slow = load(filled, policy)
    assert all(getattr(slow, n).equals(getattr(quick, n)) for n in domain.Frames.__slots__)


def _typed(connection: object, query: object, schema: domain.Schema) -> pl.DataFrame:
    rows = connection.execute(query).fetchall()  # type: ignore[attr-defined]
    return pl.DataFrame([tuple(r) for r in rows], schema=dict(schema), orient="row") if rows else pl.DataFrame(schema=dict(schema))


@pytest.mark.parametrize("text", ["", "a,b", 'say "so"', "两行\n字", "\\N", "\\.", " 空格 ", "NULL", "👵", "\r"])
def test_odd_texts_come_out_as_they_went_in(engine: Engine, text: str) -> None:
    with session(engine) as s:
        s.add_all([Meta(key="k", value=text), Meta(key="l", value="x")])
    with session(engine, write=False) as s:
        asked = sa.select(Meta.key, Meta.value).order_by(Meta.key)  # type: ignore[call-overload]
        assert fetch(s.connection(), asked, {"key": pl.String, "value": pl.String}).rows() == [("k", text), ("l", "x")]
        asked = sa.select(Meta.value).order_by(Meta.key)  # type: ignore[call-overload]
        assert fetch(s.connection(), asked, {"value": pl.String})["value"].to_list() == [text, "x"]


def test_texts_are_in_the_order_of_their_characters(engine: Engine, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever language a PostgreSQL server sorts in (a, B, c): it is told so, as this one has no other language to try."""
    asked: list[str] = []
    monkeypatch.setattr("coach.store.frames.fetch", lambda c, q, schema: (asked.append(str(q.compile(c))), fetch(c, q, schema))[1])
    with session(engine) as s:
        s.add_all([Client(client_no=no, name="王") for no in ("a1", "B1", "c1", "_1", "号1", "ß")])
    assert load(engine, policy).clients["client_no"].to_list() == sorted(["a1", "B1", "c1", "_1", "号1", "ß"])
    told = [sql.rpartition("ORDER BY")[2] for sql in asked]
    assert len(told) == 8 and all('client_no COLLATE "C"' in order for order in told) is (engine.dialect.name == "postgresql")


def test_rows_are_fetched_in_parts(filled: Engine, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load(filled, policy)
    monkeypatch.setattr("coach.store.frames._CHUNK", 1)
    parts = load(filled, policy)
    assert all(getattr(parts, n).equals(getattr(whole, n)) for n in domain.Frames.__slots__)


def test_fetch_is_inside_the_transaction(engine: Engine) -> None:
    with session(engine) as s:
        s.connection().execute(sa.text("INSERT INTO meta VALUES ('k', 'v')"))
        assert fetch(s.connection(), sa.text("SELECT value FROM meta"), {"value": pl.String}).rows() == [("v",)]
        s.rollback()
