"""A supervisor's week: the queue out of the records, a record opened, rated, commented and signed off, the answers, the log."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from coach.domain.chain import Kind as Logged
from coach.domain.difference import difference
from coach.domain.review import Kind, Rule
from coach.domain.words import LANGS
from coach.services import review_acts as acts
from coach.services.contacts import Entry, log_contact, set_stage, undo_last
from coach.services.errors import Refused
from coach.services.log import append
from coach.services.log_read import Wanted as Entries
from coach.services.log_read import entries, entry
from coach.services.log_uses import used
from coach.services.log_verify import verify
from coach.services.review import Wanted, plays, review_queue, usual_week
from coach.services.review_acts import About
from coach.services.review_facts import fact_words
from coach.services.review_record import kind_of, open_record
from coach.services.review_words import rubric, words
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Assignment, Client, Contact, Gift, Holding, Review, Staff
from tests.services.review_branch import DRAFT, LAST_WEEK, NOW, TODAY, fill, suggestion


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The branch, made once; nobody writes in it."""
    home = tmp_path_factory.mktemp("review") / "branch"
    made = Workspace.at(home, lang="zh")
    fill(made)
    made.close()
    return home


@pytest.fixture
def ws(branch: Path, own_workspace: Path):
    shutil.copytree(branch, own_workspace)
    opened = Workspace.at(own_workspace, lang="zh")
    yield opened
    opened.close()


def by_rule(ws: Workspace) -> dict[str, str]:
    items = [line.item for line in review_queue(ws, TODAY).lines]
    return {item.flags[0].rule: item.subject for item in items if item.kind is Kind.FLAG}


def flag(ws: Workspace, rule: Rule) -> About:
    return open_record(ws, "flag", by_rule(ws)[rule], TODAY).about


# --- the queue ------------------------------------------------------------------------------------------------------


def test_every_flag_comes_out_of_the_records(ws: Workspace) -> None:
    used(ws, "S1", "followed", staff_no="1001", at=LAST_WEEK)
    found = by_rule(ws)
    assert set(found) == set(Rule) - {Rule.SAME_MESSAGE}
    queue = review_queue(ws, TODAY)
    assert (queue.week, queue.flagged) == ("2026-W47", 5) and queue.since == date(2026, 11, 16)
    severities = [line.item.flags[0].severity for line in queue.lines if line.item.kind is Kind.FLAG]
    assert severities == sorted(severities), "what is forbidden first"
    whose = {line.item.flags[0].rule: line.item.staff_no for line in queue.lines if line.item.kind is Kind.FLAG}
    assert whose == {
        Rule.CAUTION_OVERRIDDEN: "1001", Rule.UNREACHED: "1001", Rule.BURST: "1002", Rule.GIFT_OVER_CAP: "1001", Rule.MATURED_LOST: "1002",
    }  # fmt: skip


def test_one_step_less_and_there_is_no_flag(ws: Workspace) -> None:
    log_contact(ws, "C1", Entry("call", "reached", LAST_WEEK, staff_no="1001", suggestion_no="S3"))
    with session(ws.engine) as s:
        for number in ("V4", "B4"):
            s.delete(s.exec(select(Contact).where(Contact.contact_no == number)).one())
        gift = s.exec(select(Gift)).one()
        gift.value_fen = ws.policy.gifts.cap
        s.add(gift)
        s.add(Contact(contact_no="F", client_no="C7", at=datetime(2026, 10, 12, 9, 30), channel="message", staff_no="1002", outcome="sent"))
    assert by_rule(ws) == {}


def test_money_placed_again_and_a_contact_taken_back(ws: Workspace) -> None:
    with session(ws.engine) as s:
        s.add(Holding(client_no="C7", holding_no="H2", product_type="bond", amount_fen=2_500_000, start_on=date(2026, 10, 20)))
    assert Rule.MATURED_LOST not in by_rule(ws)
    with session(ws.engine) as s:
        s.get_one(Holding, s.exec(select(Holding.id).where(Holding.holding_no == "H2")).one()).amount_fen = 2_400_000
    assert Rule.MATURED_LOST in by_rule(ws)
    log_contact(ws, "C1", Entry("call", "reached", NOW, staff_no="1001", suggestion_no="S1"))
    assert Rule.CAUTION_OVERRIDDEN in by_rule(ws)
    undo_last(ws, "1001", NOW)
    assert Rule.CAUTION_OVERRIDDEN not in by_rule(ws), "a contact that was taken back is none"


