"""What the queue can be narrowed by: each person, flag, play, engine, day and score that stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from coach.domain.words import Lang
from coach.services.review import Wanted
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.review import Line
    from coach.tui.widgets.review_list import Names

PASS = 60.0


def options(lines: Sequence[Line], wanted: Wanted, names: Names, lang: Lang) -> list[tuple[str, str]]:
    """Value and text of each; what is in force is marked, and chosen again goes off."""
    on = in_force(wanted)
    found: list[tuple[str, str, int]] = []
    people = Counter((line.item.staff_no, line.staff_name) for line in lines if line.item.staff_no)
    found += [(f"staff:{no}", f"{name} {no}", n) for (no, name), n in sorted(people.items())]
    flags = Counter(rule for line in lines for rule in {flag.rule.value for flag in line.item.flags})
    flagged = sum(bool(line.item.flags) for line in lines)
    found.append(("flag:any", say("review.filter.flag.any", lang), flagged))
    found.append(("flag:none", say("review.filter.flag.none", lang), len(lines) - flagged))
    found += [(f"flag:{rule}", names.marks.get(rule, rule), n) for rule, n in sorted(flags.items())]
    plays = Counter(line.item.play for line in lines if line.item.play)
    found += [(f"play:{play}", names.plays.get(play, play), n) for play, n in sorted(plays.items())]
    engines = Counter(line.item.engine for line in lines if line.item.engine)
    offline = say("client.engine.offline", lang)
    found += [(f"engine:{engine}", offline if engine == "offline" else engine, n) for engine, n in sorted(engines.items())]
    days = Counter(line.item.at.date() for line in lines)
    found += [(f"day:{on_day.isoformat()}", f"{on_day:%m-%d}", n) for on_day, n in sorted(days.items(), reverse=True)]
    scores = [line.score for line in lines if line.score is not None]
    if scores:
        low = sum(score < PASS for score in scores)
        found.append(("score:low", say("review.filter.score.low", lang), low))
        found.append(("score:high", say("review.filter.score.high", lang), len(scores) - low))
    kinds = {kind: say(f"review.filter.{kind}", lang) for kind in ("staff", "flag", "play", "engine", "day", "score")}
    listed = [
        (value, f"{'*' if value in on else ' '} {kinds[value.partition(':')[0]]}  {text}  ({n})")
        for value, text, n in found if n or value in on
    ]  # fmt: skip
    return [("clear", f"  {say('review.filter.clear', lang)}"), *listed] if on else listed


def in_force(wanted: Wanted) -> set[str]:
    """The values that stand in a filter."""
    given = {
        "staff": wanted.staff_no, "flag": wanted.flag, "play": wanted.play, "engine": wanted.engine,
        "day": wanted.since.isoformat() if wanted.since else None,
        "score": "low" if wanted.score_to is not None else "high" if wanted.score_from is not None else None,
    }  # fmt: skip
    return {f"{kind}:{value}" for kind, value in given.items() if value is not None}


def chosen(wanted: Wanted, value: str) -> Wanted:
    """The filter with a value of :func:`options` taken in, or off where it was in force."""
    if value == "clear":
        return Wanted()
    kind, _, which = value.partition(":")
    off = value in in_force(wanted)
    if kind == "day":
        day = None if off else date.fromisoformat(which)
        return replace(wanted, since=day, until=day)
    if kind == "score":
        low, high = (None, None) if off else (PASS - 0.05, None) if which == "low" else (None, PASS)
        return replace(wanted, score_to=low, score_from=high)
    field = {"staff": "staff_no", "flag": "flag", "play": "play", "engine": "engine"}[kind]
    return replace(wanted, **{field: None if off else which})  # type: ignore[arg-type]


def told(wanted: Wanted, lines: Sequence[Line], names: Names, lang: Lang) -> str:
    """What is in force, in words."""
    people = {line.item.staff_no: line.staff_name for line in lines}
    said = []
    for value in sorted(in_force(wanted)):
        kind, _, which = value.partition(":")
        if kind == "staff":
            said.append(people.get(which, which))
        elif kind == "flag":
            said.append(say(f"review.filter.flag.{which}", lang) if which in ("any", "none") else names.marks.get(which, which))
        elif kind == "play":
            said.append(names.plays.get(which, which))
        else:
            said.append(say(f"review.filter.score.{which}", lang) if kind == "score" else which[-5:] if kind == "day" else which)
    return " · ".join(said)
