"""The supervisor's queue of a week: flags first, then the sample; what is known of each line; plays that are often left aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from coach.domain.evidence import evidence_out
from coach.domain.ignored import Lowered, PlayUse, often_ignored
from coach.domain.review import Flag, Kind, Rule, flags, week_of
from coach.domain.review_queue import Item, Key, days_of, queue, sample
from coach.domain.suggestion import plain
from coach.domain.words import Lang
from coach.services.errors import refuse
from coach.services.log_uses import uses_by_play
from coach.services.review_acts import State, states
from coach.services.review_data import flag_records, monday, works
from coach.services.review_words import rubric, told, words
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff

OLDEST_FLAG_DAYS = 400
"""A flag asked for by its id is looked for so far back."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the queue; ``None`` = all. Both days are included; scores are 0 to 100."""

    staff_no: str | None = None
    since: date | None = None
    until: date | None = None
    play: str | None = None
    flag: str | None = None
    """A rule, or ``any``: whatever has a flag; ``none``: what has none."""
    engine: str | None = None
    """``offline``, ``llm`` (any model), or an engine's whole name."""
    score_to: float | None = None
    """Only what has a score, up to this one."""
    score_from: float | None = None

    def has(self, line: Line) -> bool:
        item, day = line.item, line.item.at.date()
        rules = {flag.rule for flag in item.flags}
        return (
            self.staff_no in (None, item.staff_no)
            and (self.since is None or day >= self.since) and (self.until is None or day <= self.until)
            and self.play in (None, item.play)
            and (self.flag is None or (self.flag == "any" and bool(rules)) or (self.flag == "none" and not rules) or self.flag in rules)
            and (self.engine is None or (item.engine or "").split(":")[0] == self.engine or item.engine == self.engine)
            and (self.score_to is None or (line.score is not None and line.score <= self.score_to))
            and (self.score_from is None or (line.score is not None and line.score >= self.score_from))
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the queue with what people are called by."""

    item: Item
    staff_name: str
    client_name: str
    state: State = field(default_factory=State)

    @property
    def score(self) -> float | None:
        """By the rubric where it was rated, else the practice's own; 0 to 100."""
        return self.state.rated.score if self.state.rated else self.item.score

    def as_json(self) -> dict[str, Any]:
        i = self.item
        return {
            "kind": i.kind, "subject": i.subject, "staff_no": i.staff_no, "staff_name": self.staff_name, "client_no": i.client_no,
            "client_name": self.client_name, "at": i.at.isoformat(timespec="seconds"), "play": i.play, "engine": i.engine,
            "channel": i.channel, "what": i.gist, "score": self.score, "flags": [f.rule for f in i.flags],
            "severity": i.flags[0].severity if i.flags else None, "signed_off": self.state.signed_off,
            "comments": len(self.state.comments), "answered": self.state.answered,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """The lines still to be looked at. ``drawn`` and ``signed``: of everything in the week's queue, filters aside."""

    week: str
    since: date
    until: date
    lines: tuple[Line, ...]
    flagged: int
    drawn: int
    signed: int

    def as_json(self) -> dict[str, Any]:
        return dict(plain({
            "week": self.week, "from": self.since, "to": self.until, "flagged": self.flagged, "drawn": self.drawn, "signed": self.signed,
            "items": [line.as_json() for line in self.lines],
        }))  # fmt: skip


def usual_week(today: date) -> str:
    """The last whole week before a day: its records are complete, so the draw does not change while it is worked."""
    return week_of(monday(today) - timedelta(days=1))


def review_queue(ws: Workspace, today: date, *, week: str | None = None, wanted: Wanted = Wanted(), with_signed: bool = False) -> Queue:
    """The queue of a week (``2026-W47``; default :func:`usual_week`): its sample, and the flags of the policy's ``flag_days`` up
    to the week's end, for the usual week and later ones up to today. What is signed off has left it, unless ``with_signed``.

    Raises :class:`~coach.services.errors.Refused` for what is no week.
    """
    name = week or usual_week(today)
    try:
        since, until = days_of(name)
    except ValueError:
        told_ = f"周 {name!r} 写法不对；例如 {usual_week(today)}", f"{name!r} is no week; write it as {usual_week(today)}"
        raise refuse(ws.lang, *told_) from None
    name = week_of(since)
    last = today if name >= usual_week(today) else until
    first = last - timedelta(days=ws.policy.review.flag_days - 1)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        found = flags(flag_records(ws, s, first, last), ws.policy, first, last)
        drawn = sample(works(s, since, min(until, today)), name, ws.policy.review.sample_per_person)
        items = queue(found, drawn, name, ws.policy.review.sample_per_person)
        lines = _lines(s, items, states(s, [item.key for item in items]))
    kept = [line for line in lines if with_signed or not line.state.signed_off]
    return Queue(
        name, since, until, tuple(line for line in kept if wanted.has(line)), len(found), len(drawn),
        sum(line.state.signed_off for line in lines),
    )  # fmt: skip


def _lines(s: Session, items: Sequence[Item], known: dict[Key, State]) -> list[Line]:
    numbers = sorted({item.client_no for item in items if item.client_no})
    names: dict[str, str] = {}
    for part in (numbers[i : i + 5000] for i in range(0, len(numbers), 5000)):
        names |= dict(s.exec(select(Client.client_no, Client.name).where(col(Client.client_no).in_(part))).all())
    staff = dict(s.exec(select(Staff.staff_no, Staff.name)).all())
    return [
        Line(item, staff.get(item.staff_no or "", item.staff_no or ""), names.get(item.client_no or "", ""), known.get(item.key, State()))
        for item in items
    ]


def find_flag(ws: Workspace, s: Session, number: str, today: date) -> Flag | None:
    """The flag of an id; ``None``: the records no longer raise it."""
    for days in (ws.policy.review.flag_days, OLDEST_FLAG_DAYS):
        since = today - timedelta(days=days - 1)
        for flag in flags(flag_records(ws, s, since, today), ws.policy, since, today):
            if flag.id == number:
                return flag
    return None


def flag_json(ws: Workspace, flag: Flag, lang: Lang) -> dict[str, Any]:
    """A flag in words, with the passages that it is read with; money in yuan."""
    use = words(lang).flags[flag.rule]
    return dict(plain({
        "id": flag.id, "rule": flag.rule, "severity": flag.severity, "at": flag.at.isoformat(timespec="seconds"),
        "staff_no": flag.staff_no, "client_no": flag.client_no, "name": use.name, "text": told(flag, lang, ws.playbook), "ask": use.ask,
        "evidence": evidence_out(flag.evidence), "records": [{"kind": kind, "subject": subject} for kind, subject in flag.records],
        "cites": cites_of(ws, flag),
    }))  # fmt: skip


def cites_of(ws: Workspace, flag: Flag) -> list[str]:
    """The passages that a flag is read with: the rubric's, and those of the rules that were passed over."""
    own = list(rubric().flags[flag.rule].cites)
    over = {caution["rule"] for caution in flag.evidence.get("cautions", ())}
    of_rules = [cite for rule in ws.rules.rules if rule.id in over for cite in rule.cites] if over else []
    return list(dict.fromkeys([*own, *of_rules]))


# --- plays often left aside -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plays:
    """What the branch did with the suggestions of each play, and the rule that may put a play later."""

    since: date
    until: date
    rows: tuple[PlayUse, ...]
    """The most often ignored first."""
    lowers: bool
    """Whether the branch has the rule in force."""
    least: int
    share: float
    points: int
    often: dict[str, Lowered]
    """The plays that meet the rule, in force or not."""

    def as_json(self) -> dict[str, Any]:
        return dict(plain({
            "from": self.since, "to": self.until,
            "rule": {"lower": self.lowers, "least": self.least, "share": self.share, "points": self.points},
            "plays": [{**asdict(row), "reasons": dict(row.reasons), "often": row.play in self.often,
                       "lowered": row.play in self.often and self.lowers} for row in self.rows],
        }))  # fmt: skip


def plays(ws: Workspace, today: date) -> Plays:
    """The uses of the days that the policy's ``[log.ignored]`` counts, and which plays its rule reaches."""
    rule = ws.policy.log.ignored
    since = today - timedelta(days=rule.days - 1)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        rows = uses_by_play(ws, s, since, today)
    often = often_ignored(rows, rule.model_copy(update={"lower": True}))
    return Plays(since, today, tuple(rows), rule.lower, rule.least, rule.share, rule.points, often)


def with_reasons(found: Plays, names: dict[str, str]) -> Plays:
    """The same with the reasons called by their names, as a person reads them."""
    rows = tuple(replace(row, reasons={names.get(reason, reason): n for reason, n in row.reasons.items()}) for row in found.rows)
    return replace(found, rows=rows)


def moment_of(day: date) -> datetime:
    """A day with the clock's present time: what an act of that day carries."""
    return datetime.combine(day, datetime.now().time())


__all__ = [
    "Kind", "Line", "Plays", "Queue", "Rule", "Wanted", "cites_of", "find_flag", "flag_json", "moment_of", "plays", "review_queue",
    "usual_week", "with_reasons",
]
