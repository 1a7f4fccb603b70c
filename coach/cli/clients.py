"""``coach clients``, ``client``, ``signals``, ``plan``, ``contact``, ``undo``, ``stage``, ``tier``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, parse_day, plain_errors, table, whose
from coach.domain.evidence import evidence_out, yuan_out
from coach.domain.format import money
from coach.domain.words import Signal, Stage, Tier, label, pick


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for name, function in (
        ("clients", clients),
        ("client", client),
        ("signals", signals),
        ("plan", plan),
        ("contact", contact),
        ("undo", undo),
        ("stage", stage),
        ("tier", tier),
    ):
        app.command(name)(plain_errors(function))


def _one_of(value: str | None, known: type[Any], option: str) -> str | None:
    if value is not None and value not in set(known):
        raise typer.BadParameter(f"{option} {value!r}: {', '.join(known)}")
    return value


def clients(
    manager: Annotated[str | None, typer.Option(help="Staff number. 工号。")] = None,
    tier: Annotated[str | None, typer.Option(help="A, B, C")] = None,
    stage: Annotated[str | None, typer.Option(help="stranger, acquainted, trusted, loyal")] = None,
    signal: Annotated[str | None, typer.Option(help="One of the fifteen signals. 信号。")] = None,
    search: Annotated[str, typer.Option(help="Name, number, pinyin initials, phone, tag. 姓名、客户号、拼音首字母、手机、标签。")] = "",
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """List clients. 客户列表。"""
    from coach.domain.tiers import tier_text
    from coach.services.clients import ClientQuery, list_clients, require_manager
    from coach.services.signals import branch_signals

    now = call(as_json, lang, day)
    if manager:
        require_manager(now.ws, manager, now.lang)
    found = branch_signals(now.ws, now.today, manager)
    by_client: dict[str, list[str]] = {}
    for number, name in found.select("client_no", "signal").iter_rows():
        if name not in by_client.setdefault(number, []):
            by_client[number].append(name)
    wanted = _one_of(signal, Signal, "--signal")
    among = [number for number, names in by_client.items() if wanted in names] if wanted else None
    query = ClientQuery(manager, _one_of(tier, Tier, "--tier"), _one_of(stage, Stage, "--stage"), search, among, limit=limit)
    rows = list_clients(now.ws, query)
    value = [
        {
            "client_no": r.client_no,
            "name": r.name,
            "manager": r.manager,
            "tier": r.tier,
            "tier_reason": tier_text(r.tier_reason, now.lang),
            "stage": r.stage,
            "assets": yuan_out(r.assets_fen),
            "signals": by_client.get(r.client_no, []),
        }
        for r in rows
    ]
    now.answer(
        value,
        lambda: (
            table(
                (
                    r.client_no,
                    r.name,
                    r.tier,
                    label(r.stage, now.lang),
                    money(r.assets_fen, now.lang),
                    " ".join(label(x, now.lang) for x in by_client.get(r.client_no, [])),
                )
                for r in rows
            )
            or [pick(now.lang, "没有符合的客户", "no client matches")]
        ),
    )


def client(
    number: Annotated[str, typer.Argument(metavar="NO")], as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None
) -> None:
    """The whole picture of one client, its timeline included. 客户全貌。"""
    from coach.services.clients import picture
    from coach.services.pictures import picture_json, picture_lines

    now = call(as_json, lang, day)
    shown = picture(now.ws, number, now.today, lang=now.lang)
    now.answer(picture_json(shown, now.lang), lambda: picture_lines(shown, now.today, now.lang))


def signals(
    client: Annotated[str | None, typer.Option(help="Only this client. 只看一位客户。")] = None,
    manager: Annotated[str | None, typer.Option(help="Staff number. 工号。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """What calls for action, most urgent first. 需要行动的信号。"""
    from coach.services.clients import picture, require_manager
    from coach.services.signals import branch_signals

    now = call(as_json, lang, day)
    if manager:
        require_manager(now.ws, manager, now.lang)
    if client:
        shown = picture(now.ws, client, now.today, lang=now.lang)
        rows = [(client, s.signal, s.play, s.priority, s.evidence) for s in shown.signals]
    else:
        found = branch_signals(now.ws, now.today, manager).select("client_no", "signal", "play", "priority", "evidence")
        rows = [(no, name, play, priority, json.loads(evidence)) for no, name, play, priority, evidence in found.iter_rows()]
    value = [{"client_no": no, "signal": name, "play": play, "evidence": evidence_out(e), "priority": p} for no, name, play, p, e in rows]
    now.answer(
        value,
        lambda: (
            table(
                (
                    str(v["priority"]),
                    v["client_no"],
                    label(v["signal"], now.lang),
                    now.ws.playbook.card(v["play"], now.lang).title,
                    " ".join(f"{k}={x}" for k, x in v["evidence"].items() if x is not None),
                )
                for v in value
            )
            or [pick(now.lang, "没有信号", "no signals")]
        ),
    )


def plan(
    manager: Annotated[str | None, typer.Option(help="Staff number; on a shared database default the login's own. 工号。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """The day's plan of a manager. 客户经理的当日计划。"""
    from coach.services.day import plan as make_plan

    now = call(as_json, lang, day)
    made = make_plan(now.ws, whose(now, manager, "--manager"), now.today)
    now.answer(made.as_json(), lambda: _plan_lines(now, made))


