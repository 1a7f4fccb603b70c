"""The demo branch's records agree with one another, are as skewed as a real branch's, and are the same from the same seed."""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from coach.demo import KINDS, generate, write_files
from coach.domain import frames
from coach.domain.lunar import lunar_to_solar, parse_lunar
from coach.domain.outcomes import OUTCOMES, is_effective
from coach.domain.stages import earned
from coach.domain.words import Channel, InvitationStatus, ProductType, Role, Stage
from coach.settings import load_policy
from coach.store.db import open_db
from coach.store.importing import import_file

TODAY = date(2026, 11, 24)
OWED = ("loan", "card")
Data = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def data() -> Data:
    return generate(2400, 7, TODAY)


def _by_client(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        out[row["client_no"]].append(row)
    return out


def test_the_branch_has_four_managers_of_600_and_its_other_staff(data: Data) -> None:
    assert Counter(c["manager"] for c in data["clients"]) == {"1001": 600, "1002": 600, "1003": 600, "1004": 600}
    assert [(s["staff_no"], s["role"]) for s in data["staff"][4:]] == [("1005", "staff"), ("1006", "trainer"), ("1007", "supervisor")]
    assert len({c["client_no"] for c in data["clients"]}) == len({c["phone"] for c in data["clients"]}) == 2400
    assert sum(map(len, data.values())) < 62_000
    assert list(data) == list(KINDS)


@pytest.mark.parametrize(("clients", "managers"), [(1, 1), (2, 1), (9, 1), (30, 1), (700, 1), (1000, 2)])
def test_any_size(clients: int, managers: int) -> None:
    made = generate(clients, 3, TODAY)
    assert len(made["clients"]) == clients
    assert len({c["manager"] for c in made["clients"]}) == managers
    with pytest.raises(ValueError, match="at least one"):
        generate(0, 3, TODAY)


@pytest.mark.parametrize(("clients", "seed"), [(600, 1), (600, 2), (600, 3), (1200, 4), (2400, 5)])
def test_two_percent_hold_about_four_fifths(clients: int, seed: int) -> None:
    assets = sorted((c["assets"] for c in generate(clients, seed, TODAY)["clients"]), reverse=True)
    share = sum(assets[: round(clients * 0.02)]) / sum(assets)
    assert Decimal("0.75") <= share <= Decimal("0.85")
    assert assets[clients // 2] < 20_000, "half of the clients have little"


def test_assets_are_the_sum_of_the_holdings(data: Data) -> None:
    held = _by_client(data["holdings"])
    for client in data["clients"]:
        mine = held[client["client_no"]]
        assert sum(h["amount"] for h in mine if h["product_type"] not in OWED) == client["assets"]
        assert all(h["amount"] > 0 for h in mine if h["product_type"] != "demand")
        assert len({h["holding_no"] for h in mine}) == len(mine)


def test_a_months_change_is_the_sum_of_its_movements(data: Data) -> None:
    moved, ends = _by_client(data["movements"]), _by_client(data["balances"])
    first = TODAY - timedelta(days=179)
    checked = 0
    for client in data["clients"]:
        no = client["client_no"]
        points = [(b["on"], b["assets"]) for b in ends[no]] + [(TODAY, client["assets"])]
        assert all(assets >= 0 for _, assets in points)
        for (before, had), (after, has) in pairwise(points):
            if before >= first:
                assert has - had == sum(m["amount"] for m in moved[no] if before < m["on"] <= after), (no, before)
                checked += 1
        assert all(client["opened_on"] <= on for on, _ in points)
        assert len(points) == 14 or client["opened_on"] > date(2025, 10, 31)
    assert checked > 10_000
    assert {m["on"] for m in data["movements"]} <= {first + timedelta(days=i) for i in range(180)}
    active = [rows for rows in moved.values() if len(rows) > 3]
    assert 9 <= sum(map(len, active)) / len(active) <= 15


def test_three_to_five_maturities_a_day_and_some_placed_again(data: Data) -> None:
    for seed in (1, 2):
        rows = generate(600, seed, TODAY)["holdings"]
        days = Counter((h["matures_on"] - TODAY).days for h in rows if h["product_type"] in ("deposit", "wealth", "insurance"))
        assert all(3 <= days[offset] <= 5 for offset in range(-7, 31)), days
    held = _by_client(data["holdings"])
    past = [h for h in data["holdings"] if h["matures_on"] and timedelta(0) < TODAY - h["matures_on"] <= timedelta(days=7)]
    again = [h for h in past if any(n["start_on"] and n["start_on"] >= h["matures_on"] for n in held[h["client_no"]])]
    assert 0.25 <= len(again) / len(past) <= 0.65
    assert all(h["start_on"] <= TODAY for h in data["holdings"] if h["start_on"])


def test_products_agree_with_attitude_to_risk_and_opening(data: Data) -> None:
    clients = {c["client_no"]: c for c in data["clients"]}
    for h in data["holdings"]:
        client = clients[h["client_no"]]
        if h["product_risk"]:
            assert int(h["product_risk"][1]) <= int((client["risk_level"] or "C1")[1])
        assert not h["start_on"] or h["start_on"] >= client["opened_on"]
        assert not h["matures_on"] or h["start_on"] < h["matures_on"]
    assessed = [c for c in data["clients"] if c["risk_assessed_on"]]
    assert 0.2 <= sum((TODAY - c["risk_assessed_on"]).days > 366 for c in assessed) / len(assessed) <= 0.3


def test_stages_have_their_shares_and_are_earned_by_the_contacts(data: Data) -> None:
    shares = Counter(c["stage"] for c in data["clients"])
    assert {s: round(n / 2400, 2) for s, n in shares.items()} == {"stranger": 0.35, "acquainted": 0.35, "trusted": 0.22, "loyal": 0.08}
    contacts = frames.frame(frames.CONTACTS, data["contacts"])
    by_rule = dict(earned(contacts, load_policy(Path("no-policy-of-its-own.toml"))).select("client_no", "stage").iter_rows())
    stages = {c["client_no"]: c["stage"] for c in data["clients"] if c["stage"] != "stranger"}
    assert by_rule == stages


def test_contacts_were_made_at_work_by_the_manager(data: Data) -> None:
    clients = {c["client_no"]: c for c in data["clients"]}
    seen: set[tuple[Any, ...]] = set()
    for t in data["contacts"]:
        client = clients[t["client_no"]]
        assert t["staff_no"] == client["manager"]
        assert client["opened_on"] < t["at"].date() < TODAY
        assert 8 <= t["at"].hour < 19 and t["outcome"] in OUTCOMES and t["effective"] == is_effective(t["outcome"])
        assert t["next_on"] is None or t["next_on"] > t["at"].date()
        seen.add((t["client_no"], t["at"], t["channel"]))
    assert len(seen) == len(data["contacts"])
    told = _by_client(data["contacts"])
    for rows in told.values():
        said = [t["summary"] for t in rows if t["summary"] and t["effective"] and t["outcome"] != "refused"]
        assert len(said) == len(set(said)), "nothing is told twice of one client"


def test_care_keeps_to_its_limits(data: Data) -> None:
    given = _by_client(data["gifts"])
    assert len(given) > 200
    for rows in given.values():
        assert len({g["item"] for g in rows}) == len(rows)
        assert all(0 < g["value"] < 100 and g["on"] < TODAY for g in rows)
        assert sum(g["value"] for g in rows) <= 300
    quiet = [c for c in data["clients"] if c["do_not_contact"]]
    assert 0.01 <= len(quiet) / 2400 <= 0.02
    assert not {c["client_no"] for c in quiet} & {i["client_no"] for i in data["invitations"]}
    consent = Counter(c["marketing_consent"] for c in data["clients"])
    assert consent[True] > 0.7 * 2400 and consent[False] > 50 and consent[None] > 50


def test_lunar_birthdays_are_the_solar_ones(data: Data) -> None:
    lunar = [c for c in data["clients"] if c["lunar_birthday"]]
    assert len(lunar) > 100
    for client in lunar:
        month, day = parse_lunar(client["lunar_birthday"]) or (0, 0)
        born = client["birthday"]
        assert born in (lunar_to_solar(born.year, month, day), lunar_to_solar(born.year - 1, month, day))
    assert {k["calendar"] for k in data["key_dates"]} == {"solar", "lunar"}


def test_words_are_the_contracts(data: Data) -> None:
    for kind, field, words in (
        ("staff", "role", Role),
        ("clients", "stage", Stage),
        ("holdings", "product_type", ProductType),
        ("contacts", "channel", Channel),
        ("invitations", "status", InvitationStatus),
    ):
        assert {row[field] for row in data[kind]} == {w.value for w in words}, field
    clients, events = {c["client_no"] for c in data["clients"]}, {e["event_no"] for e in data["events"]}
    for kind in KINDS[3:]:
        assert {row["client_no"] for row in data[kind]} <= clients
    assert {i["event_no"] for i in data["invitations"]} == events
    assert sum(e["on"] > TODAY for e in data["events"]) == 2


def test_both_languages_tell_the_same_lives() -> None:
    zh, en = generate(120, 5, TODAY), generate(120, 5, TODAY, lang="en")
    told = {
        "name",
        "post",
        "branch",
        "title",
        "place",
        "occupation",
        "employer",
        "community",
        "family",
        "interests",
        "tags",
        "note",
        "product",
        "counterparty",
        "counterparty_bank",
        "purpose",
        "summary",
        "label",
        "who",
        "item",
        "occasion",
        "card_level",
    }
    for kind in KINDS:
        assert len(zh[kind]) == len(en[kind])
        for a, b in zip(zh[kind], en[kind], strict=True):
            for field in a:
                if field in told:
                    assert (a[field] is None) == (b[field] is None)
                    assert b[field] is None or (b[field].isascii() and not (a[field].isascii())), (kind, field, a[field], b[field])
                else:
                    assert a[field] == b[field]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def made(folder: str, seed: int) -> list[bytes]:
        return [p.read_bytes() for p in write_files(generate(150, seed, TODAY), tmp_path / folder)]

    assert made("a", 9) == made("b", 9)
    assert made("a", 9)[2] != made("c", 10)[2]
    assert all(content.startswith(b"\xef\xbb\xbf") for content in made("a", 9))


def _cells(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def test_the_files_come_in_whole(tmp_path: Path) -> None:
    data = generate(150, 4, TODAY)
    paths = write_files(data, tmp_path / "ledger")
    assert [p.stem for p in paths] == list(KINDS)
    first = next(_cells(paths[2]))
    assert first["客户号"] == "10000001" and first["勿扰"] in ("是", "否") and first["阶段"] in ("陌生", "熟悉", "信任", "忠诚")
    engine = open_db(f"sqlite:///{tmp_path / 'coach.db'}")
    for path in paths:
        result = import_file(engine, path, today=TODAY, lang="zh")
        assert (result.kind, result.added, result.rejected) == (path.stem, len(data[path.stem]), 0)
        assert result.unmatched_columns == ()
    again = import_file(engine, paths[2], today=TODAY, lang="zh")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 150)
    with engine.connect() as connection:
        stored = pl.read_database("select client_no, assets_fen, stage, do_not_contact, gender from client order by client_no", connection)
    assert stored["assets_fen"].to_list() == [int(c["assets"] * 100) for c in data["clients"]]
    assert stored["stage"].to_list() == [c["stage"] for c in data["clients"]]
    assert stored["gender"].to_list() == [c["gender"] for c in data["clients"]]
    engine.dispose()


def test_speed(data: Data) -> None:
    """2,400 clients take about a second; ten would mean that something is looked for over and over."""
    start = time.process_time()
    generate(2400, 8, TODAY)
    assert time.process_time() - start < 10
