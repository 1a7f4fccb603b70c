"""``coach review queue | show | comment | rate | sign | answer | inbox | plays``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, parse_day, plain_errors, table
from coach.domain.words import label, pick

if TYPE_CHECKING:
    from coach.services.review import Line, Plays, Queue
    from coach.services.review_acts import About, Comment, State
    from coach.services.review_record import Did, Opened

app = typer.Typer(help="A supervisor's weekly review of the work. 主管复核。", no_args_is_help=True)

StaffOption = Annotated[str | None, typer.Option(help="Whose work. 谁的工作。", metavar="NO")]
ByOption = Annotated[str | None, typer.Option(help="Who reviews; default the only supervisor. 复核人工号。", metavar="NO")]
KindOption = Annotated[
    str | None, typer.Option(help="Where a number alone does not tell. 编号的类别。", metavar="suggestion|contact|practice|flag")
]
Subject = Annotated[str, typer.Argument(metavar="NO", help="Of a suggestion, contact, practice or flag. 编号。")]
FromOption = Annotated[date | None, typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First day. 从哪天。")]
ToOption = Annotated[date | None, typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last day. 到哪天。")]


@app.command("queue")
@plain_errors
def queue(
    week: Annotated[str | None, typer.Option(help="Default the last whole week. 默认上一周。", metavar="2026-W47")] = None,
    staff: StaffOption = None,
    since: FromOption = None,
    until: ToOption = None,
    play: Annotated[str | None, typer.Option(help="Only this play. 只看一种打法。")] = None,
    flag: Annotated[str | None, typer.Option(help="A rule, any or none. 只看一种标记。")] = None,
    engine: Annotated[str | None, typer.Option(help="offline, llm, or a model's name. 引擎。")] = None,
    score_from: Annotated[float | None, typer.Option(min=0, max=100, help="Scores from. 分数从。")] = None,
    score_to: Annotated[float | None, typer.Option(min=0, max=100, help="Scores up to. 分数到。")] = None,
    all_: Annotated[bool, typer.Option("--all", help="With what is signed off. 含已签核的。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """What is to be looked at: flags first, then a few drawn of each person's week. 待复核。"""
    from coach.domain.review import Rule
    from coach.services.review import Wanted, review_queue

    if flag is not None and flag not in (*Rule, "any", "none"):
        raise typer.BadParameter(f"--flag {flag!r}: {', '.join(Rule)}, any or none")
    now = call(as_json, lang, day)
    wanted = Wanted(staff, since, until, play, flag, engine, score_to, score_from)
    found = review_queue(now.ws, now.today, week=week, wanted=wanted, with_signed=all_)
    now.answer(found.as_json(), lambda: _queue(now, found))


def _queue(now: Call, found: Queue) -> Iterator[str]:
    yield pick(
        now.lang, f"{found.week}（{found.since} 至 {found.until}）：标记 {found.flagged}，抽样 {found.drawn}，已签核 {found.signed}，"
        f"待看 {len(found.lines)}",
        f"{found.week} ({found.since} to {found.until}): flags {found.flagged}, drawn {found.drawn}, signed off {found.signed},"
        f" to look at {len(found.lines)}",
    )  # fmt: skip
    yield from table(_cells(now, line) for line in found.lines)


def _cells(now: Call, line: Line) -> list[str]:
    from coach.services.review_words import words

    item = line.item
    marks = pick(now.lang, "、", ", ").join(words(now.lang).flags[flag.rule].mark for flag in item.flags)
    at = f"{item.at:%Y-%m-%d %H:%M}"
    return [marks or "-", at, line.staff_name, line.client_name, item.play or "", what_was(now, line), item.subject]


