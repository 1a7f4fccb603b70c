"""``coach suggest``, ``coach ask``, ``coach check``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, plain_errors
from coach.domain.words import Channel, label, pick

EngineOption = Annotated[str, typer.Option(help="offline or llm", metavar="offline|llm")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for name, function in (("suggest", suggest), ("ask", ask), ("check", check)):
        app.command(name)(plain_errors(function))


def suggest(
    number: Annotated[str, typer.Argument(metavar="NO")],
    engine: EngineOption = "offline",
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """The next action for a client, with its sources. 下一步建议。"""
    from coach.services.suggestions import suggest as make

    now = call(as_json, lang, day)
    made = make(now.ws, number, now.today, lang=now.lang, engine=engine)
    _told(now, made.fallback)
    now.answer(made.as_json(), lambda: _lines(now, made))


def _told(now: Call, fallback: str | None) -> None:
    """Why the offline engine took over, on standard error: standard output holds the answer and nothing else."""
    if fallback:
        typer.echo(pick(now.lang, f"改用离线引擎：{fallback}", f"the offline engine took over: {fallback}"), err=True)


def _lines(now: Call, s: Any) -> list[str]:
    card = now.ws.playbook.card(s.play, now.lang)
    out = [f"{card.title} · " + " ".join(label(r.signal, now.lang) for r in s.because)]
    if s.next_action:
        a = s.next_action
        out.append(f"{a.when} {label(a.channel, now.lang)}: {a.goal}")
        out += [f"  {m.when} {label(m.channel, now.lang)}: {m.goal}" for m in a.then]
    sections = (
        (("要点", "Talking points"), [(p.text, p.cites) for p in s.talking_points]),
        (("关怀", "Care"), [(p.text, p.cites) for p in s.care_ideas]),
        (("短信微信", "Message"), [(s.message_draft, ())] if s.message_draft else []),
        (("注意", "Cautions"), [(f"[{label(c.severity, now.lang)}] {c.text}", c.cites) for c in s.cautions]),
    )
    for (zh, en), items in sections:
        if items:
            out.append(pick(now.lang, zh, en))
            out += [f"  - {text}" + (f"  [{', '.join(cites)}]" if cites else "") for text, cites in items]
    return out


def ask(
    question: Annotated[str, typer.Argument()],
    client: Annotated[str | None, typer.Option(help="About this client. 关于这位客户。")] = None,
    engine: EngineOption = "offline",
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """A question answered from the playbook and the client's record. 问手册。"""
    from coach.services.suggestions import ask as answer

    now = call(as_json, lang, day)
    told = answer(now.ws, question, now.today, client_no=client, lang=now.lang, engine=engine)
    _told(now, told.fallback)
    value = {
        "answer": [asdict(s) for s in told.answer],
        "citations": [asdict(c) for c in told.citations],
        "answered": told.answered,
        "engine": told.engine,
    }
    now.answer(value, lambda: [f"{s.text}  [{', '.join(s.cites)}]" if s.cites else s.text for s in told.answer])


def check(
    text: Annotated[str, typer.Argument()],
    client: Annotated[str | None, typer.Option(help="To this client. 发给谁。")] = None,
    channel: Annotated[str | None, typer.Option(help="message, call, visit")] = None,
    purpose: Annotated[str, typer.Option(help="service or product")] = "service",
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """A draft held against the rules before it is sent. 发出前检查草稿。"""
    from coach.services.checks import check_draft
    from coach.services.clients import picture

    now = call(as_json, lang, day)
    if channel is not None and channel not in set(Channel):
        raise typer.BadParameter(f"--channel {channel!r}: message, call, visit")
    if purpose not in ("service", "product"):
        raise typer.BadParameter(f"--purpose {purpose!r}: service, product")
    whom = picture(now.ws, client, now.today, lang=now.lang, signals=()) if client else None
    found = check_draft(now.ws, text, now.today, client=whom, channel=channel, purpose=purpose, lang=now.lang)
    value = {
        "ok": not any(c.severity == "block" for c in found),
        "cautions": [{"rule": c.rule, "severity": c.severity, "text": c.text, "quote": c.quote, "cites": list(c.cites)} for c in found],
    }
    now.answer(
        value,
        lambda: (
            [f"[{label(c.severity, now.lang)}] {c.text}" + (f"「{c.quote}」" if c.quote else "") for c in found]
            or [pick(now.lang, "没有发现问题", "nothing found")]
        ),
    )