def test_a_message_changed_into_what_is_forbidden(ws: Workspace) -> None:
    used(ws, "S2", "changed", text=DRAFT + "这款保本保收益，比存款划算。", at=LAST_WEEK)
    opened = open_record(ws, "flag", by_rule(ws)[Rule.CAUTION_OVERRIDDEN], TODAY)
    assert {c["rule"].split(".")[1] for c in opened.flag.evidence["cautions"]} == {"promise"}  # type: ignore[union-attr]
    assert opened.sent is not None and opened.sent.endswith("比存款划算。")
    used(ws, "S2", "changed", text=DRAFT + "您看方便吗？", at=NOW)
    assert Rule.CAUTION_OVERRIDDEN not in by_rule(ws), "the newest entry on it counts"


def test_one_message_to_dozens_of_clients(ws: Workspace) -> None:
    least = ws.policy.review.same_message
    with session(ws.engine) as s:
        for n in range(least):
            s.add(Client(client_no=f"D{n}", name=f"李{n}", gender="男", manager="1001"))
        s.flush()
        for n in range(least):
            s.add(suggestion(f"M{n}", f"D{n}", LAST_WEEK.date(), channel="message", draft=f"李先生您好，李{n}，降温了，注意保暖。"))
    for n in range(least):
        at = LAST_WEEK + timedelta(hours=n % 3, minutes=n)
        log_contact(ws, f"D{n}", Entry("message", "sent", at, staff_no="1001", suggestion_no=f"M{n}"))
    number = by_rule(ws)[Rule.SAME_MESSAGE]
    opened = open_record(ws, "flag", number, TODAY)
    assert opened.flag.evidence["clients"] == least == len(opened.did) and opened.about.client_no is None  # type: ignore[union-attr]
    used(ws, "M0", "changed", text="李先生您好，天冷了，您腿好些没有？", at=LAST_WEEK)
    assert Rule.SAME_MESSAGE not in by_rule(ws)


def test_the_sample_is_of_the_week_and_of_each_person(ws: Workspace) -> None:
    used(ws, "S3", "ignored", reason="1", at=LAST_WEEK)
    log_contact(ws, "C2", Entry("message", "sent", LAST_WEEK, staff_no="1001", suggestion_no="S2"))
    log_contact(ws, "C2", Entry("call", "reached", NOW, staff_no="1001"))
    queue = review_queue(ws, TODAY)
    work = [line for line in queue.lines if line.item.kind is not Kind.FLAG]
    by_person = {staff: [line.item for line in work if line.item.staff_no == staff] for staff in ("1001", "1002")}
    assert {i.key for i in by_person["1001"]} == {(Kind.SUGGESTION, "S2"), (Kind.SUGGESTION, "S3"), (Kind.PRACTICE, "A1")}
    assert len(by_person["1002"]) == 3 == ws.policy.review.sample_per_person
    assert queue.drawn == 6
    assert [i.subject for i in by_person["1002"]] == [
        line.item.subject for line in review_queue(ws, TODAY).lines if line.item.staff_no == "1002" and line.item.kind is not Kind.FLAG
    ]
    assert review_queue(ws, TODAY, week="2026-W48").drawn == 1, "this week so far"
    assert usual_week(date(2026, 11, 23)) == "2026-W47" and usual_week(date(2026, 11, 22)) == "2026-W46"
    with pytest.raises(Refused, match="2026-W47"):
        review_queue(ws, TODAY, week="last")


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (Wanted(staff_no="1001", flag="none"), {"S1", "A1"}), (Wanted(play="first-call"), {"A1"}), (Wanted(flag="gift_over_cap"), None),
        (Wanted(engine="offline", flag="none"), {"S1", "A1"}), (Wanted(engine="llm"), set()), (Wanted(score_to=64), {"A1"}),
        (Wanted(score_from=65), set()), (Wanted(since=date(2026, 11, 18), flag="gift_over_cap"), None),
        (Wanted(until=date(2026, 11, 17), flag="gift_over_cap"), set()),
    ],
)  # fmt: skip
def test_filters(ws: Workspace, wanted: Wanted, subjects: set[str] | None) -> None:
    used(ws, "S1", "ignored", reason="2", at=LAST_WEEK)
    found = {line.item.subject for line in review_queue(ws, TODAY, wanted=wanted).lines}
    assert found == subjects if subjects is not None else found == {by_rule(ws)[Rule.GIFT_OVER_CAP]}


