"""``coach practice list | check | play | score``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.assist import EngineOption
from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import label, pick

if TYPE_CHECKING:
    from coach.practice.scoring import Score
    from coach.services.practice import Playing

app = typer.Typer(help="Practise talks with a simulated client. 情景演练。", no_args_is_help=True)

StaffOption = Annotated[str | None, typer.Option(help="Who practises: a staff number. 练习人工号。", metavar="NO")]
HINT, END = ("/hint", "/提示"), ("/end", "/结束")


@app.command("list")
@plain_errors
def list_(staff: StaffOption = None, as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None) -> None:
    """The scenarios, with your own best and what is assigned to you. 场景清单。"""
    from coach.services.practice import attempts, scenarios
    from coach.services.practice_training import assignments

    now = call(as_json, lang, day)
    who = _who(now, staff)
    own = attempts(now.ws, staff_no=who) if who else []
    due = {a.scenario: a for a in reversed(assignments(now.ws, staff_no=who, open_only=True, today=now.today))} if who else {}
    value = []
    for s in scenarios(now.ws):
        mine = [a for a in own if a.scenario == s.id]
        value.append({
            "id": s.id, "title": s.words(now.lang).title, "topic": s.topic, "difficulty": s.difficulty, "channel": s.channel,
            "turns": s.turns, "minutes": s.minutes, "best": max((a.total for a in mine if a.total is not None), default=None),
            "attempts": sum(a.total is not None for a in mine), "assigned": due[s.id].due_on if s.id in due else None,
            "late": s.id in due and due[s.id].late, "unfinished": [a.attempt_no for a in mine if a.unfinished],
        })  # fmt: skip
    now.answer(value, lambda: _listed(now, value))


def _listed(now: Call, value: list[dict[str, Any]]) -> Iterator[str]:
    rows = [pick(now.lang, "场景 标题 难度 方式 最好 截止", "id title level channel best due").split()]
    for v in value:
        late = pick(now.lang, "（已过期）", " (late)") if v["late"] else ""
        rows.append([
            v["id"], v["title"], "★" * v["difficulty"], label(v["channel"], now.lang), "" if v["best"] is None else f"{v['best']:g}",
            f"{v['assigned'] or ''}{late}",
        ])  # fmt: skip
    yield from table(rows)
    for v in value:
        for number in v["unfinished"]:
            yield pick(now.lang, f"没练完：{v['title']}，接着练 coach practice play --resume {number}",
                       f"unfinished: {v['title']}, go on with coach practice play --resume {number}")  # fmt: skip


@app.command("check")
@plain_errors
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Scenario files; none = all. 场景文件，不写则全部。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Check scenario files: every mistake with file and line. 检查场景文件。"""
    from coach.services.practice import check as examine
    from coach.services.practice import scenarios

    now = call(as_json, lang)
    problems = [p for file in files for p in examine(now.ws, file)] if files else examine(now.ws)
    checked = len(files) if files else len(scenarios(now.ws)) + len({p.path for p in problems})
    value = {"files": checked, "problems": [{"file": str(p.path), "line": p.line, "text": pick(now.lang, p.zh, p.en)} for p in problems]}
    now.answer(value, lambda: [
        *(p.told(now.lang) for p in problems),
        pick(now.lang, f"场景文件 {checked}，问题 {len(problems)}", f"{checked} scenario files, {len(problems)} problems"),
    ])  # fmt: skip
    if problems:
        raise typer.Exit(1)


