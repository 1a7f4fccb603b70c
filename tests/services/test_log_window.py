"""The log by pages with names, corrections as new entries, anchors that were missed, and the words of an entry."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.chain import Kind
from coach.domain.log_words import gist, told
from coach.domain.words import LANGS, Lang
from coach.services import doctor
from coach.services.errors import Refused
from coach.services.log import MISSED, append
from coach.services.log_anchor import anchor_line, anchor_now, anchor_state
from coach.services.log_correct import MAX_TEXT, correct
from coach.services.log_read import Wanted, entry
from coach.services.log_verify import STEP, verify
from coach.services.log_window import page, people_in_log, place, window
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff

NOW = datetime(2026, 11, 24, 10, 0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 entries: two people in turn, two clients, every third a stage set by hand (without a subject)."""
    home = tmp_path_factory.mktemp("log") / "home"
    ws = Workspace.at(home, lang="en")
    with session(ws.engine) as s:
        s.add(Staff(staff_no="1001", name="王芳"))
        s.add(Staff(staff_no="1002", name="周航"))
        s.flush()
        for no, name in (("C1", "李强"), ("C2", "赵敏")):
            s.add(Client(client_no=no, name=name, manager="1001", assigned_on=date(2026, 1, 5)))
        s.flush()
        for n in range(1, 31):
            at = datetime(2026, 11, n, 9, 0)
            who, client = f"100{n % 2 + 1}", f"C{n % 2 + 1}"
            if n % 3:
                append(ws, s, Kind.CONTACT, at, {"channel": "call", "n": n}, staff_no=who, client_no=client, subject=f"k{n}")
            else:
                body = {"before": "stranger", "after": "trusted", "reason": "熟人介绍"}
                append(ws, s, Kind.STAGE_CHANGE, at, body, staff_no=who, client_no=client)
    ws.close()
    return home


@pytest.fixture
def ws(template: Path, own_workspace: Path) -> Iterator[Workspace]:
    shutil.copytree(template, own_workspace)
    opened = Workspace.at(own_workspace, lang="en")
    yield opened
    opened.close()


def doctors(ws: Workspace) -> doctor.Check:
    """What the doctor says of the log."""
    return doctor._log(ws, NOW.date())


def anchored(ws: Workspace, every: int) -> Workspace:
    """The same workspace with anchors wanted in a file of its own."""
    (ws.home / "policy.toml").write_text(f'[log]\nanchor_file = "anchors/log"\nanchor_every = {every}\n', encoding="utf-8")
    return Workspace.at(ws.home, lang="en")


def test_pages_are_of_one_moment_and_carry_names(ws: Workspace) -> None:
    shown = window(ws, Wanted())
    assert (shown.total, shown.upto) == (30, 30)
    first = page(ws, shown, 0, 3)
    assert [(r.entry.entry_no, r.staff_name, r.client_name, r.corrected) for r in first] == [
        (30, "王芳", "李强", False), (29, "周航", "赵敏", False), (28, "王芳", "李强", False),
    ]  # fmt: skip
    correct(ws, 28, "打错了", by="1002", at=NOW)
    assert [r.entry.entry_no for r in page(ws, shown, 0, 3)] == [30, 29, 28], "what was added meanwhile moves no page"
    assert page(ws, shown, 2, 3)[0].corrected and not page(ws, shown, 1, 2)[0].corrected
    assert [r.entry.entry_no for r in page(ws, shown, 28, 40)] == [2, 1] and page(ws, shown, 30, 40) == [] == page(ws, shown, 5, 5)
    assert window(ws, Wanted()).total == 31


