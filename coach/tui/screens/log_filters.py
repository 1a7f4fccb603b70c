"""The log screen's filters: kind, person, client, days; each with its key and its chip."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, timedelta
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from coach.tui.screens.chooser import Chooser
from coach.tui.screens.log_asking import Filters, clients_named
from coach.tui.screens.log_dialogs import LineDialog, span_of
from coach.tui.screens.supervise import SuperviseScreen
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key
from coach.tui.widgets.filter_bar import Chip


class LogFilters(SuperviseScreen):
    """``filters`` is what is set; a subclass shows the chips and asks again in ``change``."""

    FILTER_KEYS: ClassVar[tuple[Key, ...]] = (
        Key("k", "log.key.kind", "screen.kind"), Key("m", "log.key.who", "screen.who"), Key("c", "log.key.client", "screen.of_client"),
        Key("d", "log.key.dates", "screen.dates"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "kind", show=False), Binding("m", "who", show=False), Binding("c", "of_client", show=False),
        Binding("d", "dates", show=False), Binding("0", "clear", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.filters = Filters()
        self._called: dict[str, str] = {}
        """Names of the person and the client in the filters, by number."""

    @abstractmethod
    def change(self, **values: Any) -> None:
        """Set filters and ask again."""

    def chips(self) -> list[Chip]:
        """The line of filters as it is now."""
        from coach.domain.chain import kind_name

        f, everything = self.filters, self.t("log.all")
        kind = kind_name(f.kind, self.lang) if f.kind else everything
        return [
            Chip("k", self.t("log.filter.kind"), kind, bool(f.kind), "screen.kind"),
            Chip("m", self.t("log.filter.who"), self._called_name(f.staff_no) or everything, bool(f.staff_no), "screen.who"),
            Chip("c", self.t("log.filter.client"), self._called_name(f.client_no) or everything, bool(f.client_no), "screen.of_client"),
            Chip("d", self.t("log.filter.dates"), self._days() or everything, bool(f.since or f.until), "screen.dates"),
        ]

    def _called_name(self, number: str) -> str:
        return self._called.get(number) or number

    def _days(self) -> str:
        since, until = self.filters.since, self.filters.until
        if since == until:
            return since.isoformat() if since else ""
        if since and until:
            return f"{since} ~ {until}"
        return self.t("log.dates.from", day=since) if since else self.t("log.dates.to", day=until)

    # -- keys

    def action_clear(self) -> None:
        self.change(kind="", staff_no="", client_no="", since=None, until=None)

    def action_kind(self) -> None:
        from coach.domain.chain import Kind, kind_name

        def options() -> list[tuple[str, str]]:
            return [("", self.t("log.all")), *((kind.value, kind_name(kind, self.lang)) for kind in Kind)]

        def chosen(kind: str | None) -> None:
            if kind is not None:
                self.change(kind=kind)

        self.app.push_screen(Chooser("log.choose.kind", options, self.filters.kind), chosen)

    def action_who(self) -> None:
        ws = self.coach.ws
        if ws is None:
            return

        def people() -> list[tuple[str, str]]:
            from coach.services.log_window import people_in_log

            return people_in_log(ws)

        def got(everyone: list[tuple[str, str]]) -> None:
            self._called |= {number: name for number, name in everyone if name}

            def options() -> list[tuple[str, str]]:
                return [("", self.t("log.all")), *((number, f"{name} {number}".strip()) for number, name in everyone)]

            def chosen(number: str | None) -> None:
                if number is not None:
                    self.change(staff_no=number)

            self.app.push_screen(Chooser("log.choose.who", options, self.filters.staff_no), chosen)

        behind(self, people, got, self._refused)

    def action_of_client(self) -> None:
        def typed(text: str | None) -> None:
            if text == "":
                self.change(client_no="")
            elif text:
                self._look_up(text)

        dialog = LineDialog("log.client.title", "log.client.hint", self.filters.client_no)
        self.app.push_screen(dialog, typed)

    def _look_up(self, text: str) -> None:
        ws = self.coach.ws
        assert ws is not None

        def got(found: list[tuple[str, str]]) -> None:
            self._called |= {number: name for number, name in found if name}
            if not found:
                self.notify(self.t("log.client.none", text=text), severity="warning", markup=False)
            elif len(found) == 1:
                self.change(client_no=found[0][0])
            else:
                self.app.push_screen(
                    Chooser("log.choose.client", lambda: [(number, f"{name} {number}".strip()) for number, name in found]),
                    lambda number: self.change(client_no=number) if number else None,
                )

        behind(self, lambda: clients_named(ws, text), got, self._refused)

    def _refused(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)

    def action_dates(self) -> None:
        today = self.coach.today
        spans: dict[str, tuple[date | None, date | None]] = {
            "all": (None, None), "today": (today, today), "week": (today - timedelta(days=6), today),
            "month": (today.replace(day=1), today), "quarter": (today - timedelta(days=89), today),
        }  # fmt: skip

        def options() -> list[tuple[str, str]]:
            return [(name, self.t("log.all" if name == "all" else f"log.dates.{name}")) for name in (*spans, "own")]

        def chosen(name: str | None) -> None:
            if name == "own":
                self._own_days(today)
            elif name is not None:
                self.change(since=spans[name][0], until=spans[name][1])

        at = next((name for name, span in spans.items() if span == (self.filters.since, self.filters.until)), "own")
        self.app.push_screen(Chooser("log.choose.dates", options, at), chosen)

    def _own_days(self, today: date) -> None:
        def typed(text: str | None) -> None:
            span = span_of(text or "", today)
            if span is not None:
                self.change(since=span[0], until=span[1])

        shown = " ".join(day.isoformat() for day in (self.filters.since, self.filters.until) if day)
        dialog = LineDialog("log.dates.title", "log.dates.hint", shown, lambda text: "" if span_of(text, today) else "log.dates.bad")
        self.app.push_screen(dialog, typed)
