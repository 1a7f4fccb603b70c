"""What a supervisor does with a piece of work, and the answers to it: rating, sign-off, comments. Only ever added to.

Each act is a row of its own and an entry of the coaching log, in one transaction. What was said later counts: a rating is
corrected by another rating, a sign-off is taken back by a row that says why.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from coach.domain.chain import Entry
from coach.domain.chain import Kind as Logged
from coach.domain.review import Kind
from coach.domain.review_queue import Key
from coach.domain.suggestion import plain
from coach.domain.words import Role
from coach.services.errors import refuse
from coach.services.log import ENTRIES, append, record
from coach.services.log_records import review_record
from coach.services.review_words import rubric
from coach.services.who import acting, own_name
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Review, ReviewComment, ReviewSeen, Staff

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class About:
    """What a review is about, and whose work it is."""

    kind: Kind
    subject: str
    staff_no: str | None
    client_no: str | None


@dataclass(frozen=True, slots=True)
class Rated:
    """One rating by the rubric; the newest of a piece counts."""

    review_no: str
    by: str
    by_name: str
    at: datetime
    rating: Mapping[str, int]
    rubric: str
    score: float | None
    """0 to 100, by the rubric of today."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off, or that one was taken back."""

    review_no: str
    by: str
    by_name: str
    at: datetime
    signed_off: bool
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What one person wrote to another."""

    comment_no: str
    review_no: str
    kind: Kind
    subject: str
    client_no: str | None
    client_name: str | None
    by: str
    by_name: str
    to: str
    to_name: str
    at: datetime
    text: str
    answers: str | None
    answered: bool
    """Whoever it was written to has answered."""
    seen: bool
    """Whoever it was written to has said that it was read."""

    def as_json(self) -> dict[str, Any]:
        return dict(plain(asdict(self)))


@dataclass(frozen=True, slots=True)
class State:
    """How far the review of one piece has come."""

    ratings: tuple[Rated, ...] = ()
    signs: tuple[Signed, ...] = ()
    comments: tuple[Comment, ...] = ()
    """In the order of time."""

    @property
    def rated(self) -> Rated | None:
        return self.ratings[-1] if self.ratings else None

    @property
    def signed_off(self) -> bool:
        return bool(self.signs) and self.signs[-1].signed_off

    @property
    def answered(self) -> bool:
        """The last word is an answer that nobody has said to have read."""
        return bool(self.comments) and self.comments[-1].answers is not None and not self.comments[-1].seen

    def as_json(self) -> dict[str, Any]:
        return {
            "rated": plain(asdict(self.rated)) if self.rated else None, "signed_off": self.signed_off,
            "ratings": [plain(asdict(r)) for r in self.ratings], "signs": [plain(asdict(r)) for r in self.signs],
            "comments": [c.as_json() for c in self.comments],
        }  # fmt: skip


def new_number() -> str:
    """A number for a review or a comment that nobody else gets; a later one sorts after an earlier one."""
    return f"{time.time_ns():016x}{secrets.token_hex(4)}"


# --- acts -----------------------------------------------------------------------------------------------------------


def rate(ws: Workspace, about: About, rating: Mapping[str, int], by: str, at: datetime, *, review_no: str | None = None) -> str:
    """Rate a piece by the rubric: criterion → grade; not every criterion has to be given. The review's number.

    The same ``review_no`` twice is one rating. Raises :class:`~coach.services.errors.Refused` for who may not, an unknown
    criterion or grade, or none at all.
    """
    known = rubric()
    if not rating:
        raise refuse(ws.lang, "没有评分；至少给一项", "nothing is rated; give one criterion at least")
    for name, grade in rating.items():
        if name not in known.criteria:
            names = ", ".join(known.criteria)
            raise refuse(ws.lang, f"没有评分项 {name!r}；可用：{names}", f"there is no criterion {name!r}; use {names}")
        if grade not in known.grades:
            low, high = min(known.grades), max(known.grades)
            raise refuse(ws.lang, f"{name} 的分档应为 {low} 到 {high}，不是 {grade}", f"{name} takes {low} to {high}, not {grade}")
    row = _row(about, by, at, review_no, rating=dict(rating), rubric=known.version)
    body = {"what": "rated", "rating": row.rating, "rubric": row.rubric, "score": known.share(rating)}
    return _add(ws, about, row, body, corrects="rated")


def sign_off(ws: Workspace, about: About, by: str, at: datetime, text: str = "", *, review_no: str | None = None) -> str:
    """The piece has been looked at and leaves the queue. The review's number."""
    row = _row(about, by, at, review_no, signed_off=True, text=_text(ws, text, empty=True))
    return _add(ws, about, row, {"what": "signed_off", "signed_off": True, "text": row.text})


