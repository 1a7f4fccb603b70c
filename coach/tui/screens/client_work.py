"""What the client screen does behind the frame: reads, proposes, checks, copies, logs, saves. No widgets are made here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from textual import work

from coach.domain.words import Lang
from coach.tui.screens.client_state import Proposal, Seen
from coach.tui.screens.threads import back, told
from coach.tui.screens.writing import WritingScreen
from coach.tui.widgets.suggestion_pane import SuggestionPane

if TYPE_CHECKING:
    from coach.domain.client import ClientPicture
    from coach.domain.compliance import Caution
    from coach.services.contacts import Logged
    from coach.services.workspace import Workspace
    from coach.tui.screens.edit_dialog import Edit

PAUSE = 0.3
"""Seconds of quiet after a key before the message is checked."""


class ClientWork(WritingScreen):
    """The state of the screen and its workers; :class:`~coach.tui.screens.client.ClientScreen` shows it."""

    def __init__(self, client_no: str, among: Sequence[str] | None = None, task_no: str | None = None) -> None:
        super().__init__()
        self.among: Sequence[str] = among or (client_no,)
        self.at = self.among.index(client_no) if client_no in self.among else 0
        self._tasks = {client_no: task_no} if task_no else {}
        self._all: dict[str, Seen] = {}
        self.seen = self.seen_of(client_no)
        self._timer: Any = None
        self._read_at: object = None
        """The app's state at which the records were read."""
        self.model_on = False
        """Whether a model is configured; known once the services are loaded."""

    def seen_of(self, client_no: str) -> Seen:
        """What is known of a client; kept while the screen is open."""
        return self._all.setdefault(client_no, Seen(client_no))

    @property
    def ws(self) -> Workspace:
        assert self.coach.ws is not None
        return self.coach.ws

    @abstractmethod
    def show_all(self) -> None:
        """Everything anew from the state."""

    @abstractmethod
    def show_facts(self) -> None:
        """Facts and timeline."""

    @abstractmethod
    def show_suggestion(self) -> None:
        """The suggestion with its message."""

    @abstractmethod
    def show_check(self) -> None:
        """What the rules say of the message."""

    @abstractmethod
    def show_chat(self) -> None:
        """Questions and answers."""

    @abstractmethod
    def begin_model(self) -> None:
        """Have the model write for the client in view, where it can and has not yet."""

    # reading

    def load(self) -> None:
        if self._read_at != self.coach.state:
            self._read_at = self.coach.state
            self.stop_all()
            for known in self._all.values():
                known.forget()
        seen = self.seen
        if seen.picture is None:
            self._read(seen, self.lang)
        elif self.lang not in seen.proposals:
            self._propose(seen, self.lang)
        else:
            self.begin_model()
        self._check_later(0)

    @work(thread=True, exclusive=True, group="client.read")
    def _read(self, seen: Seen, lang: Lang) -> None:
        """The facts first, the suggestion behind them."""
        with told(self, lambda line: self._failed(seen, line)):
            from coach.services.clients import picture

            found = picture(self.ws, seen.client_no, self.coach.today, lang=lang)
            back(self, self._got_picture, seen, found)
            self._work_out(seen, lang)

    @work(thread=True, exclusive=True, group="client.read")
    def _propose(self, seen: Seen, lang: Lang) -> None:
        with told(self, lambda line: self._failed(seen, line)):
            self._work_out(seen, lang)

    def _work_out(self, seen: Seen, lang: Lang) -> None:
        if not self.coach.wait_until_warm():
            return
        from coach.services.suggestions import suggest, upcoming, usual_engine

        self.model_on = usual_engine(self.ws) == "llm"
        made = suggest(self.ws, seen.client_no, self.coach.today, lang=lang, task_no=self._tasks.get(seen.client_no))
        proposal = Proposal.of(made, self.ws, lang)
        back(self, self._got_proposal, seen, lang, proposal)
        proposal.upcoming = upcoming(self.ws, seen.client_no, self.coach.today)

    def _failed(self, seen: Seen, line: str) -> None:
        if seen.picture is None:
            seen.error = line
        else:
            seen.why_none = line
        if seen is self.seen:
            self.show_all()

    def _got_picture(self, seen: Seen, found: ClientPicture) -> None:
        seen.picture = found
        if seen is self.seen:
            self.show_facts()

    def _got_proposal(self, seen: Seen, lang: Lang, proposal: Proposal) -> None:
        seen.proposals[lang] = proposal
        seen.cites.add(proposal.suggestion.citations)
        if seen is self.seen and lang == self.lang:
            self.take_up_edit()
            self.show_suggestion()
            self._check_later(0)
            self.begin_model()

    # the message

    def take_up_edit(self) -> None:
        """What was typed this very moment counts, though its message has not come yet: before anything else is shown."""
        typed = self.query_one(SuggestionPane).typed
        if typed is not None:
            self.seen.draft = typed

    def put(self, text: str) -> None:
        """Another text in the message; Ctrl+Z brings the former one back."""
        self.query_one(SuggestionPane).replace_draft(text)
        self.seen.draft = text
        self.show_suggestion()
        self._check_later(0)

    def on_suggestion_pane_edited(self, event: SuggestionPane.Edited) -> None:
        if event.text == self.seen.message(self.lang):
            return
        self.seen.draft = event.text
        self.show_check()
        self._check_later(PAUSE)

    def _check_later(self, pause: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(pause or 0.01, self._check_now)

    def _check_now(self) -> None:
        seen, text = self.seen, self.seen.message(self.lang)
        if self.coach.ready and seen.picture is not None and text.strip():
            self._check(seen, text, self.lang)

    @work(thread=True, exclusive=True, group="client.check")
    def _check(self, seen: Seen, text: str, lang: Lang) -> None:
        with told(self):
            from coach.services.checks import check_draft

            found = check_draft(self.ws, text, self.coach.today, client=seen.picture, channel="message", lang=lang)
            back(self, self._checked, seen, text, found)

    def _checked(self, seen: Seen, text: str, found: list[Caution]) -> None:
        seen.checked = text, found
        if seen is self.seen:
            self.show_check()

    def action_copy(self) -> None:
        text = self.seen.message(self.lang).strip()
        if not text:
            self.notify(self.t("client.copy.none"), severity="warning")
        elif self.seen.blocked:
            self.notify(self.t("client.copy.blocked"), severity="error")
        else:
            self._copy(text)

    @work(thread=True, group="client.copy")
    def _copy(self, text: str) -> None:
        from coach.tui.system_clipboard import copy_to_system

        back(self, self._copied, text, copy_to_system(text))

    def _copied(self, text: str, done: bool) -> None:
        if not done:
            self.app.copy_to_clipboard(text)
        self.notify(self.t("client.copied" if done else "client.copied.osc"), timeout=4 if done else 8)

    # records

    def action_log(self) -> None:
        self.open_log()

    def open_log(self, *, summary: str = "", next_on: date | None = None) -> None:
        """The dialog for a contact, with what is known already filled in; nothing is written before the person saves it."""
        from coach.tui.screens.contact_dialog import ContactDialog

        seen = self.seen
        if seen.picture is None:
            return
        proposal, offline = seen.shown(self.lang), seen.proposals.get(self.lang)
        s = proposal.suggestion if proposal else None
        ahead = offline.upcoming if offline else None
        task_no = self._tasks.get(seen.client_no)
        same = s is not None and ahead is not None and ahead.get("play") == s.play
        dialog = ContactDialog(
            seen.client_no, seen.picture.name, channel=s.next_action.channel if s and s.next_action else "call", task_no=task_no,
            play=None if task_no or s is None else s.play, step=ahead.get("step") if same and ahead and not task_no else None,
            suggestion_no=s.suggestion_no if s else None, summary=summary, next_on=next_on,
        )
        self.app.push_screen(dialog, lambda logged: self._logged(seen, logged))

    def _logged(self, seen: Seen, logged: Logged | None) -> None:
        if logged is None or seen.picture is None:
            return
        from coach.tui.told import tell_logged

        tell_logged(self.coach, logged, seen.picture.name)
        self._tasks.pop(seen.client_no, None)
        seen.draft = None
        self.show_suggestion()
        self.coach.changed()

    def action_edit(self) -> None:
        from coach.tui.screens.edit_dialog import EditDialog

        seen = self.seen
        if seen.picture is not None:
            self.app.push_screen(EditDialog(seen.picture.tier, seen.picture.stage), lambda edit: self._edited(seen, edit))

    def _edited(self, seen: Seen, edit: Edit | None) -> None:
        if edit is not None:
            self._save_edit(seen, edit)

    @work(thread=True, group="client.edit")
    def _save_edit(self, seen: Seen, edit: Edit) -> None:
        with told(self):
            from coach.services.contacts import set_stage, set_tier

            at = self.coach.now()
            by = self.coach.acting or None
            was = edit.seen
            if edit.tier:
                set_tier(self.ws, seen.client_no, edit.tier, edit.reason, by=by, at=at, seen=was[0])
            if edit.stage:
                set_stage(self.ws, seen.client_no, edit.stage, edit.reason, by=by, at=at, seen=was[1])
            back(self, self._saved)

    def _saved(self) -> None:
        self.notify(self.t("edit.saved"))
        self.coach.changed()