def what_was(now: Call, line: Line) -> str:
    """The few words that tell what the piece of work is."""
    from coach.domain.outcomes import outcome_label
    from coach.domain.review import Kind

    item = line.item
    if item.kind is Kind.FLAG:
        return ""
    said = [label(item.channel, now.lang)] if item.channel else []
    uses = {"followed": ("照做", "followed"), "changed": ("有改动", "changed"), "ignored": ("未采用", "ignored")}
    said.append(pick(now.lang, *uses[item.gist]) if item.gist in uses else outcome_label(item.gist, now.lang))
    return " ".join(said + ([f"{line.score:g}"] if line.score is not None else []))


def _about(now: Call, subject: str, kind: str | None) -> About:
    from coach.services.review_record import kind_of, open_record

    return open_record(now.ws, kind or kind_of(now.ws, subject), subject, now.today).about


@app.command("show")
@plain_errors
def show(
    subject: Subject, kind: KindOption = None, as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None
) -> None:
    """One record: the suggestion, what was really done, the client's facts of that day, the review. 看一条。"""
    from coach.services.review_record import kind_of, open_record

    now = call(as_json, lang, day)
    found = open_record(now.ws, kind or kind_of(now.ws, subject), subject, now.today)
    now.answer(found.as_json(now.ws), lambda: _shown(now, found))


def _shown(now: Call, found: Opened) -> Iterator[str]:
    from coach.domain.difference import marked
    from coach.services.review_facts import fact_words
    from coach.services.review_words import told, words

    lang = now.lang
    yield f"{found.about.subject}  {found.staff_name}  {found.client_name} {found.about.client_no or ''}  {found.day}".rstrip()
    if found.flag is not None:
        use = words(lang).flags[found.flag.rule]
        yield f"! {use.name}: {told(found.flag, lang, now.ws.playbook)}"
        yield f"  {use.ask}"
    if found.suggestion is not None:
        action = found.suggestion["next_action"]
        play, engine = found.suggestion["play"] or "", found.suggestion["engine"]
        yield pick(lang, "建议：", "Suggestion: ") + f"{found.suggestion_no}  {play}  {engine}"
        if action:
            yield f"  {label(action['channel'], lang)}  {action['when']}  {action['goal']}"
        if found.suggestion["message_draft"]:
            yield f"  {found.suggestion['message_draft']}"
        yield from (f"  ! {label(c['severity'], lang)}: {c['text']}" for c in found.suggestion["cautions"])
    yield pick(lang, "实际做的：", "What was done:")
    for use_ in found.uses:
        yield f"  {use_.at:%Y-%m-%d %H:%M}  {use_.how}  {use_.reason or ''} {use_.remark}".rstrip()
        if use_.difference:
            yield f"    {marked(list(use_.difference))}"
    yield from (_did(now, did) for did in found.did)
    if found.practice is not None and found.practice.total is not None:
        yield f"  {found.practice.scenario}  {found.practice.total:g}"
    if found.later:
        yield pick(lang, "之后：", "Afterwards:")
        yield from (_did(now, did) for did in found.later)
    if found.facts:
        yield pick(lang, "客户当天的情况：", "The client on that day:")
        for fact in found.facts:
            name, said = fact_words(fact, lang, now.today)
            evidence = _evidence(fact.value["evidence"]) if fact.id == "signal" else ""
            yield f"  {name}: {said}{evidence}{_as_of(now, fact.as_of)}"
    yield from _state(now, found.state)


def _evidence(evidence: dict[str, Any]) -> str:
    return "".join(f" {key}={value}" for key, value in evidence.items() if isinstance(value, str | int | float))


def _as_of(now: Call, as_of: date | None) -> str:
    return pick(now.lang, "（今天的）", " (as of today)") if as_of is None else pick(now.lang, f"（{as_of}）", f" ({as_of})")


def _did(now: Call, did: Did) -> str:
    from coach.domain.outcomes import outcome_label

    gone = pick(now.lang, "（已撤销）", " (taken back)") if did.voided else ""
    said = [f"{did.at:%Y-%m-%d %H:%M}", label(did.channel, now.lang), outcome_label(did.outcome, now.lang), did.summary or ""]
    return "  " + "  ".join(word for word in said if word) + gone