def reopen(ws: Workspace, about: About, by: str, at: datetime, text: str, *, review_no: str | None = None) -> str:
    """Take a sign-off back, with the reason: the piece is in its queue again."""
    row = _row(about, by, at, review_no, text=_text(ws, text))
    return _add(ws, about, row, {"what": "reopened", "signed_off": False, "text": row.text}, corrects="signed_off")


def comment(
    ws: Workspace, about: About, text: str, by: str, at: datetime, *, answers: str | None = None, comment_no: str | None = None
) -> str:
    """Write to whoever did the work; it stands on their Today until it is answered or read. The comment's number.

    ``answers``: an answer of theirs that this one replies to. The same ``comment_no`` twice is one comment.
    Raises :class:`~coach.services.errors.Refused` for who may not, an empty text, or work that is nobody's.
    """
    said = _text(ws, text)
    if about.staff_no is None:
        raise refuse(ws.lang, "这条记录没有经手人，点评没有人可收", "this record is nobody's work: there is nobody to write to")
    number = comment_no or new_number()
    with session(ws.engine, lang=ws.lang) as s:
        if s.get(ReviewComment, number) is not None:
            return number
        _may_review(ws, s, by, about)
        row = _row(about, by, at, f"c{number}")
        made = ReviewComment(
            comment_no=number, review_no=row.review_no, by=by, to=about.staff_no, at=at, text=said, answers=_known(ws, s, answers)
        )
        s.add(row)
        s.flush()
        s.add(made)
        if answers is not None:
            _mark(s, answers, by, at)
        _log(ws, s, about, row, {"what": "comment", "comment_no": number, "to": made.to, "answers": answers, "text": said}, made)
    return number


def answer(ws: Workspace, comment_no: str, text: str, at: datetime, *, by: str | None = None, answer_no: str | None = None) -> str:
    """Answer a comment, by whom it was written to. The answer's number; the same ``answer_no`` twice is one answer.

    Raises :class:`~coach.services.errors.Refused` for a comment that there is not, or one that was written to somebody else.
    """
    said, number = _text(ws, text), answer_no or new_number()
    with session(ws.engine, lang=ws.lang) as s:
        if s.get(ReviewComment, number) is not None:
            return number
        asked = _to(ws, s, comment_no, by)
        review = s.get_one(Review, asked.review_no)
        made = ReviewComment(
            comment_no=number, review_no=asked.review_no, by=asked.to, to=asked.by, at=at, text=said, answers=asked.comment_no
        )
        s.add(made)
        about = About(Kind(review.subject_kind), review.subject, review.staff_no, review.client_no)
        body = {"what": "answer", "comment_no": number, "to": made.to, "answers": made.answers, "text": said}
        _log(ws, s, about, review, body, made, by=asked.to)
    return number


def seen(ws: Workspace, comment_nos: Collection[str], at: datetime, *, by: str | None = None) -> None:
    """Say that comments were read, by whom they were written to: they leave their inbox without an answer."""
    with session(ws.engine, lang=ws.lang) as s:
        for number in comment_nos:
            _mark(s, number, _to(ws, s, number, by).to, at)


# --- reading --------------------------------------------------------------------------------------------------------


def reviewer(ws: Workspace, given: str | None) -> str:
    """Whose name an act goes under: the login's person where there is one, the one given, else the only supervisor.

    Raises :class:`~coach.services.errors.Refused` where it has to be said.
    """
    if given or ws.person is not None:
        return str(acting(ws, given))
    with session(ws.engine, write=False, lang=ws.lang) as s:
        found = s.exec(select(Staff.staff_no).where(Staff.role == Role.SUPERVISOR.value).order_by(Staff.staff_no)).all()
    if len(found) == 1:
        return found[0]
    zh, en = "没有主管", "there is no supervisor"
    if found:
        zh, en = f"主管不止一位：{'、'.join(found)}", f"there is more than one supervisor: {', '.join(found)}"
    raise refuse(ws.lang, f"{zh}；请用 --by 工号 说明是谁", f"{en}; say who with --by NO")