# --- a record opened ------------------------------------------------------------------------------------------------


def test_a_record_beside_what_was_done_and_the_facts_of_that_day(ws: Workspace) -> None:
    used(ws, "S2", "changed", text=DRAFT + "您看方便吗？", at=LAST_WEEK)
    told = log_contact(ws, "C2", Entry("message", "replied", LAST_WEEK, staff_no="1001", suggestion_no="S2", summary="说好"))
    set_stage(ws, "C2", "loyal", "老客户", by="1001", at=NOW)
    log_contact(ws, "C2", Entry("visit", "done", NOW, staff_no="1001"))
    with session(ws.engine) as s:
        s.add(Assignment(client_no="C2", manager="1002", since=date(2026, 11, 20)))
        s.get_one(Client, "C2").manager = "1002"
    opened = open_record(ws, "suggestion", "S2", TODAY)
    assert (opened.about.staff_no, opened.day, opened.client_name) == ("1001", LAST_WEEK.date(), "王2")
    assert [(d.contact_no, d.stage_before, d.stage_after) for d in opened.did] == [(told.contact_no, "stranger", told.stage_after)]
    assert [(u.how, u.difference) for u in opened.uses] == [("changed", tuple(map(tuple, difference(DRAFT, DRAFT + "您看方便吗？"))))]
    assert opened.sent == DRAFT + "您看方便吗？" and opened.proposed == ("message_draft", DRAFT)
    assert [d.channel for d in opened.later] == ["visit"]
    facts = {fact.id: fact for fact in opened.facts}
    assert facts["stage"].value == told.stage_after and facts["stage"].as_of == LAST_WEEK.date(), "as it was, not as it is"
    assert facts["manager"].value["staff_no"] == "1001"
    assert facts["signal"].value == {"signal": "maturity_due", "evidence": {"amount": 50000, "matures_on": "2026-11-27"}}
    assert facts["do_not_contact"].as_of is None, "known as of today only, and says so"
    assert facts["assets"].as_of is None
    assert fact_words(facts["manager"], "zh", TODAY) == ("管户", "P1001 1001")
    assert open_record(ws, "suggestion", "S1", TODAY).facts[-1].as_of is None
    assets = next(f for f in open_record(ws, "suggestion", "S1", TODAY).facts if f.id == "assets")
    assert (assets.value, assets.as_of) == (120000, date(2026, 10, 31))
    assert opened.as_json(ws)["contacts"][0]["summary"] == "说好"
    assert {p.id for p in opened.passages} == set(opened.cites) and any(c.startswith("support.") for c in opened.cites)


def test_a_flag_opens_with_its_records_its_words_and_its_passages(ws: Workspace) -> None:
    used(ws, "S1", "followed", staff_no="1001", at=LAST_WEEK)
    opened = open_record(ws, "flag", by_rule(ws)[Rule.CAUTION_OVERRIDDEN], TODAY)
    told = opened.as_json(ws)["flag"]
    assert opened.suggestion_no == "S1" and told["name"] == "有提示仍照用" and "联系客户的规矩" in told["text"]
    assert any(cite.startswith("compliance.contact") for cite in told["cites"])
    lost = open_record(ws, "flag", by_rule(ws)[Rule.MATURED_LOST], TODAY).as_json(ws)["flag"]
    assert lost["evidence"]["amount"] == 50000 and "5万元" in lost["text"] and "没有" in lost["text"]
    burst = open_record(ws, "flag", by_rule(ws)[Rule.BURST], TODAY)
    assert len(burst.did) == 5 and burst.facts == () and burst.about.client_no is None


def test_practice_opens_and_numbers_are_told_apart(ws: Workspace) -> None:
    assert kind_of(ws, "S1") is Kind.SUGGESTION and kind_of(ws, "V1") is Kind.CONTACT and kind_of(ws, "A1") is Kind.PRACTICE
    assert kind_of(ws, "burst:1001:talks:X") is Kind.FLAG
    for kind, subject in (("flag", "burst:1001:talks:X"), ("contact", "nope"), ("suggestion", "nope"), ("page", "S1")):
        with pytest.raises(Refused):
            open_record(ws, kind, subject, TODAY)


def test_every_passage_that_reviews_cite_is_there_in_both_languages(ws: Workspace) -> None:
    known = rubric()
    for one in (*known.criteria.values(), *known.flags.values()):
        assert one.cites and all((cite, lang) in ws.playbook.passages for cite in one.cites for lang in LANGS)
    for lang in LANGS:
        assert set(words(lang).flags) == set(Rule) and set(words(lang).criteria) == set(known.criteria)


