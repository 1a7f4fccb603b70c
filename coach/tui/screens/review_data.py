"""What the review screens show, gathered in a thread: the queue with the names in it, who reviews, a record opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from coach.domain.words import LANGS, Lang
from coach.tui.screens.practice_people import Person, people
from coach.tui.widgets.review_list import Names, Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coach.domain.review import Flag
    from coach.playbook.cards import Playbook
    from coach.services.review import Queue
    from coach.services.review_record import Opened
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Week:
    """A week's queue, everything in it; filters are the screen's."""

    queue: Queue
    names: dict[Lang, Names]
    reviewers: tuple[Person, ...]
    """Who may review: supervisors, and on one's own machine everybody."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record with what is needed to show it."""

    opened: Opened
    names: dict[Lang, Names]
    book: Playbook
    called: dict[Lang, dict[str, str]]
    """How the policy's products and levels are called."""


def names_of(ws: Workspace, flags: Iterable[Flag]) -> dict[Lang, Names]:
    """What things are called in both languages."""
    from coach.services.practice_files import scenarios
    from coach.services.review_words import told, words

    found, known, out = list(flags), list(scenarios(ws)), {}
    for lang in LANGS:
        use = words(lang)
        plays = {topic: card.title for (topic, of), card in ws.playbook.cards.items() if of == lang}
        plays |= {one.id: one.words(lang).title for one in known}
        said = {
            f.id: Told(use.flags[f.rule].name, told(f, lang, ws.playbook, brief=True), told(f, lang, ws.playbook), use.flags[f.rule].ask)
            for f in found
        }
        out[lang] = Names(plays, {rule.value: use.flags[rule].mark for rule in use.flags}, said)
    return out


def week_of(ws: Workspace, today: date, week: str | None) -> Week:
    """The queue of a week, what is signed off with it."""
    from coach.services.review import review_queue

    queue = review_queue(ws, today, week=week, with_signed=True)
    everyone = people(ws)
    own = ws.person.staff_no if ws.person is not None else None
    may = [one for one in everyone if one.role == "supervisor"] if own is None else [one for one in everyone if one.staff_no == own]
    return Week(queue, names_of(ws, {f.id: f for line in queue.lines for f in line.item.flags}.values()), tuple(may or everyone))


def record_of(ws: Workspace, kind: str, subject: str, today: date) -> Record:
    """One record. Raises what :func:`coach.services.review_record.open_record` raises."""
    from coach.services.review_record import open_record

    opened = open_record(ws, kind, subject, today)
    called = {lang: {one.id: one.called(lang) for one in (*ws.policy.products, *ws.policy.levels)} for lang in LANGS}
    return Record(opened, names_of(ws, [opened.flag] if opened.flag else []), ws.playbook, called)


def seen_by(ws: Workspace, record: Record, by: str, at: Any) -> None:
    """Answers in a record that were written to whoever reads it are read with it."""
    from coach.services.review_acts import seen

    new = [c.comment_no for c in record.opened.state.comments if c.to == by and c.answers is not None and not c.seen]
    if new:
        seen(ws, new, at, by=by)