def states(s: Session, keys: Iterable[Key]) -> dict[Key, State]:
    """How far the reviews of these pieces have come; a piece that nobody looked at is left out."""
    wanted = set(keys)
    subjects = sorted({subject for _, subject in wanted})
    rows: list[Review] = []
    for part in (subjects[i : i + 5000] for i in range(0, len(subjects), 5000)):
        rows += s.exec(select(Review).where(col(Review.subject).in_(part)))
    grouped: dict[Key, list[Review]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r.at, r.review_no)):
        key = (Kind(row.subject_kind), row.subject)
        if key in wanted:
            grouped[key].append(row)
    names = _names(s)
    by_review = defaultdict(list)
    for found in _comments(s, [row.review_no for of in grouped.values() for row in of]):
        by_review[found.review_no].append(found)
    return {
        key: State(
            tuple(
                Rated(r.review_no, r.by, names.get(r.by, r.by), r.at, r.rating, r.rubric, rubric().share(r.rating)) for r in of if r.rating
            ),
            tuple(
                Signed(r.review_no, r.by, names.get(r.by, r.by), r.at, r.signed_off, r.text)
                for r in of if r.signed_off or (r.text and not r.rating)
            ),
            tuple(sorted((c for r in of for c in by_review[r.review_no]), key=lambda c: (c.at, c.comment_no))),
        )
        for key, of in grouped.items()
    }  # fmt: skip


def signed(s: Session, keys: Iterable[Key]) -> set[Key]:
    """Which of these pieces are signed off."""
    return {key for key, state in states(s, keys).items() if state.signed_off}


def inbox(ws: Workspace, staff_no: str) -> list[Comment]:
    """What was written to a person and is neither answered nor marked as read, the oldest first."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        asked = select(ReviewComment.review_no).where(ReviewComment.to == staff_no)
        mine = [c for c in _comments(s, sorted(set(s.exec(asked)))) if c.to == staff_no]
    return [c for c in mine if not c.answered and not c.seen]


def waiting(ws: Workspace, staff_no: str) -> int:
    """How many comments are in a person's inbox."""
    later = sa.select(ReviewComment.__table__.c.answers, ReviewComment.__table__.c.by).subquery()  # type: ignore[attr-defined]
    of, mark = ReviewComment.__table__.c, ReviewSeen.__table__.c  # type: ignore[attr-defined]
    asked = sa.select(sa.func.count()).where(
        of.to == staff_no,
        ~sa.exists().where(later.c.answers == of.comment_no, later.c.by == staff_no),
        ~sa.exists().where(mark.comment_no == of.comment_no, mark.staff_no == staff_no),
    )
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return int(s.connection().execute(asked).scalar_one())


def _comments(s: Session, review_nos: Collection[str]) -> list[Comment]:
    """The comments of some reviews, the oldest first."""
    numbers, rows, marks = list(review_nos), [], set()
    for part in (numbers[i : i + 5000] for i in range(0, len(numbers), 5000)):
        of = (
            select(ReviewComment, Review, Client.name).select_from(ReviewComment)
            .join(Review, col(Review.review_no) == ReviewComment.review_no)
            .join(Client, col(Client.client_no) == Review.client_no, isouter=True)
            .where(col(ReviewComment.review_no).in_(part))
        )  # fmt: skip
        rows += s.exec(of.order_by(col(ReviewComment.at), ReviewComment.comment_no)).all()
        marks |= set(s.exec(
            select(ReviewSeen.comment_no, ReviewSeen.staff_no)
            .join(ReviewComment, col(ReviewComment.comment_no) == ReviewSeen.comment_no)
            .where(col(ReviewComment.review_no).in_(part))
        ))  # fmt: skip
    names, replied = _names(s), {(c.answers, c.by) for c, _, _ in rows if c.answers}
    return [
        Comment(
            c.comment_no, c.review_no, Kind(r.subject_kind), r.subject, r.client_no, client_name, c.by, names.get(c.by, c.by), c.to,
            names.get(c.to, c.to), c.at, c.text, c.answers, (c.comment_no, c.to) in replied, (c.comment_no, c.to) in marks,
        )
        for c, r, client_name in rows
    ]


