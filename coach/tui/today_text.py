"""The today screen's lines of plain words: how the day stands, what is shown, what to do when nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.domain.format import day as day_text
from coach.domain.weekdays import weekday
from coach.domain.words import Lang, label
from coach.tui.today_data import Filter, Today, kinds
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp


def state_line(day: Today, app: CoachApp, lang: Lang) -> str:
    """A day off, what did not fit, a rhythm that cannot be kept; empty where all is well."""
    if not app.manager:
        return ""
    if day.next_day is not None:
        when = f"{day_text(day.next_day, lang, app.today)} {weekday(day.next_day, lang)}"
        return say("today.dayoff", lang, when=when)
    if day.lines and not day.open:
        return say("today.finished", lang)
    parts = []
    if day.left_over:
        parts.append(say("today.left", lang, n=day.left_over))
    if day.short:
        parts.append(say("today.short", lang, tiers=say("today.and", lang).join(day.short)))
    return say("today.sep", lang).join(parts)


def filter_line(day: Today, wanted: Filter, titles: dict[str, str], lang: Lang) -> str:
    """What the list shows where it does not show everything."""
    parts = []
    if wanted.channel:
        parts.append(label(wanted.channel, lang))
    what, _, which = wanted.kind.partition(":")
    if what == "urgent":
        parts.append(say("today.urgent", lang))
    elif what == "play":
        parts.append(next((line.title for line in day.lines if line.play == which), titles.get(which, which)))
    elif what == "signal":
        parts.append(label(which, lang))
    if not parts:
        return ""
    count = sum(1 for line in day.lines if wanted.holds(line))
    return say("today.filtered", lang, what=" · ".join(parts), n=count, all=len(day.lines))


def nothing_line(day: Today, wanted: Filter, app: CoachApp, lang: Lang) -> str:
    """What stands in an empty list, and what to do next."""
    if not app.manager:
        return say("today.orphans" if app.orphans else "today.empty", lang, n=app.orphans)
    if day.lines:
        return say("today.none_here", lang)
    return say("today.nothing", lang)


def filter_options(day: Today, lang: Lang) -> list[tuple[str, str]]:
    """(kind, text) of everything that the day can be narrowed to, with counts."""
    plays, signals, urgent = kinds(day.lines)
    titles = {line.play: line.title for line in day.lines}
    options = [("", f"{say('today.all', lang)} ({len(day.lines)})"), ("urgent", f"! {say('today.urgent', lang)} ({urgent})")]
    options += [(f"play:{play}", f"{say('today.play', lang)}  {titles[play]} ({n})") for play, n in plays.most_common()]
    options += [(f"signal:{signal}", f"{say('today.signal', lang)}  {label(signal, lang)} ({n})") for signal, n in signals.most_common()]
    return options