@pytest.mark.parametrize(
    "wanted",
    [Wanted(kind="stage_change"), Wanted(staff_no="1002"), Wanted(client_no="C2"),
     Wanted(since=date(2026, 11, 10), until=date(2026, 11, 12)), Wanted(kind="contact", staff_no="1001", since=date(2026, 11, 20))],
)  # fmt: skip
def test_a_filtered_window_counts_what_its_pages_hold(ws: Workspace, wanted: Wanted) -> None:
    shown = window(ws, wanted)
    rows = [r for at in range(0, 30, 4) for r in page(ws, shown, at, at + 4)]
    numbers = [r.entry.entry_no for r in rows]
    assert len(numbers) == shown.total > 0 and numbers == sorted(set(numbers), reverse=True)
    assert all(place(ws, shown, number) == at for at, number in enumerate(numbers))
    assert wanted.since is None or all(str(wanted.since) <= r.entry.at[:10] <= str(wanted.until or "9") for r in rows)


def test_a_kind_that_there_is_not_is_refused_and_people_are_named(ws: Workspace) -> None:
    with pytest.raises(Refused, match="tier_change"):
        window(ws, Wanted(kind="tiers"))
    with session(ws.engine) as s:
        append(ws, s, Kind.REVIEW, NOW, {"comment": "好"}, staff_no="9999")
    assert people_in_log(ws) == [("1001", "王芳"), ("1002", "周航"), ("9999", "")]


def test_a_correction_is_a_new_entry_with_or_without_a_subject(ws: Workspace) -> None:
    before = entry(ws, 30).entry
    for number in (30, 29):  # 30 was set by hand and has no subject
        made = correct(ws, number, " 客户是本人来的 ", by="1001", at=NOW)
        shown = entry(ws, number)
        assert shown.corrected_by == (made.entry_no,) and made.content == {"corrects": number, "what": "remark", "text": "客户是本人来的"}
        assert (made.client_no, made.staff_no, made.kind) == (shown.entry.client_no, "1001", Kind.CORRECTION)
    again = correct(ws, 31, "又错了", by=None, at=NOW)
    assert entry(ws, 31).corrected_by == (again.entry_no,) and entry(ws, 30).corrected_by == (31,)
    assert entry(ws, 30).entry == before and verify(ws).whole


@pytest.mark.parametrize(
    ("number", "text", "by", "why"),
    [(99, "x", None, "no entry 99"), (1, " \n", None, "empty"), (1, "x" * (MAX_TEXT + 1), None, "shorten"), (1, "x", "7", "number 7")],
)
def test_what_is_no_correction_is_refused(ws: Workspace, number: int, text: str, by: str | None, why: str) -> None:
    with pytest.raises(Refused, match=why):
        correct(ws, number, text, by=by, at=NOW)
    assert window(ws, Wanted()).total == 30


def test_verifying_tells_how_far_it_is_and_can_be_stopped(ws: Workspace) -> None:
    with session(ws.engine) as s:
        for n in range(STEP * 2):
            append(ws, s, Kind.CONTACT, NOW, {"n": n}, staff_no="1001")
    seen: list[tuple[int, int | None]] = []
    assert verify(ws, progress=lambda done, of: seen.append((done, of))).whole
    assert seen == [(STEP, STEP * 2 + 30), (STEP * 2, STEP * 2 + 30)]

    def stop(done: int, of: int | None) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        verify(ws, progress=stop)


def test_a_missed_anchor_is_told_by_doctor_and_mended_by_hand(ws: Workspace) -> None:
    assert anchor_state(ws).ok and "no anchors are kept" in anchor_line(ws, anchor_state(ws))
    with pytest.raises(Refused, match="anchor_file"):
        anchor_now(ws, at=NOW)
    ws = anchored(ws, 10)
    state = anchor_state(ws)
    assert state.due and not state.ok and (state.newest, state.behind) == (0, 30)
    found = doctors(ws)
    assert not found.ok and "missed" in found.text and found.remedy == "coach log anchor"
    made = anchor_now(ws, at=NOW)
    assert made.count == 30 and anchor_state(ws).ok and verify(ws).newest_anchor == 30
    found = doctors(ws)
    assert found.ok and not found.remedy and "entry 30" in found.text
    correct(ws, 1, "x", by=None, at=NOW)
    assert anchor_state(ws).ok and anchor_state(ws).behind == 1
    ws.kept[MISSED] = "anchors/log: No space left"
    assert not anchor_state(ws).ok and "No space left" in anchor_line(ws, anchor_state(ws))
    ws.close()


