"""Assignments, reviews, trends, the board, advice: and who may do what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from coach.practice.kit import CRITERIA, kit
from coach.services import practice as p
from coach.services import practice_training as t
from coach.services.errors import Refused
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import PracticeAttempt, PracticeReview, Staff

TODAY = date(2026, 11, 24)
GOOD = [
    "周女士您好，我是南门支行的客户经理小林，工号 1027，您现在说话方便吗？只占您一分钟。",
    "以后您在我们行的事由我专门负责，今天就是跟您认识一下，不推销。",
    "我就问您一个问题：平时办业务，哪一步最让您觉得麻烦？",
    "换了几次，换我也会觉得麻烦，对不起。您的情况都有记录，不用从头讲。",
    "这件事我今天去问清楚，明天下午您放学以后，我发消息告诉您怎么弄，行吗？",
]
BAD = ["买个理财吧。", "今天不买就没了。", "你到底买不买？"]


def of_role(ws: Workspace, role: str) -> str:
    with session(ws.engine, write=False) as s:
        return s.exec(select(Staff.staff_no).where(Staff.role == role).order_by(Staff.staff_no)).first() or ""


@pytest.fixture
def trainer(demo_ws: Workspace) -> str:
    return of_role(demo_ws, "trainer")


def scored(ws: Workspace, said: list[str], staff_no: str = "1001", today: date = TODAY, scenario: str = "first-call") -> str:
    playing = p.begin(ws, scenario, staff_no=staff_no, today=today)
    for text in said:
        p.say(ws, playing, text)
    p.finish(ws, playing)
    return playing.attempt_no


# --- assignments ----------------------------------------------------------------------------------------------------


def test_an_assignment_is_open_then_late_then_done(demo_ws: Workspace, trainer: str) -> None:
    due = TODAY + timedelta(days=3)
    numbers = t.assign(demo_ws, "first-call", ["1001", "1002", "1001"], due, trainer, "先练开场", today=TODAY)
    assert len(numbers) == 2
    (mine,) = t.assignments(demo_ws, staff_no="1001", today=TODAY)
    assert (mine.scenario, mine.due_on, mine.note, mine.by, mine.done, mine.late) == ("first-call", due, "先练开场", trainer, None, False)
    assert mine.staff_name and mine.by_name
    assert not t.assignments(demo_ws, staff_no="1001", today=due)[0].late, "on its day it is not late"
    assert t.assignments(demo_ws, staff_no="1001", today=due + timedelta(days=1))[0].late
    attempt = scored(demo_ws, GOOD, today=TODAY + timedelta(days=1))
    (mine,) = t.assignments(demo_ws, staff_no="1001", today=due + timedelta(days=9))
    assert (mine.done, mine.late) == (attempt, False) and mine.total == p.attempt(demo_ws, attempt).total
    assert t.assignments(demo_ws, staff_no="1001", open_only=True, today=TODAY) == []
    assert [a.staff_no for a in t.assignments(demo_ws, open_only=True, today=TODAY)] == ["1002"]


def test_what_was_practised_before_or_left_unfinished_settles_nothing(demo_ws: Workspace, trainer: str) -> None:
    scored(demo_ws, BAD, today=TODAY - timedelta(days=1))
    t.assign(demo_ws, "first-call", ["1001"], TODAY, trainer, today=TODAY)
    p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY)
    scored(demo_ws, BAD[:1], scenario="hang-up")
    scored(demo_ws, BAD[:1], staff_no="1002")
    assert t.assignments(demo_ws, staff_no="1001", today=TODAY)[0].done is None


def test_an_assignment_about_a_client_wants_an_attempt_about_that_client(demo_ws: Workspace, trainer: str) -> None:
    from coach.services.clients import ClientQuery, client_numbers

    client = client_numbers(demo_ws, ClientQuery(manager="1001", limit=1))[0]
    (number,) = t.assign(demo_ws, "first-call", ["1001"], TODAY, trainer, client_no=client, today=TODAY)
    scored(demo_ws, BAD[:1])
    assert t.assignments(demo_ws, staff_no="1001", today=TODAY)[0].done is None
    playing = p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY, assignment=number, client_no=client)
    p.say(demo_ws, playing, GOOD[0])
    p.finish(demo_ws, playing)
    (mine,) = t.assignments(demo_ws, staff_no="1001", today=TODAY)
    assert (mine.done, mine.client_no) == (playing.attempt_no, client) and p.attempt(demo_ws, playing.attempt_no).client_no == client


def test_taken_back_it_is_gone_from_the_list(demo_ws: Workspace, trainer: str) -> None:
    (number,) = t.assign(demo_ws, "first-call", ["1001"], TODAY, trainer, today=TODAY)
    with pytest.raises(Refused, match="内训师"):
        t.withdraw(demo_ws, number, "1001", today=TODAY)
    t.withdraw(demo_ws, number, of_role(demo_ws, "supervisor"), today=TODAY)
    assert t.assignments(demo_ws, today=TODAY) == []


def test_only_trainers_and_supervisors_assign(demo_ws: Workspace, trainer: str) -> None:
    assert t.assign(demo_ws, "first-call", ["1001"], TODAY, of_role(demo_ws, "supervisor"), today=TODAY)
    for deed, told in (
        (lambda: t.assign(demo_ws, "first-call", ["1002"], TODAY, "1001", today=TODAY), "角色是员工.*内训师或主管"),
        (lambda: t.assign(demo_ws, "first-call", ["1002"], TODAY, "none", today=TODAY), "没有工号为 none"),
        (lambda: t.assign(demo_ws, "first-call", ["1002", "none"], TODAY, trainer, today=TODAY), "没有工号为 none"),
        (lambda: t.assign(demo_ws, "first-call", [], TODAY, trainer, today=TODAY), "没有指明"),
        (lambda: t.assign(demo_ws, "first-call", ["1002"], TODAY - timedelta(days=1), trainer, today=TODAY), "已经过了"),
        (lambda: t.assign(demo_ws, "first-cal", ["1002"], TODAY, trainer, today=TODAY), "是不是 first-call"),
        (lambda: t.assign(demo_ws, "first-call", ["1002"], TODAY, trainer, client_no="x", today=TODAY), "没有客户"),
        (lambda: t.assign(demo_ws, "first-call", ["1002"], TODAY, trainer, "长" * 3000, today=TODAY), "请缩短"),
        (lambda: t.withdraw(demo_ws, "nothing", trainer), "没有练习任务"),
    ):
        with pytest.raises(Refused, match=told):
            deed()
    assert {a.staff_no for a in t.assignments(demo_ws, today=TODAY)} == {"1001"}, "all or nobody"


# --- reviews --------------------------------------------------------------------------------------------------------


def test_a_review_stands_beside_the_machines_score(demo_ws: Workspace, trainer: str) -> None:
    number = scored(demo_ws, GOOD)
    before = p.attempt(demo_ws, number)
    assert before.corrected_total is None
    t.review(demo_ws, number, trainer, "开场很好", {"opening": 14, "tone": 0.5}, today=TODAY)
    t.review(demo_ws, number, of_role(demo_ws, "supervisor"), "", {"tone": 6}, today=TODAY)
    after = p.attempt(demo_ws, number)
    assert after.score == before.score and after.total == before.total
    assert next((r.by, r.comment, r.corrected) for r in after.reviews) == (trainer, "开场很好", {"opening": 14, "tone": 0.5})
    assert after.reviewed == 2 == p.attempts(demo_ws)[0].reviewed and after.reviews[1].by_name
    assert before.score is not None
    had = {line.id: line.score for line in before.score.criteria}
    assert after.corrected_total == pytest.approx(before.score.total + 14 - had["opening"] + 6 - had["tone"], abs=0.06)


def test_corrected_points_do_not_lift_a_talk_over_its_breach(demo_ws: Workspace, trainer: str) -> None:
    number = scored(demo_ws, [GOOD[0], "这款理财保本保息，稳赚不赔，我给您保证。", *GOOD[1:]])
    kept = p.attempt(demo_ws, number)
    assert kept.score is not None and kept.score.violations and not kept.passed
    t.review(demo_ws, number, trainer, "", {line.id: line.max for line in kept.score.criteria}, today=TODAY)
    assert p.attempt(demo_ws, number).corrected_total == kept.total


def test_reviews_that_cannot_be(demo_ws: Workspace, trainer: str) -> None:
    number = scored(demo_ws, BAD)
    going_on = p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY).attempt_no
    for deed, told in (
        (lambda: t.review(demo_ws, number, "1002", "好"), "角色是员工"),
        (lambda: t.review(demo_ws, number, trainer, "  "), "点评是空的"),
        (lambda: t.review(demo_ws, number, trainer, "", {"charm": 3}), "没有评分项 charm"),  # type: ignore[dict-item]
        (lambda: t.review(demo_ws, number, trainer, "", {"opening": 15}), "0 到 14"),
        (lambda: t.review(demo_ws, number, trainer, "", {"opening": -1}), "0 到 14"),
        (lambda: t.review(demo_ws, number, trainer, "", {"opening": float("nan")}), "0 到 14"),
        (lambda: t.review(demo_ws, number, trainer, "长" * 2001), "请缩短"),
        (lambda: t.review(demo_ws, going_on, trainer, "好"), "还没有评分"),
        (lambda: t.review(demo_ws, "nothing", trainer, "好"), "没有练习记录"),
    ):
        with pytest.raises(Refused, match=told):
            deed()
    with session(demo_ws.engine, write=False) as s:
        assert s.exec(select(PracticeReview)).all() == []


# --- trends, board, advice ------------------------------------------------------------------------------------------


def test_trends_hold_every_attempt_of_the_days_asked_for(demo_ws: Workspace) -> None:
    days = [TODAY - timedelta(days=n) for n in (9, 3, 0)]
    numbers = [scored(demo_ws, said, today=day) for said, day in zip((BAD, GOOD[:2], GOOD), days, strict=True)]
    scored(demo_ws, BAD, staff_no="1002")
    found = t.trends(demo_ws, "1001", days[0], days[2])
    assert set(found) == set(CRITERIA) and all([day for day, _ in points] == days for points in found.values())
    assert all(0 <= share <= 1 for points in found.values() for _, share in points)
    last = p.attempt(demo_ws, numbers[2]).score
    assert last is not None
    line = next(c for c in last.criteria if c.id == "opening")
    assert found["opening"][2][1] == pytest.approx(line.score / line.max) and found["opening"][2][1] > found["opening"][0][1]
    assert [day for day, _ in t.trends(demo_ws, "1001", days[1], days[1])["opening"]] == [days[1]]
    assert t.trends(demo_ws, "1003", days[0], days[2]) == {}


def test_what_a_group_is_weakest_at_comes_first(demo_ws: Workspace) -> None:
    scored(demo_ws, BAD), scored(demo_ws, GOOD, staff_no="1002")
    everyone = t.weakest(demo_ws)
    assert [share for _, share, _ in everyone] == sorted(share for _, share, _ in everyone) and {n for _, _, n in everyone} == {2}
    alone = {name: share for name, share, _ in t.weakest(demo_ws, ["1001"])}
    both = {name: share for name, share, _ in everyone}
    other = {name: share for name, share, _ in t.weakest(demo_ws, ["1002"])}
    assert all(both[name] == pytest.approx((alone[name] + other[name]) / 2) for name in both)
    assert t.weakest(demo_ws, []) == [] == t.weakest(demo_ws, since=TODAY + timedelta(days=1))


def test_the_board(demo_ws: Workspace, trainer: str) -> None:
    best = max(p.attempt(demo_ws, scored(demo_ws, said)).total or 0 for said in (BAD, GOOD))
    t.assign(demo_ws, "hang-up", ["1001", "1002"], TODAY, trainer, today=TODAY)
    told = t.board(demo_ws, TODAY + timedelta(days=1))
    cell = told.cell("1001", "first-call")
    assert (cell.best, cell.attempts, cell.last, cell.assigned, cell.late) == (best, 2, TODAY, None, False)
    cell = told.cell("1002", "hang-up")
    assert (cell.best, cell.attempts, cell.last, cell.assigned, cell.late) == (None, 0, None, TODAY, True)
    assert told.cell("1003", "first-call") == t.Cell()
    assert {"1001", "1002", trainer} <= {number for number, _ in told.people}
    assert list(told.scenarios) == [s.id for s in p.scenarios(demo_ws)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_weak_criteria_become_advice_for_the_day(demo_ws: Workspace, lang: str) -> None:
    assert t.advice(demo_ws, "1001", TODAY, lang) == []  # type: ignore[arg-type]
    scored(demo_ws, BAD)
    told = t.advice(demo_ws, "1001", TODAY, lang)  # type: ignore[arg-type]
    weak = [name for name, share, _ in t.weakest(demo_ws, ["1001"]) if share < 0.6]
    assert [name for name, _, _ in told] == weak[: t.MOST_ADVICE] and len(told) == 3
    words = kit().words(lang).criteria  # type: ignore[arg-type]
    ids = {passage for passage, _ in demo_ws.playbook.passages}
    assert all(text == words[name].advice and cites and set(cites) <= ids for name, text, cites in told)
    assert t.advice(demo_ws, "1001", TODAY + timedelta(days=t.RECENT_DAYS + 1), lang) == []  # type: ignore[arg-type]
    assert t.advice(demo_ws, "1002", TODAY, lang) == []  # type: ignore[arg-type]


def test_only_the_last_attempts_give_advice(demo_ws: Workspace) -> None:
    number = scored(demo_ws, BAD, today=TODAY - timedelta(days=2))
    with session(demo_ws.engine) as s:  # five later ones without a fault
        old = s.get(PracticeAttempt, number)
        assert old is not None and old.score is not None
        for n in range(t.LAST):
            new = old.model_copy(update={"attempt_no": f"261123-{n}", "began_at": old.began_at + timedelta(days=1)})
            score = old.score | {"criteria": [c | {"score": c["max"]} for c in old.score["criteria"]]}
            s.add(PracticeAttempt(**new.model_dump(exclude={"score"}), score=score))
    assert t.advice(demo_ws, "1001", TODAY) == []
