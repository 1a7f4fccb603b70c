"""Logging a contact: outcome by one key, channel, summary, next date. What was typed is never lost.

The entry's number is made when the dialog opens, so that saving twice is one entry.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widgets import Button, Input, Label, Static, TextArea

from coach.domain.format import day as day_text
from coach.domain.outcomes import OUTCOMES, is_effective, outcome_label
from coach.domain.words import Channel, label
from coach.tui.dates import parse_day, weekday
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.choice import Choice, Option

if TYPE_CHECKING:
    from coach.services.contacts import Entry, Logged

STEPS = (1, 3, 7, 30)
"""Days that the small buttons add to today."""
_CHANNELS = (Channel.MESSAGE, Channel.CALL, Channel.VISIT)


class ContactDialog(Dialog["Logged | None"]):
    """Answers with what the contact changed (the caller tells it), or ``None``."""

    CSS_PATH = "contact_dialog.tcss"
    AUTO_FOCUS = "#outcome"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", id="contact.save", show=False, priority=True),
        Binding("ctrl+t", "channel", id="contact.channel", show=False, priority=True),
        Binding("ctrl+e", "effective", id="contact.effective", show=False, priority=True),
        *(Binding(str(n), f"outcome({n - 1})", show=False) for n in range(1, len(OUTCOMES) + 1)),
    ]

    def __init__(
        self, client_no: str, client_name: str, *, channel: str = "call", task_no: str | None = None, play: str | None = None,
        step: str | None = None, suggestion_no: str | None = None, summary: str = "", next_on: date | None = None,
    ) -> None:
        """``summary`` and ``next_on`` are proposed: the person may change them, and nothing stands before it is saved."""
        super().__init__()
        self.client_no, self.client_name = client_no, client_name
        self.task_no, self.play, self.step, self.suggestion_no = task_no, play, step, suggestion_no
        self.contact_no = secrets.token_hex(8)
        self.channel, self.outcome = channel, ""
        self.by_hand: bool | None = None
        """Effective as the person set it; ``None`` = as the outcome says."""
        self.summary, self.next_text = summary, next_on.isoformat() if next_on else ""
        self._proposed = self.summary, self.next_text
        self.error = self._refused = ""
        self._leaving = self._saving = False

    # -- composing: everything from the state on self

    def compose(self) -> ComposeResult:
        lang = self.lang
        with Vertical(id="dialog") as box:
            box.border_title = self.t("contact.title", name=self.client_name, no=self.client_no)
            box.border_subtitle = self.t("contact.keys")
            with Horizontal(classes="row"):
                yield Label(self.t("contact.channel"), classes="what")
                yield Choice([Option(c.value, "", label(c, lang)) for c in _CHANNELS], value=self.channel, id="channel")
            with Horizontal(classes="row tall"):
                yield Label(self.t("contact.outcome"), classes="what")
                options = [Option(o, str(n), outcome_label(o, lang)) for n, o in enumerate(OUTCOMES, 1)]
                yield Choice(options, value=self.outcome or None, columns=3, id="outcome")
            with Horizontal(classes="row"):
                yield Label(self.t("contact.effective"), classes="what")
                both = [Option("yes", "", self.t("contact.effective.yes")), Option("no", "", self.t("contact.effective.no"))]
                yield Choice(both, value="yes" if self.is_effective else "no", id="effective")
                yield Static("", id="follows", classes="dim")
            with Horizontal(classes="row text"):
                yield Label(self.t("contact.summary"), classes="what")
                yield TextArea(self.summary, id="summary", placeholder=self.t("contact.summary.hint"), compact=True)
            with Horizontal(classes="row last"):
                yield Label(self.t("contact.next"), classes="what")
                yield Input(self.next_text, id="next", placeholder=self.t("contact.next.hint"), compact=True, select_on_focus=False)
                for days in STEPS:
                    yield Button(f"+{days}", id=f"plus-{days}", classes="plus", compact=True)
            yield Static("", id="when")
            yield Static(self.error, id="error", markup=False)
            with Horizontal(classes="row buttons"):
                yield Button(self.t("contact.save"), id="save", variant="primary", compact=True)
                yield Button(self.t("contact.cancel"), id="cancel", compact=True)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    @property
    def is_effective(self) -> bool:
        return is_effective(self.outcome) if self.by_hand is None else self.by_hand

    @property
    def unsaved(self) -> bool:
        self.summary, self.next_text = self.query_one("#summary", TextArea).text, self.query_one("#next", Input).value
        typed = (self.summary, self.next_text) != self._proposed and (self.summary.strip() or self.next_text.strip())
        return bool(typed or self.outcome)

    # -- what the person does

    @on(Choice.Chosen, "#channel")
    def _channel(self, event: Choice.Chosen) -> None:
        self.channel = event.value

    @on(Choice.Chosen, "#outcome")
    def _outcome(self, event: Choice.Chosen) -> None:
        self.outcome = event.value
        self._say("")

    @on(Choice.Chosen, "#effective")
    def _effective(self, event: Choice.Chosen) -> None:
        self.by_hand = event.value == "yes"
        self._show()

    @on(TextArea.Changed, "#summary")
    def _summary(self, event: TextArea.Changed) -> None:
        self.summary = event.text_area.text

    @on(Input.Changed, "#next")
    def _next(self, event: Input.Changed) -> None:
        self.next_text = event.value
        if event.value != self._refused:
            self._say("")

    @on(Input.Submitted, "#next")
    def _next_done(self) -> None:
        self.action_save()

    @on(Button.Pressed, ".plus")
    def _plus(self, event: Button.Pressed) -> None:
        days = int((event.button.id or "plus-0").removeprefix("plus-"))
        self.query_one("#next", Input).value = (self.coach.today + timedelta(days=days)).isoformat()

    @on(Button.Pressed, "#save")
    def _save_pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancel_pressed(self) -> None:
        self.action_leave()

    def on_key(self, event: Key) -> None:
        if event.key != "escape" and self._leaving:
            self._leaving = False
            self._say("")

    def action_outcome(self, index: int) -> None:
        self.query_one("#outcome", Choice).choose(list(OUTCOMES)[index])

    def action_channel(self) -> None:
        at = _CHANNELS.index(Channel(self.channel))
        self.query_one("#channel", Choice).choose(_CHANNELS[(at + 1) % len(_CHANNELS)].value)

    def action_effective(self) -> None:
        self.query_one("#effective", Choice).choose("no" if self.is_effective else "yes")

    def may_leave(self) -> bool:
        if not self.unsaved or self._leaving:
            return not self._saving
        self._leaving = True
        self._say(self.t("contact.leave"))
        return False

    # -- saving

    def next_on(self) -> date | None:
        """The next date typed. Raises ``ValueError`` with the line to show."""
        if not self.next_text.strip():
            return None
        on_day = parse_day(self.next_text, self.coach.today)
        if on_day is None:
            raise ValueError(self.t("contact.next.bad", text=self.next_text.strip()))
        if on_day < self.coach.today:
            raise ValueError(self.t("contact.next.past", day=day_text(on_day, self.lang, self.coach.today)))
        return on_day

    def action_save(self) -> None:
        if self._saving:
            return
        self.summary = self.query_one("#summary", TextArea).text  # a key may be quicker than the message of the last change
        self.next_text = self.query_one("#next", Input).value
        if not self.outcome:
            self._say(self.t("contact.none"))
            self.query_one("#outcome").focus()
            return
        try:
            next_on = self.next_on()
        except ValueError as error:
            self._refused = self.next_text
            self._say(str(error))
            self.query_one("#next").focus()
            return
        self._saving = True
        self._say(self.t("contact.saving"))
        self._write(next_on)

    @work(thread=True, group="contact")
    def _write(self, next_on: date | None) -> None:
        from coach.services.contacts import Entry, log_contact
        from coach.tui.errors import expected, one_line

        app = self.coach
        assert app.ws is not None
        entry: Entry = Entry(
            channel=self.channel, outcome=self.outcome, at=app.now(), staff_no=app.acting or None, effective=self.is_effective,
            summary=self.summary.strip() or None, next_on=next_on, task_no=self.task_no, play=self.play, step=self.step,
            suggestion_no=self.suggestion_no, contact_no=self.contact_no,
        )
        try:
            logged = log_contact(app.ws, self.client_no, entry)
        except expected() as error:
            app.call_from_thread(self._failed, one_line(error))
            return
        app.call_from_thread(self._saved, logged)

    def _saved(self, logged: Logged) -> None:
        self._saving = False
        if not self.is_attached or self not in self.app.screen_stack:
            return
        while self.app.screen is not self:  # the help, say, was opened over it
            self.app.pop_screen()
        self.dismiss(logged)

    def _failed(self, text: str) -> None:
        self._saving = False
        self._say(text)

    # -- showing

    def _say(self, text: str) -> None:
        """One line under the fields; empty = the date as understood stays alone."""
        self.error = text
        self._refused = self._refused if text else ""
        self._show()

    def _show(self) -> None:
        if not self.is_mounted or not self.query("#error"):
            return
        self.query_one("#error", Static).update(self.error)
        self.query_one("#effective", Choice).value = "yes" if self.is_effective else "no"
        self.query_one("#follows", Static).update(self.t("contact.effective.follows" if self.by_hand is None else "contact.effective.hand"))
        self.query_one("#when", Static).update(self._when())

    def _when(self) -> str:
        from coach.domain.working_days import is_working_day

        if not self.next_text.strip():
            return self.t("contact.next.none")
        on_day = parse_day(self.next_text, self.coach.today)
        if on_day is None:
            return "?"
        working = self.t("contact.working" if is_working_day(on_day) else "contact.dayoff")
        return f"{day_text(on_day, self.lang, self.coach.today)} {weekday(on_day, self.lang)} {working}"
