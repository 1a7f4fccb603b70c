"""The supervisor's report: figures of each manager and of the branch, by week and month, against target, with advice (A47, A48)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from coach.domain.format import money, yuan
from coach.domain.policy import EffectiveTargets
from coach.domain.report import BRANCH, CHANNELS, TIERS, Figures, Period, Share, Work, count
from coach.domain.report_figures import FIGURES, Gap, Target, effective_target, gaps, medians, mend, praise
from coach.domain.words import Lang
from coach.domain.working_days import working_days
from coach.playbook.cards import Passage
from coach.services.clients import require_manager
from coach.services.errors import refuse
from coach.services.report_data import load
from coach.services.report_words import Words, structure, words_for
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff

_UNITS = {figure.id: figure.unit for figure in FIGURES}
MOST_DAYS = 1100
"""A report spans three years at most."""
MOST_WEEKS = 27
"""A report of more weeks is told by months only."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose figures a row holds. ``staff_no`` empty: the branch's."""

    staff_no: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One word to a person, drawn from one figure. ``kind``: ``mend`` or ``praise``."""

    kind: str
    gap: Gap
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A week (Monday to Sunday) or a calendar month of the period, cut to it."""

    period: Period
    figures: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is shown, in any form."""

    asked: tuple[date, date]
    period: Period
    lang: Lang
    people: tuple[Person, ...]
    figures: Mapping[str, Figures]
    """By staff number; ``BRANCH`` for the branch."""
    weeks: tuple[Part, ...]
    months: tuple[Part, ...]
    advice: Mapping[str, tuple[Advice, ...]]
    medians: Mapping[str, float]
    passages: tuple[Passage, ...]
    words: Words
    targets: Mapping[str, Target]
    """By figure; what the branch aims at."""
    effective: EffectiveTargets
    held: Mapping[str, Mapping[str, Gap]]
    """Staff number → figure → how it stands to its goal; figures without a goal or with too few cases are left out. The branch
    (``BRANCH``) is held against targets only."""

    @property
    def working_days(self) -> int:
        return len(working_days(self.period.start, self.period.end))

    @property
    def everyone(self) -> tuple[Person, ...]:
        """The people, then the branch."""
        return (*self.people, Person(BRANCH, self.words.page["branch"], ""))

    def as_json(self) -> dict[str, Any]:
        """The JSON of ``coach report``; money in yuan, rates as shares of 1."""
        aims = self.targets, self.effective
        return {
            "from": self.asked[0], "to": self.asked[1], "counted_to": self.period.end, "working_days": self.working_days,
            "managers": [
                {"staff_no": p.staff_no, "name": p.name, "post": p.post, **row(self.figures[p.staff_no], *aims),
                 "advice": [_advice_json(a) for a in self.advice.get(p.staff_no, ())]}
                for p in self.people
            ],
            "branch": row(self.figures[BRANCH], *aims),
            "medians": {name: _out(name, value) for name, value in self.medians.items()},
            "weeks": [self._part(part) for part in self.weeks],
            "months": [self._part(part) for part in self.months],
            "definitions": [{"id": name, **told.model_dump()} for name, told in self.words.definitions.items()],
            "citations": [{"id": p.id, "topic": p.topic, "title": p.title, "quote": p.shown} for p in self.passages],
        }  # fmt: skip

    def _part(self, part: Part) -> dict[str, Any]:
        aims = self.targets, self.effective
        return {
            "from": part.period.start, "to": part.period.end, "working_days": len(working_days(part.period.start, part.period.end)),
            "managers": [{"staff_no": p.staff_no, **row(part.figures[p.staff_no], *aims)} for p in self.people],
            "branch": row(part.figures[BRANCH], *aims),
        }  # fmt: skip


def row(f: Figures, targets: Mapping[str, Target], effective: EffectiveTargets) -> dict[str, Any]:
    """The contract's figures of one person or of the branch."""
    goal = effective_target(f, effective)
    return {
        "clients": f.clients,
        "tasks": {c: {"planned": w.planned, "done": w.done, "contacts": w.counted, "target": w.target} for c, w in f.work.items()},
        "effective": {
            "contacts": f.contacts.whole, "effective": f.contacts.part, "rate": f.contacts.rate,
            "target": None if goal is None else round(goal, 4),
            "by_channel": {c: _share(w.effective, w.contacts, "effective", "contacts") for c, w in f.work.items()},
        },
        "coverage": {
            tier: _share(s.part, s.whole, "reached", "clients") | {"target": targets[f"coverage_{tier}"].target}
            for tier, s in f.coverage.items()
        },
        "retention": {"matured": _yuan(f.matured_fen), "placed": _yuan(f.placed_fen), "rate": Share(f.placed_fen, f.matured_fen).rate},
        "lifted": f.lifted,
        "won_back": {"clients": f.won_clients, "amount": _yuan(f.won_fen)},
        "referrals": {"asked": f.asked, "given": f.given},
        "suggestions": {"shown": f.shown, "followed": f.followed, "changed": f.changed, "ignored": f.ignored},
        "practice": {"attempts": f.attempts, "mean": f.score, "passed": f.passed},
        "cautions": {"open": f.cautions, "blocking": f.blocking},
    }  # fmt: skip


def _share(part: int, whole: int, of: str, among: str) -> dict[str, Any]:
    return {among: whole, of: part, "rate": Share(part, whole).rate}


def _yuan(fen: int) -> float:
    return float(yuan(fen))


class Stopped(Exception):
    """Nobody waits for it any more."""


