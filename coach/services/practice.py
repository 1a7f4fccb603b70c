"""Practice talks: begun, kept turn by turn, scored once.

Every turn is on the disk before the client answers it, so that a process killed at any moment leaves what was said: the
attempt is then unfinished, and may be taken up again (:func:`resume`), scored as it stands (:func:`finish`) or dropped.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session as Db

from coach.assistant.engine import Watch
from coach.domain.words import Lang, pick
from coach.practice.partner import Answered, Partner
from coach.practice.scenario import Scenario
from coach.practice.scoring import Score
from coach.practice.scoring import score as score_offline
from coach.practice.session import Hint, Said, Session, Voice
from coach.practice.talk import TalkError, Transcript, Turn, parse
from coach.services.errors import Refused, refuse
from coach.services.log_records import log_practice
from coach.services.practice_files import bench, check, named, own_folder, scenario, scenarios
from coach.services.practice_records import (
    DROPPED,
    Attempt,
    Review,
    attempt,
    attempts,
    ending_name,
    moment,
    require_staff,
    row_of,
    score_in,
    score_out,
    staff_of,
    turns_in,
    turns_out,
)  # fmt: skip
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.db import session
from coach.store.tables import Client, PracticeAssignment, PracticeAttempt

__all__ = [
    "Attempt", "Playing", "Refused", "Review", "attempt", "attempts", "begin", "bench", "check", "drop", "ending_name", "finish", "hint",
    "named", "own_folder", "require_staff", "resume", "say", "scenario", "scenarios", "score_file", "turns_of",
]  # fmt: skip

ENGINES = ("offline", "llm")
LARGEST = 2_000_000
"""Bytes of a transcript file."""


@dataclass(slots=True)
class Playing:
    """A talk that is going on."""

    attempt_no: str
    session: Session
    scenario: Scenario
    staff_no: str | None
    today: date
    until: float | None
    """The moment (``time.monotonic``) at which its time is up; ``None`` = no limit."""
    before: tuple[Turn, ...] = ()
    """What had been said when it was taken up again."""

    @property
    def seconds_left(self) -> float | None:
        """What is left of the scenario's time; ``None`` = no limit. At 0 the talk is to be stopped with :func:`finish`."""
        return None if self.until is None else max(self.until - time.monotonic(), 0.0)


def begin(
    ws: Workspace,
    scenario_id: str | Scenario,
    *,
    staff_no: str | None,
    today: date,
    lang: Lang | None = None,
    engine: str = "offline",
    assignment: str | None = None,
    client_no: str | None = None,
) -> Playing:
    """A new attempt. ``staff_no`` = ``None``: tried by nobody in particular.

    ``scenario_id``: an id, or a scenario at hand (from a file, or made from a client's records). The weights and the
    scenario are copied now. Raises :class:`~coach.services.errors.Refused` for whatever of these there is not.
    """
    staff_no = acting(ws, staff_no)
    chosen = scenario(ws, scenario_id) if isinstance(scenario_id, str) else scenario_id
    spoken = chosen.lang(lang or ws.lang)
    played = chosen.model_copy(update={"en" if spoken == "zh" else "zh": None})
    voice = _voice(ws, engine, spoken, client_no, today)
    attempt_no = f"{today:%y%m%d}-{secrets.token_hex(4)}"
    made = Session(played, spoken, bench(ws, today), seed=_seed(attempt_no), voice=voice)
    text = chosen.model_dump_json()
    _begun(ws, chosen.id, PracticeAttempt(
        attempt_no=attempt_no, scenario=chosen.id, version=hashlib.sha256(text.encode()).hexdigest()[:16], staff_no=staff_no,
        lang=spoken, engine=voice.name if voice else "offline", began_at=moment(today), turns=turns_out(made.transcript.turns),
        rubric=dict(chosen.rubric), played=played.model_dump(mode="json", exclude_none=True), client_no=client_no,
        assignment_no=assignment,
    ))  # fmt: skip
    return _playing(attempt_no, made, staff_no, today)


@retried
def _begun(ws: Workspace, scenario_id: str, row: PracticeAttempt) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        if s.get(PracticeAttempt, row.attempt_no) is not None:  # tried again, and the first try had gone through
            return
        if row.staff_no is not None:
            staff_of(ws, s, row.staff_no)
        if row.client_no is not None and s.get(Client, row.client_no) is None:
            raise refuse(ws.lang, f"没有客户 {row.client_no}", f"there is no client {row.client_no}")
        if row.assignment_no is not None:
            _assigned(ws, s, row.assignment_no, row.staff_no, scenario_id)
        s.add(PracticeAttempt(**row.model_dump()))