def _state(now: Call, state: State) -> Iterator[str]:
    from coach.services.review_words import words

    use = words(now.lang)
    if state.rated is not None:
        known = {name: grade for name, grade in state.rated.rating.items() if name in use.criteria}
        graded = pick(now.lang, "，", ", ").join(f"{use.criteria[name].name} {use.grades.get(n, n)}" for name, n in known.items())
        yield pick(now.lang, f"评分（{state.rated.by_name}）：", f"Rated by {state.rated.by_name}: ") + f"{graded}  {state.rated.score:g}"
    for sign in state.signs:
        words_ = ("已签核", "signed off") if sign.signed_off else ("重新打开", "opened again")
        yield f"{pick(now.lang, *words_)}  {sign.by_name}  {sign.at:%Y-%m-%d %H:%M}  {sign.text}".rstrip()
    yield from (_comment(now, one) for one in state.comments)


def _comment(now: Call, one: Comment) -> str:
    told = f"{one.comment_no}  {one.at:%Y-%m-%d %H:%M}  {one.by_name} → {one.to_name}: {one.text}"
    done = pick(now.lang, "（已回复）", " (answered)") if one.answered else pick(now.lang, "（已看）", " (read)") if one.seen else ""
    return told + done


@app.command("comment")
@plain_errors
def comment(
    subject: Subject,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    by: ByOption = None,
    kind: KindOption = None,
    answers: Annotated[str | None, typer.Option(metavar="NO", help="An answer that this replies to. 回应哪条回复。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Write to whoever did the work; it stands on their Today. 点评。"""
    from coach.services import review_acts as acts
    from coach.services.review import moment_of

    now = call(as_json, lang, day)
    about, who = _about(now, subject, kind), acts.reviewer(now.ws, by)
    number = acts.comment(now.ws, about, text, who, moment_of(now.today), answers=answers)
    value = {"comment_no": number, "kind": about.kind, "subject": about.subject, "by": who, "to": about.staff_no, "answers": answers}
    now.answer(value, lambda: [pick(now.lang, f"点评 {number} 已发给 {about.staff_no}", f"comment {number} sent to {about.staff_no}")])


def _rating(given: list[str]) -> dict[str, int]:
    """``fit=3`` → criterion and grade."""
    out: dict[str, int] = {}
    for one in given:
        name, _, grade = one.partition("=")
        if not grade.strip().isdigit():
            raise typer.BadParameter(f"{one!r}: write criterion=grade, for example fit=3")
        out[name.strip()] = int(grade)
    return out


@app.command("rate")
@plain_errors
def rate(
    subject: Subject,
    grades: Annotated[list[str], typer.Argument(metavar="CRITERION=GRADE…", help="fit=3 rules=4 next=2 record=4")],
    by: ByOption = None,
    kind: KindOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Rate by the rubric; said again, the newest rating counts. 评分。"""
    from coach.services import review_acts as acts
    from coach.services.review import moment_of
    from coach.services.review_words import rubric

    rating = _rating(grades)
    now = call(as_json, lang, day)
    about, who = _about(now, subject, kind), acts.reviewer(now.ws, by)
    number = acts.rate(now.ws, about, rating, who, moment_of(now.today))
    score = rubric().share(rating)
    value = {"review_no": number, "kind": about.kind, "subject": about.subject, "by": who, "rating": rating, "score": score}
    now.answer(value, lambda: [pick(now.lang, f"已评分：{score:g}", f"rated: {score:g}")])


@app.command("sign")
@plain_errors
def sign(
    subject: Subject,
    by: ByOption = None,
    kind: KindOption = None,
    text: Annotated[str, typer.Option(help="A few words. 说明。")] = "",
    reopen: Annotated[str | None, typer.Option(metavar="REASON", help="Take the sign-off back. 撤回签核。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Sign off: it leaves the queue. 签核。"""
    from coach.services import review_acts as acts
    from coach.services.review import moment_of

    if text and reopen is not None:
        raise typer.BadParameter("--text goes with a sign-off, --reopen takes one back")
    now = call(as_json, lang, day)
    about, who, at = _about(now, subject, kind), acts.reviewer(now.ws, by), moment_of(now.today)
    number = acts.sign_off(now.ws, about, who, at, text) if reopen is None else acts.reopen(now.ws, about, who, at, reopen)
    value = {"review_no": number, "kind": about.kind, "subject": about.subject, "by": who, "signed_off": reopen is None}
    told = ("已签核", "signed off") if reopen is None else ("已重新打开", "opened again")
    now.answer(value, lambda: [pick(now.lang, *told)])


@app.command("answer")
@plain_errors
def answer(
    comment_no: Annotated[str, typer.Argument(metavar="NO", help="The comment's number. 点评编号。")],
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    by: Annotated[str | None, typer.Option(help="Who answers; default whom it was written to. 回复人。", metavar="NO")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Answer a comment. 回复点评。"""
    from coach.services import review_acts as acts
    from coach.services.review import moment_of

    now = call(as_json, lang, day)
    number = acts.answer(now.ws, comment_no, text, moment_of(now.today), by=by)
    now.answer({"comment_no": number, "answers": comment_no}, lambda: [pick(now.lang, f"已回复 {number}", f"answered: {number}")])


@app.command("inbox")
@plain_errors
def inbox(
    staff: Annotated[str, typer.Option("--staff", help="Whose. 谁的。", metavar="NO")],
    seen: Annotated[bool, typer.Option("--seen", help="Mark them as read. 标为已看。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Comments written to a person that are neither answered nor read. 收到的点评。"""
    from coach.services import review_acts as acts
    from coach.services.review import moment_of

    now = call(as_json, lang, day)
    found = acts.inbox(now.ws, staff)
    if seen:
        acts.seen(now.ws, [one.comment_no for one in found], moment_of(now.today), by=staff)
    none = pick(now.lang, "没有点评", "no comments")
    now.answer([one.as_json() for one in found], lambda: [_comment(now, one) for one in found] or [none])


@app.command("plays")
@plain_errors
def plays(as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None) -> None:
    """Plays whose suggestions are often left aside, with the reasons. 常被搁下的打法。"""
    from coach.services.review import plays as count
    from coach.services.review import with_reasons

    now = call(as_json, lang, day)
    found = count(now.ws, now.today)
    names = {reason.id: reason.called(now.lang) for reason in now.ws.policy.log.reasons}
    now.answer(found.as_json(), lambda: _plays(now, with_reasons(found, names)))


def _plays(now: Call, found: Plays) -> Iterator[str]:
    rows: list[list[str]] = [
        [row.play, pick(now.lang, f"放弃 {row.ignored}/{row.used}", f"ignored {row.ignored}/{row.used}"),
         pick(now.lang, "，", ", ").join(f"{reason} {n}" for reason, n in row.reasons.items()),
         "" if row.play not in found.often else pick(now.lang, "常被搁下", "often left aside")]
        for row in found.rows
    ]  # fmt: skip
    yield from table(rows) or [pick(now.lang, "没有记录", "no records")]
    yield rule_of(found, now)


def rule_of(found: Plays, now: Any) -> str:
    """The policy's rule in one line."""
    share = f"{found.share:.0%}"
    return pick(
        now.lang, f"规则 [log.ignored]（{'已启用' if found.lowers else '未启用'}）：用过 {found.least} 次以上、放弃达到 {share}，"
        f"优先级减 {found.points}",
        f"rule [log.ignored] ({'in force' if found.lowers else 'off'}): used {found.least} times and more, {share} ignored:"
        f" priority less {found.points}",
    )  # fmt: skip
