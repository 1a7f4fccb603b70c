"""Two branches on one PostgreSQL, with one of everything for each client; and a connection for each person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from coach.domain.chain import GENESIS, next_entry
from tests.servers.postgres import OWNER, PASSWORD, Postgres

STAFF = [
    ("S1", "王芳", "staff", "B1"), ("S2", "李强", "staff", "B1"), ("T1", "孙训", "trainer", "B1"), ("V1", "周管", "supervisor", "B1"),
    ("S3", "赵敏", "staff", "B2"), ("S4", "钱进", "staff", "B2"), ("T2", "吴训", "trainer", "B2"), ("V2", "郑管", "supervisor", "B2"),
]  # fmt: skip
PEOPLE = [number for number, *_ in STAFF]
NOBODY = "N"
"""A login in the group of the staff, with no staff number."""
WORD = "a-word-of-the-tests"

CLIENTS = [
    ("C1", "客一", "S1", "B1"), ("C2", "客二", "S1", None), ("C3", "客三", "S2", "B1"), ("C4", "客四", "S3", "B2"),
    ("C5", "客五", "S4", None), ("C6", "客六", None, "B1"), ("C7", "客七", "S1", "B2"), ("C8", "客八", None, None),
]  # fmt: skip
"""C7 is of the other branch although the manager is of this one; C8 is nobody's: the owner alone sees it."""
OF = {
    "S1": {"C1", "C2"}, "S2": {"C3"}, "V1": {"C1", "C2", "C3", "C6"}, "S3": {"C4"}, "S4": {"C5"}, "V2": {"C4", "C5", "C7"},
    "T1": set(), "T2": set(), NOBODY: set(),
}  # fmt: skip
BRANCH = {number: branch for number, _, _, branch in STAFF}

CHILDREN = ("holding", "balance", "movement", "contact", "keydate", "gift", "invitation", "assignment", "stagechange", "tierchange", "task",
            "suggestion")  # fmt: skip
"""Tables whose rows hang on a client."""


@dataclass
class Branches:
    """The database, and who may log in to it."""

    server: Postgres
    url: str
    logins: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    def url_of(self, who: str) -> str:
        return self.url if who == OWNER else self.server.url(self.name, self.logins[who], WORD)

    @contextmanager
    def at(self, who: str) -> Iterator[psycopg.Connection[Any]]:
        """A plain connection, as psql makes one."""
        user, word = (OWNER, PASSWORD) if who == OWNER else (self.logins[who], WORD)
        with psycopg.connect(host="127.0.0.1", port=self.server.port, user=user, password=word, dbname=self.name) as c:
            yield c


def make(server: Postgres, url: str) -> Branches:
    """Filled by the owner; logins with the rights of their roles. Their names hold the database's: logins belong to the server."""
    made = Branches(server, url)
    made.logins = {who: f"{made.name}_{who.lower()}" for who in [*PEOPLE, NOBODY]}
    with made.at(OWNER) as c:
        _fill(c)
        for who, login in made.logins.items():
            role = next((role for number, _, role, _ in STAFF if number == who), "staff")
            c.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(login), sql.Literal(WORD)))
            c.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(f"coach_{role}"), sql.Identifier(login)))
            if who != NOBODY:
                c.execute("INSERT INTO login VALUES (%s, %s)", (login, who))
                c.execute("INSERT INTO model_call (at, key, purpose, lang, model, prompt_version, outcome, detail, retries, dropped,"
                          " answer, login) VALUES (now(), 'k', 'suggest', 'zh', 'm', '1', 'ok', '', 0, 0, %s, %s)", (who, login))
        c.commit()
        c.execute("ANALYZE")
    return made


def remove(made: Branches) -> None:
    """The database and its logins, gone."""
    made.server.drop(made.url)
    for login in made.logins.values():
        made.server.sql(f'DROP ROLE IF EXISTS "{login}"')