def _playing(attempt_no: str, made: Session, staff_no: str | None, today: date, before: tuple[Turn, ...] = ()) -> Playing:
    minutes = made.scenario.minutes
    return Playing(attempt_no, made, made.scenario, staff_no, today, time.monotonic() + minutes * 60 if minutes else None, before)


def say(ws: Workspace, playing: Playing, text: str, watch: Watch | None = None) -> Said:
    """The trainee's turn, kept before it is answered; then the client's answer, kept too."""
    if playing.session.ended is None:
        _keep(ws, playing, (*turns_of(playing), Turn("staff", text)))
    said = playing.session.say(text, watch)
    _keep(ws, playing, turns_of(playing))
    return said


def hint(ws: Workspace, playing: Playing) -> Hint:
    """What to do now: counted at once, and counted in the score."""
    given = playing.session.hint()
    _keep(ws, playing, turns_of(playing))
    return given


def turns_of(playing: Playing) -> tuple[Turn, ...]:
    """All that was said, what stood there before the talk was taken up again included."""
    said = playing.session.transcript.turns
    return (*playing.before, *said[len(playing.before) :])


def finish(ws: Workspace, playing: Playing, watch: Watch | None = None) -> Score:
    """End the talk where it stands, score it and keep the score. Asked again, the first score is the answer."""
    playing.session.stop()
    _keep(ws, playing, turns_of(playing))
    with session(ws.engine, write=False) as s:
        row = row_of(ws, s, playing.attempt_no)
        if row.score is not None:
            return score_in(row.score)
        rubric, engine, hints, about = row.rubric, row.engine, row.hints, row.client_no
    talk = Transcript(turns_of(playing), playing.scenario.id, playing.session.lang, hints)
    gone = engine != "offline" and not ws.settings.model
    by = "offline" if gone else engine.split(":")[0]
    made = _scored(ws, talk, playing.scenario, playing.today, engine=by, rubric=rubric, about=about, watch=watch)
    if gone:
        made = replace(made, fallback=pick(ws.lang, "没有配置模型", "no model is configured any more"))
    return _score_kept(ws, playing, made)


@retried
def _score_kept(ws: Workspace, playing: Playing, made: Score) -> Score:
    with session(ws.engine, lang=ws.lang) as s:
        row = row_of(ws, s, playing.attempt_no, lock=True)
        if row.score is not None:  # somebody was quicker
            return score_in(row.score)
        row.score, row.total, row.passed, row.ended_at = score_out(made), made.total, made.passed, moment(playing.today)
        s.add(row)
        log_practice(ws, s, row)
    return made


def resume(ws: Workspace, attempt_no: str, *, today: date) -> Playing:
    """An unfinished attempt taken up where it was left. A turn that had no answer yet gets it now.

    What the client feels follows from what the trainee said, so it is found again from the turns kept. The time begins anew.
    """
    with session(ws.engine, write=False) as s:
        row = row_of(ws, s, attempt_no)
    if row.ended_at is not None:
        raise refuse(ws.lang, f"练习 {attempt_no} 已经结束，不能再继续", f"attempt {attempt_no} is over and cannot be taken up again")
    lang: Lang = "zh" if row.lang == "zh" else "en"
    kept = turns_in(row.turns)
    model = _voice(ws, row.engine.split(":")[0], lang, row.client_no, today) if row.engine == "offline" or ws.settings.model else None
    voice = _Waking(model, kept) if model else None
    made = Session(Scenario.model_validate(row.played), lang, bench(ws, today), seed=_seed(attempt_no), voice=voice)
    unanswered = bool(kept) and kept[-1].who == "staff"
    for turn in kept[:-1] if unanswered else kept:
        if turn.who == "staff":
            made.say(turn.text)
    made.hints = row.hints
    if voice is not None:
        voice.awake = True
    playing = _playing(attempt_no, made, row.staff_no, today, kept)
    if unanswered:
        made.say(kept[-1].text)
        _keep(ws, playing, turns_of(playing))
    elif row.ending is not None:
        made.stop()
    return playing


class _Waking:
    """The model's voice on a talk that is taken up again: silent while the kept turns are gone through, then told what was really said."""

    def __init__(self, voice: Voice, kept: tuple[Turn, ...]) -> None:
        self.name, self.awake = voice.name, False
        self._voice, self._kept = voice, kept

    def reply(self, partner: Partner, turns: tuple[Turn, ...], meant: Answered, watch: Watch | None) -> tuple[str, str | None]:
        if not self.awake:
            return meant.text, "kept"
        return self._voice.reply(partner, (*self._kept, *turns[len(self._kept) :]), meant, watch)


