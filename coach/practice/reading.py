"""Scenario files read and checked: every mistake with file, line and remedy.

Types and missing or unknown keys are found by pydantic; what a scenario must be beyond that (weights of one
hundred, words for every fact, a hidden fact that nothing gives away) is found here.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from coach.domain.words import LANGS, TOPICS, Lang, pick
from coach.practice.scenario import CriterionId, Scenario, Words

LEAST_COMPLIANCE = 8
_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r'^([A-Za-z0-9_-]+|"[^"]+")\s*=')
_HAN = re.compile(r"[\u4e00-\u9fff]")

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, where it stands and what to do about it."""

    path: Path
    line: int | None
    zh: str
    en: str

    def told(self, lang: Lang) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {pick(lang, self.zh, self.en)}"


class ScenarioError(Exception):
    """A scenario that cannot be played; its problems say why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].told("en"))
        self.problems = problems


def read(path: Path, passages: Iterable[str] | None = None) -> Scenario:
    """One scenario. ``passages``: ids that may be cited, where that is to be checked. Raises :class:`ScenarioError`."""
    scenario, problems = examine(path, passages)
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario


def examine(path: Path, passages: Iterable[str] | None = None) -> tuple[Scenario | None, list[Problem]]:
    """A scenario, where it can be read, and all its mistakes in the order of the file."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError:
        return None, [Problem(path, None, "没有这个文件", "there is no such file")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(path, None, f"读不了：{error}；请存成 UTF-8 文本", f"cannot be read: {error}; save it as UTF-8 text")]
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        return None, [Problem(path, line, f"不是合法的 TOML：{error}", f"not valid TOML: {error}")]
    lines = _lines(text)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        return None, sorted((_explained(path, lines, data, one) for one in error.errors()), key=lambda p: p.line or 0)
    known = None if passages is None else set(passages)
    found = [Problem(path, _line(lines, loc), zh, en) for loc, zh, en in _beyond(scenario, path, known)]
    return scenario, sorted(found, key=lambda p: p.line or 0)


# --- where it stands ----------------------------------------------------------------------------------------------


def _lines(text: str) -> dict[Location, int]:
    """Place in the data → line of its header or key. Arrays of tables are numbered from 0."""
    found: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            parts: Location = tuple(part.strip().strip('"') for part in header[2].split("."))
            if header[1] == "[[":
                found.setdefault(parts, number)
                counts[parts] = counts.get(parts, -1) + 1
                parts = (*parts, counts[parts])
            table = parts
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1].strip('"')), number)
    return found


