"""What gets into the coaching log, with the thing itself or not at all; what was done with suggestions; plays often left aside."""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from coach.domain.chain import Kind
from coach.domain.difference import difference
from coach.services import log as logging
from coach.services import practice as p
from coach.services.contacts import Entry, log_contact, set_stage, set_tier, undo_last
from coach.services.day import plan
from coach.services.errors import Refused
from coach.services.log import append, write_anchor
from coach.services.log_read import Wanted, entries, entry
from coach.services.log_uses import used, uses_by_play
from coach.services.log_verify import verify
from coach.services.practice_training import review
from coach.services.suggestions import suggest
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Contact, LogEntry, Staff, SuggestionRecord

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, 0)


@pytest.fixture
def ws(own_workspace: Path):
    """An empty branch with three people and three clients."""
    opened = Workspace.at(own_workspace, lang="en")
    with session(opened.engine) as s:
        for no, role in (("1001", "staff"), ("1002", "staff"), ("2001", "trainer")):
            s.add(Staff(staff_no=no, name=f"P{no}", role=role))
        s.flush()
        for no in ("C1", "C2", "C3"):
            s.add(Client(client_no=no, name=f"N{no}", manager="1001", assigned_on=date(2026, 1, 5)))
    yield opened
    opened.close()


def log_of(ws: Workspace) -> list:
    """All entries, the oldest first."""
    return list(reversed(entries(ws, limit=10_000)))


def shown(ws: Workspace, number: str = "S1", client: str = "C1", play: str = "stage.icebreak", draft: str = "今天下午方便吗？") -> str:
    with session(ws.engine) as s:
        s.add(SuggestionRecord(
            suggestion_no=number, client_no=client, on=TODAY, engine="offline", lang="zh", play=play, rule_version="1",
            body={"message_draft": draft, "next_action": {"goal": "约一次面谈"}},
        ))  # fmt: skip
    return number


def test_every_thing_that_is_done_is_in_the_log(demo_ws: Workspace) -> None:
    ws = demo_ws
    task = plan(ws, "1001", TODAY).tasks[0]
    made = suggest(ws, task.client_no, TODAY)
    suggest(ws, task.client_no, TODAY)
    told = log_contact(ws, task.client_no, Entry(task.channel, "reached", NOW, contact_no="k1", suggestion_no=made.suggestion_no))
    log_contact(ws, task.client_no, Entry(task.channel, "reached", NOW, contact_no="k1"))
    undo_last(ws, "1001", datetime(2026, 11, 24, 11, 0))
    set_stage(ws, task.client_no, "trusted", "老邻居", by="1001", at=NOW)
    set_tier(ws, task.client_no, "A", "有潜力", by="1001", at=NOW)
    with session(ws.engine, write=False) as s:
        trainer = s.exec(select(Staff.staff_no).where(Staff.role == "trainer")).one()
    playing = p.begin(ws, "first-call", staff_no="1001", today=TODAY)
    p.say(ws, playing, "周女士您好，我是南门支行小林，现在方便吗？")
    score = p.finish(ws, playing)
    p.finish(ws, playing)
    left = p.begin(ws, "hang-up", staff_no="1001", today=TODAY)
    p.drop(ws, left.attempt_no, today=TODAY)
    review(ws, playing.attempt_no, trainer, "问得好", today=TODAY)
    found = log_of(ws)
    assert [e.kind for e in found] == [
        "suggestion_shown", "contact", "correction", "stage_change", "tier_change", "practice", "practice", "review",
    ]  # fmt: skip
    by = {e.kind: e for e in found[:6]} | {"review": found[7]}
    assert [e.entry_no for e in found] == list(range(1, 9)) and verify(ws).whole
    assert (by["suggestion_shown"].subject, by["suggestion_shown"].staff_no) == (made.suggestion_no, "1001")
    assert by["suggestion_shown"].content["play"] == made.play and by["suggestion_shown"].at.startswith("2026-11-24T")
    assert by["contact"].content | {"record": ""} == {
        "channel": task.channel, "outcome": "reached", "effective": True, "next_on": None, "play": task.play, "step": task.step,
        "task_no": task.task_no, "suggestion_no": made.suggestion_no, "stage_before": told.stage_before, "stage_after": told.stage_after,
        "record": "",
    }  # fmt: skip
    assert (by["contact"].at, by["contact"].subject) == ("2026-11-24T10:00:00", "k1")
    assert by["correction"].content == {
        "corrects": 2, "what": "undone", "stage_before": told.stage_after, "stage_after": told.stage_before,
    }  # fmt: skip
    assert by["stage_change"].content | {"before": ""} == {"before": "", "after": "trusted", "reason": "老邻居"}
    assert by["tier_change"].content["after"] == "A" and by["tier_change"].staff_no == "1001"
    assert found[5].content["total"] == score.total and found[6].content["ending"] == "dropped"
    assert by["review"].content == {"of": "1001", "comment": "问得好", "corrected": {}} and by["review"].staff_no == trainer
    assert entry(ws, 2).corrected_by == (3,) and [entry(ws, n).record_intact for n in (1, 2, 3, 6)] == [True, True, None, True]


