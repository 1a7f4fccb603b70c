"""What was practised: attempts as they were kept, with transcript, score and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import desc
from sqlmodel import Session as Db
from sqlmodel import col, func, select

from coach.domain.words import Lang, pick
from coach.practice.scenario import Scenario
from coach.practice.scoring import Score
from coach.practice.talk import Transcript, Turn
from coach.services.errors import refuse
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import PracticeAttempt, PracticeReview, Staff

DROPPED = "dropped"
ENDINGS = {
    "agreed": ("谈成", "agreed"), "thinking": ("再考虑", "thinking it over"), "refused": ("婉拒", "refused"),
    "hung_up": ("挂断", "hung up"), DROPPED: ("放弃", "dropped"),
}  # fmt: skip
"""How a talk ended → (Chinese, English)."""


def ending_name(ending: str | None, lang: Lang) -> str:
    """What a person reads for an ending; for none, that the talk is not finished."""
    return pick(lang, *(ENDINGS[ending] if ending else ("没练完", "unfinished")))


@dataclass(frozen=True, slots=True)
class Review:
    """A trainer's word on an attempt, beside the machine's."""

    by: str
    by_name: str
    at: datetime
    comment: str
    corrected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. Transcript, scenario as played, score and reviews are there where one attempt was asked for."""

    attempt_no: str
    scenario: str
    staff_no: str | None
    staff_name: str | None
    lang: Lang
    engine: str
    began_at: datetime
    ended_at: datetime | None
    ending: str | None
    hints: int
    total: float | None
    passed: bool | None
    client_no: str | None
    assignment_no: str | None
    reviewed: int
    """How many reviews there are."""
    transcript: Transcript | None = None
    played: Scenario | None = None
    score: Score | None = None
    reviews: tuple[Review, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Left in the middle: it may be taken up again, scored or dropped."""
        return self.ended_at is None

    @property
    def corrected_total(self) -> float | None:
        """The total with the newest correction of each criterion; ``None`` where nobody corrected any. Breaches cap it as before."""
        latest = {name: points for review in self.reviews for name, points in review.corrected.items()}
        if self.score is None or not latest:
            return None
        change = sum(latest[line.id] - line.score for line in self.score.criteria if line.id in latest)
        return round(min(max(self.score.total + change, 0.0), self.score.total if self.score.violations else 100.0), 1)


def attempts(ws: Workspace, *, staff_no: str | None = None, scenario: str | None = None, since: date | None = None) -> list[Attempt]:
    """Attempts, the newest first, without their transcripts."""
    rows = PracticeAttempt
    reviewed = select(func.count()).where(PracticeReview.attempt_no == rows.attempt_no).correlate(rows).scalar_subquery()
    asked: Any = select(*(getattr(rows, name) for name in _PLAIN), Staff.name, reviewed)  # type: ignore[call-overload]
    asked = asked.outerjoin(Staff, col(Staff.staff_no) == rows.staff_no)
    if staff_no is not None:
        asked = asked.where(rows.staff_no == staff_no)
    if scenario is not None:
        asked = asked.where(rows.scenario == scenario)
    if since is not None:
        asked = asked.where(rows.began_at >= datetime.combine(since, datetime.min.time()))
    with session(ws.engine, write=False) as s:
        found = s.execute(asked.order_by(desc(col(rows.began_at)), desc(col(rows.attempt_no)))).all()
    return [Attempt(**dict(zip(_PLAIN, one, strict=False)), staff_name=one[-2], reviewed=one[-1]) for one in found]


_PLAIN = (
    "attempt_no", "scenario", "staff_no", "lang", "engine", "began_at", "ended_at", "ending", "hints", "total", "passed", "client_no",
    "assignment_no",
)  # fmt: skip


def attempt(ws: Workspace, attempt_no: str) -> Attempt:
    """One attempt whole: every turn, the scenario as it was played, the score, the reviews."""
    with session(ws.engine, write=False) as s:
        row = row_of(ws, s, attempt_no)
        name = s.exec(select(Staff.name).where(Staff.staff_no == row.staff_no)).first()
        told = s.exec(
            select(PracticeReview, Staff.name).join(Staff, col(Staff.staff_no) == PracticeReview.by)
            .where(PracticeReview.attempt_no == attempt_no).order_by(col(PracticeReview.id))
        ).all()  # fmt: skip
    return Attempt(
        **{key: getattr(row, key) for key in _PLAIN}, staff_name=name, reviewed=len(told),
        transcript=Transcript(turns_in(row.turns), row.scenario, "zh" if row.lang == "zh" else "en", row.hints),
        played=Scenario.model_validate(row.played), score=None if row.score is None else score_in(row.score),
        reviews=tuple(Review(r.by, who, r.at, r.comment, dict(r.corrected)) for r, who in told),
    )  # fmt: skip


# --- rows ----------------------------------------------------------------------------------------------------


def moment(today: date) -> datetime:
    """This moment of the clock on the day that counts as today."""
    return datetime.combine(today, datetime.now().time().replace(microsecond=0))


def staff_of(ws: Workspace, s: Db, staff_no: str) -> Staff:
    """The staff member. Raises :class:`~coach.services.errors.Refused` where there is none."""
    staff = s.get(Staff, staff_no)
    if staff is None:
        known = list(s.exec(select(Staff.staff_no).order_by(Staff.staff_no).limit(8)))
        there = ", ".join(known) or pick(ws.lang, "无，请先导入员工", "none, import staff first")
        told = f"没有工号为 {staff_no} 的员工；现有：{there}", f"no staff member has the number {staff_no}; there are: {there}"
        raise refuse(ws.lang, *told)
    return staff


def require_staff(ws: Workspace, staff_no: str) -> str:
    """The staff number, where there is such a person. Raises :class:`~coach.services.errors.Refused`."""
    with session(ws.engine, write=False) as s:
        return staff_of(ws, s, staff_no).staff_no


def row_of(ws: Workspace, s: Db, attempt_no: str, *, lock: bool = False) -> PracticeAttempt:
    """The attempt's row; ``lock``: nobody else changes it until the transaction ends."""
    row = s.get(PracticeAttempt, attempt_no, with_for_update=lock)
    if row is None:
        raise refuse(ws.lang, f"没有练习记录 {attempt_no}", f"there is no attempt {attempt_no}")
    return row


def turns_out(turns: tuple[Turn, ...]) -> list[dict[str, Any]]:
    return [{"who": turn.who, "text": turn.text} for turn in turns]


def turns_in(turns: list[dict[str, Any]]) -> tuple[Turn, ...]:
    return tuple(Turn(turn["who"], turn["text"]) for turn in turns)


_SCORE = TypeAdapter(Score)


def score_out(made: Score) -> dict[str, Any]:
    return _SCORE.dump_python(made, mode="json")  # type: ignore[no-any-return]


def score_in(kept: dict[str, Any]) -> Score:
    """A score as it was kept."""
    return _SCORE.validate_python(kept)
