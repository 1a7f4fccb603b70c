"""Practice talks: kept turn by turn, scored once, looked at again; what goes wrong in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from coach.paths import KNOWLEDGE
from coach.practice.talk import Turn
from coach.services import practice as p
from coach.services.errors import Refused
from coach.services.practice_training import assign
from coach.services.workspace import Workspace

TODAY = date(2026, 11, 24)
SAID = [
    "周女士您好，我是南门支行的客户经理小林，工号 1027，您现在说话方便吗？只占您一分钟。",
    "以后您在我们行的事由我专门负责，今天就是跟您认识一下，不推销。",
    "我就问您一个问题：平时办业务，哪一步最让您觉得麻烦？",
]


def played(ws: Workspace, staff_no: str | None = "1001", said: list[str] = SAID, **more: object) -> p.Playing:
    playing = p.begin(ws, "first-call", staff_no=staff_no, today=TODAY, **more)  # type: ignore[arg-type]
    for text in said:
        p.say(ws, playing, text)
    return playing


def test_a_talk_is_kept_scored_and_found_again(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    given = p.hint(demo_ws, playing)
    assert given.text and given.say and given.cites
    kept = p.attempt(demo_ws, playing.attempt_no)
    assert kept.unfinished and kept.hints == 1 and kept.score is None and kept.total is None
    assert kept.transcript and kept.transcript.turns == p.turns_of(playing)
    made = p.finish(demo_ws, playing)
    kept = p.attempt(demo_ws, playing.attempt_no)
    assert kept.score == made and (kept.total, kept.passed, kept.hints) == (made.total, made.passed, 1) and not kept.unfinished
    assert kept.ending == playing.session.ended and kept.transcript and kept.transcript.turns[-1].who == "client"
    assert [t.text for t in kept.transcript.turns if t.who == "staff"] == SAID
    assert kept.staff_name and kept.began_at.date() == TODAY and kept.ended_at and kept.ended_at >= kept.began_at
    quotes = [(e.turn, e.quote) for line in made.criteria for e in line.evidence]
    assert quotes and all(quote in kept.transcript.turns[turn - 1].text for turn, quote in quotes)


def test_the_criteria_and_the_scenario_are_copies_from_the_start(demo_ws: Workspace) -> None:
    own = p.own_folder(demo_ws)
    own.mkdir()
    text = (KNOWLEDGE / "scenarios" / "first-call.toml").read_text(encoding="utf-8").replace('id = "first-call"', 'id = "ours"')
    (own / "ours.toml").write_text(text, encoding="utf-8")
    playing = p.begin(demo_ws, "ours", staff_no="1001", today=TODAY)
    p.say(demo_ws, playing, SAID[0])
    edited = text.replace("opening = 14", "opening = 4").replace("tone = 7", "tone = 17").replace("新经理的第一通电话", "改过的")
    (own / "ours.toml").write_text(edited, encoding="utf-8")
    assert p.scenario(demo_ws, "ours").rubric["opening"] == 4
    made = p.finish(demo_ws, p.resume(demo_ws, playing.attempt_no, today=TODAY))
    assert made.rubric["opening"] == 14 and next(c.max for c in made.criteria if c.id == "opening") == 14
    kept = p.attempt(demo_ws, playing.attempt_no)
    assert kept.played and kept.played.words("zh").title == "新经理的第一通电话" and kept.played.rubric["tone"] == 7
    (own / "ours.toml").unlink()
    assert p.attempt(demo_ws, playing.attempt_no).score == made, "an old attempt replays although its file is gone"
    again = p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY)
    assert p.attempt(demo_ws, again.attempt_no).score is None


def test_scored_twice_the_first_score_stands(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    first = p.finish(demo_ws, playing)
    before = p.attempt(demo_ws, playing.attempt_no)
    p.say(demo_ws, playing, "还有一句")
    assert p.finish(demo_ws, playing) == first
    assert p.attempt(demo_ws, playing.attempt_no) == before


def test_two_who_score_at_once_keep_one_score(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    other = p.resume(demo_ws, playing.attempt_no, today=TODAY)
    first = p.finish(demo_ws, playing)
    p.say(demo_ws, other, "我再补一句，别打了。")
    assert p.finish(demo_ws, other) == first
    assert len(p.attempt(demo_ws, playing.attempt_no).transcript.turns) == len(p.turns_of(playing))  # type: ignore[union-attr]


def test_the_list_of_attempts(demo_ws: Workspace) -> None:
    first, second = played(demo_ws), p.begin(demo_ws, "hang-up", staff_no="1002", today=date(2026, 11, 25))
    p.finish(demo_ws, first)
    everything = p.attempts(demo_ws)
    assert [a.attempt_no for a in everything] == [second.attempt_no, first.attempt_no]
    assert [a.unfinished for a in everything] == [True, False] and everything[1].total is not None and everything[1].transcript is None
    assert [a.staff_no for a in p.attempts(demo_ws, staff_no="1001")] == ["1001"]
    assert [a.scenario for a in p.attempts(demo_ws, scenario="hang-up")] == ["hang-up"]
    assert [a.scenario for a in p.attempts(demo_ws, since=date(2026, 11, 25))] == ["hang-up"]


def test_taken_up_again_it_goes_on_where_it_was(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    p.hint(demo_ws, playing)
    again = p.resume(demo_ws, playing.attempt_no, today=TODAY)
    assert p.turns_of(again) == p.turns_of(playing) and again.session.hints == 1
    assert again.session.partner.state == playing.session.partner.state and again.session.turns_left == playing.session.turns_left
    assert p.say(demo_ws, again, "嗯，您说的我记下了。") == p.say(demo_ws, playing, "嗯，您说的我记下了。")


def test_dropped_it_has_no_score_and_stays_on_record(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    p.drop(demo_ws, playing.attempt_no, today=TODAY)
    kept = p.attempt(demo_ws, playing.attempt_no)
    assert (kept.ending, kept.score, kept.unfinished) == ("dropped", None, False) and len(kept.transcript.turns) > len(SAID)  # type: ignore[union-attr]
    for deed in (p.drop, p.resume):
        with pytest.raises(Refused, match="已经结束"):
            deed(demo_ws, playing.attempt_no, today=TODAY)


def test_a_talk_begun_with_a_model_that_is_gone_goes_on_and_is_scored_offline(demo_ws: Workspace) -> None:
    from coach.store.db import session
    from coach.store.tables import PracticeAttempt

    playing = played(demo_ws)
    with session(demo_ws.engine) as s:
        row = s.get(PracticeAttempt, playing.attempt_no)
        assert row is not None
        row.engine = "llm:gone"
        s.add(row)
    again = p.resume(demo_ws, playing.attempt_no, today=TODAY)
    assert p.say(demo_ws, again, "我记下了。").engine == "offline"
    made = p.finish(demo_ws, again)
    assert made.engine == "offline" and made.fallback == "没有配置模型" and p.attempt(demo_ws, playing.attempt_no).score == made


def test_refusals_are_one_line_that_says_how_to_mend_it(demo_ws: Workspace, own_workspace: Path) -> None:
    english = Workspace.at(own_workspace, lang="en")
    for ws, words in ((demo_ws, ("是不是 first-call", "1001, 1002", "offline, llm", "没有客户", "没有练习记录")),
                      (english, ("did you mean first-call", "1001, 1002", "offline, llm", "no client", "no attempt"))):  # fmt: skip
        deeds = (
            lambda ws=ws: p.begin(ws, "first-calls", staff_no="1001", today=TODAY),
            lambda ws=ws: p.begin(ws, "first-call", staff_no="9", today=TODAY),
            lambda ws=ws: p.begin(ws, "first-call", staff_no="1001", today=TODAY, engine="magic"),
            lambda ws=ws: p.begin(ws, "first-call", staff_no="1001", today=TODAY, client_no="nobody"),
            lambda ws=ws: p.attempt(ws, "nothing"),
        )
        for deed, word in zip(deeds, words, strict=True):
            with pytest.raises(Refused, match=word) as told:
                deed()
            assert "\n" not in str(told.value)
    english.close()
    assert p.attempts(demo_ws) == [], "what is refused leaves nothing behind"


def test_an_assignment_of_somebody_else_cannot_be_played(demo_ws: Workspace) -> None:
    by = _trainer(demo_ws)
    (number,) = assign(demo_ws, "first-call", ["1002"], TODAY, by, today=TODAY)
    with pytest.raises(Refused, match="不是派给"):
        p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY, assignment=number)
    assert p.begin(demo_ws, "first-call", staff_no="1002", today=TODAY, assignment=number).attempt_no


def _trainer(ws: Workspace) -> str:
    from sqlmodel import select

    from coach.store.db import session
    from coach.store.tables import Staff

    with session(ws.engine, write=False) as s:
        return s.exec(select(Staff.staff_no).where(Staff.role == "trainer")).one()


def test_nobody_in_particular_may_try_in_an_empty_workspace(own_workspace: Path) -> None:
    ws = Workspace(lang="en")
    playing = p.begin(ws, "first-call", staff_no=None, today=TODAY)
    p.say(ws, playing, "Hello Ms Zhou, this is Lin from the South Gate branch.")
    made = p.finish(ws, playing)
    kept = p.attempt(ws, playing.attempt_no)
    assert (kept.staff_no, kept.lang, kept.score) == (None, "en", made) and own_workspace.is_dir()
    ws.close()


def test_silence_and_a_speech_of_ten_thousand_letters_are_kept_as_said(demo_ws: Workspace) -> None:
    speech = "我们行的产品很好，" * 1200
    playing = played(demo_ws, said=["", speech])
    kept = p.attempt(demo_ws, playing.attempt_no)
    assert [t.text for t in kept.transcript.turns if t.who == "staff"] == ["", speech]  # type: ignore[union-attr]
    assert p.finish(demo_ws, playing).total < 60


def test_an_attempt_of_nothing_but_the_clients_greeting_can_be_scored(demo_ws: Workspace) -> None:
    made = p.finish(demo_ws, p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY))
    assert made.total < 30 and not made.passed


def test_the_time_of_a_scenario_runs_out(demo_ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = p.begin(demo_ws, "first-call", staff_no="1001", today=TODAY)
    assert playing.seconds_left is not None and 0 < playing.seconds_left <= playing.scenario.minutes * 60
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + playing.scenario.minutes * 60 + 1)
    assert playing.seconds_left == 0


# --- kill -9 --------------------------------------------------------------------------------------------------------

TALKER = """
import os, sys
from datetime import date
from coach.services import practice as p
from coach.services.workspace import Workspace
ws = Workspace()
playing = p.begin(ws, "first-call", staff_no="1001", today=date(2026, 11, 24))
print(playing.attempt_no, flush=True)
def thinking(*told):
    print("asked", flush=True)
    sys.stdin.read()