def test_a_record_changed_afterwards_shows_in_its_entry(ws: Workspace) -> None:
    log_contact(ws, "C1", Entry("call", "reached", NOW, contact_no="k1", summary="说好了下周见"))
    assert entry(ws, 1).record_intact is True and "下周" not in log_of(ws)[0].body
    with session(ws.engine) as s:
        contact = s.exec(select(Contact)).one()
        contact.summary = "没说什么"
        s.add(contact)
    assert entry(ws, 1).record_intact is False and verify(ws).whole
    with session(ws.engine) as s:
        s.delete(s.exec(select(Contact)).one())
    assert entry(ws, 1).record_intact is False


def test_what_fails_leaves_no_entry(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError), session(ws.engine) as s:
        append(ws, s, Kind.REVIEW, NOW, {"x": 1}, staff_no="1001")
        raise RuntimeError
    assert log_of(ws) == []
    with pytest.raises(Refused, match="cannot be seen"), session(ws.engine) as s:
        append(ws, s, Kind.REVIEW, NOW, {"x": "\ud800"}, staff_no="1001")

    def no(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as m:
        m.setattr("coach.services.log_records.append", no)
        with pytest.raises(OSError, match="disk full"):
            log_contact(ws, "C1", Entry("call", "reached", NOW))
    with session(ws.engine, write=False) as s:
        assert s.exec(select(Contact)).all() == []
    log_contact(ws, "C1", Entry("call", "reached", NOW))
    assert [e.entry_no for e in log_of(ws)] == [1]


def test_the_database_itself_lets_no_chain_fork(ws: Workspace) -> None:
    log_contact(ws, "C1", Entry("call", "reached", NOW))
    first = log_of(ws)[0]
    copy = {"at": first.at, "kind": first.kind, "body": first.body, "hash": "f" * 64}
    for number, link in ((1, "e" * 64), (2, first.prev_hash)):
        with pytest.raises(IntegrityError), session(ws.engine) as s:
            s.add(LogEntry(entry_no=number, prev_hash=link, **copy))
    with session(ws.engine) as s:
        s.connection().exec_driver_sql("UPDATE log_head SET entries = 0, hash = ?", ("0" * 64,))
    for lang, told in (("en", "coach log verify"), ("zh", "辅导日志")):
        ws.lang = lang  # type: ignore[assignment]
        with pytest.raises(Refused, match=told):
            log_contact(ws, "C1", Entry("call", "reached", NOW))
    with session(ws.engine) as s:
        s.connection().exec_driver_sql("DELETE FROM log_head")
    with pytest.raises(Refused, match="辅导日志"):
        log_contact(ws, "C1", Entry("call", "reached", NOW))
    assert verify(ws).first_broken == 1


# --- what was done with a suggestion --------------------------------------------------------------------------------


def test_followed_changed_ignored(ws: Workspace) -> None:
    shown(ws)
    first = used(ws, "S1", "followed", at=NOW)
    assert used(ws, "S1", "followed", at=NOW + timedelta(hours=1)).entry_no == first.entry_no == 1, "said twice is one entry"
    assert first.body | {"on": ""} == {
        "how": "followed", "play": "stage.icebreak", "engine": "offline", "on": "", "corrects": None,
    }  # fmt: skip
    second = used(ws, "S1", "changed", text="明天上午方便吗？", staff_no="1002", at=NOW)
    assert second.body["difference"] == [list(x) for x in difference("今天下午方便吗？", "明天上午方便吗？")]
    assert (second.body["of"], second.body["corrects"], second.staff_no) == ("message_draft", 1, "1002")
    third = used(ws, "S1", "ignored", reason="4", text="在外地", at=NOW)
    assert (third.body["reason"], third.body["remark"], third.body["corrects"]) == ("client_unwilling", "在外地", 2)
    assert third.body["reason_name"] == {"zh": "客户不愿意", "en": "the client does not want it"}
    assert entry(ws, 1).corrected_by == (2,) and verify(ws).entries == 3
    same = [used(ws, "S1", "ignored", reason=word, text="在外地", at=NOW).entry_no for word in ("client_unwilling", "客户不愿意", "4")]
    assert same == [3, 3, 3]
    shown(ws, "S2", draft="")
    assert used(ws, "S2", "changed", text="先发一条消息", at=NOW).body["of"] == "goal"


@pytest.mark.parametrize(
    ("how", "more", "told"),
    [
        ("changed", {}, "--changed"), ("changed", {"text": " 今天下午方便吗？\n"}, "--followed"), ("changed", {"text": "x" * 2001}, "2000"),
        ("changed", {"text": "\udc80"}, "log"), ("ignored", {}, "bad_time"), ("ignored", {"reason": "not_fiting"}, "not_fitting"),
        ("ignored", {"reason": "zzz"}, "records_wrong"), ("followed", {"staff_no": "77"}, "77"), ("praised", {}, "followed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_use_that_cannot_be_is_refused(ws: Workspace, how: str, more: dict, told: str, lang: str) -> None:
    shown(ws)
    ws.lang = lang  # type: ignore[assignment]
    with pytest.raises(Refused) as caught:
        used(ws, "S1", how, at=NOW, **more)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value) and (told in str(caught.value) or "日志" in str(caught.value))
    assert log_of(ws) == []
    with pytest.raises(Refused, match="S9"):
        used(ws, "S9", "followed", at=NOW)


def test_a_branch_sets_its_own_reasons(ws: Workspace) -> None:
    (ws.home / "policy.toml").write_text('[log]\nreasons = [{ id = "rain", key = "r", name = "下雨" }]\n', encoding="utf-8")
    shown(ws)
    assert used(ws, "S1", "ignored", reason="r", at=NOW).body["reason_name"] == {"zh": "下雨", "en": "下雨"}
    with pytest.raises(Refused, match="rain"):
        used(ws, "S1", "ignored", reason="other", at=NOW)


@pytest.mark.parametrize(
    "reasons",
    ["[]", '[{ id = "a", key = "1", name = "甲" }, { id = "b", key = "1", name = "乙" }]', '[{ id = "a", key = "11", name = "甲" }]'],
)  # fmt: skip
def test_reasons_without_a_key_of_their_own_are_an_error(ws: Workspace, reasons: str) -> None:
    from coach.settings import SettingsError

    (ws.home / "policy.toml").write_text(f"[log]\nreasons = {reasons}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"log\.reasons"):
        _ = ws.policy


# --- plays often left aside -----------------------------------------------------------------------------------------


def test_plays_are_counted_by_the_newest_word_on_each_suggestion(ws: Workspace) -> None:
    for n in range(4):
        shown(ws, f"S{n}", play="revive.mix" if n else "stage.icebreak")
    used(ws, "S0", "followed", at=NOW)
    used(ws, "S1", "followed", at=NOW)
    used(ws, "S1", "ignored", reason="1", at=NOW)
    used(ws, "S2", "ignored", reason="1", at=NOW + timedelta(days=1))
    used(ws, "S3", "ignored", reason="5", at=NOW + timedelta(days=2))
    with session(ws.engine, write=False) as s:
        rows = uses_by_play(ws, s, TODAY, TODAY + timedelta(days=2))
        short = uses_by_play(ws, s, TODAY, TODAY)
    assert [(r.play, r.followed, r.changed, r.ignored, dict(r.reasons)) for r in rows] == [
        ("revive.mix", 0, 0, 3, {"bad_time": 2, "records_wrong": 1}), ("stage.icebreak", 1, 0, 0, {}),
    ]  # fmt: skip
    assert [(r.play, r.used) for r in short] == [("revive.mix", 1), ("stage.icebreak", 1)]


@pytest.mark.parametrize(("lower", "times"), [(False, 4), (True, 3), (True, 4)])
def test_a_play_often_ignored_comes_later_only_by_the_rule_and_says_so(demo_ws: Workspace, lower: bool, times: int) -> None:
    from coach.tui.evidence_words import evidence_text

    before = {t.task_no: t for t in plan(demo_ws, "1001", TODAY).tasks}
    play = next(iter(before.values())).play
    for n in range(times):
        shown(demo_ws, f"S{n}", client=next(iter(before.values())).client_no, play=play)
        used(demo_ws, f"S{n}", "ignored" if n else "followed", reason="2" if n else None, at=NOW - timedelta(days=1))
    rule = f"[log.ignored]\nlower = {str(lower).lower()}\nleast = 4\nshare = 0.75\ndays = 30\npoints = 150\n"
    (demo_ws.home / "policy.toml").write_text(rule, encoding="utf-8")
    demo_ws.__dict__.pop("policy", None)
    tomorrow = TODAY + timedelta(days=1)
    after = plan(demo_ws, "1001", tomorrow).tasks
    on = lower and times == 4
    said = [t for t in after if "lowered" in t.reasons[0]["evidence"]]
    assert bool(said) == on and all(t.play == play for t in said) and all(t in said for t in after if on and t.play == play)
    for t in said:
        assert t.reasons[0]["evidence"]["lowered"] == {"ignored": 3, "used": 4, "days": 30, "points": 150}
        for lang, word in (("zh", "优先级减 150"), ("en", "priority less 150")):
            assert word in evidence_text(t.signal, t.reasons[0]["evidence"], lang, tomorrow)  # type: ignore[arg-type]
    (demo_ws.home / "policy.toml").unlink()
    demo_ws.__dict__.pop("policy", None)
    plain = {t.task_no: t.priority for t in plan(demo_ws, "1001", TODAY + timedelta(days=1)).tasks}
    assert all(t.priority == plain[t.task_no] for t in after if t.task_no in plain) or on


# --- anchors --------------------------------------------------------------------------------------------------------


def test_an_anchor_is_written_every_so_many_entries_and_only_for_what_is_committed(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "share" / "anchors.jsonl"
    (ws.home / "policy.toml").write_text(f'[log]\nanchor_file = "{path}"\nanchor_every = 2\n', encoding="utf-8")
    log_contact(ws, "C1", Entry("call", "reached", NOW))
    with pytest.raises(RuntimeError), session(ws.engine) as s:
        append(ws, s, Kind.REVIEW, NOW, {}, staff_no=None)
        raise RuntimeError
    assert not path.exists()
    for n in range(4):
        log_contact(ws, "C2", Entry("call", "reached", NOW + timedelta(minutes=n)))
    made = log_of(ws)
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    assert kept == [{"count": n, "hash": made[n - 1].hash, "at": made[n - 1].at} for n in (2, 4)]
    assert path.stat().st_mode & 0o077 == 0
    found = verify(ws)
    assert (found.whole, found.anchors, found.newest_anchor) == (True, 2, 4)


def test_an_anchor_that_cannot_be_written_holds_nobody_up(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (ws.home / "policy.toml").write_text(f'[log]\nanchor_file = "{tmp_path}/file/x"\nanchor_every = 2\n', encoding="utf-8")
    for _ in range(2):
        log_contact(ws, "C1", Entry("call", "reached", NOW))
    assert len(log_of(ws)) == 2 and str(tmp_path) in ws.kept[logging.MISSED]
    (tmp_path / "file").unlink()
    log_contact(ws, "C1", Entry("call", "reached", NOW))
    assert json.loads((tmp_path / "file" / "x").read_text())["count"] == 3 and logging.MISSED not in ws.kept


def test_an_anchor_file_only_grows(tmp_path: Path) -> None:
    for n in (1, 2):
        write_anchor(tmp_path / "a", logging.Anchor(n, "f" * 64, "2026-11-24T10:00:00"))
    assert [json.loads(x)["count"] for x in (tmp_path / "a").read_text().splitlines()] == [1, 2]


# --- reading --------------------------------------------------------------------------------------------------------


def test_entries_by_person_client_kind_and_day(ws: Workspace) -> None:
    for n, (client, who) in enumerate((("C1", "1001"), ("C2", "1002"), ("C1", "1002"))):
        log_contact(ws, client, Entry("call", "reached", NOW + timedelta(days=n), staff_no=who))
    set_tier(ws, "C1", "A", "x", by="1001", at=NOW + timedelta(days=3))
    pick = {
        "all": Wanted(), "client": Wanted(client_no="C1"), "staff": Wanted(staff_no="1002"), "kind": Wanted(kind="contact"),
        "from": Wanted(since=TODAY + timedelta(days=2)), "to": Wanted(until=TODAY + timedelta(days=1)),
        "both": Wanted(staff_no="1002", client_no="C1", kind="contact", since=TODAY, until=TODAY + timedelta(days=9)),
    }  # fmt: skip
    got = {name: [e.entry_no for e in entries(ws, wanted)] for name, wanted in pick.items()}
    assert got == {
        "all": [4, 3, 2, 1], "client": [4, 3, 1], "staff": [3, 2], "kind": [3, 2, 1], "from": [4, 3], "to": [2, 1], "both": [3],
    }  # fmt: skip
    assert [e.entry_no for e in entries(ws, limit=2)] == [4, 3]
    with pytest.raises(Refused, match="tier_change"):
        entries(ws, Wanted(kind="tiers"))
    with pytest.raises(Refused, match="9"):
        entry(ws, 9)


def test_adding_an_entry_costs_little(ws: Workspace) -> None:
    """Under 2 ms each beside the write itself: here 200 in one transaction, so without the disk. The best of three runs counts."""
    body = {"channel": "call", "outcome": "reached", "text": "说了" * 100}
    best = 9.0
    for run in range(3):
        with session(ws.engine) as s:
            began = time.perf_counter()
            for n in range(200):
                append(ws, s, Kind.CONTACT, NOW, body, staff_no="1001", client_no="C1", subject=f"k{run}-{n}")
            best = min(best, (time.perf_counter() - began) / 200)
    assert best < 0.002, f"{best * 1000:.2f} ms"
