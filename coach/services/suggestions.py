"""Proposals and answers: builds the case from the records, asks the engine, keeps what was proposed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlmodel import col, select

from coach.assistant.engine import Answer, Candidate, Case, Engine, Exchange, Retriever, Watch
from coach.assistant.offline import OfflineEngine
from coach.assistant.rewrite import How
from coach.domain.client import ClientPicture, SignalFact
from coach.domain.plays import play_for
from coach.domain.slots import fill
from coach.domain.suggestion import Suggestion
from coach.domain.words import Channel, Lang, Signal, Tier
from coach.services.clients import picture
from coach.services.errors import refuse
from coach.services.log_records import log_shown
from coach.services.model import private_retriever
from coach.services.signals import steps_of
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.bulk import insert_once
from coach.store.db import session
from coach.store.tables import SuggestionRecord, Task

ENGINES = ("offline", "llm")


@dataclass(frozen=True, slots=True)
class _Row:
    """A signal with the step in force for it."""

    fact: SignalFact
    candidate: Candidate | None


def suggest(
    ws: Workspace,
    client_no: str,
    today: date,
    *,
    lang: Lang | None = None,
    engine: str = "offline",
    task_no: str | None = None,
    fresh: bool = False,
    watch: Watch | None = None,
    staff_no: str | None = None,
) -> Suggestion:
    """The suggestion for a client on a date; a task of today's plan comes first (``task_no``, or the client's open one).

    It is kept and never changed afterwards, and the log says that it was shown to ``staff_no`` (default the client's manager).
    ``fresh``: a language model is asked again even where nothing has changed.
    Raises :class:`~coach.services.errors.Refused` for an unknown client or engine.
    """
    staff_no = acting(ws, staff_no)
    case = case_of(ws, client_no, today, lang=lang or ws.lang, task_no=task_no)
    made = _engine(ws, engine, case.retriever, fresh=fresh, watch=watch).suggest(case, watch)
    _keep(ws, made, case, staff_no)
    return made


def ask(
    ws: Workspace,
    question: str,
    today: date,
    *,
    client_no: str | None = None,
    lang: Lang | None = None,
    engine: str = "offline",
    before: Sequence[Exchange] = (),
    watch: Watch | None = None,
) -> Answer:
    """A question answered from the playbook, and from a client's records where one is named.

    ``before``: what was asked and answered earlier in this conversation, oldest first.
    """
    lang = lang or ws.lang
    if not question.strip():
        raise refuse(lang, "问题是空的；请写出想问什么", "the question is empty; say what you want to know")
    case = case_of(ws, client_no, today, lang=lang) if client_no else None
    found = case.retriever if case else private_retriever(ws, None, lang)
    return _engine(ws, engine, found, watch=watch).ask(question, case, today=today, lang=lang, before=before, watch=watch)


def rewrite(
    ws: Workspace,
    client_no: str,
    draft: str,
    how: How,
    today: date,
    *,
    lang: Lang | None = None,
    engine: str = "offline",
    watch: Watch | None = None,
) -> tuple[str, str | None]:
    """A message made shorter, warmer or fit for an older client; and why another engine did it than was asked (``None`` = it did)."""
    case = case_of(ws, client_no, today, lang=lang or ws.lang)
    return _engine(ws, engine, case.retriever, watch=watch).rewrite(draft, how, case, watch)


def upcoming(ws: Workspace, client_no: str, today: date, *, lang: Lang | None = None) -> dict[str, Any] | None:
    """The next step for a client: due now or ahead. ``{"play", "step", "channel", "when", "goal"}``; ``None`` = do not contact."""
    case = case_of(ws, client_no, today, lang=lang or ws.lang)
    if case.client.do_not_contact:
        return None
    first = case.candidates[0]
    step = case.playbook.passage(f"{first.play}/{first.step}", case.lang)
    values = case.facts(first.signal).values
    goal = fill(step.goal, dict(values)) if step.needs <= set(values) else step.title
    return {"play": first.play, "step": first.step, "channel": first.channel, "when": max(first.due, today), "goal": goal}


def case_of(ws: Workspace, client_no: str, today: date, *, lang: Lang, task_no: str | None = None) -> Case:
    """Everything an engine may know of a client on a date."""
    with session(ws.engine, write=False) as s:
        planned = select(Task.play, Task.step, Task.anchor, Task.task_no).where(
            Task.client_no == client_no, Task.plan_on == today, Task.state == "open"
        )
        tasks = [t for t in s.exec(planned.order_by(col(Task.position))) if task_no in (None, t[3])]
    rows = list(_rows(steps_of(ws, client_no, today)))
    client = picture(ws, client_no, today, lang=lang, signals=tuple(r.fact for r in rows))
    candidates = _ordered([r.candidate for r in rows if r.candidate], today, tasks[0] if tasks else None)
    return Case(
        client=client, candidates=candidates or (_by_rhythm(ws, client, today),), policy=ws.policy, playbook=ws.playbook,
        rules=ws.rules, today=today, lang=lang, retriever=private_retriever(ws, client, lang),
    )  # fmt: skip


def _rows(forced: pl.DataFrame) -> Iterator[_Row]:
    for r in forced.iter_rows(named=True):
        fact = SignalFact(r["signal"], r["play"], r["on"], r["priority"], json.loads(r["evidence"]))
        step = r["step"] and Candidate(fact, r["play"], r["step"], r["channel"], r["due"], tuple(r["done"] or ()))
        yield _Row(fact, step or None)


def _ordered(candidates: list[Candidate], today: date, task: Any) -> tuple[Candidate, ...]:
    """The day's task first, then what is due by urgency, then what comes by its day."""

    def key(c: Candidate) -> tuple[Any, ...]:
        of_task = task is not None and c.signal is not None and (c.play, c.step, c.signal.on) == (task[0], task[1], task[2])
        due = c.due <= today
        return (not of_task, not due, -(c.signal.priority if c.signal else 0) if due else c.due.toordinal())

    return tuple(sorted(candidates, key=key))


def _by_rhythm(ws: Workspace, client: ClientPicture, today: date) -> Candidate:
    """Where no signal holds: the contact that the tier's rhythm brings next, in the play of the stage."""
    play = play_for(ws.plays, Signal.CADENCE_DUE, client.stage)
    if play is None:
        raise refuse(
            ws.lang, f"手册里没有阶段 {client.stage} 的日常打法；请在卡片的 signals 里补上 cadence_due",
            f"no card serves the rhythm at stage {client.stage}; add cadence_due to a card's signals",
        )  # fmt: skip
    last = client.contacts[0].at.date() if client.contacts else client.assigned_on or today
    rhythm = ws.policy.rhythm[Tier(client.tier)]
    steps_now = [step for step in ws.plays[play].steps_for(Signal.CADENCE_DUE) if step.offset == 0]
    due, step, channel = min((last + timedelta(days=rhythm.days(Channel(step.channel))), step.name, step.channel) for step in steps_now)
    return Candidate(None, play, step, channel, due)


def usual_engine(ws: Workspace) -> str:
    """What the screens ask: the language model where one is configured."""
    return "llm" if ws.settings.model else "offline"


def _engine(ws: Workspace, name: str, found: Retriever, *, fresh: bool = False, watch: Watch | None = None) -> Engine:
    if name == "offline":
        return OfflineEngine(found)
    if name == "llm":
        from coach.services.model import model_engine

        return model_engine(ws, found, fresh=fresh, watch=watch)
    raise refuse(ws.lang, f"没有名为 {name} 的引擎；可用：{'、'.join(ENGINES)}", f"there is no engine {name!r}; use {', '.join(ENGINES)}")


@retried
def _keep(ws: Workspace, made: Suggestion, case: Case, staff_no: str | None) -> None:
    """Keep a suggestion once; the same one asked for again, or by somebody else in the same moment, is the same record."""
    with session(ws.engine, lang=ws.lang) as s:
        if s.get(SuggestionRecord, made.suggestion_no) is not None:
            return
        row = {
            "suggestion_no": made.suggestion_no, "client_no": made.client_no, "on": made.date, "engine": made.engine, "lang": case.lang,
            "play": made.play, "rule_version": case.rules.version, "body": made.as_json(),
        }  # fmt: skip
        if insert_once(s, SuggestionRecord, row):
            at = datetime.combine(case.today, datetime.now().time())
            log_shown(ws, s, made, case.lang, staff_no or case.client.manager, at)