@app.command("play")
@plain_errors
def play(
    scenario: Annotated[str | None, typer.Argument(metavar="ID|FILE", help="A scenario's id or file. 场景编号或文件。")] = None,
    resume: Annotated[str | None, typer.Option("--resume", metavar="NO", help="Go on with an unfinished attempt. 接着练。")] = None,
    engine: EngineOption = "offline",
    staff: StaffOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Talk to a simulated client, line by line; /hint for a hint, /end to end. 跟模拟客户对话。"""
    from coach.services import practice as p

    if (scenario is None) == (resume is None):
        raise typer.BadParameter("give a scenario (ID or FILE) or --resume NO")
    now = call(as_json, lang, day)
    tell = _teller(now)
    if resume is not None:
        playing = p.resume(now.ws, resume, today=now.today)
    else:
        chosen = p.named(now.ws, str(scenario))
        playing = p.begin(now.ws, chosen, staff_no=_who(now, staff), today=now.today, lang=now.lang, engine=engine)
    for line in _before(now, playing):
        tell(line)
    _talk(now, playing, tell)
    if not any(turn.who == "staff" for turn in p.turns_of(playing)):
        p.drop(now.ws, playing.attempt_no, today=now.today)
        told = "一句话也没说，不评分；在标准输入逐行写员工的话", "nothing was said: no score; write the staff's words line by line"
        raise p.Refused(pick(now.lang, *told))
    heard = len(p.turns_of(playing))
    made = p.finish(now.ws, playing)
    for turn in p.turns_of(playing)[heard:]:
        tell(_line(now, turn.who, turn.text))
    _fallback(now, made.fallback)
    ending = playing.session.ended
    turns = [{"who": turn.who, "text": turn.text} for turn in p.turns_of(playing)]
    value = {"attempt_no": playing.attempt_no, "ending": ending, "lang": playing.session.lang, "turns": turns, **made.as_json()}
    now.answer(value, lambda: [pick(now.lang, "结局：", "Ending: ") + p.ending_name(ending, now.lang), *_scored(now, made)])


def _before(now: Call, playing: Playing) -> Iterator[str]:
    """What the trainee reads, and what was said so far."""
    from coach.services.practice import turns_of

    s, words = playing.scenario, playing.scenario.words(playing.session.lang)
    limit = pick(now.lang, f"，{s.minutes} 分钟", f", {s.minutes} minutes") if s.minutes else ""
    yield pick(now.lang, f"【{words.title}】{label(s.channel, 'zh')}，最多 {s.turns} 轮{limit}；/hint 提示，/end 结束",
               f"[{words.title}] {label(s.channel, 'en')}, {s.turns} turns at most{limit}; /hint for a hint, /end to end")  # fmt: skip
    yield words.situation
    yield pick(now.lang, f"目标：{words.goal}", f"Goal: {words.goal}")
    for turn in turns_of(playing):
        yield _line(now, turn.who, turn.text)


def _line(now: Call, who: str, text: str) -> str:
    name = pick(now.lang, "客户", "Client") if who == "client" else pick(now.lang, "员工", "Staff")
    return f"{name}{pick(now.lang, '：', ': ')}{text}"


def _talk(now: Call, playing: Playing, tell: Callable[[str], None]) -> None:
    """Lines from standard input, answered one by one, until the talk is over."""
    from coach.services.practice import hint, say

    stream = sys.stdin
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")  # what is no text is nonsense, and the client answers nonsense
    while playing.session.ended is None:
        if stream.isatty():
            sys.stderr.write(_line(now, "staff", ""))
            sys.stderr.flush()
        line = stream.readline()
        if playing.seconds_left == 0:
            tell(pick(now.lang, "时间到。", "Time is up."))
            return
        if not line or line.strip().lower() in END:
            return
        if line.strip().lower() in HINT:
            given = hint(now.ws, playing)
            tell(pick(now.lang, f"提示：{given.text}可以说：「{given.say}」", f"Hint: {given.text} You could say: “{given.say}”")
                 + f"  [{', '.join(given.cites)}]")  # fmt: skip
            continue
        said = say(now.ws, playing, line.strip())
        _fallback(now, said.fallback)
        tell(_line(now, "client", said.text))


def _teller(now: Call) -> Callable[[str], None]:
    """Where the talk is shown: standard output, or, where that is for JSON, a terminal's standard error."""
    stream = sys.stderr if now.as_json else sys.stdout
    if now.as_json and not sys.stdin.isatty():
        return lambda text: None

    def tell(text: str) -> None:
        stream.write(text + "\n")
        stream.flush()

    return tell


def _fallback(now: Call, why: str | None) -> None:
    if why:
        typer.echo(pick(now.lang, f"改用离线引擎：{why}", f"the offline engine took over: {why}"), err=True)


def _who(now: Call, staff: str | None) -> str | None:
    """The person named, else the one whom the database's login or the settings name; ``None`` = nobody in particular."""
    from coach.services.practice import require_staff

    me = now.ws.person
    number = staff or (me.staff_no if me else now.ws.settings.manager) or None
    return require_staff(now.ws, number) if number else None


@app.command("score")
@plain_errors
def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON, or lines 员工：/ 客户： (staff: / client:).")],
    scenario: Annotated[str | None, typer.Option(metavar="ID|FILE", help="Where the file names none. 属于哪个场景。")] = None,
    engine: EngineOption = "offline",
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Score any transcript. 给一段对话评分。"""
    from coach.services.practice import score_file

    now = call(as_json, lang, day)
    made = score_file(now.ws, file, scenario=scenario, engine=engine, today=now.today)
    _fallback(now, made.fallback)
    now.answer(made.as_json(), lambda: _scored(now, made))


def _scored(now: Call, made: Score) -> Iterator[str]:
    from coach.services.practice import bench

    names = bench(now.ws, now.today).kit.words(now.lang).criteria
    verdict = pick(now.lang, "通过", "passed") if made.passed else pick(now.lang, "未通过", "not passed")
    hints = pick(now.lang, f"，提示 {made.hints} 次", f", {made.hints} hints") if made.hints else ""
    yield pick(now.lang, f"总分 {made.total:g} / 100，{verdict}{hints}", f"Total {made.total:g} of 100, {verdict}{hints}")
    for found in (*made.violations, *made.cautions):
        yield f"[{label(found.severity, now.lang)}] {found.rule}  {_turn(now, found.turn)}{_quoted(now, found.quote)}"
        yield f"    {found.text}{_cited(found.cites)}"
    for line in made.criteria:
        yield f"{names[line.id].name}  {line.score:g} / {line.max}"
        for one in line.evidence:
            yield f"    {_turn(now, one.turn)}{_quoted(now, one.quote)}"
        yield f"    {line.advice}{_cited(line.cites)}"
    if made.weakest:
        w = made.weakest
        yield pick(now.lang, "最弱的一句：", "The weakest turn: ") + _turn(now, w.turn) + _quoted(now, w.quote)
        yield pick(now.lang, f"    不如说：{w.say}", f"    Better: {w.say}") + _cited(w.cites)


def _turn(now: Call, turn: int) -> str:
    return pick(now.lang, f"第 {turn} 句", f"turn {turn} ")


def _quoted(now: Call, text: str) -> str:
    return pick(now.lang, f"「{text}」", f"“{text}”")


def _cited(cites: tuple[str, ...]) -> str:
    return f"  [{', '.join(cites)}]" if cites else ""