def _plan_lines(now: Call, made: Any) -> list[str]:
    capacity = " · ".join(f"{label(c, now.lang)} {made.capacity[c]}" for c in ("visit", "call", "message"))
    head = pick(
        now.lang,
        f"{made.date} {made.manager} 容量 {capacity}，排不下 {made.left_over}",
        f"{made.date} {made.manager} capacity {capacity}, left over {made.left_over}",
    )
    if not made.working_day:
        return [head, pick(now.lang, "今天不是工作日，任务顺延", "not a working day; tasks wait for the next")]
    rows = table(
        (
            t.task_no,
            label(t.channel, now.lang),
            t.client_no,
            now.ws.playbook.card(t.play, now.lang).title,
            " ".join(label(r["signal"], now.lang) for r in t.reasons),
            t.due.isoformat(),
            t.state,
        )
        for t in made.tasks
    )
    out = [
        pick(
            now.lang,
            f"{c['tier']} 类 {c['clients']} 户：按频次做不到",
            f"tier {c['tier']}, {c['clients']} clients: the rhythm is not attainable",
        )
        for c in made.cadence
        if not c["attainable"]
    ]
    return [head, *rows, *out]


def contact(
    number: Annotated[str, typer.Argument(metavar="NO")],
    channel: Annotated[str, typer.Option(help="message, call, visit")],
    outcome: Annotated[
        str, typer.Option(help="reached, appointment, agreed, done, replied, sent, no_answer, refused, hung_up; or your own words")
    ],
    effective: Annotated[bool | None, typer.Option("--effective/--no-effective", help="Reached and talked. 是否有效。")] = None,
    next_on: Annotated[
        date | None, typer.Option("--next", parser=parse_day, metavar="DATE", help="The promised next date. 约定的下次日期。")
    ] = None,
    summary: Annotated[str | None, typer.Option(help="What was said. 摘要。")] = None,
    task: Annotated[str | None, typer.Option(help="The task that it settles; default the client's of today. 对应任务。")] = None,
    staff: Annotated[str | None, typer.Option(help="Who; default the client's manager. 谁联系的。")] = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same key twice is one entry. 幂等键。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Log a contact; the play and the stage move on. 记录一次接触。"""
    from coach.services.contacts import Entry, log_contact
    from coach.services.suggestions import upcoming

    now = call(as_json, lang, day)
    at = datetime.combine(now.today, datetime.now().time().replace(microsecond=0))
    logged = log_contact(
        now.ws,
        number,
        Entry(
            channel=channel,
            outcome=outcome,
            at=at,
            staff_no=staff,
            effective=effective,
            summary=summary,
            next_on=next_on,
            task_no=task,
            contact_no=key,
        ),
    )
    following = upcoming(now.ws, number, now.today)
    value = asdict(logged) | {"next": following}
    now.answer(value, lambda: _logged_lines(now, logged, following))


def _logged_lines(now: Call, logged: Any, following: dict[str, Any] | None) -> list[str]:
    from coach.domain.stages import reason_text

    out = [
        pick(
            now.lang,
            f"已记录：{logged.client_no} {label(logged.channel, 'zh')}",
            f"Logged: {logged.client_no} {label(logged.channel, 'en').lower()}",
        )
    ]
    if logged.stage_after != logged.stage_before:
        why = reason_text(logged.stage_reason or {}, now.lang)
        out.append(f"{label(logged.stage_before, now.lang)} → {label(logged.stage_after, now.lang)} ({why})")
    if logged.settled_before:
        who, at = logged.settled_before
        out.append(pick(now.lang, f"这项任务 {who or '?'} 已在 {at:%H:%M} 办过，两次接触都记下了",
                        f"{who or '?'} had settled this task at {at:%H:%M}; both contacts stand"))  # fmt: skip
    if following:
        out.append(
            pick(
                now.lang,
                f"下一步：{following['when']} {label(following['channel'], 'zh')}，{following['goal']}",
                f"Next: {following['when']} {label(following['channel'], 'en').lower()}, {following['goal']}",
            )
        )
    return out


def undo(
    staff: Annotated[str | None, typer.Option(help="Whose last entry of today. 谁的最后一条。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Take back the last contact that a person logged today. 撤销今天最后一条接触记录。"""
    from coach.services.contacts import undo_last
    from coach.services.errors import refuse

    now = call(as_json, lang, day)
    staff = whose(now, staff, "--staff")
    undone = undo_last(now.ws, staff, datetime.combine(now.today, datetime.now().time()))
    if undone is None:
        raise refuse(now.lang, f"{staff} 今天没有可撤销的记录", f"{staff} logged nothing today that could be undone")
    now.answer(asdict(undone), lambda: [pick(now.lang, f"已撤销：{undone.client_no}", f"Undone: {undone.client_no}")])


def stage(
    number: Annotated[str, typer.Argument(metavar="NO")],
    stage: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Why. 理由。")],
    by: Annotated[str | None, typer.Option(help="Who. 谁。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Set a client's stage by hand, with a reason. 手工调整关系阶段。"""
    from coach.services.contacts import set_stage

    now = call(as_json, lang, day)
    set_stage(now.ws, number, stage, reason, by=by, at=datetime.combine(now.today, datetime.now().time()))
    now.answer({"client_no": number, "stage": stage, "reason": reason}, lambda: [f"{number}: {label(stage, now.lang)}"])


def tier(
    number: Annotated[str, typer.Argument(metavar="NO")],
    tier: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Why. 理由。")],
    by: Annotated[str | None, typer.Option(help="Who. 谁。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Set a client's tier by hand, with a reason. 手工调整分层。"""
    from coach.services.contacts import set_tier

    now = call(as_json, lang, day)
    set_tier(now.ws, number, tier, reason, by=by, at=datetime.combine(now.today, datetime.now().time()))
    now.answer({"client_no": number, "tier": tier, "reason": reason}, lambda: [f"{number}: {label(tier, now.lang)}"])