if os.environ["DEAF"]:
    playing.session.say = thinking
for line in sys.stdin:
    p.say(ws, playing, line.strip())
    print("said", flush=True)
"""


@pytest.mark.parametrize("answered", [True, False])
def test_killed_in_the_middle_of_a_talk(demo_ws: Workspace, own_workspace: Path, answered: bool) -> None:
    env = os.environ | {"COACH_HOME": str(own_workspace), "DEAF": "" if answered else "1"}
    process = subprocess.Popen([sys.executable, "-c", TALKER], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    number = process.stdout.readline().strip()
    lines = SAID[:2] if answered else SAID[:1]
    for line in lines:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == ("said" if answered else "asked")
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = p.attempts(demo_ws)
    assert left.attempt_no == number and left.unfinished and left.total is None
    kept = p.attempt(demo_ws, number).transcript
    assert kept and [t.text for t in kept.turns if t.who == "staff"] == lines
    assert kept.turns[-1].who == ("client" if answered else "staff")
    again = p.resume(demo_ws, number, today=TODAY)
    assert p.turns_of(again)[: len(kept.turns)] == kept.turns and p.turns_of(again)[-1].who == "client", "what had no answer has one now"
    assert p.attempt(demo_ws, number).transcript.turns == p.turns_of(again)  # type: ignore[union-attr]
    made = p.finish(demo_ws, again)
    assert p.attempt(demo_ws, number).score == made


# --- transcripts from files -----------------------------------------------------------------------------------------

TRANSCRIPTS = Path(__file__).parents[1] / "practice" / "transcripts"


def test_a_transcript_scores_the_same_from_json_and_from_lines(demo_ws: Workspace, tmp_path: Path) -> None:
    path = TRANSCRIPTS / "zh" / "hang-up.good.json"
    talk = json.loads(path.read_text(encoding="utf-8"))
    made = p.score_file(demo_ws, path, today=TODAY)
    assert (made.scenario, made.engine) == ("hang-up", "offline")
    lines = tmp_path / "talk.txt"
    text = "\n".join(("客户：" if t["who"] == "client" else "员工：") + t["text"] for t in talk["turns"])
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        lines.write_bytes(text.encode(encoding))
        assert p.score_file(demo_ws, lines, scenario="hang-up", today=TODAY) == made
    assert p.score_file(demo_ws, path, scenario=str(KNOWLEDGE / "scenarios" / "hang-up.toml"), today=TODAY) == made
    assert p.attempts(demo_ws) == [], "a file scored is no attempt of anybody"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "JSON"), (b'{"turns": [{"who": "boss", "text": "x"}]}', "who"), (b"", "员工"), (b"\xff\xff\xff\xff", "不是文本"),
        ("员工：您好".encode(), "--scenario"), (b'{"scenario": "hang-upp", "turns": [{"who": "staff", "text": "x"}]}', "是不是 hang-up"),
    ],
)  # fmt: skip
def test_a_transcript_that_cannot_be_read(demo_ws: Workspace, tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "talk.txt"
    path.write_bytes(data)
    with pytest.raises(Refused, match=told) as refused:
        p.score_file(demo_ws, path, today=TODAY)
    assert "\n" not in str(refused.value)


def test_no_such_transcript(demo_ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="没有文件"):
        p.score_file(demo_ws, tmp_path / "none.txt", today=TODAY)


def test_a_turn_is_kept_within_a_reply_of_100_ms(demo_ws: Workspace) -> None:
    playing = played(demo_ws)
    took = []
    for text in ("您一般什么时候方便？", "我记下了，明天下午给您发消息。", "那我不耽误您了，再见。"):
        start = time.perf_counter()
        p.say(demo_ws, playing, text)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.1 and max(took) < 1.0, took
    assert p.turns_of(playing)[1] == Turn("staff", SAID[0])