def _names(s: Session) -> dict[str, str]:
    return dict(s.exec(select(Staff.staff_no, Staff.name)).all())


# --- what the acts share --------------------------------------------------------------------------------------------


def _row(about: About, by: str, at: datetime, review_no: str | None, **said: Any) -> Review:
    return Review(
        review_no=review_no or new_number(), subject_kind=about.kind.value, subject=about.subject, client_no=about.client_no,
        staff_no=about.staff_no, by=by, at=at, **said,
    )


def _add(ws: Workspace, about: About, row: Review, body: Mapping[str, Any], corrects: str | None = None) -> str:
    with session(ws.engine, lang=ws.lang) as s:
        if s.get(Review, row.review_no) is None:
            _may_review(ws, s, row.by, about)
            s.add(row)
            earlier = _entry(s, row.subject, corrects) if corrects else None
            _log(ws, s, about, row, {**body, "corrects": earlier} if earlier else body)
    return row.review_no


def _entry(s: Session, subject: str, what: str) -> int | None:
    """The newest entry of the log on a piece that says so: what a later one corrects."""
    asked = sa.select(ENTRIES.c.entry_no, ENTRIES.c.body).where(ENTRIES.c.kind == Logged.REVIEW.value, ENTRIES.c.subject == subject)
    for number, body in s.connection().execute(asked.order_by(ENTRIES.c.entry_no.desc())):
        if f'"what":"{what}"' in body:
            return int(number)
    return None


def _log(
    ws: Workspace, s: Session, about: About, row: Review, body: Mapping[str, Any], made: ReviewComment | None = None, by: str | None = None
) -> Entry:
    kept = {"review_no": row.review_no, "record": record(review_record(made or row))}
    told = {"subject_kind": about.kind.value, "whose": about.staff_no, **body, **kept}
    at = made.at if made else row.at
    return append(ws, s, Logged.REVIEW, at, told, staff_no=by or row.by, client_no=about.client_no, subject=about.subject)


def _may_review(ws: Workspace, s: Session, by: str, about: About) -> None:
    """Reviews are a supervisor's, those of practice a trainer's too. One person on one machine (SQLite) may do everything."""
    staff = s.get(Staff, own_name(ws, by))
    if staff is None:
        raise refuse(ws.lang, f"没有工号为 {by} 的员工", f"there is no staff member with the number {by}")
    allowed = (Role.SUPERVISOR, Role.TRAINER) if about.kind is Kind.PRACTICE else (Role.SUPERVISOR,)
    if ws.engine.dialect.name != "sqlite" and staff.role not in allowed:
        raise refuse(ws.lang, f"{staff.name}（{by}）不是主管，不能复核", f"{staff.name} ({by}) is no supervisor and cannot review")


def _exists(ws: Workspace, s: Session, comment_no: str) -> ReviewComment:
    row = s.get(ReviewComment, comment_no)
    if row is None:
        told = f"没有点评 {comment_no}；用 coach review inbox 查看", f"there is no comment {comment_no}; see coach review inbox"
        raise refuse(ws.lang, *told)
    return row


def _to(ws: Workspace, s: Session, comment_no: str, by: str | None) -> ReviewComment:
    """A comment, by whom it was written to."""
    by, row = acting(ws, by), _exists(ws, s, comment_no)
    if by is not None and by != row.to:
        told = f"点评 {comment_no} 是写给 {row.to} 的，由本人回复", f"comment {comment_no} was written to {row.to}, who answers it"
        raise refuse(ws.lang, *told)
    return row


def _known(ws: Workspace, s: Session, comment_no: str | None) -> str | None:
    if comment_no is not None:
        _exists(ws, s, comment_no)
    return comment_no


def _mark(s: Session, comment_no: str, by: str, at: datetime) -> None:
    if s.get(ReviewSeen, (comment_no, by)) is None:
        s.add(ReviewSeen(comment_no=comment_no, staff_no=by, at=at))


def _text(ws: Workspace, text: str, *, empty: bool = False) -> str:
    said = text.strip()
    if not said and not empty:
        raise refuse(ws.lang, "内容是空的；请写几句话", "the text is empty; write a few words")
    if len(said) > MAX_TEXT:
        raise refuse(ws.lang, f"文字超过 {MAX_TEXT} 字；请缩短", f"the text is longer than {MAX_TEXT} characters; shorten it")
    return said
