"""What somebody with psql and a password of their own gets: what Coach shows them, and not a row more.

Every table is read as everybody; then each line of ``ATTEMPTS`` is tried. After each, the owner finds the database as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import md5
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.chain import hash_of, next_entry
from coach.store import db
from tests.servers.postgres import OWNER, Postgres
from tests.store.two_branches import BRANCH, CHILDREN, CLIENTS, NOBODY, OF, PEOPLE, STAFF, Branches, make, remove

DENIED = "denied"
NOTHING = "nothing"


@pytest.fixture(scope="module")
def two(postgres: Postgres) -> Iterator[Branches]:
    url = postgres.database()
    engine = db.engine_of(url)
    db.upgrade(engine)
    engine.dispose()
    made = make(postgres, url)
    yield made
    remove(made)


# --- reading ---------------------------------------------------------------------------------------------------------

DAY = "2026-11-24"
ROLE = {number: role for number, _, role, _ in STAFF}


def expected(table: str, who: str) -> set[str]:
    """The keys of a table that somebody sees."""
    mine, branch, role = OF[who], BRANCH.get(who), ROLE.get(who)
    people = {p for p in PEOPLE if BRANCH[p] == branch}
    trains = people if role in ("trainer", "supervisor") else {who} & set(PEOPLE)
    reviewed = {no for no, _, manager, _ in CLIENTS if manager in ("S1", "S2", "S3") and (
        manager == who or (role == "supervisor" and BRANCH[manager] == branch))}  # fmt: skip
    books = {"staff": {who}, "supervisor": {"", *people}}.get(role or "", set())
    boss = role == "supervisor"
    events = {("staff", "B1"): {"E1"}, ("staff", "B2"): {"E2"}, ("supervisor", "B1"): {"E1", "E3"}, ("supervisor", "B2"): {"E2", "E3"}}
    logged = {no for no, _, manager, _ in CLIENTS if manager == who} | (mine if boss else set())
    return {
        "alembic_version": {db.HEAD}, "staff": people, "client": mine, "event": events.get((role, branch), set()),  # type: ignore[arg-type]
        "model_call": {who} & set(PEOPLE), "practice_assignment": trains, "practice_attempt": trains, "practice_review": trains,
        "review": reviewed, "review_comment": reviewed, "review_seen": reviewed,
        "meta": ({"demo"} | {f"plan:{p}:{DAY}" for p in (people if boss else {who})}) if branch else set(),
        "log_entry": logged | ({"-"} if who in ("T1", "V1") else set()),
        "allocation_run": {branch} if boss else set(), "allocation_move": {branch} if boss else set(),  # type: ignore[dict-item]
        "importrun": {branch} if boss else set(), "nightly_run": {branch} if boss else set(), "login": set(), "log_head": set(),  # type: ignore[dict-item]
        "book_change": (books & {"", "S1", "S2", "S3", "S4"}) | ({branch} if role in ("staff", "supervisor") else set()),  # type: ignore[arg-type]
    }.get(table, mine)  # fmt: skip


KEYS = {
    "alembic_version": "version_num", "staff": "staff_no", "event": "event_no", "model_call": "answer", "practice_assignment": "staff_no",
    "practice_attempt": "staff_no", "practice_review": "substr(attempt_no, 2)", "review": "client_no",
    "review_comment": "substr(review_no, 2)", "review_seen": "substr(comment_no, 2)", "meta": "key",
    "log_entry": "coalesce(client_no, '-')", "allocation_run": "substr(run_no, 2)", "allocation_move": "substr(run_no, 2)",
    "importrun": "branch", "nightly_run": "branch", "login": "login", "log_head": "id::text", "book_change": "coalesce(book, branch)",
}  # fmt: skip


def tables(two: Branches) -> list[str]:
    with two.at(OWNER) as c:
        return [row[0] for row in c.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]


def test_every_table_has_row_security_and_is_looked_at_here(two: Branches) -> None:
    with two.at(OWNER) as c:
        asked = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace"
        assert c.execute(f"{asked} AND NOT relrowsecurity").fetchall() == []
        rights = "SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'public'::regnamespace AND grantee = 0"
        assert c.execute(rights).fetchone() == (0,)
        definers = ("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND (proconfig IS NULL OR"
                    " NOT proconfig::text LIKE '%pg_catalog%' OR (SELECT bool_or(grantee = 0) FROM aclexplode(proacl)) IS NOT FALSE)")
        assert c.execute(definers).fetchall() == []
    assert set(tables(two)) == {*KEYS, "client", *CHILDREN}


@pytest.mark.parametrize("who", [*PEOPLE, NOBODY])
def test_who_sees_what(two: Branches, who: str) -> None:
    seen, wanted = {}, {}
    with two.at(who) as c:
        c.autocommit = True
        for table in tables(two):
            wanted[table] = expected(table, who)
            try:
                seen[table] = {row[0] for row in c.execute(f"SELECT {KEYS.get(table, 'client_no')} FROM {table}")}
            except psycopg.errors.InsufficientPrivilege:
                seen[table] = set()
    assert seen == wanted


# --- what is tried ---------------------------------------------------------------------------------------------------

ATTEMPTS = [
    tuple(cell.strip() for cell in line.split(" | ", 3))
    for line in Path(__file__).with_name("row_attempts.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]  # fmt: skip
"""Who, how it ends, what it is, the statement."""
NEW_CONTACT = next(statement for *_, what, statement in ATTEMPTS if what == "a contact in another's name")

_REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported, psycopg.errors.DependentObjectsStillExist,
            psycopg.errors.InvalidGrantOperation)  # fmt: skip
"""What a refusal is. ``FeatureNotSupported`` is COPY FROM under row security."""


def state(two: Branches) -> Any:
    """A digest of every row, and of rights, policies, triggers, functions and roles; as the owner sees them."""
    rows = " UNION ALL ".join(f"SELECT '{t}', md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {t} x" for t in tables(two))
    with two.at(OWNER) as c:
        return c.execute(rows).fetchall(), c.execute(
            "SELECT (SELECT string_agg(concat(relname, relacl::text, relrowsecurity), ',' ORDER BY relname) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace), (SELECT count(*) FROM pg_policy),"
            " (SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY oid) FROM pg_trigger),"
            " (SELECT md5(string_agg(prosrc, ',' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),"
            " (SELECT string_agg(concat(rolname, rolsuper, rolbypassrls), ',' ORDER BY rolname) FROM pg_roles),"
            " (SELECT count(*) FROM pg_auth_members)"
        ).fetchone()


def test_nothing_more_is_read_or_written(two: Branches) -> None:
    """Each attempt is committed where the database lets it."""
    assert len(ATTEMPTS) >= 160 and len({(who, what) for who, _, what, _ in ATTEMPTS}) == len(ATTEMPTS)
    before, ended = state(two), {}
    with ExitStack() as stack:
        at = {who: stack.enter_context(two.at(who)) for who in {line[0] for line in ATTEMPTS}}
        for who, _, what, statement in ATTEMPTS:
            at[who].autocommit, at[who].prepare_threshold = True, None
            ended[who, what] = _tried(at[who], statement)
            at[who].execute("DISCARD ALL")
            if ended[who, what] == NOTHING and not statement.startswith(("SELECT", "COPY (")):
                assert state(two) == before, (who, what)
    assert ended == {(who, what): how for who, how, what, _ in ATTEMPTS}
    assert state(two) == before


def _tried(c: psycopg.Connection[Any], statement: str) -> str:
    """``denied``, ``nothing``, or what came of it."""
    try:
        if statement.startswith("COPY (") or statement.startswith("COPY client FROM STDIN"):
            with c.cursor().copy(statement) as copy:
                got: Any = b"".join(copy) if statement.startswith("COPY (") else None
        else:
            cursor = c.execute(statement)
            while cursor.nextset():
                pass
            got = cursor.fetchall() if cursor.description else max(cursor.rowcount, 0)
    except _REFUSED:
        return DENIED
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error}"
    return NOTHING if not got else f"got {got}"


def test_a_function_of_ones_own_in_a_condition_is_shown_no_hidden_row(two: Branches) -> None:
    """A supervisor may make temporary things (imports need it), so a function that tells what it is shown."""
    told: list[str] = []
    with two.at("V1") as c:
        c.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        c.execute("CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
                  " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$")  # fmt: skip
        c.execute("SELECT * FROM client WHERE pg_temp.leak(client_no)")
        c.execute("SELECT * FROM contact WHERE pg_temp.leak(client_no)")
        c.execute("CREATE TEMPORARY VIEW seen AS SELECT * FROM client WHERE pg_temp.leak(client_no)")
        c.execute("SELECT * FROM seen")
        assert set(told) == OF["V1"]
        c.execute("CREATE TEMPORARY TABLE login (login text, staff_no text)")
        c.execute("CREATE TEMPORARY TABLE staff (staff_no text, role text, branch text)")
        c.execute("INSERT INTO pg_temp.login VALUES (session_user, 'V2'); INSERT INTO pg_temp.staff VALUES ('V2', 'supervisor', 'B2')")
        assert c.execute("SELECT coach_me(), coach_branch()").fetchone() == ("V1", "B1")
        assert {row[0] for row in c.execute("SELECT client_no FROM client")} == OF["V1"]


# --- the coaching log ------------------------------------------------------------------------------------------------

_INSERT = "INSERT INTO log_entry VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"


def _entry(c: psycopg.Connection[Any], staff: str | None = "S1", client: str | None = "C1", **other: Any) -> list[Any]:
    row = c.execute("SELECT entries, hash FROM coach_log_head()").fetchone()
    assert row is not None
    made = next_entry(row[0], row[1], at="2026-11-24T10:00:00", kind="contact", staff_no=staff, client_no=client, subject="x",
                      body={"a": "“é\u2028"})  # fmt: skip
    values = {name: getattr(made, name) for name in made.__slots__} | other
    if other and "hash" not in other:
        values["hash"] = hash_of(**{name: value for name, value in values.items() if name != "hash"})
    return list(values.values())


@pytest.mark.parametrize("other", [
    {"staff": "S2"}, {"staff": None}, {"client": "C3"}, {"client": "C99"}, {"entry_no": 5}, {"entry_no": 11}, {"prev_hash": "0" * 64},
    {"hash": "f" * 64}, {"hash": None}, {"body": "[]"}, {"body": '{"a":1'}, {"body": '{"a":\n1}'}, {"body": '{}{}'}, {"body": "x"},
])  # fmt: skip
def test_no_false_entry_gets_into_the_log(two: Branches, other: dict[str, Any]) -> None:
    before = state(two)
    refused = psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation
    with two.at("S1") as c, pytest.raises(refused):
        c.execute(_INSERT + " ON CONFLICT DO NOTHING", _entry(c, **other))
    assert state(two) == before


def test_a_true_entry_moves_the_head_on(two: Branches) -> None:
    with two.at("S1") as c:
        for _ in range(2):
            c.execute(_INSERT, _entry(c))
        c.execute(_INSERT, _entry(c, client=None))
        assert c.execute("SELECT max(entry_no) FROM log_entry").fetchone() == (12,)
        c.rollback()


def test_the_owner_gets_past_the_log_by_saying_so(two: Branches) -> None:
    with two.at(OWNER) as c:
        c.execute("SET LOCAL coach.log_unlocked = 'on'")
        assert c.execute("UPDATE log_entry SET body = '{}' WHERE entry_no = 1").rowcount == 1
        assert c.execute("DELETE FROM log_entry WHERE entry_no = 9").rowcount == 1
        c.rollback()


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=20)
@given(st.lists(st.tuples(texts, texts, st.none() | texts, st.none() | texts, st.none() | texts), min_size=1, max_size=60))
def test_postgresql_hashes_as_coach_does(two: Branches, rows: list[tuple[Any, ...]]) -> None:
    """Over odd texts: quotes, backslashes, control characters, line separators, what lies beyond the first plane."""
    odd = ("\x01\x1f\x7f\x80\u2028\u2029\ufeff\U0001f600\\\"/\b\f\n\r\t", "<>&'％", None, "", "\ud7ff\ue000")
    with two.at("S1") as c:
        for number, (at, kind, staff, client, subject) in enumerate([*rows, odd], start=1):
            wanted = hash_of(number, at, kind, staff, client, subject, '{"a":1}', "0" * 64)
            values = (number, at, kind, staff, client, subject, '{"a":1}', "0" * 64)
            assert c.execute("SELECT coach_log_hash(%s, %s, %s, %s, %s, %s, %s, %s)", values).fetchone() == (wanted,)


# --- notices ---------------------------------------------------------------------------------------------------------


def test_a_notice_gives_nothing_away_and_reaches_who_listens(two: Branches) -> None:
    with two.at("S2") as listening, two.at("S1") as writing:
        listening.autocommit = True
        listening.execute("LISTEN coach")
        writing.execute("UPDATE client SET note = 'x' WHERE client_no = 'C1'")
        writing.execute(NEW_CONTACT.replace("'x'", "'told'").replace("'S2'", "'S1'"))
        writing.commit()
        got = list(listening.notifies(timeout=5, stop_after=1))
        assert [n.payload for n in got] == [md5(b"S1").hexdigest()]
        with two.at(OWNER) as c:
            c.execute("UPDATE client SET note = NULL WHERE client_no = 'C1'")
            c.execute("DELETE FROM contact WHERE contact_no = 'told'")
            c.execute("DELETE FROM book_change WHERE xact > (SELECT min(xact) FROM book_change)")