# --- acts -----------------------------------------------------------------------------------------------------------


def reviews(ws: Workspace) -> list:
    return list(reversed(entries(ws, Entries(kind=Logged.REVIEW), limit=100)))


def test_rated_commented_signed_off_and_every_act_in_the_log(ws: Workspace) -> None:
    about = flag(ws, Rule.GIFT_OVER_CAP)
    acts.rate(ws, about, {"fit": 1, "rules": 1}, "3001", NOW)
    acts.rate(ws, about, {"fit": 4, "rules": 4, "next": 4, "record": 4}, "3001", NOW)
    number = acts.comment(ws, about, "由头是什么？", "3001", NOW)
    acts.sign_off(ws, about, "3001", NOW, "谈过了")
    state = open_record(ws, "flag", about.subject, TODAY).state
    assert state.rated is not None and state.rated.score == 100 and len(state.ratings) == 2
    assert state.signed_off and [c.comment_no for c in state.comments] == [number]
    assert Rule.GIFT_OVER_CAP not in by_rule(ws)
    queue = review_queue(ws, TODAY, with_signed=True)
    assert queue.signed == 1 and any(line.state.signed_off and line.score == 100 for line in queue.lines)
    told = [e.content for e in reviews(ws)]
    assert [t["what"] for t in told] == ["rated", "rated", "comment", "signed_off"]
    assert told[1]["corrects"] == reviews(ws)[0].entry_no and "corrects" not in told[0]
    assert all(t["whose"] == "1001" and t["subject_kind"] == "flag" and len(t["record"]) == 64 for t in told)
    assert told[1]["rubric"] == rubric().version
    assert all(entry(ws, e.entry_no).record_intact for e in reviews(ws))
    with session(ws.engine) as s:
        s.get_one(Review, told[0]["review_no"]).rating = {"fit": 4}
    assert [entry(ws, e.entry_no).record_intact for e in reviews(ws)] == [False, True, True, True], "a rating that was altered is seen"
    assert verify(ws).whole
    acts.reopen(ws, about, "3001", NOW, "签错了")
    assert Rule.GIFT_OVER_CAP in by_rule(ws)
    assert reviews(ws)[-1].content["corrects"] == reviews(ws)[3].entry_no
    with session(ws.engine, write=False) as s:
        assert len(s.exec(select(Review)).all()) == 5, "nothing was altered, everything was added"


def test_a_comment_is_seen_answered_and_the_answer_seen(ws: Workspace) -> None:
    about = About(Kind.CONTACT, "V1", "1001", "C4")
    first = acts.comment(ws, about, "换个时段试试？", "3001", NOW)
    second = acts.comment(ws, about, "先发条消息", "3001", NOW + timedelta(minutes=1))
    assert [c.comment_no for c in acts.inbox(ws, "1001")] == [first, second] and acts.waiting(ws, "1001") == 2
    assert acts.inbox(ws, "1002") == []
    box = acts.inbox(ws, "1001")[0]
    assert (box.by_name, box.client_name, box.kind, box.subject) == ("P3001", "王4", Kind.CONTACT, "V1")
    reply = acts.answer(ws, first, "下午打通了", NOW + timedelta(hours=1))
    acts.seen(ws, [second], NOW, by="1001")
    assert acts.inbox(ws, "1001") == [] and acts.waiting(ws, "1001") == 0
    assert [c.comment_no for c in acts.inbox(ws, "3001")] == [reply] and acts.waiting(ws, "3001") == 1
    state = open_record(ws, "contact", "V1", TODAY).state
    assert state.answered and [c.answered for c in state.comments] == [True, False, False]
    acts.comment(ws, about, "好", "3001", NOW + timedelta(hours=2), answers=reply)
    assert acts.inbox(ws, "3001") == [] and acts.waiting(ws, "1001") == 1
    assert [e.content["what"] for e in reviews(ws)] == ["comment", "comment", "answer", "comment"]
    assert reviews(ws)[2].staff_no == "1001" and reviews(ws)[2].subject == "V1"