def make(
    ws: Workspace, start: date, end: date, today: date, *, manager: str | None = None, stop: Callable[[], bool] = lambda: False
) -> Report:
    """The report of the days from ``start`` to ``end``; of one manager beside the branch where ``manager`` is given.

    ``stop`` is asked between its parts; true raises :class:`Stopped`. Raises :class:`~coach.services.errors.Refused` for days in the
    wrong order, all still to come or too many, and for an unknown staff number.
    """
    if end < start:
        raise refuse(ws.lang, f"止日 {end} 早于起日 {start}；请对调", f"the last day {end} lies before the first {start}; swap them")
    if start > today:
        raise refuse(ws.lang, f"起日 {start} 还没到；请改 --from", f"the first day {start} is still to come; change --from")
    if (end - start).days >= MOST_DAYS:
        raise refuse(ws.lang, f"时期超过 {MOST_DAYS} 天；请缩短", f"the period is longer than {MOST_DAYS} days; shorten it")
    if manager is not None:
        require_manager(ws, manager, ws.lang)
    period = Period(start, min(end, today), today)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        staff = {number: Person(number, name, post or "") for number, name, post in s.exec(select(Staff.staff_no, Staff.name, Staff.post))}
        records = load(s.connection(), ws.policy, period)
    figures = count(records, ws.policy, period)
    if manager is not None:
        figures.setdefault(manager, _nothing(manager))
    shown, targets, rules = words_for(ws.policy, ws.lang), structure().targets(ws.policy), ws.policy.report.effective
    people = tuple(
        staff.get(no) or Person(no, shown.page["unknown"], "") for no in sorted(figures)
        if no != BRANCH and (no == manager if manager is not None else _works(figures[no]))
    )  # fmt: skip
    numbers = (*(p.staff_no for p in people), BRANCH)

    def part(span: Period) -> Part:
        if stop():
            raise Stopped
        counted = count(records, ws.policy, span)
        return Part(span, {no: counted.get(no) or _nothing(no) for no in numbers})

    weeks = list(_weeks(period))
    middle, days = medians(list(figures.values()), targets), (period.end - period.start).days + 1
    found = {no: gaps(figures[no], targets, rules, middle if no != BRANCH else {}, days) for no in numbers if no in figures}
    advice = {p.staff_no: _advice(ws, shown, found[p.staff_no]) if figures[p.staff_no].clients else () for p in people}
    return Report(
        (start, end), period, ws.lang, people, figures, tuple(map(part, weeks)) if len(weeks) <= MOST_WEEKS else (),
        tuple(map(part, _months(period))), advice, middle, _cited(ws, advice), shown, targets, rules,
        {no: {gap.figure: gap for gap in of} for no, of in found.items()},
    )  # fmt: skip


def _nothing(staff_no: str) -> Figures:
    return Figures(staff_no, 0, {c: Work(channel=c) for c in CHANNELS}, {tier: Share() for tier in TIERS})


def _works(f: Figures) -> bool:
    """Somebody who looks after clients, or did something for one: a trainer who only practises has no line of his own."""
    return bool(f.clients or f.tasks.whole or f.contacts.whole)


def _weeks(period: Period) -> Iterator[Period]:
    day = period.start
    while day <= period.end:
        last = min(day + timedelta(days=6 - day.weekday()), period.end)
        yield Period(day, last, period.today)
        day = last + timedelta(days=1)


def _months(period: Period) -> Iterator[Period]:
    day = period.start
    while day <= period.end:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        yield Period(day, min(following - timedelta(days=1), period.end), period.today)
        day = following


# --- advice ---------------------------------------------------------------------------------------------------------


def shown_value(figure_id: str, value: float, lang: Lang) -> str:
    """A figure as a person reads it."""
    unit = _UNITS[figure_id]
    if unit == "share":
        return f"{value * 100:.0f}%"
    return money(int(value), lang) if unit == "money" else f"{value:g}"


def _advice(ws: Workspace, shown: Words, found: Sequence[Gap]) -> tuple[Advice, ...]:
    """What to mend (one figure) and what went well (one figure)."""
    known, out = structure(), []
    for kind, gap, own in (("mend", mend(found), ()), ("praise", praise(found), known.advice.praise_cites)):
        if gap is None:
            continue
        cites = own or known.figures[gap.figure].cites
        passage = ws.playbook.passage(cites[0], ws.lang)
        text = getattr(shown.advice, kind).format(
            figure=shown.figures[gap.figure], value=shown_value(gap.figure, gap.value, ws.lang),
            against=getattr(shown.advice, gap.against), goal=shown_value(gap.figure, gap.goal, ws.lang), title=passage.title,
            text=passage.text,
        )  # fmt: skip
        out.append(Advice(kind, gap, text, cites))
    return tuple(out)


def _cited(ws: Workspace, advice: Mapping[str, Sequence[Advice]]) -> tuple[Passage, ...]:
    ids = dict.fromkeys(cite for of in advice.values() for one in of for cite in one.cites)
    return tuple(ws.playbook.passage(one, ws.lang) for one in ids)


def _advice_json(one: Advice) -> dict[str, Any]:
    gap = one.gap
    value, goal = _out(gap.figure, gap.value), _out(gap.figure, gap.goal)
    return {
        "kind": one.kind, "figure": gap.figure, "value": value, "goal": goal, "against": gap.against, "text": one.text, "cites": one.cites,
    }  # fmt: skip


def _out(figure_id: str, value: float) -> float:
    """A figure as it goes out: yuan, or four digits."""
    return value / 100 if _UNITS[figure_id] == "money" else round(value, 4)
