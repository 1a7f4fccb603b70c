"""The model at work for the client in view: it writes behind the offline suggestion, and rewrites the message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coach.domain.words import Lang
from coach.tui.screens.client_state import Proposal, Seen, Written
from coach.tui.screens.client_work import ClientWork
from coach.tui.screens.threads import behind
from coach.tui.watching import Watching
from coach.tui.widgets.suggestion_pane import SuggestionPane

if TYPE_CHECKING:
    from coach.assistant.rewrite import How

REST_S = 0.4
"""Seconds that a client stays in view before the model is asked: who leafs through the clients asks nothing of it."""
HOWS: tuple[How, ...] = ("shorter", "warmer", "older")


class ClientModel(ClientWork):
    """Everything here also works where no model is configured: then nothing of it is shown, and rewriting is the offline engine's."""

    rewriting: Watching | None = None
    """The rewriting under way."""

    async def on_screen_resume(self) -> None:
        """Seen again: what was left unfinished is begun anew."""
        if self.coach.ready:
            self.begin_model()

    # the suggestion

    def begin_model(self) -> None:
        seen, lang = self.seen, self.lang
        known = seen.written.get(lang)
        if not self.model_on or lang not in seen.proposals or (known is not None and known.state != "left"):
            return
        written = Written()

        def stopped(by_person: bool) -> None:
            written.state = "stopped" if by_person else "left"

        written.watching = watching = self.begin(stopped)
        seen.written[lang] = written
        ws, today, task_no, fresh = self.ws, self.coach.today, self._tasks.get(seen.client_no), seen.fresh
        seen.fresh = False

        def find() -> Proposal | None:
            if watching.wait(REST_S):
                return None
            from coach.services.suggestions import suggest

            made = suggest(ws, seen.client_no, today, lang=lang, engine="llm", task_no=task_no, fresh=fresh, watch=watching)
            return Proposal.of(made, ws, lang)

        behind(
            self, find, lambda made: self._got_written(seen, lang, written, made), lambda line: self._no_model(seen, lang, written, line),
        )
        self.show_writing()

    def _got_written(self, seen: Seen, lang: Lang, written: Written, made: Proposal | None) -> None:
        """The verified suggestion takes the offline one's place; a message that was edited stays."""
        if made is None or made.suggestion.fallback or made.suggestion.engine == "offline":
            self._no_model(seen, lang, written, made.suggestion.fallback or "" if made else "")
            return
        if written.state != "writing":
            return
        self._end(written)
        written.state, written.proposal = "done", made
        seen.cites.add(made.suggestion.citations)
        if seen is self.seen and lang == self.lang:
            self._change()

    def _no_model(self, seen: Seen, lang: Lang, written: Written, why: str) -> None:
        if written.state != "writing":
            return
        self._end(written)
        written.state, written.why = "fallback" if why else "none", why
        if seen is self.seen and lang == self.lang:
            self.show_writing()

    def _end(self, written: Written) -> None:
        if written.watching is not None:
            self.end(written.watching)

    def _change(self) -> None:
        """Another suggestion is in view: where the person types, the message stays on its row."""
        self.take_up_edit()
        self.query_one(SuggestionPane).steady()
        self.show_suggestion()
        self.show_writing()
        self._check_later(0)

    def action_switch(self) -> None:
        """The model's suggestion or the offline one."""
        written = self.seen.written.get(self.lang)
        if not self.model_on or written is None or written.proposal is None:
            self.notify(self.t("model.none_yet" if self.model_on else "model.not_set"), markup=False)
            return
        self.seen.by_playbook = not self.seen.by_playbook
        self._change()

    def action_fresh(self) -> None:
        """Another suggestion. A message that was edited is given up only where the person says so."""
        self.take_up_edit()
        seen = self.seen
        if not seen.is_edited(self.lang):
            self._fresh(seen, keep=False)
            return
        self.choose("fresh.title", ("keep", "new"), "fresh", lambda value: self._fresh(seen, keep=value == "keep"))

    def _fresh(self, seen: Seen, *, keep: bool) -> None:
        if seen is not self.seen:
            return
        self.stop_all()
        seen.proposals, seen.written, seen.checked, seen.by_playbook = {}, {}, None, False
        if not keep:
            seen.draft = None
        seen.fresh = True
        self.show_suggestion()
        self.show_writing()
        if self.coach.ready:
            self._propose(seen, self.lang)

    def choose(self, title: str, values: tuple[str, ...], prefix: str, chosen: Callable[[Any], None]) -> None:
        """A small choice; the texts' keys are ``prefix.value``. Nothing happens where it is left."""
        from coach.tui.screens.chooser import Chooser

        def done(value: str | None) -> None:
            if value is not None:
                chosen(value)

        self.app.push_screen(Chooser(title, lambda: [(value, self.t(f"{prefix}.{value}")) for value in values], values[0]), done)

    # rewriting

    def action_rewrite(self) -> None:
        """Shorter, warmer, for an older client: chosen from a small list."""
        self.take_up_edit()
        if not self.seen.message(self.lang).strip():
            self.notify(self.t("client.copy.none"), severity="warning")
        elif self.rewriting is not None:
            self.notify(self.t("rewrite.busy"))
        else:
            seen = self.seen
            self.choose("rewrite.title", HOWS, "rewrite", lambda how: self._rewrite(seen, how))

    def _rewrite(self, seen: Seen, how: How) -> None:
        if seen is not self.seen or not self.coach.ready:
            return
        lang, before, ws, today = self.lang, seen.message(self.lang), self.ws, self.coach.today

        def stopped(by_person: bool) -> None:
            self.rewriting = None

        self.rewriting = watching = self.begin(stopped)

        def find() -> tuple[str, str | None]:
            from coach.services.suggestions import rewrite, usual_engine

            return rewrite(ws, seen.client_no, before, how, today, lang=lang, engine=usual_engine(ws), watch=watching)

        behind(
            self, find, lambda made: self._rewritten(seen, watching, before, *made),
            lambda line: self._rewritten(seen, watching, before, before, line),
        )
        self.show_writing()

    def _rewritten(self, seen: Seen, watching: Watching, before: str, text: str, why: str | None) -> None:
        if watching.stopped:
            return
        self.end(watching)
        self.rewriting = None
        self.take_up_edit()
        if why:
            self.notify(self.t("client.fallback", why=why), severity="warning", markup=False)
        if seen.message(self.lang) != before:
            self.notify(self.t("rewrite.changed"), severity="warning")
        elif text == before:
            self.notify(self.t("rewrite.same"))
        else:
            self.put(text)
            self.notify(self.t("rewrite.done"))
        self.show_writing()

    def action_undo_draft(self) -> None:
        """The message as it was before its last change."""
        if not self.query_one(SuggestionPane).undo():
            self.notify(self.t("rewrite.no_undo"))