def test_the_same_number_twice_is_one_act(ws: Workspace) -> None:
    about = About(Kind.CONTACT, "V1", "1001", "C4")
    for _ in range(2):
        acts.comment(ws, about, "一次", "3001", NOW, comment_no="k1")
        acts.rate(ws, about, {"fit": 2}, "3001", NOW, review_no="r1")
        acts.sign_off(ws, about, "3001", NOW, review_no="s1")
        acts.answer(ws, "k1", "好", NOW, answer_no="a1")
    assert len(reviews(ws)) == 4 and len(open_record(ws, "contact", "V1", TODAY).state.comments) == 2


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda ws, about: acts.rate(ws, about, {}, "3001", NOW), "评分"),
        (lambda ws, about: acts.rate(ws, about, {"charm": 3}, "3001", NOW), "fit"),
        (lambda ws, about: acts.rate(ws, about, {"fit": 5}, "3001", NOW), "1 到 4"),
        (lambda ws, about: acts.comment(ws, about, "  ", "3001", NOW), "空"),
        (lambda ws, about: acts.comment(ws, about, "长" * 2001, "3001", NOW), "2000"),
        (lambda ws, about: acts.comment(ws, about, "好", "9999", NOW), "9999"),
        (lambda ws, about: acts.comment(ws, About(Kind.FLAG, "x", None, None), "好", "3001", NOW), "经手人"),
        (lambda ws, about: acts.reopen(ws, about, "3001", NOW, ""), "空"),
        (lambda ws, about: acts.answer(ws, "nope", "好", NOW), "nope"),
        (lambda ws, about: acts.answer(ws, acts.comment(ws, about, "好", "3001", NOW), "好", NOW, by="1002"), "1001"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why_and_writes_nothing(ws: Workspace, act, words: str) -> None:
    about = About(Kind.CONTACT, "V1", "1001", "C4")
    with pytest.raises(Refused, match=words):
        act(ws, about)
    assert all(e.content["what"] == "comment" for e in reviews(ws))


def test_the_only_supervisor_is_who_reviews(ws: Workspace) -> None:
    assert acts.reviewer(ws, None) == "3001" and acts.reviewer(ws, "2001") == "2001"
    with session(ws.engine) as s:
        s.add(Staff(staff_no="3002", name="P3002", role="supervisor"))
    with pytest.raises(Refused, match="3001、3002"):
        acts.reviewer(ws, None)


def test_plays_often_left_aside_with_the_rule(ws: Workspace) -> None:
    with session(ws.engine) as s:
        for n in range(10):
            body = {"how": "ignored" if n < 6 else "followed", "play": "stage.life", "reason": "bad_time" if n < 6 else None}
            append(ws, s, Logged.SUGGESTION_USED, NOW, body, staff_no="1001", client_no="C1", subject=f"X{n}")
    found = plays(ws, TODAY)
    assert not found.lowers and set(found.often) == {"stage.life"} and found.rows[0].reasons == {"bad_time": 6}
    (ws.home / "policy.toml").write_text("[log.ignored]\nlower = true\nshare = 0.61\n", encoding="utf-8")
    again = Workspace.at(ws.home, lang="zh")
    assert plays(again, TODAY).often == {} and plays(again, TODAY).lowers
    again.close()


def test_the_same_on_postgresql(postgres_url: str, own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_DB", postgres_url)
    ws = Workspace.at(own_workspace, lang="zh")
    fill(ws)
    used(ws, "S1", "changed", text=DRAFT + "好吗？", staff_no="1001", at=LAST_WEEK)
    found = by_rule(ws)
    assert set(found) == set(Rule) - {Rule.SAME_MESSAGE}
    about = open_record(ws, "flag", found[Rule.CAUTION_OVERRIDDEN], TODAY).about
    number = acts.comment(ws, about, "看到提示了吗？", "3001", NOW)
    acts.answer(ws, number, "没留意", NOW + timedelta(minutes=5))
    acts.rate(ws, about, {"rules": 1}, "3001", NOW)
    acts.sign_off(ws, about, "3001", NOW)
    assert acts.waiting(ws, "3001") == 1 and acts.inbox(ws, "1001") == []
    state = open_record(ws, "flag", about.subject, TODAY).state
    assert state.signed_off and state.answered and state.rated is not None and state.rated.score == 0
    assert Rule.CAUTION_OVERRIDDEN not in by_rule(ws) and verify(ws).whole
    with pytest.raises(Refused, match="不是主管"):
        acts.sign_off(ws, about, "1001", NOW)
    acts.sign_off(ws, About(Kind.PRACTICE, "A1", "1001", None), "2001", NOW)
    ws.close()
