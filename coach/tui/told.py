"""What a logged contact changed, told in a notice: the entry, the stage with its reason, the next step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from coach.domain.format import day as day_text
from coach.domain.outcomes import outcome_label
from coach.domain.words import Lang, label
from coach.tui.dates import weekday
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.contacts import Logged
    from coach.tui.app import CoachApp


def logged_lines(logged: Logged, name: str, lang: Lang, today: date, upcoming: dict[str, Any] | None = None) -> list[str]:
    """The notice's lines; ``upcoming`` is what :func:`coach.services.suggestions.upcoming` gave."""
    lines = [say("told.logged", lang, name=name, channel=label(logged.channel, lang), outcome=outcome_label(logged.outcome, lang))]
    if logged.stage_after != logged.stage_before:
        from coach.domain.stages import reason_text

        lines.append(say("told.stage", lang, before=label(logged.stage_before, lang), after=label(logged.stage_after, lang),
                         why=reason_text(logged.stage_reason or {}, lang)))
    if logged.settled_before:
        who, at = logged.settled_before
        lines.append(say("told.settled", lang, who=who or "?", at=f"{at:%H:%M}"))
    if logged.next_on:
        lines.append(say("told.promised", lang, when=_when(logged.next_on, lang, today)))
    if upcoming:
        when = upcoming["when"] if isinstance(upcoming["when"], date) else date.fromisoformat(str(upcoming["when"]))
        goal = upcoming.get("goal") or ""
        lines.append(say("told.next", lang, when=_when(when, lang, today), channel=label(upcoming["channel"], lang), goal=goal).rstrip())
    return lines


def undone_lines(logged: Logged, name: str, lang: Lang) -> list[str]:
    """The notice after an entry was taken back."""
    lines = [say("told.undone", lang, name=name, channel=label(logged.channel, lang), outcome=outcome_label(logged.outcome, lang))]
    if logged.stage_after != logged.stage_before:
        lines.append(say("told.unstage", lang, after=label(logged.stage_after, lang)))
    return lines


def _when(day: date, lang: Lang, today: date) -> str:
    return f"{day_text(day, lang, today)} {weekday(day, lang)}"


def tell_logged(app: CoachApp, logged: Logged, name: str) -> None:
    """Show what was logged; the next step is looked up in a thread first."""

    def look_up() -> None:
        from coach.tui.errors import expected

        upcoming = None
        try:
            from coach.services.suggestions import upcoming as find

            assert app.ws is not None
            upcoming = find(app.ws, logged.client_no, app.today, lang=app.lang)
        except (*expected(), ImportError):  # the entry stands; only the look ahead is missing
            upcoming = None
        lines = logged_lines(logged, name, app.lang, app.today, upcoming)
        app.call_from_thread(app.notify, "\n".join(lines), timeout=8, markup=False)

    app.run_worker(look_up, thread=True, group="told")