def _fill(c: psycopg.Connection[Any]) -> None:
    def put(table: str, **row: Any) -> None:
        c.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join([sql.Placeholder()] * len(row))
            ), list(row.values()),
        )  # fmt: skip

    day, at = "2026-11-24", "2026-11-24 09:00"
    for number, name, role, branch in STAFF:
        put("staff", staff_no=number, name=name, role=role, branch=branch)
    for number, branch in (("E1", "B1"), ("E2", "B2"), ("E3", None)):
        put("event", event_no=number, title=f"活动{number}", on=day, branch=branch)
    for number, name, manager, branch in CLIENTS:
        put("client", client_no=number, name=name, manager=manager, branch=branch, assets_fen=100, stage="stranger",
            stage_by_hand=False, do_not_contact=False, tier="C", tier_reason="{}", tier_by_hand=False, search_key=name, version=1,
            phone="13800000000")  # fmt: skip
        put("holding", client_no=number, holding_no="H", product_type="deposit", amount_fen=100)
        put("balance", client_no=number, on=day, assets_fen=100)
        put("movement", client_no=number, movement_no="M", on=day, amount_fen=1)
        put("contact", contact_no=f"~{number}", client_no=number, at=at, channel="call", staff_no=manager, effective=True, summary="密谈")
        put("contact", contact_no=f"K{number}", client_no=number, at=at, channel="call", staff_no=manager, effective=True, summary="密谈")
        put("keydate", client_no=number, label="生日", date=day, calendar="solar", who="")
        put("gift", client_no=number, on=day, item="茶")
        put("invitation", client_no=number, event_no="E1" if branch == "B1" or number == "C2" else "E2", status="invited")
        put("assignment", client_no=number, manager=manager, since=day, reason="import")
        put("stagechange", client_no=number, at=at, before="stranger", after="acquainted", reason="{}", by=manager)
        put("tierchange", client_no=number, at=at, before="C", after="B", reason="{}", by=manager)
        put("task", task_no=f"T{number}", plan_on=day, manager=manager or "-", client_no=number, play="p", step="s", signal="x", anchor=day,
            channel="call", due=day, priority=1, position=0, reasons="[]", state="open")  # fmt: skip
        put("suggestion", suggestion_no=f"G{number}", client_no=number, on=day, engine="offline", lang="zh", rule_version="1",
            body='{"message_draft": "密"}')  # fmt: skip
    for who in PEOPLE:
        boss = "T1" if BRANCH[who] == "B1" else "T2"
        put("practice_assignment", assignment_no=f"P{who}", scenario="s", staff_no=who, due_on=day, by=boss, at=at, note="")
        put("practice_attempt", attempt_no=f"A{who}", scenario="s", version="1", staff_no=who, lang="zh", engine="offline", began_at=at,
            ended_at=at, ending="agreed", hints=0, turns="[]", rubric="{}", played="{}", score="{}", total=80, passed=True)  # fmt: skip
        put("practice_review", attempt_no=f"A{who}", by=boss, at=at, comment="好", corrected="{}")
        put("meta", key=f"plan:{who}:{day}", value="{}")
    put("meta", key="demo", value="x")
    put("meta", key="changes", value="7")
    for number, _, manager, _branch in CLIENTS:
        if manager in ("S1", "S2", "S3"):
            boss = "V1" if BRANCH[manager] == "B1" else "V2"
            put("review", review_no=f"R{number}", subject_kind="contact", subject=f"K{number}", client_no=number, staff_no=manager,
                by=boss, at=at, rating="{}", rubric="1", signed_off=False, text="")  # fmt: skip
            put("review_comment", comment_no=f"M{number}", review_no=f"R{number}", by=boss, to=manager, at=at, text="再谈")
            put("review_seen", comment_no=f"M{number}", staff_no=manager, at=at)
    for n, (branch, client, after) in enumerate((("B1", "C1", "S1"), ("B2", "C4", "S3")), start=1):
        put("allocation_run", run_no=f"N{branch}", seq=n, at=at, on=day, mode="monthly", policy_version="1", summary="{}", last_contact=0,
            branch=branch)  # fmt: skip
        put("allocation_move", run_no=f"N{branch}", client_no=client, after=after, why="w", reason="{}", version=1)
        put("importrun", at=at, file="f.csv", sha256="0", kind="clients", added=1, changed=0, unchanged=0, rejected=0, branch=branch)
        put("nightly_run", plan_on=day, branch=branch, state="done", managers=1, clients=1, signals=1, tasks=1, seconds=1, attempts=1,
            error="", imported=0)  # fmt: skip
    last = GENESIS
    told = [("contact", manager, number, f"K{number}") for number, _, manager, _branch in CLIENTS] + [("practice", "T1", None, "AT1")]
    for n, (kind, who, client_no, subject) in enumerate(told):
        made = next_entry(n, last, at="2026-11-24T09:00:00", kind=kind, staff_no=who, client_no=client_no, subject=subject, body={})
        put("log_entry", **{name: getattr(made, name) for name in made.__slots__})
        last = made.hash
