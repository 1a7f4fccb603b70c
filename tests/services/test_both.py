"""A working day on SQLite and on PostgreSQL: the same files give the same plan, the same suggestions, the same report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coach.domain.suggestion import plain
from coach.services.clients import ClientQuery, list_clients, picture
from coach.services.contacts import Entry, log_contact, set_tier, undo_last
from coach.services.day import plan, skip_task
from coach.services.imports import ImportJob, bring_in
from coach.services.log_read import entries
from coach.services.log_verify import verify
from coach.services.practice import begin, finish, say
from coach.services.practice_files import scenarios
from coach.services.report import make
from coach.services.signals import branch_signals
from coach.services.suggestions import suggest
from coach.services.workspace import Workspace

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, 0)


def day(ws: Workspace, tmp_path: Any) -> dict[str, Any]:
    """Everything that a person sees of a day, as plain values."""
    seen: dict[str, Any] = {}
    file = tmp_path / "new.csv"
    file.write_text("客户号,姓名,管户工号,标签\nZ1,单雄信,1001,拆迁;\"引号\"\nZ0,a 王,1001,\n", encoding="utf-8")
    seen["import"] = [(r.kind, r.added, r.changed, r.unchanged, r.rejected) for r in bring_in(ws, ImportJob((file,)), TODAY)]
    found = branch_signals(ws, TODAY)
    seen["signals"] = found.sort(["client_no", "signal", "on", "play", "evidence"], nulls_last=True).rows()
    seen["order"] = found.select("client_no", "signal").rows()
    first = plan(ws, "1001", TODAY)
    seen["plan"] = first.as_json()
    seen["suggestions"] = [suggest(ws, t.client_no, TODAY).as_json() for t in first.tasks[:3]]
    task, other = first.tasks[0], first.tasks[1]
    logged = log_contact(ws, task.client_no, Entry("call", "reached", NOON, staff_no="1001", task_no=task.task_no, contact_no="k1",
                                                   summary="说好了 👵", next_on=TODAY + timedelta(7)))  # fmt: skip
    seen["logged"] = plain(asdict(logged))
    log_contact(ws, other.client_no, Entry("message", "no_answer", NOON, staff_no="1001", contact_no="k2"))
    undone = undo_last(ws, "1001", NOON)
    seen["undone"] = undone and plain(asdict(undone))
    set_tier(ws, task.client_no, "A", "有潜力", by="1001", at=NOON, seen=picture(ws, task.client_no, TODAY, lang="zh").tier)
    skip_task(ws, "1001", TODAY, other.task_no)
    seen["after"] = plan(ws, "1001", TODAY).as_json()
    seen["clients"] = [plain(asdict(c)) for c in list_clients(ws, ClientQuery(manager="1001", text="wang", limit=30))]
    seen["picture"] = plain(asdict(picture(ws, task.client_no, TODAY, lang="zh")))
    seen["report"] = plain(make(ws, TODAY - timedelta(30), TODAY, TODAY).as_json())
    playing = begin(ws, scenarios(ws)[0], staff_no="1001", today=TODAY)
    say(ws, playing, "您好，您的存款快到期了，想跟您约个时间聊聊。")
    seen["practice"] = finish(ws, playing).total >= 0
    seen["log"] = [(e.entry_no, e.kind, e.staff_no, e.client_no) for e in entries(ws, limit=100)]
    seen["whole"] = verify(ws).as_json()
    return seen


def test_a_day_is_the_same_on_both(demo_sqlite: Workspace, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    one = day(demo_sqlite, tmp_path)
    two = day(request.getfixturevalue("demo_postgres"), tmp_path)
    for what, value in one.items():
        assert two[what] == value, what
    assert one["import"] == [("clients", 2, 0, 0, 0)] and one["whole"]["whole"] and len(one["plan"]["tasks"]) > 40