def drop(ws: Workspace, attempt_no: str, *, today: date) -> None:
    """Leave an unfinished attempt without a score. What was said stays."""
    _dropped(ws, attempt_no, datetime.combine(today, datetime.now().time()))


@retried
def _dropped(ws: Workspace, attempt_no: str, at: datetime) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        row = row_of(ws, s, attempt_no, lock=True)
        if (row.ending, row.ended_at) == (DROPPED, at):  # tried again, and the first try had gone through
            return
        if row.ended_at is not None:
            raise refuse(ws.lang, f"练习 {attempt_no} 已经结束", f"attempt {attempt_no} is over")
        row.ending, row.ended_at = DROPPED, at
        s.add(row)
        log_practice(ws, s, row)


@retried
def _keep(ws: Workspace, playing: Playing, turns: tuple[Turn, ...]) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        row = row_of(ws, s, playing.attempt_no, lock=True)
        if row.ended_at is not None:
            return
        row.turns, row.hints = turns_out(turns), playing.session.hints
        row.ending = playing.session.ended
        s.add(row)


def _voice(ws: Workspace, engine: str, lang: Lang, about: str | None = None, today: date | None = None) -> Voice | None:
    """What puts the client's answers in words: nothing offline, else the language model. ``about``: the client of the branch, if any."""
    if engine == "offline":
        return None
    if engine == "llm":
        from coach.services.practice_model import voice

        return voice(ws, lang, about, today)
    known = ", ".join(ENGINES)
    raise refuse(ws.lang, f"没有名为 {engine} 的引擎；可用：{known}", f"there is no engine {engine!r}; use {known}")


def _scored(
    ws: Workspace, talk: Transcript, played: Scenario, today: date, *, engine: str, rubric: Any = None, about: str | None = None,
    watch: Watch | None = None,
) -> Score:  # fmt: skip
    if engine == "llm":
        from coach.services.practice_model import score

        return score(ws, talk, played, today, rubric=rubric, client_no=about, watch=watch)
    return score_offline(talk, played, bench(ws, today), rubric=rubric)


def _seed(attempt_no: str) -> int:
    return int(attempt_no.rpartition("-")[2], 16)


def _assigned(ws: Workspace, s: Db, assignment_no: str, staff_no: str | None, scenario_id: str) -> None:
    row = s.get(PracticeAssignment, assignment_no)
    if row is None or (row.staff_no, row.scenario) != (staff_no, scenario_id):
        raise refuse(
            ws.lang, f"任务 {assignment_no} 不是派给工号 {staff_no} 的 {scenario_id} 练习",
            f"{assignment_no} is no assignment of {scenario_id} to staff member {staff_no}",
        )  # fmt: skip


def score_file(
    ws: Workspace, path: Path, *, scenario: str | None = None, lang: Lang | None = None, engine: str = "offline", today: date
) -> Score:
    """The score of a transcript in a file (JSON, or lines ``员工：`` / ``客户：``). Nothing is kept of it.

    ``scenario``: an id or a scenario's file; it wins over the one that the transcript names. ``lang``: the talk's language,
    where it is not to be told from the words. Raises :class:`~coach.services.errors.Refused`.
    """
    if engine not in ENGINES:
        _voice(ws, engine, lang or ws.lang)
    try:
        talk = parse(_read(ws, path))
    except TalkError as error:
        raise refuse(ws.lang, f"{path}：{error.zh}", f"{path}: {error.en}") from None
    wanted = scenario or talk.scenario
    if not wanted:
        known = ", ".join(s.id for s in scenarios(ws))
        raise refuse(
            ws.lang, f"{path}：没有写是哪个场景；用 --scenario 指明，现有：{known}",
            f"{path}: names no scenario; say which with --scenario, there are: {known}",
        )  # fmt: skip
    chosen = named(ws, wanted)
    if lang is not None:
        talk = Transcript(talk.turns, talk.scenario, lang, talk.hints)
    return _scored(ws, Transcript(talk.turns, chosen.id, chosen.lang(talk.lang), talk.hints), chosen, today, engine=engine)


def _read(ws: Workspace, path: Path) -> str:
    if not path.is_file():
        raise refuse(ws.lang, f"没有文件 {path}", f"there is no file {path}")
    if path.stat().st_size > LARGEST:
        raise refuse(ws.lang, f"{path} 太大，不像一段对话（上限 2 MB）", f"{path} is too large for a talk (at most 2 MB)")
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse(ws.lang, f"{path} 不是文本；请存成 UTF-8", f"{path} is no text; save it as UTF-8")