def _line(lines: Mapping[Location, int], place: Location) -> int | None:
    """The line of a place, or of the nearest thing around it."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return 1


# --- what pydantic found ------------------------------------------------------------------------------------------


def _explained(path: Path, lines: Mapping[Location, int], data: dict[str, Any], error: Any) -> Problem:
    place = tuple(part for part in error["loc"] if part != "[key]")
    where = ".".join(str(part) for part in place)
    kind, said = error["type"], error.get("ctx", {})
    if kind == "missing":
        told = f"缺少 {where}", f"{where} is missing"
        place = place[:-1]
    elif kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _known(place[:-1]), 1)
        told = (
            f"不认识的键 {where}" + (f"；是不是 {near[0]}？" if near else "；请删去"),
            f"unknown key {where}" + (f"; did you mean {near[0]}?" if near else "; remove it"),
        )
    elif kind in ("literal_error", "enum"):
        options = str(said.get("expected", "")).replace("'", "").replace(" or ", ", ")
        told = f"{where} = {error['input']!r} 不在可选之列：{options}", f"{where} = {error['input']!r} is not one of {options}"
    elif kind == "too_short":
        least = said["min_length"]
        told = f"{where} 至少要 {least} 条，现有 {said['actual_length']} 条", f"{where} needs {least} or more, has {said['actual_length']}"
    elif kind == "string_pattern_mismatch":
        told = f"{where} = {error['input']!r} 不合格式 {said['pattern']}", f"{where} = {error['input']!r} does not match {said['pattern']}"
    elif kind == "string_too_short":
        told = f"{where} 是空的", f"{where} is empty"
    else:
        told = f"{where} = {error['input']!r} 不对：{error['msg']}", f"{where} = {error['input']!r}: {error['msg']}"
    return Problem(path, _line(lines, place), *told)


def _known(place: Location) -> list[str]:
    """The keys that may stand at a place of the file."""
    model: Any = Scenario
    for part in place:
        if isinstance(part, int) or not hasattr(model, "model_fields"):
            continue
        field = model.model_fields.get(str(part))
        if field is None:
            return []
        model = next((found for found in _models(field.annotation)), None)
    return list(getattr(model, "model_fields", {}))


def _models(annotation: Any) -> Iterator[Any]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


# --- what a scenario must be besides -------------------------------------------------------------------------------


def _beyond(s: Scenario, path: Path, passages: set[str] | None) -> Iterator[tuple[Location, str, str]]:
    if s.id != path.stem:
        yield ("id",), f"id = {s.id!r} 与文件名 {path.stem!r} 不同", f"id = {s.id!r} differs from the file's name {path.stem!r}"
    if s.topic not in TOPICS:
        yield ("topic",), f"{s.topic!r} 不是约定的主题", f"{s.topic!r} is no topic of the contract"
    yield from _weights(s)
    if not any(fact.key for fact in s.facts):
        yield ("facts",), "没有一条 facts 标 key = true：这场练习要问出什么？", "no fact has key = true: what is to be found out?"
    yield from _ids(s)
    for group in ("points", "traps"):
        for at, point in enumerate(getattr(s, group)):
            for cite in point.cites:
                if passages is not None and cite not in passages:
                    yield (group, at, "cites"), f"{point.id} 引用的 {cite!r} 不在手册里", f"{point.id} cites {cite!r}, not in the playbook"
    if s.zh is None and s.en is None:
        yield (), "缺少 [zh] 或 [en]：场景没有文字", "lacks [zh] or [en]: the scenario has no words"
    for lang in LANGS:
        if (words := getattr(s, lang)) is not None:
            yield from _in_words(s, words, lang)


def _ids(s: Scenario) -> Iterator[tuple[Location, str, str]]:
    """Every id once; endings name facts that are there."""
    for name in ("facts", "objections", "points", "traps"):
        seen: set[str] = set()
        for at, part in enumerate(getattr(s, name)):
            if part.id in seen:
                yield (name, at), f"{name} 里 {part.id!r} 出现了两次", f"{part.id!r} stands twice in {name}"
            seen.add(part.id)
    for end in ("agreed", "thinking"):
        for fact in getattr(s.endings, end).facts:
            if fact not in {f.id for f in s.facts}:
                yield ("endings", end), f"endings.{end} 提到没有的 fact {fact!r}", f"endings.{end} names {fact!r}, which is no fact"
    if s.endings.agreed.trust < s.endings.thinking.trust:
        yield ("endings", "agreed"), "agreed 的 trust 低于 thinking", "agreed asks for less trust than thinking"


def _weights(s: Scenario) -> Iterator[tuple[Location, str, str]]:
    every = get_args(CriterionId)
    if missing := [c for c in every if c not in s.rubric]:
        yield ("rubric",), f"rubric 缺少 {'、'.join(missing)}", f"rubric lacks {', '.join(missing)}"
    if (total := sum(s.rubric.values())) != 100:
        yield ("rubric",), f"rubric 各项之和是 {total}，应为 100", f"the weights of rubric add up to {total}; they must be 100"
    if s.rubric.get("compliance", LEAST_COMPLIANCE) < LEAST_COMPLIANCE:
        yield ("rubric", "compliance"), f"compliance 至少 {LEAST_COMPLIANCE} 分", f"compliance weighs {LEAST_COMPLIANCE} or more"


def _in_words(s: Scenario, words: Words, lang: Lang) -> Iterator[tuple[Location, str, str]]:
    for group in ("facts", "objections", "points", "traps"):
        wanted, given = {part.id for part in getattr(s, group)}, set(getattr(words, group))
        for name in sorted(wanted - given):
            yield (lang,), f"[{lang}.{group}.{name}] 没有写", f"[{lang}.{group}.{name}] is not written"
        for name in sorted(given - wanted):
            yield (lang, group, name), f"[{lang}.{group}.{name}] 在结构里没有", f"[{lang}.{group}.{name}] has no [[{group}]] with this id"
    if not words.opening and s.channel != "message":
        yield (lang, "opening"), f"{lang}.opening 是空的：电话和面访由客户先开口", f"{lang}.opening is empty: the client speaks first"
    for fact in s.facts:
        if (told := words.facts.get(fact.id)) is None:
            continue
        place: Location = (lang, "facts", fact.id)
        if fact.trust > s.state.trust and not told.dodges:
            yield place, f"{fact.id} 要先有信任才说，请写 dodges", f"{fact.id} is told only with trust: write dodges"
        yield from _signs(place, fact.id, told.signs, told.tells, "tells")
        if fact.kind == "hides":
            yield from _given_away(words, fact.id, lang)
    for name, objection in words.objections.items():
        yield from _signs((lang, "objections", name), name, objection.signs, objection.says, "says")
    if lang == "en" and (odd := next((text for text in _texts(words) if _HAN.search(text)), None)):
        yield ("en",), f"[en] 里有中文：{odd[:30]}", f"[en] has Chinese in it: {odd[:30]}"
    if lang == "zh" and not _HAN.search(words.situation):
        yield ("zh", "situation"), "[zh] 的 situation 里没有中文", "the situation in [zh] has no Chinese"


def _signs(place: Location, name: str, signs: Iterable[str], said: Iterable[str], key: str) -> Iterator[tuple[Location, str, str]]:
    for text in said:
        if not any(sign.lower() in text.lower() for sign in signs):
            yield (*place, "signs"), f"{name} 的 {key}「{text[:24]}」里没有一个 signs", f"{name}: no sign stands in its {key} “{text[:40]}”"


def _given_away(words: Words, name: str, lang: Lang) -> Iterator[tuple[Location, str, str]]:
    """What the trainee reads, and what the client says before it is asked, must not hold a hidden fact."""
    early = {"situation": (words.situation,), "opening": words.opening, "facts": words.facts[name].dodges}
    for key, texts in early.items():
        for text in texts:
            if sign := next((sign for sign in words.facts[name].signs if sign.lower() in text.lower()), None):
                yield (lang, key), f"{key} 里的「{sign}」泄露了 {name}", f"{key} gives {name} away: “{sign}”"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Words):
        yield from _texts(value.model_dump())
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