def test_a_log_cut_short_of_its_anchor_shows_at_once_and_gets_no_new_one(ws: Workspace) -> None:
    ws = anchored(ws, 10)
    anchor_now(ws, at=NOW)
    ws.engine.dispose()
    with sqlite3.connect(ws.home / "coach.db") as db:
        db.execute("DELETE FROM log_entry WHERE entry_no > 20")
        db.execute("UPDATE log_head SET entries = 20, hash = (SELECT hash FROM log_entry WHERE entry_no = 20)")
    state = anchor_state(ws)
    assert state.ahead and not state.ok and "end is missing" in anchor_line(ws, state)
    with pytest.raises(Refused, match="21"):
        anchor_now(ws, at=NOW)
    (ws.home / "anchors" / "log").write_text("{}\n", encoding="utf-8")
    with pytest.raises(Refused, match="line 1"):
        anchor_state(ws)
    ws.close()


def test_what_cannot_be_read_stands_in_the_list_with_its_number(ws: Workspace) -> None:
    ws.engine.dispose()
    with sqlite3.connect(ws.home / "coach.db") as db:
        db.execute("UPDATE log_entry SET body = CAST(x'ff00fe' AS TEXT), staff_no = 7 WHERE entry_no = 29")
    shown = window(ws, Wanted())
    rows = page(ws, shown, 0, 4)
    assert [r.entry.entry_no for r in rows] == [30, 29, 28, 27] and rows[0].staff_name == "王芳"
    assert gist(rows[1].entry.content, "en") == "(content damaged)" and verify(ws).first_broken == 29


SHOWN = {
    "play": "revive.maturity", "engine": "offline", "fallback": None, "channel": "call", "signals": ["maturity_due"],
    "cautions": [{"rule": "compliance.promise", "severity": "warn"}], "record": "0" * 64, "effective": True,
    "stage_before": "stranger", "stage_after": "acquainted", "outcome": "reached",
}  # fmt: skip


def test_an_entry_in_words_has_no_ids_where_there_are_words(ws: Workspace) -> None:
    facts = {f.key: f.text for f in told(SHOWN, "zh", {"revive.maturity": "到期承接"})}
    assert facts == {
        "change": "陌生 → 熟悉", "play": "到期承接", "engine": "离线", "channel": "电话", "signals": "到期",
        "cautions": "提醒 compliance.promise", "effective": "是", "outcome": "已沟通",
    }  # fmt: skip
    assert gist(SHOWN, "en") == "revive.maturity Call Talked Stranger → Acquainted"
    used = {"how": "ignored", "reason": "bad_time", "reason_name": {"zh": "现在不合适", "en": "not the right time"}, "remark": "周五再说"}
    assert [(f.key, f.text) for f in told(used, "zh")] == [("how", "未采用"), ("reason_name", "现在不合适"), ("remark", "周五再说")]
    assert gist({"corrects": 3, "what": "remark", "text": "a\nb"}, "zh") == "更正说明 a b 更正第 3 条"


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=5,
)  # fmt: skip
KEYS = st.sampled_from([*SHOWN, "how", "reason_name", "reason", "difference", "corrects", "criteria", "rating", "before", "after", "x"])


@given(body=JSON | st.dictionaries(KEYS, JSON, max_size=6), lang=st.sampled_from(LANGS))
def test_no_body_however_tampered_with_hinders_reading(body: Any, lang: Lang) -> None:
    assert isinstance(gist(body, lang), str) and "\n" not in gist(body, lang)
    facts = told(body, lang)
    assert all(isinstance(f.text, str) and isinstance(f.name, str) for f in facts)
    if not isinstance(body, dict):
        assert len(facts) == 2
